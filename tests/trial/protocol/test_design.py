"""The design of a trial: its fields, and what a design and a trial share."""

from __future__ import annotations

import json
from dataclasses import fields

import pandas as pd
import pytest
import xarray as xr

from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError
from pdmodel.storage import describe, same_content
from pdmodel.trial import (
    Course,
    DrugCourse,
    Free,
    FreeNumber,
    Population,
    Protocol,
    Trial,
    TrialDesign,
)


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return nothing but a column of yes."""
    return pd.DataFrame({"yes": [1.0] * records.sizes["patient"]})


DESIGN = TrialDesign(
    "toy", "a toy", Protocol("toy", "a toy", 5.0, days=7), Population("people", "", {}), outcomes,
    "", ("plasma",), model="toy",
)  # fmt: skip


def test_a_trial_has_the_fields_of_its_design() -> None:
    """In this order and under these names, by which folders of before know a trial."""
    names = ["name", "title", "protocol", "population", "outcomes", "patterns", "quantities",
             "peaks", "model", "margins", "free", "times", "endpoints"]  # fmt: skip
    assert [field.name for field in fields(TrialDesign)][: len(names)] == names
    later = fields(TrialDesign)[len(names) :]
    assert {field.metadata.get("identity") for field in later} == {"unless empty"}
    assert fields(Trial) == fields(TrialDesign)


def test_a_changed_design_is_checked_again() -> None:
    """And stays of its kind: a trial can still be run."""
    assert type(DESIGN.with_(title="other")) is TrialDesign
    trial = Trial(**{field.name: getattr(DESIGN, field.name) for field in fields(DESIGN)})
    assert type(trial.with_(title="other")) is Trial
    with pytest.raises(InputError, match="trial 'toy': quantity 'left' meets what a trial records"):
        trial.with_(peaks=["left"])


def test_classes_that_were_renamed_are_known_by_their_former_names() -> None:
    """In the question of a folder of before, and in the code of users."""
    assert (Course, Free) == (DrugCourse, FreeNumber)
    today = describe(
        DrugCourse(read_regimen("20 mg daily"), 7, "plasma", 1.0), FreeNumber("median", "k", 0.1, 1)
    )
    words = json.dumps(today)
    before = words.replace(":DrugCourse", ":Course").replace(":FreeNumber", ":Free")
    assert before != words
    assert same_content(json.loads(before), today)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"margins": {"yes": 3}},
            "the margin of 'yes' is the name of a column, or '-column', got 3",
        ),
        ({"margins": {"yes": "-"}}, "the margin of 'yes' is the name of a column"),
        ({"margins": {"yes": "yes"}}, "the margin of 'yes' is 'yes' itself, which is yes or no"),
        ({"margins": ["yes"]}, "by name of outcome in margins of trial 'toy' are needed, got"),
        ({"times": {"end": ("day",)}}, "time 'end' needs two outcomes, .'day', 'happened'."),
        ({"reading": {"yes": None}}, "reading names outcomes by text"),
        ({"free": ["k"]}, "'k' in free is no free number"),
    ],
)
def test_what_cannot_be_a_margin_or_a_time_is_refused_where_it_is_made(
    given: dict[str, object], said: str
) -> None:
    """A calibration ended in a KeyError, after its first run of all patients."""
    with pytest.raises(InputError, match=said) as told:
        DESIGN.with_(**given)
    assert "trial 'toy'" in str(told.value)
