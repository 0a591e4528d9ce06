"""What the engines are held against is right itself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import sympy

import pdmodel
from benchmarks import reference_workload as workload
from benchmarks.bench import QUICK, Bench
from benchmarks.growing_model import chain_model
from benchmarks.problem import Problem, daily_times
from benchmarks.reference_sensitivities import reference_sensitivities
from benchmarks.reference_solution import reference_solution, relative_error
from pdmodel.dosing import daily
from tests.toys import one_compartment

SHARED = Path(
    os.environ.get("PDMODEL_BENCHMARK", Path(__file__).parents[3] / "shared" / "benchmark")
)


def test_size_of_the_workload() -> None:
    """14 states, 47 parameters, 43 of 196 places of the Jacobian filled, 168 doses."""
    model = workload.MODEL
    inside: dict[sympy.Symbol, sympy.Expr] = {}
    for symbol, expression in model.definitions.items():
        inside[symbol] = expression.xreplace(inside)
    rates = [rate.xreplace(inside) for rate in model.odes.values()]
    filled = sum(1 for rate in rates for state in model.states if rate.has(state))
    assert len(model.states) == 14
    assert sum(quantity.kind == "parameter" for quantity in model.parameters) == 47
    assert filled == 43
    assert len(workload.REGIMEN.unroll(workload.DAYS)) == 168


def test_lists_name_parameters_and_states() -> None:
    """20 sensitivities, 12 free parameters, 8 observed series."""
    names = {quantity.name for quantity in workload.MODEL.parameters}
    assert (len(workload.SENSITIVITIES), len(workload.FITTED), len(workload.OBSERVED)) == (
        20,
        12,
        8,
    )
    assert {*workload.SENSITIVITIES, *workload.FITTED} <= names
    assert {*workload.OBSERVED} <= {state.name for state in workload.MODEL.states}


def test_solution_of_a_linear_model(tmp_path: Path) -> None:
    """One compartment has a closed form: superposed Bateman curves."""
    times = daily_times(6)
    problem = Problem(one_compartment(), daily(10, stop=3), 6, times)
    found = reference_solution(problem, tmp_path)
    ka, k = 5.0, 0.7
    since = np.maximum(np.array(times)[:, None] - np.arange(3.0), 0)
    exact = (10 * ka / (ka - k) * (np.exp(-k * since) - np.exp(-ka * since))).sum(axis=1)
    np.testing.assert_allclose(found[:, 1], exact, rtol=1e-9)


def test_sensitivities_of_a_linear_model(tmp_path: Path) -> None:
    """Derivatives of a decay by its rate: `-t` times what is left."""
    times = (0.5, 1.0, 2.0)
    problem = Problem(one_compartment(), daily(10, stop=1), 2, times)
    slopes = reference_sensitivities(problem, ["ka"], tmp_path)
    t = np.array(times)
    np.testing.assert_allclose(slopes[:, 0, 0], -t * 10 * np.exp(-5 * t), rtol=1e-6, atol=1e-9)


def test_error_is_relative_with_a_floor() -> None:
    """The gut is left out; a small value counts as a thousandth of the largest."""
    problem = Problem(one_compartment(), daily(10), 2, (1.0, 2.0))
    reference = np.array([[5.0, 10.0], [5.0, 1e-9]])
    values = np.array([[9.0, 10.1], [9.0, 1e-9 + 1e-4]])
    assert relative_error(values, reference, problem) == pytest.approx(0.01)


def test_engines_agree_with_the_reference(tmp_path: Path) -> None:
    """Ours, on the workload, a chain and a stiffer model."""
    bench = Bench(QUICK, {}, tmp_path)
    chain = Problem(chain_model(9), daily(25, stop=3), 6, daily_times(6))
    stiff = Problem(workload.stiffer(100), daily(25, stop=3), 6, daily_times(6))
    for problem in (bench.problem, chain, stiff):
        run = pdmodel.simulate(
            problem.model, problem.regimen, days=6, times=problem.times,
            quantities=problem.quantities, rtol=1e-9, atol=1e-12,
        )  # fmt: skip
        found = np.column_stack([run[name].values for name in problem.quantities])
        assert relative_error(found, bench.reference(problem), problem) < 1e-6


def test_no_answer_is_used_twice() -> None:
    """Values differ in every round, by less than any tolerance; constants of nature stay."""
    problem = Bench(QUICK, {}, Path()).problem
    rounds = [problem.nearly(n) for n in range(5)]
    assert len({values.tobytes() for values in rounds}) == 5
    np.testing.assert_allclose(rounds[-1], problem.values, rtol=1e-11)
    patients = problem.draw(500)
    spread = np.log(patients / problem.values).std(axis=0)
    assert np.all((spread[problem.free] > 0.17) & (spread[problem.free] < 0.23))
    fixed = [n for n in range(len(problem.values)) if n not in problem.free]
    assert np.all(patients[:, fixed] == problem.values[fixed])


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared benchmark folder")
def test_it_is_the_shared_workload(tmp_path: Path) -> None:
    """Our words for it give the trajectories that were stored, to 1e-7."""
    stored = np.load(SHARED / "reference_states.npy")[:40]
    problem = Problem(workload.MODEL, workload.REGIMEN, 40, daily_times(40), largest={"plasma": 18})
    assert relative_error(reference_solution(problem, tmp_path), stored, problem) < 1e-7
