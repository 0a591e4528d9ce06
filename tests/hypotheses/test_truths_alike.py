"""Known truths: the truth itself stands, and so do rivals that cannot be told from it."""

from __future__ import annotations

import pytest

from tests.hypotheses.truths import refutes

ALIKE = (
    ("reference", "reference"),
    ("reference", "il6_survival"),
    ("il6_survival", "il6_marker"),
    ("il6_marker", "reference"),
    ("reference", "inducibility"),
    ("no_tolerance", "no_tolerance"),
    ("tumour_il6", "tumour_il6"),
)


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize(("truth", "rival"), ALIKE)
def test_a_rival_that_does_not_differ_stands(truth: str, rival: str, seed: int) -> None:
    """Whatever the values of the truth; few steps are enough to find it."""
    assert not refutes(truth, rival, seed, evaluations=8)
