"""Targets: what the evidence says, a statement in each row of a CSV file.

The evidence is patterns, not time courses. A row has bounds, or a value with sigma, and two
statuses: of its direction (often reported) and of its threshold (often our assumption).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pdmodel import catalogue
from pdmodel.arguments import as_number, shown
from pdmodel.errors import InputError, TargetError, nearest, shortened
from pdmodel.inference.targets import residuals
from pdmodel.inference.targets.course import (
    VISIT_INTERVAL,
    EvaluationFailure,
    Measured,
    TimeCourse,
    Window,
)
from pdmodel.inference.targets.kind import TargetKind
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.moved_range import range_faults
from pdmodel.model import Model
from pdmodel.model.vocabulary import STATUSES
from pdmodel.storage.files.csv_rows import read_number, read_rows, require_columns
from pdmodel.text import counted

SCALES = ("log", "linear")
_REQUIRED = (
    "id", "group", "observable", "kind", "low", "high", "direction_status", "threshold_status",
    "source",
)  # fmt: skip
_NUMBERS = ("day", "threshold", "low", "high", "value", "sigma", "softness")
_TEXTS = (
    "id", "group", "observable", "kind", "low_range", "high_range", "scale", "direction_status",
    "threshold_status", "source", "meaning",
)  # fmt: skip
# Of a tenth on the log scale; on the linear scale of the range, or of its only bound.
_SOFTNESS = 0.1


@dataclass(frozen=True)
class Target:
    """One statement about one or two groups.

    Parameters
    ----------
    id, group, observable, kind
        Two groups are written `first/second`; kinds are those of `targets/kinds.py`. Peaks and
        nadirs are those within the day: the courses have rows around each dose for them.
    day
        Day of the value, or last day of the window; NaN for the whole run.
    threshold
        Level that an onset or duration refers to, or the margin of a time to best.
    low, high
        Allowed range; NaN where it is open.
    value, sigma
        Instead of a range: a measured value and its standard deviation on `scale`.
    low_range, high_range
        Over which an assumed bound will be moved, `from-to`.
    scale, softness
        Scale on which the row is judged, and the width of the edge of its range there: by default
        0.1 on the log scale, and on the linear one a tenth of the range, or of its only bound.
    direction_status, threshold_status, source, meaning
        Where the direction and the numbers come from.
    where
        File and row, for error messages.
    """

    id: str
    group: str
    observable: str
    kind: str
    day: float = math.nan
    threshold: float = math.nan
    low: float = math.nan
    high: float = math.nan
    value: float = math.nan
    sigma: float = math.nan
    low_range: str = ""
    high_range: str = ""
    scale: str = "log"
    softness: float = math.nan
    direction_status: str = "assumed"
    threshold_status: str = "assumed"
    source: str = ""
    meaning: str = ""
    where: str = field(default="targets", compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what no fit could use, in the words of a table.

        Raises
        ------
        TargetError
            Names where it stands, the id, the column, and what is allowed. A target without range
            and value is a prediction: it may be made, but not fitted to.
        """
        for column in _NUMBERS:
            value = getattr(self, column)
            number = math.nan if value is None else as_number(value)
            if number is None or math.isinf(number):
                raise self.error(column, f"{shown(value)} is not a finite number")
            object.__setattr__(self, column, number)
        for column in (*_TEXTS, "where"):
            if not isinstance(getattr(self, column), str):
                raise self.error(column, f"{shown(getattr(self, column))} is not text")
        for column, fault in (*faults(self), *_range_faults(self)):
            raise self.error(column, fault)
        if math.isnan(self.softness):
            object.__setattr__(self, "softness", _SOFTNESS * (_own_size(self) or 1.0))

    def error(self, column: str, fault: str) -> TargetError:
        """Return the error that says what is wrong, and where."""
        text = self.id if isinstance(self.id, str) else shown(self.id)
        name = shortened(" ".join(text.split()))
        return TargetError(f"{self.where} ({name or 'no id'}), column {column!r}: {fault}")

    @property
    def asks(self) -> bool:
        """Whether it allows any value: a prediction."""
        return math.isnan(self.value) and math.isnan(self.low) and math.isnan(self.high)

    @property
    def groups(self) -> tuple[str, ...]:
        """The one or two groups it speaks of."""
        return tuple(self.group.split("/"))

    def unit(self, model: Model) -> str:
        """Return the unit of its numbers in a model."""
        return KINDS[self.kind].unit_of(model.vocabulary[self.observable].unit)

    def measure(
        self, courses: Sequence[TimeCourse], horizon: float, interval: float = VISIT_INTERVAL
    ) -> Measured:
        """Measure the target on simulated courses.

        Parameters
        ----------
        courses
            Of its observable, for each of its groups.
        horizon, interval
            End of the run, and days from visit to visit.

        Raises
        ------
        EvaluationFailure
            If there is nothing to divide by; names the target.
        """
        kind = KINDS[self.kind]
        day = horizon if math.isnan(self.day) else self.day
        try:
            return kind.measure(courses, Window(day, self.threshold, interval))
        except ZeroDivisionError as error:
            cause = InputError(f"{self.kind} of {self.observable!r}: {kind.divisor} is 0")
            raise EvaluationFailure(f"target {self.id!r}", cause) from error

    @property
    def window(self) -> tuple[float, float]:
        """What is allowed, NaN where it is open: the range, or 2 sigma around a measured value."""
        if math.isnan(self.value):
            return self.low, self.high
        middle, away = residuals.to_scale(self.value, self.scale), 2.0 * self.sigma
        return (
            residuals.from_scale(middle - away, self.scale),
            residuals.from_scale(middle + away, self.scale),
        )

    def met(self, simulated: float) -> bool:
        """Whether a simulated value lies within the bounds (within 2 sigma of a value)."""
        if math.isnan(simulated):
            return False
        if not math.isnan(self.value):
            return abs(self.residual(simulated)) <= 2.0
        above = math.isnan(self.low) or simulated >= self.low
        return above and (math.isnan(self.high) or simulated <= self.high)

    def residual(self, smooth: float) -> float:
        """Return the residual of a (smooth) simulated value."""
        x = residuals.to_scale(smooth, self.scale)
        if not math.isnan(self.value):
            return residuals.normal_residual(
                x, residuals.to_scale(self.value, self.scale), self.sigma
            )
        return residuals.window_residual(x, *self._window, self.softness)

    def residual_slope(self, smooth: float) -> float:
        """Return d residual / d smooth."""
        factor = residuals.scale_slope(smooth, self.scale)
        if not math.isnan(self.value):
            return factor / self.sigma
        x = residuals.to_scale(smooth, self.scale)
        return factor * residuals.window_slope(x, *self._window, self.softness)

    def log_likelihood(self, smooth: float) -> float:
        """Return the log-likelihood of the statement at a simulated value."""
        x = residuals.to_scale(smooth, self.scale)
        if not math.isnan(self.value):
            r = self.residual(smooth)
            return -0.5 * r * r - math.log(self.sigma * math.sqrt(2 * math.pi))
        return residuals.log_window(x, *self._window, self.softness)

    @property
    def best_log_likelihood(self) -> float:
        """The most that `log_likelihood` can be, whatever the simulated value is."""
        if not math.isnan(self.value):
            return -math.log(self.sigma * math.sqrt(2 * math.pi))
        low, high = self._window
        if math.isinf(low) or math.isinf(high):
            return 0.0
        return residuals.log_window(0.5 * (low + high), low, high, self.softness)

    @property
    def _window(self) -> tuple[float, float]:
        low = -math.inf if math.isnan(self.low) else residuals.to_scale(self.low, self.scale)
        high = math.inf if math.isnan(self.high) else residuals.to_scale(self.high, self.scale)
        return low, high


