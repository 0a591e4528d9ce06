"""The search within patients whose doses follow an effect, such as a lag of each patient's own.

Where a dose arrives at the time of a row, the likelihood of a patient has a corner. A row that says
that nothing has arrived yet pushes the lag up, all others may push it down: the most likely lag is
then exactly the time of that row. Newton's steps end somewhere beside it. Here the effect is pinned
to the corner, on the side where the dose has not arrived, and all other effects are sought with it.
"""

from __future__ import annotations

import numpy as np

from pdmodel.arrays import Array, Flags, Integers
from pdmodel.inference.population.likelihood.inner import (
    FailedPatients,
    Inner,
    Patients,
    PopulationPoint,
    inverse_where_free,
)

# How far from a corner an effect stands that is pinned to it, and within what it is recognised.
_BESIDE, _NEAR = 1e-7, 3e-7
# How far from where a search ended a corner is looked for, and how often that is halved.
_WIDTHS, _HALVINGS = (1e-5, 1e-3), 40
# Predicted decrease that a search must not leave, unless it stands at a corner.
_LEFT = 1e-6
# Steps of the other effects, and how often a patient may be taken off its corner.
_STEPS, _ENOUGH, _RELEASES = 20, 1e-10, 3
# Where else a search begins, in standard deviations of the effect: the likelier ones first.
_ELSEWHERE = tuple(side * share for share in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0) for side in (-1, 1))


