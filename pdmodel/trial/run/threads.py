"""Blocks of patients side by side in the threads of this process.

Compiled code lets go of Python's lock, so that the processors are busy. A block runs in one thread
while there are as many blocks as threads; the last ones share the threads that have nothing to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
_AHEAD = 2
"""Blocks a thread that are handed over before the results of others are taken."""


class Stopped(Exception):
    """Nobody waits for the block any more."""


class ThreadShare:
    """How many threads a block may use now; it changes nobody's numbers.

    Parameters
    ----------
    threads
        How many there are for all blocks together.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._lock, self._running = threading.Lock(), 0
        self._stop = threading.Event()

    def now(self) -> int:
        """Return the share of one of the blocks that run at the moment.

        Raises
        ------
        Stopped
            If the blocks are to end.
        """
        if self._stop.is_set():
            raise Stopped
        return max(1, self.threads // max(1, self._running))

    def stop(self) -> None:
        """Let every block end at its next visit."""
        self._stop.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Count a block that runs."""
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1


def side_by_side(
    work: Callable[[Task, ThreadShare], Result], tasks: Sequence[Task], threads: int
) -> Generator[Result, None, None]:
    """Yield the result of each task when it ends, in any order.

    Parameters
    ----------
    work
        Called with a task and the share of threads that it may use.
    tasks
        What there is to do; few are begun before the results of others are taken.
    threads
        How many in all.
    """
    share = ThreadShare(threads)

    def counted(task: Task) -> Result:
        with share.taken():
            return work(task, share)

    left = iter(tasks)
    with ThreadPoolExecutor(max(1, min(threads, len(tasks))), "pdmodel-block") as pool:
        waiting: set[Future[Result]] = set()
        try:
            while True:
                room = _AHEAD * threads - len(waiting)
                waiting |= {pool.submit(counted, task) for task in islice(left, room)}
                if not waiting:
                    return
                ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                # what has come to its end is not lost by an error of another
                for future in sorted(ended, key=lambda future: future.exception() is not None):
                    yield future.result()
        finally:
            for future in waiting:  # first, or a thread that is stopped would begin the next
                future.cancel()
            share.stop()
