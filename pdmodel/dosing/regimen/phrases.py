"""The phrases of a regimen as it is written, each of which `read_regimen` reads back exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pdmodel.text import exact

HOURS, MINUTES, WEEK = 24, 1440, 7
"""Hours and minutes of a day, and days of a week: a time is divided by the former, never
multiplied by their inverse, so that the same number comes out however it is written."""

_LEAST_RANGE = 3


def given(amounts: Iterable[float], unit: str, drug: str) -> str:
    """Write amounts, unit and drug: `24-20-16 mg methylprednisolone`."""
    return f"{'-'.join(exact(a) for a in amounts)} {unit}" + (f" {drug}" if drug else "")


def often(times_a_day: int) -> str:
    """Write into how many doses the amount of a day is divided."""
    return f" in {times_a_day} doses" if times_a_day > 1 else ""


def infused_over(duration: float) -> str:
    """Write how long an infusion takes, in days; nothing of a bolus."""
    return f" over {time_span(duration)}" if duration else ""


def span(start: float, stop: float = math.inf) -> str:
    """Write when something begins and for how long it goes on, both in days."""
    after = f" after {exact(start)} days" if start else ""
    return after + (f" for {exact(_length(start, stop))} days" if math.isfinite(stop) else "")


def _length(start: float, stop: float) -> float:
    """Return the length that, added to the start, gives the end to the last bit."""
    length = stop - start
    near = (length, math.nextafter(length, math.inf), math.nextafter(length, 0.0))
    return next((each for each in near if start + each == stop), length)


def time_span(days: float) -> str:
    """Write a length of time: whole days as days, others in hours where six decimals say them.

    Examples
    --------
    >>> time_span(14.0), time_span(0.5), time_span(1 / 48), time_span(0.123456789)
    ('14 days', '12 hours', '0.5 hours', '0.123456789 days')
    """
    hours = round(days * HOURS, 6)
    unit, count = ("hour", hours) if days % 1 and hours / HOURS == days else ("day", days)
    return f"{exact(count)} {unit}" + ("" if count == 1 else "s")


def days_text(days: Sequence[int]) -> str:
    """Write days of the clinic, in order: `on days 1-5, 8, 15`.

    Examples
    --------
    >>> days_text([8]), days_text([1, 2, 8]), days_text([1, 2, 3, 8])
    ('on day 8', 'on days 1, 2, 8', 'on days 1-3, 8')
    """
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = [
        f"{run[0]}-{run[-1]}" if len(run) >= _LEAST_RANGE else ", ".join(map(str, run))
        for run in runs
    ]
    return f"on day{'' if len(days) == 1 else 's'} {', '.join(parts)}"
