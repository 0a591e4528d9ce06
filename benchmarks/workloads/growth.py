"""How the cost grows: with doses, states, sensitivities, patients, stiffness, and threads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import reference_workload as workload
from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.ours import Pdmodel
from benchmarks.growing_model import chain_model
from benchmarks.problem import Problem, Result, daily_times
from benchmarks.reference_solution import relative_error
from benchmarks.timing import Task, interleaved, row, with_fresh_values
from benchmarks.workloads.memory import in_process
from pdmodel.dosing import daily


def growth(bench: Bench) -> dict[str, Result]:
    """Return rows by what grows, then by size."""
    sizes = bench.settings.growth
    kinds: dict[str, Callable[[Bench, Sequence[int]], Result]] = {
        "doses": _doses, "states": _states, "sensitivities": _sensitivities,
        "turnover": _turnover, "patients": _patients, "threads": _threads,
    }  # fmt: skip
    tables = {}
    for kind, measure in kinds.items():
        bench.say(f"growth with {kind}: {', '.join(map(str, sizes[kind]))}")
        tables[kind] = measure(bench, sizes[kind])
        bench.show("growth", {kind: tables[kind]})
    return tables


def _doses(bench: Bench, sizes: Sequence[int]) -> Result:
    days = max(sizes) + 8
    problems = {
        n: Problem(workload.MODEL, daily(25, stop=n), days, daily_times(days)) for n in sizes
    }
    return {str(n): _compare(bench, problem) for n, problem in problems.items()}


def _states(bench: Bench, sizes: Sequence[int]) -> Result:
    days = bench.settings.days
    regimen = daily(25, stop=bench.settings.doses)
    return {
        str(n): _compare(bench, Problem(chain_model(n), regimen, days, daily_times(days)))
        for n in sizes
    }


def _turnover(bench: Bench, sizes: Sequence[int]) -> Result:
    days = bench.settings.days
    regimen = daily(25, stop=bench.settings.doses)
    return {
        str(n): _compare(
            bench,
            Problem(
                workload.stiffer(n), regimen, days, daily_times(days), largest={"plasma": 18.0}
            ),
            check=True,
        )
        for n in sizes
    }


def _compare(bench: Bench, problem: Problem, check: bool = False) -> Result:
    """Time ourselves and the peer at the tolerances of the reference workload."""
    choices = bench.choose(bench.rivals())
    runs, found = {}, {}
    for name, choice in choices.items():
        runs[name] = bench.engines[name].prepare(problem, choice.tolerance)
        found[name] = runs[name](problem.values)
    spent = interleaved(with_fresh_values(runs, problem), bench.settings.few)
    rows = {name: row(spent[name]) for name in runs}
    if check:
        reference = bench.reference(problem)
        for name, values in found.items():
            rows[name]["error"] = relative_error(values, reference, problem)
    elif PEER in found:
        scale = np.maximum(np.abs(found[OURS]), 1e-3 * np.abs(found[OURS]).max(axis=0)) + 1e-12
        apart = np.abs(found[PEER] - found[OURS])[:, 1:] / scale[:, 1:]
        rows[OURS]["apart_from_peer"] = float(apart.max())
    return rows


def _sensitivities(bench: Bench, sizes: Sequence[int]) -> Result:
    problem, tolerance = bench.problem, bench.choose([OURS])[OURS].tolerance
    names = [problem.parameters[n] for n in problem.free]
    runs = {str(n): Pdmodel().prepare_sensitivities(problem, tolerance, names[:n]) for n in sizes}
    for run in runs.values():
        run(problem.values)
    spent = interleaved(with_fresh_values(runs, problem), bench.settings.few)
    return {n: {OURS: row(spent[n])} for n in runs}


def _threads(bench: Bench, sizes: Sequence[int]) -> Result:
    """Time the cohort of the other workload on so many threads."""
    problem, tolerance = bench.problem, bench.choose([OURS])[OURS].tolerance
    patients = problem.draw(bench.settings.patients)

    def task(threads: int) -> Task:
        return lambda number: Pdmodel().cohort(problem, tolerance, patients, threads)

    tasks = {str(n): task(n) for n in sizes}
    Pdmodel().cohort(problem, tolerance, patients[:1], 1)
    spent = interleaved(tasks, bench.settings.few)
    rows = {n: row(spent[n]) for n in tasks}
    return {
        n: {OURS: {**rows[n], "patients_a_second": 1e3 * len(patients) / rows[n]["ms"]}}
        for n in rows
    }


def _patients(bench: Bench, sizes: Sequence[int]) -> Result:
    """Weekly outputs of 8 weeks, streamed to a file, each size in a process of its own."""
    days = min(bench.settings.days, 56)
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in sizes:
            file = str(Path(folder) / f"{n}.nc")
            step = min(7, days)
            rows[str(n)] = {OURS: in_process(n, days, bench.settings.doses, step, file)}
    return rows
