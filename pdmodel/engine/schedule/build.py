"""Doses as edges: what happens to which state when, and what runs in between.

Doses are never terms in time of the right-hand side, which an adaptive solver could step over.
What happens at one time happens in the order of the timetable's actions. A value at the time of an
edge is that before it unless the caller asks for the one after.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pdmodel.dosing import Action, Timetable
from pdmodel.dosing.action import snap as moment
from pdmodel.engine.rosenbrock.memory import (
    ADD,
    ADD_STATE,
    MULTIPLY,
    RATE,
    REPLACE,
    RESET,
    SET,
    STATE,
)
from pdmodel.engine.schedule.edges import Change, Edge, RunSchedule, SteadyDose
from pdmodel.engine.symbolic.values import check_value
from pdmodel.errors import RegimenError, UnitError, nearest, require_known
from pdmodel.model import Model
from pdmodel.units import convert


def make_schedule(
    model: Model, timetable: Timetable, days: float, *, through: bool = False
) -> RunSchedule:
    """Turn a timetable into edges for one model.

    Parameters
    ----------
    model
        Knows into which state a drug goes, and in which unit.
    timetable
        What is given: a Regimen or event records.
    days
        End of the run; nothing is given at it or after it,
    through
        unless the values after what happens on the last day are asked for.

    Raises
    ------
    RegimenError
        If the model does not know a drug, or the unit does not fit its state.
    """
    horizon = moment(days)
    scheduler = _Scheduler(model)
    schedule = scheduler.run(timetable.actions(horizon), horizon)
    scheduler.compare(schedule, timetable.prescribed(horizon))
    return schedule_actions(model, actions_of(timetable, days, True), days) if through else schedule


def actions_of(timetable: Timetable, days: float, through: bool) -> list[Action]:
    """Return what a timetable does before the end of a run, or through its last moment."""
    horizon = moment(days)
    if not through:
        return list(timetable.actions(horizon))
    later = timetable.actions(horizon * (1 + 1e-6))
    return [action for action in later if moment(action.time) <= horizon]


def schedule_actions(model: Model, actions: Sequence[Action], days: float) -> RunSchedule:
    """Turn actions, sorted by time, into edges for one model; none after its last day.

    Raises
    ------
    RegimenError
        As `make_schedule`.
    """
    return _Scheduler(model).run(actions, moment(days))


_Slopes = tuple[tuple[int, float, float], ...]


class _Running(NamedTuple):
    """An infusion that runs: its rate, and what that follows (see `Change`)."""

    rate: float
    slopes: _Slopes


class _Scheduler:
    """Walks through the actions and keeps account of the infusions that run."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.states = [state.name for state in model.states]
        self.parameters = [quantity.name for quantity in model.parameters]
        self.running: dict[int, list[_Running]] = {}
        self.changed: dict[int, float] = {}
        self.steady: list[SteadyDose] = []
        self._places: dict[tuple[str, str], tuple[int, float]] = {}

    def run(self, actions: Sequence[Action], days: float) -> RunSchedule:
        """Return the schedule."""
        moments: dict[float, list[Change]] = {}
        first: dict[int, float] = {}
        for action in actions:
            time = moment(action.time)
            if time == 0 and action.kind == "set":
                parameter = self._set(action)
                first[parameter] = action.amount
            elif time <= days:
                moments.setdefault(time, []).extend(self._steps(action))
        edges = [Edge(time, _last_rates(steps)) for time, steps in sorted(moments.items())]
        return RunSchedule(tuple(edges), tuple(self.steady), days, tuple(first.items()))

    def compare(self, schedule: RunSchedule, prescribed: Mapping[str, float]) -> None:
        """Refuse a schedule that brings something else than was prescribed."""
        wanted: dict[int, float] = {}
        for target, amount in prescribed.items():
            unit = next(unit for name, unit in self._places if name == target)
            state, factor = self._places[target, unit]
            wanted[state] = wanted.get(state, 0.0) + amount * factor
        for state in {*wanted, *schedule.arriving}:
            there, due = schedule.arriving.get(state, 0.0), wanted.get(state, 0.0)
            if not math.isclose(there, due, rel_tol=1e-9):
                raise RegimenError(
                    f"{self.states[state]}: {due:g} is prescribed but {there:g} would be given"
                )

    def _steps(self, action: Action) -> Iterator[Change]:
        if action.kind == "set":
            yield Change(SET, self._set(action), action.amount)
        elif action.kind == "reset":
            self.running.clear()
            yield Change(RESET)
        elif action.kind == "steady":
            yield from self._steady(action)
        elif action.kind == "multiply":
            yield Change(MULTIPLY, self.place(action)[0], action.amount)
        else:
            state, factor = self.place(action)
            amount = action.amount * factor
            slopes = tuple(
                (self._parameter(name), by_time, by_amount * factor)
                for name, by_time, by_amount in action.slopes
            )
            if action.kind == "rate":
                yield self._rate(state, amount, slopes)
            else:
                yield Change(ADD if action.kind == "add" else REPLACE, state, amount, slopes)

    def _set(self, action: Action) -> int:
        """Note the value that a parameter takes, one that a patient could have; its index."""
        parameter = self._parameter(action.target)
        check_value(self.model.parameters[parameter], action.amount, f" at day {action.time:g}")
        self.changed[parameter] = action.amount
        return parameter

    def _steady(self, action: Action) -> Iterator[Change]:
        steady = action.steady
        if steady is None:
            raise RegimenError(f"a steady state at day {action.time:g} of nothing that repeats")
        if not steady.added:
            self.running.clear()
        here = tuple(self.changed.items())
        follows = tuple(self._parameter(name) for name, *_ in action.slopes)
        dose = SteadyDose(*self.place(action), steady, action.time, here, follows)
        self.steady.append(dose)
        yield Change(ADD_STATE if steady.added else STATE, len(self.steady) - 1)

    def _rate(self, state: int, change: float, slopes: _Slopes) -> Change:
        """Return the sum of what runs, so that nothing is left over when the last one ends."""
        running = self.running.setdefault(state, [])
        if change >= 0:
            running.append(_Running(change, slopes))
        elif running:  # what a reset has ended need not end again
            begun = {parameter: -by_rate for parameter, _, by_rate in slopes}
            closest = min(
                running,
                key=lambda infusion: (
                    abs(infusion.rate + change),
                    {parameter: by_rate for parameter, _, by_rate in infusion.slopes} != begun,
                ),
            )
            running.remove(closest)
        else:
            change, slopes = 0.0, ()
        total = math.fsum(infusion.rate for infusion in running)
        return Change(RATE, state, total, _slopes_of_rate(running, change, slopes))

    def _parameter(self, name: str) -> int:
        require_known(f"parameter of model {self.model.name!r}:", self.parameters, name)
        return self.parameters.index(name)

    def place(self, action: Action) -> tuple[int, float]:
        """Return the state an action goes to, and the factor from its unit to that of the state."""
        key = (action.target, action.unit)
        if key not in self._places:
            self._places[key] = self._find(*key)
        return self._places[key]

    def _find(self, target: str, unit: str) -> tuple[int, float]:
        name, state = self._state(target)
        wanted = self.model.vocabulary[state].unit
        try:
            factor = convert(1.0, unit, to=wanted) if unit else 1.0
        except UnitError as error:
            raise RegimenError(f"dose of {name}: {error}") from error
        return self.states.index(state), factor

    def _state(self, target: str) -> tuple[str, str]:
        """Return how to call a target, and its state: a drug, a state, or a state's number."""
        doses = self.model.doses
        if not target:
            if not doses:
                raise RegimenError(f"model {self.model.name!r} takes no drug")
            target = next(iter(doses))
        if target in doses:
            return target, doses[target].name
        if target in self.states:
            return target, target
        if target.isdecimal():
            if not 1 <= int(target) <= len(self.states):
                raise RegimenError(
                    f"compartment {target}: model {self.model.name!r} has {len(self.states)} states"
                )
            return f"compartment {target}", self.states[int(target) - 1]
        raise _unknown_drug(self.model, target)


