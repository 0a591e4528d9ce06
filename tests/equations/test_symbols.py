"""Equations on paper: short symbols, each for one quantity, of quantities that there are."""

from __future__ import annotations

from collections import Counter

import equations.rival_quantities  # noqa: F401 - declares what only rivals hold
from equations.quantities import q
from equations.symbols import SYMBOLS
from pdmodel.model.printing.latex import expression_latex


def test_a_symbol_stands_for_one_quantity() -> None:
    """A reader never meets one sign with two meanings."""
    count = Counter(SYMBOLS.values())
    assert [symbol for symbol, times in count.items() if times > 1] == []
    assert [name for name in SYMBOLS if name not in q] == []


def test_every_quantity_of_an_equation_has_one() -> None:
    """What is not an observable, the time or a value before treatment is written short."""
    kinds = {"state", "parameter", "constant", "auxiliary"}
    assert [quantity.name for quantity in q if quantity.kind in kinds] == [
        name for name in (quantity.name for quantity in q if quantity.kind in kinds)
        if name in SYMBOLS
    ]  # fmt: skip


def test_equations_use_them() -> None:
    """Printing takes the symbols of the vocabulary, and whole names where there are none."""
    rate = q["il6_clearance"].symbol * q["il6"].symbol
    assert expression_latex(rate, q.latex) == r"I\,k_6"
    assert expression_latex(rate) == r"\mathrm{il6}\,\mathrm{il6\_clearance}"
