"""What is given, as plain data: computed here, scaled by the slider in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Timetable, read_regimen as read_words, weight_of
from pdmodel.engine.rosenbrock.memory import ADD, RATE
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.moving import followed_by
from pdmodel.errors import InputError
from pdmodel.explore.answers import amounts_given
from pdmodel.explore.display import display_rows
from pdmodel.model import Model

_KINDS = {ADD: "add", RATE: "rate"}
_SHORT = 56.0
_A_DAY = 8


def given_data(model: Model, words: str, days: float) -> dict[str, Any]:
    """Return the doses of a schedule and the rows of the run.

    Parameters
    ----------
    model
        Knows where a drug goes.
    words
        The schedule.
    days
        Length of the run.

    Returns
    -------
    dict
        `edges`: each `[day, [[kind, state, value], ...]]`, the kind `add` (an amount) or `rate`
        (what runs in a day from then on), in the unit of the state; `drugs`: each with its state,
        its first amount and unit, and its days and amounts; `rows`; `days`.

    Raises
    ------
    PdmodelError
        If the schedule cannot be read, or does what the file cannot.
    """
    plan = read_words(words, model=model, weight=weight_of(model))
    _refuse(bool(followed_by(plan)), "its doses follow parameters")
    schedule = make_schedule(model, plan, days)
    _refuse(bool(schedule.first_values), "its schedule sets parameters")
    return {
        "days": days,
        "rows": _rows(days).tolist(),
        "edges": [[edge.time, _steps(edge.steps)] for edge in schedule.edges],
        "drugs": _drugs(model, plan, schedule, days),
    }


def _steps(steps: Any) -> list[list[Any]]:
    _refuse(
        any(step.kind not in _KINDS for step in steps),
        "its schedule does more than give doses and infusions",
    )
    return [[_KINDS[step.kind], step.target, step.value] for step in steps]


def _refuse(refused: bool, why: str) -> None:
    if refused:
        raise InputError(f"this model cannot be one file: {why}")


def _drugs(
    model: Model, plan: Timetable, schedule: RunSchedule, days: float
) -> list[dict[str, Any]]:
    """Return each state that something is given into, called as the first drug that goes there."""
    used = {step.target for edge in schedule.edges for step in edge.steps}
    drugs: dict[int, dict[str, Any]] = {}
    for action, amount in amounts_given(plan.actions(days), days):
        name = action.target or next(iter(model.doses))
        state = _state(model, name)
        unit = action.unit or model.vocabulary[list(model.states)[state].name].unit
        new = {"name": name, "state": state, "first": amount, "unit": unit, "days": [],
               "amounts": []}  # fmt: skip
        drug = drugs.setdefault(state, new)
        drug["days"].append(action.time)
        drug["amounts"].append(amount)
    return [drug for state, drug in drugs.items() if state in used]


def _state(model: Model, name: str) -> int:
    """Return the state that a drug, a state or the number of one means; the schedule knows it."""
    states = [state.name for state in model.states]
    if name in model.doses:
        return states.index(model.doses[name].name)
    return states.index(name) if name in states else int(name) - 1


def _rows(days: float) -> Array:
    """Return what is drawn: whole days, as the explorer does; more of a short run."""
    step = 1.0 if days >= _SHORT else 1.0 / _A_DAY
    times = np.append(np.arange(0.0, days, step), days)
    return display_rows(times, days).days
