"""What is to be reached, and how far we are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks.engines import OURS, PEER
from benchmarks.problem import Result


class Target(NamedTuple):
    """A figure with its limit.

    Parameters
    ----------
    workload, what, limit
        What is measured, in words, and the largest value that is good enough.
    measure
        The figure, from the rows of the workload.
    """

    workload: str
    what: str
    limit: float
    measure: Callable[[Mapping[str, Result]], float]


def _ratio(rows: Mapping[str, Result]) -> float:
    return float(rows[OURS]["ms"] / rows[PEER]["ms"])


TARGETS = (
    Target("trajectory", "of libRoadRunner", 0.12, _ratio),
    Target("cohort_1000", "of libRoadRunner in two processes", 0.10, _ratio),
    Target("trial_1000", "of libRoadRunner in two processes", 0.10, _ratio),
    Target(
        "trial_cost", "of the processor time of its cohort", 1.5,
        lambda rows: float(rows[OURS]["processor_of_its_cohort"]),
    ),
    Target(
        "trial_cost", "of the time of its cohort, 200 patients", 2.0,
        lambda rows: float(rows[f"{OURS}, few patients"]["of_its_cohort"]),
    ),
    Target("sensitivities_20", "trajectories", 5.0, lambda rows: float(rows[OURS]["trajectories"])),
    Target("fit_12", "of libRoadRunner with differences", 0.10, _ratio),
    Target("cold_start", "s, caches warm", 1.5, lambda rows: float(rows[OURS]["ms"] / 1e3)),
    Target("cold_start", "s, the very first", 10.0, lambda rows: rows[OURS]["first_ms"] / 1e3),
    Target("explorer", "ms, a step of a number", 80.0, lambda rows: rows["step of a number"]["ms"]),
    Target("explorer", "ms, its p90", 120.0, lambda rows: rows["step of a number"]["p90"]),
    Target("explorer", "ms, a step of the dose", 80.0, lambda rows: rows["step of the dose"]["ms"]),
    Target("explorer", "ms, its p90", 120.0, lambda rows: rows["step of the dose"]["p90"]),
    Target(
        "explorer", "ms from paint to paint", 1e3 / 15, lambda rows: rows["drag of a number"]["ms"]
    ),
    Target("explorer", "ms, the last paint", 150.0, lambda rows: rows["drag of a number"]["last"]),
    Target("explorer", "ms, the first swap", 400.0, lambda rows: rows["first swap"]["ms"]),
    Target("explorer", "ms, a swap again", 100.0, lambda rows: rows["swap again"]["ms"]),
    Target("memory", "MB beyond the result", 300.0, lambda rows: float(rows[OURS]["over_mb"])),
)  # fmt: skip


def reached(workloads: Mapping[str, Mapping[str, Result]]) -> list[Result]:
    """Return each target with its figure; those that were not measured are left out."""
    found = []
    for target in TARGETS:
        rows = workloads.get(target.workload, {})
        try:
            value = target.measure(rows)
        except KeyError:
            continue
        found.append(
            {
                "workload": target.workload, "what": target.what, "limit": target.limit,
                "value": value, "met": value <= target.limit,
            }
        )  # fmt: skip
    return found
