"""Known truths: a rival that cannot make the evidence falls."""

from __future__ import annotations

import pytest

from tests.hypotheses.truths import refutes

DIFFER = (
    ("reference", "no_tolerance"),
    ("reference", "tumour_il6"),
    ("reference", "no_desensitisation"),
    ("reference", "no_exhaustion"),
    ("reference", "direct_kill_only"),
    ("reference", "antiproliferative_only"),
    ("reference", "null"),
    ("reference", "reference@effector_competence"),
    ("no_tolerance", "reference@il6_inducibility"),
    ("tumour_il6", "tnf_bystander_no_tolerance"),
)


@pytest.mark.parametrize(("truth", "rival"), DIFFER)
def test_a_rival_that_differs_falls(truth: str, rival: str) -> None:
    """Whatever the values of the truth, the rival misses something by more than an edge."""
    assert refutes(truth, rival, seed=11, evaluations=80)