def read_targets(path: str | Path) -> tuple[Target, ...]:
    """Read a target table.

    Parameters
    ----------
    path
        CSV with the columns of `Target`, or the name of a published one; ranges and measured
        values may share a file.

    Returns
    -------
    tuple of Target
        In the order of the file.

    Raises
    ------
    TargetError
        At the first row that cannot be used; names file, row and column.
    InputError
        If there is no such file.

    Examples
    --------
    >>> targets = read_targets("response.csv")
    >>> targets[0].observable, targets[0].kind
    ('il6', 'fold_change')
    """
    file = catalogue.find_table(path)
    rows = read_rows(file, TargetError)
    require_columns(file, rows, _REQUIRED, TargetError)
    _check_columns(file, list(rows[0][1]))
    return _whole(tuple(_read_row(where, row) for where, row in rows))


def find_targets(targets: str | Path | Sequence[Target]) -> tuple[Target, ...]:
    """Return targets as they are, or those of a table: its path, or the name of a published one.

    Raises
    ------
    TargetError
        If there is none, or the table cannot be used.
    """
    if not isinstance(targets, str | Path):
        return _whole(_listed(targets))
    return read_targets(targets)


def _check_columns(file: Path, columns: Sequence[str]) -> None:
    allowed = [item.name for item in fields(Target) if item.name != "where"]
    for column in columns:
        if column not in allowed:
            hint = nearest(column, allowed)
            raise TargetError(
                f"{file}: column {column!r} is unknown{hint} (known: {', '.join(allowed)})"
            )


