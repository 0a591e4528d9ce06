"""What is timed, one file a workload; each returns rows by engine."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.problem import Result
from benchmarks.workloads.cohort import cohort
from benchmarks.workloads.cold_start import cold_start
from benchmarks.workloads.explorer import explorer
from benchmarks.workloads.fit import fit
from benchmarks.workloads.growth import growth
from benchmarks.workloads.memory import memory
from benchmarks.workloads.population import population
from benchmarks.workloads.sensitivities import sensitivities
from benchmarks.workloads.trajectory import cll_trajectory, trajectory
from benchmarks.workloads.trial import trial
from benchmarks.workloads.trial_cost import trial_cost

WORKLOADS: dict[str, Callable[[Bench], dict[str, Result]]] = {
    "trajectory": trajectory,
    "trajectory_cll": cll_trajectory,
    "cohort_1000": cohort,
    "trial_1000": trial,
    "trial_cost": trial_cost,
    "sensitivities_20": sensitivities,
    "fit_12": fit,
    "population": population,
    "cold_start": cold_start,
    "memory": memory,
    "explorer": explorer,
}
EVERYTHING = {**WORKLOADS, "growth": growth}
