"""The third judge: other trials are predicted, and kept apart from the verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from pdmodel.hypotheses import compare
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.examination.result import CompareResult
from pdmodel.inference import FitProblem
from pdmodel.plots.hypotheses.hypothesis_map import PREDICTIONS
from pdmodel.report.comparison import comparison_sections
from pdmodel.trial import TrialSet
from tests.hypotheses.tiny import PLAN
from tests.toys import slow_laboratory

OTHER = """\
half,half_dose,rate,high,,,,1,8,1,calibrate,reported,X,high on half the dose
after,half_dose,median,level,,90,99,,8,mg,predict,assumed,X,level on half the dose
"""
HALF = slow_laboratory.TRIAL.with_(
    name="half_dose", protocol=replace(slow_laboratory.TRIAL.protocol, start=5)
)
SET = TrialSet("others", "half the dose", slow_laboratory.TRIAL, (HALF,))


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Return a comparison whose hypotheses predict a second trial."""
    monkeypatch.chdir(tmp_path)
    file = slow_laboratory.write_patterns(tmp_path)
    file.write_text(slow_laboratory.PATTERNS + OTHER, encoding="utf-8")
    return replace(slow_laboratory.COMPARISON, predicted=SET)


def test_predictions_stand_beside_verdicts_that_know_nothing_of_them(
    asked: Comparison, tmp_path: Path
) -> None:
    """The same fits, trials and verdicts as without; what calibrates there is predicted here."""
    result = compare(asked, plan=PLAN, out=tmp_path / "with")
    alone = compare(replace(asked, predicted=None), plan=PLAN, out=tmp_path / "without")
    assert result.verdicts == alone.verdicts
    pd.testing.assert_frame_equal(result.table, alone.table)
    for name in ("fit.json", "trial.json", "moved.json"):
        own = Path("hypotheses", "toy", name)
        assert (tmp_path / "with" / own).read_bytes() == (tmp_path / "without" / own).read_bytes()
    rows = result.predictions
    assert list(rows["id"].unique()) == ["end", "half", "after"]
    assert alone.predictions.empty
    assert "predicted without tuning" not in alone.report()
    assert not (tmp_path / "without/predictions.csv").exists()


def test_predictions_are_those_of_the_trials_with_the_number_moved(
    asked: Comparison, tmp_path: Path
) -> None:
    """Run again by hand with the number that is told, the other trial shows the same values."""
    result = compare(asked, ["tests.toys.slow_laboratory:TOY"], plan=PLAN, out=tmp_path / "a")
    part = result.stored["toy"].predicted
    assert part is not None
    (free,) = slow_laboratory.TRIAL.free
    (hypothesis,) = result.hypotheses
    trial = asked.as_said_by(hypothesis, HALF).with_numbers({free: part.numbers[free.name]})
    by_hand = trial.run(PLAN.patients, PLAN.seed, model=slow_laboratory.TOY).table.set_index("id")
    told = result.predictions.set_index("id")
    for name in ("half", "after"):
        assert told.loc[name, "value"] == pytest.approx(by_hand.loc[name, "model"], rel=1e-9)
        assert told.loc[name, "inside"] == by_hand.loc[name, "inside"]
    (summary,) = result.predicted.itertuples()
    assert summary.inside + summary.near + summary.far == summary.predicted == 3
    assert summary.farthest.endswith("half_dose")


def test_only_predictions_are_made_again_for_other_trials(
    asked: Comparison, tmp_path: Path
) -> None:
    """Another set leaves fit and trial as they are; the same set is read, not run."""
    place = tmp_path / "again"
    compare(asked, plan=PLAN, out=place)
    kept, made = _times(place, "fit", "trial"), _times(place, "predicted")
    compare(asked, plan=PLAN, out=place)
    assert _times(place, "predicted") == made
    other = replace(asked, predicted=TrialSet("others", "none", slow_laboratory.TRIAL))
    result = compare(other, plan=PLAN, out=place)
    assert list(result.predictions["id"].unique()) == ["end"]
    assert _times(place, "fit", "trial") == kept


