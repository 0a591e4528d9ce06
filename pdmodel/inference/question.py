"""Question: a fit with a name, published for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel import catalogue
from pdmodel.arguments import number
from pdmodel.errors import InputError
from pdmodel.imports import Declared
from pdmodel.inference.panel import Panel
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.fit_problem import FitProblem
    from pdmodel.inference.targets.target import Target

_NEEDED = {
    "model": "the name of a model",
    "targets": "the name of a published table of targets, or its path",
    "regimen": "what every group is given, in words; 'no drug' gives nothing",
}


@dataclass(frozen=True)
class Question(Declared):
    """A question to the evidence: a fit with its model, targets and settings.

    Parameters
    ----------
    name, title
        What it is called, and the question in words.
    model, targets, regimen, days, differ, free, null
        Of the FitProblem; changes of a caller come before them. Days are those of targets that
        name none, so that they can be left out where all do.
    groups
        Groups in the order in which tables and figures show them; by default in that of the
        targets.
    panels
        How the courses are drawn; by default a panel for each observable, as its targets ask for.
    visit_interval
        Days from visit to visit, at which targets such as `best` look.
    """

    name: str
    title: str
    model: str = ""
    targets: str | Path | Sequence[Target] = ""
    regimen: str = ""
    days: float | None = None
    differ: Sequence[str] = ()
    free: Sequence[str] | None = None
    null: str | None = None
    groups: Sequence[str] = ()
    panels: Sequence[Panel] = ()
    visit_interval: float | None = None

    def problem(self, model: Model | str | None = None, **changes: Any) -> FitProblem:
        """Return the FitProblem; keyword arguments replace the defaults.

        Parameters
        ----------
        model
            Another model to ask the same of.
        **changes
            Any argument of FitProblem, e.g. `targets`, `regimen`, `differ`, `free`.

        Raises
        ------
        InputError
            If neither the question nor the caller names a model, targets or a regimen.
        """
        self._require(changes if model is None else {"model": model, **changes})
        # Imported here so that listing questions does not load lmfit.
        from pdmodel.inference.fit_problem import FitProblem

        names = ("targets", "regimen", "days", "differ", "free", "null", "panels", "visit_interval")
        settings: dict[str, Any] = {name: getattr(self, name) for name in names} | changes
        # Another table may speak of other groups.
        settings.setdefault("order", () if "targets" in changes else self.groups)
        if "targets" not in changes and isinstance(self.targets, str | Path):
            settings["targets"] = catalogue.find_table(self.targets, near=self)
        if settings["null"] is not None:
            settings["null"] = catalogue.load(settings["null"], near=self)
        settings.setdefault("groups", catalogue.patients(near=self))
        asked = catalogue.load(self.model if model is None else model, near=self)
        return FitProblem(asked, **settings)

    def _require(self, changes: Mapping[str, Any]) -> None:
        """Refuse a question that leaves open what is asked."""
        for field, meaning in _NEEDED.items():
            if not getattr(self, field) and field not in changes:
                raise InputError(f"question {self.name!r} has no {field}: give {meaning}")
        if self.days is not None:
            number(self.days, f"days of question {self.name!r}", above=0)
