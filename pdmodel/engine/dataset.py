"""Results under labels: one xarray.Dataset a run, with units, and what is needed to go on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine.keeping import Shelf
from pdmodel.engine.symbolic.model_functions import ModelFunctions, compile_model
from pdmodel.errors import InputError
from pdmodel.model import Model

_USED: Shelf[Model] = Shelf(256)


def labelled(
    model: Model,
    grid: Array,
    columns: Mapping[str, Array],
    states: Array,
    values_by_name: Mapping[str, float],
    attributes: Mapping[str, Any],
    over_time: Mapping[str, Mapping[str, Array]] = MappingProxyType({}),
) -> xr.Dataset:
    """Return a run as a Dataset.

    Parameters
    ----------
    model
        Knows units and meanings.
    grid, columns
        Days, shape (n_times,), and each quantity over them.
    states
        All states, shape (n_times, n_states), from which any quantity can be computed later.
    values_by_name
        Parameters and constants by name, at the start.
    attributes
        What is to be known of the run.
    over_time
        What changes on the way, each of shape (n_times,): parameters and constants under
        `changing`, rates of infusions by state under `infused`.
    """
    _USED.take(model.hash, lambda: model)
    variables: dict[str, Any] = {
        name: variable("time", values, labels_of(model, name)) for name, values in columns.items()
    }
    variables["state_values"] = variable(("time", "state"), states)
    variables["parameter_values"] = variable("parameter", np.array([*values_by_name.values()]))
    time = {"units": model.vocabulary.time_unit, "long_name": "Time on treatment"}
    # Index objects, because of anything else xarray would first ask whether pint made it.
    coordinates = {
        "time": ("time", pd.Index(grid), time),
        "state": pd.Index([state.name for state in model.states]),
        "parameter": pd.Index(list(values_by_name)),
    }
    for kind, parts in over_time.items():
        if parts:
            held = np.stack([*parts.values()], axis=1)
            variables[f"{kind}_values"] = variable(("time", kind), held)
            coordinates[kind] = pd.Index(list(parts))
    return xr.Dataset(variables, coordinates, {**attributes, **model.presentation})


def variable(
    dims: str | tuple[str, ...], values: Array, labels: Mapping[str, str] | None = None
) -> xr.Variable:
    """Return numbers under labels, for a Dataset.

    A Dataset that is handed arrays asks of each whether it is one of Dask's, and imports Dask for
    it where that is installed, which takes longer than a run. An array of NumPy needs no question.

    Parameters
    ----------
    dims
        Names of the dimensions.
    values
        An array of numbers; it is not copied.
    labels
        Attributes: unit, title, kind.
    """
    return xr.Variable(dims, values, dict(labels or {}), fastpath=True)


def labels_of(model: Model, name: str) -> dict[str, str]:
    """Return the attributes of a variable: unit, title and kind of its quantity."""
    quantity = model.vocabulary[name]
    labels = {"units": quantity.unit, "long_name": quantity.title, "kind": quantity.kind}
    return labels | ({"unit_label": quantity.unit_label} if quantity.unit_label else {})


def used_model(model_hash: str) -> Model | None:
    """Return a model that this process has run, by the hash that stands in its results."""
    return _USED.find(model_hash)


def kernels_of(run: xr.Dataset, model: Model | None = None) -> ModelFunctions:
    """Return the kernels of the model that a run was made with.

    Raises
    ------
    InputError
        If the run comes from elsewhere and no model, or another model, is given.
    """
    wanted = str(run.attrs.get("model_hash", ""))
    if model is not None and model.hash != wanted:
        raise InputError(f"the run was made with another model than {model.name!r}")
    own = model or used_model(wanted)
    if own is None:
        name = run.attrs.get("model")
        raise InputError(f"model {name!r} of this run is not loaded; give it as `model=`")
    return compile_model(own)


def known_of(run: xr.Dataset) -> dict[str, Any]:
    """Return parameters and constants of a run by name; those that change as shape (n_times,)."""
    names = [str(name) for name in run["parameter"].values]
    values: dict[str, Any] = dict(zip(names, run["parameter_values"].values.tolist(), strict=True))
    return values | _over_time(run, "changing")


def infused_of(run: xr.Dataset) -> dict[str, Array]:
    """Return the rates of infusions of a run, shape (n_times,), by state."""
    return _over_time(run, "infused")


def _over_time(run: xr.Dataset, kind: str) -> dict[str, Array]:
    if f"{kind}_values" not in run:
        return {}
    values = run[f"{kind}_values"]
    return {str(name): np.atleast_1d(values.sel({kind: name}).values) for name in run[kind].values}
