"""One stream a quantity: what is added to a population leaves the rest of its patients alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.storage import describe
from pdmodel.trial import Correlation, Covariate, Effect, LogNormal, Population, Share
from pdmodel.trial.population.streams import QuantityStreams
from tests.toys import one_compartment

MODEL = one_compartment()
EACH = Population("p", "", {"ka": LogNormal(0.3, 4.0), "k": LogNormal(0.5)}, streams="each")
WEIGHT = {"weight": Covariate("body weight", "kg", LogNormal(0.2, 70, low=40, high=120))}


def test_more_spreads_covariates_and_limits_redraw_nothing_else() -> None:
    """A spread, a covariate that is correlated and moves it, and limits of either."""
    before = EACH.draw(MODEL, 1500, 3)
    more = replace(
        EACH,
        spreads={"volume": LogNormal(0.2, low=18, high=22), **EACH.spreads},
        covariates=WEIGHT | {"carrier": Covariate("carrier", "1", Share(0.3))},
        correlations=(Correlation("k", "weight", 0.6),),
        effects=(Effect("volume", "carrier", "factor", 1.05),),
    )
    after = more.draw(MODEL, 1500, 3)
    pd.testing.assert_series_equal(before.patients["ka"], after.patients["ka"])
    # Only who was too heavy or light was drawn anew, with k, which hangs together with weight.
    same = before.patients["k"] == after.patients["k"]
    assert 0 < (~same).sum() <= after.rejected["weight"] < 30
    assert after.rejected["volume"] > 100
    assert after.patients["volume"].between(18, 22).all()
    logs = np.log(after.patients["k"]), np.log(after.covariates["weight"])
    assert np.corrcoef(*logs)[0, 1] == pytest.approx(0.6, abs=0.04)
    # The sequence of before gives other patients as soon as something is added.
    joint = replace(EACH, streams="").draw(MODEL, 64, 3).patients["ka"]
    assert not joint.equals(replace(more, streams="").draw(MODEL, 64, 3).patients["ka"])


def test_spread_and_independence_are_as_asked() -> None:
    """Medians and spreads of each 64 patients in a row, and no correlation that nobody gave."""
    logs = np.log(EACH.draw(MODEL, 4096, 1).patients)
    assert np.exp(logs.median()).tolist() == pytest.approx([4, 0.7], rel=0.005)
    assert logs.std().tolist() == pytest.approx([0.3, 0.5], rel=0.02)
    assert logs.corr().loc["ka", "k"] == pytest.approx(0, abs=0.05)
    for first in range(0, 4096, 64):
        assert np.exp(logs["k"][first : first + 64].median()) == pytest.approx(0.7, rel=0.03)


def test_patient_n_does_not_depend_on_how_many() -> None:
    """Larger trials hold the smaller ones, across blocks; another seed is other patients."""
    population = replace(EACH, covariates=WEIGHT)
    many, few = (population.draw(MODEL, n, 3) for n in (1100, 40))
    pd.testing.assert_frame_equal(many.patients.iloc[:40], few.patients)
    pd.testing.assert_frame_equal(many.covariates.iloc[:40], few.covariates)
    assert not population.draw(MODEL, 40, 4).patients.equals(few.patients)


def test_who_cannot_be_drawn_is_refused() -> None:
    """A range that nobody meets, a value outside the bounds, and a word that is none."""
    with pytest.raises(InputError, match=r"hardly any patient is plausible: \{'ka': 500\}"):
        replace(EACH, spreads={"ka": LogNormal(0.1, 4.0, low=49)}).draw(MODEL, 1)
    with pytest.raises(InputError, match="'volume' is out of range, and no spread draws it anew"):
        replace(EACH, values={"volume": 5000.0}).draw(MODEL, 1)
    with pytest.raises(InputError, match="streams is 'each', or empty for one sequence, got 'one'"):
        replace(EACH, streams="one")


def test_populations_of_before_are_the_same_question() -> None:
    """Without streams of their own nothing of it stands in what identifies a folder."""
    assert "streams" not in describe(replace(EACH, streams=""))
    assert describe(EACH)["streams"] == "each"


def test_what_hangs_together_is_drawn_anew_together() -> None:
    """By correlations and effects, over several steps; the others of a row are left."""
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = 0.5
    streams = QuantityStreams(list("abcd"), [("a", "b")], [("b", "c")], matrix, 1)
    deviates = streams.deviates(0)
    before, rows = deviates.copy(), np.arange(1024) < 3
    assert streams.again(deviates, rows, "c", 0, 1)
    assert (deviates[:3, :3] != before[:3, :3]).all()
    assert (deviates[:3, 3] == before[:3, 3]).all()
    assert (deviates[3:] == before[3:]).all()
    assert not streams.again(deviates, rows, "e", 0, 1)
