"""How the tables of measured subjects are made, at the fitted values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine import simulate
from pdmodel.inference.courses.likelihood import spread
from pdmodel.inference.fit.measured_data import ROW_COLUMNS, MeasuredData
from pdmodel.inference.problem.parameters import Setting, scale_factors
from pdmodel.inference.problem.ties import Ties

if TYPE_CHECKING:
    from pdmodel.inference.courses.measurements import Measurements
    from pdmodel.inference.problem.measured_subjects import MeasuredSubjects
    from pdmodel.inference.problem.problem import Problem

_DOSE_COLUMNS = ("subject", "day", "drug", "amount", "unit", "duration")
# Rows of a smooth curve of one subject, the measured days aside.
_ROWS = 150
# Up to so many days; from so many on, whole days.
_SHORT, _LONG = 28.0, 400.0


def measured_data(problem: Problem, values: Mapping[str, float]) -> MeasuredData | None:
    """Return the tables of the measured subjects at some values; None where there are none."""
    measurements, measured = problem.measurements, problem.measured
    if measurements is None or measured is None:
        return None
    rows = measurement_table(problem, measured, values)
    each = measured.log_likelihoods(values)
    counts = measurements.counts()
    counts.insert(1, "unit", [problem.model.vocabulary[q].unit for q in counts["quantity"]])
    counts["log_likelihood"] = [
        math.fsum(each[measurements.rows["quantity"] == quantity])
        for quantity in counts["quantity"]
    ]
    return MeasuredData(
        name=measurements.name, method="each" if problem.own else "pooled", own=problem.own,
        notes=(*measurements.notes, *_without_logarithm(rows)), counts=counts, measurements=rows,
        courses=subject_courses(problem, measured, values), doses=dose_table(measurements),
    )  # fmt: skip


def _without_logarithm(rows: pd.DataFrame) -> list[str]:
    """Say which values are held against a prediction of 0, which has no logarithm."""
    log = (rows["scale"] == "log") & (rows["censored"] == "")
    zero = rows[log & ~(rows["predicted"] > 0)]
    if not len(zero):
        return []
    listed = ", ".join(map(str, zero["row"].head(3))) + (" ..." if len(zero) > 3 else "")
    single = len(zero) == 1
    return [
        f"{len(zero)} value{'' if single else 's'} (row{'' if single else 's'} {listed}) "
        f"{'is' if single else 'are'} predicted as 0, which has no logarithm: the smallest number "
        "stands for it, and the fit tells little; use an additive or combined error, or leave "
        f"{'it' if single else 'them'} out (MDV 1)"
    ]


def measurement_table(
    problem: Problem, measured: MeasuredSubjects, values: Mapping[str, float]
) -> pd.DataFrame:
    """Return the measured rows beside what is predicted, as `FitRecord.measurements`."""
    measurements, predicted = measured.measurements, measured.predictions(values).values
    sd, residual = np.zeros_like(predicted), np.full_like(predicted, math.nan)
    scale = np.full(predicted.size, "linear", dtype=object)
    for quantity, (numbers, rows) in measurements.by_quantity.items():
        f = rows.error.scaled(predicted[numbers])
        sd[numbers] = spread(rows.error, f, measured.sds(quantity, values))[0]
        far = (rows.error.scaled(rows.values) - f) / sd[numbers]
        residual[numbers] = np.where(rows.censored, math.nan, far)
        scale[numbers] = "log" if rows.error.log else "linear"
    units = [problem.model.vocabulary[name].unit for name in measurements.rows["quantity"]]
    table = measurements.rows.assign(
        unit=units, predicted=predicted, sd=sd, scale=scale, residual=residual
    )
    return table[list(ROW_COLUMNS)]


def subject_courses(
    problem: Problem, measured: MeasuredSubjects, values: Mapping[str, float]
) -> xr.Dataset:
    """Return observed quantities over (subject, time); NaN after a subject's last day."""
    measurements, runs = measured.measurements, []
    for name in measured.names:
        own = measured.of_subject(name, values)
        days = measurements.days(name)
        end = max(float(days.max()), 1e-3)
        times = np.unique(np.concatenate([curve_days(end), days]))
        run = simulate(
            problem.model, measurements.subjects[name], days=end, patient=own, times=times,
            quantities=measurements.quantities, rtol=problem.rtol, atol=problem.atol,
        )  # fmt: skip
        kept = run[list(measurements.quantities)]
        kept = kept.drop_vars(set(kept.coords) - {"time"})
        runs.append(kept.expand_dims(subject=[name]))
    joined = xr.concat(runs, dim="subject", join="outer", combine_attrs="override")
    joined.attrs = {
        "model": problem.model.name,
        "model_hash": problem.model.hash,
        "regimen": f"doses as in {measurements.name}",
        **problem.model.presentation,
    }
    return joined


def curve_days(end: float) -> Array:
    """Return days of a smooth curve: quarters of days where there may be doses every day.

    Evenly spaced rows of a long run would fall on other hours of each day.
    """
    if end <= _SHORT:
        return np.linspace(0.0, end, _ROWS)
    days = np.arange(0.0, end, 0.25 if end <= _LONG else 1.0)
    return np.append(days, end)


def dose_table(measurements: Measurements) -> pd.DataFrame:
    """Return what each measured subject is given before the last measurement, a row a dose."""
    rows = []
    for name in measurements.measured:
        end = float(measurements.days(name).max())
        for dose in measurements.subjects[name].events.doses(end):
            if dose.begin < end:
                rows.append(
                    (name, dose.begin, dose.target, dose.amount, dose.unit, dose.end - dose.begin)
                )
    return pd.DataFrame(rows, columns=list(_DOSE_COLUMNS))


def standard_errors(
    problem: Problem, settings: tuple[Setting, ...], values: Mapping[str, float]
) -> dict[str, float]:
    """Return standard errors by the information of all rows; none where they do not tell.

    Parameters at a bound are held.

    Parameters
    ----------
    problem
        With measurements and an exact Jacobian.
    settings, values
        What is free, and where the fit ended.
    """
    ties = Ties(settings)
    free = [s for s in settings if s.name in ties.free]
    factors = scale_factors(settings, values)
    whole = information_of(problem, ties.slopes(values), values) * np.outer(factors, factors)
    inside = [n for n, s in enumerate(free) if s.min < values[s.name] < s.max]
    inner = whole[np.ix_(inside, inside)]
    size = np.sqrt(np.diag(inner))
    if not (size > 0).all() or np.linalg.cond(inner / np.outer(size, size)) > _SINGULAR:
        return {}
    variances = np.diag(np.linalg.inv(inner / np.outer(size, size))) / size**2
    return {
        free[n].name: float(math.sqrt(v) * factors[n])
        for n, v in zip(inside, variances, strict=True)
    }


_SINGULAR = 1e12


def information_of(
    problem: Problem, slopes: Mapping[str, Array], values: Mapping[str, float]
) -> Array:
    """Return the information of targets, priors and measurements of the free parameters."""
    assert problem.measured is not None
    whole = problem.residual_slopes(values)[: len(problem.targets) + len(problem.priors)]
    result: Array = whole.T @ whole + problem.measured.information(values, slopes)
    return result
