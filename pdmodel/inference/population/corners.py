"""Corners of a population's objective, where a lag of a patient meets the time of a row.

There the slope of a prediction jumps, and the objective with it: beyond the corner a row no longer
says, or newly says, when the dose arrived. A search that knows only slopes ends before such a jump
without being able to say why. Here the jump is a wall: how far away it is, and how it moves with
what is sought, is known exactly, so that a search can go along it, and tell that it stands on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from pdmodel.arrays import Array, Flags
from pdmodel.inference.population.likelihood.objective import Objective, Value

# Halvings by which a corner between two places is found.
_HALVINGS = 40
# Which part of the way to a corner a step may go. Where it is crossed nevertheless, which part of
# what it is pushed by a step keeps away from it, and how much more each time.
_PART, _FIRST, _MORE = 0.95, 0.01, 4.0


@dataclass(frozen=True)
class Wall:
    """A corner that a step may not cross: `normal @ step <= room`.

    Parameters
    ----------
    subject
        Number of the patient whose lag meets a row there.
    normal
        Shape (n_sought,).
    room
        How far away it is; 0 on the corner.
    push
        How far a step would go beyond it that is not held.
    back
        Which part of that a step keeps away from it, for corners are bent.
    """

    subject: int
    normal: Array
    room: float
    push: float
    back: float = 0.0

    @property
    def limit(self) -> float:
        """How far a step may go."""
        return _PART * self.room - self.back * self.push


def walls_between(
    objective: Objective, x: Array, here: Value, to: Array, there: Value
) -> list[Wall]:
    """Return the corners between two places at which patients become less likely.

    Parameters
    ----------
    objective
        What is minimised.
    x, here
        A place, shape (n_sought,), and the value there with its slopes.
    to, there
        Another one that is worse.

    Returns
    -------
    list of Wall
        Empty if they are not why it is worse.
    """
    change = to - x
    crossed = crossed_between(objective, here, there)
    if not crossed.any():
        return []
    jumps = there.by_subject - here.by_subject - here.own_gradients @ change
    blamed = crossed & (jumps > 0)
    rise = there.objective - here.objective
    if not blamed.any() or rise - float(jumps[blamed].sum()) > 0:
        return []
    return _walls_of(objective, x, here, to, there, blamed)


def crossed_between(objective: Objective, here: Value, there: Value) -> Flags:
    """Return which patients are on different sides of a corner at two places."""
    return objective.patients.rows.crossed(here.here.passed, there.here.passed)


def joined(walls: Sequence[Wall], more: Sequence[Wall]) -> list[Wall]:
    """Return walls and more of them; one that was crossed although it was held keeps steps away."""
    held = {wall.subject: wall for wall in walls}
    for wall in more:
        before = held.get(wall.subject)
        held[wall.subject] = wall
        if before is not None:
            held[wall.subject] = replace(before, back=max(_FIRST, _MORE * before.back))
    return list(held.values())


def step_within(curvature: Array, gradient: Array, walls: Sequence[Wall], free: Flags) -> Array:
    """Return the step to the least value of a quadratic that crosses no wall.

    Parameters
    ----------
    curvature, gradient
        Of what may move, positive definite; shapes (n_free, n_free) and (n_free,).
    walls
        Not to be crossed.
    free
        What may move, shape (n_sought,).
    """
    step = np.asarray(-np.linalg.solve(curvature, gradient), dtype=float)
    if not walls:
        return step
    normals = np.array([wall.normal[free] for wall in walls])
    over = normals @ step - np.array([wall.limit for wall in walls])
    back = np.linalg.solve(curvature, normals.T)
    between = normals @ back
    between[np.diag_indices_from(between)] += 1e-10 * np.trace(between) + 1e-300
    factor = np.linalg.cholesky(between)
    pushed, _ = nnls(factor.T, np.linalg.solve(factor, over))
    return np.asarray(step - back @ pushed)


def _walls_of(
    objective: Objective, x: Array, here: Value, to: Array, there: Value, blamed: Flags
) -> list[Wall]:
    """Return the corner of each blamed patient between two places, found by halving the way."""
    patients = objective.patients
    point, own = objective.point(x), patients.individuals
    scaled = own.scaled(point.means, here.etas)
    ways = own.scaled(objective.point(to).means, there.etas) - scaled
    low, high = np.zeros(len(scaled)), np.ones(len(scaled))
    for _ in range(_HALVINGS):
        middle = np.where(blamed, 0.5 * (low + high), 0.0)
        between = scaled + middle[:, np.newaxis] * ways
        passed = patients.predictions.passed(own.transforms.from_scale(between)[0])
        over = patients.rows.crossed(here.here.passed, passed)
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    slopes = np.zeros((*scaled.shape, x.size))
    slopes[..., : point.mean_slopes.shape[-1]] = point.mean_slopes
    assert here.eta_slopes is not None
    slopes[:, own.effect_at] += here.eta_slopes
    walls, moving = [], patients.moving
    for n in np.flatnonzero(blamed).tolist():
        length = max(float(np.linalg.norm(ways[n, moving])), 1e-300)
        normal = ways[n, moving] / length @ slopes[n, moving]
        room = float(low[n]) * length
        walls.append(Wall(n, normal, room, max(float(normal @ (to - x)) - room, 0.0)))
    return walls
