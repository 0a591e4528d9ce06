"""The file as a whole: what stands in it, what does not, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy

from pdmodel.cli import run
from pdmodel.errors import PdmodelError
from pdmodel.explore.one_file.write import one_file
from pdmodel.model import Event, Model
from tests.explore.toy_pages import decay_page
from tests.toys import one_compartment, rate_of_change


@cache
def page() -> str:
    """Return the file of a small model."""
    return one_file(one_compartment(), None)


def test_file_is_whole() -> None:
    """It holds all it needs: no module or file is imported, and none of its gaps is left."""
    assert (
        re.findall(
            r"^(?:import|export) |<link [^>]*href=\"(?!data:)|<script[^>]* src=", page(), re.M
        )
        == []
    )
    assert "{{" + "saved" + "}}" not in page()
    assert "default-src 'none'" in page()


def test_names_of_a_model_are_never_code() -> None:
    """A claim with markup stands in the saved data only, and ends no script."""
    model = decay_page().model
    mean = "</script><img src=x>{{modules}}"
    text = one_file(model.with_values(mean), None)
    assert mean not in text
    saved = re.search(r'id="saved">(.*?)</script>', text, re.DOTALL)
    assert saved is not None
    data = json.loads(saved[1])
    assert data["facts"]["model"]["name"] == mean
    script = text.partition('<script type="module">')[2]
    assert "img src" not in script


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (lambda x, k, t: -k * x * sympy.erf(x), "erf has no counterpart"),
        (lambda x, k, t: -k * x * sympy.floor(k * t), r"jumps at whole numbers \(floor\)"),
        (lambda x, k, t: sympy.Piecewise((k, k * t > 3), (0, True)), "depends on time"),
    ],
)
def test_what_javascript_cannot_do_is_refused(rate: Callable[..., Any], words: str) -> None:
    """A function without counterpart, and a condition of time, are named."""
    with pytest.raises(PdmodelError, match=words):
        one_file(rate_of_change(rate), None, {"schedule": "no drug"})


def test_events_are_refused() -> None:
    """A model with events is named with them."""
    model = decay_page().model
    (x,) = model.states
    event = Event("halved", x < 0.5, {x: 1})
    with pytest.raises(PdmodelError, match=r"events \(halved\)"):
        one_file(Model("with_event", model.vocabulary, model.mechanisms, events=(event,)), None)


def test_schedules_the_model_cannot_take_are_refused() -> None:
    """A drug that the model does not know is said as everywhere."""
    with pytest.raises(PdmodelError, match="unknown drug"):
        one_file(one_compartment(), None, {"schedule": "5 mg nothing daily"})


def test_demo_writes_the_file_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pdmodel explore MODEL --demo FILE` serves nothing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.py").write_text(
        "from tests.toys import one_compartment\n\nmodel = one_compartment()\n"
    )
    assert run(["explore", "lab.py", "--demo", "file.html"]) == 0
    assert "file.html" in capsys.readouterr().out
    assert (tmp_path / "file.html").read_text("utf-8").startswith("<!doctype html>")
