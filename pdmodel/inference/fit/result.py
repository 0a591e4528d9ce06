"""FitResult: the record of a fit made in this process, with lmfit's own result at hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine import simulate
from pdmodel.inference.fit.measured_result import measured_data, standard_errors
from pdmodel.inference.fit.minimise import Minimum, relative_errors
from pdmodel.inference.fit.parameter_verdicts import at_bound, error_reason, identifiability
from pdmodel.inference.fit.record import FitRecord
from pdmodel.inference.fit.starts import Start, StartPlan
from pdmodel.inference.fit.tables import PARAMETER_COLUMNS, START_COLUMNS, TARGET_COLUMNS, frame
from pdmodel.inference.panel import as_attribute
from pdmodel.inference.problem.parameters import Setting, make_parameters
from pdmodel.inference.problem.problem import Problem
from pdmodel.inference.targets.course import VISIT_INTERVAL, Measured
from pdmodel.inference.targets.thresholds import moved_thresholds
from pdmodel.model import Model


@dataclass(repr=False)
class FitResult(FitRecord):
    """A FitRecord with what only the process that made it has.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        As in `FitRecord`: what was fitted, under what.
    parameters, targets, starts, summary, trajectories
        As in `FitRecord`: the tables of the fit.
    priors, null_targets, moved, data
        As in `FitRecord`: what not every fit has.
    problem
        The Problem.
    lmfit
        lmfit's MinimizerResult of the last minimisation; its free parameters are logarithms.
    params
        lmfit Parameters at the fitted values, on the linear scale.
    plan
        Starts, seed, budget.
    failures
        Evaluations that could not be simulated, over all starts.
    seconds
        How long it took in this process; 0 until it is over.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> result = problem.run(starts=1)
    >>> result.parameters.set_index("name").loc["CL", "unit"]
    'L/day'
    """

    problem: Problem = field(kw_only=True)
    lmfit: Any = field(kw_only=True)
    params: Any = field(kw_only=True)
    plan: StartPlan = field(kw_only=True)
    failures: int = field(kw_only=True, default=0)
    seconds: float = field(kw_only=True, default=0.0)


def make_result(
    problem: Problem, plan: StartPlan, starts: Sequence[Start], minimum: Minimum
) -> FitResult:
    """Put the tables of a finished fit together; everything is evaluated at the fitted values."""
    values = minimum.values
    measured = problem.measure(values)
    null = None
    if problem.null is not None:
        null = target_table(problem, problem.measure(values, problem.null))
    settings = problem.settings
    fitted = [_moved(setting, values[setting.name]) for setting in settings]
    return FitResult(
        model=problem.model.name,
        model_hash=problem.model.hash,
        seed=plan.seed,
        regimen=problem.regimen_words,
        horizon_days=problem.days,
        parameters=parameter_table(problem, settings, minimum),
        targets=target_table(problem, measured),
        starts=frame([s.to_dict() for s in starts], START_COLUMNS),
        summary=summarise(problem, measured, settings, values)
        | {
            "evaluations": sum(start.nfev for start in starts) + minimum.nfev,
            "jacobians": sum(start.njev for start in starts) + minimum.njev,
        },
        trajectories=trajectories(problem, values, problem.model),
        priors=[prior.to_row(values[prior.parameter]) for prior in problem.priors],
        null_targets=null,
        moved=moved_thresholds(problem.targets, [statistic.value for statistic in measured]),
        data=measured_data(problem, values),
        problem=problem,
        lmfit=minimum.lmfit,
        params=make_parameters(fitted),
        plan=plan,
        failures=sum(start.failures for start in starts) + minimum.failures,
    )


def _moved(setting: Setting, value: float) -> Setting:
    return Setting(**{**setting.__dict__, "value": value})


def target_table(problem: Problem, measured: Sequence[Measured]) -> pd.DataFrame:
    """Return targets beside what was simulated."""
    rows = []
    for target, statistic in zip(problem.targets, measured, strict=True):
        row = {column: getattr(target, column, None) for column in TARGET_COLUMNS}
        row |= dict(zip(("low", "high"), target.window, strict=True))
        rows.append(row | {"simulated": statistic.value, "met": target.met(statistic.value)})
    return frame(rows, TARGET_COLUMNS)


def parameter_table(
    problem: Problem, settings: Sequence[Setting], minimum: Minimum
) -> pd.DataFrame:
    """Return every parameter with what the fit can say of it."""
    measured = problem.n_measured
    if problem.measurements is not None and measured and problem.differentiable:
        errors = standard_errors(problem, tuple(settings), minimum.values)
    else:
        errors = relative_errors(minimum.lmfit)
    enough = len([s for s in settings if s.vary]) <= len(problem.targets) + measured
    finished = minimum.status == "converged"
    rows = []
    for s in settings:
        unit, status, source = _origin(problem, s)
        value = float(minimum.values[s.name])
        side = at_bound(s, value)
        stderr = errors.get(s.name) if enough and s.vary and side is None else None
        rows.append(
            {
                "name": s.parameter,
                "group": s.group,
                "unit": unit,
                "value": value,
                "stderr": stderr,
                "stderr_reason": error_reason(s, side, stderr, enough, minimum.status),
                "init": s.value,
                "min": s.min,
                "max": s.max,
                "vary": s.vary,
                "at_bound": side,
                "identifiability": identifiability(s, value, side, stderr, finished),
                "status": status,
                "source": source,
            }
        )
    return frame(rows, PARAMETER_COLUMNS)


def _origin(problem: Problem, setting: Setting) -> tuple[str, str | None, str | None]:
    """Return unit, status and source; of a user's own, which only others are tied to, none."""
    vocabulary, parameter = problem.model.vocabulary, setting.parameter
    if problem.is_deviation(setting):
        return problem.unit_of(setting), None, f"how measured {setting.group or 'values'} errs"
    if parameter not in {quantity.name for quantity in vocabulary}:
        return "1", "assumed", "added to the fit"
    quantity = vocabulary[parameter]
    return quantity.unit, quantity.status, quantity.source


