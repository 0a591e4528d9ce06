"""The visual predictive check: bins, percentiles, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import fit_population, visual_check
from tests.toys.populations import intravenous, problem


@pytest.fixture(scope="module")
def result():
    """Return a fit of patients seen on 20 days."""
    days = tuple(np.linspace(0.5, 10, 20))
    toy = problem(intravenous(6, days=days))
    return fit_population(toy, simulations=0, nodes=0)


def test_many_times_are_put_together(result) -> None:
    """Bins cover all rows once, have about as many rows, and do not overlap."""
    check = visual_check(result, simulations=20)
    bins = check[check["percentile"] == 50]
    assert bins["n"].sum() == 120
    assert len(bins) == 9
    assert bins["n"].max() <= 18
    assert (bins["day_low"].to_numpy()[1:] > bins["day_high"].to_numpy()[:-1]).all()
    assert ((bins["day_low"] <= bins["day"]) & (bins["day"] <= bins["day_high"])).all()


def test_observed_percentiles_are_those_of_the_data(result) -> None:
    """Without limits they are NumPy's."""
    check, rows = visual_check(result, simulations=20), result.measurements
    for row in check.itertuples():
        own = rows[(rows["day"] >= row.day_low) & (rows["day"] <= row.day_high)]["value"]
        assert row.observed == pytest.approx(np.percentile(own, row.percentile))


def test_it_is_the_same_for_the_same_seed(result) -> None:
    """The table depends on the seed, and on nothing else."""
    one, two, other = (visual_check(result, 20, seed) for seed in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_what_it_cannot_do_is_refused(result) -> None:
    """Too few studies, and a result that was read from a folder."""
    with pytest.raises(InputError, match="simulations"):
        visual_check(result, 5)
    with pytest.raises(InputError, match="needs the fit itself"):
        visual_check(object())  # type: ignore[arg-type]
