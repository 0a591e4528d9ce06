"""The memory of a large cohort, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.bench import Bench
from benchmarks.engines import OURS
from benchmarks.problem import Result
from benchmarks.workloads.cold_start import ROOT


def memory(bench: Bench) -> dict[str, Result]:
    """Return peak and result size of all patients, 8 observables, daily."""
    settings = bench.settings
    bench.say(f"memory of {settings.crowd} patients")
    found = in_process(settings.crowd, settings.days, settings.doses, 1)
    found["over_mb"] = found["peak_mb"] - found["result_mb"]
    return {OURS: found}


def in_process(patients: int, days: int, doses: int, step: int, file: str = "") -> dict[str, Any]:
    """Run a cohort in a new process and return what it reports."""
    words = [str(word) for word in (patients, days, doses, step, file) if word != ""]
    command = [sys.executable, "-m", "benchmarks.cohort_process", *words]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report
