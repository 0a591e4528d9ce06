"""A fit that takes a second: seven days, two groups, two free parameters."""

import pytest

from pdmodel.inference import FitProblem, Target


def short_targets():
    """Targets of the first week; both parameters are identified by them."""
    return (
        Target("il6_nr", "nonresponder", "il6", "fold_change", day=7, low=3.5, high=4.5),
        Target("il6_r", "responder", "il6", "fold_change", day=7, low=0.7, high=1.2),
        Target("ratio", "responder/nonresponder", "tnf", "ratio", day=0, low=1.8, high=2.2),
    )


@pytest.fixture
def short_problem():
    """Return the problem with its default settings."""
    return FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
