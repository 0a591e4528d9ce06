"""From a part of a regimen in words to doses: what goes together, and doses by body weight."""

from __future__ import annotations

import math
from dataclasses import replace

from pdmodel.dosing.regimen.grammar import RHYTHM, Clause, Unreadable
from pdmodel.dosing.regimen.part import WHEN, Part
from pdmodel.dosing.regimen.prescriptions import daily, every, on_days, pack, ramp, single
from pdmodel.dosing.regimen.regimen import Regimen, no_drug
from pdmodel.errors import RegimenError, UnitError
from pdmodel.text import exact
from pdmodel.units import ONE, convert, parse_unit


def build(part: Part, start: float, weight: float | None) -> Regimen:
    """Return the regimen of a part that begins on a day at the earliest."""
    if part.kind == "nothing":
        return no_drug()
    per = _check_unit(part)
    if per is None:
        if "weight" in part.clauses:
            raise Unreadable(f"{part.clauses['weight'].words!r} goes with a dose such as '5 mg/kg'")
        return _prescribe(part, start)
    weight = part.value("weight", math.nan if weight is None else weight)
    if not weight > 0:
        raise Unreadable(
            f"{part.unit!r} needs a body weight; write 'at 70 kg' behind it, or give one with "
            "--weight '70 kg'"
        )
    factor = convert(weight, "kg", to=per)
    unit = part.unit.rpartition("/")[0]
    amounts = tuple(amount * factor for amount in part.amounts)
    given = _prescribe(replace(part, amounts=amounts, unit=unit), start)
    return replace(given, text=_with_weight(_prescribe(part, start), weight))


def _with_weight(worded: Regimen, weight: float) -> str:
    """Return the text of a regimen per kilogram, each of its parts with the weight."""
    return " + ".join(f"{text} at {exact(weight)} kg" for text in str(worded).split(" + "))


def _check_unit(part: Part) -> str | None:
    """Return the unit of body weight in a unit such as `mg/kg`, or None where there is none.

    Raises
    ------
    RegimenError, Unreadable
        If it is no unit, or not one of an amount.
    """
    try:
        unit = parse_unit(part.unit)
        dose, _, per = part.unit.rpartition("/")
        per_unit = parse_unit(per) if dose else ONE
        by_weight = per_unit.same_dimension(parse_unit("kg")) and bool(parse_unit(dose).powers)
    except UnitError as error:
        raise RegimenError(f"regimen {part.words!r}: {error}") from error
    if by_weight:
        return per
    if not unit.powers:
        raise Unreadable(f"{part.unit!r} is not an amount")
    if per_unit.same_dimension(parse_unit("day")):
        raise Unreadable(
            f"{part.unit!r} is not an amount; for an infusion write '100 mg over 2 hours once'"
        )
    if part.unit[:1] == "M" and unit.scale > parse_unit("kg").scale:
        # Nobody is given megagrams: `Mg` stands for `mg`.
        raise Unreadable(f"{part.unit!r} is a billion times {part.unit.lower()!r}; which is meant?")
    return None


def _prescribe(part: Part, start: float) -> Regimen:
    start, stop = _bounds(part, start)
    if part.kind in ("ramp", "pack"):
        return _series(part, start)
    if part.kind == "loading":
        return _loading(part, start)
    if len(part.amounts) > 1:
        raise Unreadable("several amounts need 'ramp', 'pack' or 'loading' in front")
    return _repeat(part, start, stop)


def _bounds(part: Part, start: float) -> tuple[float, float]:
    """Return first day and end of a part."""
    start = start + part.value("after", 0.0)
    length = part.value("for", math.inf)
    if start < 0 or length <= 0:
        raise RegimenError(f"regimen {part.words!r}: days must be positive")
    if "until" not in part.clauses:
        return start, start + length
    if "for" in part.clauses:
        raise Unreadable("'for' and 'until' both say when it ends; leave one out")
    stop = part.clauses["until"].value
    if not stop > start:
        until = part.clauses["until"].words
        raise Unreadable(f"{until!r}: it would end before it begins, after {start:g} days")
    return start, stop


