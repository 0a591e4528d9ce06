"""Model + values + regimen -> xarray.Dataset, segment by segment between dose edges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from pdmodel.dosing import Regimen, read_regimen
from pdmodel.engine.kernels import Array, BoundKernels, Kernels, compile_model, compiled
from pdmodel.engine.schedule import Schedule, make_schedule, snap
from pdmodel.engine.scipy_integrators import IntegrationFailure, Integrator
from pdmodel.errors import InputError, SimulationError, unknown
from pdmodel.model import Model, Patient

Values = Patient | Mapping[str, float] | None


def simulate(
    model: Model,
    regimen: str | Regimen = "no drug",
    *,
    days: float,
    patient: Values = None,
    quantities: Sequence[str] | None = None,
    times: npt.ArrayLike | None = None,
    at_dose: str = "before",
    method: str = "LSODA",
    rtol: float = 1e-7,
    atol: float = 1e-9,
    max_seconds: float = 120.0,
    jit: bool = False,
) -> xr.Dataset:
    """Simulate a model under a regimen.

    Parameters
    ----------
    model
        The equations and their default values.
    regimen
        A Regimen or words such as `10 mg daily`.
    days
        Length of the run, > 0.
    patient
        A Patient, or parameter names and values that differ from the defaults.
    quantities
        States, auxiliaries and observables to return; all states and observables by default.
    times
        Days at which to return them, within [0, days]; every day by default.
    at_dose
        Whether a value at the time of a dose is taken `before` it (a trough) or `after`.
    method
        Integrator: LSODA (the same as odeint), Radau, BDF, DOP853 or RK45.
    rtol, atol
        Tolerances of the integrator.
    max_seconds
        Budget; a run that exceeds it fails.
    jit
        Compile the right-hand side with numba first: pays when a model is run many times.

    Returns
    -------
    xarray.Dataset
        One variable a quantity over `time` (days) with its unit in `attrs`; `state_values` and
        `parameter_values` keep what is needed to compute any other quantity or flux later.

    Raises
    ------
    InputError
        If a name, number or time is not allowed.
    RegimenError
        If the regimen cannot be given to this model.
    SimulationError
        If the integration fails; it holds the state to replay it.
    """
    if not isinstance(model, Model):
        raise InputError(f"simulate needs a Model, got {model!r}; pdmodel.load(name) returns one")
    plan = read_regimen(regimen)
    grid = _grid(days, times)
    horizon = float(snap(days))
    if at_dose not in ("before", "after"):
        raise unknown("at_dose", at_dose, ("before", "after"))
    kernels = compile_model(model)
    names = _quantities(model, kernels, quantities)
    known = resolve_values(model, patient)
    known |= checked_constants(model, known)
    integrator = Integrator(method, rtol, atol, max_seconds)
    schedule = make_schedule(model, plan, horizon)
    run = _Run(model, kernels.bind(known, jit=jit), schedule, integrator)
    states = run.solve(snap(grid), horizon, at_dose)
    columns = kernels.evaluate(names, known, grid, states)
    attributes = {
        "model": model.name,
        "model_hash": model.hash,
        "regimen": str(plan),
        "patient": patient.name if isinstance(patient, Patient) else "",
        "days": float(days),
        "at_dose": at_dose,
        "method": method,
        "rtol": rtol,
        "atol": atol,
        "evaluations": integrator.evaluations,
        "most_negative": float(min(states.min(), 0.0)),
        **{f"delivered_{drug}": amount for drug, amount in schedule.prescribed.items()},
    }
    return _dataset(model, kernels, grid, states, columns, known, attributes)


def resolve_values(model: Model, patient: Values) -> dict[str, float]:
    """Return the value of every parameter of a model, those of a patient included.

    Raises
    ------
    InputError
        If a name is unknown, or a value is not a finite number within its bounds.
    """
    values = dict(model.defaults)
    given = patient.values if isinstance(patient, Patient) else (patient or {})
    if not isinstance(given, Mapping):
        raise InputError(f"patient must be a Patient or parameter values by name, got {patient!r}")
    known = {q.name: q for q in model.vocabulary if q.kind == "parameter"}
    for name, value in given.items():
        if name not in known:
            raise unknown("parameter", name, known)
        low, high = known[name].bounds or (-math.inf, math.inf)
        if not (isinstance(value, int | float | np.number) and low <= value <= high):
            raise InputError(
                f"parameter {name!r}: {value!r} is outside [{low:g}, {high:g}] {known[name].unit}"
            )
        if name in values:
            values[name] = float(value)
    return values


def checked_constants(model: Model, values: Mapping[str, float]) -> dict[str, float]:
    """Evaluate the derived constants and refuse those below the least that makes sense.

    Raises
    ------
    InputError
        If the parameters contradict each other, e.g. killing above the measured total death.
    """
    constants = compile_model(model).constants(values)
    for name, value in constants.items():
        minimum = model.vocabulary[name].minimum
        if not math.isfinite(value) or (minimum is not None and value < minimum):
            rule = "finite" if minimum is None else f">= {minimum:g}"
            raise InputError(f"the parameters give {name} = {value:.4g}, must be {rule}")
    return constants


def _grid(days: float, times: npt.ArrayLike | None) -> Array:
    if not (isinstance(days, int | float | np.number) and math.isfinite(days) and snap(days) > 0):
        raise InputError(f"days must be a number > 0, got {days!r}")
    if times is None:
        return np.unique(np.append(np.arange(0.0, float(days)), float(days)))
    try:
        grid = np.unique(np.asarray(times, dtype=float))
    except (TypeError, ValueError):
        grid = np.array([])
    inside = grid.size and np.isfinite(grid).all() and snap(grid[0]) >= 0
    if not inside or snap(grid[-1]) > snap(days):
        raise InputError(f"times must be numbers within [0, {days:g}] days")
    return grid


def _quantities(
    model: Model, kernels: Kernels, quantities: Sequence[str] | None
) -> tuple[str, ...]:
    if quantities is None:
        return tuple(s.name for s in model.states) + tuple(q.name for q in model.observables)
    if isinstance(quantities, str):
        raise InputError(f"quantities must be a list of names, got the text {quantities!r}")
    names = tuple(dict.fromkeys(quantities))
    kernels.require(names)
    return names


class _Run:
    """One integration, from edge to edge, with the amounts given accounted for."""

    def __init__(
        self, model: Model, kernels: BoundKernels, schedule: Schedule, integrator: Integrator
    ) -> None:
        # Kernels are shared by all models with these equations: the name is that of this one.
        self.model, self.kernels = model, kernels
        self.schedule, self.integrator = schedule, integrator
        self.names = kernels.kernels.states
        self.given = np.zeros(len(self.names))

    def solve(self, grid: Array, days: float, at_dose: str) -> Array:
        """Return the states on the grid, shape (n_times, n_states); times are snapped."""
        result = np.empty((grid.size, len(self.names)))
        state = self.kernels.kernels.initial(self.kernels.known)
        side: Literal["left", "right"] = "right" if at_dose == "before" else "left"
        first = int(np.searchsorted(grid, 0.0, side=side))
        result[:first] = state
        edges = self.schedule.edges
        ends = [edge.time for edge in edges[1:]] + [days]
        for edge, end in zip(edges, ends, strict=True):
            state = state + edge.bolus
            self.given += edge.bolus + edge.rates * (end - edge.time)
            last = int(np.searchsorted(grid, end, side=side)) if end < days else grid.size
            inside = grid[first:last]
            times = np.unique(np.concatenate([[edge.time], inside, [end]]))
            solved = self._segment(state, edge.rates, times)
            result[first:last] = solved[np.searchsorted(times, inside)]
            state, first = solved[-1], last
        self._account()
        return result

    def _segment(self, state: Array, rates: Array, times: Array) -> Array:
        infusion = rates if rates.any() else None
        try:
            return self.integrator.run(self.kernels, state, infusion, times)
        except IntegrationFailure as failure:
            replay = {
                "time": float(times[0]),
                "end": float(times[-1]),
                "states": dict(zip(self.names, state.tolist(), strict=True)),
                "infusion": rates.tolist(),
                "parameters": self.kernels.known,
                "method": self.integrator.method,
                "rtol": self.integrator.rtol,
                "atol": self.integrator.atol,
                "cause": str(failure),
            }
            raise SimulationError(
                f"integration of {self.model.name!r} failed between day "
                f"{times[0]:g} and {times[-1]:g} ({self.integrator.method}): {failure}",
                replay,
            ) from failure

    def _account(self) -> None:
        """Compare what was delivered with what was prescribed."""
        expected = dict.fromkeys(self.names, 0.0)
        for drug, state in self.model.doses.items():
            expected[state.name] += self.schedule.prescribed.get(drug, 0.0)
        for (state, prescribed), delivered in zip(expected.items(), self.given, strict=True):
            if not math.isclose(delivered, prescribed, rel_tol=1e-9, abs_tol=1e-12):
                raise SimulationError(
                    f"{state}: delivered {delivered:g} but {prescribed:g} was prescribed",
                    {"cause": "dose accounting", "parameters": self.kernels.known},
                )


def _dataset(
    model: Model,
    kernels: Kernels,
    grid: Array,
    states: Array,
    columns: Mapping[str, Array],
    known: Mapping[str, float],
    attributes: Mapping[str, Any],
) -> xr.Dataset:
    variables: dict[str, Any] = {}
    for name, values in columns.items():
        quantity = model.vocabulary[name]
        labels = {"units": quantity.unit, "long_name": quantity.title, "kind": quantity.kind}
        variables[name] = ("time", values, labels)
    variables["state_values"] = (("time", "state"), states)
    variables["parameter_values"] = ("parameter", np.array(list(known.values())))
    time = {"units": model.vocabulary.time_unit, "long_name": "Time on treatment"}
    # Index objects, because of anything else xarray would first ask whether pint made it.
    coordinates = {
        "time": ("time", pd.Index(grid), time),
        "state": pd.Index(kernels.states),
        "parameter": pd.Index(list(known)),
    }
    return xr.Dataset(variables, coordinates, dict(attributes))


def kernels_of(run: xr.Dataset, model: Model | None = None) -> Kernels:
    """Return the kernels a run was made with.

    Raises
    ------
    InputError
        If the run comes from elsewhere and no model, or another model, is given.
    """
    wanted = str(run.attrs.get("model_hash", ""))
    if model is not None and model.hash != wanted:
        raise InputError(f"the run was made with another model than {model.name!r}")
    found = compile_model(model) if model is not None else compiled(wanted)
    if found is None:
        name = run.attrs.get("model")
        raise InputError(f"model {name!r} of this run is not loaded; give it as `model=`")
    return found


def known_of(run: xr.Dataset) -> dict[str, float]:
    """Return parameters and constants of a run by name."""
    names = [str(name) for name in run["parameter"].values]
    return dict(zip(names, run["parameter_values"].values.tolist(), strict=True))
