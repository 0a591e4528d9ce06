"""The only door to scipy.integrate: one segment between dose edges, by any of its stiff methods.

`LSODA` runs through `odeint`: it is the same integrator as `solve_ivp(method="LSODA")` without a
Python step loop around it. The others step to each output, with the symbolic Jacobian: the error of
a step is controlled at its end only, and between Radau's ends there is a parabola. They count the
time from where a segment begins, for days are too coarse to count the first steps of a state that
begins at nothing: at day 10 a step of 1e-12 days is off by a thousandth of itself, which is far
more than such a state may err by.
"""

from __future__ import annotations

import threading
import time as clock
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.integrate import (
    BDF,
    DOP853,
    LSODA,
    RK45,
    ODEintWarning,
    OdeSolver,
    Radau,
    odeint,
)

from pdmodel.arrays import Array
from pdmodel.engine.symbolic.model_functions import BoundFunctions

Interpolant = Callable[[Any], Any]
"""The state within a step, shape (n_states,), by time; by several times (n_states, n_times)."""

ANYTHING = 1e100
"""Absolute tolerance of a state of unknown size, which does not steer the steps."""
_IMPLICIT = ("Radau", "BDF")
_SOLVERS: dict[str, type[OdeSolver]] = {
    "LSODA": LSODA, "odeint": LSODA, "Radau": Radau, "BDF": BDF, "DOP853": DOP853, "RK45": RK45,
}  # fmt: skip
_STEPS_A_POINT = 20_000
# LSODA begins with its method for mild equations. Where a stiff run begins on its slow manifold,
# that may meet nothing that says how stiff it is and creep at its limit of stability for ever (2 of
# some 10,000 segments of steady states at 1e-10). Begun with another step it does not.
_FIRST_STEPS = (1.0, 0.1, 0.01)
_DONE, _TOO_MANY, _MILD = "Integration successful.", "Excess work done", 1
# LSODA's own limit of steps ends a short segment in time; looking at the clock costs a fifth more.
_FEW_POINTS = 16
# LSODA keeps its place in memory of its own, and warnings are filtered for the whole process: a
# thread that came in between would leave both in disorder.
_ONE_AT_A_TIME = threading.RLock()


class IntegrationFailure(Exception):
    """A segment that could not be integrated; the caller knows the state it began from."""


