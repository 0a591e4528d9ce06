"""Where long work is done: here, in processes of this machine, or on a Dask cluster.

Work is cut into tasks that hold all they need, seeds included, so that the numbers are the same
wherever and in whatever order tasks end. This is the only door to Dask, an extra: its scheduler
runs what it is sent and trusts who sends it, so it belongs on networks that are trusted.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from concurrent.futures import ProcessPoolExecutor as Processes
from contextlib import contextmanager
from importlib import metadata
from itertools import islice
from typing import Any, TypeVar

from pdmodel.errors import InputError, WorkerError

Result = TypeVar("Result")

FORMS = "local:N for N processes of this machine, or dask://host:port"
_WAITING = 64
"""Tasks handed over and not yet ended: enough for many workers, little to hold in memory."""
_SECONDS = 10
"""How long a scheduler may take to answer, and a cluster be without workers."""


@contextmanager
def open_executor(address: str) -> Iterator[Executor]:
    """Open what an address names, and close it in the end.

    Parameters
    ----------
    address
        `local:N` or `dask://host:port`.

    Raises
    ------
    InputError
        If it is neither, Dask is not installed, or no scheduler answers.
    """
    kind, _, rest = address.partition(":")
    if kind == "local" and rest.isdecimal() and int(rest) >= 1:
        with processes(int(rest)) as pool:
            yield pool
    elif kind == "dask" and rest.startswith("//") and _is_place(rest[2:]):
        with _dask(rest[2:]) as cluster:
            yield cluster
    else:
        raise InputError(f"executor {address!r} is not allowed; write {FORMS}")


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Open processes of this machine; none outlives this one, however it ends."""
    context = multiprocessing.get_context("spawn")
    with Processes(count, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def completed(
    executor: Executor, work: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    """Yield the result of each task when it ends, in any order.

    Parameters
    ----------
    executor
        Any of the kind of `concurrent.futures`.
    work
        A function of a module.
    tasks
        Its arguments; taken as needed.

    Raises
    ------
    WorkerError
        If a worker dies and nobody takes over.
    """
    left = iter(tasks)
    waiting: set[Future[Result]] = set()
    try:
        while True:
            for task in islice(left, _WAITING - len(waiting)):
                waiting.add(executor.submit(work, *task))
            if not waiting:
                return
            ended, waiting = wait(waiting, _SECONDS, return_when=FIRST_COMPLETED)
            if not ended and isinstance(executor, Cluster):
                executor.check()
            for future in ended:
                yield future.result()
    except CancelledError as error:
        raise WorkerError("the scheduler is gone, and the work with it") from error
    except BrokenExecutor as error:
        raise WorkerError(
            "a worker process died; a script that uses several must do so under "
            "`if __name__ == '__main__':`"
        ) from error
    except RuntimeError as error:
        if isinstance(executor, Cluster) and "deserialization" in str(error):
            raise WorkerError(
                "the cluster cannot import what it is to run: its workers need the same packages "
                "and your modules"
            ) from error
        raise
    finally:
        for future in waiting:
            future.cancel()


def run_tasks(
    work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], jobs: int
) -> Iterator[Result]:
    """Yield the result of each task when it ends: here, or on processes of this machine.

    Parameters
    ----------
    work, tasks
        As for `completed`.
    jobs
        Worker processes at most; with one, or one task, the work is done here, in order.

    Raises
    ------
    WorkerError
        If a worker dies.
    """
    if jobs == 1 or len(tasks) <= 1:
        for task in tasks:
            yield work(*task)
        return
    with processes(min(jobs, len(tasks))) as pool:
        yield from completed(pool, work, tasks)


class Cluster(Executor):
    """The workers of a Dask scheduler.

    Parameters
    ----------
    client
        Connected to the scheduler.
    place
        Where that is, for messages.
    """

    def __init__(self, client: Any, place: str) -> None:
        self._client, self._place = client, place
        self._inner = client.get_executor(pure=False)
        self._without = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand over a task."""
        future: Future[Any] = self._inner.submit(fn, *args, **kwargs)
        return future

    def check(self) -> None:
        """Refuse to wait for ever: workers may be away for a moment, not for longer.

        Raises
        ------
        WorkerError
            If there have been none at two looks, `_SECONDS` apart.
        """
        self._without = 0 if self._client.scheduler_info()["workers"] else self._without + 1
        if self._without >= 2:
            raise WorkerError(f"all workers at dask://{self._place} are gone")


def _is_place(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal()


@contextmanager
def _dask(place: str) -> Iterator[Executor]:
    """Connect to a scheduler that runs."""
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError(
            "dask:// needs Dask, which is not installed: pip install 'pdmodel[dask]'"
        ) from error
    try:
        connect: Any = Client  # it is not typed in full
        client = connect(f"tcp://{place}", timeout=_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at dask://{place}") from error
    try:
        _check_workers(client, place)
        yield Cluster(client, place)
    except KilledWorker as error:
        raise WorkerError(f"workers at dask://{place} die of this work: {error}") from error
    finally:
        client.close()


def _check_workers(client: Any, place: str) -> None:
    """Refuse a cluster that cannot give the same numbers: without workers, or of another version.

    Raises
    ------
    InputError
        If there are no workers, or one has not the pdmodel that asks.
    """
    try:
        client.wait_for_workers(1, timeout=_SECONDS)
    except TimeoutError as error:
        raise InputError(f"the Dask scheduler at dask://{place} has no workers") from error
    own = version()
    for worker, other in client.run(version, on_error="return").items():
        if other != own:
            raise InputError(f"worker {worker} runs pdmodel {other}, not {own}: the numbers differ")


def version() -> str:
    """Return the version of pdmodel that is installed where this is called."""
    return metadata.version("pdmodel")


def _end_with_parent() -> None:
    """Leave no worker behind when the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
