"""One trajectory: the reference workload, and the CLL reference model on a year of 10 mg."""

from __future__ import annotations

from collections.abc import Mapping

import pdmodel
from benchmarks.bench import LIMIT, Bench
from benchmarks.engines import PEER
from benchmarks.problem import Problem, Result, Tolerance, daily_times
from benchmarks.timing import Choice, interleaved, row, with_fresh_values


def trajectory(bench: Bench) -> dict[str, Result]:
    """Time all engines on the reference workload."""
    problem = bench.problem
    choices = dict(bench.choose(bench.engines))
    if PEER in choices:
        choices[f"{PEER}_at_1e-5"] = bench.search_for(PEER, problem, LIMIT)
    return _timed(bench, problem, choices)


def cll_trajectory(bench: Bench) -> dict[str, Result]:
    """Time all engines on the model that pdmodel is for."""
    days = min(bench.settings.days, 336)
    problem = Problem(
        pdmodel.load("reference"), pdmodel.read_regimen("10 mg daily"), days, daily_times(days),
        largest={"drug_plasma": 9.0},
    )  # fmt: skip
    choices = {}
    for name in bench.rivals() + [n for n in bench.engines if n == "scipy_odeint"]:
        bench.say(f"looking for the loosest tolerance of {name} for the CLL model")
        choices[name] = bench.search(name, problem)
    return _timed(bench, problem, choices)


def _timed(bench: Bench, problem: Problem, choices: Mapping[str, Choice]) -> dict[str, Result]:
    runs = {
        label: bench.engines[label.removesuffix("_at_1e-5")].prepare(problem, choice.tolerance)
        for label, choice in choices.items()
    }
    for run in runs.values():
        run(problem.values)  # compiled, loaded, warm
    bench.say(f"{bench.settings.rounds} rounds of {', '.join(runs)}")
    spent = interleaved(with_fresh_values(runs, problem), bench.settings.rounds)
    return {label: row(spent[label], **_about(choices[label])) for label in runs}


def _about(choice: Choice) -> dict[str, object]:
    tolerance: Tolerance = choice.tolerance
    return {"error": choice.error, **tolerance._asdict()}
