"""Dosing scenarios of mrgsolve/nmtests against NONMEM's own output, which is read, never copied.

For every kind of scenario a case of our own with a closed form runs in any clone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel import CompartmentRules, read_events, simulate
from pdmodel.dosing import Dose, DoseRule, Events, EventTable, Record, Regimen
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

HOUR = 1 / 24
KA, K = 1.5 / HOUR, 1.1 / 20 / HOUR
# As the control stream of the run has it: all four act on compartment 2.
RULES = CompartmentRules(
    lag={"2": "LAGT"}, bioavailability={"2": "BIOAV"}, duration={"2": "DUR2"}, rate={"2": "RAT2"}
)
ENGINES = ("compiled", "scipy")


def depot() -> Model:
    """Return the one-compartment model of NONMEM's dosing scenarios, per day."""
    q = Vocabulary()
    ka = q.parameter(
        "ka", unit="1/day", value=KA, bounds=(1, 99), meaning="absorption", source=ASSUMED
    )
    k = q.parameter("k", unit="1/day", value=K, bounds=(1, 9), meaning="loss", source=ASSUMED)
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the depot")
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    q.slot("exposure", meaning="drug", states=(gut, plasma))
    exposure = Mechanism(
        "exposure",
        slot="exposure",
        claim="absorption and loss are of first order",
        processes={
            "absorption": {gut: -ka * gut, plasma: +ka * gut},
            "loss": {plasma: -k * plasma},
        },
        doses={"depot": gut, "infusion": plasma},
    )
    return Model("depot", q, [exposure])


MODEL = depot()


@pytest.fixture(scope="module")
def table(external: Path) -> EventTable:
    """Read the 29 scenarios."""
    file = external / "nonmem_dosing" / "doses_and_observations.csv"
    return read_events(file, time="hour", rules=RULES)


@pytest.fixture(scope="module")
def printed(external: Path) -> pd.DataFrame:
    """Read what NONMEM printed, a row a record."""
    return pd.read_csv(external / "nonmem_dosing" / "nonmem_output.csv")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scenario", range(1, 30))
def test_scenario_agrees_with_nonmem(
    table: EventTable, printed: pd.DataFrame, scenario: int, engine: str
) -> None:
    """Every concentration of every scenario, to the digits that NONMEM prints."""
    subject = table[scenario]
    seen = subject.observations
    assert seen["after"].all()
    hours = seen["day"].to_numpy()
    run = simulate(
        MODEL, subject, days=subject.days + HOUR, times=hours, at_dose="after", engine=engine
    )
    expected = printed.loc[seen.index - 2, "CP"].to_numpy()
    assert len(expected) == 131
    concentration = 1000 * run["plasma"].to_numpy() / 20
    np.testing.assert_allclose(concentration, expected, rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("scenario", "dose"),
    [
        (1, Dose(0, "depot", 100)),
        (3, Dose(0, "infusion", 100, duration=10 * HOUR)),
        (6, Dose(0, "depot", 100, duration=12 * HOUR)),
    ],
)
def test_a_regimen_gives_what_the_records_give(
    table: EventTable, scenario: int, dose: Dose
) -> None:
    """Four daily doses in our own vocabulary are the scenario's doses."""
    regimen = Regimen(rules=(DoseRule(dose, cycle=1.0, stop=4.0),))
    named = {"depot": "1", "infusion": "2"}
    ours = [(a.time, a.kind, named[a.target], a.amount) for a in regimen.actions(9)]
    theirs = [(a.time, a.kind, a.target, a.amount) for a in table[scenario].actions(9)]
    assert [a[:3] for a in ours] == [a[:3] for a in theirs]
    assert [a[3] for a in ours] == pytest.approx([a[3] for a in theirs], rel=1e-6)


# Cases of our own ---------------------------------------------------------------------------------

DAYS = np.linspace(0, 5, 41)
Curve = Callable[[np.ndarray], np.ndarray]


def bolus(amount: float, start: float = 0.0) -> Curve:
    """Return the plasma after a bolus into it."""
    return lambda t: np.where(t >= start, amount * np.exp(-K * np.maximum(t - start, 0)), 0.0)


def swallowed(amount: float, start: float = 0.0) -> Curve:
    """Return the plasma after a bolus into the depot (Bateman)."""

    def plasma(t: np.ndarray) -> np.ndarray:
        late = np.maximum(t - start, 0)
        return amount * KA / (KA - K) * (np.exp(-K * late) - np.exp(-KA * late))

    return plasma


