"""Corners of the objective, where a lag meets the time of a row, and searches among them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pdmodel.inference import PopulationProblem, RandomEffect, fit_population
from pdmodel.inference.population.corners import (
    Wall,
    crossed_between,
    joined,
    step_within,
    walls_between,
)
from tests.inference.population.likelihood.test_corner_search import CL, KA, LAG, V, measured

DAYS = (0.02, 0.04, 0.06, 0.1, 0.25, 1.0, 2.0)


def wall(normal: list[float], room: float) -> Wall:
    """Return a corner of patient 0."""
    return Wall(0, np.array(normal), room, push=1.0)


def lags_of_six() -> PopulationProblem:
    """Return six simulated patients whose lag differs; nobody is below 0."""
    rng, rows = np.random.default_rng(4), list[tuple[object, ...]]()
    for number in range(1, 7):
        lag = LAG * math.exp(0.3 * rng.standard_normal())
        rows.append((number, 0.0, 100.0, 1, "."))
        for day in DAYS:
            t, k = max(day - lag, 0.0), CL / V
            level = 100 * KA / V / (KA - k) * (math.exp(-k * t) - math.exp(-KA * t))
            error = 0.1 * level * rng.standard_normal() + 0.3 * rng.standard_normal()
            rows.append((number, day, 0.0, 0, max(level + error, 0.0) if level else 0.0))
    table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    return measured(table, [RandomEffect("tlag", sd=0.4)])


def test_steps_stay_within_walls() -> None:
    """The least value of a quadratic on this side, with more freedom along the wall than across."""
    curvature, gradient, free = np.diag([2.0, 4.0]), np.array([-2.0, -4.0]), np.array([True, True])
    assert step_within(curvature, gradient, [], free) == pytest.approx([1.0, 1.0])
    held = step_within(curvature, gradient, [wall([1.0, 0.0], 0.4)], free)
    assert held == pytest.approx([0.95 * 0.4, 1.0])
    far = step_within(curvature, gradient, [wall([1.0, 0.0], 5.0)], free)
    assert far == pytest.approx([1.0, 1.0])


def test_a_wall_that_was_crossed_keeps_steps_away_more_each_time() -> None:
    """Corners are bent: what held along a straight line may not hold a whole step."""
    first = joined([], [wall([1.0, 0.0], 0.4)])
    second = joined(first, [wall([1.0, 0.0], 0.4)])
    third = joined(second, [wall([1.0, 0.0], 0.4)])
    limits = [walls[0].limit for walls in (first, second, third)]
    assert limits[0] > limits[1] > limits[2]
    assert [len(walls) for walls in (first, second, third)] == [1, 1, 1]


def test_a_jump_between_two_places_is_found_where_it_is() -> None:
    """The lag of a patient passes a row between both places: the room is the way up to there."""
    objective = lags_of_six().objective()
    x = objective.starts
    here = objective.with_gradient(x, objective.first(x))
    late = x + np.array([0.2, *np.zeros(x.size - 1)])
    there = objective.gradient_at(late, here.etas)
    crossed = crossed_between(objective, here, there)
    assert crossed.any()
    assert not crossed.all()
    # As if nothing but a jump of those who crossed a corner made it worse.
    own = here.by_subject + here.own_gradients @ (late - x) + np.where(crossed, 5.0, -2.0)
    worse = there._replace(by_subject=own, objective=here.objective + 1.0)
    walls = walls_between(objective, x, here, late, worse)
    assert [wall.subject for wall in walls] == np.flatnonzero(crossed).tolist()
    for each in walls:
        lag, to = x[0] + here.etas[each.subject, 0], late[0] + there.etas[each.subject, 0]
        met = lag + math.copysign(each.room, to - lag)
        assert np.abs(met - np.log(np.array(DAYS))).min() < 1e-6
        assert abs(each.room) < abs(to - lag)
    calm = worse._replace(by_subject=own - np.where(crossed, 6.0, 0.0))
    assert walls_between(objective, x, here, late, calm) == []


def test_lags_of_patients_converge_to_the_same_from_several_starts() -> None:
    """A search among corners ends where the exact curvature, or a corner, lets it go no further."""
    problem = lags_of_six()
    results = [
        fit_population(replace(problem, starts={"tlag": start}), simulations=0, nodes=0)
        for start in (LAG, 1.2 * LAG)
    ]
    assert [result.converged for result in results] == [True, True]
    assert results[0].objective == pytest.approx(results[1].objective, abs=1e-2)
    interval = results[0].estimates.set_index("name").loc["tlag"]
    assert interval["low"] < LAG < interval["high"]
