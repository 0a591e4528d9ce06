"""1,000 patients under the visit rules of the 10 mg trial, on two processors."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from multiprocessing.pool import Pool

import numpy as np
import pandas as pd
import xarray as xr

import pdmodel
from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.quiet import mute
from benchmarks.engines.roadrunner_protocol import Clinic, Course, protocol_text
from benchmarks.engines.sbml_of import translate
from benchmarks.problem import Result, Tolerance
from benchmarks.timing import interleaved, row
from fits.trials import phase2
from pdmodel.arrays import Array
from pdmodel.engine import simulate_cohort
from pdmodel.model import Model
from pdmodel.trial import Protocol, run_trial
from pdmodel.trial.run.day_rows import PER_DAY
from pdmodel.trial.run.visits import BLOCK, RTOL_OF_TRIALS

PROCESSORS = 2
_CHECKED = 12
# Its error at this tolerance is some 6e-4, which is what the second between visit and dose makes;
# ours is below that at the tolerance of trials. It is within a tenth of its fastest that runs.
_PEER = Tolerance(1e-4, 1e-6, "list")
_WORST = 2e-3
_Part = tuple[list[tuple[Array, Array]], list[int]]
_clinic: list[tuple[Clinic, int]] = []


@dataclass(frozen=True)
class _Task:
    """What both are asked: patients, what to keep of them, and on which days they are seen."""

    table: pd.DataFrame
    covariates: pd.DataFrame
    days: int

    @cached_property
    def model(self) -> Model:
        """The equations."""
        return pdmodel.load("reference")

    @property
    def protocol(self) -> Protocol:
        """Without what is drawn at random: who leaves, and the error of the counts."""
        return phase2.protocol.with_(dropout=None, assay={}, days=self.days)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What the outcomes of a trial need."""
        return tuple(phase2.quantities)

    @property
    def all_quantities(self) -> tuple[str, ...]:
        """Those and what is looked at four times a day."""
        return tuple(dict.fromkeys((*phase2.quantities, *phase2.peaks)))

    def states(self) -> Array:
        """Return the states before treatment, shape (n_patients, n_states)."""
        names = [state.name for state in self.model.states]
        run = simulate_cohort(
            self.model, "no drug", self.table, days=1.0, times=[0.0], quantities=names
        )
        return np.stack([run[name].values[:, 0] for name in names], axis=1)

    def runs(
        self, rtol: float = RTOL_OF_TRIALS, atol: float | None = None, count: int | None = None
    ) -> list[xr.Dataset]:
        """Run our trial, block beside block as trials do, and return what it recorded."""

        def run(first: int) -> xr.Dataset:
            some = slice(first, min(first + BLOCK, many))
            return run_trial(
                self.model, self.table[some], self.protocol, covariates=self.covariates[some],
                quantities=self.quantities, peaks=phase2.peaks, threads=1, rtol=rtol, atol=atol,
            )  # fmt: skip

        many = len(self.table[:count])
        with ThreadPoolExecutor(PROCESSORS) as threads:
            return list(threads.map(run, range(0, many, BLOCK)))

    def courses(self, runs: list[xr.Dataset]) -> list[Course]:
        """Return what each patient went through, looked at once a day."""
        parts = []
        for run in runs:
            values = np.stack([run[name].values[:, 1:] for name in self.quantities], axis=-1)
            parts += [Course(*pair) for pair in zip(values, run["dose"].values, strict=True)]
        return parts


def trial(bench: Bench) -> dict[str, Result]:
    """Time our threads against libRoadRunner's processes, started and loaded before.

    The peer treats fewer patients, for each takes as long as the next; the row says how many.
    """
    settings = bench.settings
    task = _task(settings.patients, settings.trial_days)
    few = _Task(
        task.table[: settings.slow_patients], task.covariates[: settings.slow_patients], task.days
    )
    ran = {OURS: len(task.table), PEER: len(few.table)}
    bench.say(f"{settings.few} rounds of a trial of {ran[OURS]} patients, {ran[PEER]} by {PEER}")
    answers: dict[str, list[Course]] = {}

    ran_here: list[xr.Dataset] = []

    def ours(number: int) -> None:
        ran_here[:] = task.runs()

    tasks: dict[str, Callable[[int], object]] = {OURS: ours}
    exact = task.courses(task.runs(1e-9, 1e-12, _CHECKED))
    with _pool(few if PEER in bench.engines else None) as pool:
        if PEER in bench.engines:
            parts = _parts(few)
            pool.map(_treat, [(some[:1], visits) for some, visits in parts], chunksize=1)

            def peer(number: int) -> None:
                halves = pool.map(_treat, parts, chunksize=1)
                answers[PEER] = list(chain.from_iterable(zip(*halves, strict=True)))

            tasks[PEER] = peer
        spent = interleaved(tasks, settings.few)
    answers[OURS] = task.courses(ran_here)
    return {
        name: row(
            spent[name], len(task.table) / ran[name], patients=len(task.table), run=ran[name],
            processors=PROCESSORS,
            error=_error(name, answers[name], exact),
        )
        for name in tasks
    }  # fmt: skip


def _task(patients: int, days: int) -> _Task:
    drawn = phase2.population.draw(pdmodel.load("reference"), patients, seed=1)
    return _Task(drawn.patients, drawn.covariates, days)


def _error(name: str, found: list[Course], exact: list[Course]) -> float:
    """Return the largest error in units of the largest value of each patient and quantity.

    Raises
    ------
    RuntimeError
        If doses differ or the error is not that of a right answer: it must not be timed then.
    """
    worst = 0.0
    for number, (one, right) in enumerate(zip(found, exact, strict=False)):
        if not np.array_equal(one.doses, right.doses):
            raise RuntimeError(f"{name} gave patient {number} other doses")
        scale = np.abs(right.values).max(axis=0)
        worst = max(worst, float((np.abs(one.values - right.values) / scale).max()))
    if not worst <= _WORST:
        raise RuntimeError(f"{name} is off by {worst:.2g}, more than {_WORST:g}")
    return worst


def _parts(task: _Task) -> list[_Part]:
    """Return the patients, dealt to the processes, each with values and states at the begin."""
    work = list(zip(task.table.to_numpy(), task.states(), strict=True))
    visits = [0, *task.protocol.visits]
    return [(work[place::PROCESSORS], visits) for place in range(PROCESSORS)]


def _pool(task: _Task | None) -> Pool:
    context = multiprocessing.get_context("spawn")
    if task is None:
        return context.Pool(1)
    sbml = translate(protocol_text(task.model, task.days))
    states = [state.name for state in task.model.states]
    names = list(task.table.columns), states, list(task.all_quantities)
    return context.Pool(PROCESSORS, _load, (sbml, *names, len(task.quantities)))


def _load(sbml: str, names: list[str], states: list[str], quantities: list[str], kept: int) -> None:
    mute()
    _clinic.append((Clinic(sbml, names, states, quantities, _PEER), kept))


def _treat(part: _Part) -> list[Course]:
    """Treat some patients; of four looks a day the last is handed over, as it is by ours."""
    patients, visits = part
    clinic, kept = _clinic[0]
    found = [clinic.treat(values, states, visits) for values, states in patients]
    return [Course(one.values[PER_DAY - 1 :: PER_DAY, :kept], one.doses) for one in found]
