"""Every picture of a trial is drawn, however little there is to draw."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pdmodel.plots import image
from pdmodel.plots.figures import trial_figures
from tests.plots.trials.test_patients import made_outcomes, made_records
from tests.plots.trials.test_pattern_forest import TABLE
from tests.plots.trials.test_survival import CURVE

NAMES = {"waterfall", "spider", "swimmer", "dose_map", "cytokines", "pattern_forest"}


def made(outcomes: pd.DataFrame, table: pd.DataFrame) -> Any:
    """Return what the figures read of a result."""
    trial = SimpleNamespace(name="phase2")
    return SimpleNamespace(trial=trial, shown=outcomes, table=table, weights=None)


def test_all_pictures_have_names() -> None:
    """Curves only where they are given."""
    result = made(made_outcomes(), TABLE)
    assert set(trial_figures(result, made_records())) == NAMES
    found = trial_figures(result, made_records(), {"progression_free": CURVE})
    assert set(found) == {*NAMES, "kaplan_meier"}


@pytest.mark.parametrize("case", ["one patient", "no response", "all failed"])
def test_little_is_drawn_too(case: str) -> None:
    """Without patterns as well."""
    outcomes, records = made_outcomes(), made_records()
    if case == "one patient":
        outcomes, records = outcomes.iloc[:1], records.isel(patient=[0])
    elif case == "no response":
        nobody = {"responder": 0.0, "complete": 0.0, "first_response_day": float("nan")}
        outcomes = outcomes.assign(**nobody)
    else:
        outcomes, records = outcomes.assign(failed=1.0), records * float("nan")
    figures = trial_figures(made(outcomes, pd.DataFrame()), records)
    assert set(figures) == NAMES
    for figure in figures.values():
        assert image(figure)


def test_equal_trials_give_equal_bytes() -> None:
    """Points that are spread, hatches and maps of colours are the same each time."""
    first, second = (trial_figures(made(made_outcomes(), TABLE), made_records()) for _ in range(2))
    for name in ("swimmer", "dose_map", "cytokines"):
        assert image(first[name], "svg") == image(second[name], "svg")