def _series(part: Part, start: float) -> Regimen:
    if part.kind == "ramp":
        _refuse(part, {"every", "after", "daily", "weight"})
        days = part.value("every", 28.0)
        return ramp(part.amounts, part.drug, every=days, unit=part.unit, start=start)
    _refuse(part, {"parts", "after", "daily", "weight"})
    times = int(part.value("parts", 1))
    return pack(part.amounts, part.drug, unit=part.unit, start=start, times_a_day=times)


def _loading(part: Part, start: float) -> Regimen:
    _refuse(part, {"every", "daily", "after", "over", "once", "weight"})
    result = no_drug()
    for index, amount in enumerate(part.amounts):
        day = start + index * (part.interval or 0.0)
        result = result + single(
            amount, part.drug, unit=part.unit, start=day, duration=_duration(part)
        )
    return result


def _repeat(part: Part, start: float, stop: float) -> Regimen:
    (amount,), clauses = part.amounts, part.clauses
    drug, unit, duration = part.drug, part.unit, _duration(part)
    if not any(name in clauses for name in RHYTHM):
        if amount == 0:
            return no_drug()
        raise Unreadable(WHEN)
    if "days" in clauses:
        return _on_days(part, start, stop)
    if "every" in clauses:
        _refuse(part, {"every", "once", "after", "for", "until", "over", "weight"})
        return every(
            clauses["every"].value, amount, drug, unit=unit, start=start, stop=stop,
            duration=duration,
        )  # fmt: skip
    if "times" in clauses:
        _refuse(part, {"times", "after", "for", "until", "over", "weight"})
        apart = 1.0 / _count(clauses["times"])
        return every(apart, amount, drug, unit=unit, start=start, stop=stop, duration=duration)
    if "daily" in clauses:
        _refuse(part, {"daily", "parts", "after", "for", "until", "over", "weight"})
        return daily(
            amount, drug, unit=unit, start=start, stop=stop, duration=duration,
            times_a_day=int(part.value("parts", 1)),
        )  # fmt: skip
    _refuse(part, {"once", "after", "over", "weight"})
    return single(amount, drug, unit=unit, start=start, duration=duration)


def _on_days(part: Part, start: float, stop: float) -> Regimen:
    """Return doses on days of the clinic: once each, or in every cycle."""
    (amount,), clauses = part.amounts, part.clauses
    days = clauses["days"]
    ends = set() if days.cycle is None else {"for", "until"}
    often = {"parts"} if "times" not in clauses else set()
    _refuse(part, {"days", "once", "daily", "times", "after", "over", "weight"} | ends | often)
    times = int(part.value("parts", 1))
    if "times" in clauses:  # each dose is the amount, so that a day has it several times
        times = _count(clauses["times"])
        amount = amount * times
    wanted = [int(day) for day in days.values]
    cycle = None if days.cycle is None else int(days.cycle)
    return on_days(
        wanted, amount, part.drug, cycle=cycle, unit=part.unit, start=start, stop=stop,
        times_a_day=times, duration=_duration(part),
    )  # fmt: skip


def _duration(part: Part) -> float:
    duration = part.value("over", 0.0)
    if "over" in part.clauses and not duration > 0:
        raise Unreadable(f"{part.clauses['over'].words!r}: an infusion takes some time")
    return duration


def _count(clause: Clause) -> int:
    if not clause.value >= 1:
        raise Unreadable(f"{clause.words!r} gives nothing")
    return int(clause.value)


def _refuse(part: Part, allowed: set[str]) -> None:
    for name in sorted(part.clauses.keys() - allowed):
        words = part.clauses[name].words
        other = part.kind or next(
            (part.clauses[n].words for n in ("days", "every", "times", "daily", "once")
             if n in part.clauses and n != name), "the rest",
        )  # fmt: skip
        raise Unreadable(f"{words!r} does not go with {other!r}")
