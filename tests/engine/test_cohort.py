"""Cohorts: each patient as if alone, the same bits for any threads, failures marked, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from equations.hypotheses import reference
from pdmodel import simulate, simulate_cohort
from pdmodel.dosing import Dose, Regimen, daily, once
from pdmodel.errors import InputError, RegimenError, UnknownNameError
from tests.toys import one_compartment, rate_of_change

NAMES = ["tone", "il6_clearance", "tnf_clearance", "kill_max"]


def patients(count: int, seed: int = 1) -> pd.DataFrame:
    """Return patients of the reference model, 10 % spread on four parameters."""
    random = np.random.default_rng(seed)
    centre = np.array([reference.defaults[name] for name in NAMES])
    return pd.DataFrame(centre * np.exp(0.1 * random.standard_normal((count, 4))), columns=NAMES)


def test_a_patient_of_a_cohort_is_a_single_run() -> None:
    """To the tolerances, whatever the neighbours do."""
    table = patients(11)
    found = simulate_cohort(reference, "10 mg daily", table, days=5, quantities=["il6", "SPD"])
    for number in (0, 7, 10):
        values = table.iloc[number].to_dict()
        alone = simulate(reference, "10 mg daily", days=5, patient=values, rtol=1e-9)
        alone = alone.sel(time=found["time"])
        for name in ("il6", "SPD"):
            np.testing.assert_allclose(found[name][number], alone[name], rtol=1e-5)
    assert (found["reason"] == "").all()
    assert found["il6"].attrs["units"] == "pg/mL"


def test_neighbours_chunks_and_threads_change_no_bit() -> None:
    """The same patients in another order, alone, and on one, two and five threads."""
    table = patients(300)
    options: dict[str, Any] = {"days": 2, "quantities": ["il6", "ANC"]}
    one = simulate_cohort(reference, "10 mg daily", table, threads=1, **options)
    for threads in (2, 5):
        more = simulate_cohort(reference, "10 mg daily", table, threads=threads, **options)
        xr.testing.assert_identical(one, more)
    back = simulate_cohort(reference, "10 mg daily", table[::-1], threads=2, **options)
    assert np.array_equal(back["il6"].values[::-1], one["il6"].values)
    few = simulate_cohort(reference, "10 mg daily", table[17:20], threads=1, **options)
    assert np.array_equal(few["il6"].values, one["il6"].values[17:20])


def test_each_patient_may_have_a_regimen() -> None:
    """Doses, an infusion and nothing; closed forms of one compartment."""
    infused = once(Dose(1, "iv", 7, duration=2))
    regimens: list[str | Regimen] = [daily(10, "iv"), infused, "none"] * 4
    found = simulate_cohort(
        one_compartment(), regimens, days=3, quantities=["plasma"], rtol=1e-9, atol=1e-12
    )
    k = 0.7
    doses = sum(10 * np.exp(-k * (3 - day)) for day in range(3))
    infusion = 3.5 / k * (1 - np.exp(-2 * k))
    last = found["plasma"].values[:, -1].reshape(4, 3)
    np.testing.assert_allclose(last, np.tile([doses, infusion, 0], (4, 1)), rtol=1e-7, atol=1e-10)
    assert found.attrs["regimen"] == "3 regimens"


def test_a_failure_harms_no_other() -> None:
    """`dx/dt = k x**2` has a pole at 1/k: those before the end fail, with the day."""
    model = rate_of_change(lambda x, k, t: k * x**2)
    rates = np.array([0.1, 2.0, 0.2, 0.5, 0.05])
    found = simulate_cohort(model, parameters={"k": rates}, days=4, max_steps=100_000)
    reasons = found["reason"].values.tolist()
    assert [bool(reason) for reason in reasons] == [False, True, False, True, False]
    assert reasons[1].startswith("day 0.5: ")
    assert np.isnan(found["x"].values[[1, 3]]).all()
    sound = rates[[0, 2, 4]]
    np.testing.assert_allclose(found["x"].values[[0, 2, 4], -1], 1 / (1 - 4 * sound), rtol=1e-5)


def test_contradictory_parameters_are_marked() -> None:
    """A patient whose parameters give no sound constants fails before the run, with the reason."""
    table = pd.DataFrame({"kill_max": [reference.defaults["kill_max"], 1.0]})
    table["CLL_loss_total"] = 0.001
    table = table[[name for name in table if name in reference.defaults]]
    low, high = reference.vocabulary["kill_max"].bounds or (0.0, 1.0)
    table["kill_max"] = [low, high]
    found = simulate_cohort(reference, "10 mg daily", table, days=1, quantities=["il6"])
    for number in range(2):
        alone_fails = False
        try:
            simulate(reference, "10 mg daily", days=1, patient=table.iloc[number].to_dict())
        except InputError:
            alone_fails = True
        assert bool(found["reason"].values[number]) == alone_fails


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_file_holds_what_memory_would(tmp_path: Path, suffix: str) -> None:
    """Streamed chunk by chunk; a failed patient and its reason too."""
    model = rate_of_change(lambda x, k, t: k * x**2)
    table = pd.DataFrame({"k": np.linspace(0.01, 1, 300)}, index=[f"p{n}" for n in range(300)])
    memory = simulate_cohort(model, parameters=table, days=2, threads=2)
    path = tmp_path / f"cohort{suffix}"
    with simulate_cohort(model, parameters=table, days=2, threads=2, out=path) as stored:
        loaded = stored.load()
    for name in memory.data_vars:
        assert np.array_equal(
            memory[name].values, loaded[name].values, equal_nan=memory[name].dtype.kind == "f"
        ), name
    assert loaded["patient"].values.tolist() == list(table.index)
    assert loaded["x"].attrs["units"] == "1"
    with pytest.raises(InputError, match="is there already"):
        simulate_cohort(model, parameters=table, days=2, out=path)


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    """An interruption leaves no half-written file."""
    path = tmp_path / "cohort.nc"

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_cohort(one_compartment(), days=2, parameters={"k": [0.1] * 300}, out=path,
                        progress=interrupt)  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_patients() -> None:
    """Up to all of them."""
    seen: list[tuple[int, int]] = []
    simulate_cohort(
        one_compartment(), days=1, parameters={"k": [0.1] * 300},
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen[-1] == (300, 300)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parameters": {"kk": [1.0]}}, "unknown parameter 'kk'"),
        ({"parameters": {"k": [0.1, -1.0]}}, "parameter 'k' of patient 1: "),
        ({"parameters": {"k": []}}, "at least one patient"),
        ({"parameters": {"k": ["a"]}}, "'k' of patient 0: 'a' is not a number"),
        ({"parameters": {"k": np.array(["1"])}}, "'k' of patient 0: '1' is not a number"),
        (
            {"parameters": {"k": np.ma.masked_array([1.0, 2], [False, True])}},
            "'k' of patient 1: nan",
        ),
        ({"parameters": {"k": [1j]}}, "make no table"),
        ({"parameters": 3}, "must be a table"),
        ({"regimen": ["none"], "parameters": {"k": [0.1, 0.2]}}, "2 patients but 1 regimens"),
        ({"threads": 0}, "threads must be a whole number"),
        ({"out": "cohort.csv"}, "must end in .nc or .zarr"),
        ({"largest": 10, "parameters": {"k": [0.1] * 9}}, "stream them to a file"),
        ({"regimen": "10 nmol daily"}, "cannot be given"),
    ],
)
def test_bad_input(options: dict, message: str) -> None:
    """One clear error each."""
    regimen = options.pop("regimen", "none")
    parameters = options.pop("parameters", None)
    with pytest.raises((InputError, RegimenError, UnknownNameError), match=message):
        simulate_cohort(one_compartment(), regimen, parameters, days=2, **options)


def test_regimens_and_cohorts_share_out_the_steady_state() -> None:
    """Steady-state doses are found for each patient on its own."""
    from pdmodel.dosing import Action, SteadyState

    class Steady:
        def actions(self, days: float) -> list[Action]:
            doses = SteadyState(10, 0, 1, 0)
            return [Action(0, "steady", "iv", steady=doses), Action(0, "add", "iv", 10)]

        def prescribed(self, days: float) -> dict[str, float]:
            return {"iv": 10}

        def __str__(self) -> str:
            return "10 mg for ever"

    rates = np.array([0.3, 0.7, 2.0])
    found = simulate_cohort(
        one_compartment(), Steady(), {"k": rates}, days=1, quantities=["plasma"], at_dose="after",
        rtol=1e-9,
    )  # fmt: skip
    expected = 10 / (1 - np.exp(-rates))
    np.testing.assert_allclose(found["plasma"].values[:, 0], expected, rtol=1e-7)
