"""What is written down of a step with slopes, and where its forcing goes, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode, sensitivity_of
from pdmodel.engine.compiled_model.slope_block_code import FORCING, ROWS
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.compiled_model.slope_step_code import (
    INVERSE,
    NOISE,
    TOLERANCE,
    method_by_stage,
)
from pdmodel.engine.rosenbrock.memory import ATOL, NOW, RTOL, STEP, TIME
from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.model import Model
from tests.engine.calling import call
from tests.toys import one_compartment
from tests.toys.switches import moving


@pytest.mark.parametrize("lanes", [1, 4, WIDE])
def test_a_record_is_what_a_lane_holds(lanes: int) -> None:
    """Stages, states, factors and modes, also of the last lane of several; the method's stay."""
    machine = machine_of(_switching())
    code = sensitivity_of(machine, ("k", "border"), tuple(machine.states))
    sizes, pattern, random = machine.sizes(lanes, 1), code.pattern, np.random.default_rng(5)
    n, lane = code.n, lanes - 1
    assert sizes.switches > 0
    memory = machine.lanes(sizes, np.ones(n), np.zeros(n), 1)
    for part in (memory.vectors, memory.clock, memory.stage, memory.factors):
        part[:] = random.normal(size=part.shape)
    record = random.normal(size=code.n_record)
    before = record.copy()
    whole = memory.vectors.base
    assert whole is not None
    block = whole[(memory.vectors.ctypes.data - whole.ctypes.data) // 8 :]
    call(code.note(lanes), record, block[lane:])
    clock, states = memory.clock[:, lane], memory.vectors[:, lane : n * lanes : lanes]
    expected = [clock[TIME], clock[STEP], 1 / clock[STEP], clock[RTOL]]
    np.testing.assert_array_equal(record[: len(expected)], expected)
    assert (INVERSE, TOLERANCE) == (2, 3)
    stages = record[WIDE : pattern.method].reshape(n, WIDE)[:, : METHOD.stages]
    np.testing.assert_array_equal(stages, states[: METHOD.stages].T)
    method = slice(pattern.method, pattern.now)
    np.testing.assert_array_equal(record[method], before[method])
    assert record[method].size == method_by_stage().size
    np.testing.assert_array_equal(record[pattern.now :][:n], states[NOW])
    largest = np.maximum(before[pattern.largest :][:n], abs(states[NOW]))
    np.testing.assert_array_equal(record[pattern.largest :][:n], largest)
    noise = states[ATOL] + NOISE * clock[RTOL] * largest
    np.testing.assert_allclose(record[pattern.noise :][:n], noise, rtol=1e-14)
    factors, linear = memory.factors[lane::lanes][:-1].copy(), pattern.linear
    pivots = {row: factors[linear.index[row, row]] for row, _ in linear.upper}
    for row, column in linear.upper:
        factors[linear.index[row, column]] *= pivots[row]
    np.testing.assert_array_equal(record[pattern.factors : pattern.noise], factors)
    modes = memory.stage[(1 + n + sizes.coefficients) * lanes + lane :: lanes][: sizes.switches]
    coefficients = record[pattern.fixed : -sizes.switches]
    np.testing.assert_array_equal(record[-sizes.switches :], modes)
    np.testing.assert_array_equal(coefficients, before[pattern.fixed : -sizes.switches])


def _switching() -> Model:
    """Return two states that feed each other; at a border one of them falls faster."""

    def falls(s: Any, p: Any, t: Any) -> Any:
        faster = sympy.Piecewise((2, s["x"] > p["border"]), (1, True))
        return p["k"] * (s["y"] - s["x"] * faster)

    rises = lambda s, p, t: p["k"] * (s["x"] - s["y"])  # noqa: E731
    return moving({"x": (2.0, falls), "y": (1.0, rises)}, k=0.5, border=1.0)


def _code() -> SensitivityCode:
    # Doses that follow parameters: nothing is left out.
    return sensitivity_of(machine_of(one_compartment()), ("k", "volume"), ("plasma",), moving=True)


def test_forcing_goes_to_its_own_place() -> None:
    """`force` writes each entry of F at every stage, and nothing else."""
    code, random = _code(), np.random.default_rng(4)
    block = random.normal(size=(ROWS, code.n, COLUMNS))
    expected = block.copy()
    given = random.normal(size=code.pattern.n_slopes)
    for m, (state, column) in enumerate(code.force_places):
        entries = given[code.pattern.forces + WIDE * m :][: METHOD.stages]
        expected[FORCING : FORCING + METHOD.stages, state, column] = entries
    assert code.force_places
    call(code.code.address("force"), block, given)
    np.testing.assert_array_equal(block, expected)
