"""State-triggered events: when a quantity passes a threshold, note it, stop, hold a drug, or give.

What a trigger does takes effect one moment (0.1 ms) after its condition has become true.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pdmodel.arguments import as_number, name_of, number, shown
from pdmodel.dosing import Action, Timetable, read_regimen
from pdmodel.dosing.action import moment_after, snap
from pdmodel.engine.rosenbrock.memory import WATCH
from pdmodel.errors import InputError, RegimenError, require_known, unknown
from pdmodel.model import Model

_EVER = 2**31
_GIVING = ("add", "rate", "steady")


@dataclass(frozen=True)
class PauseDosing:
    """Give nothing of a drug for some days; what is being infused ends.

    Parameters
    ----------
    days
        How long; infinite for ever.
    drug
        Empty for the model's main drug.

    Examples
    --------
    >>> Trigger("ANC", below=0.5, then=PauseDosing(7)).then.days
    7.0
    """

    days: float = math.inf
    drug: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no length of time."""
        days = as_number(self.days)
        if days is None or not days > 0:
            raise InputError(f"a hold must last more than 0 days, got {shown(self.days)}")
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "drug", name_of(self.drug, "drug"))


Hold = PauseDosing
"""The name of `PauseDosing` until `pdmodel.trial.Hold` took it."""


@dataclass(frozen=True)
class Trigger:
    """A condition on a quantity, and what follows when it becomes true.

    Parameters
    ----------
    quantity
        A state, auxiliary or observable.
    below, above
        Threshold, in the unit of the quantity; one of the two.
    then
        `note` (only report it), `stop` (end the run), a `PauseDosing`, or what is to be given
        from that moment on: a regimen, or words such as `pack 24-20-16 mg methylprednisolone`.
    times
        How often it may fire; infinite for every time the condition becomes true.

    Examples
    --------
    >>> Trigger("ANC", below=0.5, then=PauseDosing(7), times=math.inf).says
    'ANC below 0.5'
    """

    quantity: str
    below: float | None = None
    above: float | None = None
    then: str | PauseDosing | Timetable = "note"
    times: float = 1

    def __post_init__(self) -> None:
        """Refuse a condition that is none, and read the words of a regimen."""
        object.__setattr__(self, "quantity", name_of(self.quantity, "quantity"))
        for side in ("below", "above"):
            value = getattr(self, side)
            if value is not None:
                what = f"the threshold of {self.quantity!r}"
                object.__setattr__(self, side, number(value, what))
        if (self.below is None) == (self.above is None):
            raise InputError(f"a trigger on {self.quantity!r} needs either below or above")
        times = as_number(self.times)
        if times is None or not times >= 1 or not (math.isinf(times) or times.is_integer()):
            raise InputError(
                f"a trigger fires a whole number of times, at least once, got times="
                f"{shown(self.times)}"
            )
        object.__setattr__(self, "times", times)
        if self.then not in ("note", "stop") and not isinstance(self.then, PauseDosing):
            object.__setattr__(self, "then", read_regimen(self.then))

    @property
    def threshold(self) -> float:
        """The threshold, whichever side is meant."""
        threshold = self.above if self.below is None else self.below
        return float(threshold) if threshold is not None else math.nan

    @property
    def says(self) -> str:
        """The condition in words."""
        side = "above" if self.below is None else "below"
        return f"{self.quantity} {side} {self.threshold:g}"


def watches(triggers: Sequence[Trigger]) -> Any:
    """Return the records that compiled code watches, shape (n_triggers,)."""
    records = np.zeros(len(triggers), dtype=WATCH)
    for watch, trigger in zip(records, triggers, strict=True):
        watch["threshold"] = trigger.threshold
        watch["sign"] = 1.0 if trigger.below is None else -1.0
        watch["left"] = int(min(trigger.times, _EVER))
        watch["armed"] = 1
    return records


