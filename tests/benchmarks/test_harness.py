"""The benchmarks run from end to end, at sizes that say nothing about speed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.bench import LIMIT, QUICK, Bench
from benchmarks.engines import OURS, PEER, installed
from benchmarks.problem import Problem, Result, Tolerance
from benchmarks.reference_solution import relative_error
from benchmarks.table import lines
from benchmarks.targets import TARGETS, reached
from benchmarks.timing import interleaved, loosest
from benchmarks.workloads import EVERYTHING
from benchmarks.workloads.cold_start import _OURS, _run
from benchmarks.workloads.sensitivities import deviation, forward_differences
from pdmodel.arrays import Array
from pdmodel.dosing import daily
from tests.toys import one_compartment


@pytest.mark.parametrize("name", ["pdmodel", "libroadrunner", "scipy_odeint", "copasi"])
def test_every_engine_answers_the_question(name: str, tmp_path: Path) -> None:
    """At a tight tolerance each engine that is installed gives the reference, with any values."""
    engines, missing = installed()
    if name in missing:
        pytest.skip(f"{name} is not installed: {missing[name]}")
    bench = Bench(QUICK, engines, tmp_path)
    manner = "list" if name == PEER else ""
    run = engines[name].prepare(bench.problem, Tolerance(1e-9, 1e-12, manner))
    for values in (bench.problem.values, bench.problem.draw(1)[0]):
        error = relative_error(run(values), bench.reference(bench.problem, values), bench.problem)
        assert error < 1e-6


def test_quick_run_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The form that others read: workloads, engines, ms and error; errors within their limits."""
    out = tmp_path / "results" / "benchmark.json"
    main(["--quick", "--only", "trajectory", "--only", "sensitivities_20", "--out", str(out)])
    report = json.loads(out.read_text("utf-8"))
    rows = report["workloads"]["trajectory"]
    assert rows[OURS]["ms"] > 0
    assert rows[OURS]["error"] <= LIMIT
    assert set(report["workloads"]) == {"trajectory", "sensitivities_20"}
    assert report["workloads"]["sensitivities_20"][OURS]["trajectories"] > 0
    assert report["settings"]["quick"] is True
    assert report["versions"]["numpy"] == np.__version__
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

    monkeypatch.setitem(EVERYTHING, "memory", fails)
    monkeypatch.setitem(EVERYTHING, "fit_12", lambda bench: {OURS: {"ms": 1.0}})
    words = ["--quick", "--only", "memory", "--only", "fit_12"]
    report = main([*words, "--out", str(tmp_path / "benchmark.json")])
    assert report["failed"] == {"memory": "RuntimeError: no such engine"}
    assert set(report["workloads"]) == {"fit_12"}
    assert "memory failed" in capsys.readouterr().err


def test_the_first_trajectory_of_a_process_runs() -> None:
    """What a new process is timed with says how many rows it wants and gets them."""
    _run(_OURS.format(days=3, doses=2))


class Sloppy:
    """An engine whose error is ten times its tolerance, and which fails above 1e-4."""

    name, manners = "sloppy", ("",)

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
    """All in turn, round after round, each told its number."""
    calls: list[tuple[str, int]] = []
    tasks = {name: lambda n, name=name: calls.append((name, n)) for name in "ab"}
    spent = interleaved(tasks, 2)
    assert calls == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert {name: len(times) for name, times in spent.items()} == {"a": 2, "b": 2}


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
    row = {"ms": 1.0, "error": 1e-6, "rtol": 1e-5}
    found = {"trajectory": {OURS: row, PEER: {**row, "ms": 5.0}}}
    (target,) = reached(found)
    assert (target["value"], target["met"]) == (0.2, False)
    report = {"workloads": found, "targets": [target], "growth": {"doses": {"1": {OURS: row}}}}
    text = "\n".join(lines(report))
    assert "MISSED" in text
    assert "growth with doses" in text
    assert {target.workload for target in TARGETS} == {
        "trajectory", "cohort_1000", "trial_1000", "trial_cost", "sensitivities_20", "fit_12",
        "cold_start", "memory",
    }  # fmt: skip
