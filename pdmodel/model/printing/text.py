"""A model in writing: its equations as text, its numbers as rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from pdmodel.model.equations import Process
from pdmodel.model.event import Event
from pdmodel.model.expressions.functions import safe_power
from pdmodel.model.model import Model
from pdmodel.model.vocabulary import Quantity

# Kinds of defined quantities, in the order in which they are written.
SECTIONS = (
    ("auxiliary", "Auxiliary quantities"),
    ("baseline", "Before treatment"),
    ("observable", "Observables"),
)


# Fewer characters than this are not worth a line of their own.
_SHORTEST = 8


class ParameterRow(NamedTuple):
    """A parameter or constant as a model starts with it."""

    name: str
    unit: str
    value: float
    low: float | None
    high: float | None
    status: str
    source: str
    meaning: str


def parameter_rows(model: Model) -> list[ParameterRow]:
    """Return what is known of every parameter and constant, in the order of the vocabulary.

    A value that a mechanism or the model puts in place of the vocabulary's has no evidence of its
    own: it counts as assumed, and its source says who set it.
    """
    setters = {str(s): m.name for m in model.mechanisms for s in m.values}
    setters |= dict.fromkeys(model.values, f"model {model.name}")
    rows = []
    for quantity in model.parameters:
        low, high = quantity.bounds or (None, None)
        value = model.defaults[quantity.name]
        status, source = quantity.status or "assumed", quantity.source or "ASSUMED"
        if quantity.name in setters and value != quantity.value:
            status, source = "assumed", f"set by {setters[quantity.name]}"
        rows.append(
            ParameterRow(
                quantity.name, quantity.unit, value, low, high, status, source, quantity.meaning
            )
        )
    return rows


def references(model: Model) -> dict[str, str]:
    """Return the full reference of every source that parameters and mechanisms name, by key."""
    texts = [row.source for row in parameter_rows(model)]
    texts += [mechanism.source for mechanism in model.mechanisms]
    keys = {key.strip() for text in texts for key in text.split(";")}
    every_reference = model.vocabulary.references
    return {key: every_reference[key] for key in sorted(keys) if key in every_reference}


# Text ------------------------------------------------------------------------------------------


def gains_first(terms: list[sympy.Expr]) -> list[sympy.Expr]:
    """Put positive terms first: `1 - x` rather than `-x + 1`."""
    return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


class _TextPrinter(StrPrinter):  # type: ignore[misc]
    """Named functions in the words of mathematics; powers with `^`."""

    def _as_ordered_terms(self, expr: sympy.Expr, order: str | None = None) -> list[sympy.Expr]:
        return gains_first(super()._as_ordered_terms(expr, order))

    def _print_positive_part(self, node: sympy.Expr) -> str:
        return f"max({self._print(node.args[0])}, 0)"

    def _print_at_least(self, node: sympy.Expr) -> str:
        return f"max({self.stringify(node.args, ', ')})"

    def _print_at_most(self, node: sympy.Expr) -> str:
        return f"min({self.stringify(node.args, ', ')})"

    def _print_safe_power(self, node: sympy.Expr) -> str:
        base, exponent = (self.parenthesize(a, PRECEDENCE["Pow"]) for a in node.args)
        return f"{base}^{exponent}"

    def _print_Pow(self, expr: sympy.Expr, rational: bool = False) -> str:
        if isinstance(expr.base, safe_power):  # x^n^m would read as x^(n^m)
            if expr.exp == -1:
                return f"1/{self._print(expr.base)}"
            return f"({self._print(expr.base)})^{self.parenthesize(expr.exp, PRECEDENCE['Pow'])}"
        return str(super()._print_Pow(expr, rational)).replace("**", "^")


_text_printer = _TextPrinter()


def expression_text(expression: sympy.Expr) -> str:
    """Write an expression on one line.

    Examples
    --------
    >>> from pdmodel.model.expressions.functions import hill, positive_part
    >>> x, n = sympy.symbols("x n")
    >>> expression_text(hill(x, 2, n) + positive_part(x - 1))
    'max(x - 1, 0) + (x/2)^n/((x/2)^n + 1)'
    """
    return str(_text_printer.doprint(expression))


def equations_text(model: Model, width: int = 100) -> str:
    """Write every equation of a model, with names, units and meanings.

    Parameters
    ----------
    model
        The model.
    width
        Columns; longer expressions go on in the next line.

    Returns
    -------
    str
        States with their named processes, then auxiliary quantities, values before treatment and
        observables, each after those it uses; and events.
    """
    lines = [f"States ({len(model.states)}); rates are per {model.vocabulary.time_unit}", ""]
    for state in model.states:
        lines += [*_state_lines(model, state, width), ""]
    for kind, title in SECTIONS:
        chosen = [s for s in model.definitions if model.vocabulary[s].kind == kind]
        if chosen:
            lines += [f"{title} ({len(chosen)})", ""]
            lines += [line for s in chosen for line in _definition_lines(model, s, width)]
            lines.append("")
    if model.events:
        lines += [f"Events ({len(model.events)})", ""]
        lines += [line for event in model.events for line in _event_lines(event, width)]
    return "\n".join(lines).rstrip() + "\n"


def _state_lines(model: Model, state: sympy.Symbol, width: int) -> Iterator[str]:
    yield _title(model.vocabulary[state])
    yield from _fold(f"  {state}(0) = ", expression_text(model.initials[state]), width)
    yield f"  d {state}/dt ="
    own = [process for process in model.processes if process.state == state]
    widest = max((len(process.name) for process in own), default=0)
    for process in own:
        sign, size = split_sign(process)
        yield from _fold(f"    {sign} {process.name:{widest}}  ", expression_text(size), width)


def _definition_lines(model: Model, symbol: sympy.Symbol, width: int) -> Iterator[str]:
    yield _title(model.vocabulary[symbol])
    yield from _fold("  = ", expression_text(model.definitions[symbol]), width)


def _event_lines(event: Event, width: int) -> Iterator[str]:
    yield event.name
    yield from _fold("  when ", condition_text(event.when), width)
    if event.delay != 0:
        late = "" if event.persistent else ", called off where the condition is false again"
        yield from _fold("  after ", f"{expression_text(event.delay)}{late}", width)
        if event.values_at == "execution":
            yield "  with the values of that moment"
    if event.priority is not None:
        yield from _fold("  priority ", expression_text(event.priority), width)
    for symbol, value in event.assign.items():
        yield from _fold(f"  {symbol} := ", expression_text(value), width)


def condition_text(condition: Boolean) -> str:
    """Write a condition on one line.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> condition_text(sympy.And(x > 1, sympy.Or(y < x, y >= 2)))
    '(y >= 2 or y < x) and x > 1'
    """
    words = {sympy.And: " and ", sympy.Or: " or ", sympy.Xor: " xor "}
    for kind, word in words.items():
        if isinstance(condition, kind):
            parts = sorted(condition.args, key=sympy.default_sort_key)
            return word.join(
                condition_text(part)
                if isinstance(part, Relational)
                else f"({condition_text(part)})"
                for part in parts
            )
    if isinstance(condition, sympy.Not):
        return f"not ({condition_text(condition.args[0])})"
    return expression_text(condition)


def _title(quantity: Quantity) -> str:
    return f"{quantity.name} [{quantity.unit}]  {quantity.meaning}"


def split_sign(process: Process) -> tuple[str, sympy.Expr]:
    """Return `+` or `-` and what stands behind it, so that gains and losses read as such."""
    negative = process.rate.could_extract_minus_sign() and not process.rate.is_Add
    return ("-", -process.rate) if negative else ("+", process.rate)


def _fold(head: str, text: str, width: int) -> Iterator[str]:
    """Break long text before the outermost operator that fits; the rest hangs under its begin."""
    hang = " " * min(len(head), max(width - 30, 4))
    line = head
    while len(line) + len(text) > width:
        cut = _break_point(text, width - len(line))
        if not cut:
            break
        yield line + text[:cut].rstrip()
        line, text = hang, text[cut:]
    yield line + text


def _break_point(text: str, room: int) -> int:
    """Return where to cut: before the loosest operator, and of these the last that fits.

    Where none fits it is the first one after that, and 0 where there is none.
    """
    best, loosest, depth = 0, 2 * len(text), 0
    for column, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        is_sum = re.match(r"[-+] ", text[column:]) is not None
        if column <= _SHORTEST or not (is_sum or character in "*/"):
            continue
        if column > room:
            return best or column
        rank = 2 * depth + (0 if is_sum else 1)
        if rank <= loosest:
            best, loosest = column, rank
    return best
