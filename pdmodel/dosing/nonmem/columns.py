"""The columns of a NONMEM-style table: how they are written and what may stand in them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdmodel.dosing.nonmem.record import DOSE, MOST_ADDITIONAL, OBSERVATION, OTHER
from pdmodel.errors import RegimenError, nearest, require_known, shortened

EVENT = ("TIME", "AMT", "RATE", "DUR", "EVID", "CMT", "SS", "II", "ADDL")
LABELS = ("ID", "DV", "MDV", "DVID", "CENS", "LIMIT")
RESERVED = (*EVENT, *LABELS)
TEXT = ("ID", "CMT", "DVID")
COMMENT = "C"

# What others call these columns. Only looked at where the column itself is missing: DOSE beside
# AMT is a covariate.
_ALIASES = {
    "AMT": ("AMOUNT", "DOSE", "DOS", "AMNT"),
    "TIME": ("HOUR", "HOURS", "DAY", "DAYS", "TIMES", "T", "TIM", "TAFD"),
    "ID": ("SUBJECT", "SUBJ", "SUBJID", "USUBJID", "PATIENT", "IDS", "#ID"),
    "DUR": ("DURATION", "TINF"),
    "II": ("INTERVAL", "TAU"),
    "ADDL": ("ADDITIONAL", "ADL", "ADD"),
    "EVID": ("EVENT", "EVENTID"),
    "CMT": ("COMPARTMENT", "COMP"),
    "SS": ("STEADY", "STEADYSTATE"),
    "DV": ("CONC", "OBS", "OBSERVATION", "VALUE"),
    "CENS": ("CENSORED", "CENSORING", "BLQ", "BLOQ"),
    "LIMIT": ("LIMITS",),
}
_WHOLE = {
    "EVID": (0, 1, 2, 3, 4, 5, 6),
    "MDV": (0, 1),
    "SS": (0, 1, 2),
    "CENS": (-1, 0, 1),
}
Row = dict[str, float | str]
"""What stands in a row, by column: missing numbers are NaN, missing text is empty."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_COMPARTMENT = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """The columns that are read, in their order.

    Parameters
    ----------
    where
        The file, for errors.
    names
        Column by the way it is spelled in the file: `TIME` for `time`; covariates as they are.
    comment
        Spelling of the column in which a C skips its row; empty if there is none.
    """

    where: str
    names: Mapping[str, str]
    comment: str = ""

    @property
    def covariates(self) -> tuple[str, ...]:
        """The columns that have no meaning of their own."""
        return tuple(name for name in self.names.values() if name not in RESERVED)

    def read(self, line: int, cells: Mapping[str, str]) -> dict[str, float | str]:
        """Return the values of a row by column; a missing number is NaN, a missing text empty."""
        return {
            name: _read(f"{self.where}, row {line}, column {spelled!r}", name, cells[spelled])
            for spelled, name in self.names.items()
        }


def plain_number(text: str) -> float | None:
    """Return the number that a cell is, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def value_of(row: Mapping[Any, Any], column: str) -> float:
    """Return a number of a row, 0 where it is missing."""
    value = float(row.get(column, 0.0))
    return 0.0 if math.isnan(value) else value


def evid_of(row: Mapping[Any, Any]) -> int:
    """Return EVID; where it is missing, an amount makes a dose, and MDV = 1 an other event."""
    evid = float(row.get("EVID", math.nan))
    if not math.isnan(evid):
        return int(evid)
    if value_of(row, "AMT") or (value_of(row, "SS") and value_of(row, "RATE")):
        return DOSE
    return OTHER if value_of(row, "MDV") else OBSERVATION


def name_columns(
    where: str, header: Sequence[str], drop: Collection[str], reserved: Collection[str]
) -> Columns:
    """Find out what the columns of a table are.

    Parameters
    ----------
    where
        The file, for errors.
    header
        First line of the table.
    drop
        Columns that are not read.
    reserved
        Columns that the caller names as covariates: never taken for slips of the keyboard.

    Raises
    ------
    RegimenError
        If a column is missing, is there twice, mixes cases or looks like a slip.
    UnknownNameError
        If a column to leave out is not there.
    """
    require_known(f"column of {where} to leave out:", header, *drop)
    kept = [column for column in header if column not in drop]
    comment = next((column for column in kept if column.upper() == COMMENT), "")
    kept = [column for column in kept if not comment or column != comment]
    for index, column in enumerate(header, start=1):
        if not column and column in kept:
            raise RegimenError(f"{where}: column {index} has no name")
    _check_case(where, kept)
    names = {c: c.upper() if c.upper() in RESERVED else c for c in kept}
    for column in kept:
        meant = "" if column in reserved else _meant(column, names.values())
        if names[column] not in RESERVED and meant:
            raise RegimenError(
                f"{where}: column {column!r} is not known; did you mean {meant!r}? Rename it; "
                f"leave it out with drop=({column!r},), or --drop {column}; or, if it is a "
                f"covariate, say covariates=({column!r},), or --covariates {column}"
            )
    for needed in ("ID", "TIME"):
        if needed not in names.values():
            hint = nearest(needed, kept)
            raise RegimenError(
                f"{where}: column {needed!r} is missing{hint} (found: {', '.join(header)})"
            )
    return Columns(where, names, comment)


