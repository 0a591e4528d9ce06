"""Which process moves a state, and by how much, at any time or over each day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arguments import shown
from pdmodel.arrays import Array
from pdmodel.engine.dataset import infused_of, kernels_of, known_of
from pdmodel.errors import InputError
from pdmodel.model import Model

INFUSION = "infusion"


def flux_table(
    run: xr.Dataset, state: str, model: Model | None = None, *, every: float | None = None
) -> pd.DataFrame:
    """Return the rate of every named process of a state over time.

    Parameters
    ----------
    run
        A result of `simulate`.
    state
        Name of a state.
    model
        Needed only for a run read from a file in a process that has not used its model.
    every
        Days; the rates are then means over periods of this length instead of those at the times
        of the run. They need the rows that a run has by default.

    Returns
    -------
    pandas.DataFrame
        Days as index (of a mean: where its period begins), one column a process, signed, in the
        state's unit per day, and a column `infusion` where one runs into the state; the columns
        add up to the derivative of the state. What a dose brings at once is no rate.

    Raises
    ------
    UnknownNameError
        If the model has no such state.
    InputError
        If `every` is no number > 0 within the run, or the run has too few rows for means.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> run = pdmodel.simulate(model, "10 mg daily", days=7)
    >>> pdmodel.flux_table(run, "il6", every=1).columns.tolist()
    ['myeloid_secretion', 'tumour_secretion', 'clearance', 'induced_secretion']
    """
    kernels = kernels_of(run, model)
    kernels.processes_of(state)
    if "state_values" not in run:
        raise InputError(
            "a flux table needs all states of a run, as `simulate` keeps them; simulate a patient "
            "of a cohort anew, with its values as `patient`"
        )
    times = np.atleast_1d(run["time"].values).astype(float)
    states = np.atleast_2d(run["state_values"].values)
    columns = kernels.fluxes(state, known_of(run), times, states)
    given = infused_of(run)
    if state in given:
        columns[INFUSION if INFUSION not in columns else f"{INFUSION}_given"] = given[state]
    table = pd.DataFrame(columns, index=pd.Index(times, name="time"))
    table.attrs["model"], table.attrs["model_hash"] = kernels.model.name, kernels.model.hash
    table.attrs["units"] = f"{kernels.model.vocabulary[state].unit} per day"
    table.attrs["values"] = tuple(states[:, kernels.states.index(state)].tolist())
    table.attrs["whole"] = run.attrs.get("rows") == "default" or not run.attrs.get("edges", 0)
    return table if every is None else mean_fluxes(table, every)


def mean_fluxes(table: pd.DataFrame, every: float) -> pd.DataFrame:
    """Return the mean of every rate over periods of the same length; the last may be shorter.

    Parameters
    ----------
    table
        What `flux_table` returns.
    every
        Length of a period in days.

    Returns
    -------
    pandas.DataFrame
        Where each period begins as index, and the same columns.

    Raises
    ------
    InputError
        If `every` is no number > 0 within the run, or the rows do not show both sides of doses.
    """
    times = table.index.to_numpy(dtype=float)
    first, last = float(times[0]), float(times[-1])
    if not (isinstance(every, int | float | np.number) and 0 < every <= last - first):
        allowed = f"a number of days in (0, {last - first:g}]"
        raise InputError(f"every must be {allowed}, got {shown(every)}")
    if not table.attrs.get("whole", True):
        raise InputError(
            "means need both sides of every dose and the rows between: leave `times` out of the "
            "run; this one has only the times that were asked for"
        )
    begins = first + every * np.arange(np.ceil((last - first) / every * (1 - 1e-9)))
    bounds = np.append(begins, last)
    rates = table.to_numpy(dtype=float)
    state = np.array(table.attrs.get("values", ()))
    means = _integrals(times, rates, bounds, state) / np.diff(bounds)[:, np.newaxis]
    averaged = pd.DataFrame(means, index=pd.Index(begins, name="time"), columns=table.columns)
    kept = {key: value for key, value in table.attrs.items() if key != "values"}
    averaged.attrs = {**kept, "every": float(every), "until": last}
    return averaged


def _integrals(times: Array, rates: Array, bounds: Array, state: Array) -> Array:
    """Integrate rates, which jump at edges, from each bound to the next: (n_bounds - 1, n_rates).

    Parameters
    ----------
    times, rates
        Shapes (n_times,) and (n_times, n_rates); at an edge two rows an instant apart.
    bounds
        Sorted, within the times.
    state
        What the rates move, shape (n_times,), or empty.
    """
    apart = 4 * float(np.spacing(np.abs(times).max()))
    pieces = np.split(np.arange(times.size), np.flatnonzero(np.diff(times) <= apart) + 1)
    integrals = np.zeros((bounds.size - 1, rates.shape[1]))
    for rows in (piece for piece in pieces if piece.size > 1):
        first, last = times[rows[0]], times[rows[-1]]
        marks = np.unique([first, last, *bounds[(bounds > first) & (bounds < last)]])
        parts = _between(times[rows], rates[rows], marks)
        if state.size:
            parts = _balanced(parts, np.diff(_at(times[rows], state[rows], rates[rows], marks)))
        period = np.searchsorted(bounds, (marks[1:] + marks[:-1]) / 2) - 1
        np.add.at(integrals, np.clip(period, 0, integrals.shape[0] - 1), parts)
    return integrals


def _between(times: Array, rates: Array, marks: Array) -> Array:
    """Return the integral of a curve through some rows from each mark to the next."""
    from scipy.interpolate import make_interp_spline

    degree = min(3, times.size - 1)
    whole = make_interp_spline(times, rates, k=degree).antiderivative()
    integrals: Array = np.diff(whole(marks), axis=0)
    return integrals


def _at(times: Array, state: Array, rates: Array, marks: Array) -> Array:
    """Return a state at some times, from its values and slopes at the rows."""
    from scipy.interpolate import CubicHermiteSpline

    states: Array = CubicHermiteSpline(times, state, rates.sum(axis=1))(marks)
    return states


def _balanced(parts: Array, change: Array) -> Array:
    """Let processes add up to the change of their state, the larger ones bearing what is off."""
    size = np.abs(parts)
    whole = size.sum(axis=1, keepdims=True)
    off = change[:, np.newaxis] - parts.sum(axis=1, keepdims=True)
    balanced: Array = parts + off * np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
    return balanced
