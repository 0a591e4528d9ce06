"""Response criteria on cases classified by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from equations.response_criteria import (
    NOT_EVALUABLE,
    THRESHOLDS,
    best_response,
    blood_recovered,
    confirmed,
    flare_grade,
    near_best,
    neutropenia_grade,
    progressed_from_nadir,
    response,
)
from pdmodel.model.vocabulary import STATUSES

NAN = float("nan")

# SPD fold, blood CLL fold, longest node (cm), ALC (1e9/L), class.
CASES = [
    (1.00, 1.00, 4.3, 52.0, "SD"),
    (0.51, 0.10, 3.4, 9.0, "SD"),  # nodes have not halved
    (0.30, 0.51, 2.8, 30.0, "SD"),  # blood has not
    (0.50, 0.50, 3.6, 27.0, "PR"),  # both, exactly
    (0.20, 0.05, 1.6, 3.9, "PR"),  # a node of 1.6 cm is no CR
    (0.15, 0.05, 1.5, 4.0, "PR"),  # nor are 4.0 lymphocytes
    (0.15, 0.05, 1.5, 3.9, "CR"),
    (1.49, 1.49, 5.0, 75.0, "SD"),
    (1.50, 0.40, 5.4, 22.0, "PD"),  # either is enough
    (0.40, 1.50, 3.0, 77.0, "PD"),
    (NAN, 0.40, 3.0, 20.0, "NE"),
    (0.40, 0.40, NAN, 20.0, "NE"),
]


def test_cases_one_by_one_and_together() -> None:
    """Numbers and arrays, one visit or many, give the same classes."""
    for *values, expected in CASES:
        assert str(response(*values)) == expected, values
    columns = np.array([case[:4] for case in CASES], dtype=float).T
    assert response(*columns).tolist() == [case[4] for case in CASES]
    grid = response(columns[0].reshape(3, 4), columns[1].reshape(3, 4), 4.0, 50.0)
    assert grid.shape == (3, 4)


@pytest.mark.parametrize(
    ("seen", "best"),
    [
        (["SD", "PR", "CR", "PD"], "CR"),
        (["SD", "PR", "PD"], "PR"),
        (["PD", "SD"], "SD"),
        (["PD", "NE"], "PD"),
        (["NE"], NOT_EVALUABLE),
        ([], NOT_EVALUABLE),
        ("PR", "PR"),
    ],
)
def test_best_response(seen: list[str], best: str) -> None:
    """The best of what was seen."""
    assert best_response(seen) == best


def test_a_response_is_confirmed_by_two_months() -> None:
    """A run of responses that spans 56 days counts from its first visit; a gap ends it."""
    days = np.arange(28, 28 * 9, 28)
    seen = ["SD", "PR", "PR", "SD", "PR", "CR", "PR", "PD"]
    assert confirmed(days, seen).tolist() == [False] * 4 + [True] * 3 + [False]
    assert confirmed([28, 56], ["PR", "PR"]).tolist() == [False, False]
    assert confirmed([28, 84], ["PR", "PR"]).tolist() == [True, True]
    assert confirmed([28], ["CR"]).tolist() == [False]


def test_blood_criterion() -> None:
    """Above 1.5, or half as much again as before treatment."""
    assert blood_recovered([1.6, 1.5, 0.8, 0.7], [3.0, 3.0, 0.5, 0.5]).tolist() == [
        True, False, True, False,
    ]  # fmt: skip


def test_progression_from_the_nadir() -> None:
    """Half as much again as the lowest so far, though still below baseline."""
    spd = [40, 20, 12, 17, 18, 18]
    assert progressed_from_nadir(spd, 1.0).tolist() == [False] * 4 + [True] * 2
    assert progressed_from_nadir(1.0, [50, 10, 15]).tolist() == [False, False, True]
    assert progressed_from_nadir([40, NAN, 20, 30], 1.0).tolist() == [False, False, False, True]


def test_near_best_is_the_first_visit_within_a_tenth() -> None:
    """Not the lowest value of a flat tail."""
    assert near_best([0, 28, 56, 84, 112], [40, 22, 11, 10.2, 10]) == 56
    assert near_best([0, 28], [40, 60]) == 0
    assert near_best([0, 28, 56], [NAN, 30, 30]) == 28
    assert np.isnan(near_best([0, 28], [NAN, NAN]))


def test_flare_grades() -> None:
    """0.15 is a flare, 0.40 one of grade 2 or more."""
    assert flare_grade([0, 0.149, 0.15, 0.399, 0.40, 2, NAN]).tolist() == [0, 0, 1, 1, 2, 2, -1]
    assert int(flare_grade(0.5)) == 2
    # grade 2 is where SPD has grown by a quarter
    assert pytest.approx(1.25, abs=0.002) == 1.40 ** (2 / 3)


def test_neutropenia_grades() -> None:
    """Each limit belongs to the milder grade."""
    counts = [3, 2.0, 1.99, 1.5, 1.49, 1.0, 0.99, 0.5, 0.49, 0, NAN]
    assert neutropenia_grade(counts).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, -1]
    assert int(neutropenia_grade(0.7)) == 3


def test_thresholds_say_where_they_come_from() -> None:
    """A status and a meaning each; what the project chose is marked assumed."""
    assert len({threshold.meaning for threshold in THRESHOLDS}) == len(THRESHOLDS)
    for threshold in THRESHOLDS:
        assert threshold.status in STATUSES
        assert (threshold.source == "ASSUMED") == (threshold.status == "assumed")


def at_visits(run: xr.Dataset) -> xr.Dataset:
    """Return a run at its 28-day visits."""
    return run.sel(time=np.arange(28, 337, 28.0))


def test_typical_patients_are_what_they_are_called(
    responder_year: xr.Dataset, nonresponder_year: xr.Dataset
) -> None:
    """The responder reaches a partial response at about four months, the nonresponder none."""
    best, first = {}, {}
    for name, run in (("responder", responder_year), ("nonresponder", nonresponder_year)):
        visits, start = at_visits(run), run.isel(time=0)
        seen = response(
            visits["SPD"] / start["SPD"],
            visits["blood_cll"] / start["blood_cll"],
            visits["node_diameter"],
            visits["ALC"],
        )
        best[name] = best_response(seen)
        if "PR" in seen:
            first[name] = float(visits["time"][np.flatnonzero(seen == "PR")[0]])
    assert best == {"responder": "PR", "nonresponder": "SD"}
    assert 84 <= first["responder"] <= 168
    days, sizes = at_visits(responder_year)["time"], at_visits(responder_year)["SPD"]
    assert 180 <= near_best(days, sizes) <= 270
