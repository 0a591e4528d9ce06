"""Damaged and forged result folders: a result, or one line that says what is wrong.

A handful of seeded cases; `PDMODEL_FUZZ_SECONDS=600 PDMODEL_FUZZ_SEED=7` runs for longer.
"""

from __future__ import annotations

import os
import random
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pdmodel.engine.run_folder import read_runs
from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.discrimination.run import decide
from pdmodel.hypotheses.examination.finished import standing
from pdmodel.inference import read_predictions, read_profile, read_result
from pdmodel.inference.posterior.posterior import read_posterior
from pdmodel.inference.profile.folder import read_fit_of
from pdmodel.plots import figures as result_figures
from pdmodel.report import sections_of
from pdmodel.report.page import render
from pdmodel.storage import write_json
from pdmodel.trial import calibrate, read_calibration
from tests.faults.commands import COMMANDS, figures, prepare
from tests.fuzz.mutations import copy, mutate
from tests.toys import slow_laboratory as lab

SECONDS = float(os.environ.get("PDMODEL_FUZZ_SECONDS", 0))
SEED = int(os.environ.get("PDMODEL_FUZZ_SEED", 1))
CASES = 40
Read = Callable[[Path], object]


def page(place: Path) -> object:
    """Write the report of a folder, to nowhere."""
    return render(*sections_of(place / "out"))


def plot(place: Path) -> None:
    """Draw what a folder holds."""
    from pdmodel.cli.verbs.plot import plot as verb

    verb(place / "out", place / "drawn")


def again(name: str, result: str) -> Read:
    """Return what goes on in a folder that is not finished."""

    def run(place: Path) -> None:
        file = place / "out" / result
        if file.is_file():
            file.unlink()
        COMMANDS[name].run(place)

    return run


def decided(place: Path) -> object:
    """Rank measurements by what a comparison and posteriors hold."""
    names = list(lab.COMPARISON.hypotheses)
    posteriors = place / "evidence" if (place / "evidence").is_dir() else None
    return decide(
        lab.COMPARISON, names, place / "out", lab.ASSAYS, lab.ARMS, place / "decided",
        posteriors=posteriors, members=3, draw=figures,
    )  # fmt: skip


READERS: Mapping[str, tuple[Read, ...]] = {
    "simulate": (plot, page),
    "simulate several": (plot, page, lambda place: read_runs(place / "out")),
    "fit": (
        lambda place: read_result(place / "out").report(),
        lambda place: read_fit_of(lab.problem(), place / "out"),
        plot, page, again("fit", "fit.json"),
    ),
    "predictions": (
        lambda place: read_profile(place / "out").report(),
        lambda place: read_predictions(place / "out").report(),
        plot, page, again("profile", "profile.json"), again("predictions", "predictions.json"),
    ),
    "sensitivity": (page,),
    "trial run": (page, again("trial run", "trial.json")),
    "trial schedule": (page, again("trial schedule", "trial.json")),
    "compare": (
        page, lambda place: standing(place / "out"), COMMANDS["compare"].run, decided,
    ),
    "evidence": (
        page, COMMANDS["evidence"].run,
        lambda place: [read_posterior(f) for f in (place / "out").rglob("posterior.nc")],
    ),
    "calibration": (lambda place: read_calibration(place / "out" / "c.json", lab.TRIAL),),
}  # fmt: skip


@pytest.fixture(scope="module")
def patched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let all rooms find the toys."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        draw = result_figures.draw_figures
        place = tmp_path_factory.mktemp("toys")
        prepare(monkeypatch, place)
        monkeypatch.setattr(result_figures, "draw_figures", draw)
        yield place


@pytest.fixture(scope="module")
def folders(patched: Path) -> dict[str, Path]:
    """Return a sound folder of each kind."""
    found = {}
    for name in READERS:
        found[name] = patched / name
        found[name].mkdir()
        if name == "calibration":
            told = calibrate(lab.TRIAL, lab.TRIAL.free, model=lab.TOY, patients=16, threads=1)
            write_json(found[name] / "out" / "c.json", told.to_dict())
        else:
            COMMANDS[name].before(found[name])
            COMMANDS[name].run(found[name])
    return found


def check(read: Read, place: Path, words: str) -> bool:
    """Read a folder; whether it was refused."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)
            warnings.filterwarnings("ignore", category=RuntimeWarning)
            read(place)
    except PdmodelError as error:
        if not 0 < len(str(error)) < 2000 or "\n" in str(error):
            raise AssertionError(f"{words}: is no line: {error}") from error
        return True
    except BaseException as error:
        raise AssertionError(f"{words}: {type(error).__name__}: {error}") from error
    return False


def test_sound_folders_are_read(folders: dict[str, Path], tmp_path: Path) -> None:
    """Every reader takes what was written."""
    for name, readers in READERS.items():
        for number, read in enumerate(readers):
            refused = check(read, copy(folders[name], tmp_path / "place"), f"{name} {number}")
            assert not refused or (name, read) == ("simulate", page), f"{name} {number}"


def test_damaged_folders_end_in_one_line(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is done to one file of a folder, whoever reads it."""
    draw, begun, cases, refused = random.Random(SEED), time.monotonic(), 0, 0
    while cases < CASES or time.monotonic() - begun < SECONDS:
        name = draw.choice(list(READERS))
        place = copy(folders[name], tmp_path / "place")
        files = [f for f in sorted(place.rglob("*")) if f.is_file() and f.suffix != ".png"]
        seed = draw.randrange(10**9)
        own = random.Random(seed)
        words = mutate(own.choice(files), own)
        read = own.choice(READERS[name])
        refused += check(read, place, f"case {cases}, {name}: {words}")
        cases += 1
    with capsys.disabled():
        if SECONDS:
            print(f"{cases} cases, 0 mismatches, {refused} refused, seed {SEED}")