def test_predictions_that_are_not_asked_for_are_not_shown(
    asked: Comparison, tmp_path: Path
) -> None:
    """A comparison without other trials shows none, though the folder still holds some."""
    place = tmp_path / "left"
    compare(asked, plan=PLAN, out=place)
    assert (place / "hypotheses/toy/predicted.json").is_file()
    assert compare(replace(asked, predicted=None), plan=PLAN, out=place).predictions.empty


def test_trials_may_call_their_patterns_alike(asked: Comparison, tmp_path: Path) -> None:
    """The farthest miss is told with its own trial, and the map keeps both patterns."""
    table = tmp_path / "toy.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("after,", "end,"), encoding="utf-8")
    result = compare(asked, plan=PLAN, out=tmp_path / "alike")
    far = result.predictions.query("hypothesis == 'toy'").sort_values("by").iloc[-1]
    assert result.predicted.iloc[0]["farthest"].endswith(far["trial"])
    figure = PREDICTIONS.draw(result)
    assert isinstance(figure, Figure)
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["toy: end", "half", "half_dose: end"]


def test_a_trial_that_cannot_be_run_says_why(asked: Comparison, tmp_path: Path) -> None:
    """Its name and the reason stand in the table; the others are predicted."""
    broken = HALF.with_(name="broken", outcomes=_without_level, reported_as="half_dose")
    both = replace(asked, predicted=replace(SET, predicted=(broken, HALF)))
    result = compare(both, plan=PLAN, out=tmp_path / "b")
    row = result.predicted.iloc[0]
    assert row["why_not"].startswith("broken: ")
    assert set(result.predictions["trial"]) == {"toy", "half_dose"}


def test_the_page_keeps_what_was_predicted_apart(asked: Comparison, tmp_path: Path) -> None:
    """A section of its own with a figure of its own, not among the verdicts."""
    from pdmodel.plots.figures import draw_figures

    place = tmp_path / "page"

    def drawn(result: CompareResult) -> dict[str, bytes]:
        figures = draw_figures("comparison", result)
        return {name: data for name, data in figures.items() if "map" in name}

    compare(asked, plan=PLAN, out=place, draw=drawn)
    _, first, _ = comparison_sections(place)
    sections = {section.title: section for section in first}
    own = sections["Other trials, predicted without tuning"]
    drawn_apart = (place / "figures/predictions_map.png").read_bytes()
    assert [picture.content for picture in own.pictures] == [drawn_apart]
    others = [picture.content for picture in sections["Hypotheses and targets"].pictures]
    assert others == [(place / "figures/hypothesis_map.png").read_bytes()]
    assert list(own.tables[0].columns[:3]) == ["hypothesis", "inside", "of"]
    told = json.loads((place / "verdicts.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert [row["hypothesis"] for row in told["predicted"]] == ["toy", "rival"]


def _times(place: Path, *parts: str) -> list[int]:
    """Return when parts of both hypotheses were written."""
    return [
        (place / "hypotheses" / name / f"{part}.json").stat().st_mtime_ns
        for name in ("toy", "rival")
        for part in parts
    ]


def _without_level(records: object) -> pd.DataFrame:
    """Return outcomes that lack what the patterns ask for."""
    del records
    return pd.DataFrame({"high": [1.0] * PLAN.patients})


def test_the_problem_of_a_fit_is_not_touched(asked: Comparison) -> None:
    """What is predicted is no part of the question that is fitted."""
    (hypothesis, _) = asked.choose()
    assert isinstance(asked.problem(hypothesis), FitProblem)
    alone = replace(asked, predicted=None)
    assert alone.trial_of(hypothesis).settings(hypothesis.model, 8, 1) == asked.trial_of(
        hypothesis
    ).settings(hypothesis.model, 8, 1)
