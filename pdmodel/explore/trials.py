"""A virtual trial of the model as the page stands: rates against what was reported, a waterfall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pdmodel import catalogue
from pdmodel.arguments import whole_number
from pdmodel.errors import InputError, require_known
from pdmodel.explore.display import plain, plain_number
from pdmodel.explore.view import View
from pdmodel.inference import Question
from pdmodel.model import Model
from pdmodel.trial import Trial, TrialResult

MOST_VIRTUAL = 2_000
"""Patients of a trial from the page; larger ones are for the command line, which resumes."""
_TRIALS = "pdmodel.trials"
_SHARES = {"rate": "%", "difference": "percentage points"}
"""Units of what is a share of patients, by the kind of pattern."""
_MOST_BARS = 200


def trials_near(question: Question | None) -> Mapping[str, Trial]:
    """Return the published trials of the application that asks a question."""
    if question is None:
        return {}
    return catalogue.declared_beside(_TRIALS, Trial, question)


def run_trial(
    model: Model,
    question: Question | None,
    view: View,
    name: str,
    patients: int,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """Run virtual patients through a published trial, with the mechanisms and numbers of a view.

    Parameters
    ----------
    model
        With the mechanisms of the view.
    question
        Beside which the trial is published.
    view
        Its shared numbers are the medians of the patients; what patients of the page have of their
        own does not count, for the population of the trial says how patients differ.
    name, patients
        The trial, and how many.
    progress
        Called with patients done, patients in all, and words; what it raises stops the trial.

    Returns
    -------
    dict
        `patterns`, a row each with what was reported and the model's interval; `bars`, the best
        change of size of each patient, sorted, and whether it is a response; `failures`.

    Raises
    ------
    InputError
        If there is no such trial, too many patients are asked for, or the trial needs what the
        model does not have.
    """
    trials = trials_near(question)
    require_known("trial", trials, name)
    patients = whole_number(patients, "patients", least=10, most=MOST_VIRTUAL)
    given = {q.name for q in model.parameters}
    medians = {key: value for key, value in view.values.items() if key in given}
    changed = replace(model, values={**model.values, **medians})
    result = trials[name].run(patients, model=changed, progress=progress)
    if result.failures == patients:
        raise InputError(f"none of {patients} patients could be simulated")
    return {
        "trial": name, "patients": patients, "failures": result.failures,
        "patterns": shown_patterns(result.table), **_bars(result),
    }  # fmt: skip


def shown_patterns(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of the table of patterns; shares are told in per cent."""
    rows = []
    for row in table.to_dict("records"):
        factor = 100.0 if row["kind"] in _SHARES else 1.0
        low, reported, high, model, model_low, model_high = (
            plain_number(factor * float(row[name]))
            for name in ("low", "reported", "high", "model", "model_low", "model_high")
        )
        rows.append(
            {
                "meaning": str(row["meaning"]), "unit": _SHARES.get(row["kind"], str(row["unit"])),
                "reported": reported, "low": low, "high": high, "model": model,
                "model_low": model_low, "model_high": model_high, "inside": bool(row["inside"]),
                "use": str(row["use"]), "status": str(row["status"]), "source": str(row["source"]),
            }
        )  # fmt: skip
    return rows


def _bars(result: TrialResult) -> dict[str, Any]:
    """Return the waterfall: the best change of a patient each, the worst first."""
    change = result.trial.endpoints.change
    if change is None:
        return {"bars": [], "label": "", "limit": None}
    values = np.sort(result.sound[change.column].dropna().to_numpy(dtype=float))[::-1]
    places = np.linspace(0, max(values.size - 1, 0), min(values.size, _MOST_BARS)).astype(int)
    return {"bars": plain(values[places]), "label": change.label, "limit": change.limit}
