"""Mutated words: what a slip of the keyboard, a broken export or bad will may put anywhere."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator

from pdmodel.errors import PdmodelError

ODD = (
    "", " ", "\t", "\n", "\x00", "\ufeff", "é", "\uff19", "\u00b2", "\U0001f600", "$x {",
    "[red]", "%s",
    "{0}", "'", '"', ",", ";", "+", "-", ":", "=", "/", "@", "..", "~", "nan", "inf", "-inf", "0",
    "-0", "-1", "1e300", "1e-300", "1e999", "1_000", "0x10", "1,5", "True", "None", "a" * 300,
    "9" * 400, "day", "mg", "after", "of",
)  # fmt: skip
"""Pieces that readers meet now and then and do not expect."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LONGEST = 2000


def mutated(chance: random.Random, text: str) -> str:
    """Return a text after one to four changes."""
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(_CHANGES)(chance, text)
    return text[:5000]


def _cut(chance: random.Random, text: str) -> str:
    first = chance.randint(0, len(text))
    return text[:first] + text[first + chance.randint(0, 3) :]


def _put(chance: random.Random, text: str) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice(ODD) + text[at:]


def _swap(chance: random.Random, text: str) -> str:
    words = text.split(" ")
    chance.shuffle(words)
    return " ".join(words)


def _number(chance: random.Random, text: str) -> str:
    found = list(_NUMBER.finditer(text))
    if not found:
        return _put(chance, text)
    one = chance.choice(found)
    return text[: one.start()] + chance.choice(ODD) + text[one.end() :]


def _twice(chance: random.Random, text: str) -> str:
    first = chance.randint(0, len(text))
    last = chance.randint(first, len(text))
    return text[:last] + text[first:]


_CHANGES = (_cut, _put, _swap, _number, _number, _twice)


def cases(count: int, seed: int) -> Iterator[random.Random]:
    """Yield sources of chance: a fixed handful, or as many as FUZZ_SECONDS allow."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "0"))
    end, number = time.monotonic() + seconds, 0
    while number < count or time.monotonic() < end:
        yield random.Random(f"{seed} {number}")
        number += 1


def check(read: Callable[[], object], shown: object) -> bool:
    """Return whether something was read; a refusal must be one short line, and no other error.

    Raises
    ------
    AssertionError
        With what was read, and what happened instead.
    """
    try:
        read()
    except PdmodelError as error:
        told = str(error)
        assert told.strip(), f"an empty message for {shown!r}"
        assert "\n" not in told, f"several lines for {shown!r}: {told!r}"
        assert len(told) < _LONGEST, f"{len(told)} letters for {shown!r}"
        return False
    except Exception as error:
        raise AssertionError(f"{type(error).__name__} for {shown!r}: {error}") from error
    return True
