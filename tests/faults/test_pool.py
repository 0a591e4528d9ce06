"""Worker processes: one that dies is replaced, none is left behind; any way to start one works."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from pdmodel.engine import simulate_cohort
from pdmodel.errors import WorkerError
from pdmodel.executors import run_tasks
from pdmodel.inference import FitProblem
from pdmodel.workers import processes
from tests.faults.tasks import die, run_once, square_or_die, wait_for
from tests.toys import one_compartment
from tests.toys.measured_laboratory import laboratory

__all__ = ["laboratory"]

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@contextmanager
def one_killed_on_the_way() -> Iterator[list[int]]:
    """Kill the first worker that there is, half a second after it began."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            if children := multiprocessing.active_children():
                over.wait(0.5)
                os.kill(children[0].pid or 0, signal.SIGKILL)
                killed.append(children[0].pid or 0)
                return

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    """Its tasks are done again, and every result comes once."""
    tasks = [(number, tmp_path / "dead") for number in range(20)]
    assert sorted(run_tasks(square_or_die, tasks, 2)) == [n * n for n in range(20)]
    assert (tmp_path / "dead").exists()
    assert multiprocessing.active_children() == []


def test_work_that_kills_its_workers_is_given_up() -> None:
    """One clear error, no endless replacement."""
    with pytest.raises(WorkerError, match="a worker process died 3 times"):
        list(run_tasks(die, [(1,), (2,)], 2))
    assert multiprocessing.active_children() == []


def test_a_fit_survives_the_death_of_a_worker(laboratory: Path) -> None:
    """The same numbers as without: of measured courses, whose starts are tasks of workers."""
    problem = FitProblem(
        f"{laboratory / 'm.py'}:model",
        data=laboratory / "pk.csv",
        observed="concentration",
        free=["k", "volume"],
    )
    alone = problem.run(starts=3, seed=2, jobs=1, max_evaluations=10)
    with one_killed_on_the_way() as killed:
        found = problem.run(starts=3, seed=2, jobs=2, max_evaluations=10)
    assert len(killed) == 1
    assert found.parameters["value"].tolist() == alone.parameters["value"].tolist()


def test_workers_end_with_the_block_and_leave_nothing(tmp_path: Path) -> None:
    """Whoever is interrupted does not wait for them; what they write they take away."""

    def interrupted() -> None:
        with processes(2) as workers:
            for name in "ab":
                workers.submit(wait_for, tmp_path / name)
            deadline = time.monotonic() + 60
            while len(list(tmp_path.iterdir())) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_every_way_to_start_a_process(method: str) -> None:
    """After a first run here, a child has the same bits, however it was started."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    here = [run_once(number) for number in (1, 2)]
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map_async(run_once, (1, 2)).get(timeout=120) == here


def test_within_an_event_loop() -> None:
    """As in a notebook: the loop runs already when a model, a cohort and workers are used."""

    async def cell() -> tuple[bytes, list[bytes], float]:
        cohort = simulate_cohort(one_compartment(), "1 mg daily", {"k": [0.7] * 3}, days=3)
        await asyncio.sleep(0)
        there = list(run_tasks(run_once, [(1,), (1,)], 2))
        return run_once(1), there, float(np.ptp(cohort["plasma"].values[:, -1]))

    here, there, spread = asyncio.run(cell())
    assert there == [here, here]
    assert spread == 0
