"""Prediction profiles: exact intervals, limits of the model, nothing hidden."""

import json
import math

import numpy as np
import pytest

from pdmodel.inference import (
    FitProblem,
    Target,
    profile_prediction,
    profile_predictions,
    run_profile,
)
from tests.toys.predictions import growth, level
from tests.toys.profiles import DAYS, SIGMA, product, row_of, toy

Z = 1.959963984540054
BEST = {"volume": 20.0, "k": 0.7}


def test_a_monotone_function_of_a_parameter_has_its_interval():
    """c(2.5) = 10/V exp(-2.5 k) with V alone free: the interval of V, mapped and turned over."""
    volume = row_of(run_profile(toy(), {"volume": 20.0}), "volume")
    name = "one:concentration:level:2.5"
    found = row_of(profile_prediction(toy(), {"volume": 20.0}, name), name)
    known = [10 / volume[end] * math.exp(-2.5 * 0.7) for end in ("high", "low")]
    assert [found["low"], found["high"]] == pytest.approx(known, rel=2e-3)
    assert (found["verdict"], found["words"][:12]) == ("determined", "determined [")
    assert (found["partner"], found["partner_slope"]) == ("volume", pytest.approx(-1, rel=1e-3))


@pytest.mark.parametrize("level_of", [0.95, 0.6827])
def test_a_line_has_the_analytic_interval(level_of):
    """log c is a line in time with normal errors: its band, between the data and beyond them.

    The standard error of a line at a day t is sigma sqrt(1/n + (t - mean)^2 / spread).
    """
    days = (0.25, 1.625, 3.0)
    names = [f"one:concentration:level:{day:g}" for day in days]
    found = profile_predictions(toy(free=("volume", "k")), BEST, names, level=level_of)
    z = math.sqrt(2 * found.rise)
    mean = float(np.mean(DAYS))
    for name, day in zip(names, days, strict=True):
        row, spread = row_of(found, name), sum((other - mean) ** 2 for other in DAYS)
        half = z * SIGMA * math.sqrt(1 / len(DAYS) + (day - mean) ** 2 / spread)
        assert math.log(row["low"] / row["best"]) == pytest.approx(-half, rel=1e-2)
        assert math.log(row["high"] / row["best"]) == pytest.approx(half, rel=1e-2)
    assert not found.improved


def test_what_parameters_do_not_say_a_prediction_may():
    """Only k1 k2 is known, each is flat; but x at day 1 is exp(-k1 k2), and is determined."""
    best = {"k1": 1.0, "k2": 1.0}
    assert {row["verdict"] for row in run_profile(product(), best).rows} == {"flat"}
    found = row_of(profile_prediction(product(), best, "one:x:level:1"), "one:x:level:1")
    assert found["verdict"] == "determined"
    # log x at 0.5 and 1 day is -K/2 and -K: the standard error of K is sigma / sqrt(1.25)
    half = Z * SIGMA / math.sqrt(1.25)
    assert math.log(found["high"] / found["low"]) == pytest.approx(2 * half, rel=1e-2)


def test_every_point_predicts_what_it_says_at_the_cost_it_says():
    """The parameters of a point, simulated anew: its value; the cost is that of the data alone."""
    problem, name = toy(free=("volume", "k")), "one:concentration:level:2.5"
    found = profile_prediction(problem, BEST, name)
    for row in found.curve:
        values = {s.name: s.value for s in problem.settings} | row["values"]
        known = 10 / values["volume"] * math.exp(-2.5 * values["k"])
        assert row["value"] == pytest.approx(known, rel=1e-6)
        cost = 0.5 * float(np.sum(problem.residuals(values) ** 2))
        assert row["cost"] == pytest.approx(cost, rel=1e-5, abs=1e-9)


def test_the_linear_scale_finds_the_same():
    """The scale is that of steps, not of the answer."""
    names = ["one:concentration:level:2.5", "one:concentration:level:2.5:scale=linear"]
    found = profile_predictions(toy(free=("volume", "k")), BEST, names)
    first, second = (row_of(found, name) for name in names)
    assert second["low"] == pytest.approx(first["low"], rel=2e-3)
    assert second["high"] == pytest.approx(first["high"], rel=2e-3)


@pytest.mark.parametrize(
    ("bound", "verdict", "known"), [("low", "open above", "low"), ("high", "open below", "high")]
)
def test_a_one_sided_statement_leaves_a_side_open(bound, verdict, known):
    """c at day 1 above a limit says nothing against a high c at day 2, as far as V can go."""
    ends = {"low": math.nan, "high": math.nan} | {bound: 0.25}
    row = Target("c", "one", "concentration", "level", day=1.0, low=ends["low"], high=ends["high"])
    name = "one:concentration:level:2"
    found = row_of(profile_prediction(toy([row]), {"volume": 20.0}, name), name)
    assert found["verdict"] == verdict
    assert found["words"].startswith(f"{verdict} (")
    assert found[known] is not None
    assert [found["low"], found["high"]].count(None) == 1
    # V goes from 1 to 99 L
    end, limit = ("highest", 1) if bound == "low" else ("lowest", 99)
    assert found[end] == pytest.approx(10 / limit * math.exp(-1.4), rel=1e-3)
    assert found["stuck_above" if bound == "low" else "stuck_below"] == ["volume"]


