"""Power, weights and the greedy choice: against what is known by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pdmodel.hypotheses.discrimination.assay import Assay, Measurement, menu
from pdmodel.hypotheses.discrimination.power import (
    Prediction,
    mean_power,
    patients_needed,
    summarise,
)
from pdmodel.hypotheses.verdicts.parts import FitPart
from pdmodel.hypotheses.verdicts.weights import aicc, bic, criteria, evidence_weights, why_not


def test_power_is_that_of_a_z_test() -> None:
    """Without spread of predictions it is the textbook's: 80 % at a shift of 2.8 errors."""
    shift = (1.959964 + 0.841621) * 0.5 / math.sqrt(10)
    found = mean_power(Prediction(0, 0), Prediction(shift, 0), 0.5, 10)
    assert found == pytest.approx(0.8, abs=1e-3)


def test_power_agrees_with_replicates() -> None:
    """Also with spread: share of simulated trials in which the other is rejected."""
    random = np.random.default_rng(1)
    first, second, sd, n = Prediction(0.0, 0.2), Prediction(0.8, 0.1), 0.6, 8

    def share(true: Prediction, other: Prediction) -> float:
        means = random.normal(true.mean, np.hypot(true.sd, sd / np.sqrt(n)), 200_000)
        width = 1.959964 * np.hypot(other.sd, sd / np.sqrt(n))
        return float((np.abs(means - other.mean) > width).mean())

    expected = 0.5 * (share(first, second) + share(second, first))
    assert mean_power(first, second, sd, n) == pytest.approx(expected, abs=5e-3)


def test_patients_needed() -> None:
    """The smallest of the sizes that reaches 80 %; none where the spread is not of patients."""
    assert patients_needed([(Prediction(0, 0), Prediction(1.0, 0))], 1.0) == 8
    assert patients_needed([(Prediction(0, 1.0), Prediction(0.5, 1.0))], 0.1) is None


def test_predictions_without_a_value() -> None:
    """What is 0 cannot be measured on a log scale."""
    assert math.isnan(summarise(np.zeros(3)).mean)
    assert summarise(np.array([1.0, math.e**2])).mean == pytest.approx(1.0)


def test_the_menu_compares_arms_after_day_0() -> None:
    """Each assay on its days in each group and in their ratio; arms against the control."""
    assay = Assay("il6", "IL-6", "il6", "fold", (0.0, 7.0), 0.3, 0.4)
    found = list(menu([assay], ["alone", "blocked"], "alone", ("r", "nr")))
    assert len(found) == 3 * (1 + 2)
    assert Measurement(assay, 7.0, "blocked", "alone", "r/nr").sd == pytest.approx(2 * assay.sd)
    assert assay.sd == pytest.approx(math.sqrt(0.3**2 + 2 * 0.4**2))


def test_information_criteria() -> None:
    """By their formulas; a dash with a reason where they are not defined."""
    assert aicc(-1.0, 22, 7) == pytest.approx(14 + 2 + 2 * 7 * 8 / 14)
    assert bic(-1.0, 22, 7) == pytest.approx(7 * math.log(22) + 2)
    assert math.isnan(aicc(-1.0, 8, 7))
    assert why_not(8, 7) == "7 free parameters need more than 8 rows, there are 8"
    known = criteria(FitPart(log_likelihood=-1.0, n_data=22, n_free=7))
    assert known["aicc"] == aicc(-1.0, 22, 7)


def test_weights_add_up() -> None:
    """Two apart by 2 ln 3 weigh as 3 to 1; without any there is none."""
    assert evidence_weights([10.0, 10.0 + 2 * math.log(3)]) == pytest.approx([0.75, 0.25])
    assert all(math.isnan(w) for w in evidence_weights([math.nan]))


def test_the_best_measurements_complement_each_other() -> None:
    """The second is not the next most powerful, but the one that decides what is left open."""
    from pdmodel.hypotheses.discrimination.rank import Discrimination

    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    powers = {"strong": (0.9, 0.9, 0.05), "like it": (0.85, 0.9, 0.05), "other": (0.1, 0.1, 0.9)}
    rows = [
        {"measurement": name, "first": a, "second": b, "power": value}
        for name, values in powers.items()
        for (a, b), value in zip(pairs, values, strict=True)
    ]
    table = pd.DataFrame({"measurement": list(powers), "power": [0.62, 0.6, 0.37]})
    found = Discrimination(None, [], 10, 1, table, pd.DataFrame(rows), {}, {}, {}, {})  # type: ignore[arg-type]
    assert found.best(2)["measurement"].tolist() == ["strong", "other"]
