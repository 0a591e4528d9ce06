"""The benchmarks run from end to end, at sizes that say nothing about speed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.bench import LIMIT, QUICK, Bench
from benchmarks.engines import OURS, PEER, PEERS, engine_named
from benchmarks.engines.quiet import Quiet
from benchmarks.problem import Problem, Result, Tolerance
from benchmarks.reference_solution import relative_error
from benchmarks.table import lines
from benchmarks.targets import TARGETS, reached
from benchmarks.timing import interleaved, loosest, ratio, row
from benchmarks.workloads import EVERYTHING
from benchmarks.workloads.cold_start import _OURS, _run
from benchmarks.workloads.sensitivities import deviation, forward_differences
from pdmodel.arrays import Array
from pdmodel.dosing import daily
from tests.toys import one_compartment

# Compiling takes diffrax and scikit-sundae many seconds; a run of the benchmarks checks them.
SLOW_TO_SET_UP = ("diffrax", "scikit_sundae")


@pytest.mark.parametrize(
    "name", ["pdmodel", *(peer for peer in PEERS if peer not in SLOW_TO_SET_UP)]
)
def test_every_engine_answers_the_question(name: str, tmp_path: Path) -> None:
    """At a tight tolerance each engine that is installed gives the reference, with any values."""
    engine = engine_named(name)
    try:
        engine.version()
    except ImportError as missing:
        pytest.skip(f"{name} is not installed: {missing}")
    bench = Bench(QUICK, {name: engine}, tmp_path)
    manner = "list" if name == PEER else engine.manners[0]
    run = engine.prepare(bench.problem, Tolerance(1e-9, 1e-12, manner))
    for values in (bench.problem.values, bench.problem.draw(1)[0]):
        error = relative_error(run(values), bench.reference(bench.problem, values), bench.problem)
        assert error < 1e-6


def test_quick_run_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The form that others read: workloads, engines, ms and error; errors within their limits."""
    out = tmp_path / "results" / "benchmark.json"
    without = [word for name in PEERS if name != PEER for word in ("--without", name)]
    only = ["--only", "trajectory", "--only", "sensitivities_20"]
    main(["--quick", *only, *without, "--out", str(out)])
    report = json.loads(out.read_text("utf-8"))
    rows = report["workloads"]["trajectory"]
    assert rows[OURS]["ms"] > 0
    assert rows[OURS]["error"] <= LIMIT
    assert set(report["workloads"]) == {"trajectory", "sensitivities_20"}
    assert report["workloads"]["sensitivities_20"][OURS]["trajectories"] > 0
    assert report["settings"]["quick"] is True
    assert report["versions"]["numpy"] == np.__version__
    assert rows[OURS]["setup_ms"] > 0
    assert report["notes"]["diffrax"] == "left out on request"
    assert f"wrote {out}" in capsys.readouterr().out
    if PEER in rows:
        assert rows[PEER]["error"] <= 2e-5
        assert rows[f"{PEER}_at_1e-5"]["error"] <= LIMIT


