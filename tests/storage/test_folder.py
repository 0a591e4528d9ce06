"""A result folder belongs to one question; what a user put there is never removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.storage import (
    KINDS,
    ResultFolder,
    check_place,
    holds,
    new_result,
    write_figures,
    write_json,
)

QUESTION = {"model": "toy", "values": [1.0]}


def names(folder: Path) -> list[str]:
    """All files below a folder, hidden ones too."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def fitted(place: Path, question: dict[str, object] | None = None, **how: bool) -> Path:
    """Write what looks like the folder of a fit."""
    with ResultFolder.take(place, "fit", question or QUESTION, **how) as folder:
        folder.parts("starts")["start_0000.json"] = {"cost": 1.0}
        folder.finish({"targets.csv": "a,b\n", "figures/own.png": b"x"}, {"cost": 1.0})
    return place


def test_parts_are_taken_up_again(tmp_path: Path) -> None:
    """What was committed before a run broke off is there in the next, of the same question only."""
    with ResultFolder.take(tmp_path / "run", "fit", QUESTION) as folder:
        folder.parts("starts")["start_0000.json"] = {"cost": 1.0}
    assert not holds(tmp_path / "run", "fit")
    with ResultFolder.take(tmp_path / "run", "fit", QUESTION) as folder:
        parts = folder.parts("starts")
        assert list(parts) == ["start_0000.json"]
        assert "start_0001.json" not in parts
        assert parts["start_0000.json"] == {"cost": 1.0}
    with pytest.raises(InputError, match=r"the fit of another problem; .* --overwrite"):
        ResultFolder.take(tmp_path / "run", "fit", {"model": "other"})


def test_a_finished_result_is_replaced_only_when_asked(tmp_path: Path) -> None:
    """Nothing of the old one is left; a finished one may also be taken up."""
    place = fitted(tmp_path / "run")
    assert holds(place, "fit")
    assert not holds(place, "trial")
    with pytest.raises(InputError, match="holds a finished fit"):
        ResultFolder.take(place, "fit", QUESTION)
    ResultFolder.take(place, "fit", QUESTION, keep=True).close()
    assert len(names(place)) == 5
    ResultFolder.take(place, "fit", {"model": "other"}, overwrite=True).close()
    assert names(place) == ["manifest.json"]


@pytest.mark.parametrize("mine", ["NOTES.md", "figures/mine.png", "starts/a.txt", "my/thesis.tex"])
def test_what_a_user_added_stays(tmp_path: Path, mine: str) -> None:
    """Overwriting is refused, the file is named, and nothing is gone."""
    place = fitted(tmp_path / "run")
    (place / mine).parent.mkdir(exist_ok=True)
    (place / mine).write_text("mine")
    before = names(place)
    told = mine.removesuffix("/thesis.tex")
    for act in (
        lambda: ResultFolder.take(place, "fit", {"model": "other"}, overwrite=True),
        lambda: check_place(place, "fit", overwrite=True),
    ):
        with pytest.raises(InputError, match=f"'{told}', which pdmodel did not write"):
            act()
    assert names(place) == before
    (place / mine).rename(tmp_path / "mine")
    if told == "my":
        (place / "my").rmdir()
    (place / ".DS_Store").write_text("left by a file manager")
    ResultFolder.take(place, "fit", QUESTION, overwrite=True).close()


def test_links_in_a_folder_are_not_ours(tmp_path: Path) -> None:
    """Neither a link with a name of ours nor what it leads to is removed."""
    place, other = fitted(tmp_path / "run"), tmp_path / "other"
    other.mkdir()
    (place / "report.html").symlink_to(other)
    with pytest.raises(InputError, match=r"'report\.html', which pdmodel did not write"):
        ResultFolder.take(place, "fit", QUESTION, overwrite=True)
    assert other.is_dir()


