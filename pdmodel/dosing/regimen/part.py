"""One part of a regimen in words: amounts, unit and drug in front, clauses behind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pdmodel.dosing.regimen.grammar import NUMBER, PLAIN, RHYTHM, Clause, Unreadable, take_clauses
from pdmodel.errors import RegimenError, nearest
from pdmodel.text import exact

_HEAD = re.compile(
    rf"^(?:(?P<kind>(?i:ramp|pack|loading))\s+)?(?:(?P<first>[A-Za-z][\w-]*)\s+)?"
    rf"(?P<amounts>{NUMBER}(?:-{PLAIN})*)\s*(?P<unit>[^\s\d-]\S*)\s*(?P<rest>.*)$"
)
_NOTHING = ("none", "no drug", "nothing", "placebo")
_DRUG = re.compile(r"^[A-Za-z][\w-]*$")
_WORDS = {
    "after", "and", "bid", "daily", "day", "days", "doses", "each", "every", "for", "from", "hour",
    "hours", "in", "monthly", "of", "on", "once", "over", "per", "qd", "then", "thrice", "till",
    "times", "twice", "until", "week", "weekly", "weeks",
}  # fmt: skip
_INSTEAD = {
    "twice": "twice daily", "thrice": "three times a day", "monthly": "every 28 days",
    "yearly": "every 365 days", "times": "three times a day",
}  # fmt: skip
_RHYTHMS = ("daily", "weekly", "once", "twice daily")
WHEN = "say when: 'daily', 'once', 'every 14 days' or 'on days 1, 8, 15 of 28'"


@dataclass(frozen=True)
class Part:
    """What is written between two `+` or `then`: amounts, unit, drug, and the clauses."""

    words: str
    kind: str = ""
    amounts: tuple[float, ...] = ()
    unit: str = "mg"
    drug: str = ""
    clauses: dict[str, Clause] = field(default_factory=dict)

    def value(self, clause: str, otherwise: float) -> float:
        """Return the number of a clause, or another where it is not there."""
        return self.clauses[clause].value if clause in self.clauses else otherwise

    @property
    def interval(self) -> float | None:
        """Days from dose to dose; None where that is not one number."""
        if "every" in self.clauses:
            return self.clauses["every"].value
        steady = "days" not in self.clauses and {"daily", "times"} & self.clauses.keys()
        return 1.0 if steady else None


def read_part(words: str, before: Part | None) -> Part:
    """Read what stands between two `+` or `then`.

    Parameters
    ----------
    words
        Without blanks around them.
    before
        What comes before `then`, whose amount is given again where no other is named.

    Raises
    ------
    RegimenError, Unreadable
        If it cannot be read.
    """
    lowered = words.lower()
    if lowered in _NOTHING or (lowered.startswith("placebo ") and not take_clauses(words[8:])[0]):
        return Part(words, "nothing", clauses=take_clauses(words)[1])
    match = _head(words)
    if match is None and before is not None and before.amounts:
        match = _head(f"{exact(before.amounts[-1])} {before.unit} {before.drug} {words}")
    if match is None:
        raise Unreadable("it must begin with an amount and a unit")
    amounts = _amounts(words, match["amounts"])
    rest, clauses = take_clauses(match["rest"])
    drug = _drug(match["first"] or "", re.sub(r"^of ", "", rest), clauses)
    return Part(words, (match["kind"] or "").lower(), amounts, match["unit"], drug, clauses)


def _head(words: str) -> re.Match[str] | None:
    match = _HEAD.match(words)
    return None if match is None or (match["first"] or "").lower() in _WORDS else match


def _drug(first: str, rest: str, clauses: dict[str, Clause]) -> str:
    """Return the drug, named before the amount or after it."""
    if not rest:
        return first
    if first or not _DRUG.match(rest) or rest.lower() in _WORDS:
        instead = _INSTEAD.get(rest.lower().split()[0])
        hint = f"; say '{instead}'" if instead else ""
        raise Unreadable(f"{rest!r} was not understood{hint}")
    if not any(name in clauses for name in RHYTHM):
        hint = nearest(rest, _RHYTHMS)
        if hint:
            raise Unreadable(f"{rest!r} was not understood{hint}")
    return rest


def _amounts(words: str, text: str) -> tuple[float, ...]:
    if text.startswith("-"):
        raise RegimenError(f"regimen {words!r}: a dose must be > 0, got {text}")
    return tuple(float(amount) for amount in re.findall(PLAIN, text))
