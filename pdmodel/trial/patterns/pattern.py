"""Patterns that trials report, and what a virtual trial says of each, with intervals."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from pdmodel.arguments import number, shown, whole_number
from pdmodel.arrays import Array, Flags
from pdmodel.catalogue import find_table
from pdmodel.errors import InputError, nearest, require_known
from pdmodel.storage.files.csv_rows import read_number, read_rows, require_columns

KINDS = ("rate", "median", "ratio", "difference")
USES = ("calibrate", "predict")
_COUNTED = ("rate", "difference")
"""Kinds that count patients of whom something is so."""
UNREPORTED = "unreported"
REPLICATES = 400
COVERED = 0.9
_COLUMNS = (
    "id", "trial", "kind", "outcome", "group", "low", "high", "events", "n", "unit", "use",
    "status", "source", "meaning",
)  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """One statement about the patients of a trial.

    Parameters
    ----------
    id, trial
        Its name, and the protocol it was seen under.
    kind
        `rate` (of an outcome that is yes or no), `median`, `ratio` (of the means of two groups) or
        `difference` (of the rates of two groups).
    outcome
        A column of the outcomes.
    groups
        None for all patients, one group, or the two that are compared.
    low, high
        Range of values that agree with the report; infinite where open.
    events, n
        Where the report counts; `n` is also the size of a replicate of the trial.
    unit
        Unit of the value and the limits: 1 for rates and their differences, fold, day, mg, ...
    use
        `calibrate` or `predict`.
    status, source, meaning
        Status and source of the limits; and the pattern in words.
    grade
        Grade that was reported, e.g. `3-4`; `unreported` where the report counts what has grades
        and gives none; empty where there are no grades.
    """

    id: str
    trial: str
    kind: str
    outcome: str
    groups: tuple[str, ...]
    low: float
    high: float
    events: int | None
    n: int
    unit: str
    use: str
    status: str
    source: str
    meaning: str
    grade: str = field(default="", metadata={"identity": "never"})

    def __post_init__(self) -> None:
        """Refuse columns that cannot be, in the words of a table of patterns.

        Raises
        ------
        InputError
            Names the pattern, the column, and what is allowed.
        """
        try:
            whole_number(self.n, "column n", least=1)
            if self.events is not None:
                whole_number(self.events, "column events", least=0)
            for name in ("low", "high"):
                number(getattr(self, name), f"column {name}", finite=False)
        except InputError as error:
            raise InputError(f"pattern {self.id!r}, {error}") from error
        limits = (self.low, self.high, self.events, self.n)
        for column, fault in _faults(self.kind, self.use, self.groups, *limits):
            raise InputError(f"pattern {self.id!r}, column {column}: {fault}")

    def read_as(self, reading: Mapping[str, str]) -> Pattern:
        """Return the pattern with other outcomes and groups, if its grade was not reported.

        Parameters
        ----------
        reading
            By outcome the one that stands for it.
        """
        if self.grade != UNREPORTED or not reading:
            return self
        groups = tuple(reading.get(group, group) for group in self.groups)
        return replace(self, outcome=reading.get(self.outcome, self.outcome), groups=groups)

    def value(self, outcomes: pd.DataFrame, weights: Array | None = None) -> float:
        """Return what some patients show; NaN where a group is empty.

        Parameters
        ----------
        outcomes
            One row per patient.
        weights
            How much each counts, shape (n_patients,); alike if None.
        """
        counts = np.ones(len(outcomes)) if weights is None else weights
        return self._of(*self._columns(outcomes), counts)

    def _of(self, values: Array, groups: Sequence[Flags], counts: Array) -> float:
        """Return what patients show; by their values, who is in each group, and how each counts."""
        parts = [(values[group], counts[group]) for group in groups]
        if any(not share.sum() > 0 for _, share in parts):
            return math.nan
        if self.kind == "median":
            return weighted_median(*parts[0])
        means = [float(np.average(values, weights=share)) for values, share in parts]
        if self.kind == "rate":
            return means[0]
        if self.kind == "ratio":
            return means[0] / means[1] if means[1] else math.nan
        return means[0] - means[1]

    def replicates(self, outcomes: pd.DataFrame, seed: int, weights: Array | None = None) -> Array:
        """Return what trials of the size of the real one show, patients drawn from these."""
        if outcomes.empty:
            return np.full(REPLICATES, np.nan)
        random = np.random.default_rng([seed, *self.id.encode()])
        if weights is None:
            rows = random.integers(0, len(outcomes), (REPLICATES, self.n))
        else:
            share = weights / weights.sum()
            rows = random.choice(len(outcomes), (REPLICATES, self.n), p=share)
        values, groups = self._columns(outcomes)
        drawn = values[rows]
        per_group = [_by_row(self.kind, drawn, group[rows]) for group in groups]
        if self.kind == "ratio":
            first, second = per_group
            none = np.full(REPLICATES, np.nan)
            return np.asarray(np.divide(first, second, out=none, where=second != 0))
        return per_group[0] - per_group[1] if self.kind == "difference" else per_group[0]

    def _columns(self, outcomes: pd.DataFrame) -> tuple[Array, list[Flags]]:
        """Return the values of all patients, and who is in each group with a known value."""
        values = outcomes[self.outcome].to_numpy(float)
        known = ~np.isnan(values)
        groups = [known & (outcomes[group].to_numpy(float) == 1) for group in self.groups]
        return values, groups or [known]


def _by_row(kind: str, values: Array, members: Flags) -> Array:
    """Return the mean of the members of each row, or their median; NaN of a row without any.

    Rows with as many members are taken together, so that each has the same digits as on its own.

    Parameters
    ----------
    kind
        `median`, or a kind that is made of means.
    values, members
        Shape (n_rows, n_columns).
    """
    result = np.full(len(values), np.nan)
    counts = members.sum(axis=1)
    for count in np.unique(counts[counts > 0]):
        rows = counts == count
        chosen = values[rows][members[rows]].reshape(-1, count)
        if kind == "median":
            low, high = _middle(np.arange(1.0, count + 1))
            ordered = np.sort(chosen, axis=1, kind="stable")
            result[rows] = (ordered[:, low] + ordered[:, high]) / 2
        else:
            result[rows] = chosen.sum(axis=1) / count
    return result


def weighted_median(values: Array, weights: Array) -> float:
    """Return the value with half of the weight on either side.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4))
    2.5
    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 8.0]))
    9.0
    """
    order = np.argsort(values, kind="stable")
    low, high = _middle(np.cumsum(weights[order]))
    return float((values[order][low] + values[order][high]) / 2)


def _middle(total: Array) -> tuple[int, int]:
    """Return the places of both values around the half of weights that are summed up."""
    # A sum of weights meets the half but for rounding; then it is the mean of two values.
    low = np.searchsorted(total, total[-1] * (0.5 - 1e-12), side="left")
    high = np.searchsorted(total, total[-1] * (0.5 + 1e-12), side="right")
    return int(low), int(min(high, total.size - 1))


def find_patterns(table: str | Path, trial: str, near: object = None) -> list[Pattern]:
    """Return the reported patterns of a trial.

    Parameters
    ----------
    table
        Path of a table, from the trial or from the working folder, or the name of a published one;
        empty where nothing was reported.
    trial
        Its name.
    near
        The trial itself: a table is looked for first where that is declared.

    Raises
    ------
    InputError
        If there is no such table, or it cannot be used.
    """
    if not str(table):
        return []
    patterns = read_patterns(find_table(table, near))
    return [pattern for pattern in patterns if pattern.trial == trial]


def read_patterns(file: Path) -> list[Pattern]:
    """Read a table of patterns.

    Parameters
    ----------
    file
        A CSV file.

    Raises
    ------
    InputError
        If a column is missing or a cell is not allowed; names file, row and column.
    """
    rows = read_rows(file, InputError)
    require_columns(file, rows, _COLUMNS, InputError)
    return [_pattern(where, row) for where, row in rows]


def _pattern(where: str, row: dict[str, str]) -> Pattern:
    def cell(column: str, otherwise: float) -> float:
        text = row[column]
        return read_number(f"{where}, column {column}", text, InputError) if text else otherwise

    def whole(column: str) -> int | None:
        value = cell(column, math.nan)
        if math.isnan(value):
            return None
        if not value.is_integer():
            raise InputError(f"{where}, column {column}: {row[column]!r} is not a whole number")
        return int(value)

    size, events = whole("n") or 0, whole("events")
    low, high = cell("low", -math.inf), cell("high", math.inf)
    if events is not None and 0 <= events <= size and not (row["low"] or row["high"]):
        low, high = exact_interval(events, size)
    groups = tuple(group for group in row["group"].split("/") if group)
    for column, fault in _faults(row["kind"], row["use"], groups, low, high, events, size):
        raise InputError(f"{where}, column {column}: {fault}")
    return Pattern(
        row["id"], row["trial"], row["kind"], row["outcome"], groups, low, high, events, size,
        row["unit"], row["use"], row["status"], row["source"], row["meaning"], row.get("grade", ""),
    )  # fmt: skip


def _faults(
    kind: str, use: str, groups: Sequence[str], low: float, high: float, events: int | None, n: int
) -> Iterator[tuple[str, str]]:
    """Yield the column and the fault of every cell that is not allowed."""
    for column, word, allowed in (("kind", kind, KINDS), ("use", use, USES)):
        if word not in allowed:
            listed = ", ".join(allowed)
            yield column, f"{shown(word)} is unknown{nearest(word, allowed)} (known: {listed})"
    if len(groups) > 2 or (kind in ("ratio", "difference")) != (len(groups) == 2):
        yield "group", f"a {kind} does not go with {'/'.join(groups)!r}"
    if n < 1:
        yield "n", "a trial has at least one patient"
    if events is not None and not 0 <= events <= n:
        yield "events", f"{events} of {n} patients"
    if not low <= high:
        yield "low", f"{low:g} lies above high, {high:g}"
    if low == high and use == "calibrate" and (kind != "rate" or events is None):
        yield "low", f"low and high are both {low:g}: a range to calibrate to has a width"
    if kind in ("median", "ratio") and use == "calibrate" and not high > 0:
        yield "high", f"a {kind} is calibrated on the log scale and must be > 0, got {high:g}"


@cache
def exact_interval(events: int, n: int) -> tuple[float, float]:
    """Return the 95 % Clopper-Pearson interval of a rate; tables are read again and again."""
    from scipy.stats import binomtest  # imported here so that simulating does not load it

    interval = binomtest(events, n).proportion_ci(0.95, method="exact")
    return float(interval.low), float(interval.high)


def judge(
    patterns: Sequence[Pattern],
    outcomes: pd.DataFrame,
    seed: int = 1,
    others: Sequence[pd.DataFrame] = (),
    weights: Array | None = None,
) -> pd.DataFrame:
    """Return one row per pattern: what was reported, what the model says, and whether it is inside.

    Parameters
    ----------
    patterns
        Patterns of one trial.
    outcomes
        One row per patient who could be simulated.
    seed
        Of the replicates.
    others
        Outcomes of other populations that a calibration left open; replicates come from all.
    weights
        How much each patient counts, shape (n_patients,); alike if None. Not with `others`.

    Returns
    -------
    DataFrame
        `model` with the 90 % interval of replicates of the size of the trial (`model_low`,
        `model_high`), `share_as_extreme` (of replicates at least as far from the middle as the
        report, where it counts), `inside`, and `grade` where any pattern has one.
    """
    rows = [_judge(pattern, outcomes, seed, others, weights) for pattern in patterns]
    table = pd.DataFrame(rows)
    if any(pattern.grade for pattern in patterns):
        table["grade"] = [pattern.grade for pattern in patterns]
    return table


def require_outcomes(patterns: Sequence[Pattern], columns: Collection[str]) -> None:
    """Refuse outcomes that lack a column of a pattern.

    Parameters
    ----------
    patterns
        Patterns of one trial.
    columns
        Those of the outcomes.

    Raises
    ------
    UnknownNameError
        Names the pattern, the column, what is there and the nearest match.
    """
    for pattern in patterns:
        require_known(
            f"outcome of pattern {pattern.id!r}:", columns, pattern.outcome, *pattern.groups
        )


def require_yes_or_no(patterns: Sequence[Pattern], outcomes: pd.DataFrame) -> None:
    """Refuse outcomes other than 0, 1 and unknown where patterns count who has them.

    Parameters
    ----------
    patterns
        Patterns of one trial.
    outcomes
        One row per patient who could be simulated.

    Raises
    ------
    InputError
        Names the pattern, the column, and a value that is neither yes nor no.
    """
    for pattern in patterns:
        counted = (pattern.outcome,) if pattern.kind in _COUNTED else ()
        for name in (*counted, *pattern.groups):
            values = outcomes[name].to_numpy(float)
            other = values[~(np.isnan(values) | (values == 0) | (values == 1))]
            if other.size:
                raise InputError(
                    f"pattern {pattern.id!r}: {name!r} is yes or no of a patient (1, 0, or NaN "
                    f"where it is not known), and the outcomes have {other[0]:g}"
                )


def _quantiles(drawn: Array, edges: tuple[float, float]) -> Array:
    """Return quantiles; between infinite values, days that never come, nothing is interpolated."""
    if np.isfinite(drawn).all():
        return np.asarray(np.quantile(drawn, edges))
    return np.asarray(np.quantile(drawn, edges, method="nearest"))


def _judge(
    pattern: Pattern,
    outcomes: pd.DataFrame,
    seed: int,
    others: Sequence[pd.DataFrame],
    weights: Array | None,
) -> dict[str, object]:
    require_outcomes([pattern], outcomes.columns)
    value = pattern.value(outcomes, weights)
    drawn = np.concatenate(
        [pattern.replicates(o, seed + n, weights) for n, o in enumerate(others or [outcomes])]
    )
    drawn = drawn[~np.isnan(drawn)]
    edges = ((1 - COVERED) / 2, (1 + COVERED) / 2)
    low, high = _quantiles(drawn, edges) if drawn.size else (math.nan, math.nan)
    reported = math.nan if pattern.events is None else pattern.events / pattern.n
    extreme = math.nan
    if drawn.size and pattern.events is not None:
        tails = (drawn <= reported + 1e-12).mean(), (drawn >= reported - 1e-12).mean()
        extreme = min(1.0, 2 * float(min(tails)))
    return {
        "id": pattern.id, "trial": pattern.trial, "meaning": pattern.meaning, "kind": pattern.kind,
        "unit": pattern.unit,
        "reported": reported, "low": pattern.low, "high": pattern.high, "n": pattern.n,
        "events": pattern.events, "model": value, "model_low": float(low),
        "model_high": float(high), "share_as_extreme": extreme,
        "inside": bool(pattern.low <= value <= pattern.high), "use": pattern.use,
        "status": pattern.status, "source": pattern.source,
    }  # fmt: skip
