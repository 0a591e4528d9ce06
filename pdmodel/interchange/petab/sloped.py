"""Numbers with their slopes by the free parameters, and formulas of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.model.expressions.functions import lower


class Sloped(NamedTuple):
    """A number, or one a row, and how it moves with the free parameters.

    Parameters
    ----------
    value
        A scalar, or shape (n_rows,).
    slopes
        d value / d free parameter, shape (n_free,) or (n_rows, n_free).
    """

    value: Any
    slopes: Array

    @classmethod
    def still(cls, value: float, n_free: int) -> Sloped:
        """Return a number that no parameter moves."""
        return cls(float(value), np.zeros(n_free))

    @property
    def moves(self) -> bool:
        """Whether any free parameter moves it."""
        return bool(np.any(self.slopes))


class SlopedFormula:
    """An expression as a function of numbers with slopes.

    Parameters
    ----------
    expression
        Of symbols whose names are looked up.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> known = {"x": Sloped(3.0, np.array([1.0, 0.0])), "y": Sloped(2.0, np.array([0.0, 1.0]))}
    >>> result = SlopedFormula(x**y).at(known, 2)
    >>> result.value, np.round(result.slopes, 3).tolist()
    (9.0, [6.0, 9.888])
    """

    def __init__(self, expression: sympy.Basic) -> None:
        self.expression = lower(sympy.sympify(expression))
        self.symbols = sorted(self.expression.free_symbols, key=lambda symbol: str(symbol.name))
        self.names = [str(symbol.name) for symbol in self.symbols]
        self._partials: dict[int, Any] = {}

    @cached_property
    def _value(self) -> Any:
        return _compiled(self.symbols, self.expression)

    def _partial(self, place: int) -> Any:
        if place not in self._partials:
            slope = self.expression.diff(self.symbols[place])
            self._partials[place] = _compiled(self.symbols, slope)
        return self._partials[place]

    def at(self, known: Mapping[str, Sloped], n_free: int) -> Sloped:
        """Return the value of the formula and its slopes.

        Parameters
        ----------
        known
            By name; scalars beside values a row are the same for all rows.
        n_free
            Number of free parameters.

        Raises
        ------
        InputError
            If a name is not known.
        """
        for name in self.names:
            if name not in known:
                raise InputError(f"{name!r} in formula {self.expression} has no value")
        given = [known[name] for name in self.names]
        values = [argument.value for argument in given]
        with np.errstate(all="ignore"):
            value = self._value(*values)
            slopes: Any = np.zeros(n_free)
            for position, argument in enumerate(given):
                if n_free and argument.moves:
                    partial = np.asarray(self._partial(position)(*values), dtype=float)
                    slopes = slopes + partial[..., None] * argument.slopes
        return Sloped(float(value) if np.ndim(value) == 0 else np.asarray(value, float), slopes)


def _compiled(symbols: list[sympy.Symbol], expression: sympy.Basic) -> Any:
    """Return a function of numbers; names of others never become names of a program."""
    arguments = sympy.symbols(f"a:{len(symbols)}") if symbols else ()
    plain = expression.xreplace(dict(zip(symbols, arguments, strict=True)))
    return _program(tuple(arguments), plain)


@lru_cache(maxsize=4096)
def _program(arguments: tuple[sympy.Symbol, ...], expression: sympy.Basic) -> Any:
    """Compile a formula once, whatever its symbols are called."""
    return sympy.lambdify(list(arguments), expression, modules="numpy", cse=True)
