"""Question: a fit with a name, published for the command line."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel import catalogue
from pdmodel.arguments import number
from pdmodel.errors import InputError, unknown
from pdmodel.imports import Declared, Place
from pdmodel.inference.panel import Panel
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.courses.measurements import Measurements
    from pdmodel.inference.fit_problem import FitProblem
    from pdmodel.inference.problem.parameters import Setting
    from pdmodel.inference.targets.target import Target

_NEEDED = {
    "model": "the name of a model",
    "targets": "the name of a published table of targets, or its path",
    "regimen": "what every group is given, in words; 'no drug' gives nothing",
}


@dataclass(frozen=True)
class Question(Declared):
    """A question to the evidence: a fit with its model, its targets or measurements, and settings.

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
    data
        Measured courses: a file, as `find_table` finds it, a data frame or an event table. With
        them, targets and a regimen need not be given.
    observed, error, own
        Of the FitProblem: what was measured, how far it errs, and what each subject has of its own.
    reading
        How the file is read: keyword arguments of `read_events`, such as `{"time": "hour"}`.
    method
        How subjects are fitted: `pooled`, `each` or `population`; as `own` says by default.
    population
        What `FitProblem.run` takes for a population alone, such as `{"covariance": "full"}`.
    values
        Where parameters begin, or what they are held at, by name; of what is own, in all subjects.
    bounds
        Other bounds (low, high), by name.

    Examples
    --------
    >>> asked = Question("patients", "?", "my_model", data="pk.csv", observed={"A": "parent"},
    ...                  own=("CL",), free=("ka",))
    >>> asked.data
    'pk.csv'
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
    data: Any = None
    observed: str | Mapping[str, str | None] | None = None
    error: Any = None
    own: Sequence[Any] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    method: str | None = None
    population: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

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
        targets = self.targets
        if "targets" not in changes and isinstance(targets, str | Path) and targets:
            settings["targets"] = catalogue.find_table(targets, near=self)
        if not settings["regimen"]:
            settings["regimen"] = None
        if settings["null"] is not None:
            settings["null"] = catalogue.load(settings["null"], near=self)
        settings.setdefault("groups", catalogue.patients(near=self))
        asked = catalogue.load(self.model if model is None else model, near=self)
        if self.data is not None and "data" not in changes:
            settings.update(data=self._measurements(asked), own=changes.get("own", self.own))
        problem = FitProblem(asked, **settings)
        _begin_at(problem, self.values)
        _keep_within(problem, self.bounds)
        return problem

    def at(self, place: Place) -> Question:
        """Return the same question as if it were declared at another place."""
        moved = copy.copy(self)
        object.__setattr__(moved, "_place", place)
        return moved

    def about(self, model: str) -> Question:
        """Return the same question about another model."""
        asked = copy.copy(self)
        object.__setattr__(asked, "model", model)
        return asked

    def _measurements(self, model: Model) -> Measurements:
        """Return what was measured."""
        from pdmodel.inference.courses.reading import read_measurements

        data = self.data
        if isinstance(data, str | Path):
            data = catalogue.find_table(data, near=self)
        return read_measurements(data, self.observed, self.error, model, **self.reading)

    def _require(self, changes: Mapping[str, Any]) -> None:
        """Refuse a question that leaves open what is asked."""
        measured = self.data is not None or "data" in changes
        targets = bool(self.targets) or "targets" in changes
        for name, meaning in _NEEDED.items():
            needed = name == "model" or not measured or (name == "regimen" and targets)
            if needed and not getattr(self, name) and name not in changes:
                raise InputError(f"question {self.name!r} has no {name}: give {meaning}")
        if self.days is not None:
            number(self.days, f"days of question {self.name!r}", above=0)


def _settings_of(problem: FitProblem, name: str) -> list[Setting]:
    """Return the settings of a parameter: that of all, and those of subjects that have their own.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    own = [s for s in problem.settings if s.name == name]
    own += [s for s in problem.settings if s.parameter == name and name in problem.own and s.group]
    if not own:
        raise unknown("parameter of the fit", name, [s.name for s in problem.settings])
    return own


def _begin_at(problem: FitProblem, values: Mapping[str, float]) -> None:
    for name, given in values.items():
        value = number(given, f"value of {name!r}")
        for setting in _settings_of(problem, name):
            if not setting.min <= value <= setting.max:
                raise InputError(
                    f"{name!r} = {value:g} is outside its bounds [{setting.min:g}, {setting.max:g}]"
                )
            problem.params[setting.name].set(value=value)


def _keep_within(problem: FitProblem, bounds: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in bounds.items():
        for setting in _settings_of(problem, name):
            problem.bound(setting.name, low, high)
