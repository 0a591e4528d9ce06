"""`pdmodel show` prints the model that is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import pdmodel
from pdmodel.model.printing.influence import influences
from pdmodel.model.printing.text import parameter_rows


def test_default_shows_every_state_process_and_number(command) -> None:
    """Equations, parameters with unit, bounds, status and source, and who acts on whom."""
    model = pdmodel.load("reference")
    out = command("show", "reference").out
    assert "Model reference" in out
    assert model.claim in out
    for process in model.processes:
        assert f" {process.name} " in out
    for row in parameter_rows(model):
        assert re.search(rf"^{row.name} .*\b{row.status}\b", out, re.MULTILINE), row.name
    assert f"{model.counted}." in out
    assert re.search(r"^il6 .*tumour_tissue, activated_effectors .*tnf", out, re.MULTILINE)


def test_narrow_terminals_are_respected(command, monkeypatch) -> None:
    """Nothing is wider than 80 columns there; the source stands under its number."""
    monkeypatch.setenv("COLUMNS", "80")
    out = command("show", "reference").out
    assert max(map(len, out.splitlines())) <= 80
    assert "\n  gain of effector-induced IL-6 (MODEL)\n" in out
    assert not re.search(r" +$", out, re.MULTILINE)


def test_parameters_are_one_row_each_when_piped(command) -> None:
    """So that grep finds a number with all that belongs to it."""
    out = command("show", "reference", "--parameters").out
    (line,) = [line for line in out.splitlines() if line.startswith("il6_clearance ")]
    assert line.split()[1:3] == ["3.697", "1/day"]
    assert "0.37 to 37" in line
    assert "WEBER1993; BANKS2000" in line
    assert line.endswith("ln 2 / 4.5 h")


def test_rivals_say_who_set_a_number(command) -> None:
    """A value that a mechanism sets carries no evidence of its own."""
    out = command("show", "tumour_il6", "--parameters").out
    (line,) = [line for line in out.splitlines() if line.startswith("il6_tumour_gain ")]
    assert line.split()[1] == "8"
    assert "set by il6_from_tumour" in line


def test_sources_are_written_out(command) -> None:
    """Every key that a number or mechanism names, in full."""
    out = command("show", "reference", "--sources").out
    assert re.search(r"^BANKS2000\n  Banks RE", out, re.MULTILINE)
    assert re.search(r"^\d+ references\.$", out, re.MULTILINE)


def test_mermaid_and_dot_hold_the_same_edges(command) -> None:
    """One line an influence in either."""
    edges = influences(pdmodel.load("reference"))
    mermaid = command("show", "reference", "--mermaid").out
    dot = command("show", "reference", "--dot").out
    for source, target, sign in edges:
        arrow = {1: "-->", -1: "--x", 0: "-.-o"}[sign]
        assert f"  {source} {arrow} {target}\n" in mermaid
        assert f"  {source} -> {target} [" in dot
    assert mermaid.startswith("flowchart LR\n")
    assert dot.startswith('digraph "reference" {\n')
    assert dot.endswith("}\n")


def test_json_is_complete(command) -> None:
    """States with processes, definitions, parameters, influences, references."""
    model = pdmodel.load("reference")
    data = json.loads(command("show", "reference", "--json").out)
    assert [state["name"] for state in data["states"]] == [str(s) for s in model.states]
    assert sum(len(state["processes"]) for state in data["states"]) == len(model.processes)
    assert len(data["parameters"]) == len(model.parameters)
    assert data["hash"] == model.hash
    assert {"source": "tnf", "target": "il6", "sign": -1} in data["influences"]


def test_png_is_drawn(command, tmp_path: Path) -> None:
    """A file with a picture in it."""
    outcome = command("show", "reference", "--png", "model.png")
    said = "wrote model.png; a box is a slot, --by state draws all 18 states\n"
    assert (outcome.code, outcome.out) == (0, said)
    image = (tmp_path / "model.png").read_bytes()
    assert image.startswith(b"\x89PNG")
    assert len(image) > 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["model.png"]
    near = ("--around", "il6", "--by", "slot", "--size", "slide")
    outcome = command("show", "reference", "--png", "model.png", *near)
    assert (outcome.code, outcome.out) == (0, "wrote model.png\n")
    assert int.from_bytes((tmp_path / "model.png").read_bytes()[16:20], "big") >= 1919
    refused = command("show", "reference", "--by", "slot")
    assert refused.code == 2
    assert "--png FILE" in refused.err


def test_models_of_a_file_are_shown(command, tmp_path: Path) -> None:
    """`path.py:object` works wherever a name does."""
    text = 'import pdmodel\nmine = pdmodel.load("reference").swap("il6_as_marker", name="mine")\n'
    (tmp_path / "my_models.py").write_text(text)
    outcome = command("show", "my_models.py:mine")
    assert outcome.code == 0
    assert "Model mine" in outcome.out
    assert "il6_as_marker" in outcome.out


@pytest.mark.parametrize("flag", ["--latex", "--mermaid", "--dot", "--parameters", "--sources"])
def test_sections_stand_alone(command, flag: str) -> None:
    """A section asked for comes without the others."""
    out = command("show", "reference", flag).out
    assert out
    assert "Who acts on whom" not in out
