"""What a timetable does to a model, as a flat list of actions: the contract of dosing and engine.

A timetable (a `Regimen`, the `Events` or the `Subject` of an event table) is unrolled into actions
sorted by time. What happens at one time happens in the order of the list; a state at that time is
the one before or the one after all of them. The rules for the engine:

reset
    Every state goes back to its drug-free start, and every infusion ends.
set
    A parameter takes the value `amount` from here on.
steady
    The states that infinitely many doses lead to, at this moment (`SteadyState`); target and unit
    are those of the doses. SS=1 replaces all states and ends every infusion. SS=2 (`added`) adds to
    each state how far its steady state lies above the drug-free start; infusions go on. Doses of
    the series that are still running at this moment follow as `rate` actions of their own.
replace, multiply, add
    The amount in `target` becomes `amount`, is multiplied by it, or grows by it.
rate
    The infusion into `target` changes by `amount` a day. Each infusion begins with +rate and ends
    with -rate; one that a reset or SS=1 has ended is not ended again.

All times are rounded to `MOMENT` (0.1 ms), short ones to nine digits (see `decimals`), so that
0.1 + 0.2 and 0.3 are the same moment; an infusion's rate is such that the rounded duration delivers
exactly its amount. Bioavailability and lag are already applied.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

KINDS = ("reset", "set", "steady", "replace", "multiply", "add", "rate")
MOMENT = 1e-9
DECIMALS = 9
NO_TIME = 1e-30
"""Days below which a time is 0: nothing is that short, and its inverse leaves no digits."""


def decimals(time: float) -> int:
    """Return to how many decimals a time is rounded: 9, for days of a treatment.

    Times below a tenth of a day keep nine digits, so that a run of a second has moments too; those
    beyond a hundred thousand days have no more than fourteen, which is what a double holds. Nothing
    happens before day 0: a time below it is one that was computed in another way.
    """
    size = math.floor(math.log10(time)) if time > 0 and math.isfinite(time) else 0
    return min(max(DECIMALS, DECIMALS - 1 - size), DECIMALS + 4 - size)


def snap(time: float) -> float:
    """Round a time, in days, so that what is computed in two ways is one moment."""
    if 0.1 <= time < 1e5:  # most of them, without a logarithm
        return round(float(time), DECIMALS) + 0.0
    return round(float(time), decimals(time)) + 0.0 if abs(time) >= NO_TIME else 0.0


def moment_after(time: float, days: float) -> float:
    """Return the moment that follows a time, in a run of so many days."""
    return snap(time) + 10.0 ** -decimals(max(time, 1e-3 * days))


def moment_within(interval: float) -> float:
    """Return how near two times of an interval are one moment: `MOMENT`, or a share of a short one.

    Examples
    --------
    >>> moment_within(28.0), moment_within(0.5)
    (1e-09, 5e-10)
    """
    return MOMENT * min(interval, 1.0)


@dataclass(frozen=True)
class Piece:
    """A part of a dosing interval in which the input does not change.

    Parameters
    ----------
    start, length
        Days since the moment of the steady state; length in days, > 0.
    bolus
        Amount added at its start.
    rate
        Infusion through all of it, a day.
    """

    start: float
    length: float
    bolus: float
    rate: float


@dataclass(frozen=True)
class SteadyState:
    """A series of equal doses that has gone on for ever, seen at one moment.

    The state looked for is that just before whatever happens at the moment: integrated through
    `pieces()`, one interval, it comes back to itself. Where the interval is 0 the infusion is
    constant and the state is that at which the model stands still under `rate`.

    Parameters
    ----------
    amount
        Of each dose, bioavailability included; 0 for a constant infusion.
    duration
        Days each dose is infused; 0 for a bolus. May be longer than the interval.
    interval
        Days from dose to dose; 0 for a constant infusion.
    rate
        Of each infusion, a day; 0 for a bolus.
    added
        SS=2: added to what is there; otherwise it replaces everything.
    wait
        Days from the moment to the next dose of the series, 0 <= wait < interval: a lag time.
    """

    amount: float
    duration: float
    interval: float
    rate: float
    added: bool = False
    wait: float = 0.0

    @property
    def constant(self) -> bool:
        """Whether the input never changes."""
        return self.interval == 0

    def pieces(self) -> tuple[Piece, ...]:
        """Return the input through one interval from the moment on; empty if it is constant."""
        if self.constant:
            return ()
        near = moment_within(self.interval)
        wait = 0.0 if self.interval - self.wait < near else self.wait
        whole, rest = divmod(self.duration, self.interval)
        if self.interval - rest < near:
            whole, rest = whole + 1, 0.0
        cuts = _apart([0.0, wait, (wait + rest) % self.interval], self.interval)
        pieces = []
        for start, end in pairwise(cuts):
            since = ((start + end) / 2 - wait) % self.interval
            rate = self.rate * (whole + (since < rest))
            bolus = 0.0 if self.duration or abs(start - wait) > near else self.amount
            pieces.append(Piece(start, end - start, bolus, rate))
        return tuple(pieces)


def _apart(cuts: Iterable[float], end: float) -> list[float]:
    """Return the cuts of an interval in order, without those that repeat another or its end."""
    kept: list[float] = []
    near = moment_within(end)
    for cut in sorted(cuts):
        if end - cut > near and (not kept or cut - kept[-1] > near):
            kept.append(cut)
    return [*kept, end]


@dataclass(frozen=True)
class Action:
    """One change at one time.

    Parameters
    ----------
    time
        Day.
    kind
        One of `KINDS`.
    target
        Name of a drug or state, or the number of a compartment as text, from "1"; empty for the
        model's main drug. Of `set`: the parameter.
    amount
        Of `add` the amount, of `rate` the change of the infusion a day, of `replace` the new
        amount, of `multiply` the factor, of `set` the value.
    unit
        Of the amount, for `add`, `rate`, `replace` and `steady`; empty for the state's own.
    steady
        Of `steady`: the doses.
    slopes
        Parameters of the model that it follows, each with d time and d amount by it.
    """

    time: float
    kind: str
    target: str = ""
    amount: float = 0.0
    unit: str = "mg"
    steady: SteadyState | None = None
    slopes: tuple[tuple[str, float, float], ...] = field(
        default=(), metadata={"identity": "unless empty"}
    )


class Timetable(Protocol):
    """Anything that tells what is given."""

    def actions(self, days: float) -> Sequence[Action]:
        """Return what happens before a day, in order."""
        ...

    def prescribed(self, days: float) -> Mapping[str, float]:
        """Return what arrives before a day by target, in the unit of the target's first dose.

        Bioavailability is included; an infusion counts as far as it has run at that day, or until
        a reset ends it. What a steady state holds already is not counted, what is still running
        of its doses is.
        """
        ...


def delivered(actions: Iterable[Action], days: float) -> dict[tuple[str, str], float]:
    """Return what actions bring in before a day, by target and unit.

    Parameters
    ----------
    actions
        Sorted by time.
    days
        End of the account; infusions are counted up to it.

    Examples
    --------
    >>> delivered([Action(0, "add", "gut", 5), Action(1, "rate", "vein", 3)], 3)
    {('gut', 'mg'): 5.0, ('vein', 'mg'): 6.0}
    """
    parts: dict[tuple[str, str], list[float]] = {}
    running: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for action in actions:
        goes_to = (action.target, action.unit)
        if action.kind == "add":
            parts.setdefault(goes_to, []).append(action.amount)
        elif action.kind == "rate":
            running.setdefault(goes_to, []).append((action.time, action.amount))
        elif _ends_infusions(action):
            _settle(parts, running, action.time)
    _settle(parts, running, snap(days))
    return {goes_to: math.fsum(amounts) for goes_to, amounts in parts.items()}


def _ends_infusions(action: Action) -> bool:
    replaced = action.steady is not None and not action.steady.added
    return action.kind == "reset" or replaced


def _settle(
    parts: dict[tuple[str, str], list[float]],
    running: dict[tuple[str, str], list[tuple[float, float]]],
    end: float,
) -> None:
    for goes_to, changes in running.items():
        arrived, held, last = parts.setdefault(goes_to, []), list[float](), end
        # Piece by piece: a short infusion is lost in the difference of two long ones.
        for time, rate in changes:
            arrived.append(math.fsum(held) * (time - last))
            if -rate in held:
                held.remove(-rate)
            else:
                held.append(rate)
            last = time
        arrived.append(math.fsum(held) * (end - last))
    running.clear()
