"""Hypothesis map: which hypothesis misses what, and by how much, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known, shortened
from pdmodel.plots.base.axes import spelt
from pdmodel.plots.base.figure import ResultFigure, new_figure
from pdmodel.plots.base.heat_map import draw_cells
from pdmodel.plots.base.slides import into_parts
from pdmodel.plots.base.style import NO_WORDS, PAGE_WIDTH, readable, styled
from pdmodel.plots.base.words import words_together
from pdmodel.text import counted

if TYPE_CHECKING:
    from pdmodel.hypotheses import CompareResult

_FOOT, _LETTER = 1.25, 0.065  # inches: of all but rows, and of a letter below the map
_BESIDE, _POINTS_OF_INCH = 2.6, 27.0  # inches of names; points that a number in a cell may have
_INFINITE = 1e8  # stands for a miss without end: the darkest colour, and its sign
_EDGES = (0.0, 1e-9, 1.0, 2.0, 5.0, 10.0)  # misses in widths of an edge, which have no unit
# From nearly white to black over orange: in grey print the order stays.
_COLOURS = ("#f3f5f7", "#fbe3b6", "#E69F00", "#D55E00", "#7a2d00", "#2b1000")
_TICKS = ("met", "< 1", "1-2", "2-5", "5-10", "> 10")
_COLUMNS = ("hypothesis", "level", "id", "by")


@styled
def hypothesis_map(
    misses: pd.DataFrame,
    verdicts: dict[str, str],
    *,
    words: Mapping[str, str] = NO_WORDS,
    beyond_one: str = "it refutes",
) -> Figure:
    """Draw hypotheses x targets and patterns: how far each is missed, as a colour and a number.

    Parameters
    ----------
    misses
        A row a hypothesis and target: `hypothesis`, `level`, `id`, `by` (widths of its edge, 0 if
        met; NaN where there is none).
    verdicts
        `survives`, `borderline`, `refuted` or `not judged`, by hypothesis, in the order of rows.
    words
        How the application writes parts of names.
    beyond_one
        What a miss of more than one width means.

    Raises
    ------
    InputError
        If a column is missing or there is nothing to draw.
    """
    require_known("column of the misses:", misses.columns, *_COLUMNS)
    if misses.empty or not verdicts:
        raise InputError("there are no hypotheses to draw")
    names = {
        str(level): list(dict.fromkeys(own["id"]))
        for level, own in misses.groupby("level", sort=False)
    }  # fmt: skip
    figure = _drawn(misses, names, verdicts, words, beyond_one, PAGE_MAP)
    into_parts(figure, partial(_slides, misses, verdicts, words, beyond_one))
    return figure


class MapLook(NamedTuple):
    """How large a map is drawn.

    Parameters
    ----------
    width, row, column
        Inches of the figure at least, of a row, and of a column where the figure grows with them.
    numbers
        Points of the numbers in it.
    """

    width: float
    row: float
    column: float
    numbers: float


PAGE_MAP = MapLook(PAGE_WIDTH * 1.25, 0.22, 0.175, 5.4)
"""On a page, where all is shown."""
SLIDE_MAP = MapLook(PAGE_WIDTH, 0.118, 0.0, 5.0)


def _drawn(
    misses: pd.DataFrame,
    names: Mapping[str, list[str]],
    verdicts: dict[str, str],
    words: Mapping[str, str],
    beyond_one: str,
    look: MapLook,
) -> Figure:
    """Draw a map of the targets of each level that are named."""
    below = max(len(name) for own in names.values() for name in own)
    height = _FOOT + _LETTER * below + look.row * max(len(verdicts), 2)
    count = sum(map(len, names.values()))
    figure = new_figure(max(look.width, _BESIDE + look.column * count), height)
    room = (figure.get_figwidth() - _BESIDE) / count
    points = min(look.numbers, _POINTS_OF_INCH * room)
    axes = figure.subplots(
        1, len(names), sharey=True, squeeze=False,
        width_ratios=[max(len(own), 1) for own in names.values()],
    )[0]  # fmt: skip
    norm = BoundaryNorm([*_EDGES, 1e9], len(_COLOURS))
    colours = ListedColormap(_COLOURS)
    for ax, (level, own) in zip(axes, names.items(), strict=True):
        part = misses[misses["level"] == level]
        _draw(ax, _grid(part, list(verdicts), own), own, colours, norm, points)
        ax.set_title(level.capitalize())
    _name_rows(axes[0], verdicts, words)
    bar = figure.colorbar(
        ScalarMappable(norm=BoundaryNorm(range(len(_TICKS) + 1), len(_COLOURS)), cmap=colours),
        ax=list(axes), location="bottom", aspect=50, shrink=0.6, pad=0.01,
        label=f"Missed by (widths of the edge of the allowed range; beyond 1 {beyond_one})",
    )  # fmt: skip
    bar.set_ticks([index + 0.5 for index in range(len(_TICKS))], labels=list(_TICKS))
    return figure


def _slides(
    misses: pd.DataFrame,
    verdicts: dict[str, str],
    words: Mapping[str, str],
    beyond_one: str,
    whole: Figure,
    room: float,
) -> list[Figure]:
    """Draw a level a slide, with what anybody misses of it, and what that is in words."""
    slides = []
    for level, own in misses.groupby("level", sort=False):
        names = list(dict.fromkeys(own["id"]))
        missing = set(own.loc[own["by"] != 0, "id"])  # also what has no value
        missed = [name for name in names if name in missing]
        met = len(names) - len(missed)
        if not missed:
            continue
        figure = _drawn(misses, {str(level): missed}, verdicts, words, beyond_one, SLIDE_MAP)
        more = f"; {counted(met, 'other')} met by all" if met else ""
        figure.axes[0].set_title(f"{str(level).capitalize()}: what is missed{more}")
        slides.append(figure)
        if "words" in own:
            meanings = own.drop_duplicates("id").set_index("id")["words"]
            slides.append(_legend_slide(str(level), meanings[missed], words, room))
    return slides or [whole]


def _legend_slide(level: str, meanings: pd.Series, words: Mapping[str, str], room: float) -> Figure:
    """Say in words what the columns of a map are."""
    figure = new_figure(PAGE_WIDTH, room * 0.85)
    ax = figure.add_subplot()
    ax.set_axis_off()
    ax.set_title(f"{level.capitalize()}: what the columns are")
    ax.set_ylim(max(len(meanings), 12) - 0.5, -0.5)
    for line, (name, meaning) in enumerate(meanings.items()):
        ax.text(0.0, line, str(name), fontsize=7, va="center", weight="bold")
        ax.text(0.24, line, shortened(spelt(str(meaning), words), 78), fontsize=7, va="center")
    return figure


def _grid(part: pd.DataFrame, rows: list[str], columns: list[str]) -> Array:
    """Return how far each is missed, shape (n_hypotheses, n_targets)."""
    table = part.set_index(["hypothesis", "id"])["by"]
    grid = np.full((len(rows), len(columns)), np.nan)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if (row, column) in table.index:
                grid[i, j] = float(table.loc[(row, column)])
    return grid


def _draw(
    ax: Axes, grid: Array, columns: list[str], colours: ListedColormap,
    norm: BoundaryNorm, points: float,
) -> None:  # fmt: skip
    finite = np.where(np.isinf(grid), _INFINITE, grid)
    draw_cells(ax, finite, colours, norm, least=_EDGES[1], size=points, write=_number)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90, fontsize=6)


def _number(value: float) -> str:
    if value >= _INFINITE:
        return "∞"
    return f"{value:.1f}" if value < 9.95 else ">9"


def _name_rows(ax: Axes, verdicts: dict[str, str], words: Mapping[str, str]) -> None:
    """Write the hypotheses with their verdicts; who stands is bold."""
    names = [f"{_written(name, words)}: {kind}" for name, kind in verdicts.items()]
    ax.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=6.5)
    for label, kind in zip(ax.get_yticklabels(), verdicts.values(), strict=True):
        label.set_fontweight("bold" if kind in ("survives", "borderline") else "normal")


def _written(name: str, words: Mapping[str, str]) -> str:
    """Write a hypothesis, its difference behind a comma."""
    return ", ".join(readable(half, words) for half in name.split("@"))


def _of_comparison(result: CompareResult) -> Figure | None:
    kinds = {name: verdict.kind for name, verdict in result.verdicts.items()}
    misses = result.misses[result.misses["use"] != "predict"]
    words = words_together(hypothesis.model for hypothesis in result.hypotheses)
    return None if misses.empty else hypothesis_map(misses, kinds, words=words)


def _with_own_names(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return predictions whose patterns are told apart where two trials use the same id."""
    shared = predictions.groupby("id")["trial"].transform("nunique") > 1
    named = predictions["trial"] + ": " + predictions["id"]
    return predictions.assign(id=predictions["id"].where(~shared, named))


def _of_predictions(result: CompareResult) -> Figure | None:
    kinds = {h: result.verdicts[h].kind for h in result.predictions["hypothesis"].unique()}
    level = "patterns of trials that nobody was fitted to"
    misses = _with_own_names(result.predictions).assign(level=level)
    apart = "it is far, and no verdict knows of it"
    words = words_together(hypothesis.model for hypothesis in result.hypotheses)
    return hypothesis_map(misses, kinds, words=words, beyond_one=apart) if kinds else None


FIGURE = ResultFigure(
    "Each hypothesis against each target and pattern: by how much it is missed.", _of_comparison
)
PREDICTIONS = ResultFigure(
    "Each hypothesis against the trials that nobody was fitted to: by how much it misses them.",
    _of_predictions,
)
