"""The equations of a model with switches for SciPy: one smooth branch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.engine.keeping import Shelf, once
from pdmodel.engine.rosenbrock.memory import ROUNDING, SHARE_OF_ATOL
from pdmodel.engine.scipy_runs.integrators import IntegrationFailure
from pdmodel.engine.symbolic.callables import Kernel
from pdmodel.engine.symbolic.model_functions import BoundFunctions, ModelFunctions, QuantityFunction
from pdmodel.engine.symbolic.switches import Switches, find_switches
from pdmodel.model import Model

# Evaluations that are noted before they are looked at, at first and later; and the last of them,
# which are looked at once more: an integrator evaluates at most a few times at each of its steps.
_FEWEST_NOTED, _MOST_NOTED, _KEPT = 64, 512, 8


class Gauges(NamedTuple):
    """Where a state stands to the switches of a model.

    Parameters
    ----------
    heights, noise
        `high - low`, and the size below which its sign does not count, shape (n_switches,).
    by_time, by_state
        Slopes of the heights, shapes (n_switches,) and (n_switches, n_states).
    """

    heights: Array
    noise: Array
    by_time: Array
    by_state: Array

    def sides(self) -> Array:
        """Return on which side of each switch the state is; 0 on the surface."""
        return np.where(np.abs(self.heights) > self.noise, np.sign(self.heights), 0.0)

    def headings(self, rates: Array, span: float) -> Array:
        """Return to which side the flow leads; 0 if it stays within the noise for some days."""
        speeds = self.by_time + self.by_state @ rates
        return np.where(np.abs(speeds) * span > self.noise, np.sign(speeds), 0.0)


class SwitchedKernels(ModelFunctions):
    """Right-hand side and Jacobian with modes for conditions, and heights of the switches."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.switches: Switches = find_switches(model)
        self.modes = tuple(switch.mode.name for switch in self.switches.members)

    @once
    def _branched(self) -> dict[sympy.Symbol, sympy.Expr]:
        known: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol, expression in self.switches.definitions.items():
            known[symbol] = expression.xreplace(known)
        return known

    @once
    def derivatives(self) -> list[sympy.Expr]:
        """Right-hand side of each state, with modes for conditions."""
        return [rate.xreplace(self._branched) for rate in self.switches.rates]

    @once
    def gauge_kernel(self) -> Kernel:
        """Both sides of each switch, and the slopes of its height by time and states."""
        gauged = []
        for switch in self.switches.members:
            high, low = (side.xreplace(self._branched) for side in (switch.high, switch.low))
            gauged += [high, low, *((high - low).diff(symbol) for symbol in self._inputs)]
        return Kernel(self._inputs, gauged, timed=self.timed)

    @once
    def heights(self) -> QuantityFunction:
        """The height of each switch over time, by the name of its mode."""
        heights = [(s.high - s.low).xreplace(self._branched) for s in self.switches.members]
        return self._vectorised(self.modes, heights)

    def branch(self, known: Mapping[str, float], modes: Array) -> Branch:
        """Fix parameters, constants and modes."""
        return Branch(self, {**known, **dict(zip(self.modes, modes.tolist(), strict=True))})


class Branch(BoundFunctions):
    """One branch: its `rate` and `jacobian`, and where a state stands to each switch."""

    def __init__(self, kernels: SwitchedKernels, known: dict[str, float]) -> None:
        super().__init__(kernels, known)
        self.switched = kernels
        self._gauge = kernels.gauge_kernel.function
        self._gauge_coefficients = kernels.gauge_kernel.coefficients(known)

    def heights(self, times: Array, states: Array) -> Array:
        """Return the height of each switch over time, shape (n_times, n_switches)."""
        columns = self.switched.heights
        given = [self.known[name] for name in columns.used]
        result = np.empty((times.size, len(columns.names)))
        for k, height in enumerate(columns.function(times, *states.T, given)):
            result[:, k] = height
        return result

    def gauges(self, time: float, state: Array, atol: float | Array) -> Gauges:
        """Measure all switches at a time and a state, shape (n_states,)."""
        gauged = self._gauge(time, state.tolist(), self._gauge_coefficients)
        table = np.array(gauged, dtype=float).reshape(-1, 3 + state.size)
        noise = ROUNDING * np.abs(table[:, :2]).sum(axis=1)
        noise += SHARE_OF_ATOL * np.abs(table[:, 3:]) @ np.broadcast_to(atol, state.shape)
        return Gauges(table[:, 0] - table[:, 1], noise, table[:, 2], table[:, 3:])


class BranchLeft(IntegrationFailure):
    """A branch was evaluated where another one holds, or nearly so."""


class WatchedBranch(BoundFunctions):
    """A branch that notices when it is evaluated where another one holds, or nearly so.

    Nearly: where a height would leave its limits if it went on for as far as it has come since the
    evaluation before. Evaluations are noted, and looked at many at a time; `BranchLeft` is raised
    once one of them has left the branch.

    Parameters
    ----------
    branch
        What is evaluated.
    lower, upper
        The heights that belong to it, shape (n_switches,).
    begin, known
        Day of the first evaluation; and up to which day the branch is known to hold.
    """

    def __init__(
        self, branch: Branch, lower: Array, upper: Array, begin: float, known: float
    ) -> None:
        super().__init__(branch.kernels, branch.known)
        self._branch, self._lower, self._upper = branch, lower, upper
        self._begin, self._until = begin, known
        self._table = np.empty((_MOST_NOTED, 1 + len(branch.kernels.states)))
        self._used, self._most, self._old = 0, _FEWEST_NOTED, 0
        self.evaluations = 0
        self.around: tuple[float, float] | None = None
        """Days between which it was left, as the evaluations say; None if it was not."""

    def rate(self, time: float, state: Array) -> list[float]:
        """Return the derivative of each state, (n_states,)."""
        if self._used == self._most and self.left():
            raise BranchLeft
        row = self._table[self._used]
        row[0], row[1:] = time, state
        self._used += 1
        return list(self._rate(time, state.tolist(), self._coefficients))

    def left(self) -> bool:
        """Return whether it has noticed."""
        if self.around is None and self._used > self._old:
            self.evaluations += self._used - self._old
            noted = self._table[: self._used]
            self._look(noted[:, 0], noted[:, 1:])
            self._old = min(self._used, _KEPT)
            self._table[: self._old] = noted[-self._old :].copy()
            self._used, self._most = self._old, min(2 * self._most, _MOST_NOTED)
        return self.around is not None

    def _look(self, times: Array, states: Array) -> None:
        """Look at the evaluations that were noted."""
        heights = self._branch.heights(times, states)
        forward = (times[1:] > times[:-1])[:, np.newaxis]
        ahead = np.where(forward, 2 * heights[1:] - heights[:-1], heights[1:])
        beyond = np.any((heights < self._lower) | (heights > self._upper), axis=1)
        beyond[1:] |= np.any((ahead < self._lower) | (ahead > self._upper), axis=1)
        if not beyond.any():
            return
        outside = np.flatnonzero(beyond & (times >= self._until))
        if outside.size:
            first = int(outside[0])
            before = np.unique(times[:first][times[:first] < times[first]])
            before = np.concatenate([[self._begin] * 2, before])
            step = times[first] - before[-1]
            self.around = float(before[-2]), float(times[first] + step)


_SWITCHED: Shelf[SwitchedKernels] = Shelf(64)


def switched_kernels(model: Model) -> SwitchedKernels:
    """Return the branches of a model, made once for all models that are laid out alike."""
    return _SWITCHED.take(model.layout, lambda: SwitchedKernels(model))
