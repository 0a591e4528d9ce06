"""Dose lanes: above a small panel what its subject was given, a lane a drug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pdmodel.dosing import Dose
from pdmodel.dosing.regimen.spells import apart
from pdmodel.plots.base.axes import unit_text
from pdmodel.plots.base.dose_strip import FILLS, dose_sizes, draw_doses
from pdmodel.plots.base.style import readable

_BAR, _LANE, _FIRST = 0.08, 0.1, 0.02  # the tallest bar, a lane, the room below it, in inches


class DoseLane(NamedTuple):
    """A drug, with the doses of each subject, and how they are drawn.

    Parameters
    ----------
    drug, unit, fill
        Its name on paper, the unit of its amounts and the colour of its bars.
    doses
        By subject.
    single
        Whether all doses are more than a day apart: then lines as high as each, else bars as high
        as the amount a day.
    least, most
        Amount, or amount a day, of the lowest and the tallest.
    """

    drug: str
    unit: str
    fill: str
    doses: Mapping[str, Sequence[Dose]]
    single: bool
    least: float
    most: float

    @property
    def words(self) -> str:
        """What a legend says of it."""
        per = "" if self.single else " a day"
        least, most = f"{self.least:.3g}", f"{self.most:.3g}"
        amount = most if least == most else f"{least} to {most}"
        return f"{self.drug}, {amount} {unit_text(self.unit)}{per}"

    @property
    def handle(self) -> Line2D | Patch:
        """What stands beside those words."""
        if self.single:
            return Line2D(
                [], [], color=self.fill, marker="|", ms=6, mew=1.2, lw=0, label=self.words
            )
        return Patch(color=self.fill, lw=0, label=self.words)


def dose_lanes(
    table: pd.DataFrame, days: float, drug: str, words: Mapping[str, str]
) -> list[DoseLane]:
    """Return a lane for each drug of a table of doses.

    Parameters
    ----------
    table
        Columns `subject, day, drug, amount, unit, duration`.
    days
        Last day that is drawn.
    drug
        Name of the main drug, which the table leaves empty.
    words
        How the application writes names.
    """
    lanes = []
    named = table.assign(drug=table["drug"].fillna("").astype(str))
    for number, (name, rows) in enumerate(named.groupby("drug", sort=False)):
        doses = {str(subject): _doses(own) for subject, own in rows.groupby("subject", sort=False)}
        single = all(apart(own) for own in doses.values())
        sizes = [s for own in doses.values() for s in dose_sizes(own, days, single=single)]
        label, fill = readable(str(name) or drug, words), FILLS[number % len(FILLS)]
        ends = min(sizes, default=1.0), max(sizes, default=1.0)
        lanes.append(DoseLane(label, str(rows["unit"].iloc[0]), fill, doses, single, *ends))
    return lanes


def _doses(rows: pd.DataFrame) -> list[Dose]:
    return sorted(
        Dose(row.day, str(row.drug), row.amount, str(row.unit), row.duration)
        for row in rows.itertuples()
        if row.amount > 0
    )


def lanes_height(lanes: Sequence[DoseLane]) -> float:
    """Return the room above a panel that lanes need, in inches."""
    return _FIRST + _LANE * len(lanes) if lanes else 0.0


def draw_lanes(
    ax: Axes, lanes: Sequence[DoseLane], subject: str, days: float, height: float
) -> None:
    """Draw the doses of a subject above its panel, the first drug uppermost.

    Parameters
    ----------
    ax
        Of the panel.
    lanes
        What is drawn.
    subject
        Whose doses.
    days
        Last day that is drawn.
    height
        Of the panel, inches.
    """
    for number, lane in enumerate(lanes):
        bottom = 1 + (_FIRST + _LANE * (len(lanes) - 1 - number)) / height
        draw_doses(
            ax, lane.doses.get(subject, ()), days, (bottom, _BAR / height), lane.most,
            single=lane.single, width=1.1, color=lane.fill, transform=ax.get_xaxis_transform(),
            clip_on=False, gid="dose",
        )  # fmt: skip
