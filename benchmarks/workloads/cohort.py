"""1,000 virtual patients, 20 % between them in every parameter, on two processors."""

from __future__ import annotations

import multiprocessing
from multiprocessing.pool import Pool

import numpy as np

from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.ours import Pdmodel
from benchmarks.engines.roadrunner import loaded
from benchmarks.engines.sbml_of import sbml_of
from benchmarks.problem import Problem, Result, Run, Tolerance
from benchmarks.reference_solution import relative_error
from benchmarks.timing import interleaved, row
from pdmodel.arrays import Array

PROCESSORS = 2
_CHECKED = 3
_loaded: list[Run] = []


def cohort(bench: Bench) -> dict[str, Result]:
    """Time our threads against libRoadRunner's processes, started and loaded before."""
    problem, count = bench.problem, bench.settings.patients
    choices = bench.choose(bench.rivals())
    patients = problem.draw(count)
    answers: dict[str, Array] = {}

    def ours(number: int) -> None:
        found = Pdmodel().cohort(problem, choices[OURS].tolerance, _fresh(patients, number), 2)
        answers[OURS] = found[:_CHECKED]

    tasks = {OURS: ours}
    Pdmodel().cohort(problem, choices[OURS].tolerance, patients[:PROCESSORS], PROCESSORS)
    with _pool(problem, choices[PEER].tolerance if PEER in choices else None) as pool:

        def peer(number: int) -> None:
            halves = np.array_split(_fresh(patients, number), PROCESSORS)
            answers[PEER] = np.concatenate(pool.map(_run_all, halves, chunksize=1))[:_CHECKED]

        if PEER in choices:
            tasks[PEER] = peer
            pool.map(_run_all, [patients[:1]] * PROCESSORS, chunksize=1)
        bench.say(f"{bench.settings.few} rounds of {count} patients")
        spent = interleaved(tasks, bench.settings.few)
    return {
        name: row(
            spent[name], patients=count, processors=PROCESSORS,
            error=_error(bench, problem, patients, answers[name]),
        )
        for name in tasks
    }  # fmt: skip


def _fresh(patients: Array, number: int) -> Array:
    return patients * (1 + 1e-12 * (number + 1))


def _error(bench: Bench, problem: Problem, patients: Array, found: Array) -> float:
    pairs = zip(patients[:_CHECKED], found, strict=False)
    return max(relative_error(y, bench.reference(problem, values), problem) for values, y in pairs)


def _pool(problem: Problem, tolerance: Tolerance | None) -> Pool:
    context = multiprocessing.get_context("spawn")
    if tolerance is None:
        return context.Pool(1)
    return context.Pool(PROCESSORS, _load, (sbml_of(problem), problem, tolerance))


def _load(sbml: str, problem: Problem, tolerance: Tolerance) -> None:
    _loaded.append(loaded(sbml, problem, tolerance))


def _run_all(patients: Array) -> Array:
    return np.stack([_loaded[0](values) for values in patients])
