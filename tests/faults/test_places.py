"""Places that cannot be written to, or vanish on the way: one line, and nothing half-written."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.storage import place_of
from tests.faults.commands import COMMANDS, prepare
from tests.toys.slow_laboratory import TRIAL, problem

QUICK = ("simulate", "fit", "profile", "sensitivity", "trial run", "trial schedule", "export")


@pytest.mark.parametrize("name", [*QUICK, "cohort.nc", "cohort.zarr"])
def test_a_folder_that_may_not_be_written_to_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever door: the place and the reason, and no file."""
    prepare(monkeypatch, tmp_path)
    (tmp_path / "locked").mkdir()
    denied = PermissionError(errno.EACCES, "Permission denied")

    def refuse(*_: object, **__: object) -> None:
        raise denied

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    monkeypatch.setattr("pdmodel.storage.files.temporary_names.tempfile.mkstemp", refuse)
    monkeypatch.setattr("pdmodel.storage.files.temporary_names.tempfile.mkdtemp", refuse)
    told = ""
    try:
        COMMANDS[name].run(tmp_path / "locked")
    except InputError as error:
        told = str(error)
    except AssertionError:  # of a verb that was run in words
        told = capsys.readouterr().err.removeprefix("error: ").strip()
    assert told.startswith("cannot write to ")
    assert told.endswith("Permission denied")
    assert "\n" not in told
    assert list((tmp_path / "locked").iterdir()) == []


@pytest.mark.parametrize("way", ["fit", "trial"])
def test_a_folder_that_vanishes_is_one_line(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written next says so; half a folder is not made anew."""
    prepare(monkeypatch, tmp_path)
    out = place_of(tmp_path / "out")

    def vanish(done: int, total: int, text: str) -> None:
        shutil.rmtree(out, ignore_errors=True)

    ways: dict[str, Callable[[], object]] = {
        "fit": lambda: problem().run(starts=2, out=out, progress=vanish),
        "trial": lambda: TRIAL.run(8, out=out, threads=1, progress=vanish),
    }
    with pytest.raises(InputError, match="was moved or removed while pdmodel was writing to it"):
        ways[way]()
    assert not out.exists()
