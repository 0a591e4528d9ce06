"""A block of slopes: the derivative of a step, how much it errs, and what becomes the next S."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from benchmarks import reference_workload as workload
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.compiled_model.sensitivity_code import SensitivityCode, sensitivity_of
from pdmodel.engine.compiled_model.slope_block_code import (
    AFTER,
    BEFORE,
    FORCING,
    INVERSES,
    ROOTLESS,
    ROWS,
    SLACK,
    SQUARES,
    STAGE,
    STEEPEST,
)
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.compiled_model.slope_step_code import INVERSE, NOISE, TOLERANCE
from pdmodel.engine.rosenbrock.tableau import METHOD
from tests.engine.calling import call
from tests.toys import one_compartment

_RTOL, _STEP = 1e-3, 0.25
_CHANGES = slice(STAGE, STAGE + METHOD.stages)


class _Step(NamedTuple):
    """A step whose J, G and W are random: as matrices of each stage, and as code reads them."""

    jacobians: np.ndarray
    bends: np.ndarray
    w: np.ndarray
    slopes: np.ndarray
    record: np.ndarray


def _codes() -> dict[str, SensitivityCode]:
    """Nothing is left out where doses follow parameters; else the first block leaves states out."""
    few = sensitivity_of(
        machine_of(workload.MODEL), tuple(workload.SENSITIVITIES), ("plasma",), moving=False
    )
    every = sensitivity_of(machine_of(one_compartment()), ("k", "volume"), ("plasma",), moving=True)
    assert len(few.plan.rows[0]) < few.n
    assert len(every.plan.rows[0]) == every.n
    return {"some": few, "all": every}


def _step(code: SensitivityCode, random: np.random.Generator) -> _Step:
    pattern, n = code.pattern, code.n
    slopes = random.normal(size=pattern.n_slopes)
    matrices = []
    first = 0
    for places in (pattern.jacobian_at, pattern.bend_at):
        dense = np.zeros((METHOD.stages, n, n))
        for row, column in places:
            dense[:, row, column] = slopes[8 * first :][: METHOD.stages]
            first += 1
        matrices.append(dense)
    record = random.normal(size=code.n_record)
    record[INVERSE], record[TOLERANCE] = 1 / _STEP, _RTOL
    record[pattern.noise : pattern.noise + n] = 1e-4 * (1 + np.arange(n))
    linear, g = pattern.linear, np.array(30.0)
    entries = random.normal(size=len(linear.pattern))
    w = np.eye(n) * g
    for (row, column), entry in zip(linear.pattern, entries, strict=True):
        w[row, column] -= entry
    factors = linear.factorise(g, entries)[:-1]
    scaled = factors.copy()
    for row, column in linear.upper:
        scaled[linear.index[row, column]] *= factors[linear.index[row, row]]
    record[pattern.factors : pattern.factors + linear.n_factors] = scaled
    return _Step(matrices[0], matrices[1], w, slopes, record)


@pytest.mark.parametrize("kind", ["some", "all"])
def test_a_block_is_the_derivative_of_a_step(kind: str) -> None:
    """W du_i = J_i (S + sum A_ij du_j) + sum C_ij du_j / h + G_i S + F_i, in states that move."""
    code, random = _codes()[kind], np.random.default_rng(2)
    step, rows = _step(code, random), list(code.plan.rows[0])
    block = np.zeros((ROWS, code.n, COLUMNS))
    block[:, rows] = random.normal(size=(ROWS, len(rows), COLUMNS))
    if kind == "some":
        forced = {state for state, _ in code.force_places}
        block[FORCING : FORCING + METHOD.stages, [i for i in rows if i not in forced]] = 0.0
    before = block[BEFORE].copy()
    changes = np.zeros((METHOD.stages, code.n, COLUMNS))
    for s in range(METHOD.stages):
        point = before + np.einsum("j,jnc->nc", METHOD.a[s, :s], changes[:s])
        right = step.jacobians[s] @ point + step.bends[s] @ before + block[FORCING + s]
        right += np.einsum("j,jnc->nc", METHOD.c[s, :s], changes[:s]) / _STEP
        changes[s] = np.linalg.solve(step.w, right)
    call(int(code.block_addresses()[0]), block, step.slopes, step.record)
    size = abs(changes).max()
    np.testing.assert_allclose(block[_CHANGES], changes, rtol=1e-9, atol=1e-12 * size)
    np.testing.assert_allclose(block[AFTER], point + changes[-1], rtol=1e-9, atol=1e-12 * size)
    assert (block[AFTER, rows] != before[rows]).all()


def test_the_error_of_a_block_is_that_of_its_formula() -> None:
    """Root-less columns are held to a share of the steepest state, others to their noise too."""
    code, random = _codes()["all"], np.random.default_rng(3)
    step = _step(code, random)
    block = random.normal(size=(ROWS, code.n, COLUMNS))
    block[STEEPEST] = abs(block[STEEPEST])
    inverses, rootless = np.resize([0.0, 2.0], COLUMNS), np.resize([NOISE, 0.0], COLUMNS)
    block[INVERSES, 0], block[ROOTLESS, 0] = inverses, rootless
    before = block.copy()
    call(int(code.block_addresses()[0]), block, step.slopes, step.record)
    steepest = np.maximum(before[STEEPEST], abs(block[AFTER]))
    np.testing.assert_array_equal(block[STEEPEST], steepest)
    noise = step.record[code.pattern.noise :][: code.n, None]
    scale = _RTOL * (steepest + steepest.max(axis=0) * rootless) + noise * inverses
    errors = block[STAGE + METHOD.stages - 1] / (SLACK * scale)
    np.testing.assert_allclose(block[SQUARES, 0], (errors**2).sum(axis=0), rtol=1e-12)


def test_the_new_slopes_take_the_place_of_the_old() -> None:
    """`keep` moves S of all states in all blocks, and nothing else."""
    code, random = _codes()["some"], np.random.default_rng(4)
    assert code.blocks > 1
    blocks = random.normal(size=(code.blocks, ROWS, code.n, COLUMNS))
    expected = blocks.copy()
    expected[:, BEFORE] = blocks[:, AFTER]
    call(code.code.address("keep"), blocks, blocks.copy())
    np.testing.assert_array_equal(blocks, expected)
