"""Groups of patients in a fit, and the parameters they share or have of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from pdmodel import catalogue
from pdmodel.arguments import names_of
from pdmodel.arrays import Array
from pdmodel.errors import TargetError, nearest, require_known, unknown
from pdmodel.inference.problem.looks import days_within, observation_days
from pdmodel.inference.problem.parameters import Setting, setting_names
from pdmodel.inference.targets.course import NO_EDGES, VISIT_INTERVAL
from pdmodel.inference.targets.target import Target
from pdmodel.model import Model, Patient

Patients = Mapping[str, Patient | Mapping[str, float]]


@dataclass(frozen=True)
class ObservedGroup:
    """A group of patients in a fit: its own values, and the days at which it is observed.

    Parameters
    ----------
    name, values, quantities
        Its name, its own values, and the quantities that targets observe.
    times
        Visits, whole and named days, shape (n_times,).
    within
        Further days, on both sides of doses and between them, for the highest and lowest values.
    edges
        Days on which something is given or changes.
    """

    name: str
    values: Mapping[str, float]
    times: Array
    quantities: tuple[str, ...]
    within: Array
    edges: Array

    @cached_property
    def rows(self) -> Array:
        """All days of its run, shape (n_rows,)."""
        return np.union1d(self.times, self.within)

    @property
    def days(self) -> float:
        """Length of its run."""
        return float(self.times[-1])


def compared_groups(targets: Sequence[Target]) -> tuple[str, ...]:
    """Return the groups that two-group targets compare; the last one sets the scale."""
    pairs = [group for target in targets if len(target.groups) > 1 for group in target.groups]
    return tuple(dict.fromkeys(pairs))


def _group_names(targets: Sequence[Target]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group for target in targets for group in target.groups))


def _patient_values(target: Target, name: str, groups: Patients | None) -> Mapping[str, float]:
    patients = groups if groups is not None else catalogue.patients()
    if name not in patients:
        error = unknown("group", name, patients)
        raise TargetError(f"{target.where} ({target.id}), column 'group': {error}")
    patient = patients[name]
    return patient.values if isinstance(patient, Patient) else patient


def make_groups(
    model: Model,
    targets: Sequence[Target],
    days: float,
    patients: Patients | None,
    interval: float = VISIT_INTERVAL,
    edges_of: Callable[[str], Array] = lambda name: NO_EDGES,
) -> dict[str, ObservedGroup]:
    """Return the groups that targets name, each with its context and the days it is observed.

    Parameters
    ----------
    model, targets
        What is fitted, to what.
    days
        Horizon of targets that name no day.
    patients
        Patients by group name; published patients by default.
    interval
        Days from visit to visit.
    edges_of
        Days on which something is given or changes, by group.

    Raises
    ------
    TargetError, UnknownNameError
        If a group, an observable, a day or a patient's parameter cannot be used.
    """
    compared = compared_groups(targets)
    groups = {}
    for name in _group_names(targets):
        rows = [target for target in targets if name in target.groups]
        values = _patient_values(rows[0], name, patients)
        for parameter in values:
            _require_parameter(model, parameter, f"group {name!r}")
        if name in compared:  # the compared groups share everything that is not declared to differ
            values = {}
        quantities = tuple(dict.fromkeys(target.observable for target in rows))
        for target in rows:
            _check_target(model, target, days)
        times, edges = observation_days(rows, days, interval), edges_of(name)
        within = days_within(rows, days, interval, edges, times)
        groups[name] = ObservedGroup(name, dict(values), times, quantities, within, edges)
    return groups


def refuse_idle_patients(
    model: Model, targets: Sequence[Target], patients: Patients, differ: Sequence[str]
) -> None:
    """Refuse values of compared groups that would do nothing, for they do not differ.

    A `Patient` may have more than a question lets differ, so that others can be asked of the same
    patients; values that are given for this fit are meant.

    Parameters
    ----------
    model, targets, differ
        What is fitted, to what, and which parameters the compared groups have of their own.
    patients
        Patients by group name.

    Raises
    ------
    TargetError
        If a compared group has such values; names them.
    """
    for name in compared_groups(targets):
        patient = patients.get(name, {})
        if isinstance(patient, Patient):
            continue
        idle = [
            f"{parameter} = {value:g}"
            for parameter, value in patient.items()
            if parameter not in differ and value != model.defaults.get(parameter)
        ]
        if idle:
            raise TargetError(
                f"group {name!r}: its {', '.join(idle)} would do nothing, for groups that a "
                "target compares share all that is not declared to differ: name it in `differ`"
            )


def ordered_groups(
    groups: Mapping[str, ObservedGroup], order: Sequence[str]
) -> dict[str, ObservedGroup]:
    """Return groups in an order that an application declares; those it does not name follow.

    Raises
    ------
    UnknownNameError
        If the order names a group that no target speaks of.
    """
    names = names_of(order, "groups")
    require_known("group of the order", groups, *names)
    return {name: groups[name] for name in (*names, *(n for n in groups if n not in names))}


def observed_also(
    groups: Mapping[str, ObservedGroup],
    targets: Sequence[Target],
    days: float,
    interval: float = VISIT_INTERVAL,
) -> dict[str, ObservedGroup]:
    """Return the same groups, observed on the days and for the quantities of more targets too.

    Parameters
    ----------
    groups
        The groups of a fit.
    targets
        The further targets; their groups, observables and days have been checked.
    days
        Horizon of targets that name no day.
    interval
        Days from visit to visit.
    """
    wider = dict(groups)
    for name, group in groups.items():
        rows = [target for target in targets if name in target.groups]
        if rows:
            quantities = (*group.quantities, *(target.observable for target in rows))
            times = np.union1d(group.times, observation_days(rows, days, interval))
            within = days_within(rows, days, interval, group.edges, times)
            wider[name] = replace(
                group,
                times=times,
                within=np.union1d(group.within, within),
                quantities=tuple(dict.fromkeys(quantities)),
            )
    return wider


def _require_parameter(model: Model, name: str, where: str) -> None:
    parameters = [q.name for q in model.vocabulary if q.kind == "parameter"]
    require_known(f"parameter of {where}:", parameters, name)


def _check_target(model: Model, target: Target, days: float) -> None:
    quantities = [s.name for s in (*model.states, *model.definitions)]
    if target.observable not in quantities:
        hint = nearest(target.observable, quantities)
        observables = ", ".join(q.name for q in model.observables) or "none"
        raise TargetError(
            f"{target.where} ({target.id}), column 'observable': unknown observable "
            f"{target.observable!r}{hint} (observables: {observables}; or a state or auxiliary)"
        )
    if target.day > days:
        raise TargetError(
            f"{target.where} ({target.id}), column 'day': {target.day:g} is after the end of the "
            f"run, day {days:g}"
        )


def make_settings(
    model: Model,
    targets: Sequence[Target],
    differ: Sequence[str],
    free: Sequence[str] | None,
    with_prior: Sequence[str],
    patients: Patients | None,
) -> tuple[Setting, ...]:
    """Return one setting for every parameter, and one more for each group that has its own.

    Parameters
    ----------
    model, targets
        What is fitted, to what.
    differ
        Parameters that differ between the compared groups; the last group has the shared value.
    free
        Shared parameters that vary; those the vocabulary marks by default.
    with_prior
        Parameters that vary because a prior speaks of them.
    patients
        Patients by group name; published patients by default.

    Raises
    ------
    UnknownNameError
        If a name is not a parameter of the model.
    TargetError
        If a parameter is to differ and no target compares groups: it would have one value for all.
    """
    parameters = {q.name: q for q in model.parameters if q.kind == "parameter"}
    chosen = [q.name for q in parameters.values() if q.vary] if free is None else list(free)
    chosen += with_prior
    require_known(f"parameter of model {model.name!r}:", parameters, *chosen, *differ)
    compared = compared_groups(targets)
    if differ and not compared:
        raise TargetError(
            f"{', '.join(differ)} cannot differ: no target compares two groups; write the groups "
            "of such a row as first/second, e.g. of a ratio"
        )
    own = {group: dict(_own_values(targets, group, differ, patients)) for group in compared}
    scale = own[compared[-1]] if compared else {}
    places: list[tuple[str, str | None]] = []
    for name in parameters:
        groups = compared[:-1] if name in differ else ()
        places += [(name, None), *((name, group) for group in groups)]
    settings = []
    for setting, (name, group) in zip(setting_names(places), places, strict=True):
        low, high = parameters[name].bounds or (-math.inf, math.inf)
        value = scale.get(name, model.defaults[name])
        start = value if group is None else own[group].get(name, value)
        vary = group is not None or name in chosen
        settings.append(Setting(setting, name, group, start, low, high, vary))
    return tuple(settings)


def _own_values(
    targets: Sequence[Target],
    group: str,
    differ: Sequence[str],
    patients: Patients | None,
) -> dict[str, float]:
    row = next(target for target in targets if group in target.groups)
    values = _patient_values(row, group, patients)
    return {name: float(value) for name, value in values.items() if name in differ}
