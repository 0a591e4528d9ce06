"""A lag that differs between patients: its likelihood has corners and several hollows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pdmodel.dosing import CompartmentRules, read_events
from pdmodel.errors import InputError
from pdmodel.inference import CombinedError, PopulationProblem, RandomEffect, read_measurements
from pdmodel.inference.population.likelihood.objective import Objective
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

KA, CL, V, LAG = 24.0, 3.2, 8.0, 0.04
K = CL / V
TIMES = (0.02, 0.03, 0.05, 0.08, 0.125, 0.25, 0.5, 1.0, 2.0)
FEW = (0.02, 0.03, 1.0, 2.0)


def late() -> Model:
    """Return one compartment by mouth, into which doses come after a lag."""
    q = Vocabulary()
    ka, cl, v, tlag = (
        q.parameter(name, unit=unit, value=value, bounds=(0, 1e4), meaning=name, source=ASSUMED)
        for name, unit, value in (
            ("ka", "1/day", KA),
            ("CL", "L/day", CL),
            ("V", "L", V),
            ("tlag", "day", LAG),
        )
    )
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    cp = q.observable("cp", unit="mg/L", meaning="concentration")
    q.slot("pk", meaning="drug", states=(gut, plasma), defines=(cp,))
    pk = Mechanism(
        "pk", slot="pk", claim="it comes late", defines={cp: plasma / v},
        dose_parameters=(tlag,),
        processes={"in": {gut: -ka * gut, plasma: ka * gut}, "out": {plasma: -cl / v * plasma}},
        doses={"oral": gut},
    )  # fmt: skip
    return Model("late", q, [pk])


def problem(lags: tuple[float, ...], days: tuple[float, ...] = TIMES) -> PopulationProblem:
    """Return patients of known lags, measured without error."""
    rows: list[tuple[object, ...]] = []
    for number, lag in enumerate(lags, start=1):
        rows.append((number, 0.0, 100.0, 1, "."))
        for day in days:
            t = max(day - lag, 0.0)
            level = 100 * KA / V / (KA - K) * (math.exp(-K * t) - math.exp(-KA * t))
            rows.append((number, day, 0.0, 0, level))
    table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    return measured(table, [RandomEffect("tlag", sd=0.8)])


def measured(table: pd.DataFrame, effects: list[RandomEffect]) -> PopulationProblem:
    """Return patients whose doses follow the lag."""
    read = read_events(table, rules=CompartmentRules(lag={"": "parameter:tlag"}))
    error = CombinedError(additive_sd=0.28, proportional_sd=0.104)
    return PopulationProblem(late(), read_measurements(read, "cp", error, late()), effects)


def test_several_beginnings_find_lags_that_one_misses() -> None:
    """Known lags come back; rows before the arrival tell a search from the typical lag nothing."""
    lags = (0.008, 0.016)
    objective = problem(lags, FEW).objective()
    widely = objective.first(objective.starts)
    alone = objective(objective.starts, objective.no_etas)
    assert (widely.here.joint < alone.here.joint - 1.0).all()
    found = LAG * np.exp(widely.etas[:, 0])
    assert found == pytest.approx(lags, rel=0.2)
    assert LAG * np.exp(alone.etas[:, 0]) == pytest.approx([LAG, LAG], rel=0.3)


@pytest.fixture
def cornered() -> Objective:
    """Return one patient: rows below the limit push the lag up to one of them, others down."""
    levels = {
        0.08: 8.028, 0.125: 11.568, 0.25: 12.787, 0.5: 11.502, 1.0: 8.814, 1.5: 9.038, 2.0: 5.996,
        3.0: 3.994, 4.0: 2.991, 5.0: 2.388,
    }  # fmt: skip
    rows: list[tuple[object, ...]] = [(1, 0.0, 100.0, 1, ".", 0)]
    rows += [(1, day, 0.0, 0, 1.0, 1) for day in (0.02, 0.04)]
    rows += [(1, day, 0.0, 0, level, 0) for day, level in levels.items()]
    table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV", "CENS"])
    sds = {"ka": 0.366, "CL": 0.23, "V": 0.245, "tlag": 0.4}
    effects = [RandomEffect(name, sd=sd) for name, sd in sds.items()]
    starts = {"ka": 22.8, "CL": 3.54, "V": 7.8, "tlag": 0.0387}
    return replace(measured(table, effects), starts=starts).objective()


def test_a_corner_ends_a_search_within_patients_soon(cornered: Objective) -> None:
    """A patient whose lag meets a row below the limit is pinned there after tens of runs."""
    at_corner = cornered(cornered.starts, cornered.no_etas)
    assert cornered.patients.predictions.runs < 80
    assert at_corner.here.pinned.tolist() == [[False, False, False, True]]
    assert 0.0387 * math.exp(at_corner.etas[0, 3]) == pytest.approx(0.04, rel=2e-7)
    assert at_corner.here.gradient[0, 3] > 0.01
    assert np.abs(at_corner.here.gradient[0, :3]).max() < 1e-3
    before = at_corner.etas - np.array([0, 0, 0, 5e-7])
    beyond, _ = cornered.patients.at(cornered.point(cornered.starts), before)
    assert beyond.gradient[0, 3] < -0.01


def test_the_gradient_is_exact_where_an_effect_is_pinned(cornered: Objective) -> None:
    """It agrees with differences of the objective: the lag stays at its row, effects move along."""
    x = cornered.starts
    value = cornered.with_gradient(x, cornered(x, cornered.no_etas))
    assert value.eta_slopes is not None
    for index, slope in enumerate(value.gradient):
        step = np.zeros_like(x)
        step[index] = 1e-4
        sides = [
            cornered(x + side * step, value.etas + side * value.eta_slopes @ step)
            for side in (1, -1)
        ]
        assert all(side.here.pinned[0, 3] for side in sides)
        difference = (sides[0].objective - sides[1].objective) / 2e-4
        assert slope == pytest.approx(difference, abs=2e-3)


def test_a_place_that_is_taken_up_again_knows_its_corners(cornered: Objective) -> None:
    """From its effects alone: the same gradient, bit for bit."""
    x = cornered.starts
    value = cornered.with_gradient(x, cornered(x, cornered.no_etas))
    again = cornered.gradient_at(x, value.etas)
    assert np.array_equal(again.here.pinned, value.here.pinned)
    assert np.array_equal(again.gradient, value.gradient)


def test_second_slopes_do_not_reach_beyond_a_corner() -> None:
    """Beside a corner they are what they are further away, not the jump over a small step."""
    objective = problem((0.02,)).objective()
    point = objective.point(objective.starts)
    at_row = math.log(0.05 / LAG)
    second = [
        objective.second(point, objective.patients.at(point, np.array([[at_row + away]]))[0])
        for away in (-1e-3, -2e-2)
    ]
    assert np.abs(second[0] - second[1]).max() < 0.05 * np.abs(second[1]).max()


def test_a_table_without_compartments_says_how_to_name_its_own() -> None:
    """Its doses go into one compartment without a name."""
    table = pd.DataFrame(
        [(1, 0.0, 100.0, 1, "."), (1, 1.0, 0.0, 0, 2.0)],
        columns=["ID", "TIME", "AMT", "EVID", "DV"],
    )
    with pytest.raises(InputError, match=r"no CMT.*lag=\{'': \.\.\.\}"):
        read_events(table, rules=CompartmentRules(lag={"gut": 0.5}))
