"""One experiment carried out: period after period, with slopes by the free parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.prepared import Prepared, prepare
from pdmodel.engine.runs.request import Atol
from pdmodel.errors import InputError, SimulationError
from pdmodel.interchange.petab.read_model import PetabModel
from pdmodel.interchange.petab.sloped import Sloped, SlopedFormula
from pdmodel.interchange.petab.tables import PetabPeriod

_LONGEST = 1e12
_FIRST = 10.0
# What no longer moves, and slopes: to rounding, or after a long time to what integrators leave.
_ROUNDING, _LONG, _SHARE, _STILL = 1e-12, 1e6, 1e-5, 1e-9
_MOMENT = 1e-8


@dataclass(frozen=True)
class RunTolerances:
    """How exactly experiments are integrated."""

    rtol: float = 1e-8
    atol: Atol = None


@dataclass
class Standing:
    """Where an experiment stands.

    Parameters
    ----------
    time
        Of the experiment.
    parameters
        Of the model, its constants among them, by name of the twin.
    states
        By name.
    n_free
        Number of free parameters, by which everything has slopes.
    outside
        What conditions set that the model does not know, by id.
    initially
        Whether the condition of each event of the model was true before what comes next.
    later
        Whether it has begun: then all states move with what moved before.
    """

    time: float
    parameters: dict[str, Sloped]
    states: dict[str, Sloped]
    n_free: int
    outside: dict[str, Sloped] = field(default_factory=dict)
    initially: tuple[bool, ...] = ()
    later: bool = False


class ExperimentRun:
    """One experiment of a problem, prepared once and run at any values.

    Parameters
    ----------
    model
        The model, and its twin that begins anywhere.
    periods
        Of the experiment, by rising time; none is one period from 0 on.
    times
        When something is measured; infinity is a steady state after the last period.
    wanted
        Names of the model's states and auxiliaries that observables need.
    tolerances
        Of the integrator.
    """

    def __init__(
        self, model: PetabModel, periods: Sequence[PetabPeriod], times: Sequence[float],
        wanted: Iterable[str], tolerances: RunTolerances,
    ) -> None:  # fmt: skip
        self.model, self.restart = model, model.restart
        symbols = self.symbols = model.symbols
        self.settable = model.settable
        self.periods = tuple(periods) or (PetabPeriod(0.0, ()),)
        self.times = sorted(set(times))
        self.tolerances = tolerances
        self._refuse_waiting()
        self._changes = [
            {name: SlopedFormula(value) for name, value in period.changes}
            for period in self.periods
        ]
        self._conditions = model.restart.conditions
        asked = {name for condition in self._conditions for name in condition.names}
        asked |= {name for changes in self._changes for f in changes.values() for name in f.names}
        asked = {symbols.get(name, name) for name in asked} | {*wanted}
        moving = [name for name in self.restart.moving if name in asked]
        self.outputs = [*self.restart.starts, *moving]
        self._prepared: dict[tuple[tuple[float, ...], tuple[bool, ...]], Prepared] = {}

    def _refuse_waiting(self) -> None:
        """Refuse several periods where an event may wait over their border: it would be lost.

        Raises
        ------
        InputError
            Names the event.
        """
        late = [event.name for event in self.restart.model.events if event.delay != 0]
        if late and len(self.periods) > 1:
            raise InputError(
                f"event {late[0]!r} of the model has a delay, and an experiment has "
                f"{len(self.periods)} periods: what waits when a period ends would be lost"
            )

    # The whole ----------------------------------------------------------------------------------

    def run(self, given: Mapping[str, Sloped], n_free: int) -> dict[float, dict[str, Sloped]]:
        """Return what is there at each time: states, auxiliaries, constants, parameters.

        Parameters
        ----------
        given
            Parameters of the tables, by id.
        n_free
            Number of free parameters.

        Raises
        ------
        SimulationError
            If a period cannot be integrated, or comes to no steady state.
        """
        standing = self._begin(given, n_free)
        results: dict[float, dict[str, Sloped]] = {}
        for number, period in enumerate(self.periods):
            if number:
                self._change(standing, number, given)
            end = self.periods[number + 1].time if number + 1 < len(self.periods) else math.inf
            if period.time == -math.inf:
                self._settle(standing)
                standing.time = end if math.isfinite(end) else 0.0
            if period.time > -math.inf or math.isinf(end):
                self._run_period(standing, end, results)
        if self.times and self.times[-1] == math.inf:
            self._settle(standing)
            results[math.inf] = self._values_now(standing)
        return results

    def _begin(self, given: Mapping[str, Sloped], n_free: int) -> Standing:
        """Return the start: what the first period sets counts before anything is worked out."""
        values, outside = self.model.parameters(given, n_free), dict[str, Sloped]()
        first = self.periods[0].time
        begin = first if math.isfinite(first) else 0.0
        clock = {"time": Sloped.still(begin, n_free)}
        for name, formula in self._changes[0].items():
            value = formula.at({**self._by_id(values), **given, **clock}, n_free)
            if name in self.settable:
                values[self.settable[name]] = value
            else:
                outside[name] = value
        made = self.restart.begin(values, n_free)
        for name, held in self.restart.frozen.items():
            values[held] = made[name]
        states = {state: made[state] for state in self.restart.starts}
        events = tuple(event.initially for event in self.restart.model.events)
        return Standing(begin, values, states, n_free, outside, events)

    def _by_id(self, parameters: Mapping[str, Sloped]) -> dict[str, Sloped]:
        return {
            name: parameters[held] for name, held in self.settable.items() if held in parameters
        }

    def _change(self, standing: Standing, number: int, given: Mapping[str, Sloped]) -> None:
        """Set what a later period sets; all formulas see what was there before."""
        if standing.time < self.periods[number].time:
            standing.time = self.periods[number].time
        before = self._values_now(standing)
        of_model = {name: before[held] for name, held in self.symbols.items() if held in before}
        clock = {"time": Sloped.still(standing.time, standing.n_free)}
        values = {**of_model, **given, **standing.outside, **clock}
        changes = {name: f.at(values, standing.n_free) for name, f in self._changes[number].items()}
        for name, value in changes.items():
            held = self.symbols.get(name, "")
            if held in standing.states:
                standing.states[held] = value
            elif held in standing.parameters:
                standing.parameters[held] = value
            elif held in self.restart.frozen:
                standing.parameters[self.restart.frozen[held]] = value
            else:
                standing.outside[name] = value

    # Parts of a run -----------------------------------------------------------------------------

    def _run_period(
        self, standing: Standing, end: float, results: dict[float, dict[str, Sloped]]
    ) -> None:
        """Integrate to the next period, or to the last time that is asked for."""
        last = math.isinf(end)
        asked = [t for t in self.times if standing.time <= t < end and math.isfinite(t)]
        steps = [t - standing.time for t in asked]
        if not last:
            steps.append(self._just_before(end) - standing.time)
        if not steps:
            return
        rows = self._integrate(standing, steps)
        for time, row in zip(asked, rows, strict=False):
            results[time] = self._values_at(standing, row, time)
        standing.states = {state: rows[-1][state] for state in self.restart.starts}
        standing.time += steps[-1]
        self._note_conditions(standing)

    def _just_before(self, end: float) -> float:
        """Return when a period ends: what is due at its end follows the changes made there."""
        return end - max(_MOMENT, _MOMENT * abs(end)) if self.restart.model.events else end

    def _note_conditions(self, standing: Standing) -> None:
        """Note which conditions of events hold, so that what comes next knows what was before."""
        if self._conditions:
            now = self._values_now(standing)
            standing.initially = tuple(c.at(now, 0).value > 0 for c in self._conditions)

    def _integrate(self, standing: Standing, steps: Sequence[float]) -> list[dict[str, Sloped]]:
        """Return states and auxiliaries after some spans of time, with slopes by the chain rule."""
        prepared = self._prepare(tuple(steps), standing.initially)
        values = self._inputs(standing)
        numbers = {name: float(value.value) for name, value in values.items()}
        array = np.array([numbers[name] for name in prepared.machine.parameters])
        moving = self._moving(standing, values) if standing.n_free else []
        if moving:
            courses, slopes = prepared.run_sensitivities(array, moving)
            chain = np.array([values[name].slopes for name in moving])
            moved: Array = slopes @ chain
        else:
            courses = prepared.run(array)
            moved = np.zeros((*courses.shape, standing.n_free))
        standing.later = standing.later or steps[-1] > 0
        rows = np.searchsorted(prepared.times, steps)
        return [
            {
                name: Sloped(float(courses[row, column]), moved[row, column])
                for column, name in enumerate(prepared.quantities)
            }
            for row in rows
        ]

    def _moving(self, standing: Standing, values: Mapping[str, Sloped]) -> list[str]:
        """Return the parameters of the twin by which slopes are computed."""
        wanted = self.model.moving[standing.later]
        own = {quantity.name for quantity in self.restart.twin.parameters}
        wanted |= {name for name, value in values.items() if value.moves and name in own}
        return sorted(wanted)

    def count_moving(self, given: Mapping[str, Sloped], n_free: int) -> None:
        """Note what moves at the start of the experiment."""
        standing = self._begin(given, n_free)
        self._moving(standing, self._inputs(standing))

    def _prepare(self, steps: tuple[float, ...], initially: tuple[bool, ...]) -> Prepared:
        if (steps, initially) not in self._prepared:
            times = np.unique(steps)
            self._prepared[steps, initially] = prepare(
                self.restart.twin_of(initially), days=float(times[-1]) or 1.0, times=times,
                quantities=self.outputs, at_dose="after", rtol=self.tolerances.rtol,
                atol=self.tolerances.atol,
            )  # fmt: skip
        return self._prepared[steps, initially]

    def _inputs(self, standing: Standing) -> dict[str, Sloped]:
        starts = {self.restart.starts[state]: value for state, value in standing.states.items()}
        clock = {self.restart.clock: Sloped.still(standing.time, standing.n_free)}
        return {**standing.parameters, **starts, **(clock if self.restart.clock else {})}

    def _settle(self, standing: Standing) -> None:
        """Go on until nothing moves any more, ten times longer each time.

        Raises
        ------
        SimulationError
            If it never comes to rest.
        """
        span = _FIRST
        while span < _LONGEST:
            row = self._integrate(standing, [span])[0]
            after = {state: row[state] for state in self.restart.starts}
            rtol = self.tolerances.rtol
            exact, share = (_ROUNDING, 10 * rtol) if span < _LONG else (rtol, _SHARE)
            still = _alike(standing.states, after, exact, share)
            standing.states = after
            standing.time += span
            self._note_conditions(standing)
            if still:
                return
            span *= 10
        held = {name: float(value.value) for name, value in standing.parameters.items()}
        raise SimulationError(
            f"no steady state is reached within {_LONGEST:g} units of time",
            {"time": span, "parameters": held, "cause": "no steady state"},
        )

    # What is there ------------------------------------------------------------------------------

    def _values_now(self, standing: Standing) -> dict[str, Sloped]:
        """Return everything that has a value where the experiment stands."""
        events = standing.initially
        standing.initially = (True,) * len(events)  # none is set off
        row = self._integrate(standing, [0.0])[0]
        standing.initially = events
        return self._values_at(standing, row, standing.time)

    def _values_at(
        self, standing: Standing, row: Mapping[str, Sloped], time: float
    ) -> dict[str, Sloped]:
        constants = {name: standing.parameters[held] for name, held in self.restart.frozen.items()}
        return {
            **standing.parameters, **constants, **row, **standing.outside,
            "time": Sloped.still(time, standing.n_free),
        }  # fmt: skip


def _alike(
    before: Mapping[str, Sloped], after: Mapping[str, Sloped], exact: float, share: float
) -> bool:
    """Whether states are the same as before to `exact`, and slopes to a share of their size."""
    for name, value in after.items():
        old = before[name]
        if abs(value.value - old.value) > exact * max(abs(value.value), _STILL):
            return False
        size = float(np.max(np.abs(value.slopes), initial=0.0))
        moved = float(np.max(np.abs(value.slopes - old.slopes), initial=0.0))
        if moved > max(share, _STILL) * max(size, _STILL):
            return False
    return True
