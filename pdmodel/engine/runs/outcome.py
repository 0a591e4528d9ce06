"""What every engine is given and gives back: tolerances, the outcome of a run, its failure."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.rosenbrock.memory import LEAST_ATOL
from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.engine.schedule.edges import Occurrence, RunSchedule
from pdmodel.errors import SimulationError
from pdmodel.model import Model

RELATIVE, REGROWING = 1e-2, 1e-8
"""Absolute tolerance over the relative one, in units of a state's largest value so far; and the
same where a state may grow from little on its own, which keeps the relative error of its lowest."""


class Failure(NamedTuple):
    """Why and where a run ended early."""

    time: float
    state: Array
    cause: str


class Outcome(NamedTuple):
    """What a run gave.

    Parameters
    ----------
    values
        Shape (n_outputs, n_quantities).
    steps, rejected
        Steps accepted and rejected.
    lowest, lowest_state
        Lowest value of any state at the end of any step, and the index of that state.
    given
        What was delivered into each state, shape (n_states,).
    end
        State at the end, shape (n_states,).
    extremes
        Lowest and highest value of each state at the end of any step, shape (2, n_states).
    failure
        None if the run reached its end.
    switches
        How many switches of the model were met.
    events
        The events of the model that were executed, in their order.
    """

    values: Array
    steps: int
    rejected: int
    lowest: float
    lowest_state: int
    given: Array
    end: Array
    extremes: Array
    failure: Failure | None
    switches: int = 0
    events: tuple[Occurrence, ...] = ()


class RawRun(NamedTuple):
    """What an engine makes of a request.

    Parameters
    ----------
    known
        Parameters and constants by name, at the start.
    columns, states
        Quantities by name, shape (n_times,), and all states, shape (n_times, n_states).
    schedule
        What happened, all that triggers have changed included.
    """

    known: dict[str, float]
    columns: dict[str, Array]
    states: Array
    outcome: Outcome
    how: dict[str, Any]
    schedule: RunSchedule


class Deadline:
    """When a budget of seconds is used up; it begins when the machine code is there.

    Parameters
    ----------
    seconds
        The budget.

    Attributes
    ----------
    end
        By the clock that never goes back; infinite until it begins.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.end = seconds, math.inf

    def begin(self) -> None:
        """Let it begin, unless it has."""
        if math.isinf(self.end):
            self.end = clock.monotonic() + self.seconds

    @property
    def passed(self) -> bool:
        """Whether it is used up."""
        return clock.monotonic() > self.end


@dataclass(frozen=True)
class Tolerances:
    """Errors allowed a step, and budgets of a run.

    Parameters
    ----------
    rtol
        Relative error.
    atol
        Absolute error of each state in its unit, shape (n_states,); the least normal number where
        it follows the size of the state.
    share
        Where it does, its share of the largest value that the state has had, else 0: (n_states,).
    max_steps, max_seconds
        A run that needs more fails.
    refined
        Of many patients or subjects: 1 where rows within a step are refined (`Rules`).
    """

    rtol: float
    atol: Array
    share: Array
    max_steps: int = 10_000_000
    max_seconds: float = 120.0
    refined: int = 0

    def finer(self, rtol: float) -> Tolerances:
        """Return the same with another relative tolerance; the absolute ones keep in step."""
        factor = rtol / self.rtol
        atol = np.maximum(self.atol * np.where(self.share > 0, 1.0, factor), LEAST_ATOL)
        return replace(self, rtol=rtol, atol=atol, share=self.share * factor)

    def says(self, states: Sequence[str]) -> str:
        """Say what absolute tolerance each state has."""
        words = []
        for value in sorted({*self.share.tolist()} - {0.0}, reverse=True):
            names = [name for name, share in zip(states, self.share, strict=True) if share == value]
            words.append((f"{value:.3g} of the largest value so far", names))
        for value in sorted(
            {a for a, share in zip(self.atol, self.share, strict=True) if not share}
        ):
            words.append(
                (f"{value:.3g}", [n for n, a in zip(states, self.atol, strict=True) if a == value])
            )
        if len(words) == 1:
            return words[0][0]
        return "; ".join(f"{text} ({', '.join(names)})" for text, names in words)


def failure_of(
    model: Model,
    outcome: Outcome,
    values: Mapping[str, float],
    tolerances: Tolerances,
    method: str = METHOD.name,
) -> SimulationError:
    """Return the error of a run that ended early, with what is needed to replay it."""
    failure = outcome.failure
    assert failure is not None
    names = [state.name for state in model.states]
    replay = {
        "time": failure.time,
        "states": dict(zip(names, failure.state.tolist(), strict=True)),
        "parameters": dict(values),
        "method": method,
        "rtol": tolerances.rtol,
        "atol": tolerances.says(names),
        "cause": failure.cause,
    }
    return SimulationError(
        f"integration of {model.name!r} failed at day {failure.time:g} ({method}): {failure.cause}",
        replay,
    )


def account(
    model: Model, schedule: RunSchedule, outcome: Outcome, values: Mapping[str, float]
) -> None:
    """Compare what was delivered with what was prescribed.

    Raises
    ------
    SimulationError
        If they differ.
    """
    expected = schedule.delivered(len(model.states))
    for state, wanted, given in zip(model.states, expected, outcome.given, strict=True):
        if not math.isclose(given, wanted, rel_tol=1e-9):
            raise SimulationError(
                f"{state}: delivered {given:g} but {wanted:g} was prescribed",
                {"cause": "dose accounting", "parameters": dict(values)},
            )
