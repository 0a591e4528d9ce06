"""Simulate many patients at once: one Dataset over patient and time, in memory or on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

from pdmodel.arguments import as_number, name_of, shown
from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.dataset import labels_of, variable
from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.engine.runs.cohort_files import open_store
from pdmodel.engine.runs.many_patients import Chunk, CohortRun, check_threads
from pdmodel.engine.runs.many_with_events import EventCohort
from pdmodel.engine.runs.request import (
    RTOL_OF_MANY,
    Atol,
    Output,
    Request,
    Solver,
)
from pdmodel.engine.runs.steady_doses import SteadyDoses
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.changes import refuse_idle_values, warn_of_idle_columns
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.moving import at_values, followed_by
from pdmodel.engine.symbolic.values import check_value
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model, Quantity

Progress = Callable[[int, int], None]
LARGEST = 2_000_000_000
"""Bytes of results that are kept in memory unless the caller says otherwise."""


def simulate_cohort(
    model: Model,
    regimen: str | Timetable | Sequence[str | Timetable] = "no drug",
    parameters: pd.DataFrame | Mapping[str, npt.ArrayLike] | None = None,
    *,
    days: float,
    times: npt.ArrayLike | None = None,
    quantities: Sequence[str] | None = None,
    at_dose: str = "before",
    threads: int | None = None,
    rtol: float = RTOL_OF_MANY,
    atol: Atol = None,
    max_steps: int = 1_000_000,
    max_seconds: float = 3600.0,
    out: str | Path | None = None,
    overwrite: bool = False,
    largest: int = LARGEST,
    progress: Progress | None = None,
    followed_slopes: bool = False,
) -> xr.Dataset:
    """Simulate many patients.

    Parameters
    ----------
    model
        The equations and their default values.
    regimen
        One for all, or one a patient.
    parameters
        A row a patient, a column a parameter that differs from the default; the index names the
        patients.
    days, times, quantities, at_dose
        As in `simulate`.
    threads
        How many; all processors by default. The result is the same, bit for bit, for any number.
    rtol, atol
        As in `simulate`; `rtol` is 1e-6 by default, as in `prepare`.
    max_steps, max_seconds
        Budgets: of one patient, and of all together.
    out
        A file to stream to, `.nc` (netCDF-4) or `.zarr` (needs the extra `zarr`); the Dataset then
        reads from it as it is used.
    overwrite
        Whether `out` may replace a file.
    largest
        Bytes of results above which `out` is needed.
    progress
        Called with the number of patients that are done, and of all.
    followed_slopes
        As of `prepare_subjects`: for values that a search follows by slopes taken elsewhere.

    Returns
    -------
    xarray.Dataset
        Quantities over (patient, time); `reason` says why a patient failed, and is empty for the
        others; `steps` and `most_negative` by patient. Values of a patient that failed are NaN.

    Raises
    ------
    InputError, RegimenError
        If a name, number, regimen or file is not allowed.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> cohort = pdmodel.simulate_cohort(
    ...     model, "10 mg daily", {"tone": [0.5, 1.0, 2.0]}, days=7, quantities=["il6"]
    ... )
    >>> cohort["il6"].dims, cohort["il6"].shape
    (('patient', 'time'), (3, 8))
    """
    if not isinstance(model, Model):
        raise InputError(f"a cohort needs a Model, got {shown(model)}; pdmodel.load returns one")
    output = Output(days, times, quantities, at_dose)
    request = output.request(model)
    tolerances = Solver(rtol, atol, max_steps, max_seconds).tolerances(model)
    tolerances = replace(tolerances, refined=0 if followed_slopes else 1)
    own = regimen if isinstance(regimen, list | tuple) else None
    given = read_parameters(model, parameters, None if own is None else len(own))
    regimens: Sequence[Any] = [regimen] * len(given) if own is None else own
    schedules, which, words = _schedules(model, regimens, given, days, through=output.through)
    _refuse_idle(model, schedules, which, given)
    warn_of_idle_columns(model, regimens)
    size = len(given) * request.times.size * len(request.names) * 8
    if out is None and size > largest:
        raise InputError(
            f"the results take {size / 1e9:.1f} GB, more than {largest / 1e9:.1f} GB: "
            "stream them to a file with out='cohort.nc', or ask for fewer times or quantities"
        )

    machine = machine_of(model)
    asked = machine, schedules, request.times, request.after, request.names, tolerances
    steady = SteadyDoses(machine, tolerances).states
    run = EventCohort(*asked) if model.events else CohortRun(*asked, steady)
    chunks = run.chunks(
        matrix_of(model, given),
        which,
        check_threads(threads),
        lambda done: progress(done, len(given)) if progress else None,
    )
    attributes = {
        "model": model.name, "model_hash": model.hash, "regimen": words,
        "days": float(days), "at_dose": at_dose, "engine": "compiled", "method": METHOD.name,
        "rtol": rtol, "atol": tolerances.says([state.name for state in model.states]),
    }  # fmt: skip
    frame = cohort_frame(model, request, given, attributes)
    store = open_store(frame, request.names, out, overwrite=overwrite)
    with closing(chunks), store:  # an error ends the threads here, and not when memory is cleared
        for chunk in chunks:
            store.write(chunk)
    return store.result()


def read_parameters(
    model: Model, parameters: pd.DataFrame | Mapping[str, npt.ArrayLike] | None, count: int | None
) -> pd.DataFrame:
    """Return the given parameters as a table, checked against their names and bounds.

    Raises
    ------
    InputError
        If a column is unknown or a value is outside its bounds; names column and patient.
    """
    table = _table(parameters, count)
    if count is not None and len(table) != count:
        raise InputError(f"{len(table)} patients but {count} regimens")
    if len(table) == 0:
        raise InputError("a cohort needs at least one patient")
    declared = {q.name: q for q in model.vocabulary if q.kind == "parameter"}
    labels = patient_labels(table.index)
    columns: dict[str, Array] = {}
    for index, column in enumerate(table.columns):
        name = name_of(column, "parameter")
        require_known("parameter", declared, name)
        if name in columns:
            raise InputError(f"parameter {name!r} has two columns of the table of patients")
        columns[name] = _column(declared[name], table.iloc[:, index], labels)
    return pd.DataFrame(columns, index=labels)


def _column(quantity: Quantity, given: pd.Series, labels: pd.Index) -> Array:
    """Return the values of a parameter, all of them numbers within its bounds."""
    values: Array
    if is_numeric_dtype(given.dtype) and given.dtype.kind in "iuf":
        values = given.to_numpy(dtype=float, na_value=np.nan)
    else:  # objects, one by one
        numbers = [as_number(value) for value in given]
        values = np.array([np.nan if value is None else value for value in numbers])
    low, high = quantity.bounds or (-np.inf, np.inf)
    wrong = np.flatnonzero(~((values >= low) & (values <= high) & np.isfinite(values)))
    if wrong.size:
        row = int(wrong[0])
        more = f" ({wrong.size} such patients)" if wrong.size > 1 else ""
        check_value(
            quantity, given.iloc[row],
            f" of patient {labels[row]!r}{more}",
        )  # fmt: skip
    return values


def patient_labels(index: pd.Index) -> pd.Index:
    """Return labels of patients that a file can hold: numbers, dates or text; others as text.

    Raises
    ------
    InputError
        If the index has several levels, or labels that differ are the same text.
    """
    if isinstance(index, pd.MultiIndex):
        raise InputError("patients are named by one label each, and this index has several levels")
    plain = index.infer_objects()
    if plain.dtype.kind in "iufM" and not isinstance(plain.dtype, pd.CategoricalDtype):
        return plain
    text = pd.Index([str(label) for label in plain], name=index.name)
    if text.nunique() < plain.nunique(dropna=False):
        twice = text[text.duplicated()][0]
        raise InputError(f"two labels of patients read {twice!r}; label them otherwise")
    return text


def _table(
    parameters: pd.DataFrame | Mapping[str, npt.ArrayLike] | None, count: int | None
) -> pd.DataFrame:
    if parameters is None:
        return pd.DataFrame(index=range(count or 1))
    if isinstance(parameters, pd.DataFrame):
        return parameters
    if not isinstance(parameters, Mapping):
        raise InputError(
            f"parameters must be a table, a column a parameter, got {shown(parameters)}"
        )
    try:
        return pd.DataFrame({name: _numbers(v) for name, v in parameters.items()})
    except (TypeError, ValueError) as error:
        raise InputError(f"parameters make no table: {error}") from error


def _numbers(values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return a column as numbers, what is masked as missing; text stays text, to be refused."""
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(float), np.nan)
    as_given = np.asarray(values)
    return as_given.astype(object) if as_given.dtype.kind in "US" else np.asarray(values, float)


