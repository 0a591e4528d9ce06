"""Move one number of a population until a trial shows the reported rate."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pdmodel.errors import InputError, require_known
from pdmodel.model import Model
from pdmodel.trial import FreeNumber, Pattern, Population, Trial

if TYPE_CHECKING:
    from pdmodel.hypotheses.comparison import Comparison
    from pdmodel.hypotheses.hypothesis import Hypothesis

_STEPS = 8
_FEW = 32
"""Patients in which the direction of a rate is looked at."""
_NEAR = 0.5
"""How near the rate must come, in units of what one patient of the search makes."""


@dataclass(frozen=True)
class Recalibrated:
    """A population whose trial shows a rate, as nearly as it can.

    Parameters
    ----------
    population
        With the number moved.
    moved, value
        Name of the number, empty if the model has none that could be moved; and the number.
    """

    population: Population
    moved: str = ""
    value: float = math.nan


def pattern_of(trial: Trial, name: str) -> Pattern:
    """Return a pattern of a trial by its id.

    Raises
    ------
    UnknownNameError
        If the trial has none of that name.
    """
    patterns = {pattern.id: pattern for pattern in trial.reported()}
    require_known(f"pattern of trial {trial.name!r}:", patterns, name)
    return patterns[name]


def recalibrate(
    trial: Trial,
    model: Model,
    scales: Sequence[FreeNumber],
    rate: str,
    patients: int = 256,
    seed: int = 1,
    threads: int | None = None,
    lowers: Sequence[str] = (),
) -> Recalibrated:
    """Halve the bounds of one number, on a log scale, until a rate is as it was reported.

    The patients are the same at every step, so the rate rises or falls in steps of one patient.

    Parameters
    ----------
    trial, model
        The trial, and the model it is run with.
    scales
        Numbers that may be moved; the first that the model has is.
    rate
        Id of the pattern.
    patients, seed, threads
        Size and seed of the trials of the search, and their threads.
    lowers
        Parameters that lower the rate where they rise; the others raise it.
    """
    pattern = pattern_of(trial, rate)
    wanted = (pattern.events or 0) / pattern.n
    free = number_to_move(scales, trial.population, model)
    rate_of = _rates(trial, model, pattern, patients, seed, threads)
    if free is None:
        return Recalibrated(trial.population)
    before, rises = free.value(trial.population, model), free.parameter not in lowers
    low, high = math.log(free.low), math.log(free.high)
    tried: list[tuple[float, float]] = []
    current = min(max(math.log(before), low), high) if before > 0 else (low + high) / 2
    for _ in range(_STEPS):
        value = math.exp(current)
        reached = rate_of(free.put(trial.population, value))
        tried.append((abs(reached - wanted), value))
        if tried[-1][0] <= _NEAR / patients + 0.5 / pattern.n:
            break
        low, high = (current, high) if (reached < wanted) == rises else (low, current)
        current = (low + high) / 2
    _, value = min(tried)
    return Recalibrated(free.put(trial.population, value), free.name, value)


def number_to_move(
    scales: Sequence[FreeNumber], population: Population, model: Model
) -> FreeNumber | None:
    """Return the number that is moved: the first that there is."""
    return next((number for number in scales if has_number(number, population, model)), None)


def _rates(
    trial: Trial, model: Model, pattern: Pattern, patients: int, seed: int, threads: int | None
) -> Callable[[Population], float]:
    """Return what gives the rate of a trial in a population; 0 where nobody could be run."""

    def rate_of(population: Population) -> float:
        outcomes = trial.with_(population=population).outcomes_of(model, patients, seed, threads)
        value = pattern.value(outcomes[outcomes["failed"] == 0])
        return 0.0 if math.isnan(value) else value

    return rate_of


def check_direction(comparison: Comparison, hypothesis: Hypothesis, seed: int = 1) -> None:
    """Refuse a comparison whose number moves the rate the other way than it says.

    The search would go the wrong way and find no number, so that sound hypotheses fall. A few
    patients are run with the number at its lower bound, as it is, and at its upper bound.

    Parameters
    ----------
    comparison, hypothesis
        The comparison, and the hypothesis in whose model the number is moved.
    seed
        Of the patients.

    Raises
    ------
    InputError
        If the rate never follows the number, and goes against it by more than two patients.
    """
    trial, model = comparison.trial_of(hypothesis), hypothesis.model
    free = number_to_move(comparison.scales, trial.population, model)
    if free is None:
        return
    rate_of = _rates(trial, model, pattern_of(trial, comparison.rate), _FEW, seed, 1)
    now = min(max(free.value(trial.population, model), free.low), free.high)
    values = sorted({free.low, now, free.high})
    rates = [rate_of(free.put(trial.population, value)) for value in values]
    rises = free.parameter not in comparison.lowers
    steps = [(after - before) * (1 if rises else -1) for before, after in itertools.pairwise(rates)]
    if max(steps, default=0) > 0 or sum(steps) >= -2 / _FEW:
        return
    seen = ", ".join(f"{r:.0%} at {v:.3g}" for v, r in zip(values, rates, strict=True))
    way = "falls" if rises else "rises"
    mend = "name it in" if rises else "take it out of"
    raise InputError(
        f"comparison {comparison.name!r}: rate {comparison.rate!r} {way} where {free.parameter!r} "
        f"rises ({seen}); {mend} `lowers`, for it is sought the other way"
    )


def has_number(free: FreeNumber, population: Population, model: Model) -> bool:
    """Whether a model and a population have a number that could be moved."""
    spread = free.kind == "value" or free.parameter in population.spreads
    return free.parameter in model.defaults and spread
