"""An answer of the explorer against a run of its own, at the same tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np

import pdmodel
from pdmodel.errors import PdmodelError
from pdmodel.explore.laboratory import RTOL
from pdmodel.model import Model

APART = 1e-3
"""Of the largest value of a curve: a hundred times the tolerance of a step, less than a line."""


def faults_of(model: Model, view: dict[str, Any], status: int, answer: dict[str, Any]) -> list[str]:
    """Return what is wrong with an answer, a line each; none where all is as it must be.

    Parameters
    ----------
    model
        Of the page.
    view, status, answer
        What was asked, and what came back.
    """
    try:
        shown = _simulated(model, view)
    except PdmodelError as error:
        return [] if status == 422 else [f"{status} for what cannot be asked: {error}"]
    if status != 200:
        return [f"{status}: {answer}"]
    return [
        fault
        for patient, run in zip(answer["patients"], shown, strict=True)
        for fault in _apart(patient, run)
    ]


def _simulated(model: Model, view: dict[str, Any]) -> list[Any]:
    """Return a function of days and side for each patient; raise what is wrong with the view."""
    from pdmodel.explore.view import read_view

    read = read_view(view, model)
    for name in read.swaps.values():
        if name not in {mechanism.name for mechanism in model.mechanisms}:
            model = model.swap(name)
    known = {quantity.name for quantity in model.parameters}
    pdmodel.read_regimen(read.schedule, model=model)
    names = [name for name in read.quantities if name in _drawable(model)]
    asked: dict[str, Any] = {"days": read.days, "quantities": names, "rtol": RTOL}

    def run_of(values: dict[str, float]) -> Any:
        own = {name: value for name, value in values.items() if name in known}
        return lambda times, side: pdmodel.simulate(
            model, read.schedule, times=times, at_dose=side, patient=own, **asked
        )

    return [run_of({**read.values, **patient.values}) for patient in read.patients]


def _drawable(model: Model) -> set[str]:
    return {symbol.name for symbol in (*model.states, *model.definitions)}


def _apart(patient: dict[str, Any], run: Any) -> list[str]:
    """Return where the curves of a patient are not those of its own run."""
    if patient["failure"]:
        try:
            run(None, "before")
        except PdmodelError:
            return []
        return [f"{patient['name']} is said to fail ({patient['failure']}) and does not"]
    try:
        return _curves_apart(patient, run)
    except PdmodelError as error:
        return [f"{patient['name']} is shown and fails: {error}"]


def _curves_apart(patient: dict[str, Any], run: Any) -> list[str]:
    """Compare curves: a day that stands twice shows both sides of what happens then."""
    days, first, count = np.unique(patient["days"], return_index=True, return_counts=True)
    sides = {"before": first, "after": (first + count - 1)[count > 1]}
    faults = []
    for side, places in sides.items():
        if not places.size:
            continue
        simulated = run(days if side == "before" else days[count > 1], side)
        for name, curve in patient["curves"].items():
            own = np.asarray(simulated[name].values, dtype=float)
            apart = np.abs(np.array(curve["values"], dtype=float)[places] - own)
            size = np.max(np.abs(np.array(curve["values"], dtype=float)))
            if not np.max(apart, initial=0.0) <= APART * size + 1e-12:
                share = np.max(apart) / size
                faults.append(
                    f"{name} of {patient['name']} is {share:.1e} of its largest value away"
                )
    return faults