class CorneredPatients(Patients):
    """Patients whose doses follow parameters: searches that end on corners."""

    def settled(self, point: PopulationPoint, here: Inner) -> Inner:
        """Return the same with the effects marked that stand on corners."""
        here.pinned = self._standing(point, here.etas)
        return here

    def search(
        self,
        point: PopulationPoint,
        start: Array,
        curvature: Array | None = None,
        active: Flags | None = None,
    ) -> Inner:
        """Return all patients at their most likely effects; arguments as of `Patients.search`."""
        effects = self.moving_doses
        if not effects:
            return super().search(point, start, curvature, active)
        asked = np.ones(len(start), dtype=bool) if active is None else active
        pinned = self._standing(point, start)
        here = super().search(point, start, curvature, asked & ~pinned.any(axis=1))
        here.pinned = pinned
        for _ in range(_RELEASES):
            self._pin(point, here, asked)
            released = self._along(point, here, asked)
            if not released.any():
                break
            pinned = here.pinned
            here = super().search(point, here.etas, None, released)
            here.pinned = pinned
        return here

    def search_widely(self, point: PopulationPoint, start: Array) -> Inner:
        """Return all patients at their most likely effects, sought from several beginnings.

        The likelihood has a hollow between every two rows: one before the arrival says nothing of
        how much later it is. One search finds the nearest; others begin between other rows.
        """
        best = self.search(point, start)
        for effect in self.moving_doses:
            begun = [best.passed.copy()]
            for share in _ELSEWHERE:
                etas = best.etas.copy()
                etas[:, effect] = share * np.sqrt(point.covariance[effect, effect])
                passed = self._passed(point, etas)
                new = np.all([self.rows.crossed(before, passed) for before in begun], axis=0)
                begun.append(passed)
                try:
                    other = self.search(point, etas, None, new)
                except FailedPatients:
                    continue
                better = new & (other.joint < best.joint - 1e-7 * (1.0 + np.abs(best.joint)))
                best.take(other, better, better[self.rows.subject])
                best.pinned[better] = other.pinned[better]
        return best

    # Corners ----------------------------------------------------------------------------------

    def _passed(self, point: PopulationPoint, etas: Array) -> Integers:
        """Return how many edges lie behind each row."""
        scaled = self.individuals.scaled(point.means, etas)
        return self.predictions.passed(self.individuals.transforms.from_scale(scaled)[0])

    def _behind(self, point: PopulationPoint, etas: Array) -> Array:
        """Return how many edges lie behind the rows of each patient, in all."""
        return self.rows.by_subject(self._passed(point, etas).astype(float))

    def _standing(self, point: PopulationPoint, etas: Array) -> Flags:
        """Return which effects stand beside a corner, on the side of fewer edges."""
        standing, here = np.zeros(etas.shape, dtype=bool), self._behind(point, etas)
        for effect in self.moving_doses:
            for side in (-1.0, 1.0):
                moved = etas.copy()
                moved[:, effect] += side * _NEAR
                standing[:, effect] |= self._behind(point, moved) > here
        return standing

    def _pin(self, point: PopulationPoint, here: Inner, asked: Flags) -> None:
        """Put patients whose search ended beside a corner on it."""
        step = np.linalg.solve(here.curvature, here.gradient[..., np.newaxis])[..., 0] / 2
        left = (here.gradient * step).sum(axis=1)
        stuck = asked & (left > _LEFT) & ~here.pinned.any(axis=1)
        for effect in self.moving_doses:
            for width in _WIDTHS:
                if not stuck.any():
                    return
                etas, at_corner = self._corner(point, here.etas, effect, width, stuck)
                there, failures = self.at(point, etas, only=at_corner)
                at_corner[list(failures)] = False
                here.take(there, at_corner, at_corner[self.rows.subject])
                here.pinned[at_corner, effect] = True
                stuck &= ~at_corner

    def _corner(
        self, point: PopulationPoint, etas: Array, effect: int, width: float, stuck: Flags
    ) -> tuple[Array, Flags]:
        """Return effects beside the nearest corner, and of whom there is one."""
        low, high = etas.copy(), etas.copy()
        low[stuck, effect] -= width
        high[stuck, effect] += width
        below, above = self._behind(point, low), self._behind(point, high)
        there = stuck & (below != above)
        for _ in range(_HALVINGS):
            middle = np.where(there[:, np.newaxis], 0.5 * (low + high), etas)
            up = self._behind(point, middle) == below
            low[:, effect] = np.where(up, middle[:, effect], low[:, effect])
            high[:, effect] = np.where(up, high[:, effect], middle[:, effect])
        corner = etas.copy()
        fewer = np.where(above < below, high[:, effect] + _BESIDE, low[:, effect] - _BESIDE)
        corner[there, effect] = fewer[there]
        return corner, there

    def _along(self, point: PopulationPoint, here: Inner, asked: Flags) -> Flags:
        """Search the other effects of pinned patients; release those who have a way down.

        Returns
        -------
        ndarray of bool
            Patients whose search goes on from where they stand.
        """
        cornered = asked & here.pinned.any(axis=1)
        if not cornered.any():
            return cornered
        active = cornered.copy()
        for _ in range(_STEPS):
            inverse = inverse_where_free(here.curvature, here.pinned)
            step = -inverse @ here.gradient[..., np.newaxis] / 2
            active &= -(here.gradient * step[..., 0]).sum(axis=1) > _ENOUGH
            if not active.any():
                break
            active, _ = self._step(point, here, step[..., 0], active)
        return self._released(point, here, cornered)

    def _released(self, point: PopulationPoint, here: Inner, cornered: Flags) -> Flags:
        """Take patients off corners from which the likelihood falls to a side."""
        released = np.zeros_like(cornered)
        for effect in self.moving_doses:
            own = cornered & here.pinned[:, effect]
            if not own.any():
                continue
            over = here.etas.copy()
            side = self._side(point, here.etas, effect)
            over[own, effect] += side[own] * (_BESIDE + _NEAR)
            there, failures = self.at(point, over, only=own)
            own[list(failures)] = False
            away = own & (here.gradient[:, effect] * side > 0)
            down = own & ~away & (there.gradient[:, effect] * side < 0)
            here.take(there, down, down[self.rows.subject])
            here.pinned[away | down, effect] = False
            released |= away | down
        return released

    def _side(self, point: PopulationPoint, etas: Array, effect: int) -> Array:
        """Return on which side of an effect the corner lies: 1 above it, else -1."""
        moved = etas.copy()
        moved[:, effect] += _NEAR
        return np.where(self._behind(point, moved) > self._behind(point, etas), 1.0, -1.0)
