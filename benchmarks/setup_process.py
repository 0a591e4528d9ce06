"""From a model to the first answer of an engine, in a process of its own: JSON on stdout.

What every engine needs is there before: pdmodel, SymPy, and the model. What follows is counted:
the import of the engine, the export or the translation of the model, its compilation, one run.

Usage: python -m benchmarks.setup_process ENGINE DAYS DOSES RTOL ATOL [MANNER]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import Bench, Settings
from benchmarks.engines import engine_named
from benchmarks.problem import Tolerance


def main(words: Sequence[str]) -> None:
    """Set an engine up and report."""
    name, days, doses, rtol, atol, *manner = words
    engine = engine_named(name)
    problem = Bench(Settings(days=int(days), doses=int(doses)), {}, Path()).problem
    tolerance = Tolerance(float(rtol), float(atol), *manner)
    start = time.perf_counter()
    run = engine.prepare(problem, tolerance)
    run(problem.values)
    print(json.dumps({"setup_ms": 1e3 * (time.perf_counter() - start)}))


if __name__ == "__main__":
    main(sys.argv[1:])
