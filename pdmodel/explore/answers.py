"""The parts of an answer, as plain data: curves, judged targets, what moves a state, doses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.dosing import Action
from pdmodel.engine.fluxes import mean_fluxes
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.errors import require_known
from pdmodel.explore.display import Shown, display_rows, plain, plain_days, plain_number
from pdmodel.explore.runs import AskedProblem, Run, UnrolledRegimen
from pdmodel.explore.view import View
from pdmodel.inference.targets.course import TimeCourse
from pdmodel.model import Model

_PERIODS = 112


def judged(asked: AskedProblem, runs: Mapping[str, Run]) -> list[dict[str, Any]]:
    """Return the value of each target and whether it is met; None where a group failed."""
    problem = asked.problem
    courses = {name: _courses(runs[name]) for name in problem.groups}
    failed = {name for name in problem.groups if runs[name].failure}
    judged = []
    for target in problem.targets:
        value, met = None, False
        if not failed & set(target.groups):
            try:
                measured = target.measure(
                    [courses[group][target.observable] for group in target.groups],
                    problem.days, problem.visit_interval,
                )  # fmt: skip
                met = bool(target.met(measured.value))
                value = plain_number(measured.value)
            except ArithmeticError:
                pass  # no value on such a course: shown as missing and not met
        judged.append({"id": target.id, "value": value, "met": met})
    return judged


def _courses(run: Run) -> dict[str, TimeCourse]:
    if run.failure:
        return {}
    group = run.group
    return {
        name: TimeCourse(group.rows, run.values[group.watched, column], None, group.edges)
        for column, name in enumerate(group.run.quantities)
    }


def drawn_patient(name: str, run: Run, view: View) -> dict[str, Any]:
    """Return the curves of a patient, thinned to what a plot can show."""
    if run.failure:
        return {"name": name, "failure": run.failure, "curves": {}}
    rows = display_rows(run.group.run.times, view.days)
    quantities = run.group.run.quantities
    curves = {
        quantity: Shown.of(rows, run.column(quantity)).plain()
        for quantity in view.quantities if quantity in quantities
    }  # fmt: skip
    return {"name": name, "failure": "", "days": plain_days(rows.days), "curves": curves}


def mean_processes(model: Model, run: Run, view: View) -> dict[str, Any]:
    """Return the mean rate of every process that moves a state, period by period."""
    states = [symbol.name for symbol in model.states]
    require_known("state of the model", states, view.flux_state)
    empty = {"state": view.flux_state, "patient": view.flux_patient, "days": [], "processes": []}
    if run.failure:
        return empty
    functions, prepared = compile_model(model), run.group.run
    times = prepared.times
    inside = times <= view.days
    given = prepared.array(dict(run.patient))
    values = prepared.named(given) | prepared.constants(given)
    columns = functions.fluxes(
        view.flux_state, values, times[inside],
        np.stack([run.column(state)[inside] for state in states], axis=1),
    )  # fmt: skip
    table = pd.DataFrame(columns, index=pd.Index(times[inside], name="time"))
    table.attrs["values"] = tuple(run.column(view.flux_state)[inside].tolist())
    means = mean_fluxes(table, every=view.days / _PERIODS)
    return empty | {
        "days": plain(means.index.to_numpy() + 0.5 * view.days / _PERIODS),
        "processes": [
            {"name": str(name), "values": plain(means[name].to_numpy())} for name in means
        ],
    }


def given_doses(regimen: UnrolledRegimen, days: float) -> list[dict[str, Any]]:
    """Return what is given: by drug its days and amounts; infusions by what they bring in all."""
    drugs: dict[str, list[tuple[float, float]]] = {}
    for action, amount in amounts_given(regimen.actions(days), days):
        drugs.setdefault(action.target, []).append((action.time, amount))
    columns = {drug: np.array(given).T for drug, given in drugs.items()}
    return [
        {"drug": drug, "days": plain(days_), "amounts": plain(amounts)}
        for drug, (days_, amounts) in columns.items()
    ]


def amounts_given(actions: Sequence[Action], days: float) -> list[tuple[Action, float]]:
    """Return each dose with its amount, and each infusion with what it brings in until it ends.

    Parameters
    ----------
    actions
        What happens, by time.
    days
        When an infusion is cut off whose end is not among them.
    """
    given: list[tuple[Action, float]] = []
    running: dict[tuple[str, float], list[int]] = defaultdict(list)
    for action in actions:
        if action.kind == "rate" and action.amount < 0:
            ended = running[action.target, -action.amount].pop(0)
            given[ended] = _infused(given[ended][0], action.time)
        elif action.kind == "rate":
            running[action.target, action.amount].append(len(given))
            given.append(_infused(action, days))
        elif action.kind == "add":
            given.append((action, action.amount))
    return given


def _infused(action: Action, end: float) -> tuple[Action, float]:
    """Return what an infusion brings in until it ends; infusions of one rate are equally long."""
    return action, float(f"{action.amount * (end - action.time):.9g}")