def test_folders_of_others_are_refused(tmp_path: Path) -> None:
    """A user's folder, a file in the way, and a result of another kind; even to overwrite."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "fit.json").write_text("{}")
    (tmp_path / "file").write_text("x")
    fitted(tmp_path / "run")
    for name, message in (
        ("mine", "holds no trial; choose"), ("file", "is a file, not a folder"),
        ("run", "holds no trial but the fit of another problem"),
        ("file/below", "cannot write to"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            ResultFolder.take(tmp_path / name, "trial", QUESTION, overwrite=True)


def test_every_door_knows_home_and_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~`, a link to another disk, `.`, blanks, and a change of folder on the way."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    fitted(Path("~/a b/c"))
    assert holds("~/a b/c", "fit")
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to("scratch")
    for _ in range(2):
        fitted(tmp_path / "link", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with ResultFolder.take(".", "fit", QUESTION) as folder:
        monkeypatch.chdir(tmp_path)
        folder.finish({}, {})
    assert names(tmp_path / "here") == ["fit.json", "manifest.json"]
    assert sorted(os.listdir(tmp_path)) == ["a b", "here", "link", "scratch"]


def test_a_folder_that_has_gone_is_named(tmp_path: Path) -> None:
    """What is written next says so, and does not make half a folder anew."""
    with ResultFolder.take(tmp_path / "run", "fit", QUESTION) as folder:
        (tmp_path / "run" / "manifest.json").unlink()
        with pytest.raises(InputError, match="was moved or removed while pdmodel was writing"):
            folder.write("targets.csv", "x")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """A second one is refused and told who is there; a killed one leaves the place free."""
    busy = pytest.raises(InputError, match=f"being written to by process {os.getpid()} on")
    with ResultFolder.take(tmp_path / "run", "fit", QUESTION), busy:
        ResultFolder.take(tmp_path / "run", "fit", QUESTION)
    code = (
        "import os, signal, sys; from pdmodel.storage import ResultFolder\n"
        "ResultFolder.take(sys.argv[1], 'fit', {'a': 1}); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "killed")], check=False)
    assert done.returncode != 0
    ResultFolder.take(tmp_path / "killed", "fit", {"a": 1}).close()
    assert names(tmp_path / "killed") == ["manifest.json"]


def test_results_within_go_with_what_holds_them(tmp_path: Path) -> None:
    """A comparison is replaced with its hypotheses; what a user put beside them is seen."""
    place = tmp_path / "compared"
    ResultFolder.take(place / "hypotheses" / "a", "hypothesis", QUESTION).close()
    fitted(place / "hypotheses" / "a" / "fit")
    ResultFolder.take(place, "comparison", {"comparison": "one"}).close()
    (place / "hypotheses" / "a" / "fit" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"'hypotheses/a/fit/mine\.txt'"):
        ResultFolder.take(place, "comparison", {"comparison": "two"}, overwrite=True)
    (place / "hypotheses" / "a" / "fit" / "mine.txt").unlink()
    ResultFolder.take(place, "comparison", {"comparison": "two"}, overwrite=True).close()
    assert names(place) == ["manifest.json"]


def test_an_older_folder_is_known(tmp_path: Path) -> None:
    """It was written before there was a kind: it may be replaced, not taken up."""
    write_json(tmp_path / "run" / "problem.json", {"fingerprint": "x"})
    write_json(tmp_path / "run" / "fit.json", {})
    with pytest.raises(InputError, match="finished fit of an older pdmodel"):
        ResultFolder.take(tmp_path / "run", "fit", QUESTION)
    ResultFolder.take(tmp_path / "run", "fit", QUESTION, overwrite=True).close()
    assert names(tmp_path / "run") == ["manifest.json"]


def test_a_result_made_at_once_replaces_the_old_one(tmp_path: Path) -> None:
    """The old one stays when the block raises; a folder that was made for it may be empty."""
    place = tmp_path / "run"
    place.mkdir()
    for text in ("old", "new"):
        with new_result(place, "simulation", overwrite=True) as folder:
            write_json(folder / "manifest.json", {"kind": "simulation"})
            (folder / "trajectories.nc").write_text(text)
            if text == "old":
                (folder / "extra.csv").write_text("x")
    assert names(tmp_path) == ["run/manifest.json", "run/trajectories.nc"]
    with pytest.raises(RuntimeError), new_result(place, "simulation", overwrite=True) as folder:
        raise RuntimeError
    assert (place / "trajectories.nc").read_text() == "new"
    with pytest.raises(InputError, match="holds a simulation"):
        new_result(place, "simulation").__enter__()


def drawn_at_once(place: Path, name: str) -> None:
    """Write a simulation with a figure of any name, whole or not at all."""
    with new_result(place, "simulation", overwrite=True) as folder:
        write_json(folder / "manifest.json", {"kind": "simulation"})
        (folder / "figures").mkdir()
        (folder / "figures" / name).write_text(name)
        (folder / "trajectories.nc").write_text(name)


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_replacement_that_broke_off_is_ours(
    moved: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while new files take their places: they are listed, and the next one replaces them."""
    place = tmp_path / "run"
    drawn_at_once(place, "one.png")
    replace, left = os.replace, [moved]

    def broken(source: Path, target: Path) -> None:
        if ".partial-" in str(Path(source).parent) and ".partial-" not in str(target):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(5, "gone")
        replace(source, target)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(InputError, match="gone"):
        drawn_at_once(place, "two.png")
    monkeypatch.undo()
    assert not holds(place, "simulation")
    drawn_at_once(place, "three.png")
    assert names(tmp_path) == ["run/figures/three.png", "run/manifest.json", "run/trajectories.nc"]


