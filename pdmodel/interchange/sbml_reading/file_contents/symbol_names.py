"""Names of SBML as names of symbols: kept wherever they can be, and told where they cannot."""

from __future__ import annotations

import re

import sympy

from pdmodel.errors import InputError
from pdmodel.model.symbol_names import check_name


class SymbolNames:
    """Hands out the names of symbols, each once.

    A name that stands for something else in equations (`lambda`, `pi`, `exp`, `time`, `state`)
    gets a `_` behind it, and one that begins with `_` an `id` before it.

    Examples
    --------
    >>> names = SymbolNames()
    >>> names.take("S1"), names.take("lambda"), names.take("S1"), names.take("_k")
    ('S1', 'lambda_', 'S1_', 'id_k')
    """

    def __init__(self) -> None:
        self._taken = {"time"}

    def take(self, wanted: str) -> str:
        """Return a name that nothing else has, as near to the wanted one as can be."""
        name = re.sub(r"\W", "_", wanted, flags=re.ASCII) or "unnamed"
        if name[0] == "_" or name[0].isdigit():
            name = f"id{name}" if name[0] == "_" else f"id_{name}"
        while name in self._taken or not _allowed(name):
            name += "_"
        self._taken.add(name)
        return name

    def symbol(self, wanted: str) -> sympy.Symbol:
        """Return a symbol of such a name."""
        return sympy.Symbol(self.take(wanted))


def _allowed(name: str) -> bool:
    try:
        check_name(name, "name")
    except InputError:
        return False
    return True
