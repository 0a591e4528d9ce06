"""Fits side by side: each goes the way it would go alone, and an error ends them all."""

from __future__ import annotations

import pytest

from pdmodel.inference.fit.side_by_side import fits_side_by_side
from pdmodel.inference.fit.starts import StartPlan, run_start, start_points
from pdmodel.inference.problem.problem import Problem


def test_a_start_beside_others_is_the_start_alone(short_problem: Problem) -> None:
    """Three starts whose runs are made together end, bit for bit, where each ends by itself."""
    points = start_points(short_problem, StartPlan(3, 4))
    tasks = [(index, seed, point, 40) for index, (seed, point) in enumerate(points)]
    together = {s.index: s for s in fits_side_by_side(short_problem, run_start, tasks, 1)}
    for task in tasks:
        assert together[task[0]] == run_start(short_problem, *task)


def test_an_error_of_one_ends_all(short_problem: Problem) -> None:
    """The others do not go on, and no thread is left waiting."""
    values = {setting.name: setting.value for setting in short_problem.settings}

    def fit(problem: Problem, number: int) -> float:
        if number == 1:
            raise ValueError("lost")
        while True:
            values["il6_induction"] *= 1.001
            problem.residuals(dict(values))

    with pytest.raises(ValueError, match="lost"):
        list(fits_side_by_side(short_problem, fit, [(0,), (1,), (2,)], 1))
