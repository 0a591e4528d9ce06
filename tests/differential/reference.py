"""The reference: its own reading of event records, its own rates, SciPy's integrators at 1e-12.

Nothing of pdmodel's engine or dosing is used here. Records are read as the docstring of
`pdmodel.dosing.nonmem.record` says, by a queue from which a reset takes what has not arrived.
"""

from __future__ import annotations

import heapq
import itertools
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.integrate import ODEintWarning, odeint, solve_ivp

from pdmodel.arrays import Array
from tests.differential.rates import NoReference, Rates
from tests.differential.records import Course, Row
from tests.differential.repeated import known_to, steady_state

ENDS, EARLIER, RECORD = range(3)
DONE, CREEPS, FIRST_STEPS = "Integration successful.", "Excess work", (1.0, 0.1, 0.01)


@dataclass
class Told:
    """What the reference says.

    Parameters
    ----------
    states
        Shape (n_times, n_states).
    largest
        Largest size of each state at the outputs and on both sides of every edge.
    values
        Parameters at each output.
    infused
        Rates of infusion at each output, shape (n_states,).
    slopes
        Derivatives of the states by what the question names, shape as `states`.
    steepest
        Largest size of each slope, as `largest` of the states.
    seen
        Observables, shape (n_times, n_observables).
    edges
        Days at which something happens.
    blur
        How far each state may be off itself, where doses have gone on for ever.
    """

    states: Array
    largest: Array
    values: list[dict[str, float]]
    slopes: Array = field(default_factory=lambda: np.zeros(0))
    steepest: Array = field(default_factory=lambda: np.zeros(0))
    infused: list[Array] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    seen: Array = field(default_factory=lambda: np.zeros(0))
    edges: list[float] = field(default_factory=list)
    blur: Array = field(default_factory=lambda: np.zeros(0))


@dataclass
class Question:
    """How a run of the reference differs from the plain one.

    Parameters
    ----------
    values
        Parameters.
    by
        What to differentiate by: a parameter, `initial:state` or `dose:drug`; empty for nothing.
    moved
        By how much it is moved, for differences; then there are no slopes.
    extra
        Boluses at given times, beside the records: (time, state's number, amount).
    method, rtol
        SciPy's integrator.
    """

    values: dict[str, float]
    by: str = ""
    moved: float = 0.0
    extra: list[tuple[float, int, float]] = field(default_factory=list)
    method: str = "LSODA"
    rtol: float = 1e-12


def tell(
    rates: Rates, course: Course, question: Question, times: Array, after: Sequence[bool]
) -> Told:
    """Run the reference; outputs are sorted by time, and before comes before after."""
    return Walk(rates, course, question).run(times, after)


def moment(time: float) -> float:
    """Round as the records are."""
    return round(time, 9) + 0.0


