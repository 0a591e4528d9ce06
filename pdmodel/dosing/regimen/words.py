"""Regimens in words: `10 mg daily`, `25 mg days 1-21 of 28 + pack 24-20-16 mg ...`.

Grammar of one part (parts are joined by ` + `):

    [ramp|pack] AMOUNT[-AMOUNT...] UNIT [DRUG] [daily | days A-B of C | every N days]
        [in K doses] [after T days] [for D days]
"""

from __future__ import annotations

import math
import re
from typing import overload

from pdmodel.dosing.action import Timetable
from pdmodel.dosing.regimen.regimen import Regimen, cyclic, daily, no_drug, pack, ramp
from pdmodel.errors import RegimenError, UnitError
from pdmodel.units import parse_unit

EXAMPLES = (
    "10 mg daily",
    "25 mg days 1-21 of 28",
    "5 mg lenalidomide daily for 56 days",
    "ramp 5-10-15 mg every 28 days",
    "pack 24-20-16-12-8-4 mg methylprednisolone after 1.5 days",
)

_PLAIN = r"\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_NUMBER = rf"-?{_PLAIN}"
_HEAD = re.compile(
    rf"^(?:(?P<kind>ramp|pack)\s+)?(?P<amounts>{_NUMBER}(?:-{_PLAIN})*)\s*(?P<unit>[^\s\d-][^\s]*)\s*(?P<rest>.*)$"
)
_CLAUSES: dict[str, re.Pattern[str]] = {
    "cycle": re.compile(r"\bdays\s+(\d+)-(\d+)\s+of\s+(\d+)(?:\s+days)?", re.IGNORECASE),
    "every": re.compile(rf"\bevery\s+({_NUMBER})\s+days?\b", re.IGNORECASE),
    "parts": re.compile(r"\bin\s+(\d+)\s+doses(?:\s+a\s+day)?\b", re.IGNORECASE),
    "after": re.compile(rf"\bafter\s+({_NUMBER})\s+days?\b", re.IGNORECASE),
    "for": re.compile(rf"\bfor\s+({_NUMBER})\s+days?\b", re.IGNORECASE),
    "daily": re.compile(r"\b(daily|every day|once daily)\b", re.IGNORECASE),
}
_NOTHING = ("none", "no drug", "placebo")
_DRUG = re.compile(r"^[A-Za-z][\w-]*$")
_INSTEAD = {
    "twice": "in 2 doses", "thrice": "in 3 doses", "bid": "in 2 doses", "qd": "daily",
    "weekly": "daily' or 'days 1-1 of 7", "monthly": "days 1-1 of 28",
}  # fmt: skip
_WORDS = {
    "after", "and", "bid", "daily", "day", "days", "doses", "each", "every", "for", "hour",
    "hours", "in", "monthly", "of", "on", "once", "per", "qd", "thrice", "times", "twice", "until",
    "week", "weekly", "weeks",
}  # fmt: skip


@overload
def read_regimen(text: str | Regimen) -> Regimen: ...


@overload
def read_regimen(text: str | Timetable) -> Timetable: ...


def read_regimen(text: str | Timetable) -> Timetable:
    """Read a regimen written in words.

    Parameters
    ----------
    text
        Parts joined by ` + `; `none`, `no drug` or `placebo` gives nothing, and so does an amount
        of 0. A Regimen, the event records of a subject, or any other timetable, is returned as it
        is.

    Returns
    -------
    Regimen
        Rules and doses; times in days since the start.

    Raises
    ------
    RegimenError
        If a part cannot be read; the message quotes the part and shows examples.

    Examples
    --------
    >>> read_regimen("25 mg days 1-21 of 28").prescribed(28)
    {'': 525.0}
    """
    if not isinstance(text, str):
        if not (hasattr(text, "actions") and hasattr(text, "prescribed")):
            raise RegimenError(
                f"a regimen is words, a Regimen or the events of one subject, got {text!r}"
            )
        return text
    parts = [_read_part(part.strip()) for part in re.split(r"\s\+\s|;", text)]
    result = parts[0]
    for part in parts[1:]:
        result = result + part
    return result


