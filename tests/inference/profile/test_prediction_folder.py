"""Folders of prediction profiles: alone or with those of parameters, resumed, never mixed up."""

import json

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import (
    profile_predictions,
    read_predictions,
    read_profile,
    run_profile,
)
from tests.toys.profiles import concentrations, toy

BEST = {"volume": 20.0, "k": 0.7}
LEVELS = ["one:concentration:level:2.5", "one:concentration:level:3"]


def problem():
    """Return one with two free parameters."""
    return toy(free=("volume", "k"))


def test_workers_do_not_change_a_byte(tmp_path):
    """What 1 and 2 workers write."""
    for jobs, name in ((1, "one"), (2, "two")):
        profile_predictions(problem(), BEST, LEVELS, jobs=jobs, out=tmp_path / name)
    for name in ("predictions.json", "predictions.csv", "predictions.txt"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_folder_holds_what_it_says(tmp_path):
    """No NaN; it reads back the same; one row a point."""
    found = profile_predictions(problem(), BEST, LEVELS, out=tmp_path)
    text = (tmp_path / "predictions.json").read_text()
    data = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    again = read_predictions(tmp_path)
    assert again.to_dict() == data == found.to_dict()
    assert again.report() == found.report() == (tmp_path / "predictions.txt").read_text()
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 1 + len(found.curve)
    assert list(again.predictions["name"]) == LEVELS
    assert json.loads((tmp_path / "predictions_manifest.json").read_text())["jobs"] == 1


def test_only_what_is_missing_is_made_again(tmp_path):
    """One side removed: that one is new, the others keep their time stamps, bytes are the same."""
    profile_predictions(problem(), BEST, LEVELS, out=tmp_path)
    whole = (tmp_path / "predictions.json").read_bytes()
    sides = sorted((tmp_path / "predictions").iterdir())
    assert len(sides) == 4
    assert all(":" not in side.name for side in sides)
    (tmp_path / "predictions.json").unlink()
    sides[1].unlink()
    stamps = {side: side.stat().st_mtime_ns for side in sides if side.exists()}
    seen = []
    profile_predictions(
        problem(), BEST, LEVELS, out=tmp_path, progress=lambda done, total, text: seen.append(text)
    )
    assert len(seen) == 2
    assert seen[1].endswith("up: crossed")
    assert {side: side.stat().st_mtime_ns for side in stamps} == stamps
    assert (tmp_path / "predictions.json").read_bytes() == whole


def test_both_kinds_share_a_folder(tmp_path):
    """Whichever comes first; to replace one leaves the other alone."""
    profile_predictions(problem(), BEST, LEVELS, out=tmp_path)
    run_profile(problem(), BEST, out=tmp_path)
    parameters = (tmp_path / "profile.json").read_bytes()
    with pytest.raises(InputError, match="holds finished predictions"):
        profile_predictions(problem(), BEST, LEVELS[:1], out=tmp_path)
    profile_predictions(problem(), BEST, LEVELS[:1], out=tmp_path, overwrite=True)
    assert (tmp_path / "profile.json").read_bytes() == parameters
    assert len(read_predictions(tmp_path).rows) == 1
    run_profile(problem(), BEST, ["k"], out=tmp_path, overwrite=True)
    assert (len(read_predictions(tmp_path).rows), len(read_profile(tmp_path).rows)) == (1, 1)


def test_what_belongs_to_another_fit_is_refused(tmp_path):
    """Profiles of other targets in the same folder, and a plan that was changed half-way."""
    other = toy(concentrations(volume=30.0), free=("volume", "k"))
    run_profile(problem(), BEST, ["k"], out=tmp_path)
    with pytest.raises(InputError, match="holds profiles of another problem"):
        profile_predictions(other, BEST, LEVELS, out=tmp_path)
    profile_predictions(problem(), BEST, LEVELS, out=tmp_path)
    (tmp_path / "predictions.json").unlink()
    with pytest.raises(InputError, match="holds predictions of another fit"):
        profile_predictions(problem(), BEST, LEVELS, level=0.9, out=tmp_path)
    profile_predictions(other, BEST, LEVELS, out=tmp_path, overwrite=True)
    with pytest.raises(InputError, match="no finished profiles"):
        read_profile(tmp_path)


def test_a_folder_without_predictions_is_named(tmp_path):
    """Nothing there, or something that was changed by hand."""
    with pytest.raises(InputError, match="no finished predictions"):
        read_predictions(tmp_path)
    (tmp_path / "predictions.json").write_text('{"model": "toy"}')
    with pytest.raises(InputError, match="is damaged"):
        read_predictions(tmp_path)
