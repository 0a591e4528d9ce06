"""Folders of profiles: one answer for any number of workers, resumption, nothing overwritten."""

import json
import os
import signal
import subprocess
import sys

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import read_profile, run_profile
from pdmodel.inference.profile.folder import read_fit_of
from tests.toys import one_compartment
from tests.toys.profiles import concentrations, toy


def test_workers_do_not_change_a_byte(tmp_path):
    """profile.json and profile.csv of 1 and of 2 workers."""
    best = {"volume": 20.0, "k": 0.7}
    for jobs, name in ((1, "one"), (2, "two")):
        run_profile(toy(free=("volume", "k")), best, jobs=jobs, out=tmp_path / name)
    for name in ("profile.json", "profile.csv", "report.txt"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_folder_holds_what_it_says(tmp_path):
    """No NaN; it reads back the same; who made it is in the manifest."""
    found = run_profile(toy(), {"volume": 20.0}, out=tmp_path / "out")
    text = (tmp_path / "out" / "profile.json").read_text()
    data = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    again = read_profile(tmp_path / "out")
    assert again.to_dict() == data == found.to_dict()
    assert again.report() == found.report() == (tmp_path / "out" / "report.txt").read_text()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["model_hash"] == found.model_hash == one_compartment().hash
    assert {"pdmodel", "lmfit"} <= set(manifest["versions"])
    assert (manifest["seed"], manifest["jobs"]) == (None, 1)
    header, *rows = (tmp_path / "out" / "profile.csv").read_text().splitlines()
    assert header.endswith("at volume")
    assert len(rows) == len(found.curve)


def test_only_what_is_missing_is_made_again(tmp_path):
    """One side removed: that one is new, the others keep their time stamps, bytes are the same."""
    best, out = {"volume": 20.0, "k": 0.7}, tmp_path / "out"
    run_profile(toy(free=("volume", "k")), best, out=out)
    whole = (out / "profile.json").read_bytes()
    sides = sorted((out / "profiles").iterdir())
    assert [side.name for side in sides] == [
        "k_down.json", "k_up.json", "volume_down.json", "volume_up.json",
    ]  # fmt: skip
    (out / "profile.json").unlink()
    sides[1].unlink()
    stamps = {side: side.stat().st_mtime_ns for side in sides if side.exists()}
    seen = []
    run_profile(
        toy(free=("volume", "k")),
        best,
        out=out,
        progress=lambda done, total, text: seen.append(text),
    )
    assert seen == ["sides", "k up: crossed"]
    assert {side: side.stat().st_mtime_ns for side in stamps} == stamps
    assert (out / "profile.json").read_bytes() == whole


def test_a_finished_or_foreign_folder_is_not_touched(tmp_path):
    """Finished profiles, those of other work, a fit, and a user's own folder are each refused."""
    out = tmp_path / "out"
    run_profile(toy(), {"volume": 20.0}, out=out)
    with pytest.raises(InputError, match="finished profiles"):
        run_profile(toy(), {"volume": 20.0}, out=out)
    (out / "profile.json").unlink()
    with pytest.raises(InputError, match="profiles of another fit"):
        run_profile(toy(), {"volume": 20.0}, level=0.9, out=out)
    assert run_profile(toy(), {"volume": 20.0}, level=0.9, out=out, overwrite=True).level == 0.9
    toy().run(starts=1, out=tmp_path / "fit")
    with pytest.raises(InputError, match="holds no profiles"):
        run_profile(toy(), {"volume": 20.0}, out=tmp_path / "fit", overwrite=True)
    assert (tmp_path / "fit" / "fit.json").exists()


def test_a_damaged_folder_is_named(tmp_path):
    """A side or a result that was cut or changed by hand is no traceback."""
    out = tmp_path / "out"
    run_profile(toy(), {"volume": 20.0}, out=out)
    (out / "profile.json").write_text('{"model": "toy"}')
    with pytest.raises(InputError, match="is damaged"):
        read_profile(out)
    (out / "profile.json").unlink()
    with pytest.raises(InputError, match="no finished profiles"):
        read_profile(out)
    for text, message in (('{"parameter": ', "cannot be read"), ('{"points": [1]}', "is damaged")):
        (out / "profiles" / "volume_up.json").write_text(text)
        with pytest.raises(InputError, match=message):
            run_profile(toy(), {"volume": 20.0}, out=out)


def test_a_finished_fit_is_taken_up_only_by_its_own_problem(tmp_path):
    """Its values, seed included; another bound or target is another problem, and is named."""
    fitted = toy().run(starts=1, seed=7, out=tmp_path / "fit")
    record = read_fit_of(toy(), tmp_path / "fit")
    found = run_profile(toy(), record)
    assert found.seed == 7
    assert found.to_dict() == run_profile(toy(), fitted).to_dict()
    with pytest.raises(InputError, match="other targets"):
        read_fit_of(toy(concentrations(volume=30.0)), tmp_path / "fit")
    other = toy()
    other.bound("volume", 2.0, 90.0)
    with pytest.raises(InputError, match="other settings"):
        read_fit_of(other, tmp_path / "fit")


_SCRIPT = """
import os, signal, sys
from pdmodel.inference import FitProblem, run_profile
from tests.inference.conftest import short_targets

def kill(done, total, text):
    if done == 1:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    problem = FitProblem(
        "reference", short_targets(), days=7, free=["il6_induction"], regimen="10 mg daily",
        differ=["tone"],
    )
    run_profile(problem, {"il6_induction": 2.2}, jobs=1, out=sys.argv[1], progress=kill)
"""


def test_a_killed_profile_resumes_where_it_was(short_problem, tmp_path):
    """SIGKILL after the first side: it is not made again and profile.json is the same."""
    script, out = tmp_path / "script.py", tmp_path / "killed"
    script.write_text(_SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, str(script), str(out)]
    killed = subprocess.run(command, env=environment, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    committed = sorted((out / "profiles").glob("*.json"))
    assert len(committed) == 1
    assert not (out / "profile.json").exists()
    stamps = {path: path.stat().st_mtime_ns for path in committed}
    best = {"il6_induction": 2.2}
    run_profile(short_problem, best, out=out, overwrite=True)
    assert {path: path.stat().st_mtime_ns for path in committed} == stamps
    run_profile(short_problem, best, out=tmp_path / "whole")
    assert (out / "profile.json").read_bytes() == (tmp_path / "whole" / "profile.json").read_bytes()
