"""Borders that jump themselves: corners of what conditions pick, and whole parts of time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Abs, Max, Min, Piecewise

import pdmodel
from pdmodel.model import Mechanism, Model
from tests.engine.lanes.test_switches import both, x_at
from tests.toys.switches import one


@both
@pytest.mark.parametrize("by_time", [True, False], ids=["time", "state"])
def test_what_jumps_over_a_corner_is_on_its_other_side(by_time: bool, engine: str) -> None:
    """`x' = -k x |1 - p|`, p of 0.5 at first and of 3 later: both sides of the corner are met."""
    turn = 2 * math.log(2)  # where exp(-t/2) is a half

    def rate(x: Any, p: Any, t: Any) -> Any:
        first = p["k"] * t < turn if by_time else x > 0.5
        return -p["k"] * x * Abs(1 - Piecewise((0.5, first), (3, True), evaluate=False))

    found = x_at(one(rate), 1.0, 3.0, engine=engine)
    expected = [math.exp(-0.5), 0.5 * math.exp(-2 * (3.0 - turn))]
    assert found == pytest.approx(expected, rel=1e-8)


@both
def test_whole_parts_of_time_jump_by_auxiliaries_too(engine: str) -> None:
    """`x' = -k x` in the first third of each period of 6, by an auxiliary that holds `floor`."""
    q = pdmodel.Vocabulary(unit_checks=False)
    x = q.state("x", unit="1", initial=1, meaning="x")
    since = q.auxiliary("since", unit="day", meaning="time since the period began")
    q.slot("fall", meaning="x falls", states=(x,), defines=(since,))
    falls = Mechanism(
        "falls", slot="fall", claim="x falls by periods",
        defines={since: q.time - 6 * sympy.floor(q.time / 6)},
        processes={"fall": {x: -x * Piecewise((1, since < 2), (0, True))}},
    )  # fmt: skip
    found = x_at(Model("periods", q, [falls]), 1, 5, 7, 13, 19, engine=engine)
    assert found == pytest.approx(np.exp([-1.0, -2, -3, -5, -7]), rel=1e-8)


@both
@pytest.mark.parametrize("written", [Abs, lambda z: Max(z, 0), lambda z: -Min(-z, 0)])
def test_a_corner_is_left_from_rest(written: Any, engine: str) -> None:
    """`x' = -x |t**3|`: the run begins on the corner, and has no speed away from it."""
    model = one(lambda x, p, t: -p["k"] * x * written((p["k"] * t) ** 3))
    found = x_at(model, 1.0, 2.0, engine=engine)
    assert found == pytest.approx([math.exp(-0.25), math.exp(-4)], rel=1e-7)
