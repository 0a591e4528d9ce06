"""Who acts on whom: edges between states with their signs, as data, Graphviz DOT and Mermaid.

A state acts on another when it occurs in one of its processes, auxiliary quantities followed
through. The sign is that of the slope of the process, evaluated at default parameter values along
a rough course of treatment: every dosed state is held at one unit and the others follow their
processes in steps that keep them positive (Patankar's; accurate to a few per cent, enough for a
sign). A pair whose slopes have either sign, between two processes or two times, gets 0. An effect
that the values switch off has no slope anywhere and so no edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sympy

from pdmodel.model.expressions.functions import lower
from pdmodel.model.model import Model

Edge = tuple[str, str, int]
Function = Callable[[Sequence[float]], list[float]]

# The first step is this share of the shortest time in which a state is renewed, the last one as
# long as the longest.
_FIRST_STEP, _STEPS = 0.1, 50
# Slopes below this share of the largest of their kind are rounding, not an influence.
_NEGLIGIBLE = 1e-12


def influences(model: Model) -> list[Edge]:
    """Return (source state, target state, sign) for every pair of different states.

    Parameters
    ----------
    model
        Its default values decide which effects are switched off.

    Returns
    -------
    list
        Sign +1 where more of the source means more of the target, -1 where less, 0 where both.
    """
    inlined = _inlined(model)
    rates = [lower(process.rate).xreplace(inlined) for process in model.processes]
    pairs, slopes = _slopes(model, rates)
    values = _known(model)
    slope_at = _compile(model, slopes, values)
    rows = [slope_at(state) for state in _course(model, _compile(model, rates, values), values)]
    order = [state.name for state in model.states]
    signs: dict[tuple[str, str], set[int]] = {}
    for pair, column in zip(pairs, zip(*rows, strict=True), strict=True):
        least = _NEGLIGIBLE * max(map(abs, column))
        own_signs = {1 if value > 0 else -1 for value in column if abs(value) > least}
        signs.setdefault(pair, set()).update(own_signs)
    edges = [(a, b, sum(own_signs)) for (a, b), own_signs in signs.items() if own_signs]
    return sorted(edges, key=lambda edge: (order.index(edge[0]), order.index(edge[1])))


def slots_of_states(model: Model) -> dict[str, str]:
    """Return the slot that each state belongs to: the one that names it, else that which moves it.

    Examples
    --------
    >>> import pdmodel
    >>> slots = slots_of_states(pdmodel.load("reference"))
    >>> slots["tumour_blood"], slots["drug_plasma"]
    ('tumour', 'exposure')
    """
    moved = {
        str(state): mechanism.slot
        for mechanism in reversed(model.mechanisms) for state in mechanism.states
    }  # fmt: skip
    named = {str(s): slot.name for slot in model.vocabulary.slots.values() for s in slot.states}
    slots = {**moved, **named}
    return {str(state): slots[str(state)] for state in model.states}


def joined_influences(edges: Sequence[Edge], groups: Mapping[str, str]) -> list[Edge]:
    """Return who acts on whom among groups of states; within a group nothing is said.

    Parameters
    ----------
    edges
        As `influences` returns them.
    groups
        By state the name of its group; a state without one is its own.

    Returns
    -------
    list
        Sign +1 or -1 where all influences between two groups have it, else 0.

    Examples
    --------
    >>> joined_influences([("a", "x", 1), ("b", "x", -1), ("a", "b", 1)], {"a": "g", "b": "g"})
    [('g', 'x', 0)]
    """
    signs: dict[tuple[str, str], set[int]] = {}
    for source, target, sign in edges:
        pair = groups.get(source, source), groups.get(target, target)
        if pair[0] != pair[1]:
            signs.setdefault(pair, set()).add(sign)
    return [(a, b, own.pop() if len(own) == 1 else 0) for (a, b), own in signs.items()]


def _inlined(model: Model) -> dict[sympy.Symbol, sympy.Expr]:
    """Write auxiliaries that change during a run in states and constants."""
    inlined: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, expression in model.definitions.items():
        if symbol in model.moving:
            inlined[symbol] = lower(expression).xreplace(inlined)
    return inlined


def _slopes(
    model: Model, rates: Sequence[sympy.Expr]
) -> tuple[list[tuple[str, str]], list[sympy.Expr]]:
    """Return a (source, target) pair and a slope for every process and state that moves it."""
    pairs, slopes = [], []
    for process, rate in zip(model.processes, rates, strict=True):
        for source in model.states:
            if source != process.state and source in rate.free_symbols:
                pairs.append((source.name, process.state.name))
                slopes.append(rate.diff(source))
    return pairs, slopes


def _known(model: Model) -> dict[str, float]:
    """Return parameters, and the auxiliaries that follow from them alone."""
    values: dict[str, float] = dict(model.defaults)
    for symbol, expression in model.definitions.items():
        if symbol not in model.moving:
            values[symbol.name] = _number(expression, values)
    return values


def _number(expression: sympy.Expr, values: dict[str, float]) -> float:
    used = sorted(expression.free_symbols, key=str)
    function = _function([used], lower(expression))
    return float(function([values[symbol.name] for symbol in used]))


def _compile(
    model: Model, expressions: list[sympy.Expr], values_by_name: dict[str, float]
) -> Function:
    """Return expressions as a function of the states, at time 0."""
    used = sorted(
        {s for e in expressions for s in e.free_symbols if s.name in values_by_name}, key=str
    )
    function = _function([[model.vocabulary.time], list(model.states), used], expressions)
    values = [values_by_name[symbol.name] for symbol in used]
    return lambda state: [float(value) for value in function([0.0], state, values)]


def _function(inputs: Sequence[Sequence[sympy.Symbol]], expressions: Any) -> Any:
    """Compile under names by place: those of the user may be words of the compiled code."""
    flat = [symbol for group in inputs for symbol in group]
    names = {symbol: sympy.Symbol(f"_a{index}") for index, symbol in enumerate(flat)}
    renamed = [[names[symbol] for symbol in group] for group in inputs]
    plain = sympy.Tuple(*expressions) if isinstance(expressions, list) else expressions
    plain = plain.xreplace(names)
    return sympy.lambdify(renamed, plain, modules="math", cse=True)


def _course(model: Model, rates: Function, values: dict[str, float]) -> Iterator[list[float]]:
    """Yield states from the first dose on, in steps that grow; stop where numbers end.

    One unit of a drug is a scale that its model chose; the times are those of the states.
    """
    state = [_number(initial, values) for initial in model.initials.values()]
    dosed = {model.states.index(drug) for drug in model.doses.values()}
    state = [1.0 if index in dosed else value for index, value in enumerate(state)]
    owners = [model.states.index(process.state) for process in model.processes]
    steps: list[float] = []
    for number in range(_STEPS):
        yield state
        gain, loss = [0.0] * len(state), [0.0] * len(state)
        for index, rate in zip(owners, rates(state), strict=True):
            (gain if rate > 0 else loss)[index] += abs(rate)
        steps = steps or _steps([x / (g + n) for x, g, n in zip(state, gain, loss, strict=True)
                                 if x > 0 and 0 < g + n < math.inf])  # fmt: skip
        step = steps[number]
        state = [
            x if index in dosed else (x + step * gain[index]) / (1 + step * loss[index] / x)
            if x > 0 else x + step * gain[index]
            for index, x in enumerate(state)
        ]  # fmt: skip
        if not all(map(math.isfinite, state)):
            return


def _steps(renewals: Sequence[float]) -> list[float]:
    """Return the lengths of steps, from the times in which states are renewed at the start."""
    first, last = _FIRST_STEP * min(renewals, default=1.0), max(renewals, default=1.0)
    return [first * (last / first) ** (number / (_STEPS - 1)) for number in range(_STEPS)]


# Drawing ---------------------------------------------------------------------------------------

_DOT_STYLE = {
    1: "arrowhead=normal, color=gray25",
    -1: 'arrowhead=tee, color="#b2182b"',
    0: 'arrowhead=odiamond, style=dashed, color="#7570b3"',
}
_MERMAID_ARROW = {1: "-->", -1: "--x", 0: "-.-o"}


def influences_dot(model: Model) -> str:
    """Write the edges as Graphviz source: arrows raise, tees lower, diamonds do both."""
    lines = [f'digraph "{model.name}" {{', "  rankdir=LR;"]
    lines.append('  node [shape=box, style=rounded, fontname="sans-serif"];')
    for name, meaning, _ in _nodes(model):
        lines.append(f'  {name} [tooltip="{meaning}"];')
    for drug, state in model.doses.items():
        lines.append(f'  "dose {drug}" [shape=plaintext]; "dose {drug}" -> {state};')
    lines += [f"  {a} -> {b} [{_DOT_STYLE[sign]}];" for a, b, sign in influences(model)]
    return "\n".join([*lines, "}"]) + "\n"


def influences_mermaid(model: Model) -> str:
    """Write the edges as Mermaid: arrows raise, crosses lower, dotted circles do both."""
    lines = ["flowchart LR"]
    lines += [f'  {name}["{label}"]' for name, _, label in _nodes(model)]
    for drug, state in model.doses.items():
        lines.append(f'  dose_{drug}(["dose of {drug}"]) ==> {state}')
    lines += [f"  {a} {_MERMAID_ARROW[sign]} {b}" for a, b, sign in influences(model)]
    return "\n".join(lines) + "\n"


def _nodes(model: Model) -> Iterator[tuple[str, str, str]]:
    for state in model.states:
        quantity = model.vocabulary[state]
        yield quantity.name, quantity.meaning.replace('"', "'"), quantity.title.replace('"', "'")
