"""Rival models on the same measured data: AICc and BIC with the right n and k."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.hypotheses import compare_on_data
from pdmodel.hypotheses.data_rivals import read_rivals
from pdmodel.inference import Question
from tests.toys.measured_laboratory import laboratory

__all__ = ["laboratory"]


def question(laboratory: Path, **changes: Any) -> Question:
    """Return a question about the made-up courses."""
    given: dict[str, Any] = {
        "data": laboratory / "pk.csv",
        "observed": "concentration",
        "free": ("volume",),
    }
    return Question("q", "?", **{**given, **changes})


def models(laboratory: Path) -> list[str]:
    """Return both models of the laboratory."""
    return [f"{laboratory / 'm.py'}:{name}" for name in ("lasting", "model")]


def test_criteria_are_those_of_the_values(laboratory: Path) -> None:
    """n counts values, those below the limit too; k counts the error; the best comes first."""
    result = compare_on_data(question(laboratory), models(laboratory), starts=1)
    table = result.table
    assert table["model"].tolist() == ["one_compartment", "lasting"]
    for row in table.itertuples():
        log_likelihood = result.fits[row.model].summary["measured_log_likelihood"]
        assert (row.n, row.k) == (15, 2)
        aicc = 4 - 2 * log_likelihood + 2 * 2 * 3 / (15 - 2 - 1)
        assert row.aicc == pytest.approx(aicc, rel=1e-12)
        assert row.bic == pytest.approx(2 * math.log(15) - 2 * log_likelihood, rel=1e-12)
    assert table["delta_aicc"].iloc[0] == table["delta_bic"].iloc[0] == 0
    assert table["weight"].sum() == pytest.approx(1)
    assert table["weight"].iloc[1] == pytest.approx(
        math.exp(-table["delta_aicc"].iloc[1] / 2) * table["weight"].iloc[0]
    )
    assert "one_compartment  15" in result.report()


def test_a_stopped_comparison_goes_on_to_the_same_answer(laboratory: Path) -> None:
    """Stopped in the second model, the next run keeps the first and ends as one in one go."""
    whole = compare_on_data(question(laboratory), models(laboratory), starts=1)

    def stop(done: int, total: int, text: str) -> None:
        if text.startswith("one_compartment"):
            raise KeyboardInterrupt

    out = laboratory / "rivals"
    with pytest.raises(KeyboardInterrupt):
        compare_on_data(question(laboratory), models(laboratory), starts=1, out=out, progress=stop)
    kept = (out / "lasting" / "fit.json").read_bytes()
    with pytest.raises(InputError, match="holds no finished rival fits"):
        read_rivals(out)
    again = compare_on_data(question(laboratory), models(laboratory), starts=1, out=out)
    assert (out / "lasting" / "fit.json").read_bytes() == kept
    assert again.to_dict() == whole.to_dict() == read_rivals(str(out)).to_dict()
    assert again.conclusion.startswith("AICc prefers one_compartment.")


@pytest.mark.parametrize(
    ("changes", "chosen", "message"),
    [
        ({"data": None, "targets": "response.csv", "regimen": "no drug"}, 2, "about no data"),
        ({"method": "population"}, 2, "not as populations"),
        ({}, 1, "two models or more"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    laboratory: Path, changes: dict[str, Any], chosen: int, message: str
) -> None:
    """One message says why."""
    with pytest.raises(InputError, match=message):
        compare_on_data(question(laboratory, **changes), models(laboratory)[:chosen])
