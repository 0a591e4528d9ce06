"""Problem: which groups, which parameters, which targets; and how far a point is from them."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from pdmodel import catalogue
from pdmodel.arguments import names_of, number
from pdmodel.arrays import Array
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol
from pdmodel.engine.symbolic.values import checked_constants, resolve_values
from pdmodel.errors import InputError, require_known
from pdmodel.inference.courses.error_models import ErrorModel
from pdmodel.inference.courses.measurements import Measurements
from pdmodel.inference.courses.reading import Data
from pdmodel.inference.group import Group, patients_of, regimens_of
from pdmodel.inference.panel import Panel
from pdmodel.inference.problem.given import (
    given_effects,
    given_interval,
    given_measurements,
    given_regimen,
    given_targets,
    horizon,
    own_names,
    shared_names,
)
from pdmodel.inference.problem.groups import (
    Patients,
    make_groups,
    make_settings,
    ordered_groups,
    refuse_idle_patients,
)
from pdmodel.inference.problem.looks import edge_days
from pdmodel.inference.problem.measured_subjects import MeasuredSubjects, subject_settings
from pdmodel.inference.problem.parameters import (
    Setting,
    free_names,
    lmfit_bounds,
    make_parameters,
    take_settings,
)
from pdmodel.inference.problem.simulator import Simulator
from pdmodel.inference.problem.ties import Ties
from pdmodel.inference.targets.course import (
    Measured,
    TimeCourse,
)
from pdmodel.inference.targets.priors import PlacedPrior, Prior, check_priors, find_priors
from pdmodel.inference.targets.residuals import sum_of_squares
from pdmodel.inference.targets.target import Target
from pdmodel.model import Model

JACOBIANS = ("exact", "differences")


class Problem:
    """A model held against targets in groups of patients; `FitProblem` says what the arguments are.

    Raises
    ------
    TargetError, InputError
        If the table, a name or a group cannot be used.
    """

    def __init__(
        self,
        model: Model | str,
        targets: str | Path | Sequence[Target] | None = None,
        regimen: str | Timetable | None = None,
        *,
        days: float | None = None,
        differ: Sequence[str] = (),
        free: Sequence[str] | None = None,
        groups: Patients | Mapping[str, Group] | None = None,
        null: Model | str | None = None,
        priors: str | Path | Sequence[Prior] = (),
        rtol: float = RTOL_OF_MANY,
        atol: Atol = None,
        jacobian: str = "exact",
        visit_interval: float | None = None,
        order: Sequence[str] = (),
        panels: Sequence[Panel] = (),
        data: Data | Measurements | None = None,
        observed: str | Mapping[str, str | None] | None = None,
        error: ErrorModel | Mapping[str, ErrorModel] | None = None,
        own: Sequence[Any] = (),
    ) -> None:
        require_known("jacobian", JACOBIANS, jacobian)
        self.model = catalogue.load(model)
        self.null = None if null is None else catalogue.load(null)
        self.measurements = given_measurements(data, observed, error, own, self.model)
        self.targets = given_targets(targets, self.measurements)
        self.priors = find_priors(priors)
        check_priors(self.priors, self.model)
        given = given_regimen(regimen, self.model, groups, self.targets)
        self.regimen = read_regimen(given, model=self.model, weight=weight_of(self.model))
        self.regimens = {
            name: read_regimen(own, model=self.model, weight=weight_of(self.model))
            for name, own in regimens_of(groups).items()
        }
        patients = patients_of(groups, {} if groups is None else catalogue.patients())
        self.days = horizon(days, self.targets, self.measurements)
        self.rtol, self.atol, self.jacobian = rtol, atol, jacobian
        self.differ = names_of(differ, "parameters")
        self.own, self.effects = own_names(own), given_effects(own)
        free = shared_names(free, self.own, self.model)
        self.visits_said = visit_interval is not None
        self.visit_interval = given_interval(visit_interval, self.targets)
        made = make_groups(
            self.model, self.targets, self.days, patients, self.visit_interval, self._edges_of
        )
        self.groups, self.panels = ordered_groups(made, order), tuple(panels)
        if patients is not None:
            refuse_idle_patients(self.model, self.targets, patients, self.differ)
        require_known("group with a regimen of its own:", self.groups, *self.regimens)
        with_prior = [prior.parameter for prior in self.priors]
        template = make_settings(self.model, self.targets, self.differ, free, with_prior, patients)
        self._of_subjects = frozenset[str]()
        if self.measurements is not None:
            added = subject_settings(self.model, self.measurements, self.own, template)
            self._of_subjects = frozenset(setting.name for setting in added)
            template = (*template, *added)
        self._template = template
        self.params = make_parameters(template)
        self._simulator: Simulator | None = None
        self._measured: MeasuredSubjects | None = None

    def _edges_of(self, group: str) -> Array:
        """Return the days on which something is given to a group, or changes."""
        return edge_days(self.model, self.regimen_of(group), self.days)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The parameters as they stand in `params`, which users may change."""
        return take_settings(self.params, self._template)

    def bound(self, name: str, low: float, high: float) -> None:
        """Change the bounds of a parameter; where a free one begins outside, in their middle.

        Parameters
        ----------
        name
            As in `params`: `parameter`, or `parameter__group` where a group has its own.
        low, high
            New bounds, on the linear scale.

        Raises
        ------
        InputError
            If the name is unknown, `low` is not below `high`, or what is held lies outside.
        """
        require_known("parameter of the fit", self.params, name)
        low, high = number(low, f"low bound of {name!r}"), number(high, f"high bound of {name!r}")
        if not low < high:
            raise InputError(f"bounds of {name!r}: low {low:g} must be below high {high:g}")
        value = float(self.params[name].value)
        if not low <= value <= high:
            if not (self.params[name].vary or name in self.own):
                raise InputError(
                    f"{name!r} is held at {value:g}, which is not within {low:g} to {high:g}: free "
                    "it, or give it a value there"
                )
            value = math.sqrt(low * high) if low > 0 else 0.5 * (low + high)
        self._template = tuple(
            replace(s, value=value, min=low, max=high) if s.name == name else s
            for s in self.settings
        )
        bounded = next(s for s in self._template if s.name == name)
        self.params[name].set(value=value, **lmfit_bounds(bounded))

    def __getstate__(self) -> dict[str, Any]:
        """Travel to a worker without lmfit's interpreter, machine code and remembered courses."""
        left = ("params", "_simulator", "_measured")
        state = {k: v for k, v in self.__dict__.items() if k not in left}
        return state | {"_template": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make `params` anew."""
        self.__dict__.update(state)
        self.params = make_parameters(self._template)
        self._simulator = self._measured = None

    def beside(self) -> Self:
        """Return a copy with `params` of its own that is simulated by what simulates this one.

        Only for as long as neither groups nor tolerances are changed.
        """
        other = copy.copy(self)
        other._simulator = self.simulator
        return other

    @property
    def runs_together(self) -> bool:
        """Whether fits of it that go on side by side can have their runs made in one call."""
        compiled = bool(self.groups) and self.simulator.engine == "compiled"
        return compiled and self.measurements is None

    @property
    def simulator(self) -> Simulator:
        """What runs the groups; made when it is first used."""
        if self._simulator is None:
            self._simulator = Simulator(self.regimen_of, self.groups, self.rtol, self.atol)
        return self._simulator

    @property
    def measured(self) -> MeasuredSubjects | None:
        """What runs the measured subjects, made when it is first used; None without them."""
        if self._measured is None and self.measurements is not None:
            added = [s for s in self._template if s.name in self._of_subjects]
            shared = [s for s in self._template if s.group is None]
            self._measured = MeasuredSubjects(
                self.model, self.measurements, shared, added, self.rtol, self.atol
            )
        return self._measured

    @property
    def exact(self) -> bool:
        """Whether a fit uses the exact Jacobian: it is chosen, and the engine can compute it."""
        return self.jacobian == "exact" and self.differentiable

    @property
    def differentiable(self) -> bool:
        """Whether the engine can compute the exact Jacobian."""
        measured = self.measured
        return self.simulator.differentiable(self.model) and (
            measured is None or measured.differentiable
        )

    @property
    def offset(self) -> float:
        """By how much half the sum of squared residuals is above -log L of the measurements."""
        return 0.0 if self.measured is None else self.measured.offset

    @property
    def n_measured(self) -> int:
        """Number of measured values."""
        return 0 if self.measurements is None else len(self.measurements.rows)

    @property
    def n_censored(self) -> int:
        """How many of them lie beyond a limit."""
        hidden = () if self.measurements is None else self.measurements.rows["censored"] != ""
        return int(sum(hidden))

    def measured_log_likelihoods(self, values: Mapping[str, float]) -> Array:
        """Return the log-likelihood of each measured value, shape (n_measured,)."""
        return np.zeros(0) if self.measured is None else self.measured.log_likelihoods(values)

    def further_content(self) -> dict[str, Any]:
        """Return what makes this problem another one than its model, targets and settings say."""
        return {}

    def parameter_priors(self) -> Mapping[str, PlacedPrior]:
        """Return the priors, by parameter, that say more than the bounds."""
        return {prior.parameter: prior for prior in self.priors}

    @property
    def row_names(self) -> list[str]:
        """What each residual is of, in words."""
        names = [target.id for target in self.targets]
        names += [f"prior {prior.parameter}" for prior in self.priors]
        return names if self.measured is None else names + self.measured.row_names

    def regimen_of(self, group: str) -> Timetable:
        """Return what a group of targets is given."""
        return self.regimens.get(group, self.regimen)

    @property
    def regimen_words(self) -> str:
        """What is given: to the groups of targets, or what the measured subjects got."""
        if not self.targets and self.measurements is not None:
            return f"doses as in {self.measurements.name}"
        own = [f"{group}: {regimen}" for group, regimen in self.regimens.items()]
        if self.groups and set(self.groups) <= set(self.regimens):
            return "; ".join(own)
        return "; ".join([str(self.regimen), *own])

    def cost(self, rows: Array) -> float:
        """Return what is minimised, of residuals: half their sum of squares, less the offset."""
        return sum_of_squares(rows) - self.offset

    def unit_of(self, setting: Setting) -> str:
        """Return the unit of a parameter, or of a standard deviation of the measurements."""
        if self.measurements is not None and self.is_deviation(setting):
            quantity = str(setting.group)
            unit = self.model.vocabulary[quantity].unit
            return self.measurements.errors[quantity].unit_of(setting.parameter, unit)
        return self.model.vocabulary[setting.parameter].unit

    def is_deviation(self, setting: Setting) -> bool:
        """Whether it is a standard deviation of the measurements."""
        if self.measurements is None or setting.name not in self._of_subjects:
            return False
        error = self.measurements.errors.get(str(setting.group))
        return error is not None and setting.parameter in error.names

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters to fit, in the order of the columns of the Jacobian."""
        return free_names(self.settings)

    def places(self, group: str) -> dict[str, str]:
        """Return the setting that holds each parameter of a group; its own context has none."""
        fixed = self.groups[group].values
        of_groups = [s for s in self._template if s.name not in self._of_subjects]
        free = [s for s in of_groups if s.parameter not in fixed]
        shared = {s.parameter: s.name for s in free if s.group is None}
        return shared | {s.parameter: s.name for s in of_groups if s.group == group}

    def group_values(self, group: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return the parameters of one group: shared, then its own context, then what differs."""
        held = {parameter: values[name] for parameter, name in self.places(group).items()}
        return dict(self.groups[group].values) | held

    def measure(self, values: Mapping[str, float], model: Model | None = None) -> list[Measured]:
        """Return what each target looks at, at some parameter values.

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there.
        """
        patients = {name: self.own_values(name, values) for name in self.groups}
        return self.measure_courses(self.simulator.courses(model or self.model, patients))

    def measure_courses(self, courses: Mapping[str, Mapping[str, TimeCourse]]) -> list[Measured]:
        """Return what each target looks at on courses by group and quantity."""
        return [
            target.measure(
                [courses[g][target.observable] for g in target.groups],
                self.days,
                self.visit_interval,
            )
            for target in self.targets
        ]

    def residuals(self, values: Mapping[str, float]) -> Array:
        """Return the residual of each target, of each prior, then of the measurements.

        Returns
        -------
        ndarray, shape (n_targets + n_priors + n_measured,)
            Of a measured value two stand there, of one beyond a limit one.

        Raises
        ------
        EvaluationFailure
            If a group or a subject cannot be simulated there.
        """
        statistics = self.measure(values)
        rows = [t.residual(m.smooth) for t, m in zip(self.targets, statistics, strict=True)]
        rows += [prior.residual(values[prior.parameter]) for prior in self.priors]
        if self.measured is None:
            return np.array(rows)
        return np.concatenate([rows, self.measured.residuals(values)])

    def sloped_measures(
        self, values: Mapping[str, float], slopes: Mapping[str, Array]
    ) -> list[Measured]:
        """Return what each target looks at, with slopes by the free parameters.

        Parameters
        ----------
        values
            Value of every setting.
        slopes
            d setting / d free parameter, as `Ties` gives them.

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there.
        """
        still = np.zeros(next(iter(slopes.values())).size)
        parameters = {q.name for q in self.model.parameters if q.kind == "parameter"}
        held = {group: self.places(group) for group in self.groups}
        moving = [p for places in held.values() for p, name in places.items() if name in slopes]
        by = [p for p in dict.fromkeys(moving) if p in parameters]
        patients = {group: self.own_values(group, values) for group in held}
        chains = {
            group: np.array([slopes.get(places.get(p, ""), still) for p in by])
            for group, places in held.items()
        }
        courses = self.simulator.sloped_courses(self.model, patients, by, chains)
        return self.measure_courses(courses)

    def residual_slopes(self, values: Mapping[str, float]) -> Array:
        """Return the exact d residual / d free parameter, shape (n_residuals, n_free).

        Both on the linear scale; `free` names the columns, into which those of parameters tied by
        `expr` are chained. The chain rule from the inside out: parameters of a group by the free
        ones, quantities by the parameters (the engine's sensitivities), statistics by quantities,
        residuals by statistics.

        Raises
        ------
        EvaluationFailure
            If a group cannot be simulated there.
        InputError
            If the engine has no exact sensitivities.
        """
        if not self.differentiable:
            raise InputError(
                "exact sensitivities need the compiled engine, and no whole part of time in a rate"
            )
        ties = Ties(self.settings)
        slopes = ties.slopes(values)
        still = np.zeros(len(ties.free))
        measured = zip(self.targets, self.sloped_measures(values, slopes), strict=True)
        rows = [target.residual_slope(m.smooth) * m.slope for target, m in measured]
        rows += [
            prior.residual_slope(values[prior.parameter]) * slopes.get(prior.parameter, still)
            for prior in self.priors
        ]
        if self.measured is None:
            return np.array(rows)
        of_subjects = self.measured.residual_slopes(values, slopes)
        return np.concatenate([np.array(rows).reshape(-1, still.size), of_subjects])

    def possible(self, values: Mapping[str, float]) -> bool:
        """Whether the parameters of every group agree with each other (nothing is simulated)."""
        try:
            for name in self.groups:
                checked_constants(
                    self.model, resolve_values(self.model, self.own_values(name, values))
                )
        except InputError:
            return False
        return self.measured is None or self.measured.possible(values)

    def own_values(self, name: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return what the engine takes as the patient of a group."""
        parameters = {q.name for q in self.model.vocabulary if q.kind == "parameter"}
        own = self.group_values(name, values)
        return {name: value for name, value in own.items() if name in parameters}
