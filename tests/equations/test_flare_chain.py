"""The chain of the flare: CD80 over days, what the node remembers, steroids that act late."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from equations import patients
from equations.hypotheses import reference
from pdmodel.engine import flux_table, simulate

ALONE = "10 mg daily"
PACK = f"{ALONE} + pack 24-20-16-12-8-4 mg methylprednisolone in 2 doses"
HOURS = 24


def course(model: pdmodel.Model, regimen: str, days: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Return times and swelling of a 7 cm node, hour by hour."""
    times = np.arange(days * HOURS + 1) / HOURS
    run = simulate(model, regimen, days=days, patient=patients.node_7cm, times=times)
    return times, run["node_swelling"].values


def on_day(swelling: np.ndarray, day: int) -> float:
    """Return the mean swelling of one day."""
    return float(swelling[day * HOURS : (day + 1) * HOURS].mean())


def test_cd80_comes_up_behind_the_drug() -> None:
    """Little of the effect is shown after half a day, all of it later, none without the drug."""
    model = pdmodel.load("cd80_over_days")
    run = simulate(model, "no drug", days=28)
    assert float(abs(run["cd80_shown"]).max()) == 0
    shown = ["cd80_shown", "drug_effect"]
    steady = simulate(model, ALONE, days=28, times=[0.5, 27.5], quantities=shown)
    assert float(steady["cd80_shown"][0]) < 0.5 * float(steady["drug_effect"][0])
    assert float(steady["cd80_shown"][1]) == pytest.approx(float(steady["drug_effect"][1]), rel=0.1)


def test_flare_waits_for_cd80() -> None:
    """Onset comes more than half a day later than in the reference, and the flare still ends."""
    onsets, ends = [], []
    for model in (reference, pdmodel.load("cd80_over_days")):
        times, swelling = course(model, ALONE)
        up = np.flatnonzero(swelling >= 0.15)
        onsets.append(times[up[0]])
        ends.append(times[up[-1]])
    assert onsets[1] > onsets[0] + 0.5
    assert ends[1] < 21


def test_without_cd80_there_is_no_acute_drive() -> None:
    """Both signals are needed: tumour cells that show none drive nothing."""
    model = pdmodel.load("cd80_over_days")
    asked = ["acute_drive", "node_swelling"]
    run = simulate(model, ALONE, days=7, patient=patients.myeloma_like, quantities=asked)
    assert float(abs(run["acute_drive"]).max()) == 0
    assert float(abs(run["node_swelling"]).max()) == 0


def test_memory_of_the_signal_is_that_of_the_drug_without_steroids() -> None:
    """Alone, the drug gives the same flare; with a steroid the node remembers less of it."""
    by_signal = reference.swap("desensitisation_by_signal")
    alone = [course(model, ALONE)[1] for model in (reference, by_signal)]
    np.testing.assert_allclose(alone[0], alone[1], atol=1e-6)
    with_pack = [course(model, PACK)[1] for model in (reference, by_signal)]
    assert on_day(with_pack[1], 6) > 1.25 * on_day(with_pack[0], 6)


@pytest.mark.parametrize("rival", ["steroids_by_potency", "steroids_through_delay"])
def test_drugs_arrive_and_leave(rival: str) -> None:
    """What leaves the gut arrives in the body, of prednisone the share that is available."""
    model = reference.swap(rival)
    run = simulate(model, "30 mg prednisone daily + 10 mg prednisolone daily", days=3)
    body = flux_table(run, "prednisolone")
    uptake = flux_table(run, "prednisolone_gut")["uptake"]
    np.testing.assert_allclose(body["uptake"], -uptake, rtol=1e-12)
    lost = flux_table(run, "prednisone_gut")["conversion"]
    np.testing.assert_allclose(body["conversion"], -0.62 * lost, rtol=1e-12)


def test_methylprednisolone_by_potency_is_that_of_the_reference() -> None:
    """Other steroids are added; what the reference's drug does stays."""
    runs = [course(model, PACK, days=7)[1] for model in
            (reference, reference.swap("steroids_by_potency"))]  # fmt: skip
    np.testing.assert_allclose(runs[0], runs[1], atol=1e-6)


def test_effect_of_a_delayed_steroid_peaks_hours_after_plasma() -> None:
    """The site follows plasma, 1 / (6 a day) behind, so its largest level comes hours later."""
    model = reference.swap("steroids_through_delay")
    times = np.linspace(0, 1, 24 * 20 + 1)
    asked = ["steroid_equivalent", "steroid_at_site"]
    run = simulate(model, "40 mg methylprednisolone once", days=1, times=times, quantities=asked)
    plasma, site = run["steroid_equivalent"].values, run["steroid_at_site"].values
    assert times[plasma.argmax()] < 0.5 / 24
    assert 2.5 / 24 < times[site.argmax()] < 5 / 24
    assert site.max() < plasma.max()


def test_a_delayed_steroid_once_a_day_is_enough() -> None:
    """Once a day it prevents nearly what divided doses do; at once and at 15 ng/mL it does not."""
    once = PACK.replace(" in 2 doses", "")
    left = {}
    for rival in ("steroids_by_potency", "steroids_through_delay"):
        model = reference.swap(rival)
        days = [np.mean([on_day(course(model, words, days=4)[1], day) for day in (1, 2)])
                for words in (ALONE, once, PACK)]  # fmt: skip
        left[rival] = [days[1] / days[0], days[2] / days[0]]
    assert left["steroids_through_delay"][0] < 0.2 < 0.5 < left["steroids_by_potency"][0]
    assert left["steroids_through_delay"][1] < left["steroids_by_potency"][1]


@pytest.mark.parametrize("words", ["4 mg dexamethasone daily", "30 mg prednisone daily"])
def test_other_steroids_prevent_flare(words: str) -> None:
    """Dexamethasone and prednisone lower the swelling of the first days by a third or more."""
    model = reference.swap("steroids_by_potency")
    plain, treated = course(model, ALONE, 3)[1], course(model, f"{ALONE} + {words}", 3)[1]
    assert on_day(treated, 2) < 0.67 * on_day(plain, 2)
