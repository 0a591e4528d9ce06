"""Where the shared benchmark folder lies beside the project, our figures are held against it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from benchmarks.bench import Bench
from benchmarks.engines import PEER
from benchmarks.problem import Result
from benchmarks.reference_sensitivities import reference_sensitivities
from benchmarks.reference_solution import relative_error
from benchmarks.reference_workload import DAYS, DOSES, SENSITIVITIES
from benchmarks.workloads.cold_start import ROOT
from benchmarks.workloads.sensitivities import deviation

SHARED = ROOT.parent / "shared" / "benchmark"
_ALLOWED = 0.15


def compare(bench: Bench, trajectory: dict[str, Result]) -> Result:
    """Return how our reference solution and our row of libRoadRunner compare with the shared ones.

    Returns
    -------
    dict
        Empty where there is nothing to compare with.
    """
    found: Result = {}
    exact = SHARED / "reference_sensitivities.npy"
    script, states = SHARED / "roadrunner_reference.py", SHARED / "reference_states.npy"
    if (bench.settings.days, bench.settings.doses) != (DAYS, DOSES):
        return found
    if states.is_file():
        problem = bench.problem
        found["our_reference_error"] = relative_error(
            bench.reference(problem), np.load(states), problem
        )
    if exact.is_file() and bench.settings.doses == DOSES:
        ours = reference_sensitivities(bench.problem, SENSITIVITIES, bench.folder)
        found["our_sensitivity_error"] = deviation(ours, np.load(exact), bench.problem)
    if script.is_file() and PEER in trajectory:
        bench.say("the shared script with libRoadRunner")
        command = [sys.executable, str(script), str(bench.settings.rounds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        theirs = json.loads(done.stdout.splitlines()[-1])
        ratio = trajectory[PEER]["ms"] / theirs["ms"]
        found |= {"script_ms": theirs["ms"], "script_error": theirs["error"], "ratio": ratio}
        found["within_15_percent"] = abs(ratio - 1) <= _ALLOWED
    return found
