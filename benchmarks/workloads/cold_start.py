"""From a new process to the first trajectory: imports, compilation and all."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.engines import OURS, PEER
from benchmarks.engines.sbml_of import sbml_of
from benchmarks.problem import Result
from benchmarks.timing import Task, interleaved, row

ROOT = Path(__file__).parents[2]
_OURS = """
from benchmarks.reference_workload import MODEL
import pdmodel
from pdmodel.dosing import daily
run = pdmodel.simulate(MODEL, daily(25, stop={doses}), days={days}, times=range({days} + 1))
assert run["neutrophils"].size == {days} + 1
"""
_PEER = """
import roadrunner
runner = roadrunner.RoadRunner({file!r})
runner.integrator.maximum_num_steps = 100000
assert len(runner.simulate(0, {days}, {days} + 1)) == {days} + 1
"""


def cold_start(bench: Bench) -> dict[str, Result]:
    """Time new processes; ours also the very first time, with all caches empty.

    Beside the seconds that pass stand those of a processor, which a busy machine hardly changes.
    """
    settings = bench.settings
    size = {"days": settings.days, "doses": settings.doses}
    with tempfile.TemporaryDirectory() as folder:
        codes = {OURS: _OURS.format(**size)}
        if PEER in bench.engines:
            file = Path(folder) / "model.xml"
            file.write_text(sbml_of(bench.problem), encoding="utf-8")
            codes[PEER] = _PEER.format(file=str(file), **size)
        bench.say("the very first start, with empty caches")
        start = time.perf_counter()
        first_cpu = _run(codes[OURS], empty_caches(Path(folder) / "cache"))
        first = time.perf_counter() - start
        for code in codes.values():
            _run(code)
        bench.say(f"{settings.few} rounds of new processes")
        worked: dict[str, list[float]] = {name: [] for name in codes}
        tasks = {name: _start(code, worked[name]) for name, code in codes.items()}
        spent = interleaved(tasks, settings.few)
    rows = {
        name: row(spent[name], processor_ms=1e3 * statistics.median(worked[name])) for name in codes
    }
    rows[OURS] |= {"first_ms": 1e3 * first, "first_processor_ms": 1e3 * first_cpu}
    return rows


def empty_caches(folder: Path) -> dict[str, str]:
    """Return an environment in which no machine code is found."""
    folder.mkdir()
    places = ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "PDMODEL_CACHE")
    return {**_usual(), **dict.fromkeys(places, str(folder))}


def _usual() -> dict[str, str]:
    """Return an environment in which Python keeps bytecode, as it does where nobody forbids it.

    Of what pip has installed there is bytecode; of a checkout there would be none, and every
    process would compile it anew.
    """
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _start(code: str, worked: list[float]) -> Task:
    return lambda number: worked.append(_run(code))


def _run(code: str, environment: Mapping[str, str] | None = None) -> float:
    """Run a new process and return the seconds of a processor that it took.

    Raises
    ------
    RuntimeError
        If it fails; with what it said last. Otherwise what peers say there is not shown.
    """
    before = os.times()
    command, environment = [sys.executable, "-c", code], environment or _usual()
    done = subprocess.run(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    after = os.times()
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])
    return after.children_user + after.children_system - sum(before[2:4])
