"""Profiles: exact intervals of normal likelihoods, open and flat ones, nothing hidden."""

import json
import math
from dataclasses import replace

import pytest

from pdmodel.errors import FitError, InputError
from pdmodel.inference import FitProblem, Target, run_profile
from pdmodel.inference.profile.assemble import make_profile
from pdmodel.inference.profile.held import Point, Side
from pdmodel.inference.profile.run import make_plan
from pdmodel.inference.profile.walk import Origin
from tests.inference.conftest import short_targets
from tests.toys.profiles import DAYS, SIGMA, concentrations, product, row_of, toy

RISE = 1.959963984540054**2 / 2


def values_of(profile, name):
    """Return where a parameter was held."""
    return [point["value"] for point in profile.curve if point["name"] == name]


@pytest.mark.parametrize(("level", "z"), [(0.95, 1.959964), (0.6827, 1.0)])
def test_a_normal_likelihood_has_the_exact_interval(level, z):
    """log c falls by log V one to one: V exp(-+ z sigma / sqrt(n))."""
    found = run_profile(toy(), {"volume": 20.0}, level=level)
    row = row_of(found, "volume")
    half = z * SIGMA / math.sqrt(len(DAYS))
    assert math.log(row["low"] / 20) == pytest.approx(-half, rel=1e-2)
    assert math.log(row["high"] / 20) == pytest.approx(half, rel=1e-2)
    assert row["verdict"] == "identified"
    assert found.rise == pytest.approx(z**2 / 2, rel=1e-3)
    assert not found.improved


def test_others_are_fitted_again():
    """With k free too the intervals are those of a line: slope and intercept are correlated."""
    found = run_profile(toy(free=("volume", "k")), {"volume": 20.0, "k": 0.7})
    mean = sum(DAYS) / len(DAYS)
    spread = sum((day - mean) ** 2 for day in DAYS)
    z = 1.959964
    slope, intercept = (
        SIGMA / math.sqrt(spread),
        SIGMA * math.sqrt(1 / len(DAYS) + mean**2 / spread),
    )
    k, volume = row_of(found, "k"), row_of(found, "volume")
    assert (k["low"], k["high"]) == (pytest.approx(0.7 - z * slope, rel=1e-2),
                                     pytest.approx(0.7 + z * slope, rel=1e-2))  # fmt: skip
    assert math.log(volume["low"] / 20) == pytest.approx(-z * intercept, rel=1e-2)
    assert math.log(volume["high"] / 20) == pytest.approx(z * intercept, rel=1e-2)
    assert (k["partner"], volume["partner"]) == ("volume", "k")
    assert k["partner_slope"] < 0


def test_points_are_few_and_close():
    """At most 12 on the way out a side, and steps between them that show the curve."""
    found = run_profile(toy(free=("volume", "k")), {"volume": 20.0, "k": 0.7})
    for direction in ("down", "up"):
        side = [p for p in found.curve if (p["name"], p["direction"]) == ("k", direction)]
        assert 3 <= len(side) <= 12
        assert all(point["status"] == "converged" for point in side)


def test_only_a_product_is_identified():
    """Each is flat from bound to bound, and the other falls as it rises."""
    found = run_profile(product(), {"k1": 1.0, "k2": 1.0})
    for name, other in (("k1", "k2"), ("k2", "k1")):
        row = row_of(found, name)
        assert (row["verdict"], row["low"], row["high"]) == ("flat", None, None)
        assert row["partner"] == other
        assert row["partner_slope"] == pytest.approx(-1, abs=0.02)
        assert (min(values_of(found, name)), max(values_of(found, name))) == (0.2, 5.0)
    ends = [p for p in found.curve if p["name"] == "k1" and p["value"] in (0.2, 5.0)]
    assert [p["at_bound"] for p in ends] == [["k2"], ["k2"]]
    assert "k2 (-)" in found.report()


@pytest.mark.parametrize(
    ("bound", "verdict", "known"),
    [("low", "open below", "high"), ("high", "open above", "low")],
)
def test_a_one_sided_statement_leaves_a_side_open(bound, verdict, known):
    """c above a limit says that V is not large; nothing says that it is not small."""
    ends = {"low": math.nan, "high": math.nan} | {bound: 0.25}
    row = Target("c", "one", "concentration", "level", day=1.0, low=ends["low"], high=ends["high"])
    found = row_of(run_profile(toy([row]), {"volume": 20.0}), "volume")
    assert found["verdict"] == verdict
    assert found[known] is not None
    assert found["words"].startswith(f"{verdict} (")
    assert [found["low"], found["high"]].count(None) == 1


def test_bounds_are_respected():
    """Bounds closer than the interval: flat, and no point beyond them."""
    problem = toy()
    problem.bound("volume", 19.5, 20.5)
    found = run_profile(problem, {"volume": 20.0})
    assert row_of(found, "volume")["verdict"] == "flat"
    assert (min(values_of(found, "volume")), max(values_of(found, "volume"))) == (19.5, 20.5)


def test_a_best_fit_at_its_bound_has_one_side():
    """Nothing is looked at beyond it."""
    problem = toy()
    problem.bound("volume", 20.0, 90.0)
    found = run_profile(problem, {"volume": 20.0})
    row = row_of(found, "volume")
    assert row["verdict"] == "open below"
    assert {point["direction"] for point in found.curve} <= {"start", "up", "down"}
    assert min(values_of(found, "volume")) == 20.0


