"""Many walkers, one simulator: what they ask at the same time is answered in one call.

A sampler asks for the likelihood of one point at a time; points that are simulated together cost a
fifth each of what one alone does. So walkers run in threads, each waits with its point, and when
all that still walk are waiting, the thread that sent them answers all at once. Who shares a call
with whom does not change an answer, so the result does not depend on the timing of the threads.

A walker that looks for points above a level need not know how far below it a point lies. What
answers may therefore take several calls for a point, and drop it in between: those that are
answered walk on, and what they ask next shares a call with the rest of the others.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from pdmodel.arrays import Array

Task = TypeVar("Task")
Result = TypeVar("Result")


class WalkerPoint:
    """A point that a walker waits with.

    Parameters
    ----------
    point
        Its coordinates, shape (n_free,).
    above
        The level below which any number below it is as good an answer as the right one.

    Attributes
    ----------
    answer
        The number, once there is one.
    progress
        What answers keeps here of a point between calls.
    """

    def __init__(self, point: Any, above: float = -math.inf) -> None:
        self.point: Array = np.array(point, dtype=float)
        self.above = above
        self.answer: float | None = None
        self.progress: Any = None


@runtime_checkable
class Stepwise(Protocol):
    """A function of points that takes several calls for a point."""

    def advance(self, asked: Sequence[WalkerPoint]) -> None:
        """Bring every point a step further, and answer those of which enough is known."""


class BatchedFunction:
    """A function of points that is called by many walkers and evaluated for all that wait.

    Parameters
    ----------
    evaluate
        Takes points, shape (n_points, n_free), and returns a number each, shape (n_points,); or
        goes on stepwise. Its answer for a point must not depend on the others.
    size
        Walkers at a time.
    above
        The level above which the walker of a task looks for points; none by default.

    Examples
    --------
    >>> pool = BatchedFunction(lambda points: points.sum(axis=1), 4)
    >>> [float(x) for x in pool.map(pool, np.eye(3) * 2)]
    [2.0, 2.0, 2.0]
    """

    def __init__(
        self,
        evaluate: Callable[[Array], Array] | Stepwise,
        size: int,
        above: Callable[[Any], float] | None = None,
    ) -> None:
        self._evaluate, self.size, self._above = evaluate, size, above
        self.calls = 0
        self._level = -math.inf
        lock = threading.Lock()
        self._answered, self._all_wait = threading.Condition(lock), threading.Condition(lock)
        self._walking = 0
        self._waiting: list[WalkerPoint] = []
        self._error: BaseException | None = None

    def __call__(self, point: Array) -> float:
        """Return the number of one point, when those of all other walkers have been asked for."""
        asked = WalkerPoint(point, self._level)
        with self._answered:
            self._waiting.append(asked)
            if not self._walking:  # nobody was sent: who asks answers
                self._answer_some()
            self._call_if_all_wait()
            while asked.answer is None and self._error is None:
                self._answered.wait()
            if self._error is not None:
                raise self._error
        assert asked.answer is not None
        return asked.answer

    def map(self, walk: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
        """Run walkers, at most `size` at a time; the results are in the order of the tasks."""
        every = list(tasks)
        results: list[Result] = []
        for first in range(0, len(every), self.size):
            results += self._run(walk, every[first : first + self.size])
        return results

    def _run(self, walk: Callable[[Task], Result], tasks: list[Task]) -> list[Result]:
        def one(task: Task) -> Result:
            try:
                return walk(task)
            except BaseException as error:
                self._stop(error)
                raise
            finally:
                self._leave()

        self._walking = len(tasks)
        self._level = -math.inf if self._above is None else min(map(self._above, tasks))
        with ThreadPoolExecutor(len(tasks)) as threads:
            try:
                walkers = [threads.submit(one, task) for task in tasks]
                self._answer_all()
                return [walker.result() for walker in walkers]
            except BaseException as error:  # an interrupt: nobody may go on walking
                self._stop(error)
                raise

    def _leave(self) -> None:
        """One walker less to wait for."""
        with self._answered:
            self._walking -= 1
            self._call_if_all_wait()

    def _stop(self, error: BaseException) -> None:
        with self._answered:
            self._error = self._error or error
            self._answered.notify_all()
            self._all_wait.notify()

    def _call_if_all_wait(self) -> None:
        if len(self._waiting) >= self._walking:
            self._all_wait.notify()

    def _answer_all(self) -> None:
        """Answer whenever nobody who walks is still to ask, until nobody walks any more."""
        with self._all_wait:
            while self._walking and self._error is None:
                if len(self._waiting) < self._walking:
                    self._all_wait.wait()
                else:
                    self._answer_some()

    def _answer_some(self) -> None:
        """Go on until a point is answered."""
        asked = self._waiting
        while len(self._waiting) == len(asked):
            self._advance(asked)
            self._waiting = [each for each in asked if each.answer is None]
        self.calls += len(asked) - len(self._waiting)
        self._answered.notify_all()

    def _advance(self, asked: Sequence[WalkerPoint]) -> None:
        if isinstance(self._evaluate, Stepwise):
            self._evaluate.advance(asked)
            return
        answers = self._evaluate(np.array([each.point for each in asked]))
        for each, answer in zip(asked, answers, strict=True):
            each.answer = float(answer)
