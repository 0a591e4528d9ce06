"""The shape of stored data, checked as they are read: a message names the file and the place.

Files may come from others, or from an edited or damaged folder. A shape is written as the data
look: `{"cost": maybe(number), "starts": [{"seed": int}]}`. Keys that a shape does not name are
dropped; a key that ends in `?` may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.json_rows import read_object

_LONGEST, _MOST = 4000, 2_000_000
"""Letters of a text, and entries of a list: more is not what pdmodel writes."""
_WORDS = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}

Check = Callable[[Any], Any]
Shape = Any
"""`str`, `int`, `bool`, `float`, `object` for anything, a list of one shape, a mapping, a check."""


class _Misshapen(ValueError):
    """What is wrong, and the place so far."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.what, self.place = what, place


def cell(data: Any) -> Any:
    """Return what may stand in a table: null, a number, text, or yes and no."""
    if data is None or isinstance(data, bool):
        return data
    return shaped(data, str if isinstance(data, str) else float)


@contextmanager
def reading(words: Path | str) -> Iterator[None]:
    """Tell of a folder whose files are each as they should be, but do not fit together.

    Raises
    ------
    InputError
        In place of what such files lead to.
    """
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise InputError(
            f"{words} is damaged: its parts do not fit together ({type(error).__name__}: {reason})"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise InputError(f"{words} is damaged: its parts are too deep or too large") from error


def maybe(shape: Shape) -> Check:
    """Return a shape that null has as well."""
    return lambda data: None if data is None else shaped(data, shape)


def each(shape: Shape) -> Check:
    """Return the shape of an object whose keys may be anything."""

    def check(data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise _Misshapen("not an object")
        return {_text(key): _within(f".{key}", part, shape) for key, part in data.items()}

    return check


def one_of(*words: str) -> Check:
    """Return the shape of a word from a list."""

    def check(data: Any) -> str:
        if data not in words or not isinstance(data, str):
            raise _Misshapen(f"not one of {', '.join(words)}")
        return data

    return check


def shaped(data: Any, shape: Shape) -> Any:
    """Return data that have a shape, without what it does not name.

    Raises
    ------
    ValueError
        If they have not.
    """
    if shape is object:
        return data
    if isinstance(shape, Mapping):
        return _object(data, shape)
    if isinstance(shape, list):
        if not isinstance(data, list):
            raise _Misshapen("not a list")
        if len(data) > _MOST:
            raise _Misshapen(f"longer than {_MOST} entries")
        return [_within(f"[{n}]", part, shape[0]) for n, part in enumerate(data)]
    if not isinstance(shape, type):
        return shape(data)
    if shape is str:
        return _text(data)
    if isinstance(data, bool) != (shape is bool) or not isinstance(
        data, int | float if shape is float else shape
    ):
        raise _Misshapen(f"not {_WORDS[shape]}")
    return _number(data) if isinstance(data, float | int) and shape is float else data


def read_shaped(path: Path, shape: Shape) -> dict[str, Any]:
    """Read a JSON file of a shape.

    Raises
    ------
    InputError
        If it cannot be read or has another shape; names the file and the place in it.
    """
    content: dict[str, Any] = check_shape(read_object(path), shape, str(path))
    return content


def check_shape(data: Any, shape: Shape, words: str) -> Any:
    """Return data that have a shape.

    Parameters
    ----------
    data, shape
        Plain data, and how they should look.
    words
        Where they come from.

    Raises
    ------
    InputError
        If they have another shape; names the place.
    """
    try:
        return shaped(data, shape)
    except _Misshapen as error:
        place = f"{error.place.removeprefix('.')}: " if error.place else ""
        raise InputError(f"{words} is damaged: {place}{error.what}") from error


def _object(data: Any, shape: Mapping[str, Shape]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _Misshapen("not an object")
    fields = {}
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name in data:
            fields[name] = _within(f".{name}", data[name], inner)
        elif name == key:
            raise _Misshapen("is missing", f".{name}")
    return fields


def _within(place: str, data: Any, shape: Shape) -> Any:
    try:
        return shaped(data, shape)
    except _Misshapen as error:
        raise _Misshapen(error.what, f"{place}{error.place}") from error


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise _Misshapen("not text")
    if len(data) > _LONGEST:
        raise _Misshapen(f"longer than {_LONGEST} letters")
    return data


def _number(data: int | float) -> int | float:
    try:
        finite = math.isfinite(float(data))
    except OverflowError:
        finite = False
    if not finite:
        raise _Misshapen("too large a number")
    return data
