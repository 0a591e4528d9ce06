"""Exact sensitivities as labelled results, and their check against differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from pdmodel.arguments import names_of
from pdmodel.dosing import Timetable
from pdmodel.engine.dataset import labels_of
from pdmodel.engine.memory import Array
from pdmodel.engine.prepared import Prepared, prepare
from pdmodel.engine.request import Atol
from pdmodel.engine.values import Values
from pdmodel.errors import InputError
from pdmodel.model import Model

# A difference of fourth order with step d is off by about d**4 + noise/d; the runs are this exact.
_TIGHT, _TINY = 1e-11, 1e-13
_STEP = 3e-4


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
    rtol: float = 1e-7,
    atol: Atol = 1e-9,
) -> xr.Dataset:
    """Return d quantity / d parameter over time, exact to the tolerances.

    Parameters
    ----------
    model, regimen, days, patient, quantities, times, at_dose, rtol, atol
        As in `simulate`.
    by
        Parameters; `initial:state` for a starting value, `dose:drug` for a factor on all that is
        given of a drug.

    Returns
    -------
    xarray.Dataset
        Each quantity over (time, by), in its unit over that of the parameter.

    Raises
    ------
    InputError, RegimenError, SimulationError
        As `simulate`; also if a name in `by` is unknown.
    """
    run = prepare(
        model, regimen, days=days, times=times, quantities=quantities, at_dose=at_dose, rtol=rtol,
        atol=atol,
    )  # fmt: skip
    _, slopes = run.run_sensitivities(patient, by)
    names = list(names_of(by, "parameters"))
    units = [_unit(model, name) for name in names]
    variables = {
        name: (("time", "by"), slopes[:, column, :], labels_of(model, name))
        for column, name in enumerate(run.quantities)
    }
    time = {"units": model.vocabulary.time_unit, "long_name": "Time on treatment"}
    coordinates = {"time": ("time", pd.Index(run.times), time), "by": pd.Index(names)}
    result = xr.Dataset(variables, coordinates)
    result["unit_of"] = ("by", np.array(units, dtype=str))
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
        from it over all times, and that over the largest sensitivity, `deviation`. Where the
        quantity does not depend on the parameter the deviation is 0.

    Raises
    ------
    InputError
        If `by` names something else than a parameter, or a parameter that is 0.
    """
    run = prepare(
        model, regimen, days=days, times=times, quantities=quantities, rtol=_TIGHT, atol=_TINY
    )
    values = run.array(patient)
    exact, slopes = run.run_sensitivities(values, by)
    rows = []
    for column, name in enumerate(dict.fromkeys(by)):
        differences = _central(run, values, name)
        for place, quantity in enumerate(run.quantities):
            largest = float(np.abs(slopes[:, place, column]).max())
            apart = float(np.abs(slopes[:, place, column] - differences[:, place]).max())
            # What rounding alone makes of a difference, for a quantity that does not depend on it.
            value = abs(values[run.machine.parameters.index(name)])
            size = _TIGHT * float(np.abs(exact[:, place]).max()) + _TINY
            noise = 100 * size / (_STEP * value)
            deviation = 0.0 if max(largest, apart) <= noise else apart / max(largest, noise)
            rows.append((quantity, name, largest, apart, deviation))
    columns = ["quantity", "parameter", "largest", "difference", "deviation"]
    return pd.DataFrame(rows, columns=columns)


def _central(run: Prepared, values: Array, name: str) -> Array:
    """Return a fourth-order central difference, shape (n_times, n_quantities)."""
    if name not in run.machine.parameters:
        raise InputError(f"check_gradient compares parameters only, not {name!r}")
    place = run.machine.parameters.index(name)
    step = _STEP * abs(values[place])
    if step == 0:
        raise InputError(f"parameter {name!r} is 0: there is no relative difference")

    def at(shift: float) -> Array:
        moved = values.copy()
        moved[place] += shift * step
        return run.run(moved)

    result: Array = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
    return result


def _unit(model: Model, name: str) -> str:
    kind, _, rest = name.rpartition(":")
    return "1" if kind == "dose" else model.vocabulary[rest].unit
