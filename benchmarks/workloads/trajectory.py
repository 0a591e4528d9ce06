"""One trajectory: the reference workload, and the CLL reference model on a year of 10 mg."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping

import pdmodel
from benchmarks.bench import LIMIT, Bench
from benchmarks.engines import PEER
from benchmarks.problem import Problem, Result, Tolerance, daily_times
from benchmarks.timing import Choice, interleaved, row, with_fresh_values
from benchmarks.workloads.cold_start import ROOT

_AGAIN = "_at_1e-5"


def trajectory(bench: Bench) -> dict[str, Result]:
    """Time all engines on the reference workload."""
    problem = bench.problem
    choices = dict(bench.choose(bench.engines))
    if PEER in choices:
        bench.say(f"looking for the loosest tolerance of {PEER} at our error")
        choices[f"{PEER}{_AGAIN}"] = bench.search_for(PEER, problem, LIMIT)
    rows = _timed(bench, problem, choices)
    for name, set_up in _set_up(bench, choices).items():
        rows[name] |= set_up
    return rows


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
    """Time what is fast in turn, and what is slow in a few rounds of its own."""
    runs = {
        label: bench.engines[label.removesuffix(_AGAIN)].prepare(problem, choice.tolerance)
        for label, choice in choices.items()
    }
    for run in runs.values():
        run(problem.values)  # compiled, loaded, warm
    slow = {label: run for label, run in runs.items() if choices[label].slow}
    fast = {label: run for label, run in runs.items() if label not in slow}
    bench.say(f"{bench.settings.rounds} rounds of {', '.join(fast)}")
    spent = interleaved(with_fresh_values(fast, problem), bench.settings.rounds)
    if slow:
        bench.say(f"{bench.settings.rare} rounds of {', '.join(slow)}")
        spent |= interleaved(with_fresh_values(slow, problem), bench.settings.rare)
    return {label: row(spent[label]) | _about(choices[label]) for label in runs}


def _about(choice: Choice) -> Result:
    tolerance: Tolerance = choice.tolerance
    return {"error": choice.error, **tolerance._asdict()}


def _set_up(bench: Bench, labels: Iterable[str]) -> dict[str, Result]:
    """Return how long each engine takes from the model to its first answer, in a new process."""
    settings, measured = bench.settings, {}
    for name in (label for label in labels if label in bench.engines):
        bench.say(f"setting up {name}")
        words = [name, str(settings.days), str(settings.doses), *map(str, bench.choices[name][0])]
        command = [sys.executable, "-m", "benchmarks.setup_process", *words]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        measured[name] = json.loads(done.stdout.splitlines()[-1])
    return measured