def matrix_of(model: Model, given: pd.DataFrame) -> Array:
    """Return all parameters of all patients, shape (n_patients, n_parameters)."""
    matrix = np.tile(np.array(list(model.defaults.values())), (len(given), 1))
    for column, name in enumerate(model.defaults):
        if name in given:
            matrix[:, column] = given[name]
    return matrix


def _schedules(
    model: Model,
    regimens: Sequence[str | Timetable],
    given: pd.DataFrame,
    days: float,
    *,
    through: bool,
) -> tuple[list[RunSchedule], Integers, str]:
    """Return each distinct schedule once, the number of that of each patient, and words for all."""
    numbers: dict[object, int] = {}
    schedules: list[RunSchedule] = []
    texts: list[str] = []
    which = np.zeros(len(regimens), dtype=np.int64)
    for patient, regimen in enumerate(regimens):
        key: object = regimen if isinstance(regimen, str) else id(regimen)
        weight = None
        if isinstance(regimen, str) and "/" in regimen:  # a dose per kilogram
            weight = weight_of(model, given.iloc[patient].to_dict())
            key = regimen, weight
        elif not isinstance(regimen, str) and followed_by(regimen):
            values = model.defaults | given.iloc[patient].to_dict()
            moved = [values[name] for name in followed_by(regimen) if name in values]
            key, regimen = (id(regimen), *moved), at_values(regimen, model, values)
        if key not in numbers:
            numbers[key] = len(schedules)
            timetable = read_regimen(regimen, model=model, weight=weight)
            schedules.append(make_schedule(model, timetable, days, through=through))
            texts.append(str(timetable))
        which[patient] = numbers[key]
    return schedules, which, texts[0] if len(texts) == 1 else f"{len(texts)} regimens"


