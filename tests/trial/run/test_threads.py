"""Blocks side by side: all are done, no more at once than there are threads, none goes on alone."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ALL_COMPLETED, wait
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest

from pdmodel.errors import InputError
from pdmodel.trial.run.threads import Stopped, ThreadShare, side_by_side


def all_of_them(futures: Any, return_when: str) -> Any:
    """Wait as if all had ended before anybody looked."""
    del return_when
    return wait(futures, return_when=ALL_COMPLETED)


@pytest.mark.parametrize("threads", [1, 3])
def test_every_task_is_done_once(threads: int) -> None:
    """Whatever the number of threads; and never more at once."""
    lock, running, most = threading.Lock(), [0], [0]

    def work(task: int, share: ThreadShare) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.001)
        with lock:
            running[0] -= 1
        return task * task

    assert sorted(side_by_side(work, range(20), threads)) == [n * n for n in range(20)]
    assert most[0] <= threads
    assert not list(side_by_side(work, [], threads))


def test_the_last_blocks_share_the_threads() -> None:
    """One block has all of them, two have half each, and more than there are have one each."""
    share = ThreadShare(6)
    assert share.now() == 6
    with share.taken():
        assert share.now() == 6
        with share.taken():
            assert share.now() == 3
    with ExitStack() as stack:
        for _ in range(9):
            stack.enter_context(share.taken())
        assert share.now() == 1


def test_blocks_end_when_nobody_waits_for_them() -> None:
    """At the next visit, and what has not begun is never begun."""
    ended, beside, begun = threading.Event(), threading.Event(), []

    def work(task: int, share: ThreadShare) -> int:
        begun.append(task)
        if task == 0:
            assert beside.wait(60)
            return task
        beside.set()
        try:
            while True:
                share.now()
                time.sleep(0.001)
        except Stopped:
            ended.set()
            raise

    results = side_by_side(work, range(9), 2)
    assert next(results) == 0
    results.close()
    assert ended.is_set()
    assert set(begun) <= {0, 1, 2}


def test_an_error_of_one_block_is_told() -> None:
    """It is raised where the results are asked for."""

    def work(task: int, share: ThreadShare) -> int:
        if task == 3:
            raise InputError("block 3 is wrong")
        return task

    with pytest.raises(InputError, match="block 3"):
        list(side_by_side(work, range(5), 2))


def test_an_error_costs_no_block_that_has_ended() -> None:
    """Of blocks that are found ended together, the results are taken before the error is told."""
    for wrong in range(4):
        together = threading.Barrier(4)

        def work(task: int, share: ThreadShare, wrong: int = wrong, met: Any = together) -> int:
            met.wait(60)
            if task == wrong:
                raise InputError("wrong")
            return task

        results = side_by_side(work, range(4), 4)
        with patch("pdmodel.trial.run.threads.wait", all_of_them):
            taken = [next(results) for _ in range(3)]
            with pytest.raises(InputError, match="wrong"):
                next(results)
        assert sorted(taken) == [task for task in range(4) if task != wrong]
