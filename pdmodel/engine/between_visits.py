"""Many patients from the states they are in, over the time between two visits.

What is given differs between patients only by which of a few regimens they are on, so that a visit
sets one number a patient and no Python runs for one patient.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import sympy

from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Regimen, Timetable, read_regimen
from pdmodel.engine.compiled_model.machine import Machine, machine_of
from pdmodel.engine.rosenbrock.memory import STATE, Timeline
from pdmodel.engine.runs.many_patients import Chunk, CohortRun, LaidOut, check_threads
from pdmodel.engine.runs.outcome import Tolerances
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol, Output, Request, Solver
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import Change, Edge, RunSchedule
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.errors import InputError
from pdmodel.model import Model

_OF_A_DOSE = 0.1
"""Absolute over relative tolerance of a depot, in units of the largest amount in it."""


@dataclass(frozen=True)
class VisitInterval:
    """What became of patients between two visits.

    Parameters
    ----------
    values
        Shape (n_patients, n_times, n_quantities); NaN for a patient that failed.
    states
        At the end, shape (n_patients, n_states).
    reasons
        Why a patient failed, empty for the others.
    """

    values: Array
    states: Array
    reasons: list[str]


def simulate_between_visits(
    model: Model,
    regimens: Sequence[str | Timetable],
    which: npt.ArrayLike,
    parameters: npt.ArrayLike,
    states: npt.ArrayLike,
    *,
    days: float,
    times: npt.ArrayLike,
    quantities: Sequence[str],
    threads: int | None = None,
    rtol: float = RTOL_OF_MANY,
    atol: Atol = None,
    max_seconds: float = 3600.0,
) -> VisitInterval:
    """Integrate patients from given states.

    Parameters
    ----------
    model
        Its equations must not depend on time but through states: each interval begins at 0.
    regimens, which
        The regimens, whose time 0 is the begin of the interval, and the number of that of each
        patient, shape (n_patients,).
    parameters, states
        All parameters in the order of the model, shape (n_patients, n_parameters), and the states
        at the begin, shape (n_patients, n_states).
    days, times, quantities
        Length, days of the outputs in (0, days], and what to return at them; a value at a dose is
        that before it.
    threads
        How many; the numbers do not depend on it.
    rtol, atol
        As in `prepare`; the sizes of the states are those since the begin of the interval. A depot
        that is not among the quantities is followed to a tenth of `rtol` of the largest dose in it.
    max_seconds
        Budget of all patients together.

    Raises
    ------
    InputError, RegimenError
        If the model depends on time, or a regimen or a time is not allowed.
    """
    run = VisitRun(model, parameters, quantities, rtol=rtol, atol=atol, max_seconds=max_seconds)
    return run.interval(regimens, which, states, days=days, times=times, threads=threads)


class VisitRun:
    """Patients of a model from visit to visit: what all intervals share is made once.

    One thread at a time may use it.

    Parameters
    ----------
    model, parameters, quantities, rtol, atol, max_seconds
        As of `simulate_between_visits`; the budget is that of each interval.

    Raises
    ------
    InputError
        If the model depends on time or has events, or a name is not known.
    """

    def __init__(
        self,
        model: Model,
        parameters: npt.ArrayLike,
        quantities: Sequence[str],
        *,
        rtol: float = RTOL_OF_MANY,
        atol: Atol = None,
        max_seconds: float = 3600.0,
    ) -> None:
        refuse_time(model)
        refuse_events(model, "a run between visits")
        self.model, self.quantities = model, tuple(quantities)
        self.parameters = np.asarray(parameters, dtype=float)
        self._tolerances = _for_depots(
            Solver(rtol, atol, 1_000_000, max_seconds).tolerances(model), model, self.quantities
        )
        self._run: _Continued | None = None
        self._laid_out: dict[object, LaidOut] = {}

    def start(self, threads: int | None = None) -> VisitInterval:
        """Return where all patients begin, as `simulate_cohort` does of a day without a drug.

        Returns
        -------
        VisitInterval
            Values with one row, and the states there.
        """
        states = [state.name for state in self.model.states]
        names = list(dict.fromkeys((*self.quantities, *states)))
        request = Output(1.0, [0.0], names).request(self.model)
        schedule = make_schedule(self.model, read_regimen("no drug"), request.days)
        tolerances = Solver(RTOL_OF_MANY, None, 1_000_000, 3600.0).tolerances(self.model)
        run = CohortRun(
            machine_of(self.model), [schedule], request.times, request.after, request.names,
            tolerances, _no_steady,
        )  # fmt: skip
        all_alike = np.zeros(len(self.parameters), dtype=np.int64)
        chunks = _together(run, self.parameters, all_alike, check_threads(threads))
        values = np.concatenate([chunk.values for chunk in chunks])
        kept, begin = ([names.index(name) for name in each] for each in (self.quantities, states))
        reasons = [reason for chunk in chunks for reason in chunk.reasons]
        return VisitInterval(values[:, :, kept], values[:, 0, begin], reasons)

    def interval(
        self,
        regimens: Sequence[str | Timetable],
        which: npt.ArrayLike,
        states: npt.ArrayLike,
        *,
        days: float,
        times: npt.ArrayLike,
        threads: int | None = None,
    ) -> VisitInterval:
        """Integrate all patients over one interval.

        Parameters
        ----------
        regimens, which, states, days, times, threads
            As of `simulate_between_visits`.

        Raises
        ------
        InputError, RegimenError
            If a regimen or a time is not allowed.
        """
        wanted = np.asarray(times, dtype=float)
        if wanted.size and not (wanted > 0).all():
            raise InputError("outputs of a stretch lie after its begin: times must be > 0")
        request = Output(days, wanted, self.quantities).request(self.model)
        run = self._begun(request)
        run.follow([self._course(run, regimen, request) for regimen in regimens])
        chosen = np.asarray(which, dtype=np.int64)
        run.begin = np.ascontiguousarray(states, dtype=float)
        chunks = _together(run, self.parameters, chosen, check_threads(threads))
        return VisitInterval(
            np.concatenate([chunk.values for chunk in chunks]),
            np.concatenate([chunk.ends for chunk in chunks]),
            [reason for chunk in chunks for reason in chunk.reasons],
        )

    def _begun(self, request: Request) -> _Continued:
        """Return the run, made when the names of its quantities have been checked."""
        if self._run is None:
            self._run = _Continued(
                machine_of(self.model), self.parameters, request.names, self._tolerances
            )
        return self._run

    def _course(self, run: _Continued, regimen: str | Timetable, request: Request) -> LaidOut:
        """Return what compiled code reads of a regimen; what patients had before is known."""
        key = regimen, request.days, request.times.tobytes()
        known = self._laid_out.get(key) if isinstance(regimen, str | Regimen) else None
        if known is not None:
            return known
        timetable = read_regimen(regimen)
        schedule = _handed_over(make_schedule(self.model, timetable, request.days))
        laid_out = run.laid_out(schedule, request.times, request.after)
        if isinstance(regimen, str | Regimen):
            self._laid_out[key] = laid_out
        return laid_out


run_stretch = simulate_between_visits
"""The name of `simulate_between_visits` before."""


def refuse_time(model: Model) -> None:
    """Refuse a model whose equations hold the time.

    Raises
    ------
    InputError
        If they do.
    """
    rates = [process.rate for process in model.processes]
    if any(model.vocabulary.time in e.free_symbols for e in (*rates, *model.definitions.values())):
        raise InputError(
            f"model {model.name!r} depends on time itself; between visits only models whose "
            "equations do not can be continued"
        )


class _Continued(CohortRun):
    """A cohort whose patients begin where they are."""

    begin: Array

    def __init__(
        self, machine: Machine, parameters: Array, names: Sequence[str], tolerances: Tolerances
    ) -> None:
        none = np.zeros(0)
        super().__init__(machine, (), none, none.astype(np.int64), names, tolerances, _no_steady)
        self.faults = super()._faults(0, parameters)
        # Doses of one kind come in every interval: the step after them need be found once only.
        self.kinds = {}
        self.restart = np.zeros((len(parameters), 1))

    def _faults(self, first: int, parameters: Array) -> list[str]:
        """Return what was found of the patients at their start: their parameters stay."""
        return self.faults[first : first + parameters.shape[0]]

    def follow(self, courses: Sequence[LaidOut]) -> None:
        """Take the regimens of an interval, with room for what is new in them."""
        super().follow(courses)
        new = self._n_kinds(self.timeline) - self.restart.shape[1]
        self.restart = np.pad(self.restart, ((0, 0), (0, new)))

    def _restart(self, patients: Integers) -> Array:
        """Return the first steps of some patients after edges of each kind, as they were last."""
        return self.restart[patients]

    def _keep_restart(self, patients: Integers, restart: Array) -> None:
        """Keep them for the next interval."""
        self.restart[patients] = restart

    def _steady(
        self, first: int, parameters: Array, which: Integers, reasons: list[str]
    ) -> tuple[Timeline, Integers, dict[int, str]]:
        """Hand over the state of each patient as the state that its first edge sets."""
        count = parameters.shape[0]
        states = self.begin[first : first + count]
        return self.timeline._replace(steady=states), np.arange(count), {}


def _together(run: CohortRun, parameters: Array, which: Integers, threads: int) -> list[Chunk]:
    """Run all patients, with one thread in this one."""
    if threads == 1:
        return [run.whole(parameters, which)]
    running = run.chunks(parameters, which, threads, lambda done: None)
    with closing(running):  # an error ends the threads here, and not when memory is cleared
        return list(running)


def _for_depots(tolerances: Tolerances, model: Model, quantities: Collection[str]) -> Tolerances:
    """Return the tolerances of visits: coarser for what is left of doses that nobody looks at.

    One step in eight would else follow the last thousandth of a dose on its way into the blood.
    """
    depots = depots_of(model) - set(quantities)
    least = [_OF_A_DOSE * tolerances.rtol if s.name in depots else 0.0 for s in model.states]
    share = np.where(tolerances.share > 0, np.maximum(tolerances.share, least), 0.0)
    return replace(tolerances, share=share)


def depots_of(model: Model) -> frozenset[str]:
    """Return the states into which doses come and out of which they go, and that do nothing else.

    Parameters
    ----------
    model
        Its equations: a depot is read by the processes that empty it only.
    """
    read: set[sympy.Basic] = set()
    for expression in model.definitions.values():
        read |= expression.free_symbols
    for mechanism in model.mechanisms:
        for rates in mechanism.processes.values():
            used = set().union(*(sympy.sympify(rate).free_symbols for rate in rates.values()))
            read |= used - set(rates)
    return frozenset(state.name for state in set(model.doses.values()) - read)


def _handed_over(schedule: RunSchedule) -> RunSchedule:
    """Return the schedule with the state set before anything else happens at its begin."""
    if schedule.steady:
        raise InputError("steady-state doses (SS) cannot be given between visits")
    edges = list(schedule.edges)
    if edges and edges[0].time == 0:
        edges[0] = Edge(0.0, (Change(STATE), *edges[0].steps))
    else:
        edges.insert(0, Edge(0.0, (Change(STATE),)))
    return replace(schedule, edges=tuple(edges))


def _no_steady(schedule: RunSchedule, values: Array) -> Array:
    raise AssertionError("a stretch has no steady-state doses")
