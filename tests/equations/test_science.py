"""What the equations must do whatever the values: conserve cells, stay in range, flip the sign."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
import xarray as xr

from equations import patients
from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10, steroid_pack
from pdmodel.dosing import read_regimen
from pdmodel.engine import flux_table, simulate
from pdmodel.model import Model
from tests.equations import published

MODELS = list(published.MODELS.values())
CELLS = {"egress", "homing"}
CHAIN = {"maturation", "maturation_1", "maturation_2", "release", "absorption"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_moves_is_conserved(model: Model) -> None:
    """Cells that leave tissue arrive in blood, neutrophils mature, drug is absorbed."""
    names = {process.name for process in model.processes}
    for name in CELLS | CHAIN | ({"acute_egress"} & names):
        rates = [process.rate for process in model.processes if process.name == name]
        assert len(rates) == 2, name
        assert sympy.expand(sum(rates)) == 0, name


def test_cells_change_by_birth_death_and_kill_only(responder_year: xr.Dataset) -> None:
    """Traffic between tissue and blood cancels at every time of a run."""
    tissue = flux_table(responder_year, "tumour_tissue")
    blood = flux_table(responder_year, "tumour_blood")
    for name in CELLS:
        np.testing.assert_allclose(tissue[name], -blood[name], rtol=1e-12)
    total = (tissue.sum(axis=1) + blood.sum(axis=1)).to_numpy()
    own = tissue.drop(columns=list(CELLS)).sum(axis=1) + blood.drop(columns=list(CELLS)).sum(axis=1)
    np.testing.assert_allclose(total, own, atol=1e-9)


@pytest.mark.parametrize("name", ["responder_year", "nonresponder_year", "high_dose"])
def test_states_stay_in_their_range(name: str, request: pytest.FixtureRequest) -> None:
    """None is negative but for rounding; shares are shares."""
    run: xr.Dataset = request.getfixturevalue(name)
    assert run.attrs["most_negative"] > -1e-8
    assert float(run["exhaustion"].min()) >= 0
    assert float(run["exhaustion"].max()) <= 1
    assert float(run["ikaros"].min()) > 0
    assert float(run["ikaros"].max()) <= 1 + 1e-9
    for count in ("neutrophils", "tumour_tissue", "tumour_blood", "resting_t_cells", "il6", "tnf"):
        assert float(run[count].min()) > 0, count


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_rival_turns_negative(model: Model) -> None:
    """Two weeks of 25 mg and a steroid pack in the responder."""
    regimen = read_regimen("25 mg daily") + steroid_pack(2, times_a_day=2)
    run = simulate(model, regimen, days=14, patient=patients.responder)
    assert run.attrs["most_negative"] > -1e-8
    assert bool(np.isfinite(run["state_values"]).all())


def test_responder_and_nonresponder_differ_as_reported(
    responder_year: xr.Dataset, nonresponder_year: xr.Dataset
) -> None:
    """One number apart: nodes halve in one, IL-6 rises in the other, TNF-alpha in neither."""
    assert float(responder_year["SPD"].min()) < 20 < float(nonresponder_year["SPD"].min())
    week, month = ({"time": day} for day in (7, 28))
    for day in (week, month):
        assert 0.7 < float(responder_year["il6_fold"].sel(day)) < 1.5
        assert float(nonresponder_year["il6_fold"].sel(day)) > 2
        for run in (responder_year, nonresponder_year):
            assert 0.7 < float(run["tnf_fold"].sel(day)) < 1.4


def test_without_cd80_il6_falls() -> None:
    """The sign flips in the myeloma-like context: 0.81 of baseline at day 28, and no flare."""
    run = simulate(reference, CONTINUOUS_10, days=28, patient=patients.myeloma_like)
    assert float(run["il6_fold"][-1]) == pytest.approx(0.81, abs=0.005)
    assert float(run["tnf_fold"][-1]) == pytest.approx(0.82, abs=0.005)
    assert float(run["node_swelling"].max()) == 0


def swelling(times_a_day: int) -> np.ndarray:
    """Return mean swelling on the first two days of a pack, a quarter day after the second dose."""
    regimen = read_regimen(CONTINUOUS_10)
    if times_a_day:
        regimen = regimen + steroid_pack(1.25, times_a_day=times_a_day)
    times = 1.25 + np.arange(2 * 96) / 96
    run = simulate(reference, regimen, days=4, times=times, patient=patients.node_7cm)
    return run["node_swelling"].values.reshape(2, 96).mean(axis=1)


def test_steroids_reduce_swelling() -> None:
    """In four doses by 42 and 55 % on the first two days, once daily by about a third."""
    plain = swelling(0)
    np.testing.assert_allclose(1 - swelling(4) / plain, [0.42, 0.55], atol=0.005)
    np.testing.assert_allclose(1 - swelling(1) / plain, [0.36, 0.36], atol=0.01)


def test_large_nodes_flare_and_small_ones_do_not() -> None:
    """The only difference is the diameter."""
    peaks = [
        float(simulate(reference, CONTINUOUS_10, days=10, patient=patient)["node_swelling"].max())
        for patient in (patients.node_7cm, patients.node_3cm)
    ]
    assert peaks[0] > 0.40 > peaks[1]


def test_renal_function_sets_exposure() -> None:
    """At the reference clearance CL holds; at half of it more drug stays."""
    runs = [
        simulate(reference, "10 mg daily", days=3, patient={"creatinine_clearance": value})
        for value in (95, 30)
    ]
    normal, poor = (float(run["drug_plasma"][-1]) for run in runs)
    assert poor > 2 * normal
    slow = 280.8 * (1 - 0.885673 + 0.885673 * 30 / 95)
    same = simulate(reference, "10 mg daily", days=3, patient={"CL": slow})
    assert float(same["drug_plasma"][-1]) == pytest.approx(poor, rel=1e-4)
