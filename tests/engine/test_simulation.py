"""Simulation against exact solutions, from dose to dose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
import xarray as xr
from hypothesis import given, settings, strategies as st

import pdmodel
from equations.hypotheses import reference
from pdmodel.dosing import Dose, Regimen, daily, once, pack
from pdmodel.engine import compile_model, simulate
from pdmodel.engine.simulation import ENGINES, METHODS
from pdmodel.errors import InputError, RegimenError, SimulationError, UnknownNameError
from pdmodel.model import Patient
from tests.toys import one_compartment, rate_of_change

KA, K = 5.0, 0.7
MODEL = one_compartment()
TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}
# None stands for the compiled engine; what is named is one of SciPy's.
WAYS = (None, *METHODS)


def bateman(time: np.ndarray, regimen: Regimen, days: float) -> np.ndarray:
    """Return drug in plasma after oral doses: a sum of Bateman functions."""
    total = np.zeros_like(time)
    for dose in regimen.unroll(days):
        t = np.clip(time - dose.time, 0, None)
        total += dose.amount * KA / (KA - K) * (np.exp(-K * t) - np.exp(-KA * t))
    return total


@pytest.mark.parametrize("method", WAYS)
def test_oral_doses_give_bateman_functions(method: str | None) -> None:
    """Ten days of 10 mg and three divided doses, by the compiled engine and every method."""
    regimen = daily(10) + pack((6, 3), "oral", start=2.3, times_a_day=3)
    times = np.linspace(0, 10, 241)
    run = simulate(MODEL, regimen, days=10, times=times, method=method, **TIGHT)
    np.testing.assert_allclose(run["plasma"], bateman(times, regimen, 10), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(run["concentration"], run["plasma"] / 20, rtol=1e-14)
    assert run.attrs["method"] == (method or "Rodas5P")
    assert run.attrs["engine"] == ("scipy" if method else "compiled")
    assert run.attrs["delivered_oral"] == pytest.approx(109)
    assert run.attrs["evaluations"] > 100


def test_infusions_have_a_closed_form() -> None:
    """Two that overlap: `rate/k * (1 - exp(-k t))` while each runs, decay after it."""
    doses = (Dose(0.5, "iv", 8, duration=2), Dose(1.0, "iv", 3, duration=0.5))
    times = np.linspace(0, 6, 121)
    expected = np.zeros_like(times)
    for dose in doses:
        rate, since = dose.amount / dose.duration, times - dose.time
        during = rate / K * (1 - np.exp(-K * np.clip(since, 0, dose.duration)))
        expected += during * np.exp(-K * np.clip(since - dose.duration, 0, None))
    for engine in ENGINES:
        run = simulate(MODEL, Regimen(doses=doses), days=6, times=times, engine=engine, **TIGHT)
        np.testing.assert_allclose(run["plasma"], expected, rtol=1e-7, atol=1e-10)
        assert run.attrs["delivered_iv"] == pytest.approx(11)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_short_infusion_is_not_stepped_over(engine: str) -> None:
    """Fifteen minutes after a hundred quiet days."""
    run = simulate(MODEL, once(Dose(100, "iv", 5, duration=0.01)), days=101, engine=engine)
    assert float(run["plasma"][-1]) == pytest.approx(5 * np.exp(-K), rel=0.01)


def test_decay_is_exponential() -> None:
    """`dx/dt = -k x` from 1, with another rate for one patient."""
    decay = rate_of_change(lambda x, k, t: -k * x)
    run = simulate(decay, days=5, patient={"k": 2}, **TIGHT)
    np.testing.assert_allclose(run["x"], np.exp(-2 * np.arange(6)), rtol=1e-8)
    assert decay.defaults["k"] == 1


def test_time_may_stand_in_a_rate() -> None:
    """`dx/dt = k**2 t` is a parabola; a dose shifts it."""
    model = rate_of_change(lambda x, k, t: k**2 * t)
    run = simulate(model, once(Dose(2, "d", 3, unit="1")), days=4, times=range(5), **TIGHT)
    np.testing.assert_allclose(run["x"], [1, 1.5, 3, 8.5, 12], rtol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_values_before_and_after_a_dose(engine: str) -> None:
    """The trough by default, the peak on request, on the last day too."""
    doses = daily(10, "iv")
    days: Any = {"days": 3, "times": range(4), "engine": engine, **TIGHT}
    before = simulate(MODEL, doses, **days)
    after = simulate(MODEL, doses, at_dose="after", **days)
    np.testing.assert_allclose(after["plasma"] - before["plasma"], [10] * 4, atol=1e-8)
    assert (before.attrs["delivered_iv"], after.attrs["delivered_iv"]) == (30, 40)
    assert float(before["plasma"][0]) == 0
    np.testing.assert_allclose(before["plasma"][1], 10 * np.exp(-K), rtol=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("at_dose", ["before", "after"])
def test_a_rounding_does_not_change_the_side_of_a_dose(at_dose: str, engine: str) -> None:
    """An observation at `0.1 + 0.2` is one at 0.3, on the same side of the dose."""
    for start, time in ((0.3, 0.1 + 0.2), (0.1 + 0.2, 0.3), (1.0, np.nextafter(1, 2))):
        dose = daily(10, "iv", start=start)
        times = [0, time, 1.9]
        run = simulate(MODEL, dose, days=2, times=times, at_dose=at_dose, engine=engine)
        assert run["plasma"].values[1] == (0 if at_dose == "before" else 10)
        assert run["time"].values[1] == time


def test_any_times_may_be_asked_for() -> None:
    """None of them a whole day; values are those of the fine grid, unsorted ones are refused."""
    with pytest.raises(InputError, match=r"times must increase, and 0\.25 follows 3\.7"):
        simulate(MODEL, "10 mg daily", days=4, times=[3.7, 0.25, 0.25, 4])
    run = simulate(MODEL, "10 mg daily", days=4, times=[0.25, 3.7, 4], **TIGHT)
    assert run["time"].values.tolist() == [0.25, 3.7, 4]
    np.testing.assert_allclose(run["plasma"], bateman(run["time"].values, daily(10), 4), rtol=1e-7)
    assert simulate(MODEL, days=2.5)["time"].values.tolist() == [0, 1, 2, 2.5]
    assert simulate(MODEL, days=0.5, times=0.5).sizes["time"] == 1


infusions = st.builds(
    Dose, st.floats(0, 6), st.sampled_from(["oral", "iv"]), st.floats(0.01, 1e6),
    duration=st.sampled_from([0, 0.1]) | st.floats(0, 4),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(infusions, max_size=6), st.floats(0.1, 8), st.sampled_from(ENGINES))
def test_what_is_prescribed_arrives(doses: list[Dose], days: float, engine: str) -> None:
    """With nothing eliminated, all drug that was given is still there."""
    held = simulate(
        MODEL, Regimen(doses=tuple(doses)), days=days, patient={"k": 0}, times=[days],
        engine=engine,
    )  # fmt: skip
    expected = sum(
        dose.amount * (min(1, (days - dose.time) / dose.duration) if dose.duration else 1)
        for dose in doses
        if dose.time < days
    )
    there = float(held["gut"][0] + held["plasma"][0])
    assert there == pytest.approx(expected, rel=1e-5, abs=1e-6)
    delivered = sum(v for key, v in held.attrs.items() if key.startswith("delivered_"))
    assert delivered == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_all_methods_agree_on_the_science() -> None:
    """The reference model, a day of drug and steroid, every state."""
    regimen = daily(10) + pack((24,), "methylprednisolone", start=0.5)
    days: Any = {"days": 1.5, "times": [0, 1, 1.5], "rtol": 1e-8}
    runs = [
        simulate(reference, regimen, patient={"tone": 2}, method=method, **days) for method in WAYS
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run["state_values"], runs[0]["state_values"], 2e-6, 1e-7)


def test_quantities_on_request() -> None:
    """States, auxiliaries, observables and constants, in the order asked for, once each."""
    names = ["kill_rate", "SPD", "il6", "tissue_death_natural", "SPD"]
    run = simulate(reference, "10 mg daily", days=2, quantities=names)
    assert [name for name in run.data_vars if not str(name).endswith("_values")] == [
        "kill_rate", "SPD", "il6", "tissue_death_natural",
    ]  # fmt: skip
    np.testing.assert_allclose(run["tissue_death_natural"], 0.0054 - 0.0075 * 0.04)
    default = simulate(reference, "10 mg daily", days=2)
    observables = {quantity.name for quantity in reference.observables}
    assert set(default.data_vars) - {"state_values", "parameter_values"} == observables | {
        state.name for state in reference.states
    }
    xr.testing.assert_equal(default["il6"], run["il6"])


def test_results_carry_units_and_what_was_run() -> None:
    """Every variable has a unit and a label; the run can be told from its attributes."""
    patient = Patient("someone", values={"tone": 2.0})
    run = simulate(reference, "10 mg daily", days=2, patient=patient)
    for quantity in (*reference.observables, reference.vocabulary["il6"]):
        assert run[quantity.name].attrs["units"] == quantity.unit
        assert run[quantity.name].attrs["long_name"] == quantity.title
    assert run["time"].attrs["units"] == "day"
    assert run.attrs["model_hash"] == reference.hash
    assert (run.attrs["regimen"], run.attrs["patient"]) == ("10 mg daily", "someone")
    assert run.attrs["delivered_lenalidomide"] == 20
    assert float(run["parameter_values"].sel(parameter="tone")) == 2


def test_runs_survive_a_file(tmp_path) -> None:
    """netCDF-4 keeps values, units, attributes and names."""
    run = simulate(reference, "10 mg daily", days=2, patient={"tone": 2})
    run.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    again = xr.load_dataset(tmp_path / "run.nc", engine="h5netcdf")
    xr.testing.assert_identical(again, run)
    fluxes = pdmodel.flux_table(again, "il6", reference)
    np.testing.assert_array_equal(fluxes, pdmodel.flux_table(run, "il6"))


def test_a_solution_that_blows_up_fails_with_its_state() -> None:
    """`dx/dt = x**2` has no value at day 1; the failure can be replayed from where it began."""
    blow_up = rate_of_change(lambda x, k, t: k * x**2, name="blow_up")
    with pytest.raises(SimulationError, match="integration of 'blow_up' failed") as caught:
        simulate(blow_up, once(Dose(0.5, "d", 1e-9, unit="1")), days=2, method="LSODA")
    state = caught.value.state
    assert (state["time"], state["method"]) == (0.5, "LSODA")
    assert state["states"]["x"] == pytest.approx(2, rel=1e-5)
    assert state["parameters"]["k"] == 1
    assert state["cause"]
    kernels = compile_model(blow_up).bind(state["parameters"])
    slope = kernels.rate(state["time"], np.array(list(state["states"].values())))
    assert slope == pytest.approx([4], rel=1e-4)
    assert caught.value.exit_code == 1
    with pytest.raises(SimulationError, match="integration of 'another' failed"):
        simulate(blow_up.with_values(name="another"), days=2, method="LSODA")


@pytest.mark.parametrize("method", WAYS)
def test_every_method_fails_with_a_type(method: str | None) -> None:
    """No method returns numbers for what has none."""
    model = rate_of_change(lambda x, k, t: k * x**3)
    with pytest.raises(SimulationError):
        simulate(model, days=2, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_a_budget_ends_a_run_within_a_segment(method: str) -> None:
    """A thousand oscillations a day for years, with a tenth of a second to spend."""
    model = rate_of_change(lambda x, k, t: 6000 * k * (1.5 + sympy.sin(x)), name="slow")
    assert simulate(model, days=0.01, method=method).sizes["time"] == 2
    times = np.arange(0, 4000, 0.25)
    with pytest.raises(SimulationError, match=r"the budget of 0\.1 s is used up") as caught:
        simulate(model, days=4000, times=times, method=method, max_seconds=0.1)
    assert caught.value.state["time"] == 0


BAD: dict[str, tuple[dict, type[Exception], str]] = {
    "days 0": ({"days": 0}, InputError, "days must be a number > 0, got 0"),
    "days nan": ({"days": float("nan")}, InputError, "days must be a number"),
    "days text": ({"days": "5"}, InputError, "days must be a number > 0, got '5'"),
    "times late": ({"times": [0, 3]}, InputError, r"times must be numbers within \[0, 2\] days"),
    "times early": ({"times": [-1]}, InputError, "times must be numbers"),
    "times text": ({"times": ["a"]}, InputError, "times must be numbers"),
    "times none": ({"times": []}, InputError, "times must be numbers"),
    "times nan": ({"times": [np.nan]}, InputError, "times must be numbers"),
    "quantity": ({"quantities": ["plasm"]}, UnknownNameError, "did you mean 'plasma'"),
    "parameter as quantity": ({"quantities": ["ka"]}, UnknownNameError, "unknown quantity 'ka'"),
    "quantities text": ({"quantities": "plasma"}, InputError, "must be a list of names"),
    "side": ({"at_dose": "befor"}, UnknownNameError, "unknown at_dose 'befor'; did you mean"),
    "method": ({"method": "lsoda"}, UnknownNameError, "unknown method 'lsoda'; did you mean 'LSO"),
    "engine": ({"engine": "compield"}, UnknownNameError, "unknown engine 'compield'; did you mean"),
    "engine and method": (
        {"engine": "compiled", "method": "Radau"}, InputError, "method 'Radau' is one of SciPy's",
    ),
    "rtol": ({"rtol": -1}, InputError, "rtol must be a number > 0, got -1"),
    "atol": ({"atol": 0}, InputError, "atol must be a number > 0, got 0"),
    "atol of nothing": ({"atol": {"plasm": 1}}, UnknownNameError, "state in atol 'plasm'; did you"),
    "atol of a state": ({"atol": {"gut": -1}}, InputError, "atol of gut must be a number > 0, got"),
    "steps": ({"max_steps": 0}, InputError, "max_steps must be a whole number >= 1, got 0"),
    "no whole steps": ({"max_steps": 1e6}, InputError, "max_steps must be a whole number from 1"),
    "coarse": ({"rtol": 1.0}, InputError, "rtol must be a number > 0 and < 1, got 1.0"),
    "no atol": ({"atol": float("inf")}, InputError, "atol must be a number > 0, got inf"),
    "budget": ({"max_seconds": float("nan")}, InputError, "max_seconds must be a number > 0"),
    "parameter": ({"patient": {"kk": 1}}, UnknownNameError, "unknown parameter 'kk'; did you mean"),
    "bounds": ({"patient": {"ka": 51}}, InputError, r"'ka': 51 is outside \[0, 50\] 1/day"),
    "value text": ({"patient": {"ka": "5"}}, InputError, "'ka': '5' is not a number"),
    "value nan": ({"patient": {"ka": float("nan")}}, InputError, "'ka': nan is outside"),
    "patient name": ({"patient": "responder"}, InputError, "patient must be a Patient or"),
    "regimen": ({"regimen": "10 mg dayly"}, RegimenError, "did you mean 'daily'"),
    "drug": ({"regimen": "10 mg thalidomide daily"}, RegimenError, "unknown drug of model"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case: str) -> None:
    """Before anything is integrated, with one message."""
    words, kind, message = BAD[case]
    with pytest.raises(kind, match=message):
        simulate(MODEL, **({"days": 2} | words))


def test_a_name_is_not_a_model() -> None:
    """The message says how to get one."""
    with pytest.raises(InputError, match=r"needs a Model, got 'reference'; pdmodel\.load"):
        simulate("reference", days=2)  # type: ignore[arg-type]


def test_parameters_that_contradict_each_other() -> None:
    """Killing without drug cannot exceed the total death that was measured."""
    with pytest.raises(InputError, match=r"_death_natural = -0.*, must be >= 0"):
        simulate(reference, days=1, patient={"kill_max": 0.075, "tone": 10})


def test_values_of_unused_parameters_are_known_but_idle() -> None:
    """A patient may carry values that this rival does not use."""
    quiet = reference.swap("no_exhaustion")
    run = simulate(quiet, days=1, patient={"exhaustion_gain": 0.02})
    assert "exhaustion_gain" not in run["parameter"].values
