"""Walkers that are answered together: all of them, in order, and errors end them all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pdmodel.inference.posterior.batching import BatchedFunction, WalkerPoint


def test_walkers_of_different_lengths() -> None:
    """Each gets the answers to its own questions; questions at a time share a call."""
    sizes: list[int] = []

    def squares(points: np.ndarray) -> np.ndarray:
        sizes.append(len(points))
        return (points**2).sum(axis=1)

    pool = BatchedFunction(squares, 4)

    def walk(steps: int) -> list[float]:
        return [pool(np.array([float(steps), float(step)])) for step in range(steps)]

    found = pool.map(walk, [3, 1, 2, 0, 5])
    assert found == [[float(n * n + k * k) for k in range(n)] for n in (3, 1, 2, 0, 5)]
    assert sum(sizes) == pool.calls == 11
    assert sizes[:3] == [3, 2, 1]


def test_an_error_ends_all_walkers() -> None:
    """Neither a failed evaluation nor a walker that fails leaves the others waiting."""

    def broken(points: np.ndarray) -> np.ndarray:
        raise ArithmeticError("no")

    pool = BatchedFunction(broken, 3)
    with pytest.raises(ArithmeticError, match="no"):
        pool.map(pool, np.eye(3))

    sound = BatchedFunction(lambda points: points[:, 0], 3)

    def walk(number: int) -> float:
        if number == 2:
            raise ValueError("lost")
        return sound(np.array([float(number)])) + sound(np.array([1.0]))

    with pytest.raises(ValueError, match="lost"):
        sound.map(walk, [0, 1, 2])


class Halves:
    """Answers a point in its second call, or in its first where it starts below the level."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def advance(self, asked: Sequence[WalkerPoint]) -> None:
        """Take the first coordinate, then both."""
        self.sizes.append(len(asked))
        for each in asked:
            if each.progress is None and each.point[0] >= each.above:
                each.progress = "begun"
            else:
                each.answer = float(each.point.sum())


def test_points_that_take_several_calls() -> None:
    """Who is answered walks on and shares the next call; the level is that of the tasks."""
    halves = Halves()
    pool = BatchedFunction(halves, 4, lambda task: task)

    def walk(task: float) -> list[float]:
        return [pool(np.array([step, 1.0])) for step in (0.0, 5.0)]

    assert pool.map(walk, [3.0, 4.0]) == [[1.0, 6.0]] * 2
    assert halves.sizes == [2, 2, 2], "the first points end in one call, the others in two"
    assert pool.calls == 4
    assert pool(np.array([1.0, 1.0])) == 2.0, "asked by nobody who was sent"
