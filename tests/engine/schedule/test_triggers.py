"""State-triggered events: found on the dense output, and what they do to a run."""

from __future__ import annotations

import math
import time as clock
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy

from pdmodel import Hold, Trigger, simulate
from pdmodel.dosing import Dose, daily, once, read_events
from pdmodel.engine.lanes.lanes import advance
from pdmodel.errors import InputError, RegimenError, SimulationError, UnknownNameError
from tests.toys import one_compartment, rate_of_change

DECAY = rate_of_change(lambda x, k, t: -k * x)
WAVE = rate_of_change(lambda x, k, t: k * sympy.cos(k * t), initial=0.0)
TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}


def fired(run: object) -> list[float]:
    """Return the days at which triggers fired."""
    text = run.attrs["triggered"]  # type: ignore[attr-defined]
    return [float(part.rpartition(" ")[2]) for part in text.split("; ") if part]


def test_a_crossing_is_found_where_it_is() -> None:
    """`exp(-t)` falls below 0.3 at `-log 0.3`; noting it changes no number."""
    plain = simulate(DECAY, days=5, **TIGHT)
    run = simulate(DECAY, days=5, triggers=[Trigger("x", below=0.3)], **TIGHT)
    assert fired(run) == [pytest.approx(-math.log(0.3), abs=1e-5)]
    np.testing.assert_allclose(run["x"], plain["x"], rtol=1e-9)
    assert "x below 0.3 at day 1.20397" in run.attrs["triggered"]


def test_it_fires_once_or_every_time() -> None:
    """`sin t` rises above 0.5 at pi/6, and again 2 pi later."""
    once_only = simulate(WAVE, days=15, triggers=[Trigger("x", above=0.5)], **TIGHT)
    always = simulate(WAVE, days=15, triggers=[Trigger("x", above=0.5, times=math.inf)], **TIGHT)
    rises = [math.pi / 6 + 2 * math.pi * n for n in range(3)]
    assert fired(once_only) == pytest.approx(rises[:1], abs=1e-4)
    assert fired(always) == pytest.approx(rises, abs=1e-4)


def test_a_storm_of_firings_keeps_to_the_budget() -> None:
    """Thousands of firings, each followed by a look at the schedule, with short runs between."""
    storm = Trigger("x", above=0, then="note", times=math.inf)
    with pytest.raises(SimulationError, match=r"the budget of 0\.02 s is used up") as failed:
        simulate(WAVE, days=1000, patient={"k": 50}, triggers=[storm], max_seconds=0.02)
    assert 0 < failed.value.state["time"] < 1000


