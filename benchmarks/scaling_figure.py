"""How the cost grows, drawn: ourselves beside libRoadRunner, one panel for what grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.engines import OURS, PEER
from benchmarks.problem import Result
from pdmodel.plots.base.axes import NICE, plain_ticks
from pdmodel.plots.base.figure import Drawn, new_figure
from pdmodel.plots.base.style import FIRST, GREY, PAGE_WIDTH, styled

_PANELS = {
    "doses": ("Daily doses", "Time of a run (ms)"),
    "states": ("States", "Time of a run (ms)"),
    "sensitivities": ("Sensitivities of all states", "Time of a run (ms)"),
    "turnover": ("Turnover of the cytokines (fold)", "Time of a run (ms)"),
    "patients": ("Patients", "Time of a cohort (s)"),
    "threads": ("Threads", "Patients a second"),
}
_FEW_FOLD, _TWO_DECADES = 5, 100
_LOOKS = {OURS: (FIRST, "o", "solid"), PEER: (GREY, "s", "dashed")}


@styled
def scaling_figure(growth: Mapping[str, Result]) -> Drawn:
    """Return a figure of the growth tables of a run."""
    kinds = [kind for kind in _PANELS if kind in growth]
    columns = 3
    rows = -(-len(kinds) // columns)
    figure = new_figure(PAGE_WIDTH, 2.1 * rows)
    for number, kind in enumerate(kinds, start=1):
        ax = figure.add_subplot(rows, columns, number)
        _panel(ax, kind, growth[kind])
        if number == 1:
            ax.legend()
    return figure


def _panel(ax: Any, kind: str, sizes: Result) -> None:
    across, up = _PANELS[kind]
    for engine, (colour, marker, dashes) in _LOOKS.items():
        there = {float(n): rows[engine] for n, rows in sizes.items() if engine in rows}
        points = [(n, _value(kind, row)) for n, row in there.items()]
        if points:
            ax.plot(*zip(*points, strict=True), color=colour, marker=marker, linestyle=dashes,
                    markersize=3, linewidth=1.2, label=engine)  # fmt: skip
    ax.set(xlabel=across, ylabel=up)
    if kind == "threads":
        ax.set_ylim(0, 1.1 * ax.get_ylim()[1])
    else:
        ax.set(xscale="log", yscale="log")
        low, high = ax.get_ylim()
        plain_ticks(ax.yaxis, _steps(high / low))
    ax.set_xticks([float(n) for n in sizes], [_thousands(n) for n in sizes])
    ax.set_xticks([], minor=True)


def _steps(fold: float) -> Sequence[float]:
    """Return where within a decade an axis has ticks, so that it has at least a few."""
    if fold < _FEW_FOLD:
        return range(1, 10)
    return NICE if fold < _TWO_DECADES else (1.0,)


def _thousands(size: str) -> str:
    return f"{size[:-3]}k" if size.endswith("000") else size


def _value(kind: str, row: Result) -> float:
    if kind == "threads":
        return float(row["patients_a_second"])
    return float(row["ms"]) / (1e3 if kind == "patients" else 1.0)