def summarise(
    problem: Problem, measured: Sequence[Measured], settings: Sequence[Setting],
    values: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """Return counts, and log-likelihood and AICc of the data rows.

    `AICc = 2 k - 2 log L + 2 k (k + 1)/(n - k - 1)`, n targets and measured values, k free
    parameters; NaN where n <= k + 1. Burnham & Anderson 2002.
    """
    pairs = list(zip(problem.targets, measured, strict=True))
    log_likelihood = math.fsum(target.log_likelihood(m.smooth) for target, m in pairs)
    n, k = len(pairs), sum(1 for s in settings if s.vary and not s.expr)
    of_data: dict[str, Any] = {}
    if problem.n_measured:
        each = problem.measured_log_likelihoods(values)
        n, log_likelihood = n + each.size, log_likelihood + math.fsum(each)
        of_data = {
            "n_measured": each.size,
            "n_censored": problem.n_censored,
            "measured_log_likelihood": math.fsum(each),
            "bic": k * math.log(n) - 2 * log_likelihood,
        }
    correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else math.nan
    return of_data | {
        "targets": len(pairs),
        "targets_met": sum(bool(target.met(m.value)) for target, m in pairs),
        "n_data": n,
        "n_free": k,
        "log_likelihood": log_likelihood,
        "aicc": 2 * k - 2 * log_likelihood + correction,
    }


def first_days(problem: Problem) -> Array:
    """Return times close enough for a smooth curve of the first one and a half visit intervals."""
    day = problem.visit_interval / VISIT_INTERVAL
    end = min(problem.days, 42.0 * day)
    return np.arange(0.0, end * (1 + 1e-12), min(0.25 * day, end / 168))


def trajectories(problem: Problem, values: Mapping[str, float], model: Model) -> xr.Dataset:
    """Simulate every group at some values, dims (group, time); NaN after a group's run."""
    runs = []
    for name, group in problem.groups.items():
        own = problem.group_values(name, values)
        fine = first_days(problem)
        times = np.unique(np.concatenate([fine[fine <= group.days], group.times]))
        run = simulate(
            model, problem.regimen_of(name), days=group.days, patient=own, times=times,
            rtol=problem.rtol, atol=problem.atol,
        )  # fmt: skip
        kept = run[[name for name in run if run[name].dims == ("time",)]]
        kept = kept.drop_vars(set(kept.coords) - {"time"})
        runs.append(kept.expand_dims(group=[name]))
    if not runs:
        return xr.Dataset(coords={"group": np.array([], dtype=str), "time": np.zeros(0)}, attrs={
            "model": model.name, "model_hash": model.hash, "regimen": problem.regimen_words,
            "days": problem.days, **model.presentation,
        })  # fmt: skip
    joined = xr.concat(runs, dim="group", join="outer", combine_attrs="override")
    joined.attrs = {
        "model": model.name,
        "model_hash": model.hash,
        "regimen": str(problem.regimen),
        "days": problem.days,
        **model.presentation,
        **as_attribute(problem.panels),
    }
    return joined
