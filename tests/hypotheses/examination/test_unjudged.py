"""A comparison in which nothing could be judged: it says so at every door that reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from pdmodel.cli import run
from pdmodel.errors import FitError
from pdmodel.hypotheses import CompareResult, compare
from pdmodel.hypotheses.examination import examine as examination
from pdmodel.plots.figures import draw_figures
from pdmodel.report import sections_of
from tests.hypotheses.tiny import PLAN, tiny


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory: pytest.TempPathFactory) -> tuple[CompareResult, Path]:
    """Return a comparison whose fits and trials all fail, and its folder."""
    place = tmp_path_factory.mktemp("lab") / "unjudged"

    def fails(*_: object) -> None:
        raise FitError("no start succeeded")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examination, "_fitted", fails)
        asked = replace(tiny(), rate="no_such_rate")
        return compare(asked, plan=PLAN, out=place, draw=partial(draw_figures, "comparison")), place


def test_the_result_says_why(unjudged: tuple[CompareResult, Path]) -> None:
    """Each hypothesis with what failed; no target met, no weight, no figure."""
    result, place = unjudged
    for name, verdict in result.verdicts.items():
        assert verdict.kind == "not judged", name
        assert "typical patients: no start succeeded" in verdict.words
    assert result.surviving == []
    assert result.table["targets_met"].tolist() == [0, 0]
    assert result.table["weight"].isna().all()
    text = result.report()
    assert "2 hypotheses: 0 survive, 0 are borderline, 0 refuted, 2 not judged" in text
    assert "reference: no criterion, no start succeeded" in text
    assert not list(place.glob("figures/*"))
    misses = pd.read_csv(place / "misses.csv")
    assert misses.empty
    assert "use" in misses


def test_a_page_says_why(unjudged: tuple[CompareResult, Path]) -> None:
    """The first section names each hypothesis and what failed."""
    _, sections = sections_of(unjudged[1])
    points = "\n".join(sections[0].points)
    assert "Survive: none." in points
    assert "reference not judged: typical patients: no start succeeded" in points
    assert "no_tolerance not judged: typical patients: no start succeeded" in points


def test_those_who_ask_on_end_in_one_line(
    unjudged: tuple[CompareResult, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing stands that could be told apart or weighed; a page can be written."""
    place = str(unjudged[1])
    for verb in ("discriminate", "evidence"):
        assert run((verb, "response", "--from", place, "--out", str(tmp_path / verb))) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"error: no hypothesis in {place} is of the verdict survives"), told
        assert "(2 not judged); name those you mean" in told
        assert told.count("\n") == 1
        assert not (tmp_path / verb).exists()
    page = tmp_path / "page.html"
    assert run(("report", place, "--out", str(page), "--json")) == 0
    assert json.loads(capsys.readouterr().out)["page"] == str(page)
    assert "not judged: typical patients" in page.read_text("utf-8")
