"""The event records of one subject, unrolled to actions and in words; `record` has the rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pdmodel.dosing.action import Action, SteadyState, moment_after, moment_within, snap
from pdmodel.dosing.delivery import Delivery, arrived
from pdmodel.dosing.nonmem.following import (
    followed,
    require_numbers,
    slopes_of_dose,
    with_numbers,
)
from pdmodel.dosing.nonmem.record import (
    MULTIPLY,
    OBSERVATION,
    REPLACE,
    RESET,
    RESET_AND_DOSE,
    Record,
)
from pdmodel.dosing.regimen.describe import USUAL, TimeWords, Words, times, totals
from pdmodel.errors import RegimenError
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.model import Model

# More than any patient is given; II = 1e-6 day must not fill the memory.
MOST_DOSES = 200_000

# What comes first at one time: ends of infusions, what earlier records left, then the records.
_ENDS, _EARLIER, _OWN = range(3)
_MOVES_STATES = ("reset", "steady", "replace", "multiply", "add")


class _Due(NamedTuple):
    """A delivery, by which record it was ordered, and whether it begins at the record itself."""

    delivery: Delivery
    record: int
    own: bool


class _Step(NamedTuple):
    """An action and its place: time, rank at that time, record, order within the record."""

    time: float
    rank: int
    record: int
    order: float
    action: Action


@dataclass(frozen=True)
class Events:
    """A timetable made of event records.

    Parameters
    ----------
    records
        Sorted by time; records at one time happen in their order.
    unit
        Of all amounts.

    Raises
    ------
    RegimenError
        If time goes back.

    Examples
    --------
    >>> events = Events((Record(0, amount=100, duration=0.5, interval=1, additional=2),))
    >>> [(action.time, action.amount) for action in events.actions(2)]
    [(0.0, 200.0), (0.5, -200.0), (1.0, 200.0), (1.5, -200.0)]
    >>> events.prescribed(1.25)
    {'': 150.0}
    """

    records: tuple[Record, ...]
    unit: str = "mg"

    def __post_init__(self) -> None:
        """Refuse time that goes back."""
        for before, after in zip(self.records, self.records[1:], strict=False):
            if after.time < before.time:
                raise RegimenError(
                    f"event records must be sorted by time: day {after.time:g} after "
                    f"day {before.time:g}"
                )

    def __str__(self) -> str:
        """Name it in a few words."""
        doses = sum(record.gives for record in self.records)
        return f"event records ({len(self.records)}, of which {doses} give doses)"

    def actions(self, days: float) -> list[Action]:
        """Return what happens before a day, in order.

        Raises
        ------
        RegimenError
            If `days` is not a number, or more doses are given before it than can be listed.
        """
        require_numbers(self.records)
        return [step.action for step in self._steps(days)]

    @cached_property
    def follows(self) -> tuple[str, ...]:
        """Parameters of the model that lags, bioavailabilities, durations and rates follow."""
        return followed(self.records)

    def at(self, values: Mapping[str, float], model: Model) -> Events:
        """Return the same with the numbers that follow parameters at these values of them.

        Parameters
        ----------
        values
            Parameters by name, in the units of the model.
        model
            Knows the units.

        Raises
        ------
        RegimenError
            If a parameter is none of the model, or no dose can have its value.
        """
        if not self.follows:
            return self
        return Events(with_numbers(self.records, values, model, self.unit), self.unit)

    def prescribed(self, days: float) -> dict[str, float]:
        """Return what arrives in each compartment before a day, F included.

        Infusions count as far as they have run at that day, or until a reset ends them; so do
        those of a steady state that are still running at its record.
        """
        require_numbers(self.records)
        return arrived((due.delivery for due in self._deliveries(days)), days)

    def describe(
        self,
        days: float | None = None,
        model: Model | None = None,
        time: TimeWords | None = None,
    ) -> Words:
        """Say in words what will be given; `days` adds totals, `model` the names of states.

        Lag, F and its effect on infusions are spelled out; times are in the unit of `time`.
        """
        words = RecordWords(self.unit, model, time or USUAL)
        shown = [words.line(r) for r in self.records if days is None or r.time < days]
        lines = [line for line in shown if line]
        if not lines:
            return Words("Nothing is given.")
        if days is not None and not self._waits:
            doses = [delivery for delivery in self.doses(days) if delivery.begin < days]
            targets = [delivery.target for delivery in doses]
            units = dict.fromkeys(targets, self.unit)
            lines += totals(self.prescribed(days), units, targets, days, words.drug, words.time)
        return Words("\n".join(lines))

    @property
    def _waits(self) -> bool:
        """Whether numbers that follow parameters have not been put in place."""
        return any(record.follows and not record.factors for record in self.records)

    def doses(self, days: float) -> list[Delivery]:
        """Return what arrives before a day, dose by dose, in the order of the records."""
        return [due.delivery for due in self._deliveries(days)]

    def sees_dose(self, position: int) -> bool:
        """Return whether an observation record is taken after what happens at its time.

        Raises
        ------
        RegimenError
            If something happens at its time both before it and after it.
        """
        record = self.records[position]
        at = snap(record.time)
        moves = [(step.rank, step.record) for step in self._moves.get(at, ())]
        later = [move for move in moves if move > (_OWN, position)]
        if later and len(later) < len(moves):
            raise RegimenError(
                f"the observation at day {record.time:g} stands between two events of the same "
                "time: put it before both or after both"
            )
        return not later

    @cached_property
    def _moves(self) -> dict[float, list[_Step]]:
        """What moves states at the times of observations."""
        times = {snap(record.time) for record in self.records if record.evid == OBSERVATION}
        moves: dict[float, list[_Step]] = {}
        last = max(times, default=0.0)
        for step in self._steps(moment_after(moment_after(last, last), last)):
            if step.time in times and step.action.kind in _MOVES_STATES:
                moves.setdefault(step.time, []).append(step)
        return moves

    # Unrolling --------------------------------------------------------------------------------

    def _steps(self, days: float) -> list[_Step]:
        steps = [step for due in self._deliveries(days) for step in _arrival(due)]
        current: dict[str, float] = {}
        for index, record in enumerate(self.records):
            own = [*_changes(record, index, current), *self._at_record(record)]
            steps += [_Step(action.time, _OWN, index, n, action) for n, action in enumerate(own)]
        last = snap(days)
        return sorted((step for step in steps if step.time < last), key=lambda step: step[:4])

    def _at_record(self, record: Record) -> Iterator[Action]:
        time, compartment = snap(record.time), record.compartment
        if record.evid in (RESET, RESET_AND_DOSE):
            yield Action(time, "reset", unit="")
        elif record.evid == REPLACE:
            yield Action(time, "replace", compartment, record.amount, self.unit)
        elif record.evid == MULTIPLY:
            yield Action(time, "multiply", compartment, record.amount, "")
        if record.steady:
            slopes = tuple((name, math.nan, math.nan) for name in record.follows.values())
            steady = _steady_state(record)
            yield Action(time, "steady", compartment, unit=self.unit, steady=steady, slopes=slopes)

    def _deliveries(self, days: float) -> list[_Due]:
        if not math.isfinite(days):
            raise RegimenError(f"doses are listed up to a day, got {days}")
        last = snap(days)
        settled: list[_Due] = []
        going_on: list[_Due] = []
        for index, record in enumerate(self.records):
            if snap(record.time) >= last:
                break
            if record.clears:
                settled += _cleared(going_on, snap(record.time))
                going_on = []
            if record.gives and record.delivered:
                going_on += self._series(record, index, last)
        return settled + going_on

    def _series(self, record: Record, index: int, last: float) -> Iterator[_Due]:
        """Yield the doses of one record, those before it that steady state implies included."""
        at, first = snap(record.time), record.time + record.lag
        length, step = record.infused_over, record.interval
        earliest = -math.ceil((record.lag + length) / step) if record.steady else 0
        latest = min(record.additional, math.ceil((last - first) / step)) if step else 0
        if latest - earliest > MOST_DOSES:
            raise RegimenError(
                f"the record at day {record.time:g} gives more than {MOST_DOSES} doses before day "
                f"{last:g} (II = {step:g} day, ADDL = {record.additional})"
            )
        slopes = slopes_of_dose(record)
        for n in range(earliest, latest + 1):
            begin = first + n * step
            if step and abs(begin - at) < moment_within(step):
                begin = at  # a lag of whole intervals, whatever rounding made of the sum
            dose = Delivery(
                begin, record.compartment, record.delivered, self.unit, length, slopes=slopes
            )
            if dose.begin >= at:
                yield _Due(dose, index, own=dose.begin == at)
            elif dose.end > at:
                rest = dose.end - at
                amount = record.infused_at * rest
                begun = replace(dose, time=at, amount=amount, duration=rest, slopes=())
                yield _Due(begun, index, own=True)


def _changes(record: Record, index: int, current: dict[str, float]) -> Iterator[Action]:
    """Yield the parameters that a record gives another value; the first record's, from day 0."""
    time = snap(record.time) if index else 0.0
    for name, value in record.parameters.items():
        if current.get(name) != value:
            current[name] = value
            yield Action(time, "set", name, value, "")


