"""Which states may grow from little on their own, found in the equations alone.

What grows by itself, a tumour or an infection, carries a relative error along from its lowest
point: one that falls to a millionth and comes back must be exact to a millionth part of a millionth
there. What only decays or is handed on, a drug, need not be followed that far down.
"""

from __future__ import annotations

import sympy

from pdmodel.model.equations import Equations


def regrowing_states(model: Equations) -> tuple[bool, ...]:
    """Return of each state whether it may grow on its own.

    A state may where it makes more of itself, at once or through others that act back on it. What
    one state hands on to another (the same term leaves the one and enters the other) makes no more.

    Parameters
    ----------
    model
        Its equations, in which parameters are not negative unless their bounds say otherwise.
    """
    places = {state: index for index, state in enumerate(model.states)}
    used_by: dict[sympy.Symbol, set[int]] = {state: {index} for state, index in places.items()}
    for symbol, expression in model.definitions.items():
        used_by[symbol] = _used(expression, used_by)
    gains, losses = _terms(model, places)
    acts: list[set[int]] = [set() for _ in places]
    makes: set[tuple[int, int]] = set()
    for target, term in gains:
        for source in _used(term, used_by):
            acts[source].add(target)
            if source == target or not any(_same(term, lost, used_by) for lost in losses[source]):
                makes.add((source, target))
    reach = _reachable(acts)
    growing: set[int] = set()
    for source, target in makes:
        if source in reach[target]:  # a circle: all that lie on one with the two grow with them
            growing |= {p for p in reach[target] if source in reach[p]}
    return tuple(index in growing for index in places.values())


def _terms(
    model: Equations, places: dict[sympy.Symbol, int]
) -> tuple[list[tuple[int, sympy.Expr]], list[list[sympy.Expr]]]:
    """Return what may raise each state, with the state; and what lowers it, without the minus."""
    gains: list[tuple[int, sympy.Expr]] = []
    losses: list[list[sympy.Expr]] = [[] for _ in places]
    for process in model.processes:
        index = places[process.state]
        for term in sympy.Add.make_args(sympy.expand_mul(process.rate, deep=False)):
            if term.could_extract_minus_sign():
                losses[index].append(-term)
                if not _may_be_negative(model, term):
                    continue
            gains.append((index, term))
    return gains, losses


def _may_be_negative(model: Equations, term: sympy.Expr) -> bool:
    """Return whether bounds let a parameter of a term be below 0."""
    quantities = [model.vocabulary[s] for s in term.free_symbols if s in model.vocabulary]
    return any(q.kind == "parameter" and q.bounds and q.bounds[0] < 0 for q in quantities)


def _used(expression: sympy.Expr, used_by: dict[sympy.Symbol, set[int]]) -> set[int]:
    return set().union(*(used_by.get(symbol, set()) for symbol in expression.free_symbols))


def _same(gain: sympy.Expr, loss: sympy.Expr, used_by: dict[sympy.Symbol, set[int]]) -> bool:
    """Return whether a gain is a loss in another unit: their ratio holds no state, is at most 1."""
    ratio = gain / loss
    if ratio.is_number:
        return bool(abs(ratio) <= 1)
    return not _used(ratio, used_by)


def _reachable(acts: list[set[int]]) -> list[set[int]]:
    """Return what each state acts on, at once or through others."""
    reach = [set(targets) for targets in acts]
    for middle, beyond in enumerate(reach):
        for targets in reach:
            if middle in targets:
                targets |= beyond
    return reach
