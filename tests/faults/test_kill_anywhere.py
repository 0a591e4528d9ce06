"""Killed at any operation on files, a command goes on or begins anew, and nothing is left over.

A few operations of each command are tried; `PDMODEL_KILL_ALL=1` tries all of them.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from tests.faults.commands import COMMANDS, Command, prepare
from tests.faults.killing import KILLED, contents, in_child

ALL = bool(os.environ.get("PDMODEL_KILL_ALL"))
FEW = 2

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def tried(name: str, total: int) -> list[int]:
    """Return the operations at which a command is killed: the last ones are the likeliest."""
    if ALL or total <= FEW:
        return list(range(1, total + 1))
    chosen = random.Random(name).sample(range(1, total), FEW - 1)
    return [*sorted(chosen), total]


def check(command: Command, sandbox: Path, before: Path, whole: dict[str, str], last: int) -> None:
    """Kill a command at one operation, look at what is there, and run it again."""
    place = sandbox / f"killed_{last}"
    shutil.copytree(before, place, symlinks=True)
    status, _ = in_child(lambda: command.run(place), last)
    assert status == KILLED
    found, result = contents(place), f"out/{command.result}"
    started = contents(before).get(result)
    if result in found and not command.result.endswith("manifest.json"):
        assert found[result] in (whole[result], started), f"{result} is half-written"
    in_child(lambda: again(command, place, found.get(result, "") == whole.get(result)))
    assert contents(place) == whole, f"killed at operation {last}"
    shutil.rmtree(place)


def again(command: Command, place: Path, done: bool) -> None:
    """Run a command once more; where it had come to its end, it may say so."""
    try:
        command.run(place)
    except InputError as error:
        if not done or "finished" not in str(error):
            raise


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_killed_anywhere_goes_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same bytes as without a kill; no temporary name, lock or half file remains."""
    prepare(monkeypatch, tmp_path)
    command, before, untouched = COMMANDS[name], tmp_path / "before", tmp_path / "untouched"
    before.mkdir()
    command.before(before)
    shutil.copytree(before, untouched)
    command.run(untouched)
    whole = contents(untouched)
    assert not [file for file in whole if ".partial-" in file or file.endswith(".lock")]
    counted = tmp_path / "counted"
    shutil.copytree(before, counted)
    _, total = in_child(lambda: command.run(counted))
    assert total > 0
    assert contents(counted) == whole
    for last in tried(name, total):
        check(command, tmp_path, before, whole, last)
    with capsys.disabled():
        if ALL:
            print(f"{name}: killed at each of {total} operations")
