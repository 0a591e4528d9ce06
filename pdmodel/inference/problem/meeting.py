"""Where threads that ask for runs meet, so that all that wait are answered in one call.

Several runs side by side cost hardly more than one. So fits of the same problem go on in threads,
each stops where it needs runs, and when all that still go on are waiting, they are answered
together. Who shares a call with whom does not change an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Meeting(Generic[Question, Answer]):
    """Questions of many threads, answered when nobody is left who could ask one more.

    Parameters
    ----------
    answer
        Answers questions, in their order; what it raises is raised in every thread that waits.
    """

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._answer = answer
        self._turn = threading.Condition()
        self._present = 0
        self._waiting: list[_Asked[Question, Answer]] = []
        self._end: BaseException | None = None

    @contextmanager
    def present(self) -> Iterator[None]:
        """Be one of those who may ask, until the block is left."""
        with self._turn:
            self._present += 1
        try:
            yield
        finally:
            with self._turn:
                self._present -= 1
                self._answer_all()

    def ask(self, question: Question) -> Answer:
        """Return the answer, once all who are present have asked."""
        asked: _Asked[Question, Answer] = _Asked(question)
        with self._turn:
            self._waiting.append(asked)
            self._answer_all()
            while not asked.answer and self._end is None:
                self._turn.wait()
            if not asked.answer:
                assert self._end is not None
                raise self._end
        return asked.answer[0]

    def end(self, error: BaseException) -> None:
        """Let nobody go on: who waits, or asks from now on, gets the error."""
        with self._turn:
            self._end = self._end or error
            self._turn.notify_all()

    def _answer_all(self) -> None:
        """Answer all questions, if nobody who is present is still to ask."""
        if self._end is not None or not self._waiting or len(self._waiting) < self._present:
            return
        asked, self._waiting = self._waiting, []
        try:
            answers = self._answer([waiting.question for waiting in asked])
        except BaseException as error:
            self.end(error)
            raise
        for waiting, answer in zip(asked, answers, strict=True):
            waiting.answer.append(answer)
        self._turn.notify_all()


class _Asked(Generic[Question, Answer]):
    """A question, and its answer once there is one."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer: list[Answer] = []
