"""Arguments of compiled code as words of eight bytes, and of which kind each is.

Numbers, arrays, tuples of them and None become words: an array that of where its object lies, from
which machine code reads where its numbers are, as every C extension of NumPy does. That takes a
fraction of the time in which Python could ask an array for it.
"""

from __future__ import annotations

import ctypes
import operator
import struct
from collections.abc import Hashable
from typing import Any

import numpy as np

RUN = "run"
"""Name of the machine code that takes words."""
HEAD = object.__basicsize__
"""Bytes before the fields of an array in its object: data, number of dimensions, sizes, strides."""
DATA, SIZES, STRIDES = HEAD, HEAD + 16, HEAD + 24
WHOLE, FLOAT, NOTHING = "whole", "float", "none"
"""Kinds of words other than arrays; the kind of an array is (dtype, dimensions, flags)."""
# In memory row by row (1) or column by column (2), aligned (256), may be written (1024).
_FLAGS, _BY_ROWS, _BY_COLUMNS = 0x503, 1, 2

Words = list[int]
Kinds = list[Hashable]


def words_of(value: Any) -> tuple[Words, tuple[Hashable, ...]]:
    """Return an argument as words, and what they are.

    Parameters
    ----------
    value
        A number, an array, None, or a tuple of such. Whoever uses the words keeps it alive.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    words: Words = []
    kinds: Kinds = []
    _add(value, words, kinds)
    return words, tuple(kinds)


def _add(value: Any, words: Words, kinds: Kinds) -> None:
    if isinstance(value, np.ndarray):
        flags = value.flags.num & _FLAGS
        if flags & _BY_ROWS:
            flags &= ~_BY_COLUMNS
        words.append(id(value))
        kinds.append((value.dtype, value.ndim, flags))
    elif isinstance(value, tuple):
        kinds.append(type(value))
        for part in value:
            _add(part, words, kinds)
    elif isinstance(value, float):
        words.append(struct.unpack("=q", struct.pack("=d", value))[0])
        kinds.append(FLOAT)
    elif value is None:
        words.append(0)
        kinds.append(NOTHING)
    else:
        words.append(operator.index(value))
        kinds.append(WHOLE)


def in_writing(kinds: tuple[Hashable, ...]) -> str:
    """Return kinds in words that are the same in every process."""
    return " ".join(kind.__name__ if isinstance(kind, type) else repr(kind) for kind in kinds)


def check_layout() -> None:
    """Make sure that an array's object is laid out as is assumed here.

    Raises
    ------
    RuntimeError
        If it is not, as in an interpreter that is not CPython.
    """
    probe = np.zeros((3, 5))
    data, sizes, strides = (
        ctypes.c_void_p.from_address(id(probe) + offset).value for offset in (DATA, SIZES, STRIDES)
    )
    if data != probe.ctypes.data or not sizes or not strides:
        raise RuntimeError("this NumPy lays its arrays out in another way than CPython's")
    pair = ctypes.c_ssize_t * 2
    found = (*pair.from_address(sizes), *pair.from_address(strides))
    if found != (*probe.shape, *probe.strides):
        raise RuntimeError("this NumPy lays its arrays out in another way than CPython's")
