"""Regimens in words: `10 mg daily`, `40 mg every 14 days`, `loading 160 mg then 40 mg weekly`.

Parts are joined by ` + `: all are given together. Within a part ` then ` says what follows what.
`grammar.py` has the clauses of a part.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, overload

from pdmodel.arguments import number, shown
from pdmodel.dosing.action import Timetable
from pdmodel.dosing.regimen.building import build
from pdmodel.dosing.regimen.examples import examples_of
from pdmodel.dosing.regimen.grammar import Clause, Unreadable
from pdmodel.dosing.regimen.part import Part, read_part
from pdmodel.dosing.regimen.regimen import Regimen, no_drug
from pdmodel.errors import RegimenError

if TYPE_CHECKING:
    from pdmodel.model import Model


@overload
def read_regimen(
    text: str | Regimen, *, model: Model | None = None, weight: float | None = None
) -> Regimen: ...


@overload
def read_regimen(
    text: str | Timetable, *, model: Model | None = None, weight: float | None = None
) -> Timetable: ...


def read_regimen(
    text: str | Timetable, *, model: Model | None = None, weight: float | None = None
) -> Timetable:
    """Read a regimen written in words.

    Parameters
    ----------
    text
        Parts joined by ` + `; `none`, `no drug` or `placebo` gives nothing, and so does an amount
        of 0. Days that are counted are those of the clinic: `on days 1, 8` gives a dose at time 0
        and one at time 7 days. A Regimen, the event records of a subject, or any other timetable,
        is returned as it is.
    model
        Whose drugs and units the examples in messages are about.
    weight
        Body weight in kg for doses such as `5 mg/kg` that do not say it themselves (`at 70 kg`).

    Returns
    -------
    Regimen
        Rules and doses; times in days since the start. Its text reads back to the same regimen.

    Raises
    ------
    RegimenError
        If a part cannot be read; the message quotes the part and shows examples.

    Examples
    --------
    >>> read_regimen("25 mg days 1-21 of 28").prescribed(28)
    {'': 525.0}
    >>> str(read_regimen("loading 160 mg then 40 mg every 2 weeks"))
    '160 mg once + 40 mg every 14 days after 14 days'
    """
    if not isinstance(text, str):
        if not (hasattr(text, "actions") and hasattr(text, "prescribed")):
            raise RegimenError(
                f"a regimen is words, a Regimen or the events of one subject, got {shown(text)}"
            )
        return text
    if weight is not None:
        weight = number(weight, "a body weight in kg", above=0, error=RegimenError)
    result = no_drug()
    for each in re.split(r"\s\+\s|;", text):
        words = each.strip()
        try:
            result = result + _in_turn(words, weight)
        except Unreadable as error:
            listed = "; ".join(repr(example) for example in examples_of(model))
            raise RegimenError(
                f"regimen {words!r} cannot be read: {error} (examples: {listed})"
            ) from error
    return result


def _in_turn(words: str, weight: float | None) -> Regimen:
    """Read what follows one another: `A for 7 days then B`, `loading A then B`."""
    texts = re.split(r"\s*,?\s+then\s+", words)
    parts: list[Part] = []
    for text in texts:
        parts.append(read_part(text.strip(), parts[-1] if parts else None))
    drugs = {part.drug for part in parts if part.drug}
    if len(drugs) == 1:
        parts = [replace(part, drug=next(iter(drugs))) for part in parts]
    given = {part.clauses["weight"].value for part in parts if "weight" in part.clauses}
    weight = given.pop() if len(given) == 1 else weight
    parts = [_spaced(part, later) for part, later in zip(parts, [*parts[1:], None], strict=True)]
    result, start = no_drug(), 0.0
    for part, later in zip(parts, [*parts[1:], None], strict=True):
        if part is not parts[0] and "after" in part.clauses:
            raise Unreadable(f"{part.clauses['after'].words!r} does not go with 'then'")
        result = result + build(part, start, weight)
        start = _end(part, start, later) if later else start
    return result


def _spaced(part: Part, later: Part | None) -> Part:
    """Return a part; loading doses come as often as what follows them, if they do not say how."""
    if part.kind != "loading" or part.interval is not None:
        return part
    if later is None:
        raise Unreadable("say what follows: 'loading 160 mg then 40 mg every 14 days'")
    if later.interval is None:
        raise Unreadable(_FOLLOWS)
    return replace(part, clauses={**part.clauses, "every": Clause("", (later.interval,))})


_FOLLOWS = "what follows 'then' must be given 'daily' or 'every N days'"


def _end(part: Part, start: float, later: Part) -> float:
    """Return the day on which what follows a part begins."""
    start = start + part.value("after", 0.0)
    if "until" in part.clauses:
        return part.clauses["until"].value
    if "for" in part.clauses:
        return start + part.clauses["for"].value
    interval = part.interval if part.kind == "loading" else None
    interval = interval if interval is not None else later.interval
    if interval is None:
        raise Unreadable(_FOLLOWS)
    if part.kind == "loading":
        return start + len(part.amounts) * interval
    if "days" in part.clauses and part.clauses["days"].cycle is None:
        return start + part.clauses["days"].values[-1] - 1 + interval
    if "once" in part.clauses and part.interval is None:
        return start + interval
    raise Unreadable(f"{part.words!r} has no end; say e.g. 'for 14 days' before 'then'")
