"""Exact forward sensitivities: closed forms, central differences, doses, starting values."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from equations.hypotheses import reference
from pdmodel.dosing import Dose, Regimen, daily, read_events
from pdmodel.engine import check_gradient, prepare, simulate_sensitivities
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.model import ASSUMED, Event, Mechanism, Model, Vocabulary, safe_power
from tests.equations import published
from tests.toys import one_compartment, rate_of_change
from tests.toys.initial_value_problems import Problem

MODELS = list(published.FEW.values())
KA, K, V = 5.0, 0.7, 20.0
TIMES = np.array([0.0, 0.3, 1.0, 1.7, 2.0, 3.4, 5.0])
TIGHT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-13}


def test_decay_has_a_closed_form() -> None:
    """`x = x0 exp(-k t)`: by k it is `-t x`, by the starting value `x / x0`."""
    decay = rate_of_change(lambda x, k, t: -k * x, initial=2.0)
    run = prepare(decay, days=5, times=TIMES, quantities=["x"], **TIGHT)
    values, slopes = run.run_sensitivities({"k": 0.8}, ["k", "initial:x"])
    np.testing.assert_allclose(slopes[:, 0, 0], -TIMES * values[:, 0], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(slopes[:, 0, 1], np.exp(-0.8 * TIMES), rtol=1e-9)


def test_doses_and_infusions_have_a_closed_form() -> None:
    """Of a linear model: by the amount of a drug the response itself; by k the derivative."""
    doses = (Dose(0.5, "iv", 8, duration=2), Dose(1.0, "iv", 3))
    run = prepare(
        one_compartment(), Regimen(doses=doses), days=5, times=TIMES, quantities=["plasma"], **TIGHT
    )
    values, slopes = run.run_sensitivities(None, ["dose:iv", "k", "volume", "dose:oral"])
    np.testing.assert_allclose(slopes[:, 0, 0], values[:, 0], rtol=1e-9, atol=1e-12)
    since = np.clip(TIMES - 0.5, 0, 2)
    after = np.clip(TIMES - 2.5, 0, None)
    during = (np.exp(-K * since) * (1 + K * since) - 1) / K**2
    plateau = (1 - np.exp(-K * since)) / K
    infused = 4 * (during - plateau * after) * np.exp(-K * after)
    bolus_since = np.clip(TIMES - 1, 0, None)
    bolus = np.where(TIMES > 1, -3 * bolus_since * np.exp(-K * bolus_since), 0)
    np.testing.assert_allclose(slopes[:, 0, 1], infused + bolus, rtol=1e-8, atol=1e-11)
    assert not slopes[:, 0, 2:].any()


def test_quantities_depend_directly_too() -> None:
    """A concentration `plasma / volume` by the volume is `-concentration / volume`."""
    found = simulate_sensitivities(
        one_compartment(), daily(10, "iv"), days=5, by=["volume"], quantities=["concentration"],
        times=TIMES, at_dose="after", **TIGHT,
    )  # fmt: skip
    values = prepare(
        one_compartment(), daily(10, "iv"), days=5, times=TIMES, quantities=["concentration"],
        at_dose="after", **TIGHT,
    ).run()  # fmt: skip
    slopes = found["concentration"].values[:, 0]
    np.testing.assert_allclose(slopes, -values[:, 0] / V, rtol=1e-10)
    assert found["unit_of"].values.tolist() == ["L"]
    assert found["concentration"].attrs["units"] == "mg/L"


def test_time_in_a_rate_is_differentiated() -> None:
    """`dx/dt = k**4 t**3 - k x`: the time slope of a step depends on the parameter."""
    forced = rate_of_change(lambda x, k, t: k**4 * t**3 - k * x)
    table = check_gradient(forced, days=4, by=["k"], times=[0.7, 2, 4], patient={"k": 1.3})
    assert table["deviation"].max() < 1e-7
    assert table["largest"].min() > 1


def test_slopes_of_no_quantity_are_not_checked() -> None:
    """It ended in NumPy's error of an empty array."""
    with pytest.raises(InputError, match="quantities names none"):
        check_gradient(one_compartment(), daily(10, "iv"), days=2, by=["V"], quantities=[])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_agrees_with_differences(model: Model) -> None:
    """Relative 1e-5 of every free parameter, through baselines and doses of two drugs."""
    free = [q.name for q in model.parameters if q.vary and model.defaults[q.name]][:10]
    regimen = "10 mg daily + pack 24-20 mg methylprednisolone after 0.5 days"
    quantities = [s.name for s in model.states] + ["SPD", "ALC", "ANC", "il6_fold"]
    table = check_gradient(
        model, regimen, days=3, by=free, quantities=quantities, times=[0.4, 1, 2.3, 3],
        patient={"tone": 1.3},
    )  # fmt: skip
    assert table["deviation"].max() < 1e-5, table.nlargest(3, "deviation")
    # Without CD80 the effectors stay below their baseline: nothing follows their excess.
    some = {"null": 5, "myeloma_context": 18}.get(model.name, 20)
    assert (table["largest"] > 0).sum() > some