def _arrival(due: _Due) -> Iterator[_Step]:
    for action in due.delivery.actions():
        begun = _OWN if due.own else _EARLIER
        rank = _ENDS if action.amount < 0 else begun
        yield _Step(action.time, rank, due.record, math.inf, action)


def _cleared(going_on: list[_Due], time: float) -> Iterator[_Due]:
    """Yield what a reset leaves: what has arrived, infusions cut short; the rest is cancelled."""
    for due in going_on:
        delivery = due.delivery
        if delivery.begin < time:
            cut = delivery.infused and delivery.end > time
            yield due._replace(delivery=replace(delivery, stop=time)) if cut else due
        elif delivery.begin == time and due.own and not delivery.infused:
            yield due


def _steady_state(record: Record) -> SteadyState:
    added = record.steady == 2
    if record.constant:
        return SteadyState(0.0, 0.0, 0.0, record.rate, added)
    wait, near = record.lag % record.interval, moment_within(record.interval)
    if wait < near or record.interval - wait < near:
        wait = 0.0
    length, rate = record.infused_over, record.infused_at
    if length < near:
        length = rate = 0.0
    return SteadyState(record.delivered, length, record.interval, rate, added, wait)


class RecordWords:
    """Writes records in one unit, with compartments called as in a model."""

    def __init__(self, unit: str, model: Model | None, time: TimeWords) -> None:
        self.unit, self.model, self.time = unit, model, time

    def line(self, record: Record) -> str:
        """Describe one record; nothing if it changes no state."""
        at, compartment = self.time.at(record.time), self.name(record.compartment)
        if record.evid == RESET:
            return f"At {at} everything starts anew; what has not arrived is cancelled"
        if record.evid == REPLACE:
            return f"At {at} {compartment} is set to {rounded(record.amount, 6)} {self.unit}"
        if record.evid == MULTIPLY:
            return f"At {at} {compartment} is multiplied by {rounded(record.amount, 6)}"
        if not record.gives:
            return ""
        start = f"At {at} everything starts anew; then " if record.evid == RESET_AND_DOSE else ""
        return start + (self._constant(record) if record.constant else self._dose(record))

    def _constant(self, record: Record) -> str:
        rate = f"{self.time.rate(record.rate, self.unit)} into {self.name(record.compartment)}"
        return f"infused without end until {self.time.at(record.time)}: {rate}{_steady(record)}"

    def _dose(self, record: Record) -> str:
        what = f"{rounded(record.amount, 6)} {self.unit} into {self.name(record.compartment)}"
        is_complete = record.factors or not {"duration", "rate"} & {*record.follows}
        if is_complete and snap(record.time + record.infused_over) > snap(record.time):
            what += self.time.infusion(record.infused_at, record.infused_over, self.unit)
        what += f" at {self.time.at(record.time)}"
        if record.additional:
            interval = self.time.span(record.interval, one="")
            what += f", then every {interval}, {times(record.additional)}"
        said = self._lag(record) + self._factor(record)
        if record.follows and not record.factors:
            said = _follows(record)
        return what + _steady(record) + said

    def _lag(self, record: Record) -> str:
        return f"; arrives {self.time.span(record.lag)} late" if record.lag else ""

    def _factor(self, record: Record) -> str:
        """Say what F does: to the amount, and to duration or rate of an infusion."""
        if record.bioavailability == 1:
            return ""
        arriving = f"{rounded(record.delivered, 6)} {self.unit}"
        text = f"; F = {rounded(record.bioavailability, 6)}: {arriving} of it arrive"
        if record.rate:
            text += f", the rate stays and the infusion lasts {self.time.span(record.infused_over)}"
            text += f", not {self.time.span(record.amount / record.rate)}"
        elif record.duration:
            speed = rounded(record.infused_at * self.time.days, 6)
            text += f", the duration stays and the infusion runs at {speed}"
            text += f", not {self.time.rate(record.amount / record.duration, self.unit)}"
        return text

    def name(self, compartment: str) -> str:
        """Name a compartment, with the state's name where a model is known."""
        name = f"compartment {compartment}" if compartment.isdecimal() else compartment
        if self.model is None:
            return name or "the main compartment"
        doses = {drug: state.name for drug, state in self.model.doses.items()}
        if not compartment:
            return next(iter(doses.values()), "the main compartment")
        states = [state.name for state in self.model.states]
        if compartment.isdecimal() and 1 <= int(compartment) <= len(states):
            return f"{states[int(compartment) - 1]} ({name})"
        return f"{doses[compartment]} ({name})" if compartment in doses else name

    def drug(self, compartment: str) -> str:
        """Name what a total is of."""
        return f"drug into {self.name(compartment)}"


def _follows(record: Record) -> str:
    """Say which numbers follow parameters, where none stands for them yet."""
    parts = [f"{kind} follows {name}" for kind, name in record.follows.items()]
    return f"; its {', its '.join(parts)}"


def _steady(record: Record) -> str:
    if not record.steady:
        return ""
    text = ", after the same for so long that it has come to a steady state"
    return text + (", on top of what is there" if record.steady == 2 else "")
