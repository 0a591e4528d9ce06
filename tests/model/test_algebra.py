"""Quantities that equations determine: chosen, solved, or given rates."""

from __future__ import annotations

import pytest
import sympy

from pdmodel.errors import InputError
from pdmodel.model.algebra import algebra_rates, match_unknowns, solve_algebra

a, b, c, k, t = sympy.symbols("a b c k time")


def test_straight_lines_are_solved_together() -> None:
    """Two equations that need each other give both quantities, in what is given alone."""
    solved = solve_algebra({"sum": a + b - c, "share": a - k * b}, [a, b])
    assert sympy.simplify(solved[a] - c * k / (1 + k)) == 0
    assert sympy.simplify(solved[b] - c / (1 + k)) == 0


def test_one_equation_after_another() -> None:
    """An equation that uses what another determines is solved after it, whatever their order."""
    solved = solve_algebra({"second": b - 2 * a, "first": a - k}, [a, b])
    assert solved == {a: k, b: 2 * k}


def test_the_solution_nearest_to_the_start_is_taken() -> None:
    """Of the two roots of a square the one that begins where the quantity begins."""
    square = {"binding": a**2 - c}
    assert solve_algebra(square, [a], {a: 3.1, c: 9.0}) == {a: sympy.sqrt(c)}
    assert solve_algebra(square, [a], {a: -3.1, c: 9.0}) == {a: -sympy.sqrt(c)}
    with pytest.raises(InputError, match="binding: 2 solutions"):
        solve_algebra(square, [a])


def test_the_preferred_unknown_is_chosen_where_there_is_a_choice() -> None:
    """Each equation gets an unknown of its own, by exchange where that is needed."""
    assert match_unknowns({"one": a + b, "two": a - k}, [a, b]) == {"one": b, "two": a}
    with pytest.raises(InputError, match="two determines nothing"):
        match_unknowns({"one": a - k, "two": a - c}, [a, b])


def test_what_has_no_solution_names_its_equation() -> None:
    """An equation that cannot be solved, or that leaves its quantity free, is named."""
    with pytest.raises(InputError, match="balance: no solution for a in symbols"):
        solve_algebra({"balance": a + sympy.exp(a) - b * sympy.sin(a)}, [a])
    with pytest.raises(InputError, match="one, two: b, a do not follow"):
        solve_algebra({"one": a + b - c, "two": 2 * a + 2 * b - k}, [a, b])


def test_an_equation_without_solution_gives_a_rate() -> None:
    """Differentiated by time it says how its quantity moves with what it holds."""
    rates = algebra_rates({"balance": a + sympy.exp(a) - b - t}, [a], {b: -k * b}, t)
    assert sympy.simplify(rates[a] - (1 - k * b) / (1 + sympy.exp(a))) == 0
    both = {"one": sympy.exp(a + b) - c, "two": sympy.sin(a + b) - k}
    with pytest.raises(InputError, match="one, two: the derivative by b, a vanishes"):
        algebra_rates(both, [a, b], {}, t)
