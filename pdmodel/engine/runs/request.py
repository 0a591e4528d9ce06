"""What a caller wants of a run, and how exactly: as it was written, and checked."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pdmodel.arguments import as_number, names_of, shown, whole_number
from pdmodel.arrays import Array, Integers
from pdmodel.dosing.action import snap as moment
from pdmodel.engine.rosenbrock.memory import LEAST_ATOL
from pdmodel.engine.runs.outcome import REGROWING, RELATIVE, Tolerances
from pdmodel.engine.schedule.default_grid import default_rows, whole_days
from pdmodel.engine.schedule.edges import RunSchedule, snap
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model

Atol = float | Mapping[str, float] | None
RTOL = 1e-7
"""Relative tolerance of a run that is asked for once: it costs milliseconds."""
RTOL_OF_MANY = 1e-6
"""The same of what is run by the thousand, prepared runs, cohorts, fits: two thirds of the time."""
LONGEST = 1e15
"""Days of a run at most: no time is longer in any unit that a model may count it in."""
SIDES = ("before", "after")


@dataclass(frozen=True)
class Request:
    """What is asked of a run, checked.

    Parameters
    ----------
    grid
        Days of the outputs as the caller wrote them, shape (n_times,).
    times, after
        The same, snapped, and whether each is taken after an edge.
    names
        Quantities to return.
    days
        End of the run.
    """

    grid: Array
    times: Array
    after: Integers
    names: tuple[str, ...]
    days: float

    def around(self, moments: Collection[float]) -> Request:
        """Return the request with the rows before events just before them.

        Parameters
        ----------
        moments
            Days of events: a row at one of them is the value after it.
        """
        early = np.isin(self.times, list(moments)) & (self.after == 0)
        times = np.where(early, np.nextafter(self.times, -np.inf), self.times)
        return replace(self, times=times)

    def sides(self, moments: Collection[float]) -> Request:
        """Return the request with rows at events as those after them, which they are."""
        late = np.isin(self.times, list(moments))
        return replace(self, after=np.where(late, 1, self.after).astype(np.int64))


@dataclass(frozen=True)
class Output:
    """What a caller wants to see of a run, as it was written.

    Parameters
    ----------
    days
        Length of the run.
    times
        Days of the outputs; None for whole days, or for rows of their own where something is given.
    quantities
        Names; None for all states and observables.
    at_dose
        `before` or `after`: the side of a dose on which a value at its time is taken.
    smooth
        Whether a run in which nothing is given has rows between its days too.
    """

    days: float
    times: npt.ArrayLike | None = None
    quantities: Sequence[str] | None = None
    at_dose: str = "before"
    smooth: bool = False

    @property
    def through(self) -> bool:
        """Whether the value after a dose on the last day is asked for, so that it is given."""
        if self.at_dose != "after":
            return False
        return self.times is None or moment(_grid(self.days, self.times)[-1]) == moment(self.days)

    def request(self, model: Model, schedule: RunSchedule | None = None) -> Request:
        """Check days, times, side of edges and names.

        Without `times` the rows are whole days; where a schedule gives something, it is shown too.

        Raises
        ------
        InputError
            If one of them is not allowed.
        """
        require_known("at_dose", SIDES, self.at_dose)
        if self.times is None and schedule is not None and (self.smooth or schedule.edges):
            rows = default_rows(schedule, self.at_dose)
            return Request(*rows, _names(model, self.quantities), moment(self.days))
        grid = _grid(self.days, self.times)
        after = np.full(grid.size, SIDES.index(self.at_dose), dtype=np.int64)
        return Request(grid, snap(grid), after, _names(model, self.quantities), moment(self.days))


# Steps are counted in 64 bits.
_MOST_STEPS = 2**62


@dataclass(frozen=True)
class Solver:
    """Tolerances and budgets of a run, as a caller wrote them.

    Parameters
    ----------
    rtol
        Relative error a step.
    atol
        Absolute error a step: None, where that of each state follows its size, or a number, or
        numbers by name of state: those that are not named follow their size.
    max_steps, max_seconds
        A run that needs more fails.
    """

    rtol: float
    atol: Atol = None
    max_steps: int = 10_000_000
    max_seconds: float = 120.0

    def tolerances(self, model: Model) -> Tolerances:
        """Check them, and return the tolerances of the states of a model.

        Raises
        ------
        InputError
            If one of them is not a number > 0, rtol not below 1, or a name not that of a state.
        """
        states = [state.name for state in model.states]
        declared = self._declared(states)
        shares = (REGROWING if grows else RELATIVE for grows in model.regrowing)
        follows = list(zip(states, shares, strict=True))
        return Tolerances(
            float(self.rtol),
            np.array([max(declared.get(name, 0.0), LEAST_ATOL) for name in states]),
            np.array([0.0 if name in declared else share * self.rtol for name, share in follows]),
            whole_number(self.max_steps, "max_steps", least=1, most=_MOST_STEPS),
            float(self.max_seconds),
        )

    def _declared(self, states: Sequence[str]) -> dict[str, float]:
        """Check all numbers, and return the absolute tolerances that are declared, by state."""
        by_name = isinstance(self.atol, Mapping)
        if isinstance(self.atol, Mapping):
            require_known("state in atol", states, *self.atol)
        declared: dict[str, float] = {}
        if self.atol is not None:
            declared = (
                dict(self.atol)
                if isinstance(self.atol, Mapping)
                else dict.fromkeys(states, self.atol)
            )
        limits = {"rtol": self.rtol, "max_seconds": self.max_seconds}
        for name, value in {**limits, **{f"atol of {n}": v for n, v in declared.items()}}.items():
            number = as_number(value)
            bounded = name == "max_seconds" or (number is not None and math.isfinite(number))
            if number is None or not (number > 0 and bounded):
                raise InputError(
                    f"{name if by_name else name.split(' of ')[0]}"
                    f" must be a number > 0, got {shown(value)}"
                )
        if self.rtol >= 1:  # such errors are as large as what is computed
            raise InputError(f"rtol must be a number > 0 and < 1, got {shown(self.rtol)}")
        return declared


def check_days(days: float) -> None:
    """Refuse a length that is no number > 0."""
    end = as_number(days)
    if end is None or not (math.isfinite(end) and moment(end) > 0):
        raise InputError(f"days must be a number > 0, got {shown(days)}")
    if end > LONGEST:
        raise InputError(f"days must be a number <= {LONGEST:g}, got {shown(days)}")


def _grid(days: float, times: npt.ArrayLike | None) -> Array:
    check_days(days)
    if times is None:
        return whole_days(days)
    try:
        asked = np.atleast_1d(np.asarray(times, dtype=float)).ravel()
        grid = np.unique(asked)
    except (TypeError, ValueError):
        asked = grid = np.array([])
    inside = grid.size and np.isfinite(grid).all() and moment(grid[0]) >= 0
    if not inside or moment(grid[-1]) > moment(days):
        raise InputError(f"times must be numbers within [0, {days:g}] days")
    if (np.diff(asked) <= 0).any():
        index = int(np.argmax(np.diff(asked) <= 0))
        raise InputError(
            f"times must increase, and {asked[index + 1]:g} follows {asked[index]:g}: "
            "give them sorted and each once (numpy.unique does both)"
        )
    return grid


def _names(model: Model, quantities: Sequence[str] | None) -> tuple[str, ...]:
    if quantities is None:
        return tuple(s.name for s in model.states) + tuple(q.name for q in model.observables)
    names = names_of(quantities, "quantities")
    allowed = [symbol.name for symbol in (*model.states, *model.definitions)]
    require_known("quantity", allowed, *names)
    return names
