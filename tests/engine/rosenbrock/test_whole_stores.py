"""A step that was taken writes whole registers: stores under a mask take some processors long."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sympy

from pdmodel.engine.codegen.program import Program, register_width
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.model import Model
from tests.toys import one_compartment, rate_of_change

# vmaskmovps and vmaskmovpd to memory: two bytes of prefix (the second with L and pp = 66), opcode.
_STORE_UNDER_MASK = re.compile(
    rb"\xc4[\x02\x22\x42\x62\x82\xa2\xc2\xe2][\x05\x0d\x15\x1d\x25\x2d\x35\x3d\x45\x4d\x55\x5d"
    rb"\x65\x6d\x75\x7d][\x2e\x2f]",
    re.DOTALL,
)


def stores_under_mask(machine_code: bytes) -> int:
    """Return how many there are."""
    return len(_STORE_UNDER_MASK.findall(machine_code))


def larger_of_two(*, whole: bool) -> bytes:
    """Return code that writes the first of two numbers in the lanes where it is larger."""
    program = Program(register_width())
    f = program.function("f")
    larger, smaller = f.load(0), f.load(1)
    chosen = f.select(f.compare("gt", larger, smaller), larger, f.load_out(0))
    f.store_some(0, register_width(), chosen, whole=whole)
    return program.compile().machine_code


@pytest.fixture(autouse=True)
def _masks() -> None:
    if not stores_under_mask(larger_of_two(whole=False)):
        pytest.skip("this processor's code has no such stores")


def test_a_whole_store_has_no_mask() -> None:
    """What stood there is written again."""
    assert stores_under_mask(larger_of_two(whole=True)) == 0


def falling(x: Any, k: Any, time: Any) -> Any:
    """Return the rate of what falls twice as fast above 1/2."""
    return -k * x * sympy.Piecewise((2, x > 0.5), (1, True))


@pytest.mark.parametrize(
    "model", [one_compartment(), rate_of_change(falling)], ids=["plain", "switch"]
)
def test_a_step_of_several_lanes_has_none(model: Model) -> None:
    """Neither in the step nor in what is done where it was taken."""
    code = machine_of(model).step_code(register_width())
    assert stores_under_mask(code.machine_code) == 0
