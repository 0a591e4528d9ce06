"""Move one number of a population until a trial shows the reported rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pdmodel.errors import unknown
from pdmodel.model import Model
from pdmodel.trial import FreeNumber, Pattern, Population, Trial, find_patterns

_STEPS = 8
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
    patterns = {pattern.id: pattern for pattern in find_patterns(trial.patterns, trial.name, trial)}
    if name not in patterns:
        raise unknown(f"pattern of trial {trial.name!r}:", name, patterns)
    return patterns[name]


def recalibrate(
    trial: Trial,
    model: Model,
    scales: Sequence[FreeNumber],
    rate: str,
    patients: int = 256,
    seed: int = 1,
    threads: int | None = None,
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
    """
    pattern = pattern_of(trial, rate)
    wanted = (pattern.events or 0) / pattern.n
    free = next((number for number in scales if has_number(number, trial.population, model)), None)

    def rate_of(population: Population) -> float:
        outcomes = trial.with_(population=population).outcomes_of(model, patients, seed, threads)
        value = pattern.value(outcomes[outcomes["failed"] == 0])
        return 0.0 if math.isnan(value) else value

    if free is None:
        return Recalibrated(trial.population)
    search = _Search(free, trial.population, rate_of, wanted, _NEAR / patients + 0.5 / pattern.n)
    _, value = search.nearest(free.value(trial.population, model))
    return Recalibrated(free.put(trial.population, value), free.name, value)


@dataclass(frozen=True)
class _Search:
    """One number is sought at which a rate is as wanted.

    Parameters
    ----------
    free, population
        The number, and the population that holds it.
    rate_of
        The rate that a population shows.
    wanted, near
        The rate, and how near it must come.
    """

    free: FreeNumber
    population: Population
    rate_of: Callable[[Population], float]
    wanted: float
    near: float

    def nearest(self, before: float) -> tuple[float, float]:
        """Return how near the rate comes, and the number there.

        First the number is taken to raise the rate, as a killing rate does that of responses. If
        that leads to an end of its bounds, always on one side of the rate, and the other end lies
        on the other side, the number lowers the rate.

        Parameters
        ----------
        before
            The number as it is.
        """
        tried = self._halved(before, rises=True)
        best = min(self._misses(tried))
        low, high = self.free.low, self.free.high
        sides = {reached < self.wanted for reached, _ in tried}
        if best[0] <= self.near or len(sides) > 1:
            return best
        end = low if tried[-1][1] > math.sqrt(low * high) else high
        other = (self._rate(end), end)
        if (other[0] < self.wanted) in sides:
            return best
        again = min(self._misses([other, *self._halved(before, rises=False)]))
        return again if again[0] < best[0] else best

    def _misses(self, tried: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(abs(reached - self.wanted), value) for reached, value in tried]

    def _rate(self, value: float) -> float:
        return self.rate_of(self.free.put(self.population, value))

    def _halved(self, before: float, *, rises: bool) -> list[tuple[float, float]]:
        """Return rates and the numbers that were tried, the bounds halved on a log scale."""
        low, high = math.log(self.free.low), math.log(self.free.high)
        tried: list[tuple[float, float]] = []
        current = min(max(math.log(before), low), high) if before > 0 else (low + high) / 2
        for _ in range(_STEPS):
            value = math.exp(current)
            reached = self._rate(value)
            tried.append((reached, value))
            if abs(reached - self.wanted) <= self.near:
                break
            low, high = (current, high) if (reached < self.wanted) == rises else (low, current)
            current = (low + high) / 2
        return tried


def has_number(free: FreeNumber, population: Population, model: Model) -> bool:
    """Whether a model and a population have a number that could be moved."""
    spread = free.kind == "value" or free.parameter in population.spreads
    return free.parameter in model.defaults and spread
