"""Where long work is done: here, in processes of this machine, or on a Dask cluster.

Work is cut into tasks that hold all they need, seeds included, so that the numbers are the same
wherever and in whatever order tasks end. This is the only door to Dask, an extra: its scheduler
runs what it is sent and trusts who sends it, so it belongs on networks that are trusted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from pdmodel.arguments import whole_number
from pdmodel.errors import InputError, WorkerError
from pdmodel.workers import Workers, processes

Result = TypeVar("Result")
Progress = Callable[[int, int, str], None]
"""Called with parts done, parts in all, and a text."""

FORMS = "local:N for N processes of this machine, or dask://host:port"
_WAITING = 64
"""Tasks handed over and not yet ended: enough for many workers, little to hold in memory."""
_SECONDS = 10
"""How long a scheduler may take to answer, and a cluster be without workers."""


def cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def silent(done: int, total: int, text: str) -> None:
    """Report nothing: the progress of work that nobody watches."""


@dataclass(frozen=True)
class Work:
    """How a long piece of work is carried out; its answer depends on none of this.

    Parameters
    ----------
    out
        Folder of the result; None keeps nothing.
    overwrite
        Whether a finished result, or one of other work, may be replaced there.
    jobs
        Worker processes of this machine.
    executor
        Carries the tasks out instead; of the kind of `concurrent.futures`.
    progress
        Called with parts done, parts in all, and a text.

    Raises
    ------
    InputError
        If `jobs` is not a whole number from 1 on.
    """

    out: str | Path | None = None
    overwrite: bool = False
    jobs: int = 1
    executor: Executor | None = None
    progress: Progress = silent

    def __post_init__(self) -> None:
        """Refuse a number of workers that is none."""
        object.__setattr__(self, "jobs", whole_number(self.jobs, "jobs", least=1))

    def results(
        self, work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]]
    ) -> Iterator[Result]:
        """Yield the result of each task when it ends, in any order, as `completed` does."""
        if self.executor is not None:
            return completed(self.executor, work, tasks)
        return run_tasks(work, tasks, self.jobs)


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
        Its arguments; taken as needed. What a worker of `Workers` was doing when it died is done
        again, so that its results are to depend on the arguments only.

    Raises
    ------
    WorkerError
        If workers die, and nobody takes over.
    """
    left = iter(tasks)
    waiting: dict[Future[Result], tuple[Any, ...]] = {}
    lost: list[tuple[Any, ...]] = []
    try:
        while True:
            _hand_over(executor, work, islice(left, _WAITING - len(waiting)), waiting, lost)
            if not waiting and not lost:
                return
            ended, _ = wait(waiting, _SECONDS, FIRST_COMPLETED if not lost else ALL_COMPLETED)
            if not ended and isinstance(executor, Cluster):
                executor.check()
            for future in ended:
                yield from _result(future, waiting.pop(future), lost)
            if lost and not waiting:
                _replace_workers(executor)
                left, lost = chain(lost, left), []
    except CancelledError as error:
        raise WorkerError("the scheduler is gone, and the work with it") from error
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


def _hand_over(
    executor: Executor,
    work: Callable[..., Result],
    tasks: Iterable[tuple[Any, ...]],
    waiting: dict[Future[Result], tuple[Any, ...]],
    lost: list[tuple[Any, ...]],
) -> None:
    """Submit tasks, until one cannot be because a worker has died."""
    if lost:
        return
    for task in tasks:
        try:
            waiting[executor.submit(work, *task)] = task
        except BrokenExecutor:
            lost.append(task)
            return


def _result(
    future: Future[Result], task: tuple[Any, ...], lost: list[tuple[Any, ...]]
) -> Iterator[Result]:
    """Yield the result of a task, unless it was lost with a worker."""
    try:
        result = future.result()
    except BrokenExecutor:
        lost.append(task)
        return
    yield result


def _replace_workers(executor: Executor) -> None:
    if not isinstance(executor, Workers):
        raise WorkerError("a worker process died, and nobody takes over")
    executor.replace()


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
    address
        Where that is, for messages.
    """

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
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
            raise WorkerError(f"all workers at dask://{self._address} are gone")


def _is_place(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal()


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
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
        client = connect(f"tcp://{address}", timeout=_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers at dask://{address}") from error
    try:
        _check_workers(client, address)
        yield Cluster(client, address)
    except KilledWorker as error:
        raise WorkerError(f"workers at dask://{address} die of this work: {error}") from error
    finally:
        client.close()


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster that cannot give the same numbers: without workers, or of another version.

    Raises
    ------
    InputError
        If there are no workers, or one has not the pdmodel that asks.
    """
    try:
        client.wait_for_workers(1, timeout=_SECONDS)
    except TimeoutError as error:
        raise InputError(f"the Dask scheduler at dask://{address} has no workers") from error
    own = version()
    for worker, other in client.run(version, on_error="return").items():
        if other != own:
            raise InputError(f"worker {worker} runs pdmodel {other}, not {own}: the numbers differ")


def version() -> str:
    """Return the version of pdmodel that is installed where this is called."""
    return metadata.version("pdmodel")
