"""The equations of a model as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from pdmodel.model.event import Event
from pdmodel.model.model import Model
from pdmodel.model.printing.text import SECTIONS, gains_first, split_sign

Symbols = Mapping[str, str]
_WHOLE_NAMES: Symbols = MappingProxyType({})


class _LatexPrinter(LatexPrinter):  # type: ignore[misc]
    """Short symbols where they are declared, else whole names; functions as mathematics says."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__({"mul_symbol": r"\,"})
        self._symbols = symbols

    def _as_ordered_terms(self, expr: sympy.Expr, order: str | None = None) -> list[sympy.Expr]:
        return gains_first(super()._as_ordered_terms(expr, order))

    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:
        name = expr.name.replace("_", r"\_")
        return self._symbols.get(expr.name, rf"\mathrm{{{name}}}")

    def _call(self, name: str, arguments: tuple[Any, ...], exp: str | None) -> str:
        inside = ", ".join(str(self._print(argument)) for argument in arguments)
        power = f"^{{{exp}}}" if exp is not None else ""
        return rf"\{name}{power}\left({inside}\right)"

    def _print_positive_part(self, expr: sympy.Expr, exp: str | None = None) -> str:
        return self._call("max", (*expr.args, sympy.Integer(0)), exp)

    def _print_at_least(self, expr: sympy.Expr, exp: str | None = None) -> str:
        return self._call("max", expr.args, exp)

    def _print_at_most(self, expr: sympy.Expr, exp: str | None = None) -> str:
        return self._call("min", expr.args, exp)

    def _print_safe_power(self, expr: sympy.Expr, exp: str | None = None) -> str:
        base = self._print(expr.args[0])
        if not expr.args[0].is_Symbol:
            base = rf"\left({base}\right)"
        power = rf"{base}^{{{self._print(expr.args[1])}}}"
        return power if exp is None else rf"\left({power}\right)^{{{exp}}}"


def expression_latex(expression: sympy.Basic, symbols: Symbols = _WHOLE_NAMES) -> str:
    r"""Write an expression or a condition in LaTeX.

    Parameters
    ----------
    expression
        Of plain symbols.
    symbols
        Short symbols by name, such as those of `Vocabulary.latex`.

    Examples
    --------
    >>> rate = sympy.Symbol("il6_clearance") / 2
    >>> print(expression_latex(rate))
    \frac{\mathrm{il6\_clearance}}{2}
    >>> print(expression_latex(rate, {"il6_clearance": "k_6"}))
    \frac{k_6}{2}
    """
    return str(_LatexPrinter(symbols).doprint(expression))


def equations_latex(model: Model) -> str:
    """Write every equation as LaTeX for a document that uses amsmath.

    Returns
    -------
    str
        One `align*` a state, a line a process, then one for each group of definitions, and one an
        event. What the vocabulary has short symbols for is listed in a comment.
    """
    symbols = model.vocabulary.latex
    blocks = [f"% Model {model.name}, rates per {model.vocabulary.time_unit}; needs amsmath"]
    if legend := _legend(model):
        blocks.append(legend)
    blocks += [_state_latex(model, state) for state in model.states]
    for kind, title in SECTIONS:
        chosen = [s for s in model.definitions if model.vocabulary[s].kind == kind]
        rows = [
            f"{expression_latex(s, symbols)} &= {expression_latex(model.definitions[s], symbols)}"
            for s in chosen
        ]
        if rows:
            blocks.append(f"% {title}\n{_align(rows)}")
    blocks += [_event_latex(event, symbols) for event in model.events]
    return "\n\n".join(blocks) + "\n"


def _legend(model: Model) -> str:
    names = [*model.states, *model.definitions, *(q.symbol for q in model.parameters)]
    short = model.vocabulary.latex
    return "\n".join(f"% {short[s.name]} is {s.name}" for s in names if s.name in short)


def _state_latex(model: Model, state: sympy.Symbol) -> str:
    quantity, symbols = model.vocabulary[state], model.vocabulary.latex
    name = expression_latex(state, symbols)
    rows = [rf"\frac{{\mathrm{{d}}\,{name}}}{{\mathrm{{d}}t}} ={{}}"]
    for process in (process for process in model.processes if process.state == state):
        sign, size = split_sign(process)
        label = process.name.replace("_", " ")
        rows.append(rf"  &{sign} {expression_latex(size, symbols)} && \text{{{label}}}")
    rows[0] = rows[0] + rows.pop(1)[1:] if len(rows) > 1 else f"{rows[0]} & 0"
    rows.append(rf"{name}(0) ={{}} & {expression_latex(model.initials[state], symbols)}")
    return f"% {quantity.name} [{quantity.unit}]: {quantity.meaning}\n{_align(rows)}"


def _event_latex(event: Event, symbols: Symbols) -> str:
    rows = [rf"\text{{when }} & {expression_latex(event.when, symbols)}"]
    if event.delay != 0:
        rows.append(rf"\text{{after }} & {expression_latex(event.delay, symbols)}")
    rows += [
        rf"{expression_latex(symbol, symbols)} \leftarrow{{}} & {expression_latex(value, symbols)}"
        for symbol, value in event.assign.items()
    ]
    return f"% Event {event.name}\n{_align(rows)}"


def _align(rows: list[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
