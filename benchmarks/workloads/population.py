"""Population fits: two that others have published, simulated patients, and the CLL model.

Fits are by FOCE with interaction and include standard errors. The two published ones need the data
of `PDMODEL_EXTERNAL` and are left out without. What others printed beside their results was timed
on other machines, years apart: it is context and no ratio is made of it.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import pdmodel
from benchmarks.bench import Bench
from benchmarks.population_coverage import one_compartment, problem_of
from benchmarks.problem import Result
from benchmarks.timing import interleaved, row
from benchmarks.workloads.cold_start import ROOT
from pdmodel.dosing import read_events
from pdmodel.engine import simulate_cohort
from pdmodel.inference import (
    LogNormalError,
    PopulationProblem,
    RandomEffect,
    fit_population,
    read_measurements,
)
from tests.toys.populations import phenobarbital, theophylline

PUBLISHED: dict[str, Result] = {
    "NONMEM 7.4.2, phenobarbital": {
        "ms": 600.0, "method": "FOCEI: 0.32 s estimation, 0.28 s covariance; closed-form solution",
        "source": "the output of 2018 that Pharmpy keeps among its tests, machine not named",
    },
    "nlmixr2, theophylline": {
        "ms": 10_300.0, "method": "SAEM: 6.6 s, and 3.6 s of compilation and more",
        "source": "its README, machine not named",
    },
}  # fmt: skip
"""Of others, on other machines."""
_OBJECTIVES = {"theophylline": 116.804, "phenobarbital": 586.2761}
_PROCESSORS, _SEED = 2, 1
_DAYS, _SAMPLES = 84, (7.0, 14.0, 28.0, 42.0, 56.0, 84.0)


def population(bench: Bench) -> dict[str, Result]:
    """Return rows by problem: seconds, those of a processor, and the objective that was reached."""
    rows: dict[str, Result] = {}
    small = _small_problems()
    bench.say(f"{bench.settings.rare} rounds of {', '.join(small)}")
    for name, (seconds, worked, objective) in _fitted(small, bench.settings.rare).items():
        rows[name] = row(seconds, processor_ms=1e3 * statistics.median(worked), objective=objective)
        if name in _OBJECTIVES:
            rows[name]["published_objective"] = _OBJECTIVES[name]
    patients = min(40, bench.settings.patients)
    bench.say(f"a population of {patients} patients on the CLL model")
    ((seconds, worked, objective),) = _fitted({"cll": cll_problem(patients)}, 1).values()
    rows[f"cll_{patients}"] = row(
        seconds, processor_ms=1e3 * worked[0], objective=objective, patients=patients,
        processors=_PROCESSORS,
    )  # fmt: skip
    return rows | PUBLISHED


def _small_problems() -> dict[str, PopulationProblem]:
    problems = {"simulated_12": problem_of(one_compartment(), seed=_SEED, subjects=12)}
    external = Path(os.environ.get("PDMODEL_EXTERNAL", ROOT.parent / "shared" / "external"))
    if (external / "mixed_effects").is_dir():
        problems |= {
            "theophylline": theophylline(external), "phenobarbital": phenobarbital(external)
        }  # fmt: skip
    return problems


def _fitted(
    problems: dict[str, PopulationProblem], rounds: int
) -> dict[str, tuple[list[float], list[float], float]]:
    """Return seconds, seconds of a processor, and the objective of each, compiled before."""
    worked: dict[str, list[float]] = {name: [] for name in problems}
    objectives: dict[str, float] = {}

    def task(name: str) -> Callable[[int], None]:
        def fit(number: int) -> None:
            begun = time.process_time()
            result = fit_population(problems[name], simulations=0, nodes=0, jobs=_PROCESSORS)
            worked[name].append(time.process_time() - begun)
            if not result.converged:
                raise RuntimeError(f"the population fit {name} did not converge")
            objectives[name] = float(result.objective)

        return fit

    for problem in problems.values():
        target = problem.objective()
        target(target.starts, target.no_etas)
    spent = interleaved({name: task(name) for name in problems}, rounds)
    return {name: (spent[name], worked[name], objectives[name]) for name in problems}


def cll_problem(patients: int) -> PopulationProblem:
    """Return simulated patients on the CLL reference model: 84 daily doses, 6 samples of IL-6.

    Two numbers differ from patient to patient, the inflammatory tone and the induction of IL-6.
    """
    model = pdmodel.load("reference")
    random = np.random.default_rng(_SEED)
    names = ["tone", "il6_induction"]
    spread = {name: np.exp(0.3 * random.standard_normal(patients)) for name in names}
    own = pd.DataFrame({name: model.defaults[name] * spread[name] for name in names})
    run = simulate_cohort(
        model, "10 mg daily", own, days=_DAYS, times=_SAMPLES, quantities=["il6"], rtol=1e-7
    )
    il6 = run["il6"].values * np.exp(0.2 * random.standard_normal((patients, len(_SAMPLES))))
    rows = []
    for number, values in enumerate(il6, start=1):
        rows.append((number, 0.0, 10.0, 1, 1.0, _DAYS - 1, "."))
        rows += [(number, day, 0.0, 0, 0.0, 0, v) for day, v in zip(_SAMPLES, values, strict=True)]
    columns = ["ID", "TIME", "AMT", "EVID", "II", "ADDL", "DV"]
    table = read_events(pd.DataFrame(rows, columns=columns))
    measured = read_measurements(table, "il6", LogNormalError(), model)
    effects = [RandomEffect(name, sd=0.5) for name in names]
    starts = {name: model.defaults[name] * math.exp(0.2) for name in names}
    return PopulationProblem(model, measured, effects, starts=starts)