def test_what_is_compiled_is_no_part_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the integrator may take longer to compile than the run has seconds."""
    on = advance.on

    def slowly(*arguments: Any) -> Any:
        clock.sleep(0.3)
        return on(*arguments)

    simulate(DECAY, days=5, triggers=[Trigger("x", below=0.3)])
    monkeypatch.setattr(advance, "on", slowly)
    run = simulate(DECAY, days=5, triggers=[Trigger("x", below=0.3, then="stop")], max_seconds=0.2)
    assert fired(run) == [pytest.approx(-math.log(0.3), abs=1e-5)]


def test_what_is_true_at_the_start_fires_at_once() -> None:
    """At day 0, and after a dose that makes it true."""
    assert fired(simulate(DECAY, days=2, triggers=[Trigger("x", above=0.9)])) == [0]
    dosed = once(Dose(1.5, "d", 3, unit="1"))
    assert fired(simulate(DECAY, dosed, days=3, triggers=[Trigger("x", above=2)])) == [1.5]


def test_a_run_can_be_stopped() -> None:
    """Nothing is returned for the days after the end."""
    run = simulate(DECAY, days=5, triggers=[Trigger("x", below=0.3, then="stop")], **TIGHT)
    np.testing.assert_allclose(run["x"][:2], [1, math.exp(-1)], rtol=1e-8)
    assert np.isnan(run["x"][2:]).all()


def test_what_was_planned_after_a_stop_is_not_counted() -> None:
    """Doses up to the moment, and the part of an infusion that ran; steps that were made."""
    end = Trigger("plasma", above=12, then="stop")
    run = simulate(one_compartment(), daily(10, "iv"), days=6, triggers=[end], **TIGHT)
    assert (fired(run), run.attrs["delivered_iv"]) == ([1.0], 20)
    assert run.attrs["steps"] > 0
    infusion = once(Dose(0, "iv", 30, duration=3))
    run = simulate(one_compartment(), infusion, days=6, triggers=[end], **TIGHT)
    (day,) = fired(run)
    assert 1 < day < 3
    assert run.attrs["delivered_iv"] == pytest.approx(10 * day, rel=1e-5)


def test_a_drug_is_held() -> None:
    """Doses within the hold are not given, those after it are."""
    rule = Trigger("plasma", above=12, then=Hold(2, "iv"))
    run = simulate(one_compartment(), daily(10, "iv"), days=6, triggers=[rule], **TIGHT)
    (day,) = fired(run)
    assert day == 1.0
    assert run.attrs["delivered_iv"] == 40  # of days 0, 1, 4 and 5
    words = "10 mg iv daily for 2 days + 10 mg iv daily after 4 days"
    same = simulate(one_compartment(), words, days=6, **TIGHT)
    np.testing.assert_allclose(run["plasma"], same["plasma"], rtol=1e-8, atol=1e-12)


def test_an_infusion_ends_with_a_hold() -> None:
    """What runs when the condition becomes true is cut there."""
    doses = once(Dose(0, "iv", 10, duration=4))
    rule = Trigger("plasma", above=2, then=Hold(drug="iv"))
    run = simulate(one_compartment(), doses, days=6, triggers=[rule], **TIGHT)
    (day,) = fired(run)
    assert day == pytest.approx(-math.log(1 - 2 * 0.7 / 2.5) / 0.7, abs=1e-5)
    assert run.attrs["delivered_iv"] == pytest.approx(2.5 * day, rel=1e-5)


def test_a_rescue_is_given_from_the_moment_on() -> None:
    """A regimen begins when the condition becomes true."""
    rule = Trigger("x", below=0.5, then=once(Dose(0, "d", 1, unit="1")))
    run = simulate(DECAY, days=3, times=[0.6, 0.8, 3], triggers=[rule], **TIGHT)
    day = math.log(2)
    expected = [math.exp(-0.6), 1.5 * math.exp(day - 0.8), 1.5 * math.exp(day - 3)]
    np.testing.assert_allclose(run["x"], expected, rtol=1e-7)
    assert run.attrs["delivered_d"] == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Trigger("x"), "needs either below or above"),
        (lambda: Trigger("x", below=1, above=2), "needs either below or above"),
        (lambda: Trigger("x", below=math.nan), "must be a number"),
        (lambda: Trigger("x", below=1, times=0), "at least once"),
        (lambda: Hold(0), "more than 0 days"),
        (lambda: Trigger("x", below=1, then="halt"), "regimen 'halt' cannot be read"),
    ],
)
def test_triggers_that_make_no_sense(make: object, message: str) -> None:
    """Refused when they are made."""
    with pytest.raises((InputError, RegimenError), match=message):
        make()  # type: ignore[operator]


def test_triggers_that_do_not_fit_the_model() -> None:
    """Unknown quantities and drugs get the nearest match; SciPy's engine has no triggers."""
    with pytest.raises(UnknownNameError, match="unknown quantity of a trigger 'plasm'"):
        simulate(one_compartment(), days=1, triggers=[Trigger("plasm", below=1)])
    rule = Trigger("plasma", below=1, then=Hold(drug="ivv"))
    with pytest.raises(RegimenError, match="unknown drug of a hold 'ivv'"):
        simulate(one_compartment(), days=1, triggers=[rule])
    with pytest.raises(InputError, match="triggers need the engine 'compiled'"):
        simulate(DECAY, days=1, engine="scipy", triggers=[Trigger("x", below=1)])


@pytest.mark.parametrize("compartment", ["iv", "plasma", "2"])
def test_a_hold_holds_a_drug_by_whatever_name_a_table_gives_it(compartment: str) -> None:
    """Records that named the state, or its number, went on through the hold."""
    rows = pd.DataFrame({"ID": 1, "TIME": [0, 1, 2], "AMT": 10, "CMT": compartment, "EVID": 1})
    hold = Trigger("plasma", above=14, then=Hold(1.5, "iv"))
    run = simulate(one_compartment(), read_events(rows)["1"], days=3, times=[3], triggers=[hold])
    left = 10 * (math.exp(-3 * 0.7) + math.exp(-2 * 0.7))
    assert float(run["plasma"][0]) == pytest.approx(left, rel=1e-4)


def test_a_hold_of_what_nobody_is_given_is_refused() -> None:
    """Without a name it is of the main drug: the doses of the other one went on, unheld."""
    hold = Trigger("plasma", above=14, then=Hold(1.5))
    with pytest.raises(RegimenError, match=r"nothing of 'oral' is given .* \(given: iv\)"):
        simulate(one_compartment(), "10 mg iv daily", days=3, triggers=[hold])
    later = Trigger("plasma", below=6, then="5 mg oral daily")
    simulate(one_compartment(), "10 mg iv daily", days=3, triggers=[hold, later])
