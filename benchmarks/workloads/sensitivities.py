"""One trajectory with 20 exact sensitivities of all states."""

from __future__ import annotations

import numpy as np

from benchmarks import reference_workload as workload
from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.ours import Pdmodel
from benchmarks.problem import Problem, Result, Run
from benchmarks.reference_sensitivities import reference_sensitivities
from benchmarks.timing import interleaved, ratio, row, with_fresh_values
from pdmodel.arrays import Array

_STEP = 1e-4


def sensitivities(bench: Bench) -> dict[str, Result]:
    """Time exact sensitivities against a trajectory, and against differences with the peer."""
    problem, names = bench.problem, workload.SENSITIVITIES
    choices = bench.choose(bench.rivals())
    ours = Pdmodel().prepare_sensitivities(problem, choices[OURS].tolerance, names)
    runs: dict[str, Run] = {OURS: ours}
    runs["trajectory"] = bench.ours.prepare(problem, choices[OURS].tolerance)
    if PEER in choices:
        plain = bench.engines[PEER].prepare(problem, choices[PEER].tolerance)
        runs[f"{PEER}_differences"] = forward_differences(plain, problem, names)
    answers = {label: run(problem.values) for label, run in runs.items()}
    bench.say(f"{bench.settings.few} rounds of {len(names)} sensitivities")
    spent = interleaved(with_fresh_values(runs, problem), bench.settings.few)
    one = row(spent.pop("trajectory"))
    bench.say("reference sensitivities")
    exact = reference_sensitivities(problem, names, bench.folder)
    return {
        label: row(
            spent[label], trajectories=ratio(row(spent[label]), one),
            error=deviation(answers[label][:, :, 1:], exact, problem),
        )
        for label in spent
    }  # fmt: skip


def forward_differences(run: Run, problem: Problem, names: list[str]) -> Run:
    """Return outputs and sensitivities side by side, by one more run a parameter."""
    places = [problem.parameters.index(name) for name in names]

    def all_runs(values: Array) -> Array:
        first = run(values)
        parts = [first]
        for place in places:
            step = _STEP * values[place]
            moved = values.copy()
            moved[place] += step
            parts.append((run(moved) - first) / step)
        return np.stack(parts, axis=2)

    return all_runs


def deviation(found: Array, exact: Array, problem: Problem) -> float:
    """Return the largest deviation relative to each sensitivity's largest value, gut left out."""
    columns = [n for n, name in enumerate(problem.quantities) if name not in problem.dosed]
    largest = np.abs(exact).max(axis=0, keepdims=True)
    largest[largest == 0] = 1.0
    return float((np.abs(found - exact) / largest)[:, columns].max())
