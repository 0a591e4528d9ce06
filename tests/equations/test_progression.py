"""Progression on the drug: growth spread by birth rates, and a resistant clone besides."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10
from equations.response_criteria import VISIT_DAYS, progressed_from_nadir
from pdmodel.engine import simulate
from pdmodel.engine.drug_free import drift

VISITS = np.arange(0.0, 673.0, VISIT_DAYS)


def progressed(model: str, birth: float, tone: float) -> float:
    """Return the day of progression from the nadir on 10 mg daily; infinity if there is none."""
    run = simulate(
        pdmodel.load(model), CONTINUOUS_10, days=672, patient={"clone_birth": birth, "tone": tone},
        times=VISITS,
    )  # fmt: skip
    grown = progressed_from_nadir(run["SPD"].values, run["blood_cll"].values)
    return float(VISITS[grown][0]) if grown.any() else float("inf")


def test_at_the_usual_birth_rate_it_is_the_reference() -> None:
    """The birth rate of the clone follows from growth and death of the reference."""
    model = pdmodel.load("turnover_by_birth")
    runs = [simulate(one, CONTINUOUS_10, days=84) for one in (reference, model)]
    np.testing.assert_allclose(runs[1]["SPD"][-1], runs[0]["SPD"][-1], rtol=1e-6)
    values = reference.defaults
    ratio = values["blood_to_tissue"]
    births = (1 + ratio) * values["tumour_growth"] + values["tissue_death"]
    births += ratio * values["blood_death"]
    assert model.defaults["clone_birth"] == pytest.approx(births / (1 + ratio), rel=1e-3)


@pytest.mark.parametrize("birth", [0.0015, 0.0131])
def test_births_set_growth_before_treatment(birth: float) -> None:
    """Both pools grow at tumour_growth times the birth rate over the usual one."""
    values = {"clone_birth": birth, "il6_tumour_share": 0.0}
    table = drift(pdmodel.load("turnover_by_birth"), values)
    grown = np.exp(200 * 0.0022 * birth / 0.00766)
    pools = table.loc[["tumour_tissue", "tumour_blood"], "ratio"]
    np.testing.assert_allclose(pools, grown, rtol=1e-6)


def test_fast_births_progress_on_the_drug() -> None:
    """At the highest reported birth rate a nonresponder progresses; at half of it none does."""
    assert progressed("turnover_by_birth", 0.0131, 1) < 672
    assert progressed("turnover_by_birth", 0.0065, 1) == float("inf")


def test_a_resistant_clone_brings_the_responder_back_sooner_with_fast_births() -> None:
    """With fast births and a resistant clone even the responder progresses within two years."""
    assert progressed("selected_and_fast", 0.0131, 2) < 672
    assert progressed("turnover_by_birth", 0.0131, 2) == float("inf")
    assert progressed("selected_and_fast", 0.0039, 2) == float("inf")
