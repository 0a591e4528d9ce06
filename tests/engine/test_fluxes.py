"""Flux tables: every named process of a state, adding up to its derivative."""

from __future__ import annotations

import numpy as np
import pytest

from equations.hypotheses import reference
from pdmodel.engine import compile_model, flux_table, simulate
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
