"""What callers may give as a number, a whole number or a name, checked in one place.

Everything that is one real number is taken, whoever made it: NumPy scalars, arrays and DataArrays
without dimensions, SymPy numbers, Decimal, lmfit parameters. Text, yes and no, and complex numbers
are none, so that "0.5" or True where a number belongs is a message and not a result.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from pdmodel.errors import InputError, PdmodelError, shortened

Error = type[PdmodelError]
_REAL = "iuf"
_BOOLEAN = "b"


def as_number(value: Any) -> float | None:
    """Return a value as a float, or None if it is not one real number; NaN and infinity are.

    Examples
    --------
    >>> from fractions import Fraction
    >>> as_number(Fraction(1, 2)), as_number("0.5"), as_number(True), as_number([1.0])
    (0.5, None, None, None)
    """
    if type(value) is float:
        return value
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if isinstance(value, str | bytes | bool) or getattr(value, "ndim", 0) != 0:
        return None
    if kind is not None and kind not in _REAL:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def number(
    value: Any, name: str, *, least: float | None = None, above: float | None = None,
    most: float | None = None, finite: bool = True, error: Error = InputError,
) -> float:  # fmt: skip
    """Return a value as a float within limits.

    Parameters
    ----------
    value
        What was given.
    name
        What it is called, for the message.
    least, above, most
        value >= least, value > above, value <= most; no limit where None.
    finite
        Whether infinity is refused; NaN always is.
    error
        Class of the error.

    Raises
    ------
    PdmodelError
        If it is no number or outside the limits.
    """
    checked = as_number(value)
    wrong = checked is None or math.isnan(checked) or (finite and math.isinf(checked))
    if checked is None or wrong or not _within(checked, least, above, most):
        raise error(f"{name} must be a number{_limits(least, above, most)}, got {shown(value)}")
    return checked


def whole_number(
    value: Any, name: str, *, least: int | None = None, most: int | None = None,
    error: Error = InputError,
) -> int:  # fmt: skip
    """Return a value as an int within limits; NumPy's integers are whole numbers, 2.0 is not.

    Parameters
    ----------
    value, name, error
        As of `number`.
    least, most
        least <= value <= most; no limit where None.

    Raises
    ------
    PdmodelError
        If it is no whole number or outside the limits.

    Examples
    --------
    >>> import numpy as np
    >>> whole_number(np.int64(3), "starts", least=1)
    3
    """
    checked = _as_whole(value)
    if checked is None or not _within(checked, least, None, most):
        # One that is whole is told the limit that it breaks; any other what may be given.
        over = checked is not None and most is not None and checked > most
        under = checked is not None and not over
        limits = _limits(None if over else least, None, None if under else most)
        raise error(f"{name} must be a whole number{limits}, got {shown(value)}")
    return checked


def _as_whole(value: Any) -> int | None:
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if isinstance(value, bool) or kind == _BOOLEAN:
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def _within(value: float, least: float | None, above: float | None, most: float | None) -> bool:
    return (
        (least is None or value >= least)
        and (above is None or value > above)
        and (most is None or value <= most)
    )


def _limits(least: float | None, above: float | None, most: float | None) -> str:
    if most is not None and (least is not None or above is not None):
        return f" from {least:g} to {most:g}" if least is not None else f" in ({above:g}, {most:g}]"
    if most is not None:
        return f" <= {most:g}"
    if above is not None:
        return f" > {above:g}"
    return "" if least is None else f" >= {least:g}"


def shown(value: Any) -> str:
    """Write a value for a message: one line, not too long."""
    try:
        text = repr(value)
    except Exception:  # whatever the repr of a stranger's object may raise
        text = f"an object of type {type(value).__name__}"
    return shortened(" ".join(text.split()))


def name_of(value: Any, what: str, error: Error = InputError) -> str:
    """Return a name that was given as text or as a SymPy symbol.

    Parameters
    ----------
    value
        What was given.
    what
        What it names, for the message: `quantity`, `parameter`.
    error
        Class of the error.

    Raises
    ------
    PdmodelError
        If it is neither.
    """
    if isinstance(value, str):
        return str(value)
    name = getattr(value, "name", None)
    if getattr(value, "is_Symbol", False) and isinstance(name, str):
        return name
    raise error(f"a {what} is named by text or by its symbol, got {shown(value)}")


def names_of(values: Any, what: str, error: Error = InputError) -> tuple[str, ...]:
    """Return names that were given in a list, each once, as text or as symbols.

    Raises
    ------
    PdmodelError
        If it is one name only, or holds something else.
    """
    if isinstance(values, str) or getattr(values, "is_Symbol", False):
        raise error(f"{what} must be a list of names, got {shown(values)}")
    try:
        given: Sequence[Any] = list(values)
    except TypeError:
        raise error(f"{what} must be a list of names, got {shown(values)}") from None
    singular = {"quantities": "quantity"}.get(what, what.removesuffix("s"))
    return tuple(dict.fromkeys(name_of(value, singular, error) for value in given))


def by_name(values: Any, what: str) -> dict[str, Any]:
    """Return a mapping, or a pandas Series, with its keys as names.

    Parameters
    ----------
    values
        Keys are text or symbols.
    what
        What the keys name, for the message: `parameter`.

    Raises
    ------
    PdmodelError
        If it is no mapping, or two keys are the same name.
    """
    items = getattr(values, "items", None)
    if not callable(items) or getattr(values, "ndim", 1) != 1:
        raise InputError(f"values by name of {what} are needed, got {shown(values)}")
    named: dict[str, Any] = {}
    for key, value in items():
        name = name_of(key, what)
        if name in named:
            raise InputError(f"{what} {name!r} is given twice")
        named[name] = value
    return named


def plain_name(text: str, taken: Iterable[str] = ()) -> str:
    """Return a name of letters, digits and _ for any text, other than those that are taken.

    Examples
    --------
    >>> plain_name("k__10 mg"), plain_name("R+", ["R_"])
    ('k__10_mg', 'R__2')
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in text)
    plain = plain if plain[:1].isalpha() else f"x{plain}"
    used = set(taken)
    if plain not in used:
        return plain
    number_ = 2
    while f"{plain}_{number_}" in used:
        number_ += 1
    return f"{plain}_{number_}"


__all__ = [
    "as_number", "by_name", "name_of", "names_of", "number", "plain_name", "shown", "whole_number",
]  # fmt: skip
