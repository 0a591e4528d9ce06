"""Many walkers, one simulator: what they ask at the same time is answered in one call.

A sampler asks for the likelihood of one point at a time; points that are simulated together cost a
fifth each of what one alone does. So walkers run in threads, each waits with its point, and when
all that still walk are waiting, the points are answered together. Who shares a call with whom does
not change an answer, so the result does not depend on the timing of the threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from pdmodel.arrays import Array

Task = TypeVar("Task")
Result = TypeVar("Result")


class BatchedFunction:
    """A function of points that is called by many walkers and evaluated for all that wait.

    Parameters
    ----------
    evaluate
        Takes points, shape (n_points, n_free), and returns a number each, shape (n_points,). Its
        answer for a point must not depend on the others.
    size
        Walkers at a time.

    Examples
    --------
    >>> pool = BatchedFunction(lambda points: points.sum(axis=1), 4)
    >>> [float(x) for x in pool.map(pool, np.eye(3) * 2)]
    [2.0, 2.0, 2.0]
    """

    def __init__(self, evaluate: Callable[[Array], Array], size: int) -> None:
        self._evaluate, self.size = evaluate, size
        self.calls = 0
        self._turn = threading.Condition()
        self._walking = 0
        self._waiting: list[_Question] = []
        self._error: BaseException | None = None

    def __call__(self, point: Array) -> float:
        """Return the number of one point, when those of all other walkers have been asked for."""
        question = _Question(point)
        with self._turn:
            self._waiting.append(question)
            self._answer_all()
            while question.answer is None and self._error is None:
                self._turn.wait()
            if self._error is not None:
                raise self._error
        assert question.answer is not None
        return question.answer

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
        with ThreadPoolExecutor(len(tasks)) as threads:
            try:
                return list(threads.map(one, tasks))
            except BaseException as error:  # an interrupt: nobody may go on walking
                self._stop(error)
                raise

    def _leave(self) -> None:
        """One walker less to wait for."""
        with self._turn:
            self._walking -= 1
            self._answer_all()

    def _stop(self, error: BaseException) -> None:
        with self._turn:
            self._error = self._error or error
            self._turn.notify_all()

    def _answer_all(self) -> None:
        """Answer all questions, if nobody who walks is still to ask."""
        if self._error is not None or not self._waiting or len(self._waiting) < self._walking:
            return
        questions, self._waiting = self._waiting, []
        try:
            answers = self._evaluate(np.array([question.point for question in questions]))
        except BaseException as error:
            self._stop(error)
            raise
        self.calls += len(questions)
        for question, answer in zip(questions, answers, strict=True):
            question.answer = float(answer)
        self._turn.notify_all()


class _Question:
    """A point, and its answer once there is one."""

    def __init__(self, point: Any) -> None:
        self.point: Array = np.array(point, dtype=float)
        self.answer: float | None = None
