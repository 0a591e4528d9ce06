"""The clauses in which a regimen says when: what each looks like, and the times that it names.

A part of a regimen is an amount, a unit, a drug, and clauses in any order:

    [ramp|pack|loading] AMOUNT[-AMOUNT...] UNIT [DRUG]
        [once | daily | twice daily | weekly | every N TIMES | on days A, B-C [of N] | at weeks A]
        [in K doses] [over N TIMES] [at N kg]
        [after N TIMES | from day N] [for N TIMES | until day N | until week N]

TIMES are minutes, hours, days or weeks. Days that are counted (`on days 1, 8`, `from day 8`,
`until day 84`) are those of the clinic: day 1 is time 0, and `until day 84` gives the dose of day
84 but not that of day 85. Lengths of time (`after 7 days`, `at weeks 0, 2, 6`) count from time 0.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from pdmodel.dosing.regimen.phrases import HOURS, MINUTES, WEEK

PLAIN = r"\d+(?:\.\d+)?(?:e[-+]?\d+)?"
NUMBER = rf"-?{PLAIN}"
_TIMES = r"(minutes?|min|hours?|h|days?|d|weeks?)\b"
_LENGTH = rf"({NUMBER})\s*{_TIMES}"
_RANGE = r"\d+(?:\s*(?:-|–|to)\s*\d+)?"
_LIST = rf"({_RANGE}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_RANGE})*)"
_CYCLE = r"\s+of\s+(?:(?:a|an|each|every)\s+)?(\d+)(?:[\s-]+days?\b)?(?:\s+cycles?\b)?"
_COUNTS = {
    "once": 1, "one": 1, "twice": 2, "two": 2, "thrice": 3, "three": 3, "four": 4, "five": 5,
    "six": 6,
}  # fmt: skip
_CODES = {"qd": 1, "bid": 2, "tid": 3, "qid": 4}
_OFTEN = rf"(once|twice|thrice|(?:{'|'.join(_COUNTS)}|\d+)\s+times)"

_PATTERNS = {
    "parts": r"\bin\s+(\d+)\s+doses(?:\s+a\s+day)?\b",
    "until": rf"\b(?:until|till|through)\s+(day|week)\s+({NUMBER})",
    "from": r"\bfrom\s+day\s+(\d+)(?:\s+on(?:wards)?\b)?",
    "days": rf"\b(?:on\s+)?days?\s+{_LIST}(?:{_CYCLE})?",
    "weeks": rf"\b(?:at|in|on)\s+weeks?\s+{_LIST}",
    "times": rf"\b{_OFTEN}\s+(daily|weekly|(?:a|per|each|every)\s+(?:day|week))\b",
    "code": rf"\b(?:{'|'.join(_CODES)}|q(\d+)(h|d|w))\b",
    "every": rf"\bevery\s+(?:{_LENGTH}|(other|second)\s+(day|week)\b)",
    "weekly": r"\b(?:weekly|every\s+week|fortnightly)\b",
    "daily": r"\b(?:daily|every\s+day)\b",
    "once": r"\bonce\b",
    "over": rf"\bover\s+{_LENGTH}",
    "after": rf"\bafter\s+{_LENGTH}",
    "for": rf"\bfor\s+{_LENGTH}",
    "weight": rf"\bat\s+({NUMBER})\s*(kg|g)\b",
}
CLAUSES = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}
RHYTHM = ("once", "daily", "times", "every", "days")
"""The clauses that say how doses follow one another, as they are named once they are taken."""

_Match = re.Match[str]


class Unreadable(Exception):
    """Words that cannot be read: why, without the words themselves."""


@dataclass(frozen=True)
class Clause:
    """A clause: the words, and the numbers in them.

    Parameters
    ----------
    words
        As they were written.
    values
        Times in days; counts as they are; of `weight` the kilograms.
    cycle
        Of `days`: the length of the cycle; None where they do not come again.
    """

    words: str
    values: tuple[float, ...] = ()
    cycle: float | None = None

    @property
    def value(self) -> float:
        """The only number."""
        return self.values[0]


def take_clauses(text: str) -> tuple[str, dict[str, Clause]]:
    """Return what is left of a text without its clauses, and these by name.

    Parameters
    ----------
    text
        What follows amount and unit.

    Raises
    ------
    Unreadable
        If a clause says what cannot be given.
    """
    matches: dict[str, _Match] = {}
    for name, pattern in CLAUSES.items():
        match = pattern.search(text)
        if match is not None:
            matches[name] = match
            text = f"{text[: match.start()]} {text[match.end() :]}"
    clauses: dict[str, Clause] = {}
    for name, match in matches.items():
        named, clause = _read(name, match)
        if named in clauses:
            raise Unreadable(
                f"{clauses[named].words!r} and {clause.words!r} say the same; one is enough"
            )
        clauses[named] = clause
    return " ".join(text.split()), clauses


def _read(name: str, match: _Match) -> tuple[str, Clause]:
    """Return a clause by the name under which it is given: `q14d` is an `every`."""
    words = " ".join(match[0].split())
    if name == "days":
        days = _counted(match[1], first=1)
        return "days", Clause(words, tuple(days), _number(match[2]) if match[2] else None)
    if name == "weeks":
        return "days", Clause(words, tuple(week * WEEK + 1 for week in _counted(match[1])))
    if name in ("times", "code", "weekly", "every"):
        return _rhythm(name, words, match)
    if name == "until":
        per = WEEK if match[1].lower() == "week" else 1
        return name, Clause(words, (_number(match[2]) * per,))
    if name == "from":
        return "after", Clause(words, (_day(_number(match[1])) - 1.0,))
    if name == "weight":
        return name, Clause(words, (_number(match[1]) / (1000 if match[2].lower() == "g" else 1),))
    if name in ("over", "after", "for"):
        return name, Clause(words, (_days(_number(match[1]), match[2]),))
    return name, Clause(words, tuple(_number(number) for number in match.groups()))


def _rhythm(name: str, words: str, match: _Match) -> tuple[str, Clause]:
    if name == "times":
        count = match[1].split()[0].lower()
        times = float(_COUNTS.get(count) or _number(count))
        if not match[2].lower().endswith(("day", "daily")):
            return _weekly(words, times)
        return ("daily", Clause(words)) if times == 1 else ("times", Clause(words, (times,)))
    if name == "code" and match[1] is None:
        times = float(_CODES[words.lower()])
        return ("daily", Clause(words)) if times == 1 else ("times", Clause(words, (times,)))
    if name == "code":
        return "every", Clause(
            words, (_days(_number(match[1]), _UNITS_OF_CODES[match[2].lower()]),)
        )
    if name == "weekly":
        return "every", Clause(words, (2.0 * WEEK if "fort" in words.lower() else float(WEEK),))
    if match[3] is not None:
        return "every", Clause(words, (2.0 * (WEEK if match[4].lower() == "week" else 1),))
    return "every", Clause(words, (_days(_number(match[1]), match[2]),))


_UNITS_OF_CODES = {"h": "hours", "d": "days", "w": "weeks"}


def _weekly(words: str, times: float) -> tuple[str, Clause]:
    if times != 1:
        raise Unreadable(f"{words!r} does not say on which days; write e.g. 'on days 1, 4 of 7'")
    return "every", Clause(words, (float(WEEK),))


def _number(text: str) -> float:
    """Return a number; one that is too large for a float is none."""
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable("a number is too large")
    return value


def _days(count: float, unit: str) -> float:
    unit = unit.lower()
    if unit.startswith("m"):
        return count / MINUTES
    if unit.startswith("h"):
        return count / HOURS
    return count * WEEK if unit.startswith("w") else count


def _day(value: float) -> float:
    """Return a day of the clinic, from 1."""
    if value < 1:
        raise Unreadable("days are counted from 1: day 1 is the first day of treatment")
    return value


# No regimen counts further; a slip of the keyboard must not make a list that fills the memory.
_MOST_COUNTED = 100_000


def _counted(text: str, first: int = 0) -> list[float]:
    """Return the numbers of a list such as `1-5, 8 and 15`, each once, in order."""
    counted: set[float] = set()
    for item in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", text):
        ends = [_number(end) for end in re.split(r"\s*(?:-|–|to)\s*", item)]
        low, high = ends[0], ends[-1]
        if first:
            _day(low)
        if high > _MOST_COUNTED:
            raise Unreadable(f"day {high:g} is further than can be counted")
        if high < low:
            raise Unreadable(f"days {item} do not follow one another")
        counted |= {low + n for n in range(int(high - low) + 1)}
    return sorted(counted)
