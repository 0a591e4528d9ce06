"""Patients of a trial are counted, sorted into responses and matched the same in every picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fits.trials import CLL_ENDPOINTS
from pdmodel.errors import InputError
from pdmodel.plots import FIRST, SECOND
from pdmodel.plots.trials.patients import (
    empty_figure,
    require_records,
    response_looks,
    response_of,
    response_rate,
    shared_patients,
    sound_patients,
    why_empty,
)
from pdmodel.trial import Endpoints

NAN = math.nan
ENDPOINTS = CLL_ENDPOINTS
COLUMNS = (
    "responder", "complete", "best_change", "flare", "flare_onset", "progressed",
    "progression_day", "first_response_day", "failed",
)  # fmt: skip
# One of each: complete, partial, stable, growing, gone before the first visit, failed.
PATIENTS = (
    (1, 1, -95.0, 0, NAN, 0, 84.0, 28.0, 0),
    (1, 0, -60.0, 1, 1.0, 0, 84.0, 56.0, 0),
    (0, 0, -20.0, 1, 2.0, 0, 84.0, NAN, 0),
    (0, 0, 12.0, 0, NAN, 1, 56.0, NAN, 0),
    (0, 0, NAN, 1, 1.0, 0, 0.0, NAN, 0),
    (0, 0, NAN, 0, NAN, 0, 0.0, NAN, 1),
)
FOLDS = {
    "il6_fold_7": (1.0, 1.2, 4.0, 5.0, NAN, NAN),
    "il6_fold_28": (1.1, 0.8, 2.0, NAN, NAN, 9.0),
    "tnf_fold_7": (1.0, 0.5, 1.5, 1.1, NAN, NAN),
    "tnf_fold_28": (1.0, 1.0, 1.0, 2.0, NAN, NAN),
}
DAYS, VISITS = 84, (0, 28, 56, 84)


def made_outcomes() -> pd.DataFrame:
    """Return six patients with everything that the pictures ask for."""
    table = pd.DataFrame(PATIENTS, columns=list(COLUMNS), dtype=float)
    return table.assign(**{name: list(values) for name, values in FOLDS.items()})


def made_records() -> xr.Dataset:
    """Return their courses: patient 1 is held from day 28 to 56 and then on 5 mg, 4 leaves."""
    level = np.full((6, 4), 10.0)
    held, dose = np.zeros((6, 4)), np.full((6, DAYS), 10.0)
    held[1, 1], level[1, 2:], dose[1, 28:56], dose[1, 56:] = 1, 5.0, 0.0, 5.0
    grown = np.array([-95.0, -60.0, -20.0, 150.0, 10.0, 0.0]) / 100
    spd = 40 * (1 + grown[:, None] * np.linspace(0, 1, DAYS + 1))
    for values, first in ((level, 1), (held, 1), (dose, 20), (spd, 21)):
        values[4, first:] = NAN
        values[5] = NAN
    return xr.Dataset(
        {
            "SPD": (("patient", "time"), spd, {"units": "cm^2"}),
            "dose": (("patient", "day"), dose, {"units": "mg"}),
            "level": (("patient", "visit"), level, {"units": "mg"}),
            "held": (("patient", "visit"), held, {"units": "1"}),
        },
        coords={"patient": range(6), "time": np.arange(DAYS + 1), "day": np.arange(DAYS),
                "visit": list(VISITS)},
    )  # fmt: skip


def axes_of(figure: Any) -> list[Any]:
    """Return the axes of a figure."""
    return list(figure.axes)


def words_of(figure: Any) -> list[str]:
    """Return the texts of the legends of a figure."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def note_of(figure: Any) -> str:
    """Return what an empty figure says."""
    return next(t.get_text() for ax in figure.axes for t in ax.texts if t.get_gid() == "note")


def test_responses_are_the_best_that_hold() -> None:
    """The order of the columns does not matter, a patient who is unknown did not respond."""
    responses = response_of(made_outcomes(), ENDPOINTS)
    assert responses.tolist() == ["complete", "responder", "", "", "", ""]
    unknown = pd.DataFrame({"responder": [NAN], "complete": [NAN]})
    assert response_of(unknown, ENDPOINTS).tolist() == [""]
    assert set(responses) <= set(response_looks(ENDPOINTS))


def test_rate_is_in_words() -> None:
    """Nobody is no number."""

    def words(responses: pd.Series) -> str:
        return response_rate(responses, ENDPOINTS)

    assert words(response_of(made_outcomes(), ENDPOINTS)) == "2 of 6 patients responded (33 %)"
    assert words(pd.Series([""] * 2)) == "None of 2 patients responded (0 %)"
    assert words(pd.Series([""])) == "The only patient has no response"
    assert words(pd.Series([], dtype=object)) == "No patient"
    assert response_rate(pd.Series([""] * 3), Endpoints()) == "3 patients"
    flat = Endpoints(responses={"mild": "mild release"}, responded="had a mild release of CRP")
    said = response_rate(pd.Series(["mild", ""]), flat)
    assert said == "1 of 2 patients had a mild release of CRP (50 %)"


def test_failed_patients_are_left_out_and_missing_columns_told() -> None:
    """Without a column `failed` nobody failed."""
    outcomes = made_outcomes()
    assert len(sound_patients(outcomes, ["flare"])) == 5
    assert len(sound_patients(outcomes.drop(columns="failed"), ["flare"])) == 6
    with pytest.raises(InputError, match=r"column of outcomes 'flar'.*did you mean 'flare'"):
        sound_patients(outcomes, ["flar"])
    with pytest.raises(InputError, match="variable of records 'doses'"):
        require_records(made_records(), ["doses"])


def test_patients_are_matched_by_label() -> None:
    """Neither order nor number need agree."""
    outcomes = made_outcomes().iloc[[3, 1]]
    assert shared_patients(made_records(), outcomes) == [1, 3]


def test_empty_figures_say_why() -> None:
    """None at all, all failed, or what the picture says."""
    outcomes = made_outcomes()
    assert why_empty(outcomes.iloc[:0], "other") == "no patient"
    assert why_empty(outcomes.iloc[[5]], "other") == "the simulation of the only patient failed"
    assert "all 2 patients failed" in why_empty(outcomes.assign(failed=1.0).iloc[:2], "other")
    assert why_empty(outcomes, "other") == "other"
    assert note_of(empty_figure("Title", "no reason")) == "Nothing to draw:\nno reason"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_responses_differ_on_a_grey_printer(count: int) -> None:
    """However many there are, the better is darker; up to two by a sixth of black to white."""
    declared = Endpoints(responses={f"r{n}": f"response {n}" for n in range(count)})
    greys = [
        float(np.dot([int(look.fill[n : n + 2], 16) for n in (1, 3, 5)], [0.299, 0.587, 0.114]))
        for look in response_looks(declared).values()
    ]
    assert np.diff(greys).min() > 255 / (6 if count < 3 else 7)


def test_the_last_response_and_none_are_the_pair_of_the_house() -> None:
    """Whatever they are called; the best of several is darker."""
    for names in (["gone"], ["gone", "less"], ["gone", "more", "less"]):
        looks = list(response_looks(Endpoints(responses={name: name for name in names})).values())
        assert [look.colour.lower() for look in looks[-2:]] == [FIRST.lower(), SECOND.lower()]
        assert len({look.colour for look in looks}) == len(looks)
