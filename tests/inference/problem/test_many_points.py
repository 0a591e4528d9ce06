"""Many points at once: the same numbers as one by one, failures with their reasons."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.problem.many_points import measure_points
from pdmodel.inference.problem.parameters import linear_values
from pdmodel.inference.sensitivity.sensitivity import point_values
from pdmodel.inference.targets.residuals import to_scale
from tests.inference.conftest import short_targets
from tests.toys import rate_of_change


def one_by_one(problem, points):
    """Return the same by the problem itself."""
    rows = []
    for point in points:
        free = dict(zip(problem.free, map(float, point), strict=True))
        measured = problem.measure(linear_values(problem.settings, free))
        pairs = zip(problem.targets, measured, strict=True)
        rows.append([to_scale(m.smooth, t.scale) for t, m in pairs])
    return np.array(rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_points_are_those_of_the_fit(short_problem, threads):
    """Every target of both groups, bit for bit, for any number of threads."""
    points = np.array([[3.3, 2.0], [5.0, 0.7], [1.0, 4.0]])
    found = measure_points(
        short_problem, points, point_values(short_problem, None), threads=threads
    )
    assert (found.values == one_by_one(short_problem, points)).all()
    assert found.reasons == ("", "", "")


def test_tied_parameters_follow(short_problem):
    """A parameter that is tied by `expr` moves with the points."""
    short_problem.params["il6_acute_weight"].expr = "0.5*il6_induction"
    assert short_problem.free == ("tone__responder", "il6_induction")
    points = np.array([[2.0, 3.0], [2.0, 6.0]])
    found = measure_points(short_problem, points, point_values(short_problem, None))
    assert (found.values == one_by_one(short_problem, points)).all()
    assert found.values[0, 0] != found.values[1, 0]


def test_groups_keep_their_own_context():
    """A node's own diameter is not moved by that of all others."""
    rows = (Target("f", "node_7cm", "node_swelling", "peak", day=7, high=1), *short_targets())
    problem = FitProblem(
        "reference",
        rows,
        days=7,
        free=["node_diameter_baseline"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    points = np.array([[3.0, 2.0], [5.0, 2.0]])
    found = measure_points(problem, points, point_values(problem, None))
    assert found.values[0, 0] == found.values[1, 0]
    assert (found.values == one_by_one(problem, points)).all()


def test_what_fails_says_why(short_problem):
    """A contradiction in one point leaves the others as they are."""
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["kill_without_drug"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    points = np.array([[0.04, 2.0], [0.4, 2.0]])
    found = measure_points(problem, points, point_values(problem, None))
    assert found.failed == (1,)
    assert "death_natural" in found.reasons[1]
    assert np.isnan(found.values[1]).all()
    assert np.isfinite(found.values[0]).all()


def test_a_ratio_to_nothing_is_no_number():
    """A division by zero inside a statistic is a failure of the point, not of the command."""
    model = rate_of_change(lambda x, k, time: k, initial=0.0)
    row = Target("fold", "one", "x", "fold_change", day=1, low=1, high=2)
    problem = FitProblem(model, [row], "no drug", days=1, differ=[], free=["k"], groups={"one": {}})
    found = measure_points(problem, np.array([[1.0]]), point_values(problem, None))
    assert found.reasons[0].startswith("a target is no number")


def test_progress_counts_simulations(short_problem):
    """Of all groups together."""
    seen = []
    points = np.array([[3.0, 2.0], [6.0, 2.0]])
    measure_points(
        short_problem, points, point_values(short_problem, None),
        progress=lambda *words: seen.append(words),
    )  # fmt: skip
    assert [words[:2] for words in seen] == [(2, 4), (4, 4)]


def test_names_and_values_of_a_point_are_checked(short_problem):
    """The nearest name is offered, and bounds hold."""
    with pytest.raises(InputError, match="did you mean 'il6_induction'"):
        point_values(short_problem, {"il6_inducton": 3.0})
    with pytest.raises(InputError, match="with bounds"):
        point_values(short_problem, {"tone__responder": 1e6})
