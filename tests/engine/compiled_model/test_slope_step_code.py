"""A block of slopes: how much a step errs, and what takes the place of what, against NumPy."""

from __future__ import annotations

import numpy as np

from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode, sensitivity_of
from pdmodel.engine.compiled_model.slope_step_code import (
    AFTER,
    BEFORE,
    FORCING,
    INVERSES,
    NOISE,
    ROOTLESS,
    ROWS,
    SLACK,
    SQUARES,
    STAGE,
    STEEPEST,
)
from pdmodel.engine.rosenbrock.tableau import METHOD
from tests.engine.calling import call
from tests.toys import one_compartment

_RTOL = 1e-3


def _code() -> SensitivityCode:
    # Doses that follow parameters: nothing is left out.
    return sensitivity_of(machine_of(one_compartment()), ("k", "volume"), ("plasma",), moving=True)


def test_the_error_of_a_block_is_that_of_its_formula() -> None:
    """Root-less columns are held to a share of the steepest state, others to their noise too."""
    code, random = _code(), np.random.default_rng(3)
    block = random.normal(size=(ROWS, code.n, WIDE))
    block[STEEPEST] = abs(block[STEEPEST])
    inverses, rootless = np.array([0.0, 2.0] * 4), np.array([NOISE, 0.0] * 4)
    block[INVERSES, 0], block[ROOTLESS, 0] = inverses, rootless
    given, noise = (
        random.normal(size=code.pattern.inverse + 2 + code.n),
        1e-4 * (1 + np.arange(code.n)),
    )
    given[code.pattern.inverse + 1], given[code.pattern.inverse + 2 :] = _RTOL, noise
    before = block.copy()
    call(int(code.block_addresses()[0]), block, given)
    steepest = np.maximum(before[STEEPEST], abs(block[AFTER]))
    np.testing.assert_array_equal(block[STEEPEST], steepest)
    scale = _RTOL * (steepest + steepest.max(axis=0) * rootless) + noise[:, None] * inverses
    errors = block[STAGE + METHOD.stages - 1] / (SLACK * scale)
    np.testing.assert_allclose(block[SQUARES, 0], (errors**2).sum(axis=0), rtol=1e-12)


def test_the_new_slopes_take_the_place_of_the_old_and_forcing_its_own() -> None:
    """`keep` moves S of all states; `force` writes each entry of F at every stage, nothing else."""
    code, random = _code(), np.random.default_rng(4)
    block = random.normal(size=(ROWS, code.n, WIDE))
    expected = block.copy()
    expected[BEFORE] = block[AFTER]
    call(code.code.address("keep"), block, block)
    np.testing.assert_array_equal(block, expected)
    given = random.normal(size=code.pattern.inverse)
    for m, (state, column) in enumerate(code.force_places):
        entries = given[code.pattern.forces + WIDE * m :][: METHOD.stages]
        expected[FORCING : FORCING + METHOD.stages, state, column] = entries
    assert code.force_places
    call(code.code.address("force"), block, given)
    np.testing.assert_array_equal(block, expected)