def infused(amount: float, length: float, start: float = 0.0) -> Curve:
    """Return the plasma during and after an infusion into it."""

    def plasma(t: np.ndarray) -> np.ndarray:
        on, off = np.clip(t - start, 0, length), np.maximum(t - start - length, 0)
        return amount / length / K * (1 - np.exp(-K * on)) * np.exp(-K * off)

    return plasma


def seeped(amount: float, length: float, start: float = 0.0) -> Curve:
    """Return the plasma during and after an infusion into the depot."""

    def plasma(t: np.ndarray) -> np.ndarray:
        on, off = np.clip(t - start, 0, length), np.maximum(t - start - length, 0)
        rate = amount / length
        gut = rate / KA * (1 - np.exp(-KA * on))
        blood = rate / K * (1 - np.exp(-K * on)) - rate / (KA - K) * (
            np.exp(-K * on) - np.exp(-KA * on)
        )
        moved = gut * KA / (KA - K) * (np.exp(-K * off) - np.exp(-KA * off))
        return blood * np.exp(-K * off) + moved

    return plasma


def total(*curves: Curve) -> Curve:
    """Add curves up."""
    return lambda t: np.sum([curve(t) for curve in curves], axis=0)


def from_day(day: float, before: Curve, after: Curve) -> Curve:
    """Take one curve before a day, another one from it on."""
    return lambda t: np.where(t < day, before(t), after(t))


def given(amount: float = 100, place: str = "2", time: float = 0.0, **more: Any) -> Record:
    """Return a dose record."""
    return Record(time, amount=amount, compartment=place, **more)


def trough(interval: float, amount: float = 100) -> float:
    """Return what is left of infinitely many boluses, just before the next one."""
    return amount / (math.exp(K * interval) - 1)


