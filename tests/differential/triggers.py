"""Triggers held to the reference: when one may fire, and what the dose that follows does.

How well a moment can be known depends on how steeply the quantity passes the threshold: an error
that is allowed of the state moves the moment by that error over the slope, and where the state
rests at the threshold it moves it by days, or decides whether there is one at all. So moments are
not compared with a moment. The trigger may fire where the exact course is within the allowed error
of the threshold, and must have fired before the course is past it by more. What follows is then
held to a reference that gives the dose at the very moment at which the trigger gave it, or none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import pdmodel
from pdmodel.arrays import Array
from pdmodel.dosing import Dose, Timetable, once
from pdmodel.engine import simulate
from tests.differential.cases import ALLOWED, Apart, Case, compare
from tests.differential.rates import NoReference
from tests.differential.reference import Question, tell

AMOUNT, MOMENT = 3.0, 1e-9
LOOKS = 2001


@dataclass(frozen=True)
class Condition:
    """What a trigger waits for: a state, by its number, above or below a level."""

    place: int
    level: float
    side: str

    def over(self, states: Array) -> Array:
        """Return by how much it holds, for states of shape (n_times, n_states)."""
        above: Array = states[:, self.place] - self.level
        return above if self.side == "above" else -above


@dataclass(frozen=True)
class Firing:
    """How a run with a trigger went.

    Parameters
    ----------
    case, condition
        What was asked.
    states
        Shape (n_times, n_states).
    fired
        Days at which it says that the trigger fired, to six digits.
    given
        Day of the dose that followed, exactly; None where there was none.
    dosed
        Number of the state that gets it.
    """

    case: Case
    condition: Condition
    states: Array
    fired: list[float]
    given: float | None
    dosed: int


def check_trigger(case: Case) -> None:
    """Ask for a trigger on a state: when it fires, and what the dose that follows does."""
    firing = fire(case)
    check_firing(case, firing.condition, firing.fired)
    extra = [] if firing.given is None else [(firing.given, firing.dosed, AMOUNT)]
    compare(case, firing.states, case.tell(extra=extra), "with a trigger", extra=extra)


def fire(case: Case) -> Firing:
    """Run a case with the trigger that is drawn for it."""
    condition, target, then = _drawn(case)
    names = [state.name for state in case.drawn.states]
    sides: dict[str, Any] = {condition.side: condition.level}
    trigger = pdmodel.Trigger(names[condition.place], **sides, then=then, times=1)
    run = simulate(case.model, case.course.timetable, triggers=[trigger], **case.asked)
    fired = [float(text.rsplit(" ", 1)[1]) for text in run.attrs["triggered"].split("; ") if text]
    given = _moment_given(case, trigger, fired[0]) if fired and then != "note" else None
    dosed = names.index(case.drawn.drugs[target].name)
    return Firing(case, condition, run["state_values"].values, fired, given, dosed)


def _drawn(case: Case) -> tuple[Condition, str, str | Timetable]:
    """Draw a state and a level that it passes, a drug, and what follows."""
    rng, place = case.rng, case.rng.randrange(len(case.drawn.states))
    grid = np.linspace(0, case.course.days, 60)
    course = Case(**{**case.__dict__, "times": grid, "side": "after"}).tell().states[:, place]
    level = float(np.quantile(course, rng.uniform(0.2, 0.8)))
    if not level or not np.ptp(course) > 1e-3 * np.abs(course).max():
        raise NoReference("nothing moves")
    side = rng.choice(["above", "below"])
    target = rng.choice(list(case.drawn.drugs))
    then: Any = rng.choice(["note", once(Dose(0.0, target, AMOUNT, "1"))])
    return Condition(place, level, side), target, then


def _moment_given(case: Case, trigger: pdmodel.Trigger, fired: float) -> float | None:
    """Return when exactly the dose was given that follows; None if that is after the last day.

    The words of a run say a moment to six digits. Its default rows stand on both sides of each
    dose, an instant apart. A dose of the records may be as near; that of the trigger comes after.
    """
    asked = {**case.asked, "times": None, "at_dose": "before"}
    days = simulate(case.model, case.course.timetable, triggers=[trigger], **asked)["time"].values
    edges = days[:-1][np.diff(days) < 1e-12 * case.course.days]
    near = edges[np.abs(edges - fired) <= shown_to(fired) + 2e-9]
    if near.size:
        return float(near[-1])
    if fired > case.course.days - shown_to(fired) - 2e-9:
        return None
    raise Apart(f"the trigger fires at day {fired:g}, and no dose is given there")


def shown_to(day: float) -> float:
    """Return how far a day may be off that is written with six digits, and read by the reference.

    That rounds all times to `MOMENT`.
    """
    written = 0.5 * 10.0 ** (math.floor(math.log10(day)) - 5) if day > 0 else 0.0
    return max(written, MOMENT)


def check_firing(case: Case, condition: Condition, fired: list[float]) -> None:
    """Ask whether the exact course, moved by what a state may be off, fires there and not before.

    That is so where it is within that of the threshold then, or past it, and has never been past it
    by more before. What holds from the start becomes true at the start.
    """
    days = case.course.days
    edges = case.tell().edges
    first = fired[0] if fired else days
    begin = max(first - shown_to(first), 0.0)
    end = min(first + shown_to(first), days)
    times = np.unique([*np.linspace(0, days, LOOKS), *edges, *np.linspace(begin, end, 5)])
    both, late = np.repeat(times, 2), np.tile([False, True], times.size)
    seen = tell(case.rates, case.course, Question(dict(case.drawn.values)), both, late.tolist())
    close = ALLOWED * case.rtol * float(seen.largest[condition.place])
    over = condition.over(seen.states)
    over[0] = -math.inf  # what is before the doses of day 0 is not looked at
    # The instant at which it fires is within the digits, and a dose may arrive there.
    before = (both < begin) | ((both == begin) & ~late) if fired else both <= days
    passed = np.flatnonzero(before & (over > close))
    if passed.size:
        raise Apart(
            f"the trigger fires at {fired}, the reference is past the threshold by "
            f"{over[passed[0]] / close:.3g} of what is allowed at day {both[passed[0]]:.10g}"
        )
    there = (both >= begin) & (both <= end)
    if fired and not (over[there] >= -close).any():
        raise Apart(
            f"the trigger fires at {fired}, where the reference is still "
            f"{-over[there].max() / close:.3g} of what is allowed from the threshold"
        )
