"""The dose strip of a notebook: what is given when, a row a drug, as a small SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pdmodel.dosing.regimen.dose import Dose
from pdmodel.dosing.regimen.spells import Spell, amounts_at, apart, spells
from pdmodel.errors import RegimenError
from pdmodel.markup import text

_MOST_BARS = 250
_LEFT, _WIDTH, _ROW, _BAR = 210, 480, 26, 18  # in pixels
_NARROWEST = 1.5  # width of what is given at one moment, in pixels


def strip_svg(unroll: Callable[[float], Sequence[Dose]], days: float) -> str:
    """Return a strip of doses as SVG in the colour of the text around it.

    Parameters
    ----------
    unroll
        Returns the doses before a day.
    days
        Day at which the strip ends; it ends earlier where more is given than can be drawn.

    Returns
    -------
    str
        SVG, or nothing where no dose is given.
    """
    rows, days = _fitting(unroll, days)
    if not rows:
        return ""
    bars = (part for n, drug in enumerate(rows.items()) for part in _drawn(n, *drug, days))
    height = _ROW * len(rows) + 18
    axis = (
        f'<path d="M{_LEFT} {height - 17}h{_WIDTH}" stroke="currentColor" opacity=".4"/>'
        f'<text x="{_LEFT}" y="{height - 4}">day 0</text>'
        f'<text x="{_LEFT + _WIDTH}" y="{height - 4}" text-anchor="end">day {days:.4g}</text>'
    )
    return (
        f'<svg role="img" aria-label="doses over {days:.4g} days" width="{_LEFT + _WIDTH + 4}" '
        f'height="{height}" fill="currentColor" font-size="11" font-family="inherit">'
        f"{''.join(bars)}{axis}</svg>"
    )


def _fitting(
    unroll: Callable[[float], Sequence[Dose]], days: float
) -> tuple[dict[str, list[Spell]], float]:
    """Return the bars of each drug, and the day up to which they are few enough to be drawn."""
    while True:
        try:
            rows = _bars(unroll(days), days)
            if sum(map(len, rows.values())) <= _MOST_BARS:
                return rows, days
        except RegimenError:  # more doses than can be listed
            pass
        days /= 2


def _bars(doses: Sequence[Dose], days: float) -> dict[str, list[Spell]]:
    by_drug: dict[str, list[Dose]] = {}
    for dose in doses:
        by_drug.setdefault(dose.drug, []).append(dose)
    return {_label(drug, own, days): _spells(own, days) for drug, own in by_drug.items()}


def _spells(doses: list[Dose], days: float) -> list[Spell]:
    """Return bars as high as the amount a day; as high as each amount where doses are single."""
    if apart(doses):
        return [Spell(time, time, amount) for time, amount in amounts_at(doses).items()]
    return spells(doses, days)


def _label(drug: str, doses: list[Dose], days: float) -> str:
    heights = [bar.rate for bar in _spells(doses, days)]
    low, high = f"{min(heights):.3g}", f"{max(heights):.3g}"
    amount = low if low == high else f"{low}–{high}"
    per = "a dose" if apart(doses) else "a day"
    return f"{drug} {amount} {doses[0].unit} {per}".strip()


def _drawn(row: int, label: str, bars: Sequence[Spell], days: float) -> Iterator[str]:
    """Yield the label and the bars of one drug."""
    bottom = _ROW * row + _BAR + 4
    yield f'<text x="0" y="{bottom - 4}">{text(label, 34)}<title>{text(label)}</title></text>'
    tallest = max(bar.rate for bar in bars)
    for bar in bars:
        height = _BAR * bar.rate / tallest
        width = max(_WIDTH * (bar.end - bar.start) / days, _NARROWEST)
        yield (
            f'<rect x="{_LEFT + _WIDTH * bar.start / days:.1f}" y="{bottom - height:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}" opacity=".7"/>'
        )
