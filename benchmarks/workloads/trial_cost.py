"""A trial beside the plain cohort of its patients: what visits, rules and outcomes cost.

Both are of the same length, with the same rows a day, quantities and tolerance, on two processors;
figures and tables apart. The small one is what a page asks for while somebody moves a dose.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import pdmodel
from benchmarks.bench import Bench
from benchmarks.engines import OURS
from benchmarks.problem import Result
from fits.trials import phase2
from pdmodel.engine import simulate_cohort
from pdmodel.model import Model
from pdmodel.trial import Trial
from pdmodel.trial.run.day_rows import PER_DAY
from pdmodel.trial.run.visits import BLOCK, RTOL_OF_TRIALS

PROCESSORS = 2
_SMALL = 200


@dataclass(frozen=True)
class _Spent:
    """Seconds by the clock and of the processors."""

    wall: float
    processor: float


@dataclass(frozen=True)
class _Pair:
    """A trial and its cohort."""

    model: Model
    trial: Trial
    patients: int

    def as_trial(self) -> None:
        """Run the trial, from the draw of its patients to its outcomes."""
        self.trial.outcomes_of(self.model, self.patients, 1, PROCESSORS)

    def as_cohort(self) -> None:
        """Draw the same patients and simulate them under an unchanging dose, block by block."""
        drawn = self.trial.draw_patients(self.model, self.patients, 1)
        days = self.trial.protocol.days
        names = [*self.trial.quantities, *self.trial.peaks]
        for first in range(0, self.patients, BLOCK):
            simulate_cohort(
                self.model, f"{self.trial.protocol.start:g} mg daily",
                drawn.patients.iloc[first : first + BLOCK], days=days, rtol=RTOL_OF_TRIALS,
                times=np.arange(days * PER_DAY + 1) / PER_DAY, quantities=names,
                threads=PROCESSORS,
            )  # fmt: skip


def trial_cost(bench: Bench) -> dict[str, Result]:
    """Time a trial and its cohort in turn; the ratios are those of the medians."""
    rounds = max(1, bench.settings.few)
    protocol = phase2.protocol.with_(days=bench.settings.trial_days)
    asked = phase2.with_(protocol=protocol)
    rows: dict[str, Result] = {}
    many = bench.settings.patients
    for name, patients in ((OURS, many), (f"{OURS}, few patients", min(many, _SMALL))):
        pair = _Pair(pdmodel.load("reference"), asked, patients)
        pair.as_trial()
        pair.as_cohort()
        bench.say(f"{rounds} rounds of a trial of {patients} patients and its cohort")
        spent: dict[str, list[_Spent]] = {"trial": [], "cohort": []}
        for _ in range(rounds):
            spent["trial"].append(_timed(pair.as_trial))
            spent["cohort"].append(_timed(pair.as_cohort))
        wall, processor = (
            {kind: statistics.median(getattr(one, clock) for one in spent[kind]) for kind in spent}
            for clock in ("wall", "processor")
        )
        rows[name] = {
            "ms": 1e3 * wall["trial"], "cohort_ms": 1e3 * wall["cohort"], "patients": patients,
            "of_its_cohort": wall["trial"] / wall["cohort"],
            "processor_of_its_cohort": processor["trial"] / processor["cohort"],
            "processor_ms_a_patient": 1e3 * processor["trial"] / patients,
        }  # fmt: skip
    return rows


def _timed(work: Callable[[], object]) -> _Spent:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return _Spent(time.perf_counter() - wall, time.process_time() - processor)
