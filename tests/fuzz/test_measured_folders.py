"""Damaged folders of fits to measured courses: a report, a figure, a fit that goes on, or one line.

A fixed handful of reports; `FUZZ_SECONDS=600` goes on for longer, and lets fits go on too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest

from pdmodel.cli import run
from tests.conftest import leave_figures_blank
from tests.fuzz.mutation import cases
from tests.fuzz.mutations import copy, mutate
from tests.toys.measured_laboratory import EACH, MODEL, OBSERVED, QUICK, courses

POPULATION = (
    "m.py:model", "pk.csv", *OBSERVED, "--own", "volume", "--free", "k", "--method", "population",
)  # fmt: skip
FITS: Mapping[str, tuple[str, ...]] = {
    "fit.json": (*EACH, *QUICK),
    "population.json": POPULATION,
    "rivals.json": (*EACH, *QUICK, "--against", "m.py:lasting"),
}
"""What is asked, by the file of the folder that is written last."""


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a model, its data, and a sound folder of each kind; figures are blank."""
    place = tmp_path_factory.mktemp("measured")
    (place / "m.py").write_text(MODEL)
    (place / "pk.csv").write_text(courses())
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(place)
        leave_figures_blank(monkeypatch)
        for last, asked in FITS.items():
            assert run(["fit-data", *asked, "--out", last[:-5], "--quiet"]) == 0
    return place


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("last", FITS)
def test_damage_ends_in_one_line(
    last: str, laboratory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever file is damaged, finished or not; no traceback, and no other warning."""
    monkeypatch.chdir(laboratory)
    asked, codes = FITS[last], set()
    for number, chance in enumerate(cases(10, seed=1)):
        folder = copy(laboratory / last[:-5], laboratory / "damaged")
        if finished := number < 10 or chance.random() < 0.6:
            words = ["report", "damaged", "--quiet"]
        else:
            (folder / last).unlink()
            words = ["fit-data", *asked, "--out", "damaged", "--quiet"]
        files = [f for f in folder.rglob("*") if f.suffix in (".json", ".csv", ".nc", ".txt")]
        how = f"case {number}, {mutate(chance.choice(sorted(files)), chance)}, {finished=}"
        capsys.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            codes.add(code := run(words))
        said = capsys.readouterr().err
        assert code in (0, 2), f"{how}: {said}"
        assert (code == 0) == (not said.startswith("error:")), f"{how}: {said}"
        assert "Traceback" not in said, f"{how}: {said}"
    assert codes == {0, 2}
