"""Run the benchmarks, print the tables and write `results/benchmark.json`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    began = time.perf_counter()
    settings = QUICK if asked.quick else Settings()
    settings = replace(settings, rounds=asked.rounds or settings.rounds)
    folder = asked.out.parent / "benchmark_reference"
    bench = Bench(settings, engines, folder, lambda line: _say(line, began), _show)
    for name, why in missing.items():
        print(f"{name} is left out: {why}", file=sys.stderr)
    report = _about(bench, asked.quick, missing)
    for _ in _measured(asked.only or list(EVERYTHING), bench, report):
        report["minutes"] = (time.perf_counter() - began) / 60
        write_json(asked.out, report)
    if "trajectory" in report["workloads"]:
        report["shared"] = compare(bench, report["workloads"]["trajectory"])
        write_json(asked.out, report)
    print(*lines({**report, "workloads": {}, "growth": {}}), sep="\n")
    if report["shared"]:
        print("", "held against the shared benchmark", f"  {report['shared']}", sep="\n")
    for name, why in report["failed"].items():
        print(f"{name} failed: {why}", file=sys.stderr)
    print(f"\nwrote {asked.out} after {report['minutes']:.1f} minutes")
    if asked.write_page:
        print(*(f"wrote {path}" for path in write_page(report)), sep="\n")
    return report


def _about(bench: Bench, quick: bool, missing: Mapping[str, str]) -> Result:
    """Return a report in which nothing is measured yet."""
    return {
        "workloads": {}, "failed": {}, "growth": {}, "targets": [], "shared": {},
        "notes": {name: engine.note for name, engine in bench.engines.items()} | dict(missing),
        "tolerances": {}, "settings": {"quick": quick, **vars(bench.settings)},
        "machine": machine(), "versions": versions(bench.engines), "missing": missing,
        "date": time.strftime("%Y-%m-%d"), "minutes": 0.0,
    }  # fmt: skip


def _measured(names: Sequence[str], bench: Bench, report: Result) -> Iterator[str]:
    """Add the rows of each workload to a report, or why it failed: the rest is still measured.

    Yields
    ------
    str
        Each workload that is over, so that what was measured can be kept.
    """
    for number, name in enumerate(names, start=1):
        bench.say(f"[{number}/{len(names)}] {name}")
        try:
            rows = EVERYTHING[name](bench)
        except ImportError as error:
            report["notes"][name] = f"left out, for a package is not installed: {error.name}"
        except Exception as error:  # of any of the engines
            traceback.print_exc()
            report["failed"][name] = f"{type(error).__name__}: {error}"
        else:
            if name == "growth":  # it shows each of its tables itself
                report["growth"] = rows
            else:
                report["workloads"][name] = rows
                _show(name, rows)
        report["notes"] |= bench.unable
        report["targets"] = reached({**report["workloads"], "growth": report["growth"]})
        report["tolerances"] = {
            engine: {"error": choice.error, **choice.tolerance._asdict()}
            for engine, choice in bench.choices.items()
        }
        yield name


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
        "--rounds", type=int, default=0, help="rounds of one trajectory; slow workloads do fewer"
    )
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
