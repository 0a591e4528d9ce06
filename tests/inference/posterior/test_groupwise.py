"""A likelihood group by group: right above the level, below it elsewhere, and cheaper."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import SimulationError
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.posterior.batching import WalkerPoint
from pdmodel.inference.posterior.groupwise import (
    GroupwiseLikelihood,
    goes_by_groups,
    sampled_tolerance,
    stages_of,
)
from pdmodel.inference.posterior.likelihood import LogLikelihood
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.inference.problem.simulator import Simulator
from tests.inference.conftest import short_targets


def likelihood_of(problem: FitProblem) -> LogLikelihood:
    """Return the likelihood of a problem with its default values."""
    return LogLikelihood(problem, {s.name: s.value for s in problem.settings})


def drawn(problem: FitProblem, count: int) -> np.ndarray:
    """Return points of the prior."""
    space = PriorSpace.of(problem)
    return space.place(np.random.default_rng(1).random((count, len(space.names))))


def answers(by_groups: GroupwiseLikelihood, points: np.ndarray, above: float) -> np.ndarray:
    """Return what every point is answered, all asked at the same time."""
    asked = [WalkerPoint(point, above) for point in points]
    while waiting := [each for each in asked if each.answer is None]:
        by_groups.advance(waiting)
    return np.array([each.answer for each in asked])


def test_above_the_level_the_answer_is_the_likelihood(short_problem: FitProblem) -> None:
    """To the last bit; what lies below is answered by a number between it and the level."""
    points = drawn(short_problem, 20)
    whole = likelihood_of(short_problem)(points)
    by_groups = GroupwiseLikelihood(likelihood_of(short_problem))
    assert (by_groups(points) == whole).all()
    level = float(np.median(whole))
    found = answers(by_groups, points, level)
    assert (found[whole >= level] == whole[whole >= level]).all()
    below = whole < level
    assert (found[below] < level).all()
    assert (found[below] >= whole[below]).all()


def test_what_is_ruled_out_costs_no_more_runs(
    short_problem: FitProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a level every group of every point is run; above all that is possible, one group."""
    ran: list[int] = []
    before = Simulator.run_chosen

    def counting(self, model, parameters, chosen):
        ran.append(int(chosen.sum()))
        return before(self, model, parameters, chosen)

    monkeypatch.setattr(Simulator, "run_chosen", counting)
    by_groups = GroupwiseLikelihood(likelihood_of(short_problem))
    points = drawn(short_problem, 6)
    answers(by_groups, points, -math.inf)
    assert ran == [6, 6]
    ran.clear()
    answers(by_groups, points, 1.0)
    assert ran == [6]
    assert by_groups.likelihood.calls == 12


def test_the_tolerance_of_sampling_moves_no_target(short_problem: FitProblem) -> None:
    """It is looser than that of the fit, but log L hardly moves; narrow targets keep their own."""
    rtol = sampled_tolerance(short_problem)
    assert rtol > short_problem.rtol
    points = drawn(short_problem, 10)
    likelihood = likelihood_of(short_problem)
    found, whole = GroupwiseLikelihood(likelihood, rtol)(points), likelihood(points)
    assert found == pytest.approx(whole, rel=2e-3, abs=2e-3)
    assert (found != whole).any()
    narrow = [Target("v", "responder", "il6", "level", day=1, value=9.0, sigma=1e-6)]
    for own in (1e-6, 1e-3):
        strict = FitProblem(
            "reference", narrow, days=7, free=["il6_induction"], regimen="10 mg daily", rtol=own
        )
        assert sampled_tolerance(strict) == own


def test_short_runs_share_the_first_call() -> None:
    """Long runs have a call each, that with the most targets first; short ones stand beside it."""
    rows = (*short_targets(), Target("f", "node_7cm", "node_swelling", "peak", day=3, high=1),
            Target("t", "responder", "t_cells", "fold_change", day=7, low=0.1))  # fmt: skip
    problem = FitProblem("reference", rows, days=7, regimen="10 mg daily", differ=["tone"])
    assert stages_of(problem) == [["node_7cm", "responder"], ["nonresponder"]]


def test_what_cannot_be_simulated_is_impossible_and_counted() -> None:
    """Its answer is minus infinity; the reason names the group; a thousand of them end the run."""
    problem = FitProblem(
        "reference", short_targets(), days=7, free=["kill_without_drug"], regimen="10 mg daily",
        differ=["tone"],
    )  # fmt: skip
    likelihood = likelihood_of(problem)
    by_groups = GroupwiseLikelihood(likelihood)
    assert answers(by_groups, np.array([[0.4, 2.0]]), -math.inf)[0] == -math.inf
    assert (likelihood.calls, likelihood.failures) == (1, 1)
    assert "responder: " in likelihood.reason
    assert "death_natural" in likelihood.reason
    likelihood.calls = likelihood.failures = 1023
    with pytest.raises(SimulationError, match="none of 1024 points"):
        answers(by_groups, np.array([[0.4, 2.0]]), -math.inf)


def test_no_target_says_more_than_its_best(short_problem: FitProblem) -> None:
    """The best likelihood of a range, an open range and a measured value is no less than any."""
    rows = (
        *short_targets(), Target("open", "responder", "il6", "level", day=7, low=2.0),
        Target("value", "responder", "il6", "level", day=7, value=2.0, sigma=0.2),
        Target("asks", "responder", "il6", "level", day=7),
    )  # fmt: skip
    for target in rows:
        best = max(target.log_likelihood(x) for x in np.geomspace(1e-3, 1e3, 6001))
        assert best <= target.best_log_likelihood + 1e-12
        assert best == pytest.approx(target.best_log_likelihood, abs=1e-3)


def test_measured_courses_do_not_go_by_groups(short_problem: FitProblem) -> None:
    """Nobody knows the most that they could say; a problem of groups alone does."""
    assert goes_by_groups(short_problem)
    courses = pd.DataFrame(
        {"ID": 1, "TIME": [0, 0.1], "EVID": [1, 0], "AMT": [10, 0], "CMT": "lenalidomide",
         "DV": [0, 6.9]}
    )  # fmt: skip
    measured = FitProblem("reference", data=courses, observed="drug_plasma", free=["CL"])
    assert not goes_by_groups(measured)