def test_loose_runs_differentiate_their_own_numbers() -> None:
    """At rtol 1e-4 the sensitivities are those of the numbers returned, not of the exact ones."""
    run = prepare(reference, "10 mg daily", days=2, times=[2.0], quantities=["il6"], rtol=1e-4)
    names = ["tone", "il6_clearance", "kill_max"]
    _, loose = run.run_sensitivities(None, names)
    tight = prepare(reference, "10 mg daily", days=2, times=[2.0], quantities=["il6"], **TIGHT)
    _, exact = tight.run_sensitivities(None, names)
    np.testing.assert_allclose(loose, exact, rtol=2e-3)


def test_values_agree_with_a_plain_run() -> None:
    """Sensitivities shorten steps where they need it: the same numbers to the tolerance."""
    run = prepare(reference, "10 mg daily", days=20, quantities=["il6", "SPD"])
    values, slopes = run.run_sensitivities(None, [q.name for q in reference.parameters[:21]])
    np.testing.assert_allclose(values, run.run(), rtol=1e-5)
    assert slopes.shape == (21, 2, 21)


def test_what_rests_is_differentiated_as_it_comes_back() -> None:
    """At rest the states ask for no short step; what has been moved off comes back all the same.

    Two states at rest, one of which returns within minutes: `exp(-k t)` by its start, `exp(-t)` by
    that of the other, and by the rate nothing, for it moves no resting state.
    """
    slow_and_fast = Problem("rest", lambda t, y: [40 * (1 - y[0]), 1 - y[1]], [1, 1]).model
    times = np.array([0.001, 0.01, 0.03, 0.1, 0.5, 2.0])
    run = prepare(slow_and_fast, days=2, times=times, quantities=["y1", "y2"], rtol=1e-7)
    _, slopes = run.run_sensitivities(None, ["initial:y1", "initial:y2"])
    np.testing.assert_allclose(slopes[:, 0, 0], np.exp(-40 * times), atol=1e-6)
    np.testing.assert_allclose(slopes[:, 1, 1], np.exp(-times), atol=1e-6)


def test_slopes_after_a_dose_on_the_last_day() -> None:
    """What is asked for after it counts it: by the starting value nothing is left of a reset."""
    course = read_events(
        pd.DataFrame({"ID": 1, "TIME": [0.0, 2.0], "EVID": [1, 5], "AMT": [8.0, 3.0], "CMT": "iv"})
    )["1"]
    found = simulate_sensitivities(
        one_compartment(), course, days=2, by=["k"], times=[2.0], quantities=["plasma"],
        at_dose="after",
    )  # fmt: skip
    assert found["plasma"].values[0, 0] == 0


