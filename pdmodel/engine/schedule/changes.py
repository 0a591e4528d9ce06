"""What changes at the edges of a run: parameters, constants that follow, rates of infusions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np

from pdmodel.arguments import as_number
from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Timetable
from pdmodel.engine.rosenbrock.memory import RATE, RESET, SET, STATE
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.errors import InputError
from pdmodel.model import Model


def changing_values(
    model: Model,
    schedule: RunSchedule,
    times: Array,
    after: Integers,
    values_by_name: Mapping[str, float],
) -> dict[str, Array]:
    """Return every parameter and constant that changes during a run, as it is at each output.

    Parameters
    ----------
    model, schedule
        What was run.
    times, after
        Outputs: days, and whether each is taken after the edge at its time, shapes (n_times,).
    values_by_name
        Parameters and constants by name, at the start.

    Returns
    -------
    dict
        Values of shape (n_times,) by name; empty where nothing changes.
    """
    if not any(step.kind == SET for edge in schedule.edges for step in edge.steps):
        return {}
    kernels = compile_model(model)
    values = {name: values_by_name[name] for name in kernels.parameters}
    spells = [dict(values_by_name)]
    for edge in schedule.edges:
        changes = [step for step in edge.steps if step.kind == SET]
        for step in changes:
            values[kernels.parameters[step.target]] = step.value
        spells.append(values | kernels.constants(values) if changes else spells[-1])
    spell = edges_behind(schedule, times, after)
    return {
        name: np.array([spell_values[name] for spell_values in spells])[spell]
        for name in values_by_name
        if any(spell_values[name] != values_by_name[name] for spell_values in spells)
    }


def infusion_rates(
    model: Model, schedule: RunSchedule, times: Array, after: Integers
) -> dict[str, Array]:
    """Return what infusions bring into a state a day, shape (n_times,), by state; else nothing."""
    rate = np.zeros(len(model.states))
    spells = [rate]
    for edge in schedule.edges:
        rate = rate.copy()
        for step in edge.steps:
            if step.kind == RATE:
                rate[step.target] = step.value
            elif step.kind in (RESET, STATE):
                rate[:] = 0.0
        spells.append(rate)
    over_time = np.array(spells)[edges_behind(schedule, times, after)]
    return {
        state.name: over_time[:, index]
        for index, state in enumerate(model.states)
        if any(rates[index] for rates in spells)
    }


def edges_behind(schedule: RunSchedule, times: Array, after: Integers) -> Integers:
    """Return how many edges lie behind each output."""
    edges = np.array([edge.time for edge in schedule.edges])
    passed = np.where(
        after == 1,
        np.searchsorted(edges, times, side="right"),
        np.searchsorted(edges, times, side="left"),
    )
    return passed.astype(np.int64)


def refuse_idle_values(
    model: Model, schedule: RunSchedule, given: Mapping[str, object], whose: str = "the patient"
) -> None:
    """Refuse values of a patient that records replace on day 0: they would do nothing.

    Parameters
    ----------
    model, schedule
        What is run.
    given
        What was given, by name of parameter.
    whose
        Of whom, for the message.

    Raises
    ------
    InputError
        If one differs from what the records say; names both values.
    """
    for index, value in schedule.first_values:
        name = model.parameters[index].name
        own = as_number(given[name]) if name in given else None
        if own is not None and own != value:
            raise InputError(
                f"parameter {name!r}: {whose} has {own:g}, but the records set it to {value:g} "
                "from day 0 on: let one of them decide"
            )


def warn_of_idle_columns(model: Model, timetables: Iterable[Timetable | str]) -> None:
    """Warn of columns of event tables that are named like a parameter and do not set it.

    Parameters
    ----------
    model
        Knows the parameters.
    timetables
        What is given; subjects of tables have covariates.
    """
    parameters = {quantity.name for quantity in model.parameters}
    idle = {
        column
        for timetable in timetables
        for column in getattr(timetable, "idle_covariates", ())
        if column in parameters
    }
    for name in sorted(idle):
        warnings.warn(
            f"column {name!r} of the events is named like a parameter of model {model.name!r}, but "
            f"does not set it: read it with parameters={{{name!r}: {name!r}}}, or drop it",
            stacklevel=3,
        )
