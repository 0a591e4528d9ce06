"""Flux tables: every named process of a state, adding up to its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import pdmodel
from equations.hypotheses import reference
from pdmodel.engine import compile_model, flux_table, simulate
from pdmodel.engine.simulation import ENGINES
from pdmodel.errors import InputError, UnknownNameError
from tests.toys import one_compartment, rate_of_change

STEP = 1e-3
CENTRES = np.array([0.5, 1.4, 2.7, 5.5])
REGIMEN = "10 mg daily + pack 24-20 mg methylprednisolone after 1.25 days"


@pytest.fixture(scope="module")
def run():
    """Return a tight run with three near times around each centre."""
    times = (CENTRES[:, np.newaxis] + np.array([-STEP, 0, STEP])).ravel()
    return simulate(reference, REGIMEN, days=6, times=times, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("state", [state.name for state in reference.states])
def test_columns_add_up_to_the_derivative(run, state: str) -> None:
    """Against central differences of the trajectory."""
    table = flux_table(run, state)
    values = run[state].values.reshape(-1, 3)
    numeric = (values[:, 2] - values[:, 0]) / (2 * STEP)
    total = table.sum(axis=1).to_numpy().reshape(-1, 3)[:, 1]
    size = table.abs().sum(axis=1).to_numpy().reshape(-1, 3)[:, 1]
    np.testing.assert_allclose(total, numeric, rtol=5e-3, atol=1e-5 * size.max() + 1e-9)


def test_columns_are_the_named_processes(run) -> None:
    """With a unit, over the times of the run, births positive and deaths negative."""
    table = flux_table(run, "il6")
    assert list(table) == [
        "myeloid_secretion", "tumour_secretion", "clearance", "induced_secretion",
    ]  # fmt: skip
    assert table.attrs["units"] == "pg/mL per day"
    assert table.index.to_numpy().tolist() == run["time"].values.tolist()
    assert (table["clearance"] < 0).all()
    assert (table.drop(columns="clearance") >= 0).all(axis=None)


def test_a_constant_process_fills_its_column(run) -> None:
    """Renewal of resting cells does not change over time."""
    renewal = flux_table(run, "resting_t_cells")["renewal"]
    assert renewal.to_numpy() == pytest.approx([0.003 * 1.5] * len(renewal))


def test_time_counts() -> None:
    """A rate that holds the time is evaluated at each time of the run."""
    run = simulate(rate_of_change(lambda x, k, t: k**2 * t), days=3)
    assert flux_table(run, "x")["change"].to_numpy() == pytest.approx([0, 1, 2, 3])


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_add_up_while_covariates_change(engine: str) -> None:
    """Elimination follows a covariate of the day, an infusion has its own column."""
    rows = pd.DataFrame(
        {
            "ID": 1, "TIME": [0, 1, 1.5, 2], "AMT": [10, 0, 6, 10], "RATE": [0, 0, 12, 0],
            "CMT": ["oral", "oral", "iv", "oral"], "EVID": [1, 2, 1, 1], "k": [0.7, 1.4, 1.4, 0.3],
        }
    )  # fmt: skip
    given = pdmodel.read_events(rows, parameters={"k": "k"})["1"]
    centres = np.array([0.5, 1.2, 1.7, 2.5, 3.3])
    times = (centres[:, np.newaxis] + np.array([-STEP, 0, STEP])).ravel()
    run = simulate(
        one_compartment(), given, days=4, times=times, rtol=1e-11, atol=1e-12, engine=engine
    )
    values = run["plasma"].values.reshape(-1, 3)
    numeric = (values[:, 2] - values[:, 0]) / (2 * STEP)
    table = flux_table(run, "plasma")
    assert list(table) == ["absorption", "elimination", "infusion"]
    np.testing.assert_allclose(table.sum(axis=1).to_numpy()[1::3], numeric, rtol=1e-4, atol=1e-4)
    rates = -table["elimination"].to_numpy()[1::3] / values[:, 1]
    np.testing.assert_allclose(rates, [0.7, 1.4, 1.4, 0.3, 0.3])
    last = flux_table(run.isel(time=-2), "plasma")
    assert last.to_numpy().tolist() == table.iloc[[-2]].to_numpy().tolist()


def test_scipy_observes_with_the_covariates_of_the_day() -> None:
    """A concentration is over the volume of its day in either engine."""
    rows = pd.DataFrame(
        {"ID": 1, "TIME": [0, 1], "AMT": [10, 0], "CMT": "iv", "EVID": [1, 2], "volume": [20, 40]}
    )
    given = pdmodel.read_events(rows, parameters={"volume": "volume"})["1"]
    runs = [simulate(one_compartment(), given, days=2, engine=engine) for engine in ENGINES]
    for run in runs:
        volume = (run["plasma"] / run["concentration"]).values
        assert volume[1] == pytest.approx(20)
        assert volume[-1] == pytest.approx(40)
        assert float((run["plasma"] / run["concentration"]).sel(time=1)) == pytest.approx(20)


def test_means_add_up_to_what_a_state_gains() -> None:
    """Over days and over periods of another length, with doses at their bounds and within."""
    run = simulate(reference, REGIMEN, days=6, rtol=1e-9, atol=1e-12)
    for every, near in ((1.0, 1e-9), (0.75, 1e-3)):
        days = np.arange(0, 6.01, every)
        means = flux_table(run, "il6", every=every)
        fine = simulate(reference, REGIMEN, days=6, times=days, rtol=1e-9, atol=1e-12)["il6"].values
        np.testing.assert_allclose(means.sum(axis=1) * every, np.diff(fine), atol=near)
        assert means.index.to_numpy().tolist() == days[:-1].tolist()


def test_means_are_integrals() -> None:
    """Of a process on an oral drug, against the closed form."""
    run = simulate(one_compartment(), "10 mg oral daily", days=2, rtol=1e-9, atol=1e-12)
    means = flux_table(run, "gut", every=0.5)["absorption"].to_numpy()
    first = -10 * (1 - np.exp(-5 * 0.5)) / 0.5
    assert means[0] == pytest.approx(first, rel=1e-3)
    left = 10 * np.exp(-5)
    assert means[:2].mean() == pytest.approx(-(10 - left), rel=1e-6)


def test_means_need_the_rows_of_doses(run) -> None:
    """Rows that were asked for may miss what happens between."""
    with pytest.raises(InputError, match="leave"):
        flux_table(run, "il6", every=1)
    whole = simulate(one_compartment(), days=2)
    wrong: list[Any] = [0, -1, 3, "day"]
    for every in wrong:
        with pytest.raises(InputError, match="every must be a number of days in"):
            flux_table(whole, "gut", every=every)


def test_unknown_states_and_foreign_runs(run) -> None:
    """A state that is not there; a run whose model is not known here, or is another."""
    with pytest.raises(UnknownNameError, match="unknown state 'il7'; did you mean 'il6'"):
        flux_table(run, "il7")
    with pytest.raises(InputError, match="made with another model than 'one_compartment'"):
        flux_table(run, "plasma", one_compartment())
    stranger = run.assign_attrs(model_hash="0" * 64)
    with pytest.raises(InputError, match="model 'reference' of this run is not loaded"):
        flux_table(stranger, "il6")
    assert not flux_table(run, "il6", reference).empty


def test_quantities_can_be_computed_later(run) -> None:
    """States and parameters of a run are enough."""
    known = dict(zip(run["parameter"].values, run["parameter_values"].values, strict=True))
    columns = compile_model(reference).evaluate(
        ["kill_rate", "il6"], known, run["time"].values, run["state_values"].values
    )
    np.testing.assert_array_equal(columns["il6"], run["il6"])
    assert (columns["kill_rate"] > 0).all()


def test_a_patient_of_a_cohort_is_told_to_be_run_anew() -> None:
    """A cohort keeps no states; the table ended in a KeyError of xarray."""
    cohort = pdmodel.simulate_cohort(one_compartment(), "10 mg iv once", {"k": [0.5]}, days=1)
    with pytest.raises(InputError, match="needs all states of a run"):
        flux_table(cohort.isel(patient=0), "plasma", one_compartment())