@pytest.mark.parametrize("day", [11.75, 1000.0])
def test_slopes_start_after_a_reset_as_on_day_0(day: float) -> None:
    """The same numbers, however late, where the start needs steps that the day cannot show.

    Both states are lost by a power 3/4 of themselves and fed: the slope of the first by its start
    falls by the root of time, and a step at its start must be 1e-16 days short.
    """

    def right(_: Any, y: Any) -> list[Any]:
        return [0.1 * y[1] - safe_power(y[0], 0.75), 1.6 - 0.7 * safe_power(y[1], 0.75)]

    fed = Problem("fed", right, [0, 0]).model
    rows = pd.DataFrame(
        {"ID": 1, "TIME": [0, day], "EVID": [1, 3], "AMT": [8, 0], "CMT": "into_y1"}
    )
    course = read_events(rows, amount="1")["1"]
    times = np.array([0.01, 0.1, 0.5, 2.0])
    asked: dict[str, Any] = {"by": ["k", "initial:y1", "initial:y2"], "rtol": 1e-8}
    first = simulate_sensitivities(fed, days=3, times=times, **asked)
    later = simulate_sensitivities(fed, course, days=day + 3, times=day + times, **asked)
    for name in ("y1", "y2"):
        size = np.abs(first[name].values).max(axis=0)
        apart = np.abs(later[name].values - first[name].values)
        assert (apart <= 1e-6 * size).all()
        assert (size > 0).all() or name == "y2"  # the start of y1 moves y1 alone
    assert (np.diff(first["y1"].values[:, 1]) < 0).all()


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (["tonne"], "unknown parameter, initial:state or dose:drug 'tonne'; did you mean 'tone'"),
        (["initial:il7"], "did you mean 'initial:il6'"),
        (["dose:aspirin"], "unknown parameter"),
        ([], "at least one name"),
        ("tone", "must be a list of names"),
    ],
)
def test_names_that_are_not_there(by: list[str], message: str) -> None:
    """One clear error with the nearest match."""
    run = prepare(reference, "10 mg daily", days=1, quantities=["il6"])
    with pytest.raises((InputError, UnknownNameError), match=message):
        run.run_sensitivities(None, by)


def test_a_prepared_run_travels_as_equations() -> None:
    """To another process: the same bits, sensitivities too."""
    run = prepare(reference, "10 mg daily", days=3, quantities=["il6"])
    again = pickle.loads(pickle.dumps(run))
    assert np.array_equal(again.run(), run.run())
    assert np.array_equal(
        again.run_sensitivities(None, ["tone"])[1], run.run_sensitivities(None, ["tone"])[1]
    )


def test_drugs_that_share_a_state_are_not_told_apart() -> None:
    """`dose:a` would be the slope by both; the refusal names the other drug and the way out."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0.1, 9), meaning="loss", source=ASSUMED)
    x = q.state("x", unit="mg", initial=0, meaning="what is given")
    q.slot("loss", meaning="loss", states=(x,))
    loss = Mechanism(
        "loss", slot="loss", claim="lost in proportion", processes={"loss": {x: -k * x}},
        doses={"a": x, "b": x},
    )  # fmt: skip
    shared = Model("shared", q, [loss])
    with pytest.raises(InputError, match=r"dose:a: a, b all enter x.*a state of its own"):
        simulate_sensitivities(shared, "no drug", days=1, by=["dose:a"])


def test_an_event_beside_a_row_is_no_fault_of_the_slopes() -> None:
    """It passes the row while a difference is taken: the table said 300 % of slopes that are exact.

    `x` decays and is lifted by 1 whenever it has come to a half: on day 1 that was 0.01 days ago.
    """
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=0.7, bounds=(0, 9), meaning="out", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="what decays")
    q.slot("all", meaning="all", states=(x,))
    decay = Mechanism("all", slot="all", claim="it decays", processes={"out": {x: -k * x}})
    lifted = Model("lifted", q, [decay], events=[Event("lift", x <= 0.5, {x: x + 1})])
    table = check_gradient(lifted, days=3, by=["k"], times=[0.5, 1.0, 3.0])
    assert table["deviation"].tolist() == pytest.approx([0.0], abs=1e-6)
    assert table["largest"].min() > 3
