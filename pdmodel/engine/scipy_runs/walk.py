"""Where a run by SciPy stands: from edge to edge, what is done at each, and rows between."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pdmodel.arrays import Array, Integers
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
from pdmodel.engine.runs.outcome import Failure
from pdmodel.engine.schedule.edges import Change, Edge, Occurrence, RunSchedule
from pdmodel.engine.scipy_runs.integrators import IntegrationFailure, Integrator
from pdmodel.engine.scipy_runs.sizes import StateSizes
from pdmodel.engine.scipy_runs.switched_functions import switched_kernels
from pdmodel.engine.scipy_runs.switching import SwitchedSegment
from pdmodel.engine.symbolic.model_functions import BoundFunctions, ModelFunctions
from pdmodel.engine.time_marks.marks import marker_of

# Shares of a segment at which its states are looked at, where that costs no steps: what rises and
# is gone before the end has a size too.
_LOOKS = np.array([1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5])
# Of its end: a segment below this only passes over a jump, and LSODA refuses rows so near.
_SHORTEST = 1e-9


class ScipyPlan:
    """A model under a schedule, to be walked through.

    Parameters
    ----------
    kernels
        The model's equations as Python functions.
    schedule
        What happens when.
    times, after
        Outputs: days, and whether each is taken after the edge at its time, shapes (n_outputs,).
    """

    def __init__(
        self, kernels: ModelFunctions, schedule: RunSchedule, times: Array, after: Integers
    ) -> None:
        self.kernels, self.schedule = kernels, schedule
        self.times, self.after = times, after
        self.marker = marker_of(kernels.model)

    def edges(self, values: Mapping[str, float]) -> tuple[Edge, ...]:
        """Return the edges of a run: with marks where the equations hold the time."""
        if self.marker is None:
            return self.schedule.edges
        return self.marker.schedule(self.schedule, values).edges


class EdgeWalk:
    """Where one run stands."""

    def __init__(
        self,
        plan: ScipyPlan,
        values: dict[str, float],
        integrator: Integrator,
        sizes: StateSizes,
        steady: Array | None,
    ) -> None:
        self.plan, self.known, self.integrator, self.steady = plan, values, integrator, steady
        self.sizes = sizes
        self.bound: BoundFunctions = plan.kernels.bind(values)
        self.state = plan.kernels.initial(values)
        self.rates = np.zeros_like(self.state)
        self.given = np.zeros_like(self.state)
        self.values = np.full((plan.times.size, self.state.size), np.nan)
        self.output = self.switches = 0
        self.occurrences: list[Occurrence] = []

    def to_the_end(self) -> Failure | None:
        """EdgeWalk from edge to edge."""
        edges = list(self.plan.edges(self.known))
        if not edges or edges[0].time > 0:
            edges.insert(0, Edge(0.0, ()))
        self.sizes.note(self.state)
        self._emit(0.0, after=False)
        time = 0.0
        for edge in (*edges, Edge(self.plan.schedule.horizon, ())):
            if edge.time > time:
                failure = self._segment(time, edge.time)
                if failure is not None:
                    return failure
                time = edge.time
            for step in edge.steps:
                self._apply(step)
            self.sizes.note(self.state)
            self._emit(time, after=True)
        return None

    def _segment(self, begin: float, end: float) -> Failure | None:
        """Integrate up to an edge; an output at its time is the value before it."""
        last = int(np.searchsorted(self.plan.times, end, side="left"))
        inside = self.plan.times[self.output : last]
        looks = self._looks(begin, end)
        times = np.unique(np.concatenate([[begin], inside, looks[looks > begin], [end]]))
        rates = self.rates if self.rates.any() else None
        left = self.plan.schedule.horizon - begin
        allowed = self.sizes.allowed(self.bound, begin, self.state, self.rates, left)
        self.integrator.atol = allowed
        try:
            solved = self._solved(rates, times)
        except IntegrationFailure as failure:
            return Failure(begin, self.state, str(failure))
        self.values[self.output : last] = solved[np.searchsorted(times, inside)]
        self.output = last
        self.sizes.note_segment(solved)
        self.given += self.rates * (end - begin)
        self.state = solved[-1]
        self._emit(end, after=False)
        return None

    def _looks(self, begin: float, end: float) -> Array:
        if not self.integrator.interpolates or end - begin <= _SHORTEST * end:
            return np.zeros(0)
        return begin + _LOOKS * (end - begin)

    def _solved(self, rates: Array | None, times: Array) -> Array:
        """Integrate over a segment; through its switches, if the model has any."""
        switched = switched_kernels(self.plan.kernels.model)
        if not switched.modes:
            solved = self.integrator.run(self.bound, self.state, rates, times)
            self.sizes.note_segment(self.integrator.passed)
            return solved
        ends = float(times[0]), float(times[-1])
        segment = SwitchedSegment(switched, self.known, self.integrator, rates, *ends)
        solved = segment.run(self.state, times)
        self.switches += segment.switches
        return solved

    def _emit(self, time: float, *, after: bool) -> None:
        times, flags = self.plan.times, self.plan.after
        while self.output < times.size and times[self.output] == time:
            if flags[self.output] and not after:
                return
            self.values[self.output] = self.state
            self.output += 1

    def _apply(self, step: Change) -> None:
        if step.kind == ADD:
            self.state = self.state.copy()
            self.state[step.target] += step.value
            self.given[step.target] += step.value
        elif step.kind == RATE:
            self.rates[step.target] = step.value
        elif step.kind == SET:
            self._set(step)
        elif step.kind == REPLACE:
            self.state[step.target] = step.value
        elif step.kind == MULTIPLY:
            self.state[step.target] *= step.value
        elif step.kind == RESET:
            self.state, self.rates = self.plan.kernels.initial(self.known), 0.0 * self.rates
        elif step.kind == STATE and self.steady is not None:
            self.state, self.rates = self.steady[step.target].copy(), 0.0 * self.rates
        elif step.kind == ADD_STATE and self.steady is not None:
            self.state = self.state + self.steady[step.target]

    def _set(self, step: Change) -> None:
        kernels = self.plan.kernels
        values = {name: self.known[name] for name in kernels.parameters}
        values[kernels.parameters[step.target]] = step.value
        self.known = values | kernels.constants(values)
        self.bound = kernels.bind(self.known)
