"""1,000 virtual patients, 20 % between them in every parameter, on two processors."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.pool import Pool

import numpy as np
import xarray as xr

from benchmarks.bench import Bench
from benchmarks.engines import OURS, engine_named
from benchmarks.engines.ours import Pdmodel
from benchmarks.engines.quiet import mute
from benchmarks.problem import Problem, Result, Run, Tolerance
from benchmarks.reference_solution import relative_error
from benchmarks.timing import Task, interleaved, row
from pdmodel.arrays import Array

PROCESSORS = 2
_CHECKED, _OTHERS = 3, 2
_loaded: list[Run] = []


def cohort(bench: Bench) -> dict[str, Result]:
    """Time our threads against the processes of peers, started and loaded before.

    Peers run fewer patients, for each takes as long as the next: the row says how many were run
    and what 1,000 would have taken. Peers are libRoadRunner and the fastest two at one trajectory.
    """
    problem, settings = bench.problem, bench.settings
    choices = bench.choose([*bench.rivals(), *bench.fastest_peers(_OTHERS)])
    patients = problem.draw(settings.patients)
    answers: dict[str, Array] = {}
    runs: list[xr.Dataset] = []

    def ours(number: int) -> None:
        some = _fresh(patients, number)
        runs[:] = [Pdmodel().cohort(problem, choices[OURS].tolerance, some, PROCESSORS)]

    tasks: dict[str, Task] = {OURS: ours}
    ran = {OURS: len(patients)}
    Pdmodel().cohort(problem, choices[OURS].tolerance, patients[:PROCESSORS], PROCESSORS)
    with ExitStack() as stack:
        for name in (name for name in choices if name != OURS):
            few = patients[: settings.slow_patients]
            pool = stack.enter_context(_pool(name, problem, choices[name].tolerance))
            tasks[name], ran[name] = _peer(name, pool, few, answers), len(few)
        bench.say(f"{settings.few} rounds of {', '.join(f'{ran[n]} patients by {n}' for n in ran)}")
        spent = interleaved(tasks, settings.few)
    first = [runs[0][name].values[:_CHECKED] for name in problem.quantities]
    answers[OURS] = np.stack(first, axis=2)
    return {
        name: row(
            spent[name], len(patients) / ran[name], patients=len(patients), run=ran[name],
            processors=PROCESSORS, error=_error(bench, problem, patients, answers[name]),
        )
        for name in tasks
    }  # fmt: skip


def _peer(name: str, pool: Pool, patients: Array, answers: dict[str, Array]) -> Task:
    def solve(number: int) -> None:
        halves = np.array_split(_fresh(patients, number), PROCESSORS)
        answers[name] = np.concatenate(pool.map(_run_all, halves, chunksize=1))

    return solve


def _fresh(patients: Array, number: int) -> Array:
    return patients * (1 + 1e-12 * (number + 1))


def _error(bench: Bench, problem: Problem, patients: Array, answer: Array) -> float:
    pairs = zip(patients[:_CHECKED], answer, strict=False)
    return max(relative_error(y, bench.reference(problem, values), problem) for values, y in pairs)


@contextmanager
def _pool(name: str, problem: Problem, tolerance: Tolerance) -> Iterator[Pool]:
    """Start processes that have loaded a peer and run it once each."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSORS, _load, (name, problem, tolerance)) as pool:
        pool.map(_run_all, [problem.draw(1)] * PROCESSORS, chunksize=1)
        yield pool


def _load(name: str, problem: Problem, tolerance: Tolerance) -> None:
    mute()
    _loaded.append(engine_named(name).prepare(problem, tolerance))


def _run_all(patients: Array) -> Array:
    return np.stack([_loaded[0](values) for values in patients])