@dataclass
class Integrator:
    """Tolerances and budget of one run.

    Parameters
    ----------
    method
        LSODA, odeint, Radau, BDF, DOP853 or RK45.
    rtol, atol
        Relative and absolute error a step, the latter in the units of the states.
    max_seconds
        Wall-clock budget of the run. LSODA looks at the clock within long segments only: in a short
        one its limit of steps ends a hopeless integration as soon.
    deadline
        When that ends, where it has begun already.

    Attributes
    ----------
    passed
        Lowest and highest value of each state at the end of any step of the last segment, shape
        (2, n_states); nothing of methods that interpolate, whose steps are not seen.
    """

    method: str = "LSODA"
    rtol: float = 1e-7
    atol: float | Array = 1e-9
    max_seconds: float = 120.0
    deadline: float | None = None
    evaluations: int = 0
    passed: Array = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    _deadline: float = field(default=0.0, repr=False)

    @property
    def interpolates(self) -> bool:
        """Whether outputs cost no steps."""
        return self.method in ("LSODA", "odeint")

    @property
    def margin(self) -> Array:
        """By how much each state may be off; 0 where `atol` says that it does not steer."""
        atol = np.asarray(self.atol, dtype=float)
        result: Array = np.where(atol < ANYTHING, atol, 0.0)
        return result

    def __post_init__(self) -> None:
        """Start the clock."""
        begun = self.deadline
        self._deadline = clock.monotonic() + self.max_seconds if begun is None else begun

    def run(
        self, kernels: BoundFunctions, start: Array, rates: Array | None, times: Array
    ) -> Array:
        """Integrate from times[0] to times[-1].

        Parameters
        ----------
        kernels
            Right-hand side and Jacobian at fixed parameters.
        start
            State at times[0], shape (n_states,).
        rates
            Constant infusion into each state, shape (n_states,), or None.
        times
            Increasing, shape (n_times,).

        Returns
        -------
        ndarray, shape (n_times, n_states)

        Raises
        ------
        IntegrationFailure
            With the cause in words.
        """
        if clock.monotonic() > self._deadline:
            raise IntegrationFailure(f"the budget of {self.max_seconds:g} s is used up")
        rate = kernels.rate if rates is None else _with_infusion(kernels.rate, rates)
        if not self.interpolates or times.size > _FEW_POINTS:
            rate = self._budgeted(rate)
        solve = self._lsoda if self.interpolates else self._solve_ivp
        self.passed = np.zeros((0, start.size))
        try:
            result = solve(rate, kernels, start, times)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise IntegrationFailure(f"the right-hand side failed: {error}") from error
        if not np.isfinite(result).all():
            raise IntegrationFailure("the solution is not finite")
        return result

    def steps(
        self, kernels: BoundFunctions, start: Array, rates: Array | None, begin: float, end: float
    ) -> Generator[tuple[float, float, Interpolant], None, None]:
        """Integrate step by step; yield begin, end and the dense output of each.

        Parameters are those of `run`. Whoever looks at the steps may stop before the end.

        Raises
        ------
        IntegrationFailure
            With the cause in words.
        """
        rate = kernels.rate if rates is None else _with_infusion(kernels.rate, rates)
        solver = None
        try:
            with _ONE_AT_A_TIME:
                solver = self._solver(self._budgeted(rate), kernels, start, begin, end)
                last = begin
                while solver.status == "running":
                    message = solver.step()
                    if solver.status == "failed" or not np.isfinite(solver.y).all():
                        raise IntegrationFailure(message or "the solution is not finite")
                    now = end if solver.status == "finished" else min(begin + solver.t, end)
                    yield last, now, _from_day(begin, solver.dense_output())
                    last = now
        except (ArithmeticError, ValueError, TypeError) as error:
            raise IntegrationFailure(f"the right-hand side failed: {error}") from error
        finally:
            self.evaluations += solver.nfev if solver is not None else 0

    def _lsoda(
        self, rate: Callable[..., object], kernels: BoundFunctions, start: Array, times: Array
    ) -> Array:
        for first in (0.0, *(share * (times[-1] - times[0]) for share in _FIRST_STEPS)):
            result, message, used = self._by_lsoda(rate, kernels, start, times, first)
            stuck = message.startswith(_TOO_MANY) and used == _MILD
            if not stuck or clock.monotonic() > self._deadline:
                break
        if message != _DONE:
            raise IntegrationFailure(message.split(" (")[0])
        return result

    def _by_lsoda(
        self,
        rate: Callable[..., object],
        kernels: BoundFunctions,
        start: Array,
        times: Array,
        first: float,
    ) -> tuple[Array, str, int]:
        """Return the states, how it went, and by which method last; 0 lets LSODA choose a step."""
        # What comes after the end of a segment is none of its business where time is in the rates.
        ends = times[-1:] if kernels.kernels.timed else None
        begin = clock.monotonic()
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            self._deadline += clock.monotonic() - begin  # waiting for other threads is no work
            warnings.simplefilter("ignore", ODEintWarning)  # the message is read by the caller
            result, info = odeint(
                rate, start, times, Dfun=self._jacobian(kernels), tfirst=True, rtol=self.rtol,
                atol=self.atol, mxstep=_STEPS_A_POINT, full_output=True, tcrit=ends, h0=first,
            )  # fmt: skip
        # Where it gives up it leaves what it says about later times as it found the memory.
        short = np.flatnonzero(info["tcur"] < times[1:])
        last = short[0] if info["message"] != _DONE and short.size else -1
        self.evaluations += int(info["nfe"][last])
        return np.asarray(result), str(info["message"]), int(info["mused"][last])

    def _solve_ivp(
        self, rate: Callable[..., object], kernels: BoundFunctions, start: Array, times: Array
    ) -> Array:
        begin, end = float(times[0]), float(times[-1])
        solver = self._solver(rate, kernels, start, begin, end)
        states, low, high = [start], start, start
        for time in times[1:] - begin:
            solver.t_bound, solver.status = time, "running"
            while solver.status == "running":
                message = solver.step()
                low, high = np.minimum(low, solver.y), np.maximum(high, solver.y)
            if solver.status == "failed":
                raise IntegrationFailure(str(message))
            states.append(solver.y.copy())
        self.evaluations += int(solver.nfev)
        self.passed = np.stack([low, high])
        return np.array(states)

    def _solver(
        self,
        rate: Callable[..., object],
        kernels: BoundFunctions,
        start: Array,
        begin: float,
        end: float,
    ) -> OdeSolver:
        """Return SciPy's integrator, whose time is 0 at the beginning of the segment."""
        timed = kernels.kernels.timed
        options = {}
        if self.method in (*_IMPLICIT, "LSODA", "odeint"):
            jacobian = self._jacobian(kernels)
            options = {"jac": _at_day(begin, end, jacobian) if timed else jacobian}
        rate = _at_day(begin, end, rate) if timed else rate
        return _SOLVERS[self.method](
            rate, 0.0, start, end - begin, rtol=self.rtol, atol=self.atol, **options
        )

    def _jacobian(self, kernels: BoundFunctions) -> Callable[[float, Array], Array]:
        """Return the Jacobian, without the effects of states that do not steer the steps.

        Such a state is nothing, and so are its effects. But a linear system that is led by one of
        them leaves rounding in the state itself, which would then seem to move.
        """
        nothing = np.flatnonzero(np.asarray(self.atol) >= ANYTHING)
        if not nothing.size:
            return kernels.jacobian

        def alone(time: float, state: Array) -> Array:
            slopes = kernels.jacobian(time, state)
            forgets = slopes[nothing, nothing]
            slopes[:, nothing] = 0.0
            slopes[nothing, nothing] = forgets
            return slopes

        return alone

    def _budgeted(self, rate: Callable[..., object]) -> Callable[..., object]:
        def checked(time: float, state: Array) -> object:
            if clock.monotonic() > self._deadline:
                raise IntegrationFailure(f"the budget of {self.max_seconds:g} s is used up")
            return rate(time, state)

        return checked


def _with_infusion(rate: Callable[..., list[float]], rates: Array) -> Callable[..., object]:
    def infused(time: float, state: Array) -> object:
        return np.add(rate(time, state), rates)

    return infused


def _at_day(begin: float, end: float, function: Callable[..., object]) -> Callable[..., object]:
    """Return a function of the days since the beginning, which never looks past the end."""

    def since(time: float, state: Array) -> object:
        return function(min(begin + time, end), state)

    return since


def _from_day(begin: float, dense: Interpolant) -> Interpolant:
    """Return a function of the day for one of the days since the beginning."""
    return lambda time: dense(time - begin)
