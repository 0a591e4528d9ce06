"""Wide tables: a column an analyte, made into a row a measurement.

What a row measures is taken before what the row gives, as a trough is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pdmodel.arguments import by_name
from pdmodel.dosing.nonmem.columns import plain_number
from pdmodel.dosing.nonmem.lines import MISSING, TextLine
from pdmodel.errors import RegimenError, require_known

_ADDED = ("EVID", "DV", "DVID", "CENS", "MDV")
_CENSORED = {"<": "1", ">": "-1"}


def without_wide(
    where: str, header: list[str], body: Sequence[TextLine], observed: Mapping[str, str]
) -> tuple[list[str], list[TextLine]]:
    """Return the table with a row for each measurement, marked by DVID.

    Parameters
    ----------
    where
        The file, for errors.
    header, body
        The table, cells by row.
    observed
        What is measured, by the column that holds it. A cell such as `<3` is a value below 3.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    RegimenError
        If a column has a meaning of its own.
    """
    observed = by_name(observed, "observed")
    for column in observed:
        require_known(f"column of {where} with measurements:", header, column)
        if column.upper() in ("ID", "TIME", *_ADDED):
            raise RegimenError(f"{where}: column {column!r} holds no measurements of one analyte")
    kept = [index for index, name in enumerate(header) if name not in observed]
    named = {name.upper(): name for name in header}
    names = [header[index] for index in kept]
    names += [_spelled(name, header) for name in _ADDED if name not in named]
    rows: list[TextLine] = []
    for line, texts in body:
        cells = dict(zip(header, [*texts, *[""] * (len(header) - len(texts))], strict=False))
        own = {name.upper(): text for name, text in cells.items() if name not in observed}
        measured = {c: cells[c] for c in observed if cells[c] not in MISSING}
        made = [_measurement(own, cells[c], what) for c, what in observed.items() if c in measured]
        if not measured or _acts(own):
            made.append(own)
        rows += [(line, [row.get(name.upper(), ".") for name in names]) for row in made]
    return names, rows


def _spelled(name: str, header: Sequence[str]) -> str:
    """Return the name of a new column in the case of those that are there."""
    return name if "TIME" in header else name.lower()


def _acts(own: Mapping[str, str]) -> bool:
    """Whether a row does more than measure what the columns hold: it gives, or has a DV too."""
    cells = {name: own.get(name, "") for name in ("AMT", "EVID", "RATE", "SS", "DV")}
    given = [text for name, text in cells.items() if name != "DV" and plain_number(text) != 0]
    return any(text not in MISSING for text in (*given, cells["DV"]))


def _measurement(own: Mapping[str, str], text: str, what: str) -> dict[str, str]:
    """Return the row of a measurement, with the covariates of its row."""
    none = dict.fromkeys(("AMT", "RATE", "DUR", "SS", "II", "ADDL", "LIMIT"), ".")
    value = text[1:].strip() if text[0] in _CENSORED else text
    marks = {"EVID": "0", "DV": value, "DVID": what, "CENS": _CENSORED.get(text[0], "0")}
    return {**own, **{name: "." for name in none if name in own}, **marks, "MDV": "0"}
