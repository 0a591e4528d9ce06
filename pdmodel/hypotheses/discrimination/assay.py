"""What could be measured: a quantity, how it is reported, on which days, how exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pdmodel.arguments import as_number, shown
from pdmodel.catalogue import find_table
from pdmodel.errors import InputError, nearest
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.storage.files.csv_rows import read_number, read_rows, require_columns

# Words of the column `kind`, and the kinds of targets that they stand for.
_KINDS = {"level": KINDS["level"], "fold": KINDS["fold_change"]}
_COLUMNS = ("name", "quantity", "kind", "days", "between", "assay", "status", "source", "meaning")


@dataclass(frozen=True)
class Assay:
    """A feasible measurement.

    Parameters
    ----------
    name, meaning
        Name of the assay, and the sample in words.
    quantity
        Quantity of the model.
    kind
        `level`, or `fold` over the value before treatment.
    days
        On which it can be taken.
    between, error
        Standard deviations of the logarithm, between patients alike and of the assay.
    status, source
        Status and source of these numbers.
    """

    name: str
    meaning: str
    quantity: str
    kind: str
    days: tuple[float, ...]
    between: float
    error: float
    status: str = "assumed"
    source: str = "ASSUMED"

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, in the words of a table."""
        for column, fault in _faults(self.kind, self.days, self.between, self.error):
            raise InputError(f"assay {self.name!r}, column {column}: {fault}")

    @property
    def relative(self) -> bool:
        """Whether it is reported over the value before treatment, which is measured too."""
        return _KINDS[self.kind].relative

    @property
    def sd(self) -> float:
        """Standard deviation of the logarithm of one patient's value; a fold is measured twice."""
        return math.hypot(self.between, self.error * (math.sqrt(2) if self.relative else 1))


def read_assays(file: str | Path = "assays.csv", near: object = None) -> list[Assay]:
    """Read a table of assays.

    Parameters
    ----------
    file
        A path, or the name of a published table.
    near
        The comparison that asks for it: it is looked for first where that is declared.

    Raises
    ------
    InputError
        If there is no such table, a column is missing or a cell is not allowed; names file, row
        and column.
    """
    file = find_table(file, near)
    rows = read_rows(file, InputError)
    require_columns(file, rows, _COLUMNS, InputError)
    return [_assay(where, row) for where, row in rows]


def _assay(where: str, row: dict[str, str]) -> Assay:
    numbers = {
        name: read_number(f"{where}, column {name}", row[name], InputError)
        for name in ("between", "assay")
    }
    days = tuple(
        read_number(f"{where}, column days", day, InputError) for day in row["days"].split()
    )
    for column, fault in _faults(row["kind"], days, **numbers):
        raise InputError(f"{where}, column {column}: {fault}")
    return Assay(
        row["name"], row["meaning"], row["quantity"], row["kind"], days, numbers["between"],
        numbers["assay"], row["status"], row["source"],
    )  # fmt: skip


def _faults(
    kind: str, days: Sequence[float], between: float, assay: float
) -> Iterator[tuple[str, str]]:
    """Yield column and fault of what cannot be measured."""
    allowed = tuple(_KINDS)
    if kind not in allowed:
        text = f"{shown(kind)} is unknown{nearest(kind, allowed)} (known: {', '.join(allowed)})"
        yield "kind", text
    for column, value in (("between", between), ("assay", assay)):
        number = as_number(value)
        if number is None or not 0 <= number < math.inf:
            yield column, f"must be >= 0, got {shown(value)}"
    numbers = [as_number(day) for day in days]
    if not days or any(day is None or not 0 <= day < math.inf for day in numbers):
        yield "days", "write days >= 0 with blanks between them"


@dataclass(frozen=True)
class Measurement:
    """One entry of the menu.

    Parameters
    ----------
    assay, day
        The assay, and the day on which it is taken.
    arm, against
        Under which intervention, and the arm that it is compared with; empty for none.
    group
        One group, or `first/second` for their ratio.
    """

    assay: Assay
    day: float
    arm: str
    against: str
    group: str

    @property
    def groups(self) -> tuple[str, ...]:
        """The one or two groups that it takes patients of."""
        return tuple(self.group.split("/"))

    @property
    def sd(self) -> float:
        """Standard deviation of the logarithm with one patient in each group and arm."""
        parts = len(self.groups) * (2 if self.against else 1)
        return self.assay.sd * math.sqrt(parts)

    @property
    def words(self) -> str:
        """The measurement in words."""
        versus = f", {self.arm} against {self.against}" if self.against else f", {self.arm}"
        whom = self.group.replace("/", " over ")
        return f"{self.assay.meaning} on day {self.day:g}, {whom}{versus}"


def menu(
    assays: Sequence[Assay], arms: Sequence[str], control: str, groups: Sequence[str]
) -> Iterator[Measurement]:
    """Yield every assay on each of its days in each group: in the control arm, and each arm to it.

    Before treatment nothing can differ between arms, so day 0 is the control's alone.
    """
    wholes = [*groups, "/".join(groups)] if len(groups) == 2 else list(groups)
    for assay in assays:
        for day in assay.days:
            for group in wholes:
                yield Measurement(assay, day, control, "", group)
                for arm in arms:
                    if arm != control and day > 0:
                        yield Measurement(assay, day, arm, control, group)
