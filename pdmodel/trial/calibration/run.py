"""Calibrate a population to what a trial reported, on the same patients at every step.

The deviates of the patients stay; medians, spreads and shared values move. What a trial of 44
leaves open is in the standard errors, and draws from them are populations that the report allows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.catalogue import load
from pdmodel.errors import FitError, InputError, require_known
from pdmodel.executors import Progress, silent
from pdmodel.inference.fit.minimise import Minimum, minimise
from pdmodel.inference.problem.parameters import Setting
from pdmodel.model import Model
from pdmodel.progress import watched
from pdmodel.trial.calibration.result import Calibration
from pdmodel.trial.patterns.pattern import Pattern, judge
from pdmodel.trial.patterns.soft import SOFTNESS_STAGES, check_margins, residual, smooth_value
from pdmodel.trial.population.free_number import FreeNumber
from pdmodel.trial.run.visits import BLOCK
from pdmodel.trial.trial import Trial

# Values whose outcomes are remembered: the best and those around it of a search.
_REMEMBERED = 16


@watched
def calibrate(
    trial: Trial,
    free: Sequence[FreeNumber],
    *,
    patients: int = BLOCK,
    seed: int = 1,
    model: Model | str | None = None,
    patterns: Sequence[Pattern] | None = None,
    threads: int | None = None,
    max_evaluations: int = 90,
    progress: Progress | None = None,
) -> Calibration:
    """Fit numbers of the population to the patterns of a trial that are there to calibrate with.

    Parameters
    ----------
    trial, free
        The trial, and what may move; numbers of parameters that only other models of the
        vocabulary have are left as they are.
    patients, seed
        The virtual patients; their deviates are the same at every step.
    model
        As in `Trial.run`.
    patterns
        Other patterns than those of the trial.
    threads
        As in `Trial.run`.
    max_evaluations
        Budget.
    progress
        Called with evaluations done, the budget, and words.

    Raises
    ------
    InputError
        If nothing is free, or a pattern cannot be made smooth.
    FitError
        If the trial could not be run at the start.
    """
    chosen = load(model or trial.model, near=trial)
    wanted = list(patterns) if patterns is not None else calibration_patterns(trial)
    check_margins(wanted, trial.margins)
    free = movable(free, chosen)
    if not free or not wanted:
        raise InputError(
            f"a calibration of {trial.name!r} with model {chosen.name!r} needs a free number that "
            "the model has, and a pattern to calibrate with"
        )
    fit = _Fit(trial, chosen, tuple(free), wanted, patients, seed, threads)
    fit.progress, fit.budget = progress or silent, max_evaluations
    settings = [
        Setting(f.name, f.parameter, None, f.value(trial.population, chosen), f.low, f.high, True)
        for f in free
    ]
    before = fit.outcomes({s.name: s.value for s in settings})
    trial.require_outcomes(before, wanted)
    minimum, used = None, 0
    for fit.softness in SOFTNESS_STAGES:
        values: dict[str, float] = dict(minimum.values) if minimum else {}
        moved = [replace(s, value=values.get(s.name, s.value)) for s in settings]
        minimum = minimise(fit.residuals, moved, max(max_evaluations - used, 1))
        used += minimum.nfev
    assert minimum is not None
    if minimum.status == "failed":
        raise FitError(f"the calibration of {trial.name!r} failed: {minimum.message}")
    after = fit.outcomes(minimum.values)
    table = judge(wanted, after, seed)
    table.insert(table.columns.get_loc("model"), "before", judge(wanted, before, seed)["model"])
    return _result(fit, settings, minimum, table)


def movable(free: Sequence[FreeNumber], model: Model) -> list[FreeNumber]:
    """Return the free numbers that a model has; those of its vocabulary only move nothing in it.

    Raises
    ------
    UnknownNameError
        If neither the model nor its vocabulary knows one.
    """
    parameters = [q.name for q in model.vocabulary if q.kind == "parameter"]
    for number in free:
        require_known(
            f"parameter of {number.name} in {model.name!r}:", parameters, number.parameter
        )
    return [number for number in free if number.parameter in model.defaults]


def calibration_patterns(trial: Trial) -> list[Pattern]:
    """Return the patterns of a trial that are there to calibrate with."""
    return [pattern for pattern in trial.reported() if pattern.use == "calibrate"]


@dataclass
class _Fit:
    """One calibration while it runs."""

    trial: Trial
    model: Model
    free: tuple[FreeNumber, ...]
    patterns: Sequence[Pattern]
    patients: int
    seed: int
    threads: int | None
    progress: Progress = silent
    budget: int = 0
    count: int = 0
    softness: float = SOFTNESS_STAGES[-1]
    tried: OrderedDict[tuple[float, ...], pd.DataFrame] = field(default_factory=OrderedDict)

    def moved(self, values: Mapping[str, float]) -> Trial:
        """Return the trial at some values."""
        return self.trial.with_numbers({free: values[free.name] for free in self.free})

    def outcomes(self, values: Mapping[str, float]) -> pd.DataFrame:
        """Return the outcomes of the patients who could be simulated.

        Those of the last few values are remembered: a stage begins where the one before ended, and
        only the softness of its residuals is another.
        """
        key = tuple(values[free.name] for free in self.free)
        if key not in self.tried:
            outcomes = self.moved(values).outcomes_of(
                self.model, self.patients, self.seed, self.threads
            )
            self.tried[key] = outcomes[outcomes["failed"] == 0]
        self.tried.move_to_end(key)
        while len(self.tried) > _REMEMBERED:
            self.tried.popitem(last=False)
        return self.tried[key]

    def residuals(self, values: Mapping[str, float]) -> Array:
        """Return a residual a pattern."""
        outcomes, margins = self.outcomes(values), self.trial.margins
        residuals = np.array(
            [residual(p, smooth_value(p, outcomes, margins, self.softness)) for p in self.patterns]
        )
        self.count += 1
        cost = 0.5 * float(residuals @ residuals)
        self.progress(min(self.count, self.budget), self.budget, f"cost {cost:.4g}")
        return residuals


def _result(
    fit: _Fit, settings: Sequence[Setting], minimum: Minimum, table: pd.DataFrame
) -> Calibration:
    covariance = np.full((len(settings),) * 2, np.nan)
    result: Any = minimum.lmfit
    if getattr(result, "covar", None) is not None:
        covariance = np.asarray(result.covar, dtype=float)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(covariance))
    rows = [
        {
            "name": s.name, "before": s.value, "value": minimum.values[s.name], "log_error": error,
            "min": s.min, "max": s.max,
            "at_bound": _at_bound(minimum.values[s.name], s),
        }
        for s, error in zip(settings, errors, strict=True)
    ]  # fmt: skip
    return Calibration(
        fit.moved(minimum.values).population, pd.DataFrame(rows), table, minimum.cost,
        minimum.status, minimum.message, fit.count, covariance, fit.free,
    )  # fmt: skip


def _at_bound(value: float, setting: Setting) -> bool:
    return min(value / setting.min, setting.max / value) < 1.001
