"""FitProblem: which groups, which parameters, which targets; and how far a point is from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pdmodel import catalogue
from pdmodel.dosing import Regimen, read_regimen
from pdmodel.engine import simulate
from pdmodel.engine.kernels import Array
from pdmodel.engine.simulate import checked_constants, resolve_values
from pdmodel.errors import InputError, SimulationError, TargetError, unknown
from pdmodel.inference.fit import Setting, make_parameters, take_settings
from pdmodel.inference.groups import Patients, make_groups, make_settings
from pdmodel.inference.priors import Prior, check_priors, read_priors
from pdmodel.inference.statistics import Course, Measured
from pdmodel.inference.targets import Target, read_targets
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.result import FitResult

Progress = Callable[[int, int, str], None]


class EvaluationFailure(ArithmeticError):
    """A point at which the model could not be simulated; `cause` holds the state to replay it."""

    def __init__(self, group: str, cause: Exception) -> None:
        super().__init__(f"{group}: {cause}")
        self.cause = cause


class FitProblem:
    """A question to the evidence: fit a model to targets in groups of patients.

    Parameters
    ----------
    model
        A model or its name.
    targets
        Path of a target table, name of a published one, or targets.
    regimen
        What every group is given.
    days
        Horizon of the targets that name no day.
    differ
        Parameters that differ between the compared groups (those of two-group targets). The last
        of these groups sets the scale: it has the shared value, the others have their own.
    free
        Names of shared parameters to fit; those the vocabulary marks `vary` by default.
    groups
        Patients by group name; published patients of the same name by default.
    null
        Model (or its name) that the same table is computed for, to show what the drug explains.
    priors
        Prior table (path or name of a published one) or priors; each frees its parameter, and adds
        a row that is not counted as data.
    rtol, atol
        Tolerances of the integrator.

    Raises
    ------
    TargetError, InputError
        If the table, a name or a group cannot be used.
    """

    def __init__(
        self,
        model: Model | str,
        targets: str | Path | Sequence[Target],
        regimen: str | Regimen = "10 mg daily",
        *,
        days: float = 336.0,
        differ: Sequence[str] = ("tone",),
        free: Sequence[str] | None = None,
        groups: Patients | None = None,
        null: Model | str | None = None,
        priors: str | Path | Sequence[Prior] = (),
        rtol: float = 1e-6,
        atol: float = 1e-8,
    ) -> None:
        if not (math.isfinite(days) and days > 0):
            raise InputError(f"days must be a number > 0, got {days!r}")
        self.model = catalogue.load(model)
        self.null = None if null is None else catalogue.load(null)
        self.targets = _targets(targets)
        self.priors = _priors(priors)
        check_priors(self.priors, self.model)
        self.regimen = read_regimen(regimen)
        self.days, self.rtol, self.atol = float(days), rtol, atol
        self.differ = tuple(differ)
        self.groups = make_groups(self.model, self.targets, self.days, groups)
        known = [prior.parameter for prior in self.priors]
        template = make_settings(self.model, self.targets, self.differ, free, known, groups)
        self._template = template
        self.params = make_parameters(template)
        self._memory: dict[str, tuple[tuple[float, ...], dict[str, Course]]] = {}

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The parameters as they stand in `params`, which users may change."""
        return take_settings(self.params, self._template)

    def bound(self, name: str, low: float, high: float) -> None:
        """Change the bounds of a parameter; a starting value outside moves to their middle.

        Parameters
        ----------
        name
            As in `params`: `parameter`, or `parameter__group` where a group has its own.
        low, high
            New bounds, on the linear scale.

        Raises
        ------
        InputError
            If the name is unknown, or `low` is not below `high`.
        """
        if name not in self.params:
            raise unknown("parameter of the fit", name, list(self.params))
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(f"bounds of {name!r}: low {low:g} must be below high {high:g}")
        value = float(self.params[name].value)
        if not low <= value <= high:
            value = math.sqrt(low * high) if low > 0 else 0.5 * (low + high)
        self.params[name].set(value=value, min=low, max=high)

    def __getstate__(self) -> dict[str, Any]:
        """Travel to a worker without lmfit's interpreter and without remembered courses."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("params", "_memory")}
        return state | {"_template": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make `params` anew."""
        self.__dict__.update(state)
        self.params, self._memory = make_parameters(self._template), {}

    def group_values(self, group: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters of one group: shared, then its own context, then what differs."""
        shared = {s.parameter: values[s.name] for s in self._template if s.group is None}
        own = {s.parameter: values[s.name] for s in self._template if s.group == group}
        return shared | dict(self.groups[group].values) | own

    def measure(self, values: Mapping[str, float], model: Model | None = None) -> list[Measured]:
        """Return what each target looks at, at some parameter values.

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there.
        """
        used = model or self.model
        courses = {name: self._courses(name, values, used) for name in self.groups}
        return [
            target.measure([courses[g][target.observable] for g in target.groups], self.days)
            for target in self.targets
        ]

    def residuals(self, values: Mapping[str, float]) -> Array:
        """Return the residual of each target, then of each prior, shape (n_targets + n_priors,)."""
        measured = self.measure(values)
        rows = [t.residual(m.smooth) for t, m in zip(self.targets, measured, strict=True)]
        rows += [prior.residual(values[prior.parameter]) for prior in self.priors]
        return np.array(rows)

    def possible(self, values: Mapping[str, float]) -> bool:
        """Whether the parameters of every group agree with each other (nothing is simulated)."""
        try:
            for name in self.groups:
                checked_constants(self.model, resolve_values(self.model, self._own(name, values)))
        except InputError:
            return False
        return True

    def run(
        self,
        starts: int = 8,
        seed: int = 1,
        jobs: int = 1,
        out: str | Path | None = None,
        *,
        overwrite: bool = False,
        max_evaluations: int = 120,
        progress: Progress | None = None,
    ) -> FitResult:
        """Fit from many starts; the first at the declared values, the others within the bounds.

        Parameters
        ----------
        starts, seed
            How many, and the seed they are all drawn from.
        jobs
            Worker processes; the answer is the same for any number.
        out
            Result folder. An unfinished one of the same problem is resumed.
        overwrite
            Whether a finished result, or one of another problem, may be replaced.
        max_evaluations
            Budget of one start.
        progress
            Called with starts done, starts in all, and a text.

        Raises
        ------
        InputError
            If a number is not allowed or the folder holds something else.
        FitError
            If no start succeeded.
        """
        from pdmodel.inference.running import run_starts
        from pdmodel.inference.starts import StartPlan

        plan = StartPlan(starts, seed, jobs, max_evaluations)
        return run_starts(self, plan, out, overwrite=overwrite, progress=progress)

    def _own(self, name: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return what `simulate` takes as the patient of a group."""
        parameters = {q.name for q in self.model.vocabulary if q.kind == "parameter"}
        own = self.group_values(name, values)
        return {name: value for name, value in own.items() if name in parameters}

    def _courses(self, name: str, values: Mapping[str, float], model: Model) -> dict[str, Course]:
        """Simulate a group, unless its parameters are those of the last time."""
        group = self.groups[name]
        known = self._own(name, values)
        key = (*known.values(),)
        place = f"{model.hash}/{name}"
        if self._memory.get(place, ((), {}))[0] != key:
            try:
                run = simulate(
                    model, self.regimen, days=group.days, patient=known, times=group.times,
                    quantities=group.quantities, rtol=self.rtol, atol=self.atol, jit=True,
                )  # fmt: skip
            except (SimulationError, InputError) as error:
                raise EvaluationFailure(name, error) from error
            courses = {q: Course(group.times, run[q].values) for q in group.quantities}
            self._memory[place] = (key, courses)
        return self._memory[place][1]


def _targets(targets: str | Path | Sequence[Target]) -> tuple[Target, ...]:
    if not isinstance(targets, str | Path):
        if not targets:
            raise TargetError("a fit needs at least one target")
        return tuple(targets)
    path = Path(targets)
    return read_targets(path if path.exists() else catalogue.find_data(str(targets)))


def _priors(priors: str | Path | Sequence[Prior]) -> tuple[Prior, ...]:
    if not isinstance(priors, str | Path):
        return tuple(priors)
    path = Path(priors)
    return read_priors(path if path.exists() else catalogue.find_data(str(priors)))
