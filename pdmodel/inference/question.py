"""Question: a fit with a name, published for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel import catalogue
from pdmodel.imports import Declared
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.fit_problem import FitProblem


@dataclass(frozen=True)
class Question(Declared):
    """A question to the evidence: a fit with its model, targets and settings.

    Parameters
    ----------
    name, title
        What it is called, and the question in words.
    model, targets, regimen, days, differ, free, null
        Defaults of the FitProblem.
    """

    name: str
    title: str
    model: str = "reference"
    targets: str = "response.csv"
    regimen: str = "10 mg daily"
    days: float = 336.0
    differ: Sequence[str] = ("tone",)
    free: Sequence[str] | None = None
    null: str | None = "null"

    def problem(self, model: Model | str | None = None, **changes: Any) -> FitProblem:
        """Return the FitProblem; keyword arguments replace the defaults.

        Parameters
        ----------
        model
            Another model to ask the same of.
        **changes
            Any argument of FitProblem, e.g. `targets`, `regimen`, `differ`, `free`.
        """
        # Imported here so that listing questions does not load lmfit.
        from pdmodel.inference.fit_problem import FitProblem

        names = ("targets", "regimen", "days", "differ", "free", "null")
        settings: dict[str, Any] = {name: getattr(self, name) for name in names} | changes
        if "targets" not in changes and isinstance(self.targets, str | Path):
            settings["targets"] = catalogue.find_table(self.targets, near=self)
        if settings["null"] is not None:
            settings["null"] = catalogue.load(settings["null"], near=self)
        settings.setdefault("groups", catalogue.patients(near=self))
        asked = catalogue.load(self.model if model is None else model, near=self)
        return FitProblem(asked, **settings)
