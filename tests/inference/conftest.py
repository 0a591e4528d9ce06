"""A fit that takes a second: seven days, two groups, two free parameters."""

import pytest

from pdmodel.inference import FitProblem, Target


def short_targets():
    """Targets of the first week; both parameters are identified by them."""
    words = {"direction_status": "reported", "threshold_status": "assumed", "source": "test"}
    return (
        Target("il6_nr", "nonresponder", "il6", "fold_change", day=7, low=3.5, high=4.5, **words),
        Target("il6_r", "responder", "il6", "fold_change", day=7, low=0.7, high=1.2, **words),
        Target(
            "ratio", "responder/nonresponder", "tnf", "ratio", day=0, low=1.8, high=2.2, **words
        ),
    )


@pytest.fixture
def short_problem():
    """Return the problem with its default settings."""
    return FitProblem("reference", short_targets(), days=7, free=["il6_induction"])