class Walk:
    """One patient on the way."""

    def __init__(self, rates: Rates, course: Course, question: Question) -> None:
        self.rates, self.course, self.question = rates, course, question
        self.values = dict(question.values)
        if course.rows:
            self.values |= course.rows[0].values
        for row in course.rows:
            if moment(row.time) == 0.0:  # of several at day 0 the last stands, for the start too
                self.values |= row.values
        self.names = [state.name for state in rates.drawn.states]
        kind, _, rest = question.by.rpartition(":")
        self.moved, self.slopes = question.moved, bool(question.by) and not question.moved
        self.initial = self.names.index(rest) if kind == "initial" else -1
        self.dosed = self.place(rest) if kind == "dose" else -1
        self.parameter = "" if kind else question.by
        if self.parameter:
            self.values[self.parameter] += self.moved
        self.state, self.slope = self.start(), self.start_slope()
        self.running: list[tuple[int, int, int, float]] = []  # number, record, state, rate
        self.queue: list[tuple[float, int, int, int, str, Any]] = []
        self.numbers = itertools.count()
        self.largest, self.steepest = np.abs(self.state), np.abs(self.slope)
        self.blur = np.zeros(self.state.size)
        for record, row in enumerate(course.rows):
            self.push(moment(row.time), RECORD, record, "record", row)
        for time, state, amount in question.extra:
            self.push(time, EARLIER, -1, "bolus", (state, amount))

    def start(self) -> Array:
        """Return the drug-free start of the parameters as they are."""
        start = self.rates.start(self.values)
        if self.initial >= 0:
            start[self.initial] += self.moved
        return start

    def start_slope(self) -> Array:
        """Return its derivative by what the question names."""
        slope = np.zeros(len(self.names))
        if self.parameter:
            values = list(self.values.values())
            slope[:] = self.rates.tangents(self.parameter)[2](0.0, [0.0] * slope.size, values)
        if self.initial >= 0:
            slope[self.initial] = 1.0
        return slope

    def push(self, time: float, rank: int, record: int, kind: str, what: Any) -> None:
        """Put something into the queue."""
        heapq.heappush(self.queue, (time, rank, record, next(self.numbers), kind, what))

    def run(self, times: Array, after: Sequence[bool]) -> Told:
        """Walk from edge to edge and look at what is asked for."""
        days, now = moment(self.course.days), 0.0
        found: list[Array] = []
        told = Told(np.zeros(0), self.largest, [])
        wanted = [(moment(time), bool(late)) for time, late in zip(times, after, strict=True)]
        while True:
            edge = min(self.queue[0][0], days) if self.queue else days
            inside = [t for t, _ in wanted[len(found) :] if t < edge]
            for both in self.flow(now, edge, inside):
                found.append(both)
                told.values.append(dict(self.values))
                told.infused.append(self.infusions())
            while len(found) < len(wanted) and wanted[len(found)] == (edge, False):
                self.look(found, told)
            now = edge
            if now >= days and (days, True) not in wanted:
                break
            told.edges.append(now)
            while self.queue and self.queue[0][0] == now:
                _, _, record, number, kind, what = heapq.heappop(self.queue)
                self.happen(now, record, number, kind, what)
            self.largest = np.maximum(self.largest, np.abs(self.state))
            self.steepest = np.maximum(self.steepest, np.abs(self.slope))
            while len(found) < len(wanted) and wanted[len(found)] == (now, True):
                self.look(found, told)
            if now >= days:
                break
        n = len(self.names)
        told.times = [time for time, _ in wanted]
        told.states, told.largest = np.array(found)[:, :n], self.largest
        told.blur = self.blur
        told.slopes, told.steepest = np.array(found)[:, n:], self.steepest
        told.seen = np.array([
            self.rates.observables(t, state.tolist(), list(values.values()))
            for (t, _), state, values in zip(wanted, told.states, told.values, strict=True)
        ])  # fmt: skip
        return told

    def look(self, found: list[Array], told: Told) -> None:
        """Note the state as it is."""
        found.append(np.concatenate([self.state, self.slope]))
        told.values.append(dict(self.values))
        told.infused.append(self.infusions())

    def infusions(self) -> Array:
        """Return the rate of infusion into each state."""
        rates = np.zeros(len(self.names))
        for _, _, state, rate in self.running:
            rates[state] += rate
        return rates

    def flow(self, begin: float, end: float, inside: list[float]) -> list[Array]:
        """Integrate to an edge; return the states and slopes at the times inside."""
        if end <= begin:
            return [np.concatenate([self.state, self.slope]) for _ in inside]
        # Near the beginning too: what exchanges fast has its largest values and slopes there.
        early = begin + (end - begin) * np.geomspace(1e-6, 0.1, 6)
        between = np.linspace(begin, end, 6)[1:-1]
        times = np.unique([begin, *inside, *early, *between, end])
        n, rates = self.state.size, self.infusions()
        size = np.maximum(self.largest, 1e-8 * self.largest.max(initial=0.0))
        size = np.where(size > 0, size, 1e-6 + rates * (end - begin))
        steep = np.maximum(self.steepest, 1e-6 * self.steepest.max(initial=0.0))
        steep = np.where(steep > 0, steep, 1e-6 * size)
        sizes = np.concatenate([size, steep]) if self.slopes else size
        atol = 1e-13 * sizes * (self.question.rtol / 1e-12)
        solved = self.integrate(times, rates, atol)
        if not self.slopes:
            solved = np.hstack([solved, np.zeros_like(solved)])
        self.state, self.slope = solved[-1, :n].copy(), solved[-1, n:].copy()
        self.largest = np.maximum(self.largest, np.abs(solved[:, :n]).max(axis=0))
        self.steepest = np.maximum(self.steepest, np.abs(solved[:, n:]).max(axis=0))
        return [solved[int(np.searchsorted(times, time))] for time in inside]

    def right(self, infusions: Array) -> Any:
        """Return the right-hand side of the states, and of the slopes if they are asked for."""
        values, derivatives = list(self.values.values()), self.rates.derivatives
        infused, n = infusions.any(), infusions.size

        def rate(time: float, state: Array) -> Any:
            found = derivatives(time, state.tolist(), values)
            return np.add(found, infusions) if infused else found

        if not self.slopes:
            return rate
        jacobian, by, _ = self.rates.tangents(self.parameter or self.names[0])
        forced = infusions * (np.arange(n) == self.dosed)

        def both(time: float, wide: Array) -> Any:
            state = wide[:n].tolist()
            slope = np.array(jacobian(time, state, values)) @ wide[n:] + forced
            if self.parameter:
                slope += by(time, state, values)
            return np.concatenate([np.add(derivatives(time, state, values), infusions), slope])

        return both

    def integrate(self, times: Array, infusions: Array, atol: Array) -> Array:
        """Return the states (and slopes) at times, the first of which is now."""
        start = np.concatenate([self.state, self.slope]) if self.slopes else self.state
        question, right = self.question, self.right(infusions)
        try:
            if question.method == "LSODA":
                return _lsoda(right, start, times, question.rtol, atol)
            solved = solve_ivp(
                right, (times[0], times[-1]), start, question.method, t_eval=times,
                rtol=question.rtol, atol=atol,
            )  # fmt: skip
        except (ArithmeticError, ValueError, TypeError) as error:
            raise NoReference(f"{type(error).__name__}: {error}") from error
        if not solved.success or not np.isfinite(solved.y).all():
            raise NoReference(solved.message)
        return np.asarray(solved.y.T)

    # What happens -----------------------------------------------------------------------------

    def happen(self, now: float, record: int, number: int, kind: str, what: Any) -> None:
        """Do what has come due."""
        if kind == "record":
            self.record(now, record, what)
        elif kind == "end":
            self.running = [infusion for infusion in self.running if infusion[0] != what]
        elif kind == "bolus":
            self.add(*what)
        else:
            self.begin(now, record, *what)

    def add(self, place: int, amount: float) -> None:
        """Add a bolus."""
        self.state[place] += amount
        self.slope[place] += amount * (place == self.dosed)

    def begin(self, now: float, record: int, state: int, rate: float, end: float) -> None:
        """Let an infusion run up to its end."""
        number = next(self.numbers)
        self.running.append((number, record, state, rate))
        self.push(end, ENDS, record, "end", number)

    def record(self, now: float, record: int, row: Row) -> None:
        """Covariates, reset, steady state, dose: in this order."""
        if now > 0:  # at day 0 the last value stands already, for an earlier reset too
            self.values |= row.values
        place = self.place(row.place)
        if row.evid in (3, 4) or (row.gives and row.steady == 1):
            self.running = []
            kept = [item for item in self.queue if item[4] == "record" or not 0 <= item[2] < record]
            self.queue = kept
            heapq.heapify(self.queue)
        if row.evid in (3, 4):
            self.state, self.slope = self.start(), self.start_slope()
        if row.evid == 5:
            self.state[place], self.slope[place] = row.amount, 0.0
        if row.evid == 6:
            self.state[place] *= row.amount
            self.slope[place] *= row.amount
        if row.gives and row.steady:
            steady = steady_state(self, row, place, now)
            self.blur = np.maximum(self.blur, known_to(steady))
            self.state = steady if row.steady == 1 else self.state + steady - self.start()
            if row.steady == 2 and (self.state < 0).any() and not self.rates.drawn.linear:
                raise NoReference("a steady state is added to what lies below the drug-free start")
        if row.gives and row.amount:
            self.give(now, record, row, place)

    def place(self, name: str) -> int:
        """Return the number of the state that a compartment is."""
        drugs = self.rates.drawn.drugs
        return self.names.index(drugs[name].name if name in drugs else name)

    def give(self, now: float, record: int, row: Row, place: int) -> None:
        """Order the doses of a record, and those of its series before it that still arrive."""
        amount = row.amount * row.factor
        length = amount / row.rate if row.rate else row.duration
        if place == self.dosed:
            amount *= 1 + self.moved
        if not amount:
            return
        before = math.ceil((row.lag + length) / row.interval) if row.steady else 0
        for n in range(-before, row.additional + 1):
            first = row.time + row.lag + n * row.interval
            begin, end = moment(first), moment(first + length)
            rate = amount / (end - begin) if end > begin else 0.0
            if begin < now and end > now:
                # What runs already was begun in the past with the length it was meant to have.
                self.begin(now, record, place, amount / length, end)
            elif begin == now and end > begin:
                self.begin(now, record, place, rate, end)
            elif begin == now:
                self.add(place, amount)
            elif begin > now and end > begin:
                self.push(begin, EARLIER, record, "infusion", (place, rate, end))
            elif begin > now:
                self.push(begin, EARLIER, record, "bolus", (place, amount))


def _lsoda(rate: Any, start: Array, times: Array, rtol: float, atol: Array) -> Array:
    """Ask LSODA again, with other first steps, where its method for mild equations creeps.

    A stiff run that begins at rest tells that method nothing of how stiff it is (seed 7 case 675).
    """
    span, message = times[-1] - times[0], ""
    for first in (0.0, *(share * span for share in FIRST_STEPS)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ODEintWarning)
            solved, info = odeint(
                rate, start, times, tfirst=True, rtol=rtol, atol=atol, mxstep=100_000,
                tcrit=[times[-1]], full_output=True, h0=first,
            )  # fmt: skip
        if info["message"] == DONE and np.isfinite(solved).all():
            return np.asarray(solved)
        message = message or str(info["message"])
        if not message.startswith(CREEPS):
            break
    raise NoReference(message)