def _read_part(part: str) -> Regimen:
    if part.lower() in _NOTHING:
        return no_drug()
    match = _HEAD.match(part)
    if match is None:
        raise _unreadable(part, "it must begin with an amount and a unit")
    amounts = _amounts(part, match["amounts"])
    unit = match["unit"]
    try:
        if not parse_unit(unit).powers:
            raise _unreadable(part, f"{unit!r} is not an amount")
    except UnitError as error:
        raise RegimenError(f"regimen {part!r}: {error}") from error
    if _looks_like_a_slip(unit):
        raise _unreadable(part, f"{unit!r} is a billion times {unit.lower()!r}; which is meant?")
    rest, clauses = _take_clauses(match["rest"])
    drug = rest.strip()
    if drug and (not _DRUG.match(drug) or drug.lower() in _WORDS):
        instead = _INSTEAD.get(drug.lower())
        hint = f"; say '{instead}'" if instead else ""
        raise _unreadable(part, f"{drug!r} was not understood{hint}")
    builder = {"ramp": _ramp, "pack": _pack}.get(match["kind"] or "", _repeat)
    return builder(part, amounts, unit, drug, clauses)


def _looks_like_a_slip(unit: str) -> bool:
    """Whether a dose is in megagrams, which nobody is given: `Mg` for `mg`."""
    return unit[:1] == "M" and parse_unit(unit).scale > parse_unit("kg").scale


_Clauses = dict[str, tuple[float, ...]]


def _take_clauses(rest: str) -> tuple[str, _Clauses]:
    clauses: _Clauses = {}
    for name, pattern in _CLAUSES.items():
        match = pattern.search(rest)
        if match is not None:
            clauses[name] = () if name == "daily" else tuple(float(g) for g in match.groups())
            rest = rest[: match.start()] + rest[match.end() :]
    return re.sub(r"\s+", " ", rest), clauses


def _amounts(part: str, text: str) -> tuple[float, ...]:
    if text.startswith("-"):
        raise RegimenError(f"regimen {part!r}: a dose must be > 0, got {text}")
    return tuple(float(amount) for amount in re.findall(_PLAIN, text))


def _repeat(
    part: str, amounts: tuple[float, ...], unit: str, drug: str, clauses: _Clauses
) -> Regimen:
    if len(amounts) > 1:
        raise _unreadable(part, "several amounts need 'ramp' or 'pack' in front")
    if "every" in clauses:
        raise _unreadable(part, "'every N days' goes with 'ramp'; write 'days 1-1 of N'")
    if "daily" not in clauses and "cycle" not in clauses:
        raise _unreadable(part, "say 'daily' or 'days A-B of C'")
    start, stop, times = _span(part, clauses)
    if "cycle" in clauses:
        first, on, cycle = (_whole(part, value) for value in clauses["cycle"])
        return cyclic(
            amounts[0], drug, first=first, on=on, cycle=cycle, unit=unit, start=start, stop=stop,
            times_a_day=times,
        )  # fmt: skip
    return daily(amounts[0], drug, unit=unit, start=start, stop=stop, times_a_day=times)


def _ramp(
    part: str, amounts: tuple[float, ...], unit: str, drug: str, clauses: _Clauses
) -> Regimen:
    _refuse(part, clauses, "ramp", allowed={"every", "after", "daily"})
    start, _, _ = _span(part, clauses)
    (every,) = clauses.get("every", (28.0,))
    return ramp(amounts, drug, every=every, unit=unit, start=start)


def _pack(
    part: str, amounts: tuple[float, ...], unit: str, drug: str, clauses: _Clauses
) -> Regimen:
    _refuse(part, clauses, "pack", allowed={"parts", "after", "daily"})
    start, _, times = _span(part, clauses)
    return pack(amounts, drug, unit=unit, start=start, times_a_day=times)


def _refuse(part: str, clauses: _Clauses, kind: str, allowed: set[str]) -> None:
    for clause in sorted(set(clauses) - allowed):
        raise _unreadable(part, f"{clause!r} does not go with {kind!r}")


def _span(part: str, clauses: _Clauses) -> tuple[float, float, int]:
    (start,) = clauses.get("after", (0.0,))
    (length,) = clauses.get("for", (float("inf"),))
    (times,) = clauses.get("parts", (1.0,))
    if start < 0 or length <= 0:
        raise RegimenError(f"regimen {part!r}: days must be positive")
    return start, start + length, _whole(part, times)


def _whole(part: str, value: float) -> int:
    if not math.isfinite(value):
        raise RegimenError(f"regimen {part!r}: a number is too large")
    return int(value)


def _unreadable(part: str, why: str) -> RegimenError:
    examples = "; ".join(repr(example) for example in EXAMPLES)
    return RegimenError(f"regimen {part!r} cannot be read: {why} (examples: {examples})")
