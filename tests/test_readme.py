"""The README is true: its examples run, its figure is theirs, its tables are those of the code."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import image

from pdmodel import load, simulate
from pdmodel.engine.drug_free import start_faults

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
FIGURES = [ROOT / "docs" / name for name in ("two_patients.png", "own_data.png")]

_spec = importlib.util.spec_from_file_location("readme", ROOT / "docs" / "readme.py")
assert _spec is not None
assert _spec.loader is not None
readme = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readme)


def test_examples_run_and_draw_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All Python blocks run one after the other, and draw what the README shows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    names: dict[str, object] = {}
    for block in readme.python_blocks(TEXT):
        exec(compile(block, "README.md", "exec"), names)
    for figure in FIGURES:
        drawn, shown = image.imread(tmp_path / figure.name), image.imread(figure)
        assert drawn.shape == shown.shape
        assert np.std(shown) > 0.05, "the figure is empty"
        assert np.mean(np.abs(drawn - shown)) < 0.005, "run `make readme`"


def test_first_example_has_six_lines() -> None:
    """The first screen stays a first screen."""
    first = readme.python_blocks(TEXT)[0]
    assert len([line for line in first.splitlines() if line.strip()]) == 6
    assert TEXT.index("make fit") < 1800


def test_figures_are_small() -> None:
    """A clone stays light."""
    for figure in FIGURES:
        assert figure.stat().st_size < 150_000
        assert f"](docs/{figure.name})" in TEXT


def test_tables_are_those_of_the_code() -> None:
    """The mechanisms by slot and the counts by status are what the code says."""
    assert readme.written(TEXT) == TEXT, "run `make readme`"


def test_every_published_mechanism_is_listed_once() -> None:
    """Each mechanism of each model stands in the row of its slot."""
    rows = re.findall(r"^\| (\w+) \|(.*)\|$", TEXT, re.MULTILINE)
    listed = [(slot, name) for slot, row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted((m.slot, m.name) for m in readme.mechanisms())
    assert len(listed) > 20


def test_commands_exist() -> None:
    """Each `pdmodel` verb and option that the README prints is one of the command line."""
    import typer

    from pdmodel.cli.app import app

    verbs: dict[str, typer.core.TyperCommand] = vars(typer.main.get_command(app))["commands"]
    used = [shlex.split(line, comments=True) for line in re.findall(r"^pdmodel .*$", TEXT, re.M)]
    used += [shlex.split(words) for words in re.findall(r"`(pdmodel [a-z].*?)`", TEXT)]
    assert len(used) > 6
    for _, verb, *words in used:
        if verb.startswith("pdmodel."):
            continue
        chosen = verbs[verb]
        if isinstance(chosen, typer.core.TyperGroup):
            chosen = vars(chosen)["commands"][words[0]]
        options = {o for parameter in chosen.params for o in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, verb


def test_links_lead_somewhere() -> None:
    """Files that the README links to are there."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_mechanism_to_add_is_not_there_yet() -> None:
    """The example's model moves otherwise than the reference, and passes the checks."""
    names: dict[str, Any] = {}
    block = next(b for b in readme.python_blocks(TEXT) if "il6_as_square_brake" in b)
    exec(compile(block, "README.md", "exec"), names)
    mine, reference = names["square_brake"], load("reference")
    runs = [simulate(model, "10 mg daily", days=84) for model in (mine, reference)]
    ends = [float(run["tumour_tissue"][-1]) for run in runs]
    assert abs(ends[0] / ends[1] - 1) > 1e-3
    assert start_faults(mine, growing=None) == []
