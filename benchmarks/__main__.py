"""Run the benchmarks, print the tables and write `results/benchmark.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import QUICK, Bench, Settings
from benchmarks.engines import installed
from benchmarks.machine import machine, versions
from benchmarks.problem import Result
from benchmarks.shared_reference import compare
from benchmarks.table import lines
from benchmarks.targets import reached
from benchmarks.workloads import EVERYTHING
from pdmodel.storage import write_json


def main(words: Sequence[str] | None = None) -> Result:
    """Run what the words ask for and return the report."""
    asked = _arguments(words)
    engines, missing = installed()
    folder = asked.out.parent / "benchmark_reference"
    settings = QUICK if asked.quick else Settings()
    bench = Bench(settings, engines, folder, lambda line: print(f"  {line}", file=sys.stderr))
    for name, why in missing.items():
        print(f"{name} is left out: {why}", file=sys.stderr)
    found = {name: EVERYTHING[name](bench) for name in asked.only or EVERYTHING}
    growth = found.pop("growth", {})
    report: Result = {
        "workloads": found,
        "growth": growth,
        "targets": reached(found),
        "shared": compare(bench, found["trajectory"]) if "trajectory" in found else {},
        "tolerances": {
            name: {"error": choice.error, **choice.tolerance._asdict()}
            for name, choice in bench.choices.items()
        },
        "settings": {"quick": asked.quick, **vars(settings)},
        "machine": machine(),
        "versions": versions(engines),
        "missing": missing,
    }
    write_json(asked.out, report)
    print(*lines(report), sep="\n")
    if report["shared"]:
        print("", "held against the shared benchmark", f"  {report['shared']}", sep="\n")
    print(f"\nwrote {asked.out}")
    return report


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: whether it works")
    parser.add_argument(
        "--only", action="append", choices=EVERYTHING, help="one workload; may be given again"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("results/benchmark.json"), help="where the figures go"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
