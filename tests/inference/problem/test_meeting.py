"""Threads that meet: all who wait are answered in one call, and an error ends them all."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pdmodel.inference.problem.meeting import Meeting


def test_all_who_are_present_are_answered_together() -> None:
    """Each gets the answers to its own questions, though they leave at different times."""
    calls: list[int] = []

    def squares(numbers: Sequence[int]) -> list[int]:
        calls.append(len(numbers))
        return [number**2 for number in numbers]

    meeting: Meeting[int, int] = Meeting(squares)
    begun = Barrier(3)

    def walk(steps: int) -> list[int]:
        with meeting.present():
            begun.wait()
            return [meeting.ask(10 * steps + step) for step in range(steps)]

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(walk, [3, 1, 2]))
    assert answers == [[(10 * n + k) ** 2 for k in range(n)] for n in (3, 1, 2)]
    assert calls == [3, 2, 1]


def test_an_error_ends_all_who_wait() -> None:
    """What the answer raises is raised in every thread, and in who asks later."""

    def broken(numbers: Sequence[int]) -> list[int]:
        raise ArithmeticError("no answer")

    meeting: Meeting[int, int] = Meeting(broken)
    begun = Barrier(2)

    def ask(number: int) -> int:
        with meeting.present():
            begun.wait()
            return meeting.ask(number)

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, number) for number in range(2)]
    for one in asked:
        with pytest.raises(ArithmeticError, match="no answer"):
            one.result()
    with pytest.raises(ArithmeticError, match="no answer"):
        meeting.ask(3)
