"""The dose strip: under the time axis, what is given when, one row a drug."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes

from pdmodel.dosing import Dose, Regimen, read_regimen
from pdmodel.plots.figure import own_axes
from pdmodel.plots.label import unit_text
from pdmodel.plots.style import PAGE_WIDTH, styled

_BAR = 0.72  # height of the tallest bar of a row, in rows
_FILLS = ("#4a4a4a", "#8a8a8a", "#666666", "#b5b5b5")


class Spell(NamedTuple):
    """Days from `start` to `end` on the same amount a day."""

    start: float
    end: float
    rate: float


@styled
def dose_strip(
    regimen: str | Regimen, days: float, ax: Axes | None = None, *, drug: str | None = None
) -> Axes:
    """Draw a regimen as bars, as high as the amount a day, one labelled row for each drug.

    Parameters
    ----------
    regimen
        A Regimen or the words of one.
    days
        Length of the run.
    ax
        Where to draw; new axes by default.
    drug
        Name of the model's main drug, which a regimen need not say; `drug` by default.

    Returns
    -------
    Axes
        With time in days below.
    """
    rows = drug_rows(regimen, days, drug)
    strip = own_axes(ax, PAGE_WIDTH, 0.5 + 0.25 * max(len(rows), 1))
    for index, doses in enumerate(rows.values()):
        row, fill = len(rows) - 1 - index, _FILLS[index % len(_FILLS)]  # the first drug on top
        found = spells(doses, days)
        tallest = max(spell.rate for spell in found)
        strip.bar(
            [spell.start for spell in found],
            [_BAR * spell.rate / tallest for spell in found],
            [spell.end - spell.start for spell in found],
            bottom=row, align="edge", color=fill, linewidth=0,
        )  # fmt: skip
    names = [_row_label(name, doses, days) for name, doses in rows.items()] or ["no drug"]
    strip.set_yticks([row + _BAR / 2 for row in reversed(range(len(names)))], names)
    strip.set_ylim(-0.1, len(names) - 0.1)
    strip.set_xlim(0, days)
    strip.tick_params(axis="y", length=0)
    strip.spines["left"].set_visible(False)
    strip.set_xlabel("Time on treatment (days)")
    return strip


def drug_rows(
    regimen: str | Regimen, days: float, drug: str | None = None
) -> dict[str, list[Dose]]:
    """Return the doses of each drug before `days`, the main drug under its own name."""
    rows: dict[str, list[Dose]] = {}
    for dose in read_regimen(regimen).unroll(days):
        rows.setdefault(dose.drug or drug or "drug", []).append(dose)
    return {name: sorted(doses) for name, doses in rows.items()}


def spells(doses: list[Dose], days: float) -> list[Spell]:
    """Join doses of one drug that follow each other at the same amount a day.

    A dose stands for the time to the next one, at most a day; an infusion for its own duration.

    Examples
    --------
    >>> spells(read_regimen("25 mg days 1-21 of 28").unroll(30), days=30)
    [Spell(start=0.0, end=21.0, rate=25.0), Spell(start=28.0, end=30.0, rate=25.0)]
    """
    joined: list[Spell] = []
    for start, end, rate in _bars(doses):
        last = joined[-1] if joined else None
        if last and abs(last.end - start) < 1e-6 and abs(last.rate - rate) < 1e-9 * rate:
            joined[-1] = last._replace(end=end)
        else:
            joined.append(Spell(start, end, rate))
    return [spell._replace(end=min(spell.end, days)) for spell in joined]


def _bars(doses: list[Dose]) -> list[Spell]:
    at: dict[float, list[Dose]] = {}
    for dose in doses:
        at.setdefault(dose.time, []).append(dose)
    times = sorted(at)
    gaps = [min(after - before, 1.0) for before, after in pairwise(times)]
    gaps.append(gaps[-1] if gaps else 1.0)
    bars = []
    for time, gap in zip(times, gaps, strict=True):
        length = max([dose.duration for dose in at[time]]) or gap
        bars.append(Spell(time, time + length, sum(dose.amount for dose in at[time]) / length))
    return bars


def _row_label(name: str, doses: list[Dose], days: float) -> str:
    rates = [spell.rate for spell in spells(doses, days)]
    low, high = f"{min(rates):.3g}", f"{max(rates):.3g}"
    amount = low if low == high else f"{low}–{high}"
    return f"{name}\n{amount} {unit_text(doses[0].unit)}/day"
