"""Fits of one problem side by side: each in a thread, their runs together in the engine's lanes.

Every fit takes the steps that it would take alone, so that nothing depends on who runs beside it
or on how many there are.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from pdmodel.executors import Work
from pdmodel.inference.problem.meeting import Meeting
from pdmodel.inference.problem.problem import Problem

Result = TypeVar("Result")

_ABREAST = 8
"""Fits at a time: enough to fill the lanes of the engine; a thread of it more takes four more."""
_A_THREAD = 4


class Ended(Exception):
    """Nobody waits for the answer any more."""


def fits_of(
    problem: Problem,
    fit: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    work: Work,
) -> Iterator[Result]:
    """Yield the result of each fit of a problem when it ends, in any order.

    They go on side by side in this process where their runs can be made together, else each is a
    task of a worker.

    Parameters
    ----------
    problem, fit, tasks
        As for `fits_side_by_side`.
    work
        Its number of workers, or its executor.

    Raises
    ------
    WorkerError
        If a worker process dies.
    """
    if work.executor is None and problem.runs_together:
        return fits_side_by_side(problem, fit, tasks, work.jobs)
    return work.results(fit, [(problem, *task) for task in tasks])


def fits_side_by_side(
    problem: Problem,
    fit: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    threads: int,
) -> Iterator[Result]:
    """Yield the result of each task when it ends, in any order.

    Parameters
    ----------
    problem
        What is fitted.
    fit
        Called with a copy of the problem, whose runs are made with those of the others, and the
        arguments of a task.
    tasks
        The further arguments.
    threads
        How many a call of the engine may use.
    """
    abreast = min(len(tasks), max(_ABREAST, _A_THREAD * threads))
    if abreast < 2:
        for task in tasks:
            yield fit(problem.beside(), *task)
        return
    waiting: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    for task in tasks:
        waiting.put((problem.beside(), *task))
    with problem.simulator.meeting(threads) as meeting:
        workers = [
            threading.Thread(target=_work_off, args=(meeting, fit, waiting, ended), daemon=True)
            for _ in range(abreast)
        ]
        try:
            for worker in workers:
                worker.start()
            for _ in tasks:
                result = ended.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            meeting.end(Ended())  # who still goes on does so for nobody
            for worker in workers:
                worker.join()


def _work_off(
    meeting: Meeting[Any, Any],
    fit: Callable[..., Any],
    waiting: queue.SimpleQueue[tuple[Any, ...]],
    ended: queue.SimpleQueue[Any],
) -> None:
    """Work off tasks, one after another, until none is left."""
    with suppress(queue.Empty, Ended):
        while True:
            task = waiting.get_nowait()
            try:
                with meeting.present():
                    result = fit(*task)
            except Ended:
                raise
            except BaseException as error:
                ended.put(error)
                return
            ended.put(result)