def _refuse_idle(
    model: Model, schedules: Sequence[RunSchedule], which: Integers, given: pd.DataFrame
) -> None:
    """Refuse a column of the table where records replace the values of a patient on day 0."""
    for number, schedule in enumerate(schedules):
        names = [model.parameters[index].name for index, _ in schedule.first_values]
        for patient in np.flatnonzero(which == number) if set(names) & set(given.columns) else ():
            whose = f"patient {given.index[patient]!r}"
            refuse_idle_values(model, schedule, given.iloc[patient].to_dict(), whose)


def cohort_frame(
    model: Model, request: Request, given: pd.DataFrame, attributes: Mapping[str, Any]
) -> xr.Dataset:
    """Return the Dataset of a cohort without its results: coordinates, parameters, labels."""
    time = {"units": model.vocabulary.time_unit, "long_name": "Time on treatment"}
    coordinates = {
        "patient": pd.Index(given.index),
        "time": ("time", pd.Index(request.grid), time),
        "parameter": pd.Index([str(name) for name in given.columns]),
    }
    values = given.to_numpy(dtype=float)
    variables = {"parameter_values": variable(("patient", "parameter"), values)}
    frame = xr.Dataset(variables, coordinates, dict(attributes))
    frame.attrs["labels"] = {name: labels_of(model, name) for name in request.names}
    return frame


__all__ = ["Chunk", "matrix_of", "read_parameters", "simulate_cohort"]
