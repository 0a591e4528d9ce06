"""One segment of a model with switches by SciPy's integrators, located as by the compiled engine.

A segment is integrated as one smooth branch. Where that is evaluated on the other side of a switch,
it is integrated once more up to a little beyond, with many outputs around: between two of them the
root is found on a cubic, the mode changes there and the rest is integrated in the same way.

Integrators that step to each output, branches that stay on a surface, and heights that do not
simply pass zero are followed step by step, on the dense output of each step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise

import numpy as np

from pdmodel.arrays import Array, Flags
from pdmodel.engine.rosenbrock.memory import ADVICE, CAUSES, CHATTER, CHATTER_HEIGHT, SLIDES
from pdmodel.engine.scipy_runs.integrators import IntegrationFailure, Integrator, Interpolant
from pdmodel.engine.scipy_runs.switched_functions import (
    Branch,
    Gauges,
    SwitchedKernels,
    WatchedBranch,
)

_POINTS, _HALVINGS, _ROUNDS = 4, 60, 4
_SECTIONS, _GOLDEN = 30, 0.5 * (math.sqrt(5.0) - 1.0)
# Outputs around where a branch may have been left, and how often it is gone on with if it was not:
# a cubic between two of them is as exact as the steps, of which there are about three.
_FINE, _LOOKS = 96, 4
# Beyond so many tolerances a height has jumped over its surface and not come up to it.
_NEAR = 5.0


class SwitchedSegment:
    """A run from one edge to the next.

    Parameters
    ----------
    kernels
        Branches of the model.
    values
        Parameters and constants.
    integrator
        Tolerances and budget.
    rates
        Constant infusion into each state, shape (n_states,), or None.
    begin, end
        Days.
    """

    def __init__(
        self,
        kernels: SwitchedKernels,
        values: Mapping[str, float],
        integrator: Integrator,
        rates: Array | None,
        begin: float,
        end: float,
    ) -> None:
        self.kernels, self.known, self.integrator = kernels, values, integrator
        self.rates, self.end = rates, end
        self.time = self.turned = begin
        self.modes = np.zeros(len(kernels.modes))
        self.held = np.zeros(len(kernels.modes), dtype=bool)
        self.switches = 0
        self._again = self._close = 0

    def run(self, start: Array, times: Array) -> Array:
        """Return the states at times in the segment, shape (n_times, n_states).

        Raises
        ------
        IntegrationFailure
            If a step fails, or the run slides along a switch.
        """
        self.state = start
        self._settle()
        course = np.full((times.size, start.size), np.nan)
        course[times <= self.time] = start
        at_once = True
        while self.time < self.end:
            if not (at_once and self._in_one_go(course, times)):
                self._branch(course, times)
            at_once = self.integrator.interpolates
        return course

    # In one go --------------------------------------------------------------------------------

    def _in_one_go(self, course: Array, times: Array) -> bool:
        """Integrate to the next switch or the end; return False if that is to be done by steps."""
        if self.held.any():
            return False
        # The other integrators may count time from the beginning of a segment: nothing is known.
        branch, reached = self._bound(), -math.inf
        noise = branch.gauges(self.time, self.state, self.integrator.margin).noise
        for _ in range(_LOOKS):
            around = self._smooth(branch, noise, course, times, reached)
            if around is None:
                return True
            if not self.integrator.interpolates or (self.modes == 0).any():
                return False
            reached = min(around[1], self.end)
            if reached <= self.time:
                return False
            passed = self._passed_around(branch, noise, around[0], reached, course, times)
            if passed is None:
                return False
            if passed >= 0:
                self._change(passed)
                return True
            if reached == self.end:
                return False
        return False

    def _smooth(
        self, branch: Branch, noise: Array, course: Array, times: Array, reached: float
    ) -> tuple[float, float] | None:
        """Integrate along one branch; return between which days it seems to be left.

        Up to `reached` it is not. None says that it holds to the end.
        """
        lower = np.where(self.modes < 0, -np.inf, -noise)
        upper = np.where(self.modes > 0, np.inf, noise)
        watched = WatchedBranch(branch, lower, upper, self.time, reached)
        later = times > self.time
        days = np.concatenate([[self.time], times[later]])
        try:
            solved = self.integrator.run(watched, self.state, self.rates, days)
        except IntegrationFailure:
            if not watched.left():
                raise
            self.integrator.evaluations += watched.evaluations
        if watched.left():
            return watched.around
        course[later] = solved[1:]
        self.time, self.state = self.end, solved[-1]
        return None

    def _passed_around(
        self, branch: Branch, noise: Array, left: float, right: float, course: Array, times: Array
    ) -> int | None:
        """Go to the switch that is passed between two days; return it, or -1 if none is.

        None says that the heights are not those of a run that simply passes one. What `course` says
        of later days than that of the switch is to be written anew.
        """
        here = (times > self.time) & (times <= right)
        fine = np.linspace(left, right, _FINE)
        fine[-1] = right
        days = np.union1d(np.concatenate([[self.time], times[here]]), fine[fine > self.time])
        try:
            states = self.integrator.run(branch, self.state, self.rates, days)
        except IntegrationFailure:
            return None
        course[here] = states[np.searchsorted(days, times[here])]
        days, states = days[days >= left], states[days >= left]
        distances = self.modes * branch.heights(days, states)
        outside = (distances < -noise).any(axis=1)
        index = int(np.argmax(outside)) if outside.any() else distances.shape[0]
        if index == 0 or _may_dip(distances[: index + 1], noise):
            return None
        if index == distances.shape[0]:
            return -1
        ends = slice(index - 1, index + 1)
        dense = _cubic(days[ends], states[ends], self._slopes(branch, days[ends], states[ends]))
        roots = {
            k: self._root(branch, k, float(days[index - 1]), float(days[index]), dense)
            for k in np.flatnonzero(distances[index] < -noise).tolist()
        }
        passed = min(roots, key=lambda k: roots[k])
        if roots[passed] > self.time:
            self.time, self.state, self._again = roots[passed], dense(roots[passed]), 0
        return passed

    def _slopes(self, branch: Branch, days: Array, states: Array) -> Array:
        """Return the derivatives at some days, infusions included, shape as the states."""
        pairs = zip(days.tolist(), states, strict=True)
        rates = np.array([branch.rate(day, state) for day, state in pairs])
        return rates if self.rates is None else rates + self.rates

    # Steps ------------------------------------------------------------------------------------

    def _branch(self, states: Array, times: Array) -> None:
        """Integrate up to the next switch or the end."""
        branch = self._bound()
        steps = self.integrator.steps(branch, self.state, self.rates, self.time, self.end)
        with closing(steps):
            for begin, end, dense in steps:
                passed = self._first_passed(branch, begin, end, dense)
                until = end if passed is None else passed[0]
                for index in np.flatnonzero((times > begin) & (times <= until)):
                    states[index] = dense(times[index])
                if until > self.time:
                    self.time, self.state, self._again = until, np.asarray(dense(until)), 0
                if passed is not None:
                    self._change(passed[1])
                    return

    def _first_passed(
        self, branch: Branch, begin: float, end: float, dense: Interpolant
    ) -> tuple[float, int] | None:
        """Return when a step passes a switch first, and which; None if it passes none."""
        points = np.linspace(begin, end, _POINTS + 1)
        points[-1] = end
        distances = self.modes * branch.heights(points, np.asarray(dense(points)).T)
        looked_at = ~(distances[1:] > 0) | _may_turn(distances)
        if not looked_at.any():
            return None
        for some, (left, right) in zip(looked_at, pairwise(points.tolist()), strict=True):
            roots = {}
            for k in np.flatnonzero(some).tolist():
                until = self._passed_by(branch, k, left, right, dense)
                if until is not None:
                    roots[k] = self._root(branch, k, left, until, dense)
            if roots:
                first = min(roots, key=lambda k: roots[k])
                return roots[first], first
        return None

    def _passed_by(
        self, branch: Branch, k: int, left: float, right: float, dense: Interpolant
    ) -> float | None:
        """Return a time at which a switch has been passed; a turn in between is looked at."""

        def distance(time: float) -> float:
            return float(self.modes[k] * self._gauges(branch, time, dense).heights[k])

        if self._outside(self._gauges(branch, right, dense))[k]:
            return right
        near = 1e-3 * (right - left)
        if distance(left + near) >= distance(left) or distance(right - near) >= distance(right):
            return None
        for _ in range(_SECTIONS):
            a, b = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
            if self._outside(self._gauges(branch, a, dense))[k]:
                return a
            left, right = (left, b) if distance(a) < distance(b) else (a, right)
        return None

    def _root(self, branch: Branch, k: int, left: float, right: float, dense: Interpolant) -> float:
        """Return when a height passes zero, by false position; or when it leaves the surface."""
        if self.modes[k] == 0:
            return self._leaving(branch, k, left, right, dense)

        def distance(time: float) -> float:
            heights = branch.heights(np.array([time]), np.asarray(dense(time))[np.newaxis])
            return float(self.modes[k] * heights[0, k])

        low, high, stayed = distance(left), distance(right), 0
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            if middle in (left, right):
                break
            if low > 0.0 > high:
                middle = min(max(left - low * (right - left) / (high - low), left), right)
            value = distance(middle)
            if value < 0.0:
                right, high = middle, value
                low, stayed = (0.5 * low if stayed < 0 else low), -1
            else:
                left, low = middle, value
                high, stayed = (0.5 * high if stayed > 0 else high), 1
        return right

    def _leaving(
        self, branch: Branch, k: int, left: float, right: float, dense: Interpolant
    ) -> float:  # fmt: skip
        for _ in range(_HALVINGS):
            middle = 0.5 * (left + right)
            outside = self._outside(self._gauges(branch, middle, dense))[k]
            left, right = (left, middle) if outside else (middle, right)
        return right

    def _gauges(self, branch: Branch, time: float, dense: Interpolant) -> Gauges:
        return branch.gauges(time, np.asarray(dense(time)), self.integrator.margin)

    def _outside(self, gauges: Gauges) -> Array:
        """Return which heights do not belong to their mode."""
        wide = np.where(self.held, self._tolerance(gauges), 0.0)
        sides = np.where(np.abs(gauges.heights) > gauges.noise + wide, np.sign(gauges.heights), 0)
        result: Array = (sides != 0) & (sides != self.modes)
        return result

    def _tolerance(self, gauges: Gauges) -> Array:
        allowed = self.integrator.margin + self.integrator.rtol * np.abs(self.state)
        result: Array = 2 * np.abs(gauges.by_state) @ allowed
        return result

    # Modes ------------------------------------------------------------------------------------

    def _bound(self) -> Branch:
        return self.kernels.branch(self.known, self.modes)

    def _here(self) -> tuple[Gauges, Array]:
        """Return where the run stands to the switches, and to which sides the flow leads."""
        branch = self._bound()
        gauges = branch.gauges(self.time, self.state, self.integrator.margin)
        return gauges, gauges.headings(self._rates(branch), self.end - self.time)

    def _rates(self, branch: Branch) -> Array:
        """Return the derivatives where the run stands, infusions included."""
        rates = np.array(branch.rate(self.time, self.state))
        return rates if self.rates is None else rates + self.rates

    def _settle(self) -> None:
        """Choose all modes: by the side, on the surface by the flow."""
        for k in range(self.modes.size):  # inner switches come first
            self.modes[k] = self._here()[0].sides()[k]
        on_surface = self.modes == 0
        for _ in range(_ROUNDS):
            chosen = np.where(on_surface, self._here()[1], self.modes)
            if (chosen == self.modes).all():
                return
            self.modes = chosen
        self.modes = np.where(on_surface, 0.0, self.modes)

    def _change(self, k: int) -> None:
        """Go over to the other side of a switch.

        Raises
        ------
        IntegrationFailure
            If that leads back.
        """
        self.switches += 1
        self._again += 1
        old = self.modes[k]
        other = -old if old else np.sign(self._here()[0].heights[k])
        for mode in (other, 0.0):
            if self._heading_in(k, mode) == mode:
                self.held[k] = False
                break
        else:
            leads_back = self._heading_in(k, other) == -other
            if leads_back:
                self._heading_in(k, old)
            if leads_back and self.held[k]:
                self._slides(k)
            self.held[k] = leads_back
        if self._again > 4 * self.modes.size + 4 or self._chatters(k):
            self._slides(k)

    def _heading_in(self, k: int, mode: float) -> float:
        """Set a mode and return the side to which the flow leads in it.

        Other switches change with it whose heights jump over their surface there.
        """
        self.modes[k] = mode
        corner = self.kernels.switches.members[k].corner
        for other in () if corner else range(k + 1, self.modes.size):
            gauges = self._here()[0]
            near = gauges.noise[other] + _NEAR * self._tolerance(gauges)[other]
            side = np.sign(gauges.heights[other])
            if abs(gauges.heights[other]) > near and side != self.modes[other]:
                self.modes[other], self.held[other] = side, False
        return float(self._here()[1][k])

    def _chatters(self, k: int) -> bool:
        """Note a jump; return whether the run has been next to the border for too many of them."""
        if self.kernels.switches.members[k].corner:
            return False
        branch = self._bound()
        gauges = branch.gauges(self.time, self.state, self.integrator.margin)
        speed = gauges.by_time[k] + gauges.by_state[k] @ self._rates(branch)
        away = max(CHATTER_HEIGHT * self.integrator.rtol ** (-1 / 3), 1.0)
        arc = 0.25 * abs(speed) * (self.time - self.turned)
        low = arc <= away * self._tolerance(gauges)[k]
        self.turned, self._close = self.time, self._close + 1 if low else 0
        return self._close >= CHATTER

    def _slides(self, k: int) -> None:
        cause = CAUSES[SLIDES]
        says = self.kernels.switches.members[k].says
        raise IntegrationFailure(f"{cause} {says}: {ADVICE[cause]}")


def _cubic(days: Array, states: Array, slopes: Array) -> Interpolant:
    """Return the cubic through two days, shape (2,), with states and slopes, (2, n_states)."""
    width = days[1] - days[0]

    def dense(day: float) -> Array:
        share = (day - days[0]) / width
        rest = 1.0 - share
        bend = share * rest * (
            rest * (width * slopes[0] - (states[1] - states[0]))
            - share * (width * slopes[1] - (states[1] - states[0]))
        )  # fmt: skip
        result: Array = rest * states[0] + share * states[1] + bend
        return result

    return dense


def _may_dip(distances: Array, noise: Array) -> bool:
    """Return whether a distance may have been beyond its surface between rows that are not.

    By the vertex of the parabola through three rows, shape (n_rows, n_switches).
    """
    low, now, high = distances[:-2], distances[1:-1], distances[2:]
    bend, lean = low - now + high - now, high - low
    vertex = now - lean**2 / (8.0 * np.where(bend > 0, bend, np.inf))
    lowest = (now <= low) & (now <= high) & (bend > 0)
    return bool((lowest & (now >= -noise) & (vertex < -noise)).any())


def _may_turn(away: Array) -> Flags:
    """Return between which points of a step distances may turn, shape (n_points - 1, n_switches).

    They may if a parabola through three points has its vertex within two parts of the step.
    """
    low, now, high = away[:-2], away[1:-1], away[2:]
    turns = np.abs(high - low) <= 4.0 * np.abs(low - now + high - now)
    return np.concatenate([turns[:1], turns[:-1] | turns[1:], turns[-1:]])
