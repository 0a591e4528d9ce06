"""Antimony text: what it says, how short it stays, what it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings, strategies as st
from sympy import And

import pdmodel
from pdmodel import Event
from pdmodel.errors import InputError, RegimenError
from pdmodel.interchange import read_sbml, to_antimony, to_sbml
from pdmodel.interchange.names import RESERVED, Names
from pdmodel.interchange.pulse_train import split_trains
from tests.engine.runs.test_with_events import Pool
from tests.interchange.roadrunner_run import roadrunner_values
from tests.toys import one_compartment, rate_of_change


@pytest.mark.parametrize(
    ("regimen", "events"),
    [
        ("10 mg daily", 1),
        ("25 mg days 1-21 of 28", 1),
        ("10 mg daily in 3 doses", 1),
        ("ramp 5-10-15 mg every 28 days", 3),
        ("10 mg daily + 5 mg iv days 1-3 of 7 in 2 doses", 2),
        ("none", 0),
    ],
)
def test_a_rule_is_one_event(regimen: str, events: int) -> None:
    """However many doses it gives: a year of them is as short as a week."""
    text = to_antimony(one_compartment(), regimen, days=364)
    assert len(re.findall(r"^  \w+: at ", text, re.MULTILINE)) == events
    assert len(text) < 4000


@given(
    st.lists(
        st.tuples(
            st.floats(0, 50), st.sampled_from([0.25, 1 / 3, 1, 7]), st.integers(1, 30),
            st.sampled_from([0, 14, 28, 60]),
        ),
        min_size=1, max_size=3,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_trains_give_every_time_once(parts: list[tuple[float, float, int, float]]) -> None:
    """Whatever times are given, the rules found for them give exactly these."""
    times = {
        round(first + cycle * repeat + gap * n, 9)
        for first, gap, count, cycle in parts
        for n in range(count)
        for repeat in range(3)
    }
    wanted = sorted(times)
    found = [time for train in split_trains(wanted) for time in train.times()]
    assert found == pytest.approx(wanted, abs=3e-9)


def test_values_of_the_patient_are_in_it() -> None:
    """Parameters, and the starting values that follow from them, as numbers."""
    text = to_antimony(pdmodel.load("reference"), days=1, patient={"tone": 3, "il6_baseline": 7.5})
    assert "const tone = 3; // 1" in text
    assert "il6 in body = 7.5; // pg/mL, = il6_baseline" in text
    assert re.search(r"tnf in body = 37\.2\d*; // pg/mL, = tnf_baseline", text)


def test_a_shared_process_is_one_arrow() -> None:
    """What one state loses another gains; a process of its own has its own name."""
    text = to_antimony(pdmodel.load("reference"), days=1)
    assert "absorption: drug_gut -> drug_plasma; drug_gut*ka;" in text
    assert "elimination__steroid: steroid ->; steroid*steroid_elimination;" in text


@pytest.mark.parametrize("word", ["time", "Gamma", "at", "model", "2nd", "a-b", "", "é"])
def test_identifiers_are_legal(word: str) -> None:
    """Words that are taken, numbers first and signs in between are changed."""
    name = Names().take(word)
    assert re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
    assert name.lower() not in RESERVED


def test_functions_without_a_counterpart_are_refused() -> None:
    """By name."""
    model = rate_of_change(lambda x, k, time: -k * sympy.erf(x))
    with pytest.raises(InputError, match="'erf' has no counterpart in SBML"):
        to_antimony(model, days=1)


@pytest.mark.parametrize(
    "junction",
    [
        lambda a, b: sympy.Xor(a, b), lambda a, b: sympy.Implies(a, b),
        lambda a, b: sympy.Equivalent(a, b), lambda a, b: sympy.ITE(a, b, sympy.Not(b)),
    ],
)  # fmt: skip
def test_every_junction_is_written_in_and_or_and_not(junction: Any, tmp_path: Path) -> None:
    """In Antimony `^` is a power, and what SymPy calls `ITE` or `Implies` is nothing at all."""
    antimony = pytest.importorskip("antimony", reason="needs the extra interchange")
    model = rate_of_change(
        lambda x, k, time: sympy.Piecewise((-k * x, junction(x > 0.5, x < 0.8)), (-k / 2, True))
    )
    text = to_antimony(model, days=5)
    (rate,) = (line for line in text.splitlines() if "piecewise" in line)
    assert not re.search(r"\^|Xor|ITE|Implies|Equivalent", rate)
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    times = np.linspace(0.0, 1.5, 7)
    ours = pdmodel.simulate(model, days=1.5, times=times, rtol=1e-9)["x"].values
    for number, sbml in enumerate((antimony.getSBMLString(), to_sbml(model, days=5))):
        file = tmp_path / f"{number}.xml"
        file.write_text(sbml)
        read = pdmodel.simulate(read_sbml(file), days=1.5, times=times, rtol=1e-9)["x"].values
        np.testing.assert_allclose(read, ours, rtol=1e-7)


def test_functions_that_mean_others_are_written_out() -> None:
    """Functions that Antimony has no word for keep their meaning in those that it has."""
    step = sympy.EulerGamma * sympy.Heaviside(sympy.Symbol("x") - 2)
    model = rate_of_change(lambda x, k, time: -k * sympy.sech(x) * sympy.acot(x) * (1 + step))
    text = to_antimony(model, days=1)
    assert "cosh(x)" in text
    assert "atan(1/x)" in text
    assert not re.search(r"Heaviside|EulerGamma", text)


def test_bad_input_is_refused() -> None:
    """Days, drugs and parameters are checked as for a simulation."""
    model = one_compartment()
    name: Any = model.name
    with pytest.raises(InputError, match="needs a Model, got 'one_compartment'"):
        to_antimony(name, days=1)
    for days in (0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="days must be a number > 0"):
            to_antimony(model, days=days)
    with pytest.raises(RegimenError, match="drug of model 'one_compartment': 'aspirin'"):
        to_antimony(model, "1 mg aspirin daily", days=2)
    with pytest.raises(InputError, match="unknown parameter 'kk'"):
        to_antimony(model, days=2, patient={"kk": 1})


def test_events_of_a_model_are_events_of_the_file() -> None:
    """Delay, priority, persistence and moments of values are written, and run elsewhere alike."""
    antimony = pytest.importorskip("antimony", reason="needs the extra interchange")
    pool = Pool()
    low = And(pool.x < pool.low, pool.a < 5)
    model = pool.model(
        Event("refill", low, {pool.x: 5 * pool.low, pool.loss: 0.9 * pool.loss}, priority=2),
        Event(
            "count it", low, {pool.a: pool.a + pool.x}, delay=pool.day / 4, values_at="execution"
        ),
        Event("lost", low, {pool.b: pool.x}, delay=pool.day, persistent=False),
    )
    text = to_antimony(model, days=5)
    assert "count_it: at day/4 after (" in text
    assert "persistent=false" in text
    assert "var loss = 1;" in text
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    times = [0.0, 1.0, 2.0, 3.3, 5.0]
    theirs = roadrunner_values(antimony.getSBMLString(), times, ["x", "a", "b"])
    ours = pdmodel.simulate(model, days=5, times=times, quantities=["x", "a", "b"], rtol=1e-9)
    values = np.column_stack([ours[name].values for name in ("x", "a", "b")])
    np.testing.assert_allclose(theirs, values, rtol=1e-6, atol=1e-9)
