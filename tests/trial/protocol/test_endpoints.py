"""Endpoints declare what outcomes mean; they are checked, and are no part of a question."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
import xarray as xr

import pdmodel.trial
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.trial import Biomarker, Endpoints, LogNormal, Population, Protocol, SizeChange, Trial
from tests.toys import one_compartment

SIZE = SizeChange("plasma", "best", "swelling, mL", limit=-20, mark=("sore", "soreness"))
ENDPOINTS = Endpoints(
    responses={"gone": "remission", "less": "improvement"}, no_response="no improvement",
    groups=("improved", "not improved"), change=SIZE, events={"relief": ("less", "less_day")},
    biomarkers=(Biomarker("CRP", {14: "crp_14"}, "mg/L"),),
)  # fmt: skip
CRP = Biomarker("CRP", {1: "c"})
CALLS: list[int] = []
LOOSE: Any = pdmodel.trial
"""What takes wrong types, too."""


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return everything that is declared."""
    CALLS.append(records.sizes["patient"])
    names = ["gone", "less", "best", "sore", "less_day", "crp_14"]
    return pd.DataFrame({name: [1.0] * records.sizes["patient"] for name in names})


TRIAL = Trial(
    "own", "mine", Protocol("own", "mine", 5.0, days=14),
    Population("people", "", {"k": LogNormal(0.3)}), outcomes, "", ("plasma",),
    model=one_compartment(),  # type: ignore[arg-type]
)  # fmt: skip


def test_all_columns_that_figures_need_are_told() -> None:
    """Each with what is declared by it."""
    assert [column for _, column in ENDPOINTS.columns()] == [
        "gone", "less", "best", "sore", "less", "less_day", "crp_14",
    ]  # fmt: skip
    assert ENDPOINTS.labels == ["remission", "improvement", "no improvement"]
    assert SIZE.subject == "swelling"
    assert not list(Endpoints().columns())


def test_they_change_no_question() -> None:
    """A folder of a trial goes on when its outcomes are called something else."""
    asked = TRIAL.settings(None, 4, 1)
    assert TRIAL.with_(endpoints=ENDPOINTS).settings(None, 4, 1) == asked
    assert "endpoints" not in asked["trial"]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (Endpoints(responses={"goner": "gone"}), r"\(response\): 'goner'; did you mean 'gone'"),
        (Endpoints(events={"relief": ("less", "les_day")}), "event 'relief'.* 'les_day'"),
        (Endpoints(biomarkers=[Biomarker("CRP", {1: "crp_1"})]), "biomarker 'CRP'.* 'crp_1'"),
        (Endpoints(change=SizeChange("plasma", "bst", "size")), "change of size.* 'bst'"),
        ({"well": ("less_day", "wel")}, r"time 'well'\): 'wel'"),
    ],
)
def test_columns_that_outcomes_lack_are_named(
    declared, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first block, with the nearest match; at most the one handed over with it is run."""
    monkeypatch.setattr("pdmodel.trial.run.blocks.BLOCK", 4)
    CALLS.clear()
    name = "endpoints" if isinstance(declared, Endpoints) else "times"
    trial = TRIAL.with_(**{name: declared})
    with pytest.raises(UnknownNameError, match=f"outcome of trial 'own' .*{words}.*known: best"):
        trial.run(40, threads=1)
    assert CALLS in ([4], [4, 4])


def test_a_time_needs_the_day_of_everybody() -> None:
    """That of the event, or the last one; it is said before the other blocks are run."""
    trial = TRIAL.with_(
        outcomes=lambda records: outcomes(records).assign(less_day=math.nan),
        times={"well": ("less_day", "less")},
    )
    with pytest.raises(
        InputError, match=r"time 'well'\): 'less_day' is not known of some patients"
    ):
        trial.run(4, threads=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LOOSE.Endpoints(responses=["gone"]), "responses are {'column': 'label'}"),
        (lambda: LOOSE.Endpoints(responses={"gone": ""}), "response 'gone' is a text"),
        (lambda: LOOSE.Endpoints(responses={3: "gone"}), "responses is named by text, got 3"),
        (lambda: LOOSE.Endpoints(groups="yes"), "groups is two labels"),
        (lambda: LOOSE.Endpoints(change="size"), "'size' is no SizeChange"),
        (
            lambda: LOOSE.Endpoints(events={"relief": "less"}),
            r"event 'relief' is \(column, column of the",
        ),
        (lambda: LOOSE.Endpoints(biomarkers=["CRP"]), "'CRP' is no Biomarker"),
        (
            lambda: LOOSE.Endpoints(biomarkers=LOOSE.Biomarker("CRP", {1: "c"})),
            "biomarkers are a list",
        ),
        (lambda: LOOSE.Biomarker("CRP", ["crp"]), "'CRP': columns go by day"),
        (lambda: LOOSE.Biomarker("CRP", {"7": "crp"}), "'CRP': day must be a whole number"),
        (
            lambda: LOOSE.SizeChange("a", "b", "c", limit=math.nan),
            "limit of the change must be",
        ),
        (lambda: LOOSE.SizeChange("a", "b", "c", mark="sore"), "mark of the change is"),
    ],
)
def test_what_is_no_name_or_text_is_refused(make, words: str) -> None:
    """One clear error, where it is declared."""
    with pytest.raises(InputError, match=words):
        make()


def test_the_trial_knows_its_model_and_its_size() -> None:
    """A trial without a model is refused, and a change of something that is not recorded."""
    with pytest.raises(InputError, match="trial 'own': name its model"):
        TRIAL.with_(model="")
    with pytest.raises(UnknownNameError, match=r"change of size in trial 'own': 'plsma'; did you"):
        TRIAL.with_(endpoints=Endpoints(change=SizeChange("plsma", "best", "size")))
    with pytest.raises(InputError, match="'none' is no endpoints"):
        TRIAL.with_(endpoints="none")