def test_a_workload_that_fails_spares_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured in a quarter of an hour is written; the failed one is named."""

    def fails(bench: Bench) -> dict[str, Result]:
        raise RuntimeError("no such engine")

    def lacks(bench: Bench) -> dict[str, Result]:
        raise ImportError("No module named 'browser'", name="browser")

    monkeypatch.setitem(EVERYTHING, "memory", fails)
    monkeypatch.setitem(EVERYTHING, "explorer", lacks)
    monkeypatch.setitem(EVERYTHING, "fit_12", lambda bench: {OURS: {"ms": 1.0}})
    words = ["--quick", "--only", "memory", "--only", "explorer", "--only", "fit_12"]
    report = main([*words, "--out", str(tmp_path / "benchmark.json")])
    assert report["failed"] == {"memory": "RuntimeError: no such engine"}
    assert set(report["workloads"]) == {"fit_12"}
    assert "not installed: browser" in report["notes"]["explorer"]
    assert "memory failed" in capsys.readouterr().err


def test_the_first_trajectory_of_a_process_runs() -> None:
    """What a new process is timed with says how many rows it wants and gets them."""
    _run(_OURS.format(days=3, doses=2))


class Sloppy:
    """An engine whose error is ten times its tolerance, and which fails above 1e-4."""

    name, manners, note = "sloppy", ("",), ""

    def version(self) -> str:
        """Return a version."""
        return "1"

    def prepare(self, problem: Problem, tolerance: Tolerance) -> object:
        """Return the exact answer, off by a little."""
        if tolerance.rtol > 1e-4:
            raise RuntimeError("too loose")
        return lambda values: np.ones((2, 2)) * (1 + 10 * tolerance.rtol)


def test_loosest_tolerance_is_found() -> None:
    """The first of the ladder that is good enough, not the best; failures are passed over."""
    problem = Problem(one_compartment(), daily(10), 2, (1.0, 2.0))
    choice = loosest(Sloppy(), problem, np.ones((2, 2)), 2e-5, (1e-3, 1e-5, 1e-6, 1e-7), (1e-3,))  # type: ignore[arg-type]
    assert choice.tolerance.rtol == 1e-6
    assert choice.error == pytest.approx(1e-5)
    with pytest.raises(RuntimeError, match="sloppy reaches 1e-12 at no tolerance"):
        loosest(Sloppy(), problem, np.ones((2, 2)), 1e-12)  # type: ignore[arg-type]


def test_rounds_are_interleaved() -> None:
    """All in turn, every other round backwards, each told its number."""
    calls: list[tuple[str, int]] = []
    tasks = {name: lambda n, name=name: calls.append((name, n)) for name in "ab"}
    spent = interleaved(tasks, 2)
    assert calls == [("a", 0), ("b", 0), ("b", 1), ("a", 1)]
    assert {name: len(times) for name, times in spent.items()} == {"a": 2, "b": 2}


def test_a_busy_round_moves_no_ratio() -> None:
    """Ratios are made within rounds: one in which all took ten times as long changes nothing."""
    ours, peer = row([0.1, 0.1, 1.0]), row([0.4, 0.4, 4.0])
    assert ratio(ours, peer) == pytest.approx(0.25)
    assert ratio(ours, row([0.1, 0.2], times=10.0)) == pytest.approx(100 / 1500)
    assert row([0.064], times=1000 / 64)["ms"] == pytest.approx(1000)


def test_what_peers_say_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    """C libraries write past Python; their log goes nowhere, what follows is shown again."""

    class Loud(Sloppy):
        def prepare(self, problem: Problem, tolerance: Tolerance) -> object:
            os.write(2, b"warning from C")
            return lambda values: os.write(2, b"another")

    problem = Problem(one_compartment(), daily(10), 2, (1.0, 2.0))
    Quiet(Loud()).prepare(problem, Tolerance(1e-6, 1e-9))(problem.values)  # type: ignore[arg-type]
    os.write(2, b"ours")
    assert capfd.readouterr().err == "ours"


def test_a_peer_that_is_never_exact_enough_is_left_out(tmp_path: Path) -> None:
    """The table says so, and the others are timed; where it is ourselves nothing can be timed."""
    bench = Bench(QUICK, {"sloppy": Sloppy()}, tmp_path)  # type: ignore[dict-item]
    assert bench.choose(["sloppy"]) == {}
    assert "at no tolerance" in bench.unable["sloppy"]


def test_differences_of_the_peer_are_sensitivities() -> None:
    """Forward differences of a quadratic function are off by the step and no more."""
    problem = Problem(one_compartment(), daily(10), 2, (1.0,))

    def run(values: Array) -> Array:
        return np.array([[values[0], values[0] ** 2]])

    found = forward_differences(run, problem, ["ka"])(problem.values)
    np.testing.assert_allclose(found[0, :, 1], [1, 10], rtol=1e-3)
    exact = np.array([[[1.0], [10.0]]])
    assert deviation(np.array([[[9.0], [10.5]]]), exact, problem) == pytest.approx(0.05)


def test_targets_and_tables() -> None:
    """Ratios against the limits; what is missed is said; what was not measured is left out."""
    line = {"ms": 1.0, "error": 1e-6, "rtol": 1e-5}
    found = {"trajectory": {OURS: line, PEER: {**line, "ms": 5.0}}}
    found["trajectory"]["pydiffsol"] = {**line, "ms": 2.0}
    first, fastest = reached(found)
    assert (first["value"], first["before"], first["met"]) == (0.2, 0.12, False)
    assert (fastest["value"], fastest["what"]) == (0.5, "of the fastest peer")
    growth = {"doses": {"1": {OURS: line}}}
    report = {"workloads": found, "targets": [first, fastest], "growth": growth}
    text = "\n".join(lines(report))
    assert "MISSED" in text
    assert "growth with doses" in text
    assert {target.workload for target in TARGETS} <= set(EVERYTHING)


def test_growth_is_held_against_the_peer() -> None:
    """At 200 states the ratio to libRoadRunner is held against that at 64."""
    sizes = {"64": (1.0, 4.0), "100": (2.0, 8.0), "200": (8.0, 16.0)}
    states = {n: {OURS: {"ms": ours}, PEER: {"ms": peer}} for n, (ours, peer) in sizes.items()}
    values = [target["value"] for target in reached({"growth": {"states": states}})]
    assert values == [1.0, 2.0]
