"""Which symbols an expression holds, looked for once: models share most of their expressions."""

from __future__ import annotations

from functools import lru_cache

import sympy


@lru_cache(maxsize=8192)
def symbols_of(expression: sympy.Basic) -> frozenset[sympy.Symbol]:
    """Return the free symbols of an expression; SymPy itself walks through it every time.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> sorted(symbols_of(x * y), key=str)
    [x, y]
    """
    return frozenset(expression.free_symbols)
