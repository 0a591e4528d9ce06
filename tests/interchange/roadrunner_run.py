"""Run SBML with libRoadRunner, a program that shares no code with ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import pdmodel
from pdmodel.interchange import to_sbml
from pdmodel.model import Model

Floats = np.ndarray[Any, np.dtype[np.float64]]
Simulator = Callable[[str, Sequence[float], Sequence[str]], Floats]
"""From SBML, times and names to values, shape (n_times, n_names)."""


def roadrunner_values(sbml: str, times: Sequence[float], names: Sequence[str]) -> Floats:
    """Return quantities over time, shape (n_times, n_names); doses at a time are in already."""
    roadrunner = pytest.importorskip("roadrunner", reason="needs the package libroadrunner")
    runner = roadrunner.RoadRunner(sbml)
    integrator = runner.integrator
    integrator.relative_tolerance, integrator.maximum_num_steps = 1e-10, 1_000_000
    # A list is taken as it is; one number would be scaled by amounts that may be next to 0.
    integrator.absolute_tolerance = [1e-12] * len(integrator.getAbsoluteToleranceVector())
    runner.selections = list(names)
    return np.array(runner.simulate(times=list(times)))


def largest_difference(
    model: Model,
    regimen: Any,
    days: float,
    patient: Mapping[str, float] | None = None,
    theirs_of: Simulator = roadrunner_values,
) -> float:
    """Return how far another program is from us, relative, over all states and observables.

    What is below a thousandth of a quantity's largest value counts as that; 1e-9 counts as 0.
    """
    names = [str(s) for s in model.states] + [q.name for q in model.observables]
    inside = np.random.default_rng(1).uniform(0, days, 120)
    # Up to just before the end: asked for the value after a dose, we give one due on the last day.
    times = [0.0, *np.sort(inside).tolist(), days * (1 - 1e-6)]
    ours = pdmodel.simulate(
        model, regimen, days=days, patient=patient, times=times, at_dose="after",
        quantities=names, rtol=1e-10, atol=1e-12, engine="scipy", method="LSODA",
    )  # fmt: skip
    theirs = theirs_of(to_sbml(model, regimen, days=days, patient=patient), times, names)
    reference = np.column_stack([ours[name].values for name in names])
    scale = np.maximum(np.abs(reference), 1e-3 * np.abs(reference).max(axis=0)) + 1e-9
    assert np.isfinite(theirs).all()
    return float((np.abs(theirs - reference) / scale).max())
