"""Problem: which groups, which parameters, which targets; and how far a point is from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pdmodel import catalogue
from pdmodel.arguments import names_of, number
from pdmodel.arrays import Array
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.dosing.regimen.examples import examples_of
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol
from pdmodel.engine.symbolic.values import checked_constants, resolve_values
from pdmodel.errors import InputError, unknown
from pdmodel.inference.panel import Panel
from pdmodel.inference.problem.groups import (
    Patients,
    make_groups,
    make_settings,
    ordered_groups,
)
from pdmodel.inference.problem.looks import edge_days
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
    VISIT_INTERVAL,
    Measured,
    TimeCourse,
    check_interval,
)
from pdmodel.inference.targets.kinds import find_kind
from pdmodel.inference.targets.priors import Prior, check_priors, find_priors
from pdmodel.inference.targets.target import Target, find_targets
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
        targets: str | Path | Sequence[Target],
        regimen: str | Timetable | None = None,
        *,
        days: float | None = None,
        differ: Sequence[str] = (),
        free: Sequence[str] | None = None,
        groups: Patients | None = None,
        null: Model | str | None = None,
        priors: str | Path | Sequence[Prior] = (),
        rtol: float = RTOL_OF_MANY,
        atol: Atol = None,
        jacobian: str = "exact",
        visit_interval: float | None = None,
        order: Sequence[str] = (),
        panels: Sequence[Panel] = (),
    ) -> None:
        if jacobian not in JACOBIANS:
            raise unknown("jacobian", jacobian, JACOBIANS)
        self.model = catalogue.load(model)
        self.null = None if null is None else catalogue.load(null)
        self.targets = find_targets(targets)
        self.priors = find_priors(priors)
        check_priors(self.priors, self.model)
        given = _given_regimen(regimen, self.model)
        self.regimen = read_regimen(given, model=self.model, weight=weight_of(self.model))
        self.days = _horizon(days, self.targets)
        self.rtol, self.atol, self.jacobian = rtol, atol, jacobian
        self.differ = names_of(differ, "parameters")
        free = None if free is None else names_of(free, "parameters")
        self.visits_said = visit_interval is not None
        self.visit_interval = _interval(visit_interval, self.targets)
        edges = edge_days(self.model, self.regimen, self.days)
        made = make_groups(self.model, self.targets, self.days, groups, self.visit_interval, edges)
        self.groups, self.panels = ordered_groups(made, order), tuple(panels)
        with_prior = [prior.parameter for prior in self.priors]
        template = make_settings(self.model, self.targets, self.differ, free, with_prior, groups)
        self._template = template
        self.params = make_parameters(template)
        self._simulator: Simulator | None = None

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
        low, high = number(low, f"low bound of {name!r}"), number(high, f"high bound of {name!r}")
        if not low < high:
            raise InputError(f"bounds of {name!r}: low {low:g} must be below high {high:g}")
        value = float(self.params[name].value)
        if not low <= value <= high:
            value = math.sqrt(low * high) if low > 0 else 0.5 * (low + high)
        self._template = tuple(
            replace(s, value=value, min=low, max=high) if s.name == name else s
            for s in self.settings
        )
        bounded = next(s for s in self._template if s.name == name)
        self.params[name].set(value=value, **lmfit_bounds(bounded))

    def __getstate__(self) -> dict[str, Any]:
        """Travel to a worker without lmfit's interpreter, machine code and remembered courses."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("params", "_simulator")}
        return state | {"_template": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make `params` anew."""
        self.__dict__.update(state)
        self.params, self._simulator = make_parameters(self._template), None

    @property
    def simulator(self) -> Simulator:
        """What runs the groups; made when it is first used."""
        if self._simulator is None:
            self._simulator = Simulator(self.regimen, self.groups, self.rtol, self.atol)
        return self._simulator

    @property
    def exact(self) -> bool:
        """Whether a fit uses the exact Jacobian: it is chosen, and the engine can compute it."""
        return self.jacobian == "exact" and self.simulator.differentiable(self.model)

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters to fit, in the order of the columns of the Jacobian."""
        return free_names(self.settings)

    def places(self, group: str) -> dict[str, str]:
        """Return the setting that holds each parameter of a group; its own context has none."""
        fixed = self.groups[group].values
        free = [s for s in self._template if s.parameter not in fixed]
        shared = {s.parameter: s.name for s in free if s.group is None}
        return shared | {s.parameter: s.name for s in self._template if s.group == group}

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
        used = model or self.model
        return self.measure_courses(
            {
                name: self.simulator.courses(used, name, self.own_values(name, values))
                for name in self.groups
            }
        )

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
        """Return the residual of each target, then of each prior, shape (n_targets + n_priors,)."""
        measured = self.measure(values)
        rows = [t.residual(m.smooth) for t, m in zip(self.targets, measured, strict=True)]
        rows += [prior.residual(values[prior.parameter]) for prior in self.priors]
        return np.array(rows)

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
        courses = {
            group: self.simulator.sloped_courses(
                self.model, group, self.own_values(group, values), by,
                np.array([slopes.get(places.get(p, ""), still) for p in by]),
            )
            for group, places in held.items()
        }  # fmt: skip
        return self.measure_courses(courses)

    def residual_slopes(self, values: Mapping[str, float]) -> Array:
        """Return the exact d residual / d free parameter, shape (n_targets + n_priors, n_free).

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
        if not self.simulator.differentiable(self.model):
            raise InputError(
                "exact sensitivities need the compiled engine and no steady-state dose"
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
        return np.array(rows)

    def possible(self, values: Mapping[str, float]) -> bool:
        """Whether the parameters of every group agree with each other (nothing is simulated)."""
        try:
            for name in self.groups:
                checked_constants(
                    self.model, resolve_values(self.model, self.own_values(name, values))
                )
        except InputError:
            return False
        return True

    def own_values(self, name: str, values: Mapping[str, float]) -> dict[str, float]:
        """Return what the engine takes as the patient of a group."""
        parameters = {q.name for q in self.model.vocabulary if q.kind == "parameter"}
        own = self.group_values(name, values)
        return {name: value for name, value in own.items() if name in parameters}


def _given_regimen(regimen: str | Timetable | None, model: Model) -> str | Timetable:
    """Return the regimen; there is none that would suit every model.

    Raises
    ------
    InputError
        If none is given.
    """
    if regimen is not None:
        return regimen
    examples = " or ".join(dict.fromkeys(f"'{words}'" for words in
                                         (examples_of(model)[0], "no drug")))  # fmt: skip
    raise InputError(f"a fit needs a regimen: what every group is given, such as {examples}")


def _interval(days: float | None, targets: Sequence[Target]) -> float:
    """Return the days from visit to visit; where nothing is looked at on visits, a usual number.

    That number only says how densely a run is covered with rows.

    Raises
    ------
    InputError
        If it is not given, and a target looks at visits.
    """
    if days is not None:
        return check_interval(days)
    at_visits = [target for target in targets if find_kind(target.kind).looks == "visits"]
    if at_visits:
        raise InputError(
            f"visit_interval: say how many days lie between two visits, for {at_visits[0].kind!r} "
            f"of target {at_visits[0].id!r} is looked at on them"
        )
    return VISIT_INTERVAL


def _horizon(days: float | None, targets: Sequence[Target]) -> float:
    """Return the days of a run; where all targets name a day, the last of those will do.

    Raises
    ------
    InputError
        If no days are given, and a target names none or only the start.
    """
    if days is not None:
        return number(days, "days", above=0)
    open_ended = [target.id for target in targets if math.isnan(target.day)]
    last = max((target.day for target in targets if target.day > 0), default=0.0)
    if open_ended or last == 0:
        why = f"{', '.join(open_ended[:4])} name no day" if open_ended else "all look at day 0"
        raise InputError(f"days: say how long the groups are followed; of the targets {why}")
    return last
