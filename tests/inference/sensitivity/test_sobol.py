"""Sobol indices: whose spread it is, the same bytes for a seed, failed draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.errors import InputError, SimulationError
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.problem.many_points import Measures
from pdmodel.inference.problem.ranges import find_ranges, place_points
from pdmodel.inference.sensitivity import sobol
from pdmodel.inference.sensitivity.sensitivity import point_values, run_sensitivity
from pdmodel.inference.sensitivity.sobol import crossed_draws, find_indices, find_sobol
from tests.toys import product_decay


def decay(*free, **changes):
    """Return a problem of `dx/dt = -k1 k2 x`, looked at before and after a day."""
    rows = (
        Target("x1", "one", "x", "level", day=1, low=0.3, high=0.9),
        Target("x0", "one", "x", "level", day=0, low=0.3, high=0.9),
    )
    problem = FitProblem(
        product_decay(), rows, "no drug", days=1, differ=[], free=free or ["k1", "k2"],
        groups={"one": {}}, **changes,
    )  # fmt: skip
    problem.bound("k1", 0.5, 2.0)
    problem.bound("k2", 0.25, 1.0)
    return problem


def looked_at(problem, draws=128, **words):
    """Return the indices around the declared values."""
    return find_sobol(problem, point_values(problem, None), draws, **words)


def fail(monkeypatch, share):
    """Let the first share of the points fail."""

    def measure(problem, points, values, **words):
        found = np.column_stack([np.log(points[:, 0]), points[:, 0]])
        count = math.ceil(share * len(points))
        found[:count] = np.nan
        reasons = ("one: too stiff",) * count + ("",) * (len(points) - count)
        return Measures(found, reasons)

    monkeypatch.setattr(sobol, "measure_points", measure)


def test_the_spread_belongs_to_who_makes_it():
    """With `k2` nearly fixed by its bounds, `k1` explains all and `k2` nothing."""
    problem = decay()
    problem.bound("k2", 0.5, 0.5001)
    found = looked_at(problem).indices.set_index(["target", "parameter"])
    assert found.loc[("x1", "k1"), "first"] == pytest.approx(1, abs=0.03)
    assert found.loc[("x1", "k1"), "total"] == pytest.approx(1, abs=0.03)
    assert abs(found.loc[("x1", "k2"), ["first", "total"]]).max() < 0.01
    assert 0 < found.loc[("x1", "k1"), "total_error"] < 0.3


def test_two_alike_share_it_with_their_interaction():
    """`log x = -k1 k2`, both log-uniform over a factor 4: closed indices.

    The mean of one is `m = 1.5/log 4` in units of its lower bound, its mean square
    `s = 7.5/log 4`; alone it explains `m**2 (s - m**2) / (s**2 - m**4)`.
    """
    m, s = 3 / math.log(4), 7.5 / math.log(4)
    alone = m**2 * (s - m**2) / (s**2 - m**4)
    found = looked_at(decay(), draws=1024).indices
    rows = found[found["target"] == "x1"]
    np.testing.assert_allclose(rows["first"], alone, atol=0.02)
    np.testing.assert_allclose(rows["total"], 1 - alone, atol=0.02)


def test_what_stands_still_has_no_indices():
    """The value before treatment moves with nothing: no number, and no division by zero."""
    found = looked_at(decay(), draws=8)
    assert found.targets["moves"].tolist() == [True, False]
    still = found.indices[found.indices["target"] == "x0"]
    assert still[["first", "total", "first_error", "total_error"]].isna().all().all()


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_gives_the_same_bytes(seed):
    """Draws and intervals, also for seed 0."""
    first, again = (looked_at(decay(), draws=16, seed=seed, threads=n) for n in (1, 2))
    assert first.indices.to_csv() == again.indices.to_csv()
    other = looked_at(decay(), draws=16, seed=seed + 1)
    assert first.indices.to_csv() != other.indices.to_csv()


def test_one_parameter_alone_is_all():
    """A single free parameter has the whole spread."""
    found = looked_at(decay("k1"), draws=64)
    assert found.runs == 64 * 3
    assert found.indices["total"].iloc[0] == pytest.approx(1, abs=0.05)


def test_a_few_failed_draws_hold_the_median(monkeypatch):
    """They are counted, and the first reason is kept."""
    fail(monkeypatch, 0.04)
    found = looked_at(decay(), draws=64)
    assert found.failed == math.ceil(0.04 * found.runs)
    assert found.reason == "one: too stiff"
    assert np.isfinite(found.indices["total"]).all()


def test_many_failed_draws_are_refused(monkeypatch):
    """With the count, the reason and what to do; the first of them is at hand."""
    fail(monkeypatch, 0.06)
    with pytest.raises(SimulationError, match=r"16 of 256 draws .* too stiff.*--factor") as caught:
        looked_at(decay(), draws=64)
    assert set(caught.value.state["parameters"]) == {"k1", "k2"}


def test_the_report_tells_of_failed_draws(monkeypatch):
    """Whoever reads the numbers reads of the medians."""
    fail(monkeypatch, 0.04)
    report = run_sensitivity(decay(), draws=64).report()
    assert "11 runs failed and hold the median of each target; the first: one: too stiff" in report


def test_the_function_of_ishigami():
    """The indices are the exact ones, and those of SALib 1.6.0, within their stated errors.

    `sin a + 7 sin^2 b + 0.1 c^4 sin a` over (-pi, pi): `c` matters only with `a`.
    """
    a, b, c = (math.pi * (2 * crossed_draws(3, 1024, 1) - 1)).T
    values = np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)
    found = find_indices(values[:, None], 1024, 1)
    exact = np.array([0.31390519, 0.44241114, 0]), np.array([0.55758886, 0.44241114, 0.24368366])
    salib = np.array([0.315581, 0.438295, 0.00145]), np.array([0.557501, 0.4426, 0.245127])
    for first, total in (exact, salib):
        assert (np.abs(found.first[0] - first) < found.first_error[0]).all()
        assert (np.abs(found.total[0] - total) < found.total_error[0]).all()
    assert found.first_error.max() < 0.07
    assert found.total_error.max() < 0.1


def test_a_fit_has_the_indices_it_had():
    """As SALib 1.6.0 found them in this problem, from other draws, within the errors of both."""
    found = looked_at(decay()).indices.iloc[:2]
    before = {"first": [0.475360, 0.457098], "total": [0.531915, 0.529637]}
    errors = {"first": [0.179682, 0.204841], "total": [0.178526, 0.156214]}
    for kind, values in before.items():
        apart = np.abs(found[kind] - values)
        assert (apart < np.hypot(found[f"{kind}_error"], errors[kind])).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"draws": 100}, "power of 2 .* try 128"),
        ({"draws": 4}, "try 8"),
        ({"draws": -1}, "draws must be"),
        ({"seed": -1}, "seed must be"),
        ({"factor": 1.0}, "factor must be a number > 1"),
        ({"factor": math.nan}, "factor must be a number > 1"),
    ],
)
def test_numbers_are_checked(words, message):
    """Each with what is allowed."""
    with pytest.raises(InputError, match=message):
        looked_at(decay(), **words)


def test_ranges_are_cut_at_the_bounds():
    """A factor around the value, or the bounds; even by the logarithm."""
    problem = decay()
    values = point_values(problem, {"k1": 1.5})
    ranges = find_ranges(problem, values, 2.0)
    assert [(r.low, r.high, r.log) for r in ranges] == [(0.75, 2.0, True), (0.25, 1.0, True)]
    ends = place_points(ranges, np.array([[0.0, 1.0], [1.0, 0.5]]))
    np.testing.assert_allclose(ends, [[0.75, 1.0], [2.0, 0.5]])


def test_ranges_the_model_refuses_are_refused_first():
    """Not after a thousand simulations, and by name."""
    problem = decay()
    problem.bound("k1", 0.01, 5.0)
    with pytest.raises(InputError, match=r"'k1'.* outside what the model allows"):
        looked_at(problem)


def test_a_factor_around_nothing_is_refused():
    """Around 0 there is no factor."""
    problem = FitProblem(
        "reference", [Target("i", "one", "il6", "level", day=1, low=1)], days=1, differ=[],
        free=["il6_tumour_gain"], groups={"one": {}}, regimen="10 mg daily")  # fmt: skip
    with pytest.raises(InputError, match="means nothing"):
        find_ranges(problem, point_values(problem, None), 3.0)
