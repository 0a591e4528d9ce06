"""Run the benchmarks, print the tables and write `results/benchmark.json`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import QUICK, Bench, Settings
from benchmarks.engines import PEERS, installed
from benchmarks.machine import machine, versions
from benchmarks.page import write_page
from benchmarks.problem import Result
from benchmarks.shared_reference import compare
from benchmarks.table import lines
from benchmarks.targets import reached
from benchmarks.workloads import EVERYTHING
from pdmodel.storage import write_json


def main(words: Sequence[str] | None = None) -> Result:
    """Run what the words ask for and return the report; `failed` has the workloads that failed."""
    asked = _arguments(words)
    engines, missing = installed(asked.without)
    folder = asked.out.parent / "benchmark_reference"
    settings = QUICK if asked.quick else Settings()
    began = time.perf_counter()
    bench = Bench(settings, engines, folder, lambda line: _say(line, began), _show)
    for name, why in missing.items():
        print(f"{name} is left out: {why}", file=sys.stderr)
    measured, failed = _measure(asked.only or list(EVERYTHING), bench)
    targets = reached(measured)
    growth = measured.pop("growth", {})
    notes = {name: engine.note for name, engine in engines.items()} | bench.unable | missing
    report: Result = {
        "workloads": measured,
        "failed": failed,
        "growth": growth,
        "targets": targets,
        "notes": notes,
        "shared": compare(bench, measured["trajectory"]) if "trajectory" in measured else {},
        "tolerances": {
            name: {"error": choice.error, **choice.tolerance._asdict()}
            for name, choice in bench.choices.items()
        },
        "settings": {"quick": asked.quick, **vars(settings)},
        "machine": machine(),
        "versions": versions(engines),
        "missing": missing,
        "date": time.strftime("%Y-%m-%d"),
        "minutes": (time.perf_counter() - began) / 60,
    }
    write_json(asked.out, report)
    print(*lines({"workloads": {}, "targets": targets, "notes": notes}), sep="\n")
    if report["shared"]:
        print("", "held against the shared benchmark", f"  {report['shared']}", sep="\n")
    for name, why in failed.items():
        print(f"{name} failed: {why}", file=sys.stderr)
    print(f"\nwrote {asked.out} after {report['minutes']:.1f} minutes")
    if asked.write_page:
        print(*(f"wrote {path}" for path in write_page(report)), sep="\n")
    return report


def _measure(names: Sequence[str], bench: Bench) -> tuple[dict[str, Result], dict[str, str]]:
    """Return the rows of each workload, and why others failed: the rest is still measured."""
    measured, failed = {}, {}
    for number, name in enumerate(names, start=1):
        bench.say(f"[{number}/{len(names)}] {name}")
        try:
            measured[name] = EVERYTHING[name](bench)
            if name != "growth":  # it shows each of its tables itself
                _show(name, measured[name])
        except ImportError as error:
            bench.unable[name] = f"left out, for a package is not installed: {error.name}"
        except Exception as error:  # of any of the engines
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}"
    return measured, failed


def _say(line: str, began: float) -> None:
    """Print a line of progress with the minutes that have passed."""
    print(f"  {(time.perf_counter() - began) / 60:5.1f} min  {line}", file=sys.stderr, flush=True)


def _show(name: str, rows: Result) -> None:
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
        "--without", action="append", default=[], choices=PEERS, help="a peer to leave out"
    )
    parser.add_argument(
        "--write-page", action="store_true", help="write the figures into docs and README"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("results/benchmark.json"), help="where the figures go"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(1 if main()["failed"] else 0)