def test_a_fit_that_was_no_minimum_is_said():
    """Half the volume is handed over: the interval counts from the minimum, and it is reported."""
    found = run_profile(toy(), {"volume": 10.0})
    row = row_of(found, "volume")
    assert found.improved
    assert found.given_cost > found.best_cost + 1
    assert row["best"] == pytest.approx(20, rel=1e-3)
    assert row["low"] < 20 < row["high"]
    assert "was no minimum" in found.report()


def made(cost, value, **values):
    """Return a point as a fit would leave it."""
    return Point(value, cost, "converged", "", {"volume": 20.0, "k": 0.7} | values, (), 1, 1)


def test_a_lower_cost_that_a_profile_finds_moves_all_thresholds():
    """The profile of k comes upon a cost lower by one: volume's interval counts from there."""
    problem = toy(free=("volume", "k"))
    origin = Origin({"volume": 20.0, "k": 0.7}, 5.0, {})
    lower = made(4.0, 0.8, k=0.8, volume=22.0)
    sides = {
        ("volume", "down"): Side("volume", "down", "crossed", (made(7.0, 18.0, volume=18.0),)),
        ("volume", "up"): Side("volume", "up", "crossed", (made(7.0, 26.0, volume=26.0),)),
        ("k", "down"): Side("k", "down", "crossed", (made(7.0, 0.5, k=0.5),)),
        ("k", "up"): Side("k", "up", "crossed", (lower, made(7.0, 1.0, k=1.0))),
    }
    found = make_profile(problem, origin, sides, 1, 5.0, 0.95, RISE)
    assert (found.improved, found.best_cost, found.free["volume"]) == (True, 4.0, 22.0)
    best = [point for point in found.curve if point["direction"] == "best"]
    assert [(point["name"], point["value"], point["rise"]) for point in best] == [("volume", 22, 0)]
    volume = row_of(found, "volume")
    assert 18 < volume["low"] < 20 < 22 < volume["high"] < 26


def test_a_fit_that_fails_is_a_point_without_a_number(monkeypatch):
    """Above 22 nothing can be evaluated: no cost, a reason, and no interval on that side."""
    problem, plain = toy(), FitProblem.residuals

    def fail(self, values):
        if values["volume"] > 22:
            raise ArithmeticError("no step could be taken")
        return plain(self, values)

    monkeypatch.setattr(FitProblem, "residuals", fail)
    problem.bound("volume", 1.0, 90.0)
    found = run_profile(problem, {"volume": 20.0}, level=0.99999)
    failed = [point for point in found.curve if point["status"] == "failed"]
    assert len(failed) == 3
    assert all(p["cost"] is None and p["rise"] is None and p["value"] > 22 for p in failed)
    row = row_of(found, "volume")
    assert (row["verdict"], row["high"]) == ("not bracketed", None)
    assert row["low"] is not None
    assert "no step could be taken" in row["words"]
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_a_tied_parameter_is_left_alone():
    """What follows by `expr` is not profiled, and follows."""
    problem = toy(free=("volume", "k"))
    problem.params["k"].expr = "0.035*volume"
    found = run_profile(problem, {"volume": 20.0})
    assert [row["name"] for row in found.rows] == ["volume"]
    row = row_of(found, "volume")
    assert row["verdict"] == "identified"
    assert row["high"] / row["low"] < math.exp(2 * 1.96 * SIGMA / math.sqrt(len(DAYS)))


def test_the_problem_is_left_as_it_was():
    """Holding a parameter is done on a copy."""
    problem = toy(free=("volume", "k"))
    before = problem.settings
    run_profile(problem, {"volume": 20.0, "k": 0.7}, ["k"])
    assert problem.settings == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"parameters": ["volum"]}, "unknown free parameter 'volum'; did you mean 'volume'"),
        ({"parameters": ["ka"]}, "unknown free parameter 'ka'"),
        ({"parameters": []}, "at least one parameter"),
        ({"level": 1.0}, "level must lie between 0 and 1"),
        ({"jobs": 0}, "jobs must be a whole number >= 1"),
        ({"max_evaluations": 0}, "max_evaluations must be"),
        ({"best": {"volum": 20.0}}, "did you mean 'volume'"),
        ({"best": {"volume": 1000.0}}, "bounds"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, words, message):
    """Named, with what is allowed; nothing is written."""
    with pytest.raises(InputError, match=message):
        run_profile(toy(), **{"best": {"volume": 20.0}, "out": tmp_path / "out", **words})
    assert not (tmp_path / "out").exists()


def test_nothing_free_and_nothing_to_evaluate_are_errors():
    """A problem without a free parameter; a best fit at which nothing can be simulated."""
    with pytest.raises(InputError, match="no parameter varies"):
        make_plan(toy(free=()), None, 0.95, 10)
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    problem.params["kill_without_drug"].set(value=0.4)
    problem.params["kill_max"].set(value=0.07)
    with pytest.raises(FitError, match="best fit cannot be evaluated"):
        run_profile(problem, {})


def test_slopes_by_differences_find_the_same():
    """Without the exact Jacobian the interval is the same within the tolerance."""
    targets = [replace(target, sigma=0.2) for target in concentrations()]
    rows = [
        row_of(run_profile(toy(targets, jacobian=how), {"volume": 20.0}), "volume")
        for how in ("exact", "differences")
    ]
    assert rows[0]["high"] == pytest.approx(rows[1]["high"], rel=1e-2)
