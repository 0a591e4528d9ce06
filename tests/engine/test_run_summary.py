"""Several runs in one table: each quantity of each, and its ratio to what it is held against."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.engine import simulate
from pdmodel.engine.run_summary import compare_runs, run_summary
from pdmodel.errors import InputError
from tests.toys import one_compartment

MODEL = one_compartment()


def test_ratios_are_those_of_the_last_day_that_both_reach() -> None:
    """Half the dose is half the amount; a run of 2 days is compared with one of 5 on day 2."""
    runs = {
        "half": simulate(MODEL, "5 mg iv every 12 hours", days=2),
        "whole": simulate(MODEL, "10 mg iv every 12 hours", days=5),
    }
    table = compare_runs(runs, {"half": "whole"}).set_index(["quantity", "run"])
    row = table.loc[("plasma", "half")]
    assert row["day"] == 2
    assert row["ratio"] == pytest.approx(0.5, rel=1e-6)
    assert math.isnan(table.loc[("plasma", "whole"), "ratio"])
    own = run_summary(runs["half"]).set_index("quantity").loc["plasma"]
    assert (row["start"], row["end"], row["highest"]) == (own["start"], own["end"], own["highest"])


def test_nothing_is_divided_by_nothing() -> None:
    """The gut stays empty without tablets: there is no ratio, and no warning."""
    runs = {name: simulate(MODEL, words, days=2) for name, words in (
        ("tablets", "10 mg oral daily"), ("control", "no drug"),
    )}  # fmt: skip
    table = compare_runs(runs, {"tablets": "control"}).set_index(["quantity", "run"])
    assert math.isnan(table.loc[("gut", "tablets"), "ratio"])


def test_quantities_stand_together_in_their_order() -> None:
    """Gut of both runs, then plasma of both; a quantity of one run only has one row."""
    runs = {
        "a": simulate(MODEL, "10 mg iv daily", days=2),
        "b": simulate(MODEL, "10 mg iv daily", days=2, quantities=["plasma"]),
    }
    table = compare_runs(runs, {})
    assert list(zip(table["quantity"], table["run"], strict=True)) == [
        ("gut", "a"), ("plasma", "a"), ("plasma", "b"), ("concentration", "a"),
    ]  # fmt: skip
    assert np.isnan(table["ratio"]).all()


def test_units_are_not_mixed() -> None:
    """A run in grams is not divided by one in milligrams."""
    runs = {name: simulate(MODEL, "10 mg iv daily", days=2) for name in "ab"}
    runs["a"]["plasma"].attrs["units"] = "g"
    with pytest.raises(InputError, match="'plasma' is in 'g' in one run and in 'mg' in another"):
        compare_runs(runs, {"a": "b"})