def _unknown_drug(model: Model, name: str) -> RegimenError:
    """Say which drugs there are, and which other mechanism would take this one."""
    takers = [rival for rival in model.rivals if name in rival.doses]
    taken = [
        f"{drug} (by {mechanism.name!r}, slot {mechanism.slot!r})"
        for mechanism in model.mechanisms
        for drug in mechanism.doses
    ]
    message = f"unknown drug of model {model.name!r}: {name!r}"
    if takers:
        them = " or ".join(f"{rival.name!r} of slot {rival.slot!r}" for rival in takers)
        message += f"; swap in {them}, which takes it"
    else:
        others = [drug for rival in model.rivals for drug in rival.doses]
        message += nearest(name, [*model.doses, *(s.name for s in model.states), *others])
    return RegimenError(f"{message} (drugs: {', '.join(taken) or 'none'}; or name a state)")


def _slopes_of_rate(running: Sequence[_Running], change: float, slopes: _Slopes) -> _Slopes:
    """Return what the slope of a state jumps by where its infusion changes, and d rate after it.

    The rate of the state grows by `change` at a time tau, so that its slope jumps by minus that
    times dtau.
    """
    sums: dict[int, tuple[float, float]] = {}
    for parameter, by_time, _ in slopes:
        sums[parameter] = (-change * by_time, 0.0)
    for infusion in running:
        for parameter, _, by_rate in infusion.slopes:
            jump, total = sums.get(parameter, (0.0, 0.0))
            sums[parameter] = jump, total + by_rate
    return tuple((parameter, *both) for parameter, both in sums.items())


def _last_rates(steps: list[Change]) -> tuple[Change, ...]:
    """Drop a rate of infusion that another one at the same time replaces; keep its jump."""
    kept: list[Change] = []
    last = {step.target: index for index, step in enumerate(steps) if step.kind == RATE}
    jumps: dict[int, dict[int, float]] = {}
    for index, step in enumerate(steps):
        if step.kind == RATE:
            earlier = jumps.setdefault(step.target, {})
            if last[step.target] != index:
                for parameter, jump, _ in step.slopes:
                    earlier[parameter] = earlier.get(parameter, 0.0) + jump
                continue
            if any(earlier.values()):
                step = replace(step, slopes=_with_jumps(step.slopes, earlier))
        kept.append(step)
    return tuple(kept)


def _with_jumps(slopes: _Slopes, jumps: Mapping[int, float]) -> _Slopes:
    by_parameter = {parameter: (jump, after) for parameter, jump, after in slopes}
    for parameter, more in jumps.items():
        jump, after = by_parameter.get(parameter, (0.0, 0.0))
        by_parameter[parameter] = jump + more, after
    return tuple((parameter, *both) for parameter, both in by_parameter.items())
