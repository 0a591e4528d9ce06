"""Quantities that equations determine: solved in symbols, or differentiated into rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy.solvers.solveset import NonlinearError

from pdmodel.errors import InputError
from pdmodel.model.expressions.refusals import expression_faults

Solution = dict[sympy.Symbol, sympy.Expr]
_MOST_NODES = 400
"""Nodes of equations that are no straight lines, above which no solution in symbols is tried."""


def solve_algebra(
    equations: Mapping[str, sympy.Expr],
    unknowns: Sequence[sympy.Symbol],
    near: Mapping[sympy.Symbol, float] | None = None,
) -> Solution:
    """Return what equations determine, as expressions of everything else.

    Parameters
    ----------
    equations
        Expressions that are 0 at all times, by the names that messages give them.
    unknowns
        What may be determined, the preferred ones first: one an equation is chosen.
    near
        Values at the start, in any symbols: of several solutions the one nearest to them is taken.

    Returns
    -------
    dict
        Expression by unknown, none of which holds a chosen unknown.

    Raises
    ------
    InputError
        If an equation determines nothing, or has no solution in symbols; names the equation.

    Examples
    --------
    >>> a, b, total = sympy.symbols("a b total")
    >>> solve_algebra({"conservation": a + b - total}, [b])
    {b: -a + total}
    """
    chosen = match_unknowns(equations, unknowns)
    solution: Solution = {}
    for names in _blocks(equations, chosen):
        block = {name: sympy.sympify(equations[name]).xreplace(solution) for name in names}
        wanted = [chosen[name] for name in names]
        solved = _straight(block, wanted) or _curved(block, wanted, near or {})
        solution |= solved
    return solution


def algebra_rates(
    equations: Mapping[str, sympy.Expr],
    unknowns: Sequence[sympy.Symbol],
    rates: Mapping[sympy.Symbol, sympy.Expr],
    time: sympy.Symbol,
) -> Solution:
    """Return rates of what equations determine, by their derivative by time.

    For equations without a solution in symbols: the unknowns become states, which must start where
    the equations hold. What moves other than by `rates`, as an event does, leaves the equations.

    Parameters
    ----------
    equations, unknowns
        As in `solve_algebra`.
    rates
        Derivative of each state that the equations hold.
    time
        The symbol of time.

    Raises
    ------
    InputError
        If the derivative does not determine the rates; names the equations.
    """
    chosen = match_unknowns(equations, unknowns)
    wanted = list(chosen.values())
    residuals = sympy.Matrix([sympy.sympify(equations[name]) for name in chosen])
    by_unknown = residuals.jacobian(sympy.Matrix(wanted))
    moving = sympy.Matrix(
        [sum((e.diff(s) * rate for s, rate in rates.items()), e.diff(time)) for e in residuals]
    )
    if sympy.simplify(by_unknown.det()) == 0:
        raise InputError(
            f"{_words(chosen)}: the derivative by {_joined(wanted)} vanishes, so that no rate "
            "follows: solve for the quantities, or write their rates"
        )
    return dict(zip(wanted, by_unknown.LUsolve(-moving), strict=True))


def match_unknowns(
    equations: Mapping[str, sympy.Expr], unknowns: Sequence[sympy.Symbol]
) -> dict[str, sympy.Symbol]:
    """Return the unknown that each equation determines; the preferred ones where there is a choice.

    Raises
    ------
    InputError
        If an equation holds none that no other needs.
    """
    holders: dict[sympy.Symbol, str] = {}
    options = {
        name: [symbol for symbol in unknowns if symbol in sympy.sympify(e).free_symbols]
        for name, e in equations.items()
    }

    def place(name: str, tried: set[sympy.Symbol]) -> bool:
        for symbol in options[name]:
            if symbol in tried:
                continue
            tried.add(symbol)
            if symbol not in holders or place(holders[symbol], tried):
                holders[symbol] = name
                return True
        return False

    for name in equations:
        if not place(name, set()):
            held = _joined(options[name]) or "none"
            raise InputError(
                f"{name} determines nothing: of what it holds only what no other rule, reaction or "
                f"equation moves can follow from it ({held})"
            )
    by_name = {name: symbol for symbol, name in holders.items()}
    return {name: by_name[name] for name in equations}


def _blocks(
    equations: Mapping[str, sympy.Expr], chosen: Mapping[str, sympy.Symbol]
) -> list[tuple[str, ...]]:
    """Return the equations in groups that must be solved together, inner ones first."""
    owner = {symbol: name for name, symbol in chosen.items()}
    needs = {
        name: {owner[s] for s in sympy.sympify(e).free_symbols if s in owner} - {name}
        for name, e in equations.items()
    }
    reach = {name: _reached(name, needs) for name in equations}
    blocks: list[tuple[str, ...]] = []
    for name in sorted(equations, key=lambda n: (len(reach[n]), list(equations).index(n))):
        together = tuple(n for n in equations if n in reach[name] and name in reach[n])
        if together not in blocks:
            blocks.append(together)
    return blocks


def _reached(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = {name}, [name]
    while waiting:
        for other in needs[waiting.pop()] - reached:
            reached.add(other)
            waiting.append(other)
    return reached


def _straight(block: Mapping[str, sympy.Expr], wanted: list[sympy.Symbol]) -> Solution:
    """Return the solution of straight lines; nothing if they are none."""
    try:
        matrix, right = sympy.linear_eq_to_matrix(list(block.values()), wanted)
    except NonlinearError:
        return {}
    if sympy.simplify(matrix.det()) == 0:
        raise InputError(f"{_words(block)}: {_joined(wanted)} do not follow from what is 0 there")
    return dict(zip(wanted, matrix.LUsolve(right), strict=True))


def _curved(
    block: Mapping[str, sympy.Expr], wanted: list[sympy.Symbol], near: Mapping[sympy.Symbol, float]
) -> Solution:
    nodes = sum(sum(1 for _ in sympy.preorder_traversal(e)) for e in block.values())
    solutions: list[Solution] = []
    if nodes <= _MOST_NODES:
        try:
            solutions = sympy.solve(list(block.values()), wanted, dict=True)
        except (NotImplementedError, ValueError, TypeError):
            solutions = []
    whole = [s for s in solutions if set(s) == set(wanted) and not _holds(s, wanted)]
    if not whole:
        raise InputError(f"{_words(block)}: no solution for {_joined(wanted)} in symbols")
    return whole[0] if len(whole) == 1 else _nearest(block, whole, near)


def _holds(solution: Solution, wanted: list[sympy.Symbol]) -> bool:
    """Whether a solution holds what is sought, or what no equation of a model can hold."""
    return any(
        e.free_symbols & set(wanted) or e.has(sympy.I) or any(expression_faults(e, (), (), ()))
        for e in solution.values()
    )


def _nearest(
    block: Mapping[str, sympy.Expr], solutions: list[Solution], near: Mapping[sympy.Symbol, float]
) -> Solution:
    """Return the solution that is nearest to the values at the start, all of them real."""
    numbers = {symbol: sympy.Float(value) for symbol, value in near.items()}
    distances: list[tuple[float, int]] = []
    for index, solution in enumerate(solutions):
        away = [
            abs(complex(e.xreplace(numbers)) - float(near[symbol]))
            for symbol, e in solution.items()
            if symbol in near and not e.xreplace(numbers).free_symbols
        ]
        if len(away) == len(solution):
            distances.append((max(away), index))
    if not distances:
        raise InputError(
            f"{_words(block)}: {len(solutions)} solutions, and no values at the start to tell which"
        )
    return solutions[min(distances)[1]]


def _words(block: Mapping[str, object]) -> str:
    return ", ".join(block)


def _joined(symbols: Sequence[sympy.Symbol]) -> str:
    return ", ".join(map(str, symbols))
