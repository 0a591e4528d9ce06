"""A comparison from end to end: the folder, resuming, workers, errors."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses import compare
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.hypothesis import Difference
from tests.hypotheses.tiny import PLAN, tiny
from tests.toys import slow_laboratory


def contents(folder: Path) -> dict[str, str]:
    """Return a fingerprint of every file but manifests, which hold times."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished comparison."""
    place = tmp_path_factory.mktemp("lab") / "one"
    compare(tiny(), plan=PLAN, jobs=1, out=place)
    return place


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Return a comparison that takes a moment; its table of patterns is in the working folder."""
    monkeypatch.chdir(tmp_path)
    slow_laboratory.write_patterns(tmp_path)
    return slow_laboratory.COMPARISON


def test_workers_do_not_change_the_answer(toys: Comparison, tmp_path: Path) -> None:
    """One process and two write the same bytes."""
    for jobs in (1, 2):
        compare(toys, plan=PLAN, jobs=jobs, out=tmp_path / str(jobs))
    one, two = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert one == two
    assert {"verdicts.json", "hypotheses/rival/trial.json"} <= one.keys()


def test_the_result_names_what_it_rests_on(done: Path) -> None:
    """Hashes, seed, versions; findings; no NaN in the JSON."""
    told = json.loads((done / "verdicts.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert [row["name"] for row in told["hypotheses"]] == ["reference", "no_tolerance"]
    assert all(len(row["model_hash"]) == 64 for row in told["hypotheses"])
    assert told["hypotheses"][1]["verdict"]["kind"] == "refuted"
    assert told["seed"] == 3
    reproduced = [row["reproduced"] for row in told["findings"]]
    assert reproduced == ["yes", "not asked"]
    assert json.loads((done / "manifest.json").read_text("utf-8"))["versions"]["lmfit"]


def test_a_lost_part_is_made_again_and_the_rest_is_kept(done: Path) -> None:
    """Without a trial's part only that trial runs; the answer is the same."""
    before = contents(done)
    times = (done / "hypotheses/reference/fit.json").stat().st_mtime_ns
    for name in ("hypotheses/no_tolerance/trial.json", "verdicts.json"):
        (done / name).unlink()
    compare(tiny(), plan=PLAN, jobs=1, out=done)
    assert contents(done) == before
    assert (done / "hypotheses/reference/fit.json").stat().st_mtime_ns == times


def test_another_plan_is_another_answer(toys: Comparison, tmp_path: Path) -> None:
    """What was made with another seed is not taken."""
    place, names = tmp_path / "seed", [toys.hypotheses[0]]
    compare(toys, names, plan=PLAN, jobs=1, out=place)
    old = json.loads((place / "hypotheses/toy/manifest.json").read_text("utf-8"))
    trial = (place / "hypotheses/toy/trial.json").read_text("utf-8")
    compare(toys, names, plan=replace(PLAN, seed=4), jobs=1, out=place)
    new = json.loads((place / "hypotheses/toy/manifest.json").read_text("utf-8"))
    assert new["fingerprint"] != old["fingerprint"]
    assert (place / "hypotheses/toy/trial.json").read_text("utf-8") != trial


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_kill_in_the_middle_loses_little(toys: Comparison, tmp_path: Path) -> None:
    """Killed once the first hypothesis is done; run again the answer is the same."""
    words = f"""if True:
        import os, signal
        from pdmodel.hypotheses import ComparisonSettings, compare
        from tests.toys.slow_laboratory import COMPARISON
        def kill(done, total, text):
            if done == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        compare(COMPARISON, plan={PLAN!r}, jobs=1, out="killed", progress=kill)
    """
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    killed = subprocess.run([sys.executable, "-c", words], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    first = tmp_path / "killed/hypotheses/toy/fit.json"
    stamp = first.stat().st_mtime_ns
    assert not (tmp_path / "killed/verdicts.json").exists()
    for name in ("killed", "whole"):
        compare(toys, plan=PLAN, jobs=1, out=tmp_path / name)
    assert first.stat().st_mtime_ns == stamp
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_bad_input(done: Path, tmp_path: Path) -> None:
    """Nearest match, foreign folders, differences in what a model lacks."""
    with pytest.raises(UnknownNameError, match=r"unknown model 'no_tolerence'.*no_tolerance"):
        compare(tiny(), ["no_tolerence"], out=tmp_path / "a")
    with pytest.raises(UnknownNameError, match=r"unknown difference 'tones'.*tone"):
        compare(tiny(), ["reference@tones"], out=tmp_path / "a")
    with pytest.raises(InputError, match="has no tolerance_tnf, which is to differ"):
        compare(tiny(), ["no_tolerance@tnf_tolerance"], out=tmp_path / "a")
    assert not (tmp_path / "a").exists()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds no comparison"):
        compare(tiny(), out=tmp_path / "b")
    with pytest.raises(InputError, match="holds another comparison"):
        compare(replace(tiny(), name="mine"), out=done)
    with pytest.raises(InputError, match="name each parameter once"):
        Difference("none", (), "", "")
    with pytest.raises(InputError, match="a correlation needs two"):
        Difference("one", ("tone",), "", "", correlation=0.5)


def test_a_failed_hypothesis_is_told_as_such(tmp_path: Path) -> None:
    """A rate that no trial has: the hypothesis is not judged, and nothing looks like a fit."""
    result = compare(
        replace(tiny(), rate="no_such_rate"), ["reference"], plan=PLAN, out=tmp_path / "f"
    )
    verdict = result.verdicts["reference"]
    assert verdict.kind == "not judged"
    assert "no_such_rate" in verdict.words


def test_the_grid_leaves_out_what_cannot_be(tmp_path: Path) -> None:
    """Models without a parameter that is to differ."""
    comparison: Comparison = tiny()
    assert comparison.grid(["reference", "no_tolerance"], ["tone", "tnf_tolerance"]) == [
        "reference", "reference@tnf_tolerance", "no_tolerance",
    ]  # fmt: skip