def _listed(targets: Any) -> tuple[Target, ...]:
    """Return targets that were given in a list."""
    if isinstance(targets, Target):
        raise TargetError(f"targets must be a list, got one target, {targets.id!r}: write [target]")
    try:
        listed = tuple(targets)
    except TypeError:
        raise TargetError(f"targets must be a list of targets, got {shown(targets)}") from None
    for target in listed:
        if not isinstance(target, Target):
            raise TargetError(f"targets must be a list of targets, and it has {shown(target)}")
    return listed


def _whole(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    """Refuse what only shows when all targets are seen: none, ids that repeat, predictions."""
    if not targets:
        raise TargetError("a fit needs at least one target")
    seen: dict[str, str] = {}
    for target in targets:
        if target.id in seen:
            also = "twice" if seen[target.id] == target.where else f"also at {seen[target.id]}"
            raise target.error("id", f"{target.id!r} is there {also}")
        if target.asks:
            raise target.error("low", _NEITHER)
        seen[target.id] = target.where
    return targets


def _read_row(where: str, row: dict[str, str]) -> Target:
    scale = row.get("scale") or "log"
    numbers = {column: _number(where, column, row.get(column, "")) for column in _NUMBERS}
    words = {column: text for column, text in row.items() if column not in _NUMBERS}
    cells: dict[str, Any] = {**words, **numbers, "scale": scale, "where": where}
    return Target(**cells)


def _number(where: str, column: str, text: str) -> float:
    """Return a number; an empty cell, a dash or a point is none."""
    if text in ("", "-", "."):
        return math.nan
    return read_number(f"{where}, column {column!r}", text, TargetError)


def faults(target: Target) -> Iterable[tuple[str, str]]:
    """Yield column and fault of what a target measures; its range is not read."""
    for column in ("id", "observable"):
        if not getattr(target, column):
            yield column, "is empty"
    words = {"kind": tuple(KINDS), "scale": SCALES}
    words |= {"direction_status": STATUSES, "threshold_status": STATUSES}
    for column, allowed in words.items():
        word = getattr(target, column)
        if word not in allowed:
            hint = nearest(word, allowed)
            yield column, f"unknown {column} {word!r}{hint} (known: {', '.join(allowed)})"
    if target.low > target.high:
        yield "low", f"low {target.low:g} is above high {target.high:g}"
    if target.kind in KINDS:
        yield from _kind_faults(target, KINDS[target.kind])
    if target.softness <= 0:
        yield "softness", f"must be > 0, got {target.softness:g}"


def _kind_faults(target: Target, kind: TargetKind) -> Iterable[tuple[str, str]]:
    """Yield column and fault of what its kind cannot measure."""
    name, groups = kind.name, target.groups
    if len(groups) != kind.groups or not all(groups):
        text = f"needs {counted(kind.groups, 'group')}, got {target.group!r} (two as 'a/b')"
        yield "group", f"kind {name!r} {text}"
    elif len(set(groups)) < kind.groups:
        yield "group", f"{groups[0]!r} is compared with itself"
    if kind.looks == "day" and math.isnan(target.day):
        yield "day", f"kind {name!r} needs a day"
    if target.day < 0:
        yield "day", f"must be >= 0, got {target.day:g}"
    if kind.unit == "observable*day" and target.day == 0:
        yield "day", f"kind {name!r} needs a window of some days, got 0"
    if fault := kind.threshold_fault(target.threshold):
        yield "threshold", fault


_NEITHER = "give either low and/or high, or value with sigma"


def _range_faults(target: Target) -> Iterable[tuple[str, str]]:
    measured = not math.isnan(target.value)
    bounded = not (math.isnan(target.low) and math.isnan(target.high))
    if measured and bounded:
        yield "low", _NEITHER
    if measured and not target.sigma > 0:
        yield "sigma", "a measured value needs a sigma > 0"
    if not measured and not math.isnan(target.sigma):
        yield "sigma", "belongs to a value, and there is none"
    for column in ("low", "high", "value"):
        if target.scale == "log" and getattr(target, column) <= 0:
            yield column, f"must be > 0 on the log scale, got {getattr(target, column):g}"
            return
    low, high = target.low, target.high
    if low <= high and residuals.to_scale(low, target.scale) == residuals.to_scale(
        high, target.scale
    ):
        yield "low", f"low and high are both {low:g}: for one value, give value with sigma"
    ends = ("low", target.low, target.low_range), ("high", target.high, target.high_range)
    yield from range_faults(ends)
    if bounded and math.isnan(target.softness) and not _own_size(target):
        yield "softness", "a bound of 0 has no size of its own: say how wide its edge is"


def _own_size(target: Target) -> float:
    """Return what the softness of a range is a share of; 0 if nothing says it."""
    if target.scale == "log" or target.asks or not math.isnan(target.value):
        return 1.0
    ends = [end for end in (target.low, target.high) if not math.isnan(end)]
    return ends[1] - ends[0] if len(ends) > 1 else abs(ends[0])
