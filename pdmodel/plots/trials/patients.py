"""Patients of a virtual trial as all its pictures see them: who counts, and who responded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.errors import unknown
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.base.style import COLUMN_WIDTH, FIRST, GREY, INK, SECOND, styled


class ResponseLook(NamedTuple):
    """How patients with one response are drawn.

    Parameters
    ----------
    label
        In words.
    colour, fill
        Of lines and marks, and of areas; the fills differ in lightness too, for a grey printer.
    dashes
        Of lines.
    """

    label: str
    colour: str
    fill: str
    dashes: Any


# The house's pair; who responds completely is a darker responder.
RESPONSES = {
    "complete": ResponseLook("complete response", "#003556", "#003556", "solid"),
    "partial": ResponseLook("partial response", FIRST, "#3b92c8", "solid"),
    "none": ResponseLook("no response", SECOND, "#f2bd98", (0, (5, 1.5))),
}
RESPONSE_COLUMNS = ("responder", "complete")
FAILED = "failed"


def sound_patients(outcomes: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Return the patients whose simulation did not fail.

    Parameters
    ----------
    outcomes
        A row a patient; those with `failed` = 1 are left out where there is such a column.
    columns
        What must be there.

    Raises
    ------
    InputError
        If a column is missing.
    """
    for name in columns:
        if name not in outcomes:
            raise unknown("column of outcomes", name, (str(column) for column in outcomes.columns))
    if FAILED not in outcomes:
        return outcomes
    return outcomes[outcomes[FAILED].to_numpy(float) != 1]


def require_records(records: xr.Dataset, names: Iterable[str]) -> None:
    """Refuse records that lack a variable.

    Raises
    ------
    InputError
        If one is missing.
    """
    for name in names:
        if name not in records:
            raise unknown("variable of records", name, (str(known) for known in records.data_vars))


def shared_patients(records: xr.Dataset, outcomes: pd.DataFrame) -> list[Any]:
    """Return the patients in both, in the order of the records; others have no course."""
    inside = set(outcomes.index)
    return [patient for patient in records["patient"].values.tolist() if patient in inside]


def response_of(outcomes: pd.DataFrame) -> pd.Series:
    """Return `complete`, `partial` or `none` for each patient; who is unknown did not respond.

    Examples
    --------
    >>> table = pd.DataFrame({"responder": [1.0, 1.0, 0.0], "complete": [1.0, 0.0, 0.0]})
    >>> response_of(table).tolist()
    ['complete', 'partial', 'none']
    """
    responses = pd.Series("none", index=outcomes.index, dtype=object)
    responses[outcomes["responder"].to_numpy(float) == 1] = "partial"
    responses[outcomes["complete"].to_numpy(float) == 1] = "complete"
    return responses


def response_rate(responses: pd.Series) -> str:
    """Write how many responded.

    Examples
    --------
    >>> response_rate(pd.Series(["complete", "none", "none"]))
    '1 of 3 patients responded (33 %)'
    """
    n, k = len(responses), int((responses != "none").sum())
    if n <= 1:
        return f"The only patient {'responded' if k else 'did not respond'}" if n else "No patient"
    return f"{k or 'none'} of {n} patients responded ({100 * k / n:.0f} %)".capitalize()


def response_lines(responses: pd.Series) -> list[Line2D]:
    """Return handles of lines for a legend: every response that occurs, with its number."""
    counts = responses.value_counts()
    return [
        Line2D(
            [], [], color=look.colour, linestyle=look.dashes, lw=1.3,
            label=f"{look.label} ({counts[name]})",
        )
        for name, look in RESPONSES.items() if name in counts
    ]  # fmt: skip


def why_empty(outcomes: pd.DataFrame, otherwise: str) -> str:
    """Say why there is nothing to draw: no patient at all, all failed, or something else."""
    if outcomes.empty:
        return "no patient"
    if FAILED in outcomes and (outcomes[FAILED].to_numpy(float) == 1).all():
        n = len(outcomes)
        return "the simulation of the only patient failed" if n == 1 else (
            f"the simulation of all {n} patients failed"
        )  # fmt: skip
    return otherwise


@styled
def empty_figure(title: str, reason: str) -> Figure:
    """Return a figure that says why it shows nothing."""
    figure = new_figure(COLUMN_WIDTH, 1.2)
    ax = figure.add_subplot()
    ax.set_title(title)
    write_note(ax, reason)
    return figure


def write_note(ax: Axes, reason: str) -> None:
    """Write in the middle of empty axes why they are empty."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=GREY, linestyle=(0, (2, 2)))
    ax.text(
        0.5, 0.5, f"Nothing to draw:\n{reason}", transform=ax.transAxes, ha="center", va="center",
        color=INK, gid="note",
    )  # fmt: skip
