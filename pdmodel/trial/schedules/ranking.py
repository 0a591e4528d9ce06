"""Benefit against harm: which schedules are on the front, and which is best for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array, Flags
from pdmodel.errors import require_known
from pdmodel.trial.patterns.pattern import COVERED, REPLICATES
from pdmodel.trial.run.blocks import MEAN_DOSE
from pdmodel.trial.schedules.search import PatientType, Schedule, Search

EVERYBODY = PatientType("everybody", "failed")
_NO_BEST: dict[str, Any] = {
    "type": "", "patients": 0, "label": None,
    **{f"{name}{end}": np.nan for name in ("benefit", "harm") for end in ("", "_low", "_high")},
    "best_share": np.nan, "note": "",
}  # fmt: skip
FEW = 30
"""Patients of a type below which the best schedule is hardly more than chance."""


def check_columns(search: Search, outcomes: pd.DataFrame) -> None:
    """Check that the outcomes have every column that a search needs.

    Raises
    ------
    UnknownNameError
        If there is no such column.
    """
    wanted = search.benefit, search.harm, *search.also
    require_known(f"outcome of search {search.name!r}:", outcomes.columns, *wanted)
    for kind in search.types:
        kind.members(outcomes)


def tabulate(
    search: Search,
    schedules: Sequence[Schedule],
    by_schedule: Sequence[Sequence[pd.DataFrame]],
    seed: int,
    limit: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of schedules and that of the best for each type of patient.

    Parameters
    ----------
    search, schedules
        What is weighed, and what was tried.
    by_schedule
        By schedule, the outcomes in each population; row n is the same patient in all schedules.
    seed
        Of the patients that intervals are made of.
    limit
        Share of patients with harm that a schedule may have to be the best of its type.
    """
    columns = (search.benefit, search.harm, "failed")
    values = [
        np.array([[outcomes[arm][name].to_numpy(float) for name in columns]
                  for outcomes in by_schedule])
        for arm in range(len(by_schedule[0]))
    ]  # fmt: skip
    first = [outcomes[0] for outcomes in by_schedule]
    rates, resampled = _rates(values, np.ones(len(first[0]), dtype=bool), seed)
    rows = [
        {
            "label": s.label, "dose": s.dose, "cycle": s.cycle.words, "ramp": s.ramp,
            "steroid": s.steroid, **_row(rates[n], resampled[n]),
            **{name: float(first[n][name].mean()) for name in search.also},
            MEAN_DOSE: _mean(first[n], MEAN_DOSE),
            "failed": int(first[n]["failed"].sum()),
        }
        for n, s in enumerate(schedules)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table["front"] = on_front(rates)
    inside = np.stack([on_front(resampled[:, r]) for r in range(resampled.shape[1])])
    table["front_share"] = inside.mean(axis=0)
    types = (EVERYBODY, *search.types)
    best = [_best(kind, schedules, first[0], values, seed, limit) for kind in types]
    return table, pd.DataFrame(best)


def _mean(outcomes: pd.DataFrame, name: str) -> float:
    """Return the mean of an outcome, NaN where blocks of before do not have it."""
    return float(outcomes[name].mean()) if name in outcomes else np.nan


def on_front(rates: Array) -> Flags:
    """Return which schedules no other betters: as good in one and better in the other.

    Parameters
    ----------
    rates
        Benefit and harm, shape (n_schedules, 2).

    Examples
    --------
    >>> on_front(np.array([[0.3, 0.4], [0.3, 0.5], [0.5, 0.6], [0.2, 0.4]])).tolist()
    [True, False, True, False]
    """
    benefit, harm = rates[:, 0], rates[:, 1]
    as_good = (benefit[None] >= benefit[:, None]) & (harm[None] <= harm[:, None])
    better = (benefit[None] > benefit[:, None]) | (harm[None] < harm[:, None])
    return np.asarray(~(as_good & better).any(axis=1))


def _rates(values: Sequence[Array], members: Flags, seed: int) -> tuple[Array, Array]:
    """Return rates, shape (n_schedules, 2), and resampled ones, (n_schedules, replicates, 2)."""
    random = np.random.default_rng([seed, 4])
    whole = _means(values[0][:, :, members])
    arms = values[1:] or values
    resampled = np.empty((len(whole), REPLICATES, 2))
    for replicate in range(REPLICATES):
        arm = arms[replicate % len(arms)]
        rows = np.flatnonzero(members[: arm.shape[2]])
        taken = random.choice(rows, rows.size) if rows.size else rows
        resampled[:, replicate] = _means(arm[:, :, taken])
    return whole, resampled


def _means(values: Array) -> Array:
    """Return benefit and harm of those who did not fail, shape (n_schedules, 2)."""
    sound = values[:, 2] == 0
    count = np.maximum(sound.sum(axis=1), 1)
    means: Array = np.where(sound[:, None], values[:, :2], 0.0).sum(axis=2) / count[:, None]
    return means


def _row(rates: Array, resampled: Array) -> dict[str, float]:
    edges = np.quantile(resampled, [(1 - COVERED) / 2, (1 + COVERED) / 2], axis=0)
    row = {}
    for column, name in enumerate(("benefit", "harm")):
        row[name] = float(rates[column])
        row[f"{name}_low"], row[f"{name}_high"] = (float(edge) for edge in edges[:, column])
    return row


def _best(
    kind: PatientType,
    schedules: Sequence[Schedule],
    patients: pd.DataFrame,
    values: Sequence[Array],
    seed: int,
    limit: float,
) -> dict[str, Any]:
    """Return the best schedule for a type of patient.

    The type is that in the trial's own population: patient n of the others has the same
    deviates.
    """
    members = kind.members(patients)
    row: dict[str, Any] = {**_NO_BEST, "type": kind.name, "patients": int(members.sum())}
    if not members.any():
        return {**row, "note": "no such patient"}
    rates, resampled = _rates(values, members, seed)
    best = _choose(rates, limit)
    if best is None:
        return {**row, "note": f"no schedule keeps the harm within {limit:.0%}"}
    if not rates[best, 0] > 0:
        return {**row, "note": "no schedule within the limit brings benefit"}
    chosen = [_choose(resampled[:, r], limit) for r in range(resampled.shape[1])]
    note = f"fewer than {FEW} patients" if members.sum() < FEW else ""
    return {
        **row, "label": schedules[best].label, **_row(rates[best], resampled[best]),
        "best_share": float(np.mean([choice == best for choice in chosen])), "note": note,
    }  # fmt: skip


def _choose(rates: Array, limit: float) -> int | None:
    """Return the schedule of the greatest benefit, then least harm, within the limit."""
    allowed = np.flatnonzero(rates[:, 1] <= limit)
    if not allowed.size:
        return None
    order = np.lexsort((rates[allowed, 1], -rates[allowed, 0]))
    return int(allowed[order[0]])
