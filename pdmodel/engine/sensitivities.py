"""Exact sensitivities as labelled results, and their check against differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from pdmodel.arguments import names_of
from pdmodel.arrays import Array
from pdmodel.dosing import Timetable
from pdmodel.engine.dataset import labels_of, variable
from pdmodel.engine.prepared import Prepared, prepare
from pdmodel.engine.runs.request import RTOL, Atol
from pdmodel.engine.symbolic.values import Values
from pdmodel.errors import InputError
from pdmodel.model import Model

# A difference of sixth order with step d is off by about d**6 + noise/d; the runs are this exact.
_TIGHT = 1e-11
_STEP = 5e-3
# Within a step an event, a switch or a dose that follows the parameter may pass a row, where the
# quantity jumps or has a corner: a difference across it is no slope, and nearer ones are tried.
_NEARER = (0.05, 2.5e-3)
_SUSPECT = 1e-4


def simulate_sensitivities(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    by: Sequence[str],
    patient: Values = None,
    quantities: Sequence[str] | None = None,
    times: npt.ArrayLike | None = None,
    at_dose: str = "before",
    rtol: float = RTOL,
    atol: Atol = None,
) -> xr.Dataset:
    """Return d quantity / d parameter over time, exact to the tolerances.

    Parameters
    ----------
    model, regimen, days
        As in `simulate`.
    by
        Parameters; `initial:state` for a starting value, `dose:drug` for a factor on all that is
        given of a drug.
    patient, quantities, times, at_dose, rtol, atol
        As in `simulate`.

    Returns
    -------
    xarray.Dataset
        Each quantity over (time, by), in its unit over that of the parameter.

    Raises
    ------
    InputError, RegimenError, SimulationError
        As `simulate`; also if a name in `by` is unknown.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> slopes = pdmodel.simulate_sensitivities(
    ...     model, "10 mg daily", days=7, by=["tone"], quantities=["il6"]
    ... )
    >>> bool(slopes["il6"].sel(time=7, by="tone") < 0)  # more tone, less IL-6
    True
    """
    run = prepare(
        model, regimen, days=days, times=times, quantities=quantities, at_dose=at_dose, rtol=rtol,
        atol=atol,
    )  # fmt: skip
    _, slopes = run.run_sensitivities(patient, by)
    names = list(names_of(by, "parameters"))
    units = [_unit(model, name) for name in names]
    variables = {
        name: variable(("time", "by"), slopes[:, column, :], labels_of(model, name))
        for column, name in enumerate(run.quantities)
    }
    time = {"units": model.vocabulary.time_unit, "long_name": "Time on treatment"}
    coordinates = {"time": ("time", pd.Index(run.times), time), "by": pd.Index(names)}
    result = xr.Dataset(variables, coordinates)
    result["unit_of"] = variable("by", np.array(units, dtype=str))
    return result


def check_gradient(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    by: Sequence[str],
    patient: Values = None,
    quantities: Sequence[str] | None = None,
    times: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Compare exact sensitivities with central differences of tight runs.

    Parameters
    ----------
    model, regimen, days, by, patient, quantities, times
        As in `simulate_sensitivities`; `by` holds parameters only.

    Returns
    -------
    pandas.DataFrame
        A row a quantity and parameter: the largest sensitivity (absolute), the largest difference
        from it over all times, and that over the largest sensitivity, `deviation`, less what the
        errors of the runs, 1e-11, make of a difference. Where the quantity does not depend on the
        parameter the deviation is 0. Differences are taken nearer by where they deviate, so that
        an event or a switch does not come to lie between them.

    Raises
    ------
    InputError
        If `by` names something else than a parameter.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> table = pdmodel.check_gradient(model, "10 mg daily", days=2, by=["tone"])
    >>> bool(table["deviation"].max() < 1e-4)
    True
    """
    run = prepare(model, regimen, days=days, times=times, quantities=quantities, rtol=_TIGHT)
    if not run.quantities:
        raise InputError("check_gradient compares slopes of quantities, and quantities names none")
    values = run.array(patient)
    exact, slopes = run.run_sensitivities(values, by)
    sizes = dict(zip(run.quantities, np.abs(exact).max(axis=0).tolist(), strict=True))
    reached = np.abs(run.outcome(values).extremes).max(axis=0).tolist()
    for state, size in zip(run.machine.states, reached, strict=True):
        sizes[state] = max(size, sizes.get(state, 0.0))  # between the times that are asked for
    size = np.array([sizes[quantity] for quantity in run.quantities])
    rows = []
    for column, name in enumerate(dict.fromkeys(by)):
        if name not in run.machine.parameters:
            raise InputError(f"check_gradient compares parameters only, not {name!r}")
        own = slopes[:, :, column]
        largest = np.abs(own).max(axis=0)
        step = _step(run, values, name, exact, own)
        held = _hold(run, values, name, own, size, step)
        for share in _NEARER:
            if held.deviation.max() > _SUSPECT:
                held = held.better(_hold(run, values, name, own, size, share * step))
        for index, quantity in enumerate(run.quantities):
            apart, deviation = float(held.apart[index]), float(held.deviation[index])
            rows.append((quantity, name, float(largest[index]), apart, deviation))
    columns = ["quantity", "parameter", "largest", "difference", "deviation"]
    return pd.DataFrame(rows, columns=columns)