PAST = range(60)
CASES: dict[str, tuple[list[Record], Curve]] = {
    "bolus with additional (1)": (
        [given(place="1", interval=1, additional=2)],
        total(*(swallowed(100, n) for n in range(3))),
    ),
    "bolus with lag and F (2, 16)": (
        [given(lag=0.5, bioavailability=2.23, interval=1, additional=1)],
        total(bolus(223, 0.5), bolus(223, 1.5)),
    ),
    "infusion with additional (3)": (
        [given(rate=240, interval=1, additional=1)],
        total(infused(100, 100 / 240), infused(100, 100 / 240, 1)),
    ),
    "infusion with F: the rate stays (4)": (
        [given(480, rate=240, bioavailability=0.5)], infused(240, 1),
    ),
    "infusion of modelled duration with F: the duration stays (5, 18)": (
        [given(480, duration=2, bioavailability=0.5, lag=0.25)], infused(240, 2, 0.25),
    ),
    "infusion into the depot (6)": (
        [given(place="1", duration=0.5, interval=1, additional=1)],
        total(seeped(100, 0.5), seeped(100, 0.5, 1)),
    ),
    "infusion with lag and F (7, 8)": (
        [given(rate=240, lag=0.125, bioavailability=0.6)], infused(60, 0.25, 0.125),
    ),
    "infusions at steady state with lag and F (9, 10, 11)": (
        [given(rate=240, steady=1, interval=1, lag=0.125, bioavailability=0.6)],
        total(*(infused(60, 0.25, 0.125 - n) for n in PAST)),
    ),
    "infusions at steady state, II < DUR (12)": (
        [given(duration=1.25, steady=1, interval=0.5)],
        total(*(infused(100, 1.25, -n / 2) for n in PAST)),
    ),
    "infusions at steady state, II = DUR (13, 14)": (
        [given(duration=0.5, steady=1, interval=0.5, additional=1)],
        total(*(infused(100, 0.5, 0.5 - n / 2) for n in PAST)),
    ),
    "boluses at steady state with lag and F (15)": (
        [given(steady=1, interval=1, lag=0.25, bioavailability=0.5)],
        total(bolus(trough(1, 50) * math.exp(0.25 * K)), bolus(50, 0.25)),
    ),
    "bolus, then infusion (17)": (
        [given(), given(50, "1", 0.5, duration=1)], total(bolus(100), seeped(50, 1, 0.5)),
    ),
    "modelled duration at steady state with F (19)": (
        [given(duration=0.5, steady=1, interval=1, bioavailability=0.6)],
        total(*(infused(60, 0.5, -n) for n in PAST)),
    ),
    "reset and dose (20)": (
        [given(interval=1, additional=9), given(50, "2", 2.5, evid=4, interval=1, additional=1)],
        from_day(2.5, total(bolus(100), bolus(100, 1), bolus(100, 2)),
                 total(bolus(50, 2.5), bolus(50, 3.5))),
    ),
    "reset and dose at steady state, with lag, again (21 to 25)": (
        [given(evid=4, steady=1, interval=1, lag=0.25, additional=1),
         given(200, "2", 2, evid=4, steady=1, interval=1, lag=0.25)],
        from_day(
            2,
            total(bolus(trough(1) * math.exp(0.25 * K)), bolus(100, 0.25), bolus(100, 1.25)),
            total(bolus(2 * trough(1) * math.exp(0.25 * K), 2), bolus(200, 2.25)),
        ),
    ),
    "reset (26, 27)": (
        [given(place="1", duration=0.5, interval=0.75, additional=9), Record(1.6875, 3),
         given(120, "2", 3)],
        from_day(1.6875, total(*(seeped(100, 0.5, 0.75 * n) for n in range(3))), bolus(120, 3)),
    ),
    "steady state on top of steady state (28)": (
        [given(steady=1, interval=1, additional=9), given(50, time=0.5, steady=2, interval=1)],
        total(bolus(trough(1)), *(bolus(100, n) for n in range(6)),
              bolus(trough(1, 50) + 50, 0.5)),
    ),
    "constant infusion until its record (29)": (
        [given(0, rate=24, steady=1)], bolus(24 / K),
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_case_agrees_with_its_closed_form(case: str, engine: str) -> None:
    """Every kind of scenario (its numbers in brackets) in closed form, right-continuous."""
    records, curve = CASES[case]
    run = simulate(
        MODEL, Events(tuple(records)), days=5, times=DAYS, at_dose="after", engine=engine,
        rtol=1e-9, atol=1e-9,
    )  # fmt: skip
    np.testing.assert_allclose(
        run["plasma"].to_numpy()[:-1], curve(DAYS)[:-1], rtol=1e-6, atol=1e-6
    )


def turnover() -> Model:
    """Return a model that stands at 10 mg without drug."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0.1, 9), meaning="loss", source=ASSUMED)
    made = q.parameter(
        "made", unit="mg/day", value=10, bounds=(1, 99), meaning="production", source=ASSUMED
    )
    level = q.state("level", unit="mg", initial=made / k, meaning="what the body makes itself")
    q.slot("level", meaning="level", states=(level,))
    exchange = Mechanism(
        "exchange", slot="level", claim="made at a constant rate, lost in proportion",
        processes={"production": {level: +made}, "loss": {level: -k * level}},
        doses={"drug": level},
    )  # fmt: skip
    return Model("turnover", q, [exchange])


TURNOVER = turnover()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_steady_state_is_added_to_a_baseline_once(engine: str) -> None:
    """SS=2 adds what the doses bring, not the body's own level a second time."""
    dose = Record(1, amount=5, interval=1, steady=2)
    run = simulate(TURNOVER, Events((dose,)), days=3, times=[0.5, 1, 2], engine=engine,
                   at_dose="after", rtol=1e-9, atol=1e-9)  # fmt: skip
    peak = 5 / (1 - math.exp(-1))
    expected = [10, 10 + peak, 10 + peak * math.exp(-1)]
    np.testing.assert_allclose(run["level"].to_numpy(), expected, rtol=1e-7)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_covariate_sets_a_parameter(engine: str, tmp_path: Path) -> None:
    """Loss doubles at day 1: the level falls to half, exactly as carried forward."""
    file = tmp_path / "covariate.csv"
    file.write_text("ID,TIME,EVID,LOSS\n1,0,2,1\n1,1,2,2\n1,2,0,.\n", encoding="utf-8")
    subject = read_events(file, parameters={"LOSS": "k"})[1]
    run = simulate(TURNOVER, subject, days=3, times=[1, 2], engine=engine, rtol=1e-9, atol=1e-9)
    expected = [10, 5 + 5 * math.exp(-2)]
    np.testing.assert_allclose(run["level"].to_numpy(), expected, rtol=1e-7)


@pytest.mark.parametrize("engine", ENGINES)
def test_of_two_records_at_day_0_the_last_stands(engine: str, tmp_path: Path) -> None:
    """Loss 1 and then 2, both at day 0: the run starts at the level of 2, and stays there."""
    file = tmp_path / "twice.csv"
    file.write_text("ID,TIME,EVID,LOSS\n1,0,2,1\n1,0,2,2\n1,2,0,.\n", encoding="utf-8")
    subject = read_events(file, parameters={"LOSS": "k"})[1]
    run = simulate(TURNOVER, subject, days=3, times=[0, 2], engine=engine, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(run["level"].to_numpy(), [5, 5], rtol=1e-7)
