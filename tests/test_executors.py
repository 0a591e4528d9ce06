"""Work in processes and on a Dask cluster: the same numbers, whoever dies on the way."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

import pdmodel.trial.run.blocks
from fits.trials import phase2
from pdmodel.errors import InputError, WorkerError
from pdmodel.executors import Work, completed, open_executor
from tests.faults.tasks import die, fail, square

SHORT = phase2.with_(protocol=phase2.protocol.with_(days=84))
PATIENTS = 48


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut patients into blocks of 8, so that there are several."""
    monkeypatch.setattr(pdmodel.trial.run.blocks, "BLOCK", 8)


def test_every_task_is_done_once() -> None:
    """Many more than wait at a time, in whatever order."""
    with ThreadPoolExecutor(3) as pool:
        found = list(completed(pool, square, ((n,) for n in range(500))))
    assert sorted(found) == [n * n for n in range(500)]


def test_work_is_done_here_or_by_its_executor() -> None:
    """The same results in any order; a number of workers that is none is refused at once."""
    tasks = [(n,) for n in range(20)]
    assert list(Work().results(square, tasks)) == [n * n for n in range(20)]
    with ThreadPoolExecutor(3) as pool:
        squares = set(Work(executor=pool).results(square, tasks))
    assert squares == {n * n for n in range(20)}
    with pytest.raises(InputError, match="jobs must be"):
        Work(jobs=0)


def test_processes_give_the_same_numbers(small_blocks: None) -> None:
    """Two processes, and this one."""
    here = SHORT.run(PATIENTS, 1)
    with open_executor("local:2") as pool:
        there = SHORT.run(PATIENTS, 1, executor=pool)
    pd.testing.assert_frame_equal(here.outcomes, there.outcomes, check_exact=True)
    pd.testing.assert_frame_equal(here.table, there.table, check_exact=True)


def test_a_process_that_dies_is_an_error_and_one_that_fails_another() -> None:
    """Typed, with what to do; not a hang."""
    with open_executor("local:1") as pool, pytest.raises(WorkerError, match="a worker process"):
        list(completed(pool, die, [(1,)]))
    with open_executor("local:1") as pool, pytest.raises(InputError, match="3 is not allowed"):
        list(completed(pool, fail, [(3,)]))


@pytest.mark.parametrize("address", ["local", "local:0", "local:two", "dask:host:1", "dask://host"])
def test_addresses_that_are_none(address: str) -> None:
    """What is allowed is said."""
    with pytest.raises(InputError, match="write local:N for N processes"), open_executor(address):
        pass


@contextmanager
def cluster(
    folder: Path, workers: int, place: Path = Path(__file__).parents[1]
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and workers on loopback; yield `dask://host:port` and all of them.

    They can import what lies at `place`.
    """
    begun: list[subprocess.Popen[bytes]] = []

    def start(program: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *words]
        with (folder / f"{program}_{len(begun)}.log").open("wb") as log:
            begun.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=place))
        return begun[-1]

    try:
        file = folder / "scheduler.json"
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        words = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")
        for _ in range(workers):
            start("dask_worker", address, *words)
        yield address.replace("tcp://", "dask://"), begun
    finally:
        for process in reversed(begun):
            process.kill()
            process.wait()


def test_a_cluster_gives_the_same_numbers_when_a_worker_is_killed(
    tmp_path: Path, small_blocks: None
) -> None:
    """A scheduler and two workers; one is killed while it works; the other takes over."""
    pytest.importorskip("distributed")
    here = SHORT.run(PATIENTS, 1)
    with cluster(tmp_path, 2) as (address, (_, worker, _)):

        def kill(done: int, total: int, text: str) -> None:
            if worker.poll() is None:
                worker.kill()
                worker.wait()
                assert done < total

        with open_executor(address) as pool:
            there = SHORT.run(PATIENTS, 1, executor=pool, progress=kill)
        assert worker.poll() is not None
    pd.testing.assert_frame_equal(here.outcomes, there.outcomes, check_exact=True)
    pd.testing.assert_frame_equal(here.table, there.table, check_exact=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for two seconds where users wait for ten."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("pdmodel.executors._SECONDS", 2)


def test_nobody_answers(impatient: None, tmp_path: Path) -> None:
    """No scheduler, and one without workers: said before anything is begun."""
    with (
        pytest.raises(InputError, match=r"no Dask scheduler answers at dask://127\.0\.0\.1:9"),
        open_executor("dask://127.0.0.1:9"),
    ):
        pass
    with (
        cluster(tmp_path, 0) as (address, _),
        pytest.raises(InputError, match="has no workers"),
        open_executor(address),
    ):
        pass


def test_the_last_worker_dies(impatient: None, tmp_path: Path) -> None:
    """Nobody waits for ever."""
    with (
        cluster(tmp_path, 1) as (address, _),
        open_executor(address) as pool,
        pytest.raises(WorkerError, match=r"all workers at dask://.* are gone"),
    ):
        list(completed(pool, die, [(1,)]))


def test_the_scheduler_dies(impatient: None, tmp_path: Path) -> None:
    """The work is lost, not the patience."""
    with cluster(tmp_path, 1) as (address, programs), open_executor(address) as pool:
        found = completed(pool, square, ((n,) for n in range(500)))
        assert next(found) >= 0
        programs[0].kill()
        with pytest.raises(WorkerError, match="the scheduler is gone"):
            list(found)


def test_workers_lack_a_module(impatient: None, tmp_path: Path) -> None:
    """What they need is said, not how their import failed."""
    with (
        cluster(tmp_path, 1, tmp_path) as (address, _),
        open_executor(address) as pool,
        pytest.raises(WorkerError, match="its workers need the same packages"),
    ):
        list(completed(pool, square, [(1,)]))
