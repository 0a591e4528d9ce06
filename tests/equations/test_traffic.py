"""Movement between tissue and blood that follows the drug: what goes up, and what comes back."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from equations.hypotheses import reference
from pdmodel.engine import flux_table, simulate

CYCLE = "25 mg days 1-21 of 28"
RIVALS = ("retained_in_tissue", "released_to_blood", "motility_impaired")


def blood(rival: str, patient: str = "nonresponder") -> np.ndarray:
    """Return CLL cells in blood over baseline, day by day for one cycle."""
    model = reference if rival == "reference" else reference.swap(rival)
    run = simulate(
        model, CYCLE, days=28, patient=pdmodel.load_patient(patient), times=np.arange(29.0)
    )
    counts = run["blood_cll"].values
    return counts / counts[0]


@pytest.mark.parametrize("rival", RIVALS)
def test_traffic_moves_cells_and_makes_none(rival: str) -> None:
    """What leaves one pool arrives in the other at every time of a cycle."""
    run = simulate(reference.swap(rival), CYCLE, days=28)
    tissue, cells = flux_table(run, "tumour_tissue"), flux_table(run, "tumour_blood")
    for name in ("egress", "acute_egress", "homing"):
        assert float(tissue[name].abs().max()) > 1
        np.testing.assert_allclose(tissue[name], -cells[name], rtol=1e-12)


def test_retention_empties_blood_and_gives_back_off_drug() -> None:
    """Blood falls on the drug and rises again in the week off, where the reference goes on."""
    plain, held = blood("reference"), blood("retained_in_tissue")
    assert held[21] < 0.8 < 0.9 < plain[21]
    assert held[28] > 1.15 * held[21]
    assert plain[28] < plain[21]


def test_release_fills_blood_and_takes_back_off_drug() -> None:
    """Blood rises on the drug far above the reference and falls in the week off."""
    plain, freed = blood("reference"), blood("released_to_blood")
    assert freed[7] > 1.25 * plain[7]
    assert freed[28] < 0.85 * freed[21]


def test_impaired_motility_leaves_counts_as_they_were() -> None:
    """Slowed both ways, the counts hardly differ; what differs is how fast cells change places."""
    plain, slow = blood("reference"), blood("motility_impaired")
    np.testing.assert_allclose(slow, plain, rtol=0.06)
    runs = [simulate(model, CYCLE, days=21) for model in
            (reference, reference.swap("motility_impaired"))]  # fmt: skip
    homed = [float(flux_table(run, "tumour_blood")["homing"].iloc[-1]) for run in runs]
    assert 0.5 < homed[1] / homed[0] < 0.75


def test_release_and_blocked_homing_differ_in_how_long_cells_stay() -> None:
    """Both fill blood on the drug; only with blocked homing does a cell in blood stay longer."""
    stays = {}
    for rival in ("released_to_blood", "homing_blocked_by_drug"):
        run = simulate(reference.swap(rival), CYCLE, days=21)
        homed = flux_table(run, "tumour_blood")["homing"].to_numpy()[-1]
        stays[rival] = -float(run["tumour_blood"].values[-1] / homed)
    assert stays["released_to_blood"] == pytest.approx(1 / 0.15, rel=1e-6)
    assert stays["homing_blocked_by_drug"] > 1.3 * stays["released_to_blood"]
