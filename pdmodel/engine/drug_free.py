"""Whether a model stands still without drug, and can be differentiated where it starts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd
import sympy

from pdmodel.engine.simulation import simulate
from pdmodel.engine.symbolic.callables import array_function
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.engine.symbolic.values import Values, checked_constants, resolve_values
from pdmodel.errors import SimulationError
from pdmodel.model import Model
from pdmodel.model.expressions.functions import lower

# A derivative below this share of its turnover is rounding.
STILL = 1e-12


def start_table(model: Model, patient: Values = None) -> pd.DataFrame:
    """Return the derivative of every state at time 0 without drug.

    Parameters
    ----------
    model
        The equations and their default values.
    patient
        A Patient, or values that differ from the defaults.

    Returns
    -------
    pandas.DataFrame
        Index `state`; columns `start` (state's unit), `derivative` (per unit of time), `turnover`
        (the sum of the sizes of its processes) and `relative_rate` (derivative over start, per
        unit of time; NaN for a state that starts at 0).
    """
    kernels = compile_model(model)
    values = resolve_values(model, patient)
    values |= checked_constants(model, values)
    start = kernels.initial(values)
    rows = []
    for name, value in zip(kernels.states, start.tolist(), strict=True):
        fluxes = kernels.fluxes(name, values, np.zeros(1), start[np.newaxis, :])
        rates = [float(column[0]) for column in fluxes.values()]
        total, size = float(np.sum(rates)), float(np.sum(np.abs(rates)))
        rows.append((name, value, total, size, total / value if value else np.nan))
    columns = ["state", "start", "derivative", "turnover", "relative_rate"]
    return pd.DataFrame(rows, columns=columns).set_index("state")


def moving_states(table: pd.DataFrame) -> list[str]:
    """Return the states of a `start_table` that do not stand still."""
    still = table["derivative"].abs() <= STILL * table["turnover"]
    return [str(name) for name in table.index[~still]]


def start_faults(
    model: Model, patient: Values = None, growing: Collection[str] | None = ()
) -> list[str]:
    """Return one line for every fault of a model at its drug-free start.

    Parameters
    ----------
    model, patient
        What is started.
    growing
        States that may move without drug; None lets every state move.

    Returns
    -------
    list
        States that move although they should not, and entries of the Jacobian and derivatives
        by parameters that are not finite numbers. Empty if there is no fault.
    """
    table = start_table(model, patient)
    still = [] if growing is None else [n for n in moving_states(table) if n not in growing]
    rates = table["derivative"].to_dict()
    faults = [
        f"state {name!r} moves without drug, by {rates[name]:.4g} per {model.vocabulary.time_unit}"
        for name in still
    ]
    return faults + list(_slope_faults(model, patient))


def _slope_faults(model: Model, patient: Values) -> Iterator[str]:
    """Differentiate right-hand sides and constants by all they use, and look at the start.

    The chain rule joins these slopes, so all derivatives by parameters are finite when they are.
    """
    kernels = compile_model(model)
    values = resolve_values(model, patient)
    values |= checked_constants(model, values)
    start = kernels.initial(values)
    at = values | dict(zip(kernels.states, start.tolist(), strict=True))
    expressions = {
        f"d {state}/dt": rate
        for state, rate in zip(kernels.states, kernels.derivatives, strict=True)
    } | {
        symbol.name: lower(expression)
        for symbol, expression in model.definitions.items()
        if symbol not in model.moving
    }
    pairs = [
        (name, symbol, expression.diff(symbol))
        for name, expression in expressions.items()
        for symbol in sorted(expression.free_symbols, key=str)
    ]
    slopes = _evaluate(model, [slope for _, _, slope in pairs], at)
    for (name, symbol, _), slope in zip(pairs, slopes, strict=True):
        if not np.isfinite(slope):
            yield f"the derivative of {name} by {symbol} is {slope} at the drug-free start"


def _evaluate(
    model: Model, expressions: Sequence[sympy.Expr], at: dict[str, float]
) -> list[np.float64]:
    """Evaluate at time 0; NumPy's numbers give NaN or infinity where Python's would raise."""
    used = sorted({s for e in expressions for s in e.free_symbols}, key=str)
    function = array_function(used, list(expressions))
    values = {model.vocabulary.time.name: 0.0} | at
    return [np.float64(v) for v in function(*(np.float64(values[s.name]) for s in used))]


def drift(model: Model, patient: Values = None, days: float = 200.0) -> pd.DataFrame:
    """Run a model without drug and return how far each state moves.

    Parameters
    ----------
    model, patient
        What is run.
    days
        Length of the run.

    Returns
    -------
    pandas.DataFrame
        Index `state`; columns `start`, `end` (state's unit), `ratio` (end over start; NaN for a
        state that starts at 0) and `change` (at the value farthest from the start: that value
        over the start, less 1; the value itself for a state that starts at 0).

    Raises
    ------
    SimulationError
        If the integration fails or returns nothing.
    """
    names = [state.name for state in model.states]
    run = simulate(model, days=days, patient=patient, quantities=names, rtol=1e-10)
    if run.sizes["time"] < 2 or not names:
        raise SimulationError(f"the drug-free run of {model.name!r} is empty", {"days": days})
    rows = []
    for name in names:
        values = run[name].values
        start, end = float(values[0]), float(values[-1])
        largest = float(values[np.argmax(np.abs(values - start))])
        ratio, change = (end / start, largest / start - 1) if start else (np.nan, largest)
        rows.append((name, start, end, ratio, change))
    columns = ["state", "start", "end", "ratio", "change"]
    return pd.DataFrame(rows, columns=columns).set_index("state")
