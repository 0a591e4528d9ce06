"""Model + values + regimen -> xarray.Dataset, by the engine that is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from pdmodel.arguments import shown
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.dataset import labelled
from pdmodel.engine.extremes import note_extremes
from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.engine.runs.outcome import Outcome, RawRun, Tolerances, account, failure_of
from pdmodel.engine.runs.request import (
    RTOL,
    Atol,
    Output,
    Request,
    Solver,
    check_days,
)
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.changes import (
    changing_values,
    infusion_rates,
    refuse_idle_values,
    warn_of_idle_columns,
)
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.moving import at_values
from pdmodel.engine.schedule.triggers import Trigger, check_triggers, refuse_idle_holds
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.engine.symbolic.values import (
    Values,
    checked_constants,
    given_values,
    resolve_values,
)
from pdmodel.errors import InputError, unknown
from pdmodel.model import Model, Patient

ENGINES = ("compiled", "scipy")
METHODS = ("LSODA", "odeint", "Radau", "BDF", "DOP853", "RK45")


def simulate(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    patient: Values = None,
    quantities: Sequence[str] | None = None,
    times: npt.ArrayLike | None = None,
    at_dose: str = "before",
    engine: str | None = None,
    method: str | None = None,
    rtol: float = RTOL,
    atol: Atol = None,
    max_steps: int = 10_000_000,
    max_seconds: float = 120.0,
    triggers: Sequence[Trigger] = (),
    extremes: bool = False,
    smooth: bool = False,
) -> xr.Dataset:
    """Simulate a model under a regimen.

    Parameters
    ----------
    model
        The equations and their default values.
    regimen
        A Regimen, event records, or words such as `10 mg daily`. Of `5 mg/kg daily` the weight is
        the patient's, where the model has a parameter `body_weight`.
    days
        Length of the run, > 0.
    patient
        A Patient, or parameter names and values that differ from the defaults. A value that only
        other models of the vocabulary use changes nothing, so that rivals take the same patient.
    quantities
        States, auxiliaries and observables to return; all states and observables by default.
    times
        Days at which to return them, within [0, days]. By default whole days; where something is
        given, both sides of every dose too, and enough between for a smooth curve, denser after
        doses (a long run has fewer). `run.sel(time=3)` is then the value before the dose of day 3,
        and the next row, an instant later, that after it.
    at_dose
        Whether a value at the time of a dose is taken `before` it (a trough) or `after`; with
        `after` what is due on the last day is given too.
    engine
        `compiled` (the default) or `scipy`.
    method
        SciPy's integrator: LSODA (the default, the same as odeint), Radau, BDF, DOP853 or RK45.
        Naming one asks for the engine `scipy`.
    rtol
        Relative error a step; 1e-7, for one run costs milliseconds. What is run by the thousand
        (`prepare`, `simulate_cohort`, fits) takes 1e-6 unless attributes otherwise.
    atol
        Absolute error a step: by default a share of the largest value that each state has had so
        far, `rtol` / 100, or far less for a state that may grow from little on its own, such as a
        tumour that comes back. Or a number in the units of the states, or numbers by name of state.
        The attribute `atol` says what was used.
    max_steps, max_seconds
        Budgets; a run that exceeds one fails. Steps are counted by the compiled engine only.
    triggers
        What happens when a quantity passes a threshold; needs the compiled engine. The days are in
        the attribute `triggered`.
    extremes
        Whether to look for the lowest and the highest value of every quantity between the rows
        too, by a second run: attributes `lowest`, `lowest_day`, `highest` and `highest_day`.
    smooth
        Whether a run in which nothing is given has rows between its days too.

    Returns
    -------
    xarray.Dataset
        One variable a quantity over `time` (days) with its unit in `attrs`; `state_values` and
        `parameter_values` keep what is needed to compute any other quantity or flux later, and
        `changing_values` the parameters that records of events change on the way, and
        `infused_values` the rates of infusions.

    Raises
    ------
    InputError
        If a name, number or time is not allowed.
    RegimenError
        If the regimen cannot be given to this model.
    SimulationError
        If the integration fails; it holds the state to replay it.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> responder = pdmodel.load_patient("responder")
    >>> run = pdmodel.simulate(model, "10 mg daily", days=28, patient=responder)
    >>> round(float(run["il6_fold"].sel(time=28)), 1)
    0.9
    >>> run["il6"].attrs["units"]
    'pg/mL'
    """
    if not isinstance(model, Model):
        raise InputError(f"simulate needs a Model, got {shown(model)}; pdmodel.load returns one")
    plan = read_regimen(regimen, model=model, weight=weight_of(model, patient))
    check_days(days)
    output = Output(days, times, quantities, at_dose, smooth)
    through = output.through
    values_by_name = resolve_values(model, patient)
    plan = at_values(plan, model, values_by_name)
    schedule = make_schedule(model, plan, days, through=through)
    refuse_idle_values(model, schedule, given_values(patient))
    warn_of_idle_columns(model, [plan])
    request = output.request(model, schedule)
    tolerances = Solver(rtol, atol, max_steps, max_seconds).tolerances(model)
    chosen = choose_engine(engine, method)
    values = _at_start(values_by_name, schedule)

    def run(asked: Request) -> RawRun:
        if triggers:
            return _run_triggers(
                model, plan, asked, tolerances, values, triggers, chosen, through=through
            )
        if chosen == "compiled":
            return _run_compiled(model, schedule, asked, tolerances, values)
        return _run_scipy(model, schedule, asked, tolerances, values, method or "LSODA")

    raw = run(request)
    if times is None and raw.schedule != schedule:
        days_of_events = {event.time for event in raw.outcome.events}
        request = output.request(model, raw.schedule).around(days_of_events)
        raw = run(request)
    attributes = {
        "model": model.name, "model_hash": model.hash, "regimen": str(plan),
        "patient": patient.name if isinstance(patient, Patient) else "", "days": float(days),
        "at_dose": at_dose, "rows": "default" if times is None else "asked", "engine": chosen,
        "asked": int(quantities is not None),
    }  # fmt: skip
    result = _labelled(model, request, raw, attributes | _how(model, raw, tolerances))
    if extremes:
        note_extremes(result, request, raw, run)
    return result


def _labelled(
    model: Model, request: Request, raw: RawRun, attributes: Mapping[str, Any]
) -> xr.Dataset:
    seen = request.sides({event.time for event in raw.outcome.events if not event.late})
    where = model, raw.schedule, seen.times, seen.after
    over_time = {
        "changing": changing_values(*where, raw.known),
        "infused": infusion_rates(*where),
    }
    columns, states = raw.columns, raw.states
    return labelled(model, request.grid, columns, states, raw.known, attributes, over_time)


def _at_start(values: dict[str, float], schedule: RunSchedule) -> dict[str, float]:
    """Return the parameters as the schedule has them from day 0 on."""
    array = schedule.values_at_start(np.array(list(values.values())))
    return dict(zip(values, array.tolist(), strict=True))


def _run_triggers(
    model: Model,
    plan: Timetable,
    request: Request,
    tolerances: Tolerances,
    values: dict[str, float],
    triggers: Sequence[Trigger],
    engine: str,
    *,
    through: bool,
) -> RawRun:
    if engine != "compiled":
        raise InputError("triggers need the engine 'compiled'")
    refuse_events(model, "a run with triggers")
    from pdmodel.engine.prepared import Prepared
    from pdmodel.engine.runs.with_triggers import TriggeredRun

    check_triggers(model, triggers)
    refuse_idle_holds(model, triggers, plan.actions(request.days), request.days)
    states = [state.name for state in model.states]
    run = TriggeredRun(
        model, plan, request, (*request.names, *states), tolerances, triggers, through
    )
    given = np.array(list(values.values()))
    prepared = Prepared(model, run.schedule, request, tolerances)
    all_values = values | prepared.constants(given)
    steady = prepared.steady(given) if run.schedule.steady else None
    outcome = run.run(given, steady)
    if outcome.failure is not None:
        raise failure_of(model, outcome, all_values, tolerances)
    if run.stopped is None:
        account(model, run.schedule, outcome, all_values)
    count = len(request.names)
    columns = dict(zip(request.names, outcome.values.T[:count].copy(), strict=True))
    how = _counts(outcome) | {"triggered": "; ".join(run.says)}
    return RawRun(all_values, columns, outcome.values[:, count:].copy(), outcome, how, run.schedule)


def _how(model: Model, raw: RawRun, tolerances: Tolerances) -> dict[str, Any]:
    """Return how a run went, for the attributes."""
    outcome = raw.outcome
    attributes = {
        **raw.how,
        "edges": len(raw.schedule.edges),
        "rtol": tolerances.rtol,
        "atol": tolerances.says([state.name for state in model.states]),
        "most_negative": min(outcome.lowest, 0.0),
        **{f"delivered_{d}": a for d, a in raw.schedule.delivered_by_name(model).items()},
    }
    if outcome.lowest < 0:
        attributes["most_negative_state"] = model.states[outcome.lowest_state].name
    return attributes


def _counts(outcome: Outcome) -> dict[str, Any]:
    """Return what a compiled run took."""
    return {
        "method": METHOD.name,
        "steps": outcome.steps,
        "rejected": outcome.rejected,
        "switches": outcome.switches,
        "evaluations": METHOD.stages * (outcome.steps + outcome.rejected),
    }


def _events_of(outcome: Outcome) -> dict[str, Any]:
    """Return which events of the model were executed when, in words."""
    words = "; ".join(f"{event.name} at day {event.time:.6g}" for event in outcome.events)
    return {"events": words} if words else {}


def _run_compiled(
    model: Model,
    schedule: RunSchedule,
    request: Request,
    tolerances: Tolerances,
    values: dict[str, float],
) -> RawRun:
    from pdmodel.engine.prepared import Prepared

    states = [state.name for state in model.states]
    prepared = Prepared(model, schedule, request, tolerances, extra=states)
    given = np.array(list(values.values()))
    outcome = prepared.outcome(given)
    count = len(request.names)
    columns = dict(zip(request.names, outcome.values.T[:count].copy(), strict=True))
    all_values = values | prepared.constants(given)
    states_at = outcome.values[:, count:].copy()
    how = _counts(outcome) | _events_of(outcome)
    schedule = schedule.with_occurrences(outcome.events)
    return RawRun(all_values, columns, states_at, outcome, how, schedule)


def _run_scipy(
    model: Model,
    schedule: RunSchedule,
    request: Request,
    tolerances: Tolerances,
    values: dict[str, float],
    method: str,
) -> RawRun:
    from pdmodel.engine.scipy_runs.one_patient import run_scipy
    from pdmodel.engine.symbolic.model_functions import compile_model

    if model.events:
        require_compiler("a model with events")
    all_values = values | checked_constants(model, values)
    outcome = run_scipy(model, schedule, request, tolerances, all_values, method)
    if outcome.failure is not None:
        raise failure_of(model, outcome, all_values, tolerances, method)
    account(model, schedule, outcome, all_values)
    how = {"method": method, "evaluations": outcome.steps, "switches": outcome.switches}
    how |= _events_of(outcome)
    schedule = schedule.with_occurrences(outcome.events)
    seen = request.sides({event.time for event in outcome.events if not event.late})
    changing = changing_values(model, schedule, seen.times, seen.after, all_values)
    columns = compile_model(model).evaluate(
        request.names, {**all_values, **changing}, request.times, outcome.values
    )
    return RawRun(all_values, columns, outcome.values, outcome, how, schedule)


def choose_engine(engine: str | None, method: str | None) -> str:
    """Return the engine to use; SciPy where a method is named or a compiler is missing.

    Raises
    ------
    InputError
        If the engine or the method is unknown, or they contradict each other.
    """
    if method is not None and method not in METHODS:
        raise unknown("method", method, METHODS)
    if engine is not None and engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if engine == "compiled" and method is not None:
        raise InputError(f"method {method!r} is one of SciPy's; leave it out, or engine='scipy'")
    if engine == "scipy" or method is not None:
        return "scipy"
    missing = missing_library()
    if missing and engine == "compiled":
        raise InputError(f"engine 'compiled' needs {missing}, which is not installed")
    if missing:
        _warn_once(missing)
    return "scipy" if missing else "compiled"


@lru_cache(maxsize=1)
def _warn_once(missing: str) -> None:
    warnings.warn(
        f"{missing} is not installed: runs go through SciPy, ten to fifty times slower",
        stacklevel=4,
    )


def require_compiler(what: str) -> None:
    """Refuse what only the compiled engine can do, where it is missing.

    Raises
    ------
    InputError
        If numba or SymEngine is not installed.
    """
    missing = missing_library()
    if missing:
        raise InputError(f"{what} needs {missing}, which is not installed")


def compiler_notice() -> str:
    """Return what to tell before the first run on a machine, which takes longer; else nothing."""
    if missing_library():
        return ""
    from pdmodel.engine.codegen.code_folder import cache_folder
    from pdmodel.engine.codegen.object_cache import is_kept

    if is_kept("advance"):
        return ""
    when = "the first run" if cache_folder() else "the first run of each process"
    return f"{when} compiles the integrator: some seconds"


@lru_cache(maxsize=1)
def missing_library() -> str:
    """Return the library that the compiled engine lacks, or nothing."""
    return next((name for name in ("numba", "symengine") if not _is_there(name)), "")


def _is_there(library: str) -> bool:
    """Return whether a library can be imported; numba only where something is to be compiled."""
    from pdmodel.engine.codegen.object_cache import is_kept

    if library == "numba" and is_kept("advance"):
        return importlib.util.find_spec(library) is not None
    try:
        importlib.import_module(library)
    except ImportError:
        return False
    return True
