"""What is made once and shared: made by one thread, let go, alive as long as it is held."""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
import weakref
from collections.abc import Hashable
from functools import partial

import pytest

from pdmodel.engine.keeping import MAKING, Shelf, once


class Thing:
    """Something that can be counted."""

    def __init__(self, key: Hashable) -> None:
        self.key = key


class Slow:
    """Has a property that takes a while."""

    def __init__(self) -> None:
        self.made = 0

    @once
    def number(self) -> int:
        """Count how often it is computed."""
        time.sleep(0.02)
        self.made += 1
        return self.made


def in_threads(count: int, work: object) -> list[object]:
    """Return what a function returns in several threads that begin together."""
    found: list[object] = []
    ready = threading.Barrier(count)

    def run() -> None:
        ready.wait()
        found.append(work())  # type: ignore[operator]

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_one_thread_makes_a_thing_and_all_get_it() -> None:
    """Eight threads ask for the same key at once."""
    shelf: Shelf[Thing] = Shelf(2)
    made: list[Thing] = []

    def make() -> Thing:
        time.sleep(0.02)
        made.append(Thing("a"))
        return made[-1]

    found = in_threads(8, lambda: shelf.take("a", make))
    assert len(made) == 1
    assert all(thing is made[0] for thing in found)


def test_a_property_is_computed_once() -> None:
    """Also when eight threads ask for it at once."""
    slow = Slow()
    assert in_threads(8, lambda: slow.number) == [1] * 8


def test_what_is_held_is_found_and_what_is_not_is_let_go() -> None:
    """Of five things on a shelf for two, those live that somebody holds and the last two."""
    shelf: Shelf[Thing] = Shelf(2)
    held = shelf.take(0, lambda: Thing(0))
    seen = [weakref.ref(shelf.take(key, partial(Thing, key))) for key in range(1, 5)]
    gc.collect()
    assert [ref() is not None for ref in seen] == [False, False, True, True]
    assert shelf.take(0, lambda: Thing("another")) is held
    assert shelf.find(1) is None
    assert shelf.find(4) is seen[3]() or shelf.find(4) is None


def test_a_thing_that_cannot_be_made_is_tried_again() -> None:
    """An error leaves nothing on the shelf, and no lock behind."""
    shelf: Shelf[Thing] = Shelf(2)

    def fail() -> Thing:
        raise ValueError("not yet")

    with pytest.raises(ValueError, match="not yet"):
        shelf.take("a", fail)
    assert in_threads(2, lambda: shelf.take("a", lambda: Thing("a")).key) == ["a", "a"]


def ask(shelf: Shelf[Thing], answer: multiprocessing.Queue[str]) -> None:
    """Make a thing in a child."""
    answer.put(str(shelf.take("child", lambda: Thing("made")).key))


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system"
)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_does_not_begin_with_a_lock_of_a_thread() -> None:
    """A fork waits for what is being made in another thread; the child can make things."""
    fork = multiprocessing.get_context("fork")
    begun = threading.Event()

    def make_slowly() -> None:
        with MAKING:
            begun.set()
            time.sleep(0.2)

    maker = threading.Thread(target=make_slowly)
    maker.start()
    begun.wait()
    answer = fork.Queue()
    child = fork.Process(target=ask, args=(Shelf(2), answer))
    child.start()
    maker.join()
    assert answer.get(timeout=20) == "made"
    child.join(20)
    assert child.exitcode == 0
