"""Files and folders are there in full or not at all."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.storage import new_file, new_folder, place_of, write_json, write_text


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_and_replaced(tmp_path: Path) -> None:
    """The last text stands alone, in a folder made for it."""
    path = tmp_path / "new" / "a.txt"
    write_text(path, "first\r\nline")
    assert path.read_bytes() == b"first\r\nline"
    assert write_text(path, "µ") == path
    assert path.read_bytes() == "µ".encode()
    assert names(path.parent) == ["a.txt"]


def test_files_follow_the_mask(tmp_path: Path) -> None:
    """Others may read a result as any other file of the user, not only its owner."""
    plain = tmp_path / "plain"
    plain.write_text("x")
    written = write_text(tmp_path / "written", "x")
    assert stat.S_IMODE(written.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    (tmp_path / "plain_folder").mkdir()
    with new_folder(tmp_path / "folder"):
        pass
    modes = {(tmp_path / name).stat().st_mode for name in ("plain_folder", "folder")}
    assert len(modes) == 1


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the rename fails, the old content stays and no temporary file is left."""
    path = write_text(tmp_path / "a.txt", "old")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pdmodel.storage.files.atomic.os.replace", refuse)
    with pytest.raises(InputError, match=r"cannot write to .*a\.txt.*Permission denied"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_json_keeps_order_and_ends_with_a_newline(tmp_path: Path) -> None:
    """The bytes depend on the data only."""
    path = write_json(tmp_path / "a.json", {"b": 1.5, "a": [None, "µ"]})
    assert path.read_text(encoding="utf-8") == '{\n "b": 1.5,\n "a": [\n  null,\n  "µ"\n ]\n}\n'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_refuses_what_is_no_number(tmp_path: Path, number: float) -> None:
    """NaN is not JSON; the old file stays."""
    path = write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"x": number})
    assert json.loads(path.read_text()) == {"x": 1}


def test_folder_appears_whole(tmp_path: Path) -> None:
    """The place is empty until the block ends."""
    place = tmp_path / "deep" / "run"
    with new_folder(place) as folder:
        (folder / "figures").mkdir()
        (folder / "figures" / "a.png").write_bytes(b"x")
        assert not place.exists()
    assert (place / "figures" / "a.png").read_bytes() == b"x"
    assert names(place.parent) == ["run"]


def test_folder_of_a_failed_block_is_gone(tmp_path: Path) -> None:
    """An error inside leaves nothing behind."""
    with pytest.raises(ValueError, match="JSON"), new_folder(tmp_path / "run") as folder:
        write_json(write_text(folder / "a.txt", "half").with_name("b.json"), float("nan"))
    assert names(tmp_path) == []


def test_existing_folder_is_refused_and_kept(tmp_path: Path) -> None:
    """The message says what to do."""
    place = tmp_path / "run"
    place.mkdir()
    (place / "precious.txt").write_text("mine")
    with pytest.raises(InputError, match=r"run.* exists .*--overwrite"), new_folder(place):
        pytest.fail("the block must not be entered")
    assert names(tmp_path) == ["run"]
    assert names(place) == ["precious.txt"]


def test_overwrite_replaces_all_of_it(tmp_path: Path) -> None:
    """No file of the old folder is mixed with the new ones; a failure keeps the old folder."""
    place = tmp_path / "run"
    place.mkdir()
    (place / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), new_folder(place, True, lambda _: []):
        raise RuntimeError
    assert names(place) == ["old.txt"]
    with new_folder(place, True, lambda _: []) as folder:
        (folder / "new.txt").write_text("new")
    assert names(place) == ["new.txt"]
    assert names(tmp_path) == ["run"]


def test_a_failed_replacement_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that stepped aside returns when the new one cannot take its place."""
    place = tmp_path / "run"
    place.mkdir()
    (place / "old.txt").write_text("old")
    true_replace = os.replace
    calls: list[Path] = []

    def fail_second(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        true_replace(source, target)

    monkeypatch.setattr("pdmodel.storage.files.whole_folder.os.replace", fail_second)
    with pytest.raises(InputError, match="No space left"), new_folder(place, True, lambda _: []):
        pass
    assert names(tmp_path) == ["run"]
    assert names(place) == ["old.txt"]


def test_empty_folder_may_be_used(tmp_path: Path) -> None:
    """A folder someone made for the result is not an obstacle."""
    (tmp_path / "run").mkdir()
    with new_folder(tmp_path / "run") as folder:
        (folder / "a.txt").write_text("x")
    assert names(tmp_path / "run") == ["a.txt"]


def test_a_file_in_the_way_is_never_replaced(tmp_path: Path) -> None:
    """Not even with overwrite."""
    path = write_text(tmp_path / "run", "mine")
    with pytest.raises(InputError, match="is a file"):
        new_folder(path, overwrite=True).__enter__()
    with pytest.raises(InputError, match="cannot write"):
        write_text(path / "a.txt", "x")
    assert path.read_text() == "mine"


def test_a_killed_process_leaves_the_place_empty(tmp_path: Path) -> None:
    """Even SIGKILL cannot leave half a folder under the final name."""
    code = (
        "import os, signal, sys; from pdmodel.storage import new_folder\n"
        "with new_folder(sys.argv[1]) as folder:\n"
        "    (folder / 'a.txt').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "run")], check=False)
    assert done.returncode != 0
    assert not (tmp_path / "run").exists()


def test_what_a_user_put_there_is_not_replaced(tmp_path: Path) -> None:
    """Overwriting is for what pdmodel wrote; by default nothing in a folder is known as such."""
    place = tmp_path / "run"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"'mine\.txt', which pdmodel did not write"):
        new_folder(place, overwrite=True).__enter__()
    assert names(place) == ["mine.txt"]


def test_the_next_writer_clears_up_after_a_killed_one(tmp_path: Path) -> None:
    """What a dead process left beside a file goes; what a living one writes stays."""
    code = (
        "import os, signal, sys; from pdmodel.storage import new_file\n"
        "with new_file(sys.argv[1]): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "a.txt"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert len(names(tmp_path)) == 1
    with new_file(path) as mine:
        write_text(path, "x")
        assert names(tmp_path) == sorted([mine.name, "a.txt"])


def test_home_links_and_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the home folder; a link is written through; a device is never replaced."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert write_text("~/b c/a.txt", "x") == tmp_path / "b c" / "a.txt"
    (tmp_path / "link").symlink_to(tmp_path / "b c" / "a.txt")
    write_text(tmp_path / "link", "y")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "b c" / "a.txt").read_text() == "y"
    with pytest.raises(InputError, match="is a device, not a file"):
        write_text(os.devnull, "x")
    with pytest.raises(InputError, match="names no place"):
        place_of("~nobody-of-that-name/x")
    with pytest.raises(InputError, match="is empty"):
        place_of("")
