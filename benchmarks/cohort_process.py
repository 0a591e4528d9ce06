"""A cohort in a process of its own, which tells how much memory it took: JSON on stdout.

Usage: python -m benchmarks.cohort_process PATIENTS DAYS DOSES STEP [FILE]
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import pdmodel
from benchmarks import reference_workload as workload
from benchmarks.problem import Problem
from pdmodel.dosing import daily

_THREADS = 2


def main(words: Sequence[str]) -> None:
    """Run and report."""
    patients, days, doses, step = map(int, words[:4])
    times = [float(day) for day in range(step, days + 1, step)]
    problem = Problem(workload.MODEL, daily(25, stop=doses), days, tuple(times))
    free = problem.free
    names = [problem.parameters[n] for n in free]
    table = pd.DataFrame(problem.draw(patients)[:, free], columns=names)
    start = time.perf_counter()
    run = pdmodel.simulate_cohort(
        problem.model, problem.regimen, table, days=days, times=times,
        quantities=workload.OBSERVED, threads=_THREADS, rtol=1e-5, atol=1e-9,
        out=words[4] if len(words) > 4 else None, overwrite=True,
    )  # fmt: skip
    spent = time.perf_counter() - start
    failed = int((run["reason"].values != "").sum())
    print(
        json.dumps(
            {
                "patients": patients, "ms": 1e3 * spent, "failed": failed,
                "peak_mb": _peak(), "result_mb": patients * len(times) * 8 * 8 / 1e6,
            }
        )
    )  # fmt: skip


def _peak() -> float:
    """Return the largest resident memory of this process, MB.

    What the system counts for a child begins with what its parent had; Linux keeps the child's own.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(s for s in status.read_text("ascii").splitlines() if s.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1e6 if sys.platform == "darwin" else size * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
