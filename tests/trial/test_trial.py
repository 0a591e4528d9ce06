"""A trial with outcomes of one's own, without reports or with a table of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError, RegimenError, UnknownNameError
from pdmodel.plots.figures import trial_figures
from pdmodel.trial import Endpoints, Free, LogNormal, Population, Protocol, Trial
from pdmodel.trial.calibration.run import movable
from tests.toys import one_compartment

MODEL = one_compartment()
_WITH_ASPIRIN = Protocol("own", "mine", 5.0, days=14, alongside=read_regimen("2 mg aspirin daily"))


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return who has little left at the end."""
    return pd.DataFrame({"low": records["plasma"].values[:, -1] < 1})


def own(**changes) -> Trial:
    """Return a trial of 14 days whose outcomes no published picture knows."""
    words: dict = {
        "name": "own", "title": "mine", "protocol": Protocol("own", "mine", 5.0, days=14),
        "population": Population("people", "", {"k": LogNormal(0.3)}), "outcomes": outcomes,
        "patterns": "", "quantities": ("plasma",), "model": MODEL,
    }  # fmt: skip
    return Trial(**(words | changes))


def test_pictures_that_the_endpoints_declare_are_drawn() -> None:
    """Without a declaration the doses; one that a table lacks is named, or is an error."""
    trial = own()
    result = trial.run(4, threads=1)
    assert result.table.empty
    assert set(trial_figures(result, trial.records(4))) == {"dose_map"}
    declared = replace(result, trial=own(endpoints=Endpoints(responses={"high": "high level"})))
    lacking: dict = {}
    assert set(trial_figures(declared, trial.records(4), lacking=lacking)) == {"dose_map"}
    assert "unknown column of outcomes 'high'" in lacking["swimmer"]
    with pytest.raises(UnknownNameError, match="high"):
        trial_figures(declared, trial.records(4))


def test_reports_may_stand_in_a_table_of_ones_own(tmp_path: Path) -> None:
    """A path is read as a published name is."""
    table = tmp_path / "mine.csv"
    table.write_text(
        "id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning\n"
        "a,own,rate,low,,,,2,8,1,predict,reported,X,m\nb,other,rate,low,,,,2,8,1,predict,r,X,m\n"
    )
    result = own(patterns=str(table)).run(4, threads=1)
    assert result.table["id"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda r: r["nothing"], "cannot be made: KeyError"),
        (lambda r: pd.DataFrame({"a": ["x"] * 4}), "cannot be made: ValueError"),
        (lambda r: pd.DataFrame({"a": [1.0]}), "need one row a patient, 4 of them"),
        (lambda r: None, "need one row a patient"),
    ],
)
def test_outcomes_that_fail_are_told_in_one_line(made, words: str) -> None:
    """The name of the trial, and what the user's code raised."""
    with pytest.raises(InputError, match=f"outcomes of trial 'own' .*{words}|{words}") as told:
        own(outcomes=made).run(4, threads=1)
    assert "\n" not in str(told.value)


def as_table(value: object) -> pd.DataFrame:
    """Return outcomes of four patients, all alike."""
    return pd.DataFrame({"low": [value] * 4})


@pytest.mark.parametrize(
    "mixed",
    [
        lambda r: outcomes(r)[::-1],
        lambda r: outcomes(r).sort_values("low", ascending=False, kind="stable").iloc[[1, 0, 3, 2]],
        lambda r: outcomes(r).set_index(r["patient"].values[[1, 2, 3, 0]]),
    ],
)
def test_outcomes_in_another_order_than_the_patients_are_refused(mixed) -> None:
    """Each patient had the outcomes of another one, beside their own parameters."""
    with pytest.raises(InputError, match="in another order than the patients"):
        own(outcomes=mixed).run(4, threads=1)


def test_outcomes_may_have_labels_of_their_own() -> None:
    """The patients', as a table of the records has them, in any block; or words."""
    plain = own().run(520, threads=1).outcomes["low"]
    for labels in (lambda r: r["patient"].values, lambda r: [f"p{n}" for n in r["patient"].values]):
        found = own(outcomes=lambda r, by=labels: outcomes(r).set_axis(by(r))).run(520, threads=1)
        assert found.outcomes["low"].equals(plain)


@pytest.mark.parametrize("value", [2.0, 0.5, -1.0, float("inf")])
def test_what_is_counted_is_yes_or_no(tmp_path: Path, value: float) -> None:
    """A 2 in each patient was a rate of 200 %."""
    table = tmp_path / "mine.csv"
    table.write_text(
        "id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning\n"
        "a,own,rate,low,,,,2,8,1,predict,reported,X,m\n"
    )
    trial = own(patterns=str(table), outcomes=lambda r: as_table(value))
    with pytest.raises(InputError, match=f"pattern 'a': 'low' is yes or no .* have {value:g}"):
        trial.run(4, threads=1)
    unknown = own(patterns=str(table), outcomes=lambda r: as_table(float("nan")))
    assert unknown.run(4, threads=1).table["model"].isna().all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protocol": None}, "None is no protocol"),
        ({"population": "people"}, "'people' is no population"),
        ({"outcomes": "cll"}, "outcomes must be a function"),
        ({"quantities": "plasma"}, "quantities must be a list of names"),
        ({"quantities": ["dose"]}, "quantity 'dose' meets what a trial records"),
        ({"quantities": ["x_peak"], "peaks": ["x"]}, "quantity 'x_peak' meets"),
    ],
)
def test_trials_are_checked_where_they_are_made(changes, words: str) -> None:
    """By name, before anything is run."""
    with pytest.raises(InputError, match=words):
        own(**changes)


def test_numbers_that_a_model_lacks_are_not_moved() -> None:
    """A calibration of a rival leaves them; what no model knows is an error."""
    free = [Free("median", "k", 0.1, 1)]
    assert movable(free, MODEL) == free
    with pytest.raises(UnknownNameError, match="did you mean 'volume'"):
        movable([Free("value", "volum", 0.1, 1)], MODEL)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (Protocol("own", "mine", 5.0, days=14, unit="L"), "cannot be given where 'mg' is needed"),
        (Protocol("own", "mine", 5.0, days=14, drug="aspirin"), "unknown drug"),
        (_WITH_ASPIRIN, "unknown drug"),
    ],
)
def test_doses_that_the_model_cannot_be_given_are_refused_before_anything_is_written(
    tmp_path: Path, protocol: Protocol, words: str
) -> None:
    """No folder stays behind."""
    with pytest.raises(RegimenError, match=words):
        own(protocol=protocol).run(4, threads=1, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
