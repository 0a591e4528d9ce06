"""What is written as SBML is what COPASI computes; skipped where basico is missing."""

from __future__ import annotations

import pytest

import pdmodel
from tests.interchange.copasi_run import copasi_values
from tests.interchange.roadrunner_run import largest_difference
from tests.toys import one_compartment

PACK = "pack 24-20-16-12 mg methylprednisolone after 1.5 days"


@pytest.mark.parametrize(
    ("name", "regimen", "days"),
    [
        ("toy", "100 mg iv on day 1 over 2 hours + 20 mg oral daily", 10),
        ("reference", f"10 mg daily in 2 doses + {PACK}", 14),
    ],
)
def test_copasi_agrees(name: str, regimen: str, days: float) -> None:
    """All states and observables, within 1e-6 of their size between doses."""
    pytest.importorskip("basico", reason="needs the package copasi-basico")
    model = one_compartment() if name == "toy" else pdmodel.load(name)
    assert largest_difference(model, regimen, days, theirs_of=copasi_values) < 1e-6
