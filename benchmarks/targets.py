"""What is to be reached, and how far we are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from benchmarks.engines import OURS, PEER
from benchmarks.problem import Result
from benchmarks.timing import ratio

Rows = Mapping[str, Any]

# What a new process took before imports were made late, in processor time of libRoadRunner's:
# caches warm, and the very first with empty ones. They are to fall to 0.8 and to half.
_WARM_BEFORE, _FIRST_BEFORE = 7.8, 84.0


class Target(NamedTuple):
    """A figure with what it is to reach.

    Parameters
    ----------
    workload, what
        What is measured, in words.
    goal
        The largest value that is good enough.
    measure
        The figure, from the rows of the workload.
    before
        The goal of before, which it passed; None where there was none.
    """

    workload: str
    what: str
    goal: float
    measure: Callable[[Rows], float]
    before: float | None = None


def _of_peer(rows: Rows) -> float:
    return ratio(rows[OURS], rows[PEER])


def _of_fastest_peer(rows: Rows) -> float:
    """Compare with whoever is fastest; libRoadRunner at our error is not another peer."""
    peers = [rows[name] for name in rows if name != OURS and "_at_" not in name]
    if not peers:
        raise KeyError("no peer")
    return ratio(rows[OURS], min(peers, key=lambda row: float(row["ms"])))


def _at_states(size: str) -> Callable[[Rows], float]:
    """Return the ratio to libRoadRunner at a number of states over that at 64."""

    def measure(tables: Rows) -> float:
        rows = tables["states"]
        return _of_peer(rows[size]) / _of_peer(rows["64"])

    return measure


def _of_peers_processor(key: str) -> Callable[[Rows], float]:
    return lambda rows: float(rows[OURS][key] / rows[PEER]["processor_ms"])


def _seconds(row: str, key: str = "ms") -> Callable[[Rows], float]:
    return lambda rows: float(rows[row][key]) / 1e3


_ITS = "of libRoadRunner"
_TWO = f"{_ITS} in two processes"
_COLD = f"{_ITS}'s processor time"
_OWN, _FIRST = "processor_ms", "first_processor_ms"
TARGETS = (
    Target("trajectory", _ITS, 0.08, _of_peer, 0.12),
    Target("trajectory", "of the fastest peer", 0.8, _of_fastest_peer),
    Target("cohort_1000", _TWO, 0.012, _of_peer, 0.10),
    Target("trial_1000", _TWO, 0.025, _of_peer, 0.10),
    Target(
        "trial_cost", "of the processor time of its cohort", 1.5,
        lambda rows: float(rows[OURS]["processor_of_its_cohort"]),
    ),
    Target(
        "trial_cost", "of the time of its cohort, 200 patients", 2.0,
        lambda rows: float(rows[f"{OURS}, few patients"]["of_its_cohort"]),
    ),
    Target("sensitivities_20", "trajectories", 3.3, lambda rows: rows[OURS]["trajectories"], 5.0),
    Target("fit_12", f"{_ITS} with differences", 0.025, _of_peer, 0.10),
    Target("growth", "at 100 states, over that at 64", 1.0, _at_states("100")),
    Target("growth", "at 200 states, over that at 64", 1.0, _at_states("200")),
    Target("cold_start", f"{_COLD}, warm", 0.8 * _WARM_BEFORE, _of_peers_processor(_OWN)),
    Target("cold_start", f"{_COLD}, first", 0.5 * _FIRST_BEFORE, _of_peers_processor(_FIRST)),
    Target("cold_start", "s, caches warm", 1.5, _seconds(OURS), 1.5),
    Target("cold_start", "s, the very first", 10.0, _seconds(OURS, "first_ms"), 10.0),
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
    Target("memory", "MB beyond the result", 300.0, lambda rows: rows[OURS]["over_mb"], 300.0),
    Target("population", "s of a processor, theophylline", 0.5, _seconds("theophylline", _OWN)),
    Target("population", "s of a processor, phenobarbital", 0.7, _seconds("phenobarbital", _OWN)),
    Target("population", "s, 40 patients, CLL model", 40.0, _seconds("cll_40")),
)  # fmt: skip


def reached(workloads: Mapping[str, Rows]) -> list[Result]:
    """Return each target with its figure; those that were not measured are left out."""
    results = []
    for target in TARGETS:
        try:
            value = float(target.measure(workloads.get(target.workload, {})))
        except KeyError:
            continue
        results.append(
            {
                "workload": target.workload, "what": target.what, "goal": target.goal,
                "before": target.before, "value": value, "met": value <= target.goal,
            }
        )  # fmt: skip
    return results
