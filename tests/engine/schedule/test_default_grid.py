"""The rows of a run when no times are asked for, and its extremes between them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pdmodel.dosing import Dose, daily, once
from pdmodel.engine import Trigger, simulate
from pdmodel.engine.run_summary import run_summary, run_table
from pdmodel.engine.simulation import ENGINES
from tests.toys import one_compartment, rate_of_change

KA, K = 5.0, 0.7
MODEL = one_compartment()
ONCE = once(Dose(0, "oral", 10))
# Where ka exp(-ka t) = k exp(-k t), and how much of one dose is there then.
TOP = math.log(KA / K) / (KA - K)
PEAK = KA / (KA - K) * (math.exp(-K * TOP) - math.exp(-KA * TOP))


@pytest.mark.parametrize("engine", ENGINES)
def test_both_sides_of_a_dose_are_rows(engine: str) -> None:
    """The day itself is before the dose, the next row after it; no two rows share a time."""
    run = simulate(MODEL, "10 mg iv daily", days=4, engine=engine)
    days = run["time"].values
    assert (np.diff(days) > 0).all()
    for day in range(4):
        place = int(np.searchsorted(days, day))
        before, after = run["plasma"].values[place : place + 2]
        assert days[place] == day
        assert after - before == pytest.approx(10)
        assert days[place + 1] - day < 1e-12
    assert days[-1] == 4


def test_what_comes_and_goes_within_a_day_is_seen() -> None:
    """The largest row of an oral drug is its peak within a hundredth, not a trough."""
    run = simulate(MODEL, ONCE, days=7)
    assert float(run["plasma"].max()) == pytest.approx(10 * PEAK, rel=0.01)


def test_whole_days_stay_and_a_year_is_no_flood() -> None:
    """Every day of a year is a row; there are fewer than twenty a day, and ten years have fewer."""
    year = simulate(MODEL, "10 mg oral daily", days=364)
    assert set(np.arange(365.0)) <= set(year["time"].values.tolist())
    assert year.sizes["time"] < 20 * 364
    decade = simulate(MODEL, "10 mg oral daily", days=3640, quantities=["plasma"])
    assert set(np.arange(3641.0)) <= set(decade["time"].values.tolist())
    assert decade.sizes["time"] < 4 * 3640


@pytest.mark.parametrize("scale", [0.2, 1.0, 1e4])
def test_rows_follow_the_length_of_the_run(scale: float) -> None:
    """Of one dose at the start the peak is found in a run of hours and in one of decades."""
    slower = {"ka": KA / scale, "k": K / scale}
    run = simulate(MODEL, ONCE, days=2 * scale, extremes=True, patient=slower)
    assert 60 < run.sizes["time"] < 30_000
    assert run["plasma"].attrs["highest"] == pytest.approx(10 * PEAK, rel=1e-5)


def test_after_a_dose_on_the_last_day() -> None:
    """`after` gives the dose of the last day, and counts it; `before` does neither."""
    after = simulate(MODEL, "10 mg iv daily", days=2, at_dose="after")
    before = simulate(MODEL, "10 mg iv daily", days=2)
    step = float(after["plasma"].sel(time=2) - before["plasma"].sel(time=2))
    assert step == pytest.approx(10)
    assert (before.attrs["delivered_iv"], after.attrs["delivered_iv"]) == (20, 30)
    assert simulate(MODEL, "10 mg iv daily", days=2, times=[1, 1.5], at_dose="after").attrs[
        "delivered_iv"
    ] == 20  # fmt: skip


def test_a_run_without_doses_has_whole_days() -> None:
    """Nothing is given, so that days do; `smooth` asks for more."""
    model = rate_of_change(lambda x, k, t: -k * x)
    assert simulate(model, days=2.5)["time"].values.tolist() == [0, 1, 2, 2.5]
    assert simulate(model, days=2.5, smooth=True).sizes["time"] > 50


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("times", [None, [0.0, 1.0, 2.0]])
def test_extremes_lie_between_the_rows(engine: str, times: Any) -> None:
    """Peak and its day are those of the closed form, whatever the rows are."""
    run = simulate(
        MODEL, ONCE, days=2, times=times, engine=engine, extremes=True, rtol=1e-9,
        atol=1e-12,
    )  # fmt: skip
    told = run["plasma"].attrs
    assert told["highest"] == pytest.approx(10 * PEAK, rel=1e-6)
    assert told["highest_day"] == pytest.approx(TOP, rel=1e-3)
    assert (told["lowest"], told["lowest_day"]) == (0, 0)
    assert run["gut"].attrs["highest"] == pytest.approx(10)
    row = run_summary(run).set_index("quantity").loc["concentration"]
    assert row["highest"] == pytest.approx(10 * PEAK / 20, rel=1e-6)


def test_noise_around_0_has_no_day_of_its_own() -> None:
    """A gut that is empty until the dose is lowest at its start, whatever rounding does later."""
    run = simulate(MODEL, ONCE, days=2, extremes=True)
    run["gut"].values[:] = (run["time"].values >= 0.5) * 10.0
    run["gut"].attrs |= {"lowest": -4.5e-17, "lowest_day": 1.75, "highest": 10.0}
    row = run_summary(run).set_index("quantity").loc["gut"]
    assert (row["lowest"], row["lowest_day"]) == (0, 0)


def test_extremes_without_doses() -> None:
    """A wave that is 0 on every whole day has its crest between them."""
    import sympy

    model = rate_of_change(lambda x, k, t: 2 * sympy.pi * k * sympy.cos(2 * sympy.pi * k * t), 0)
    told = simulate(model, days=3, patient={"k": 1}, extremes=True, rtol=1e-9)["x"].attrs
    assert told["highest"] == pytest.approx(1, rel=1e-5)
    assert told["lowest"] == pytest.approx(-1, rel=1e-5)


def test_doses_of_triggers_are_rows() -> None:
    """What a trigger gives is seen as what was planned is."""
    top_up = once(Dose(0, "iv", 10))
    trigger = Trigger("plasma", below=5, then=top_up)
    run = simulate(MODEL, daily(10, "iv", start=0, stop=1), days=3, triggers=[trigger])
    jumps = np.diff(run["plasma"].values)
    assert (jumps > 5).sum() == 1 + run.attrs["triggered"].count(";") + 1


def test_the_table_shows_days_as_they_are_said() -> None:
    """The two rows of a dose have the same day in a table."""
    table = run_table(simulate(MODEL, "10 mg iv daily", days=3))
    days = table["time [day]"]
    assert (days == 0).sum() == 2
    assert (days == 2).sum() == 2
