"""RxODE's old codes of events, made into EVID, CMT and SS.

A code is read from the right: two digits for the kind of dose (01 a dose, 10 with SS = 1, 20 with
SS = 2), two for the compartment, one for how it is given (0 a bolus, 1 an infusion at the rate AMT
that a row with -AMT ends, 4 replace, 5 multiply), and further digits for compartments above 99.
"""

from __future__ import annotations

from collections.abc import Sequence

from pdmodel.dosing.nonmem.columns import plain_number
from pdmodel.dosing.nonmem.lines import TextLine
from pdmodel.errors import RegimenError
from pdmodel.text import exact

LEAST_CODE = 101
_STEADY = {1: "0", 10: "1", 20: "2"}
_EVID = {0: "1", 1: "1", 4: "5", 5: "6"}


def without_old_codes(
    where: str, header: Sequence[str], body: Sequence[TextLine]
) -> tuple[list[str], list[TextLine]]:
    """Return the table with NONMEM's EVID, CMT, SS and RATE in place of the codes.

    Parameters
    ----------
    where
        The file, for errors.
    header, body
        The table, cells by row.

    Raises
    ------
    RegimenError
        If there is no EVID, or a code that has no counterpart; names file and row.
    """
    small = "evid" in header
    names = list(header)
    for name in ("EVID", "CMT", "SS", "RATE", "AMT"):
        spelled = name.lower() if small else name
        if spelled not in names:
            if name in ("EVID", "AMT"):
                raise RegimenError(f"{where}: column {name!r} is missing, which old codes need")
            names.append(spelled)
    rows = [
        dict(zip((n.upper() for n in names), [*cells, *["."] * len(names)], strict=False))
        for _, cells in body
    ]
    for index, (line, _) in enumerate(body):
        _decode(f"{where}, row {line}, column 'EVID'", rows, index)
    return names, [
        (line, [row[name.upper()] for name in names])
        for (line, _), row in zip(body, rows, strict=True)
    ]


def _decode(where: str, rows: Sequence[dict[str, str]], index: int) -> None:
    row = rows[index]
    code = plain_number(row["EVID"])
    if code is None or code < LEAST_CODE or not code.is_integer():
        return
    rest, kind = divmod(int(code), 100)
    high, low = divmod(rest, 1000)
    way, compartment = divmod(low, 100)
    if kind not in _STEADY or way not in _EVID or not (compartment or high):
        raise RegimenError(
            f"{where}: {row['EVID']!r} has no counterpart (read are doses, infusions at a rate, "
            "steady states, replacing and multiplying; write EVID, CMT, RATE and SS otherwise)"
        )
    if way == 1:
        _pair(where, rows, index)
    row |= {"EVID": _EVID[way], "CMT": str(100 * high + compartment), "SS": _STEADY[kind]}


def _pair(where: str, rows: Sequence[dict[str, str]], index: int) -> None:
    """Make an infusion of the row that begins it and the row that ends it."""
    row = rows[index]
    rate = plain_number(row["AMT"])
    for other in rows[index + 1 :]:
        if other["ID"] != row["ID"]:
            break
        if other["EVID"] == row["EVID"] and rate and plain_number(other["AMT"]) == -rate:
            begin, end = plain_number(row["TIME"]), plain_number(other["TIME"])
            if begin is None or end is None or not end > begin:
                break
            row |= {"AMT": exact(rate * (end - begin)), "RATE": exact(rate)}
            other |= {"EVID": "2", "AMT": "."}
            return
    raise RegimenError(
        f"{where}: {row['EVID']!r} begins an infusion at rate AMT = {row['AMT']}; no later row of "
        f"ID {row['ID']} ends it with AMT = -{row['AMT']}"
    )