def test_a_refused_figure_is_not_listed(tmp_path: Path) -> None:
    """A picture of the user is in the way, and stays so however often it is tried."""
    place = fitted(tmp_path / "run")
    (place / "figures" / "mine.png").write_bytes(b"mine")
    for _ in range(2):
        with pytest.raises(InputError, match=r"mine\.png' is no figure that pdmodel drew"):
            write_figures(place, {"figures/mine.png": b"x"})
    assert (place / "figures" / "mine.png").read_bytes() == b"mine"


def test_figures_that_are_drawn_again_are_ours(tmp_path: Path) -> None:
    """They are listed, so that the folder may be replaced later."""
    place = fitted(tmp_path / "run")
    write_figures(place, {"figures/later.png": b"x"})
    assert "figures/later.png" in json.loads((place / "manifest.json").read_text())["files"]
    ResultFolder.take(place, "fit", QUESTION, overwrite=True).close()
    assert names(place) == ["manifest.json"]


def test_kinds_name_each_other() -> None:
    """Whatever a kind holds or lies beside is a kind, and has another result."""
    for kind in KINDS.values():
        assert {*kind.nested.values(), *filter(None, [kind.beside])} <= set(KINDS)
        assert kind.result not in kind.files


def test_names_alone_make_no_folder_ours(tmp_path: Path) -> None:
    """Editors write a settings.json, others a problem.json; what is in them counts."""
    for name, kind in (("settings.json", "trial"), ("problem.json", "fit")):
        place = tmp_path / kind
        write_json(place / name, {"editor.fontSize": 12})
        with pytest.raises(InputError, match=f"holds no {kind}; choose"):
            ResultFolder.take(place, kind, QUESTION, overwrite=True)
        assert names(place) == [name]


def test_pictures_of_others_stay(tmp_path: Path) -> None:
    """Figures are drawn over figures of pdmodel, and over no others."""
    drawn = {"run.png": b"\x89PNG Software\x00pdmodel one"}
    for _ in range(2):
        write_figures(tmp_path / "slides", drawn)
    (tmp_path / "slides" / "run.png").write_bytes(b"\x89PNG mine")
    with pytest.raises(InputError, match=r"run\.png' is no figure that pdmodel drew"):
        write_figures(tmp_path / "slides", drawn)
    assert (tmp_path / "slides" / "run.png").read_bytes() == b"\x89PNG mine"
