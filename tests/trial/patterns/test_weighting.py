"""Weights of patients: the reported rates come out, and no more is lost than must be."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.trial import Pattern, judge, weigh
from pdmodel.trial.result import TrialResult

SEEN = Pattern(
    "seen",
    "t",
    "rate",
    "yes",
    (),
    0.2,
    0.4,
    300,
    1000,
    "1",
    "calibrate",
    "reported",
    "ASSUMED",
    "seen",
)


def patients(*columns: str) -> pd.DataFrame:
    """Return 1,000 patients of whom half show each outcome, independently."""
    random = np.random.default_rng(1)
    table = pd.DataFrame({name: random.permutation(1000) < 500 for name in columns}).astype(float)
    return table.assign(failed=0.0, size=random.lognormal(0, 1, 1000))


def test_one_rate_is_a_ratio_of_weights() -> None:
    """From 50 to 30 %: 0.3/0.5 for yes, 0.7/0.5 for no, as the certainty of 1,000 asks."""
    table = patients("yes")
    found = weigh([SEEN], table)
    yes, no = (found.weights[table["yes"] == value] for value in (1, 0))
    assert np.ptp(yes) == pytest.approx(0, abs=1e-12)
    assert found.weights.mean() == pytest.approx(1)
    assert yes[0] * 0.5 == pytest.approx(0.3, abs=0.002)
    assert no[0] * 0.5 == pytest.approx(0.7, abs=0.002)
    expected = 1000 / (0.5 * (0.6**2 + 1.4**2))
    assert found.effective == pytest.approx(expected, rel=0.01)


def test_a_small_trial_moves_less() -> None:
    """Three of ten weigh less than 300 of 1,000; without patients to move, nothing moves."""
    table = patients("yes")
    small = weigh([replace(SEEN, events=3, n=10)], table)
    assert 0.3 < np.average(table["yes"], weights=small.weights) < 0.36
    assert weigh([replace(SEEN, events=500)], table).effective == pytest.approx(1000)


def test_two_rates_at_once_and_failures() -> None:
    """Both come out; who failed weighs nothing."""
    table = patients("yes", "other")
    table.loc[:99, "failed"] = 1.0
    found = weigh([SEEN, replace(SEEN, id="o", outcome="other", events=800)], table)
    assert (found.weights[:100] == 0).all()
    for name, rate in (("yes", 0.3), ("other", 0.8)):
        assert np.average(table[name], weights=found.weights) == pytest.approx(rate, abs=0.003)


def test_patterns_are_judged_with_weights() -> None:
    """Rates and medians of the weighted patients, replicates drawn by weight."""
    table = patients("yes")
    median = replace(SEEN, id="m", kind="median", outcome="size", groups=("yes",), events=None)
    weights = np.where(table["yes"] == 1, 0.2, 1.8)
    found = judge([SEEN, median], table, weights=weights).set_index("id")
    assert found.loc["seen", "model"] == pytest.approx(0.1)
    assert found.loc["seen", "model_high"] < 0.15
    assert found.loc["m", "model"] == pytest.approx(table["size"][table["yes"] == 1].median())


def test_weights_need_a_rate() -> None:
    """Nothing that counts, or nobody: said."""
    with pytest.raises(InputError, match="weights need a reported rate"):
        weigh([replace(SEEN, kind="median", events=None)], patients("yes"))
    with pytest.raises(InputError, match="and a patient"):
        weigh([SEEN], patients("yes").assign(failed=1.0))


def test_pictures_show_patients_as_often_as_they_count() -> None:
    """Rates of what is shown are the weighted ones within one patient, for every size."""
    rng = np.random.default_rng(5)
    n = 200
    outcomes = pd.DataFrame(
        {"yes": (rng.random(n) < 0.3).astype(float), "failed": 0.0, "day": rng.random(n) * 100}
    )
    outcomes.loc[:9, ["failed", "yes"]] = 1.0, np.nan
    weights = rng.lognormal(0, 0.7, n) * (outcomes["failed"] == 0)
    whole: Any = SimpleNamespace(times={"free": ("day", "yes")})
    nobody: Any = None
    plain = TrialResult(whole, nobody, 1, nobody, outcomes, pd.DataFrame(), (SEEN,))
    found = plain.weighted(weights.to_numpy(), "chance")
    rate = np.average(outcomes["yes"].fillna(0), weights=weights)
    assert len(found.shown) == n
    assert (found.shown["failed"] == 0).all()
    assert abs(found.shown["yes"].mean() - rate) <= 1 / n
    assert found.effective == round(weights.sum() ** 2 / (weights**2).sum()) < n
    assert found.curves()["free"]["at_risk"].max() == found.effective
    assert plain.shown is plain.outcomes
    assert plain.effective == n - 10