def test_bounds_of_parameters_are_the_limit_of_what_nothing_tells_of():
    """Nothing tells of y: it goes as far as the bounds of m let it, and both are named."""
    found = profile_prediction(growth(), {"k": 1.0, "m": 1.0}, "one:y:level:2")
    (row,) = found.rows
    assert (row["verdict"], row["low"], row["high"]) == ("flat", None, None)
    assert [row["lowest"], row["highest"]] == pytest.approx([level(5.0), level(0.2)], rel=1e-3)
    assert (row["stuck_below"], row["stuck_above"]) == (["m"], ["m"])
    assert "its high end rests on the bounds of m" in found.report()


def test_an_unbounded_direction_is_open():
    """m has no bounds, and y grows without end where it is negative: far on the way, and open."""
    problem = growth(-math.inf, math.inf)
    (row,) = profile_prediction(problem, {"k": 1.0, "m": 1.0}, "one:y:level:2").rows
    assert (row["low"], row["high"], row["verdict"]) == (None, None, "flat")
    assert row["highest"] > 1000
    assert row["lowest"] < 1e-2
    assert (row["stuck_below"], row["stuck_above"]) == ([], [])


def test_what_no_parameter_moves_is_fixed():
    """The gut stays empty: no interval, and not a wide one either."""
    name = "one:gut:level:2:scale=linear"
    found = row_of(profile_prediction(toy(), {"volume": 20.0}, name), name)
    assert (found["verdict"], found["best"], found["partner"]) == ("fixed", 0.0, None)


def test_a_fit_that_was_no_minimum_is_said():
    """Half the volume is handed over: the interval counts from the minimum."""
    name = "one:concentration:level:1"
    found = profile_prediction(toy(), {"volume": 10.0}, name)
    assert found.improved
    assert found.given_cost > found.best_cost + 1
    assert row_of(found, name)["best"] == pytest.approx(0.5 * math.exp(-0.7), rel=1e-3)
    assert "was no minimum" in found.report()


def test_a_fit_that_fails_is_a_point_without_a_number(monkeypatch):
    """Below V = 18 nothing can be evaluated: no cost, a reason, no bound above."""
    problem, plain = toy(), FitProblem.residuals

    def fail(self, values):
        if values["volume"] < 18:
            raise ArithmeticError("no step could be taken")
        return plain(self, values)

    def fail_slopes(self, values):
        raise ArithmeticError("no step could be taken")

    def held(self, values):
        return fail_slopes(self, values) if values["volume"] < 19 else slopes(self, values)

    slopes = FitProblem.residual_slopes
    monkeypatch.setattr(FitProblem, "residuals", fail)
    monkeypatch.setattr(FitProblem, "residual_slopes", held)
    name = "one:concentration:level:1"
    found = profile_prediction(problem, {"volume": 20.0}, name, level=0.99999)
    failed = [point for point in found.curve if point["status"] == "failed"]
    assert len(failed) == 3
    assert all(point["cost"] is None and point["rise"] is None for point in failed)
    row = row_of(found, name)
    assert (row["verdict"], row["high"]) == ("not bracketed", None)
    assert row["low"] is not None
    assert "no step could be taken" in row["words"]
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_the_problem_is_left_as_it_was():
    """Groups that are looked at longer, and the row, are those of copies."""
    problem = toy(free=("volume", "k"))
    before, groups, targets = problem.settings, dict(problem.groups), problem.targets
    profile_prediction(problem, BEST, "one:plasma:level:0.3")
    assert (problem.settings, problem.targets) == (before, targets)
    assert problem.groups == groups
    assert "plasma" not in problem.groups["one"].quantities


def test_slopes_by_differences_find_the_same():
    """Without the exact Jacobian the interval is the same within the tolerance."""
    name = "one:concentration:level:2"
    rows = [
        row_of(profile_prediction(toy(jacobian=how), {"volume": 20.0}, name), name)
        for how in ("exact", "differences")
    ]
    assert rows[0]["high"] == pytest.approx(rows[1]["high"], rel=1e-2)


def test_a_smooth_twin_is_named():
    """The visit of the best value moves in steps: its twin was profiled, and the report says so."""
    problem, name = growth(0.5, 5.0, day=56.0), "one:y:time_to_best:threshold=0.1"
    found = profile_prediction(problem, {"k": 1.0, "m": 2.0}, name)
    (row,) = found.rows
    # from 1 on day 0 to 0.5 on day 28, where it is within 10 % of the lowest at 0.55
    assert (row["unit"], row["judged"]) == ("day", 28)
    assert row["best"] == pytest.approx(0.9 * 28 + 14, rel=1e-6)
    assert f"{name}: judged as 28; its smooth twin was profiled" in found.report()
