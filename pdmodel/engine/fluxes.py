"""Which process moves a state, and by how much, at any time."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from pdmodel.engine.dataset import kernels_of, known_of
from pdmodel.model import Model


def flux_table(run: xr.Dataset, state: str, model: Model | None = None) -> pd.DataFrame:
    """Return the rate of every named process of a state over time.

    Parameters
    ----------
    run
        A result of `simulate`.
    state
        Name of a state.
    model
        Needed only for a run read from a file in a process that has not used its model.

    Returns
    -------
    pandas.DataFrame
        Days as index, one column a process, signed, in the state's unit per day; the columns add
        up to the derivative of the state. What an infusion brings is not a process.

    Raises
    ------
    UnknownNameError
        If the model has no such state.
    """
    kernels = kernels_of(run, model)
    kernels.processes_of(state)
    times = run["time"].values
    columns = kernels.fluxes(state, known_of(run), times, run["state_values"].values)
    table = pd.DataFrame(columns, index=pd.Index(times, name="time"))
    table.attrs["units"] = f"{kernels.model.vocabulary[state].unit} per day"
    return table
