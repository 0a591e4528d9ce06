"""Run the benchmarks, print the tables and write `results/benchmark.json`."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterable, Sequence
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
    """Run what the words ask for and return the report; `failed` has the workloads that failed."""
    asked = _arguments(words)
    engines, missing = installed()
    folder = asked.out.parent / "benchmark_reference"
    settings = QUICK if asked.quick else Settings()
    bench = Bench(settings, engines, folder, lambda line: print(f"  {line}", file=sys.stderr))
    for name, why in missing.items():
        print(f"{name} is left out: {why}", file=sys.stderr)
    measured, failed = _measure(asked.only or EVERYTHING, bench)
    growth = measured.pop("growth", {})
    report: Result = {
        "workloads": measured,
        "failed": failed,
        "growth": growth,
        "targets": reached(measured),
        "shared": compare(bench, measured["trajectory"]) if "trajectory" in measured else {},
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
    print(*lines({"workloads": {}, "targets": report["targets"]}), sep="\n")
    if report["shared"]:
        print("", "held against the shared benchmark", f"  {report['shared']}", sep="\n")
    for name, why in failed.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    print(f"\nwrote {asked.out}")
    return report


def _measure(names: Iterable[str], bench: Bench) -> tuple[dict[str, Result], dict[str, str]]:
    """Return the rows of each workload, and why others failed: the rest is still measured."""
    measured, failed = {}, {}
    for name in names:
        try:
            measured[name] = EVERYTHING[name](bench)
            _print_one(name, measured[name])
        except Exception as error:  # of any of the engines
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}"
    return measured, failed


def _print_one(name: str, rows: Result) -> None:
    """Print what was just measured, so that a run that is ended early has told something."""
    tables = {"growth": rows} if name == "growth" else {"workloads": {name: rows}}
    print(*lines({"workloads": {}, "targets": [], **tables}), sep="\n", flush=True)


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
    sys.exit(1 if main()["failed"] else 0)
