"""Every picture of a trial is drawn, however little there is to draw."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from pdmodel.plots import image
from pdmodel.plots.figures import trial_figures
from pdmodel.trial import Endpoints
from tests.plots.trials.test_patients import ENDPOINTS, made_outcomes, made_records
from tests.plots.trials.test_pattern_forest import TABLE
from tests.plots.trials.test_survival import CURVE

DECLARED = {"waterfall", "spider", "swimmer", "biomarkers"}
NAMES = {*DECLARED, "dose_map", "pattern_forest"}


def made(outcomes: pd.DataFrame, table: pd.DataFrame, endpoints: Endpoints = ENDPOINTS) -> Any:
    """Return what the figures read of a result."""
    trial = SimpleNamespace(name="phase2", endpoints=endpoints, protocols=())
    model = SimpleNamespace(vocabulary=SimpleNamespace(words={}))
    return SimpleNamespace(trial=trial, model=model, shown=outcomes, table=table, weights=None)


def test_all_pictures_have_names() -> None:
    """Curves only where they are given."""
    result = made(made_outcomes(), TABLE)
    assert set(trial_figures(result, made_records())) == NAMES
    found = trial_figures(result, made_records(), {"progression_free": CURVE})
    assert set(found) == {*NAMES, "kaplan_meier"}


def test_what_is_not_declared_is_not_drawn() -> None:
    """Doses and patterns need no declaration, each other picture its part of it."""
    outcomes = made_outcomes()
    parts = {
        frozenset(): Endpoints(),
        frozenset({"waterfall", "spider"}): Endpoints(change=ENDPOINTS.change),
        frozenset({"swimmer"}): Endpoints(events=ENDPOINTS.events),
        frozenset({"biomarkers"}): Endpoints(biomarkers=ENDPOINTS.biomarkers),
    }
    for names, endpoints in parts.items():
        figures = trial_figures(made(outcomes, TABLE, endpoints), made_records())
        assert set(figures) == {"dose_map", "pattern_forest", *names}


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
    assert set(figures) == NAMES - {"pattern_forest"}
    for figure in figures.values():
        assert image(figure)


def test_equal_trials_give_equal_bytes() -> None:
    """Points that are spread, hatches and maps of colours are the same each time."""
    first, second = (trial_figures(made(made_outcomes(), TABLE), made_records()) for _ in range(2))
    for name in ("swimmer", "dose_map", "biomarkers"):
        assert image(first[name], "svg") == image(second[name], "svg")
