"""Every example runs, is short, and saves one figure with something in it."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from pdmodel.hypotheses import ComparisonSettings

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


def test_there_are_sixteen_examples() -> None:
    """Those that the documentation names."""
    assert [path.stem for path in EXAMPLES] == [
        "compare_hypotheses", "compare_on_data", "compare_schedules", "cycle_on_and_off",
        "discriminate_hypotheses",
        "fit_own_data", "high_dose_miss", "il6_fluxes", "population_fit", "posterior_bands",
        "profile_parameters", "refit_with_bound",
        "simulate_regimen", "swap_mechanism", "swap_sbml_reaction", "virtual_trial",
    ]  # fmt: skip


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_saves_one_figure(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run as a script, without a display, it warns of nothing; the figure is large and coloured.

    Those that take a number of patients get few, and a comparison stops its fits early.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pdmodel.hypotheses.ComparisonSettings", stopped_early)
    few = ["8"] if "patients: int" in path.read_text("utf-8") else []
    monkeypatch.setattr(sys, "argv", [str(path), str(tmp_path), *few])
    runpy.run_path(str(path), run_name="__main__")
    check_figure(tmp_path, path.stem, capsys.readouterr().out)


def stopped_early(**settings: Any) -> ComparisonSettings:
    """Return settings of a comparison with as few evaluations of a fit as there may be."""
    return ComparisonSettings(**{**settings, "max_evaluations": 2, "refit_evaluations": 1})


def test_a_user_starts_an_example(tmp_path: Path) -> None:
    """In a process of its own, from another folder."""
    path, environment = EXAMPLES[0].with_name("simulate_regimen.py"), {**os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:pdmodel", str(path), str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    check_figure(tmp_path, path.stem, done.stdout)


def check_figure(folder: Path, name: str, printed: str) -> None:
    """Check that a folder holds the figure of an example and nothing else, and what is on it."""
    (figure,) = folder.iterdir()
    assert printed.splitlines()[-1] == str(figure)
    assert figure.name == f"{name}.png"
    pixels = imread(figure)[..., :3]
    assert min(pixels.shape[:2]) >= 400
    colours = {tuple(pixel) for pixel in pixels.reshape(-1, 3)[::7].tolist()}
    assert len(colours) > 20
    inked = (pixels < 0.95).any(axis=2).mean()
    assert 0.02 < inked < 0.9


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short_and_uses_the_public_package(path: Path) -> None:
    """Under 40 lines, `import pdmodel`, its rooms trial and hypotheses, and what is published."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    assert re.search(r"^import pdmodel$", text, flags=re.MULTILINE)
    below = re.findall(r"^(?:from|import) ((?:pdmodel|equations|fits)\.\S+)", text, re.MULTILINE)
    rooms = {"pdmodel.trial", "pdmodel.hypotheses"}
    assert set(below) <= rooms | {"fits.trials", "fits.schedules", "fits.comparisons"}