def without_text(
    columns: Columns, header: Sequence[str], body: Sequence[Sequence[str]], asked: Collection[str]
) -> tuple[Columns, tuple[str, ...]]:
    """Leave out covariates that hold text alone; one that mixes text and numbers is a slip.

    Parameters
    ----------
    columns
        All columns.
    header, body
        The table, cells by row.
    asked
        Covariates that the caller names: never left out.

    Returns
    -------
    columns, left_out
        The columns that are read, and the names of the others.
    """
    left_out = []
    for spelled, name in columns.names.items():
        if name in RESERVED or name in asked:
            continue
        index = header.index(spelled)
        cells = {row[index] for row in body if index < len(row)} - {"", "."}
        if cells and not any(_NUMBER.fullmatch(cell) for cell in cells):
            left_out.append(spelled)
    kept = {s: name for s, name in columns.names.items() if s not in left_out}
    return Columns(columns.where, kept, columns.comment), tuple(left_out)


def _check_case(where: str, columns: Sequence[str]) -> None:
    """Refuse `Time`, `time` beside `AMT`, and `id` beside `TIME`; `ID` and `DV` may stay large."""
    ours = [column for column in columns if column.upper() in RESERVED]
    for column in ours:
        if column not in (column.upper(), column.lower()):
            raise RegimenError(
                f"{where}: column {column!r} mixes upper and lower case; write "
                f"{column.upper()!r} or {column.lower()!r}"
            )
    small = [column for column in ours if column.islower()]
    large = [column for column in ours if column.isupper() and column in EVENT]
    twice = [column for column in small if column.upper() in ours]
    if twice:
        raise RegimenError(f"{where}: columns {twice[0]!r} and {twice[0].upper()!r} are both there")
    if small and large:
        raise RegimenError(
            f"{where}: columns {small[0]!r} and {large[0]!r} mix lower and upper case; write all "
            "in one case"
        )


def _meant(column: str, present: Collection[str]) -> str:
    """Return the missing column that an unknown one looks like, or nothing."""
    name = column.upper()
    for reserved in RESERVED:
        if reserved not in present and (
            name in _ALIASES.get(reserved, ()) or name in set(_slips(reserved))
        ):
            return reserved
    return ""


def _slips(name: str) -> Iterator[str]:
    """Yield a name with two letters swapped; a longer one also with a letter doubled or lost."""
    for i in range(len(name) - 1):
        yield name[:i] + name[i + 1] + name[i] + name[i + 2 :]
    if len(name) > 3:
        for i in range(len(name)):
            yield name[:i] + name[i + 1 :]
            yield name[:i] + name[i] + name[i:]


def _read(where: str, column: str, text: str) -> float | str:
    if column in TEXT:
        return _text(where, column, text)
    value = _number(where, text, "" if column in RESERVED else column)
    if math.isnan(value):
        return value
    if column in _WHOLE and value not in _WHOLE[column]:
        allowed = ", ".join(str(number) for number in _WHOLE[column])
        hint = ""
        if column == "EVID" and value > 100:
            hint = (
                "; codes such as 101 (a dose into compartment 1) are RxODE's: read evid='rxode', "
                "or --evid rxode"
            )
        raise RegimenError(f"{where}: {text!r} is not allowed (allowed: {allowed}){hint}")
    if column == "ADDL" and not (value.is_integer() and 0 <= value <= MOST_ADDITIONAL):
        raise RegimenError(f"{where}: {text!r} is not a whole number from 0 to {MOST_ADDITIONAL}")
    if column == "RATE" and value < 0 and value not in (-1, -2):
        raise RegimenError(
            f"{where}: {text!r} is not allowed (a rate >= 0, -1 for a modelled rate, -2 for a "
            "modelled duration)"
        )
    if column in ("AMT", "DUR", "II") and value < 0:
        raise RegimenError(f"{where}: {text!r} must be >= 0")
    return value


def _number(where: str, text: str, covariate: str) -> float:
    if text in ("", "."):
        return math.nan
    if not _NUMBER.fullmatch(text):
        hint = ""
        if ":" in text:
            hint = "; clock times are not read, write hours or days since the first record"
        elif text[0] in "<>" and _NUMBER.fullmatch(text[1:].strip()):
            side, cens = ("below", 1) if text[0] == "<" else ("above", -1)
            hint = f"; a value {side} {text[1:].strip()} is CENS = {cens} with that number as DV"
        elif text.lower() in ("na", "nan", "null", "none"):
            hint = "; write '.' for what is missing"
        elif covariate:
            hint = f"; leave the column out with drop=({covariate!r},), or --drop {covariate}"
        raise RegimenError(f"{where}: {shortened(text, 40)!r} is not a number{hint}")
    value = float(text)
    if not math.isfinite(value):
        raise RegimenError(f"{where}: {shortened(text, 40)!r} is too large")
    return value


def _text(where: str, column: str, text: str) -> str:
    """Read a name, or a whole number in whatever form; 0 or a blank is no compartment."""
    if text in ("", "."):
        if column == "ID":
            raise RegimenError(f"{where}: is missing")
        return ""
    if _NUMBER.fullmatch(text) and (value := float(text)).is_integer():
        text = str(int(value)) if column != "ID" or "." in text else text
    if column != "CMT":
        return text
    if text == "0":
        return ""
    if text.startswith("-"):
        raise RegimenError(f"{where}: {text!r}: compartments cannot be turned off")
    if not (text.isdecimal() or _COMPARTMENT.fullmatch(text)):
        short = shortened(text, 40)
        raise RegimenError(f"{where}: {short!r} is neither a number from 1 nor a name")
    return text
