"""How large each state is, for SciPy: the rules of `lane_sizes`, a segment at a time."""

from __future__ import annotations

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.runs.outcome import Tolerances
from pdmodel.engine.scipy_runs.integrators import ANYTHING
from pdmodel.engine.symbolic.model_functions import BoundFunctions

FROM_NOTHING, FORESEEN, COARSE, LIMITED, ROUNDS = 1e-3, 1e-6, 0.3, 0.01, 3
ROUNDING = 128 * 2.0**-52
# The least whose inverse SciPy can square.
LEAST = 1e-140


class StateSizes:
    """The extremes of the states of a run, and the absolute tolerances that follow from them.

    Parameters
    ----------
    tolerances
        What is declared, and the shares of what is not.
    seen
        Largest value of each state in a run before, which no foreseen size may exceed: (n_states,).
    """

    def __init__(self, tolerances: Tolerances, seen: Array | None = None) -> None:
        self.tolerances, self.seen = tolerances, seen
        self.lowest = np.full(tolerances.atol.shape, np.inf)
        self.highest = -self.lowest
        self.used = np.zeros_like(self.lowest)
        self._blind = np.zeros(self.used.shape, dtype=bool)
        self._missed = False

    @property
    def largest(self) -> Array:
        """Largest value of each state so far, whatever its sign; 0 before there is one."""
        is_seen = self.highest >= self.lowest
        result: Array = np.where(
            is_seen, np.maximum(np.abs(self.lowest), np.abs(self.highest)), 0.0
        )
        return result

    def note(self, states: Array) -> None:
        """Remember values, the last axis n_states."""
        rows = states.reshape(-1, self.lowest.size)
        self.lowest = np.fmin(self.lowest, np.fmin.reduce(rows, axis=0, initial=np.inf))
        self.highest = np.fmax(self.highest, np.fmax.reduce(rows, axis=0, initial=-np.inf))

    def allowed(
        self, kernels: BoundFunctions, time: float, state: Array, rates: Array, left: float
    ) -> Array:
        """Return the absolute tolerances of a segment, shape (n_states,).

        Parameters
        ----------
        kernels, time, state, rates
            Where the segment begins: the equations, and infusions into each state.
        left
            What is left of the run.
        """
        rtol, share, largest = self.tolerances.rtol, self.tolerances.share, self.largest
        sizes, gross = self._foreseen(kernels, time, state, rates, left)
        seen = largest if self.seen is None else self.seen
        most = np.where(seen > 0, LIMITED * rtol * seen, np.inf)
        relied = np.where(largest == 0, FROM_NOTHING, FORESEEN)
        foreseen = np.minimum(relied * share * sizes, most)
        if self.seen is not None:
            foreseen = np.where((sizes == 0) & (seen > 0), most, foreseen)
        allowed = np.maximum(np.maximum(share * largest, foreseen), ROUNDING * gross)
        self.used = np.maximum(self.used, np.where(share > 0, allowed, 0.0))
        self._blind = (share > 0) & (self.used == 0)
        result = np.maximum(np.maximum(self.tolerances.atol, self.used), LEAST)
        return np.where(self._blind, ANYTHING, result)

    def note_segment(self, states: Array) -> None:
        """Remember the values of a segment; whether one moved whose size nothing foresaw."""
        self._missed |= bool(states[:, self._blind].any())
        self.note(states)

    @property
    def coarse(self) -> bool:
        """Whether a size was foreseen far above what the run found, or not at all."""
        largest = self.largest
        most = np.maximum(COARSE * self.tolerances.rtol * largest, 2 * LEAST)
        return self._missed or bool((self.used > most)[largest > 0].any())

    def _foreseen(
        self, kernels: BoundFunctions, time: float, state: Array, rates: Array, left: float
    ) -> tuple[Array, Array]:
        """Return sizes, where what is nothing yet is sized by what feeds it; and all that flows."""
        sizes, at, gross = self.largest, state, np.zeros_like(state)
        with np.errstate(all="ignore"):
            for turn in range(ROUNDS):
                try:
                    inflow = np.abs(np.add(kernels.rate(time, at), rates))
                    slopes = np.abs(np.array(kernels.jacobian(time, at), dtype=float))
                except (ArithmeticError, ValueError, TypeError):
                    break
                if turn == 0:
                    gross = np.nan_to_num(
                        slopes @ np.abs(state) / np.maximum(np.diag(slopes), 1 / left)
                    )
                sizes = _spread(sizes, inflow, slopes, left)
                if sizes.all():
                    break
                at = state + sizes
                if turn % 2:
                    at = np.where(state == 0, sizes, 0.5 * state)
        return sizes, gross


def _spread(sizes: Array, inflow: Array, slopes: Array, left: float) -> Array:
    """Pass sizes on along the Jacobian, as many times as there are states at most."""
    forgets = np.diag(slopes).copy()
    others = slopes - np.diag(forgets)
    for _ in range(sizes.size):
        reach = (inflow + others @ sizes) * np.minimum(left, 1.0 / forgets)
        raised = np.isfinite(reach) & (FORESEEN * reach > sizes)
        if not raised.any():
            break
        sizes = np.where(raised, reach, sizes)
    return sizes
