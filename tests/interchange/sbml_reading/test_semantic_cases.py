"""A sample of the semantic cases of the SBML test suite, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.__main__ import table
from tests.conformance.semantic_cases import ARCHIVE, run_case, unpack

_NUMBERS = (
    173, 196, 348, 405, 538, 655, 760, 914, 937, 950, 1116, 1120, 1466, 1506, 1779, 1811,
    1, 12, 26, 28, 35, 41, 54, 78, 87, 109, 132, 230, 270, 311, 353, 409, 462, 540,
    585, 610, 669, 723, 826, 850, 897, 930, 975, 1000, 1044, 1077, 1104, 1160, 1183, 1204,
    1240, 1281, 1309, 1395, 1450, 1487, 1540, 1632, 1700, 1776,
)  # fmt: skip
SAMPLE = frozenset(f"{number:05d}" for number in _NUMBERS)


def test_sample_of_the_suite(external: Path, tmp_path: Path) -> None:
    """Plain and hard cases pass at the suite's tolerances, or are refused; none is wrong."""
    if not (external / ARCHIVE).is_file():
        pytest.skip(f"no {ARCHIVE} here")
    outcomes = [run_case(case) for case in unpack(external, tmp_path, SAMPLE)]
    assert len(outcomes) == len(SAMPLE)
    assert {one.outcome for one in outcomes} <= {"passed", "refused"}, table(outcomes)