def check_triggers(model: Model, triggers: Sequence[Trigger]) -> None:
    """Refuse triggers on quantities that the model does not have."""
    allowed = [symbol.name for symbol in (*model.states, *model.definitions)]
    if isinstance(triggers, Trigger):
        raise InputError("triggers must be a list, got one trigger: write [trigger]")
    for trigger in triggers:
        if not isinstance(trigger, Trigger):
            raise InputError(f"triggers must be Trigger objects, got {shown(trigger)}")
        require_known("quantity of a trigger", allowed, trigger.quantity)
        if isinstance(trigger.then, PauseDosing) and trigger.then.drug not in ("", *model.doses):
            error = unknown("drug of a hold", trigger.then.drug, model.doses)
            raise RegimenError(str(error))


def refuse_idle_holds(
    model: Model, triggers: Sequence[Trigger], actions: Sequence[Action], days: float
) -> None:
    """Refuse holds of a drug that nothing gives: they would hold nothing back.

    Parameters
    ----------
    model, triggers
        What is run, and what may follow.
    actions, days
        What is given, and the end of the run.

    Raises
    ------
    RegimenError
        Names the drug that is held, and those that are given.
    """
    given = {action.target for action in actions if action.kind in _GIVING}
    for trigger in triggers:
        if not isinstance(trigger.then, str | PauseDosing):
            given |= {action.target for action in trigger.then.actions(days)}
    for trigger in triggers:
        if isinstance(trigger.then, PauseDosing):
            drug = trigger.then.drug or next(iter(model.doses), "")
            if not any(_is_of(model, drug, target) for target in given):
                there = ", ".join(sorted(target or "the main drug" for target in given))
                raise RegimenError(
                    f"trigger {trigger.says!r}: nothing of {drug!r} is given that it could hold "
                    f"(given: {there or 'nothing'}); name another: PauseDosing(..., drug='...')"
                )


def _is_of(model: Model, drug: str, target: str) -> bool:
    """Whether what goes to a target is of a drug: by its name, or the state that it goes into."""
    if not target or target in model.doses:
        return (target or next(iter(model.doses), "")) == drug
    states = [state.name for state in model.states]
    numbered = target.isdecimal() and 1 <= int(target) <= len(states)
    return drug in model.doses and model.doses[drug].name == (
        states[int(target) - 1] if numbered else target
    )


def actions_after(
    model: Model, actions: Sequence[Action], trigger: Trigger, time: float, days: float
) -> list[Action]:
    """Return the actions of a run, changed by what a trigger does at a time.

    Parameters
    ----------
    actions
        Those so far, sorted by time.
    time
        Day at which the condition became true; what is before it stays as it is.
    days
        End of the run.
    """
    moment = moment_after(time, days)
    if isinstance(trigger.then, PauseDosing):
        return _held(model, actions, trigger.then, moment)
    if isinstance(trigger.then, str):
        return list(actions)
    given = trigger.then.actions(max(days - moment, moment - time))
    moved = [replace(action, time=snap(action.time + moment)) for action in given]
    return sorted([*actions, *moved], key=lambda action: action.time)


def _held(
    model: Model, actions: Sequence[Action], hold: PauseDosing, moment: float
) -> list[Action]:
    """Drop doses that begin within the hold, and end the infusions that run at its beginning."""
    drug = hold.drug or next(iter(model.doses), "")
    names = {action.target for action in actions if _is_of(model, drug, action.target)}
    running: list[Action] = []
    kept = [action for action in actions if action.time < moment]
    for action in kept:
        if action.kind == "rate" and action.target in names:
            _follow(running, action)
    dropped = [action.amount for action in running]
    kept += [replace(action, time=moment, amount=-action.amount) for action in running]
    for action in actions[len(kept) - len(running) :]:
        if action.kind not in ("add", "rate") or action.target not in names:
            kept.append(action)
        elif action.kind == "rate" and -action.amount in dropped:
            dropped.remove(-action.amount)
        elif action.time >= moment + hold.days:
            kept.append(action)
        elif action.kind == "rate":
            dropped.append(action.amount)
    return kept


def _follow(running: list[Action], action: Action) -> None:
    """Keep account of the infusions that run."""
    if action.amount > 0:
        running.append(action)
        return
    for begun in running:
        if begun.amount == -action.amount:
            running.remove(begun)
            return
