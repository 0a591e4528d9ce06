"""Arguments of compiled code as words: each value has its word, each kind a name of its own."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
import pytest

from pdmodel.engine.codegen import arguments_as_words
from pdmodel.engine.codegen.arguments_as_words import check_layout, in_writing, words_of


class Pair(NamedTuple):
    """Something with names."""

    values: np.ndarray
    share: float


def test_every_value_has_a_word() -> None:
    """Numbers by value, arrays by their object, None as 0."""
    array = np.zeros((2, 3))
    words, _ = words_of((7, Pair(array, -0.5), None, np.int64(-1)))
    (share,) = struct.unpack("=q", struct.pack("=d", -0.5))
    assert words == [7, id(array), share, 0, -1]


def test_kinds_differ_where_compiled_code_would() -> None:
    """Type, dimensions, order in memory, whether it may be written, the tuple that it is in."""
    plain = np.zeros((2, 3))
    fixed = plain.copy()
    fixed.flags.writeable = False
    record = np.zeros((2, 3), dtype=[("a", "f8"), ("b", "i8")])
    others = [
        plain.astype(np.int64), plain[0], plain.T, plain[:, ::2], fixed, record, 1, 1.0, None,
        Pair(plain, 1.0), (plain, 1.0),
    ]  # fmt: skip
    kinds = [words_of(value)[1] for value in [plain, *others]]
    assert len(set(kinds)) == len({in_writing(kind) for kind in kinds}) == len(kinds)


def test_kinds_are_the_same_where_compiled_code_is() -> None:
    """Whether memory is the array's own, and how long it is, makes no difference."""
    room = np.zeros((4, 3))
    kinds = {words_of(array)[1] for array in (room, room[:2], room[:1], np.zeros((0, 3)))}
    assert len(kinds) == 1


@pytest.mark.parametrize("wrong", ["text", [1, 2], 1j, np.bool_(True)])
def test_others_are_refused(wrong: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(TypeError):
        words_of(wrong)


def test_another_layout_of_arrays_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read from the wrong place."""
    check_layout()
    monkeypatch.setattr(arguments_as_words, "DATA", arguments_as_words.STRIDES)
    with pytest.raises(RuntimeError, match="lays its arrays out"):
        check_layout()
