"""The dose strip: under the time axis, what is given when, one row a drug."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from pdmodel.arguments import number
from pdmodel.dosing import Dose, Regimen, read_regimen
from pdmodel.dosing.regimen.spells import amounts_at, apart, spells
from pdmodel.errors import RegimenError
from pdmodel.plots.base.axes import unit_text
from pdmodel.plots.base.figure import own_axes
from pdmodel.plots.base.style import PAGE_WIDTH, styled
from pdmodel.plots.base.time_axis import name_time

_BAR = 0.72  # height of the tallest bar of a row, in rows
_ROW, _LINE = 0.3, 0.1  # height of a row, and of a line of its label, in inches
_LETTERS, _MOST_LINES = 38, 4  # of a line, and lines of words that cannot be read
FILLS = ("#4a4a4a", "#8a8a8a", "#666666", "#b5b5b5")


class Strip(NamedTuple):
    """A regimen, the name of the main drug, and whose regimen it is, where there are several."""

    regimen: str | Regimen
    drug: str | None = None
    whose: str = ""


class _Row(NamedTuple):
    """A row: what stands beside it, its doses and their colour, and what stands above it."""

    label: str
    doses: list[Dose]
    fill: str
    whose: str
    scale: tuple[str, str, bool] = ("", "", False)
    """Drug, unit, and whether doses are single: rows of one scale are drawn on it."""

    @property
    def height(self) -> float:
        """Height in rows of one drug: more for words above it, or for many beside it."""
        above = _LINE * (1 + self.whose.count("\n")) + 0.04 if self.whose else 0.0
        beside = _LINE * (1 + self.label.count("\n")) + 0.07
        return max(_ROW, beside) / _ROW + above / _ROW


@styled
def dose_strip(
    regimen: str | Regimen,
    days: float,
    ax: Axes | None = None,
    *,
    drug: str | None = None,
    time_unit: str | None = None,
) -> Axes:
    """Draw a regimen, one labelled row for each drug.

    What is given every day is drawn as bars, as high as the amount a day; doses that are more than
    a day apart are lines, as high as the amount of each.

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
    time_unit
        In which time is read: `hour`, `day`, `week` or `month`; by default days, hours in short
        runs.

    Returns
    -------
    Axes
        With days below, whatever the unit in which they are written.

    Raises
    ------
    InputError, RegimenError
        If the days are no number above 0, or the words cannot be read.
    """
    days = number(days, "days", above=0)
    drug_rows(regimen, days, drug)  # refuses words that cannot be read
    return draw_strips([Strip(regimen, drug)], days, ax, time_unit=time_unit)


@styled
def draw_strips(
    strips: Sequence[Strip],
    days: float,
    ax: Axes | None = None,
    *,
    time_unit: str | None = None,
    among: Sequence[Strip] = (),
) -> Axes:
    """Draw several regimens below each other, each with the runs that it belongs to.

    Doses of one drug are drawn on one scale, so that twice as much is twice as high. Words that
    cannot be read are shown as they are.

    Parameters
    ----------
    strips
        The regimens; with whose they are where there are several.
    days, ax, time_unit
        As in `dose_strip`.
    among
        All of which these are a part, where scales are to be those of all.
    """
    rows = [row for strip in strips for row in _rows_of(strip, days)]
    panel = own_axes(ax, PAGE_WIDTH, 0.5 + strips_height(strips, days))
    ticks, top = [], sum(row.height for row in rows)
    panel.set_ylim(-0.1, max(top, 0.2) - 0.1)
    largest: dict[tuple[str, str, bool], float] = {}
    for row in (row for strip in among or strips for row in _rows_of(strip, days)):
        sizes = dose_sizes(row.doses, days, single=apart(row.doses))
        largest[row.scale] = max([largest.get(row.scale, 0.0), *sizes])
    for row in rows:  # the first on top
        top -= row.height
        ticks.append(top + _BAR / 2)
        _draw_row(panel, row, top, days, largest[row.scale])
    panel.set_yticks(ticks, [row.label for row in rows])
    panel.set_xlim(0, days)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    name_time(panel, days, time_unit)
    return panel


def dose_sizes(doses: Sequence[Dose], days: float, *, single: bool) -> list[float]:
    """Return the amounts of doses: of each where they are single ones, else a day."""
    if single:
        return list(amounts_at(doses).values())
    return [spell.rate for spell in spells(doses, days)] if doses else []


def draw_doses(
    ax: Axes, doses: Sequence[Dose], days: float, ends: tuple[float, float], largest: float, *,
    single: bool, width: float, **look: Any,
) -> None:  # fmt: skip
    """Draw doses of one drug: single ones as lines, others as bars as high as the amount a day.

    Parameters
    ----------
    ax
        With days on the x axis.
    doses, days
        What is given, and the last day that is drawn.
    ends
        Where all begin, and how much higher the largest ends.
    largest
        Amount, or amount a day, that is as high.
    single
        Whether each dose stands for itself.
    width, look
        Points of a line, and how both are drawn.
    """
    bottom, tallest = ends
    if single:
        given = {day: amount for day, amount in amounts_at(doses).items() if day <= days}
        tops = [bottom + tallest * amount / largest for amount in given.values()]
        ax.vlines(list(given), bottom, tops, lw=width, **look)
    elif doses:
        bars = [spell for spell in spells(doses, days) if spell.start < days]
        ax.bar(
            [bar.start for bar in bars], [tallest * bar.rate / largest for bar in bars],
            [bar.end - bar.start for bar in bars],
            bottom=bottom, align="edge", linewidth=0, **look,
        )  # fmt: skip


def _draw_row(panel: Axes, row: _Row, bottom: float, days: float, largest: float) -> None:
    """Draw doses, the largest of all rows of their scale as high as a bar may be."""
    draw_doses(
        panel, row.doses, days, (bottom, _BAR), largest, single=apart(row.doses), width=1.6,
        color=row.fill,
    )  # fmt: skip
    if row.whose:
        panel.text(0, bottom + _BAR + 0.06, row.whose, fontsize=6, va="bottom", linespacing=1.0)


def strips_height(strips: Sequence[Strip], days: float) -> float:
    """Return the height in inches that the rows of some regimens need."""
    return _ROW * sum(row.height for strip in strips for row in _rows_of(strip, days))


def _rows_of(strip: Strip, days: float) -> list[_Row]:
    """Return a row for each drug of a regimen, or one that says that there is none."""
    lines = textwrap.wrap(strip.whose, _LETTERS)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][: _LETTERS - 4]} ..."]
    whose = "\n".join(lines)
    try:
        drugs = drug_rows(strip.regimen, days, strip.drug)
    except RegimenError:  # doses of one's own have no words they can be read from
        words = textwrap.wrap(str(strip.regimen), _LETTERS)
        return [_Row("\n".join(words[:_MOST_LINES]), [], "", whose)]
    rows = [
        _Row(
            _row_label(name, doses, days), doses, FILLS[index % len(FILLS)], "",
            (name, doses[0].unit, apart(doses)),
        )
        for index, (name, doses) in enumerate(drugs.items())
    ] or [_Row("no drug", [], "", "")]  # fmt: skip
    return [rows[0]._replace(whose=whose), *rows[1:]]


def drug_rows(
    regimen: str | Regimen, days: float, drug: str | None = None
) -> dict[str, list[Dose]]:
    """Return the doses of each drug before `days`, the main drug under its own name."""
    rows: dict[str, list[Dose]] = {}
    for dose in read_regimen(regimen).unroll(days):
        rows.setdefault(dose.drug or drug or "drug", []).append(dose)
    return {name: sorted(doses) for name, doses in rows.items()}


def _row_label(name: str, doses: list[Dose], days: float) -> str:
    single = apart(doses)
    sizes = dose_sizes(doses, days, single=single)
    low, high = f"{min(sizes):.3g}", f"{max(sizes):.3g}"
    amount = low if low == high else f"{low}–{high}"
    return f"{name}\n{amount} {unit_text(doses[0].unit)}{' a dose' if single else '/day'}"
