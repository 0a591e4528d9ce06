"""Processes of this machine that work for this one: replaced when one dies, gone when it ends.

Ctrl-C reaches every process of a terminal. Workers do not see it, from their first instruction on:
the process they work for does, and ends them. They also end when it is killed.
"""

from __future__ import annotations

import _thread
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from pdmodel.errors import WorkerError

_DEATHS = 3
"""So many deaths of workers are taken for a fault of the work."""
_SECONDS = 5.0
"""How long a worker that is to end may take to leave nothing half-written."""


class Workers(Executor):
    """Processes of this machine.

    Parameters
    ----------
    count
        How many at most; each is started when it is needed.
    """

    def __init__(self, count: int) -> None:
        self._count, self._deaths = count, 0
        self._begin()

    def _begin(self) -> None:
        context = _Spawn()
        self._started = context.started
        # Whatever comes in on it says that a worker has begun; that it is closed, that all end.
        self._line, theirs = context.Pipe()
        # Its end comes when every worker has closed its own: all have taken away what they wrote.
        self._working, self._theirs = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self._count, mp_context=context, initializer=_stand_by, initargs=(theirs, self._theirs)
        )

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand over a task; a process that is started for it does not see Ctrl-C."""
        with _held_back():
            return self._pool.submit(_work, fn, *args, **kwargs)

    def replace(self) -> None:
        """Begin with new processes after one has died, and with it the tasks of all.

        Raises
        ------
        WorkerError
            If they end by themselves before they begin, or too many have died.
        """
        begun = self._line.poll()
        self.end()
        self._deaths += 1
        if not begun and any((process.exitcode or 0) > 0 for process in self._started):
            raise WorkerError(
                "a worker process could not begin; a script that uses several must do so under "
                "`if __name__ == '__main__':`"
            )
        if self._deaths == _DEATHS:
            raise WorkerError(
                f"a worker process died {_DEATHS} times, killed from outside or for want of "
                "memory; fewer jobs need less of it"
            )
        self._begin()

    def end(self) -> None:
        """Make the processes give up what they do, and wait until they are gone.

        They are ended together, once all are ready: the pool kills all others as soon as it sees
        that one is gone.
        """
        self._line.close()
        self._theirs.close()
        if not self._working.closed:
            wait([self._working], _SECONDS + 1)
            self._working.close()
        for process in self._started:
            if process.pid is not None:
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


class _Spawn(SpawnContext):
    """A way to start processes that remembers them."""

    def __init__(self) -> None:
        self.started: list[SpawnProcess] = []
        super().__init__()

    def Process(self, *words: Any, **named: Any) -> SpawnProcess:  # type: ignore[override]
        """Return a process that is yet to be started."""
        self.started.append(SpawnProcess(*words, **named))
        return self.started[-1]


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    """Open processes of this machine; none outlives the block, however it ends."""
    workers = Workers(count)
    try:
        yield workers
        workers.shutdown()
    finally:
        workers.end()


@contextmanager
def _held_back() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until a process that is started has all that it begins with.

    It is never told of Ctrl-C; SIGTERM it hears once it stands by.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In a worker ------------------------------------------------------------------------------------

_BUSY, _ENDING = threading.Lock(), threading.Event()


def _stand_by(line: Connection, working: Connection) -> None:
    """Say that this worker has begun, and watch for the end of all."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    try:
        line.send_bytes(b".")
    except OSError:  # all has ended while this worker began
        os._exit(1)
    threading.Thread(target=_watch, args=(line, working), daemon=True).start()


def _watch(line: Connection, working: Connection) -> None:
    parent = multiprocessing.parent_process()
    wait([line] if parent is None else [line, parent.sentinel])
    _ENDING.set()
    if not _BUSY.acquire(blocking=False):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # how the work ends is of no interest
        _thread.interrupt_main()
        _BUSY.acquire(timeout=_SECONDS)
    working.close()
    if parent is not None:
        wait([parent.sentinel], _SECONDS)  # it ends all workers when the last is ready
    os._exit(1)


def _work(work: Callable[..., Any], /, *task: Any, **named: Any) -> Any:
    with _BUSY:
        if _ENDING.is_set():
            raise WorkerError("this worker is about to end")
        return work(*task, **named)


__all__ = ["Workers", "processes"]
