"""Patients of a virtual trial as all its pictures see them: who counts, and who responded.

Which responses there are, and what they are called, is what the trial declares of its outcomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pdmodel.arrays import Integers
from pdmodel.errors import InputError, require_known
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.base.style import COLUMN_WIDTH, FIRST, GREY, INK, PAIR, SECOND, styled
from pdmodel.trial import Endpoints


class ResponseLook(NamedTuple):
    """How patients with one response are drawn.

    Parameters
    ----------
    label
        In words.
    colour, fill
        Of lines and marks, and of areas; the fills differ in lightness too, for a grey printer.
    dashes, width
        Of lines.
    """

    label: str
    colour: str
    fill: str
    dashes: Any
    width: float


NO_RESPONSE = ""
"""Stands for no response where responses go by their columns."""
FAILED = "failed"
# The best of several responses, the last of them, and none: the house's pair, better is darker.
_BEST, _LAST, _NONE = "#003556", "#3b92c8", "#f2bd98"
_WIDTHS = (1.6, 1.0, 0.75)


def declared(endpoints: Endpoints | None, figure: str) -> Endpoints:
    """Return what a trial declares of its outcomes.

    Raises
    ------
    InputError
        If it was not given; the message says what to give.
    """
    if not isinstance(endpoints, Endpoints):
        raise InputError(
            f"{figure} asks what the outcomes of a trial mean: give its endpoints, e.g. "
            f"{figure}(..., trial.endpoints)"
        )
    return endpoints


def response_looks(endpoints: Endpoints) -> dict[str, ResponseLook]:
    """Return how patients with each response are drawn, by its column, the best first, none last.

    The last response has the first look of the house's pair and better ones are darker; no response
    has the second look. Where no response is declared, all patients look alike.

    Examples
    --------
    >>> looks = response_looks(Endpoints(responses={"gone": "remission", "less": "improvement"}))
    >>> [(column, look.label) for column, look in looks.items()]
    [('gone', 'remission'), ('less', 'improvement'), ('', 'no response')]
    """
    first, second = PAIR
    count = len(endpoints.responses)
    if not count:
        return {NO_RESPONSE: ResponseLook("patients", FIRST, _LAST, first.dashes, _WIDTHS[1])}
    shares = np.linspace(0.0, 1.0, count) if count > 1 else np.ones(1)
    looks = {
        column: ResponseLook(
            label, _between(_BEST, FIRST, share), _between(_BEST, _LAST, share), first.dashes,
            _WIDTHS[0] + share * (_WIDTHS[1] - _WIDTHS[0]),
        )
        for share, (column, label) in zip(shares.tolist(), endpoints.responses.items(), strict=True)
    }  # fmt: skip
    none = ResponseLook(endpoints.no_response, SECOND, _NONE, second.dashes, _WIDTHS[2])
    return {**looks, NO_RESPONSE: none}


def _between(one: str, other: str, share: float) -> str:
    """Return a colour so far on the way from one to another."""
    mixed = (1 - share) * np.array(to_rgb(one)) + share * np.array(to_rgb(other))
    return str(to_hex(mixed.tolist()))


def sound_patients(outcomes: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Return some columns of the patients whose simulation did not fail.

    The others stay behind: a figure of many patients needs no copy of all that is known of them.

    Parameters
    ----------
    outcomes
        A row a patient; those with `failed` = 1 are left out where there is such a column.
    columns
        What must be there, and is returned.

    Raises
    ------
    InputError
        If a column is missing.
    """
    needed = list(dict.fromkeys(columns))
    require_known("column of outcomes", outcomes.columns, *needed)
    kept = outcomes[needed]
    return kept if FAILED not in outcomes else kept[outcomes[FAILED].to_numpy(float) != 1]


def require_records(records: xr.Dataset, names: Iterable[str]) -> None:
    """Refuse records that lack a variable.

    Raises
    ------
    InputError
        If one is missing.
    """
    require_known("variable of records", records.data_vars, *names)


def shared_patients(records: xr.Dataset, outcomes: pd.DataFrame) -> list[Any]:
    """Return the patients in both, in the order of the records; others have no course."""
    inside = set(outcomes.index)
    return [patient for patient in records["patient"].values.tolist() if patient in inside]


def response_of(outcomes: pd.DataFrame, endpoints: Endpoints) -> pd.Series:
    """Return the column of the best response of each patient; who is unknown did not respond.

    Examples
    --------
    >>> table = pd.DataFrame({"less": [1.0, 1.0, 0.0], "gone": [1.0, 0.0, 0.0]})
    >>> response_of(table, Endpoints({"gone": "remission", "less": "improvement"})).tolist()
    ['gone', 'less', '']
    """
    responses = pd.Series(NO_RESPONSE, index=outcomes.index, dtype=object)
    for column in reversed(list(endpoints.responses)):
        responses[outcomes[column].to_numpy(float) == 1] = column
    return responses


def response_rate(responses: pd.Series, endpoints: Endpoints) -> str:
    """Write how many responded; only how many they are where no response is declared.

    Examples
    --------
    >>> better = Endpoints(responses={"gone": "remission"})
    >>> response_rate(pd.Series(["gone", "", ""]), better)
    '1 of 3 patients responded (33 %)'
    """
    n, k = len(responses), int((responses != NO_RESPONSE).sum())
    if not endpoints.responses:
        return "1 patient" if n == 1 else f"{n or 'No'} patients"
    if n <= 1:
        only = endpoints.responded if k else f"has {endpoints.no_response}"
        return f"The only patient {only}" if n else "No patient"
    return f"{k or 'None'} of {n} patients {endpoints.responded} ({100 * k / n:.0f} %)"


def response_lines(responses: pd.Series, looks: Mapping[str, ResponseLook]) -> list[Line2D]:
    """Return handles of lines for a legend: every response that occurs, with its number."""
    counts = responses.value_counts()
    return [
        Line2D(
            [], [], color=look.colour, linestyle=look.dashes, lw=1.3,
            label=f"{look.label} ({counts[name]})",
        )
        for name, look in looks.items() if name in counts
    ]  # fmt: skip


def limit_line(limit: float) -> Line2D:
    """Return the handle of the line at the change that a response needs, for a legend."""
    return Line2D(
        [], [], color=INK, lw=0.9, linestyle=(0, (4, 2)),
        label=f"limit of response ({limit:g} %)".replace("-", "−"),
    )  # fmt: skip


def spread_rows(count: int, most: int) -> Integers:
    """Return rows, evenly through all of them, the first and the last among them.

    Examples
    --------
    >>> spread_rows(3, 5), spread_rows(9, 5)
    (array([0, 1, 2]), array([0, 2, 4, 6, 8]))
    """
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


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