class _Held(NamedTuple):
    """How far slopes lie from differences, a number a quantity."""

    apart: Array
    deviation: Array

    def better(self, other: _Held) -> _Held:
        """Return of each quantity that which deviates less."""
        nearer = other.deviation < self.deviation
        return _Held(*(np.where(nearer, b, a) for a, b in zip(self, other, strict=True)))


def _hold(
    run: Prepared, values: Array, name: str, slopes: Array, size: Array, step: float
) -> _Held:
    """Hold the slopes to one parameter, shape (n_times, n_quantities), against differences."""
    largest = np.abs(slopes).max(axis=0)
    apart = np.abs(slopes - _differences(run, values, name, step)).max(axis=0)
    noise = _TIGHT * size / step  # what the errors of the runs make of a difference
    moves = np.maximum(largest, apart) > 100 * noise
    deviation = np.zeros(size.size)
    beyond = np.maximum(apart - noise, 0.0)
    np.divide(beyond, np.maximum(largest, 100 * noise), out=deviation, where=moves)
    return _Held(apart, deviation)


def _step(run: Prepared, values: Array, name: str, exact: Array, slopes: Array) -> float:
    """Return the step of a difference: a share of the value; of what moves something, if it is 0.

    A parameter at 0 has no size of its own. The slopes tell how far it must move until the quantity
    that depends on it most has moved by its own size; where nothing does, its bounds give a size.
    """
    value = abs(values[run.machine.parameters.index(name)])
    if value == 0:
        largest, steepest = np.abs(exact).max(axis=0), np.abs(slopes).max(axis=0)
        moving = (steepest > 0) & (largest > 0)
        low, high = run.model.vocabulary[name].bounds or (0.0, 1.0)
        value = high - low if math.isfinite(high - low) and high > low else 1.0
        if moving.any():
            value = min(value, float((largest[moving] / steepest[moving]).min()))
    return _STEP * float(value)


def _differences(run: Prepared, values: Array, name: str, step: float) -> Array:
    """Return a difference of sixth order, shape (n_times, n_quantities).

    Central, unless the value is 0 and may not be less, or not be more.
    """
    index = run.machine.parameters.index(name)
    low, high = run.model.vocabulary[name].bounds or (-math.inf, math.inf)

    def at(shift: float) -> Array:
        moved = values.copy()
        moved[index] += shift * step
        return run.run(moved)

    if values[index] != 0 or low < 0 < high:
        weights = {-3: -1, -2: 9, -1: -45, 1: 45, 2: -9, 3: 1}
    else:
        side = 1 if low >= 0 else -1
        onward = (-147, 360, -450, 400, -225, 72, -10)
        weights = {side * k: side * weight for k, weight in enumerate(onward)}
    result: Array = np.sum([w * at(shift) for shift, w in weights.items()], axis=0) / (60 * step)
    return result


def _unit(model: Model, name: str) -> str:
    kind, _, rest = name.rpartition(":")
    return "1" if kind == "dose" else model.vocabulary[rest].unit
