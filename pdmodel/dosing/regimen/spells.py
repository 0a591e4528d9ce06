"""Doses of one drug as spells on the same amount a day, which is how strips draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from pdmodel.dosing.regimen.dose import Dose


class Spell(NamedTuple):
    """Days from `start` to `end` on the same amount a day."""

    start: float
    end: float
    rate: float


def spells(doses: Sequence[Dose], days: float) -> list[Spell]:
    """Join doses of one drug that follow each other at the same amount a day.

    A dose stands for the time to the next one, at most a day; an infusion for its own duration.

    Examples
    --------
    >>> from pdmodel.dosing import read_regimen
    >>> spells(read_regimen("25 mg days 1-21 of 28").unroll(30), days=30)
    [Spell(start=0.0, end=21.0, rate=25.0), Spell(start=28.0, end=30.0, rate=25.0)]
    """
    joined: list[Spell] = []
    for start, end, rate in _bars(doses):
        last = joined[-1] if joined else None
        near = 1e-6 * (end - start)
        if last and abs(last.end - start) < near and abs(last.rate - rate) < 1e-9 * rate:
            joined[-1] = last._replace(end=end)
        else:
            joined.append(Spell(start, end, rate))
    return [spell._replace(end=min(spell.end, days)) for spell in joined]


def _bars(doses: Sequence[Dose]) -> list[Spell]:
    at = _by_time(doses)
    times = list(at)
    gaps = [min(after - before, 1.0) for before, after in pairwise(times)]
    gaps.append(gaps[-1] if gaps else 1.0)
    bars = []
    for time, gap in zip(times, gaps, strict=True):
        length = max([dose.duration for dose in at[time]]) or gap
        bars.append(Spell(time, time + length, sum(dose.amount for dose in at[time]) / length))
    return bars


def _by_time(doses: Sequence[Dose]) -> dict[float, list[Dose]]:
    at: dict[float, list[Dose]] = {}
    for dose in sorted(doses):
        at.setdefault(dose.time, []).append(dose)
    return at


def amounts_at(doses: Sequence[Dose]) -> dict[float, float]:
    """Return what is given on each day on which something is."""
    return {time: sum(dose.amount for dose in given) for time, given in _by_time(doses).items()}


def apart(doses: Sequence[Dose]) -> bool:
    """Return whether doses are single ones: more than a day from each other, none infused for one.

    Examples
    --------
    >>> from pdmodel.dosing import read_regimen
    >>> [apart(read_regimen(words).unroll(30)) for words in ("10 mg days 1-1 of 14", "10 mg daily")]
    [True, False]
    """
    times = sorted({dose.time for dose in doses})
    gaps = [after - before for before, after in pairwise(times)]
    longest = max((dose.duration for dose in doses), default=0.0)
    return bool(times) and longest < 1 and min(gaps, default=math.inf) > 1 + 1e-9
