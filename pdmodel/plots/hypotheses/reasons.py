"""Why: who acts on whom in rivals, and which process moves what most targets look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from pdmodel.engine import flux_table, simulate
from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.verdicts.verdict import STANDS, UNJUDGED
from pdmodel.model.printing.influence import influences, slots_of_states
from pdmodel.plots.base.figure import ResultFigure
from pdmodel.plots.runs.fluxes import means_to_draw, plot_fluxes
from pdmodel.plots.runs.influence_diagram import MANY_STATES, influence_diagram

if TYPE_CHECKING:
    from pdmodel.hypotheses import CompareResult
    from pdmodel.model import Model


class Apart(NamedTuple):
    """Who acts on whom in a hypothesis, and in which influences a rival differs.

    Parameters
    ----------
    title
        Whose they are.
    edges
        As for `influence_diagram`.
    marked
        Pairs of those that differ.
    words
        How the application writes parts of names.
    slots
        By state the slot that it belongs to; folders of before lack them.
    """

    title: str
    edges: list[tuple[str, str, int]]
    marked: list[tuple[str, str]]
    words: dict[str, str]
    slots: Mapping[str, str] = MappingProxyType({})


def influences_apart(name: str, first: Model, rivals: Sequence[Model]) -> Apart:
    """Return who acts on whom, and in which influences any rival differs.

    Parameters
    ----------
    name, first
        Name and model of the hypothesis that all are held against.
    rivals
        Models of the others.
    """
    signs = {(a, b): sign for a, b, sign in influences(first)}
    marked: set[tuple[str, str]] = set()
    edges = dict(signs)
    for rival in rivals:
        theirs = {(a, b): sign for a, b, sign in influences(rival)}
        marked |= {pair for pair in signs.keys() | theirs.keys()
                   if signs.get(pair) != theirs.get(pair)}  # fmt: skip
        edges = {**theirs, **edges}
    drawn = [(a, b, sign) for (a, b), sign in edges.items()]
    title = f"{name}, and rivals that stand" if rivals else f"{name}: no rival stands"
    slots = slots_of_states(first)
    for rival in rivals:
        slots = {**slots_of_states(rival), **slots}
    return Apart(title, drawn, sorted(marked), dict(first.vocabulary.words), slots)


def draw_apart(apart: Apart) -> Axes | None:
    """Draw influences, those that differ thick, of many states by their slots; None if none."""
    if not apart.edges:
        return None
    marked = [(a, b) for a, b in apart.marked]
    states = {name for edge in apart.edges for name in edge[:2]}
    many = len(states) > MANY_STATES and bool(apart.slots)
    return influence_diagram(
        apart.edges, title=apart.title, marked=marked, words=apart.words,
        by=apart.slots if many else "state",
    )  # fmt: skip


def apart_in(result: CompareResult) -> Apart | None:
    """Return who acts on whom in the first hypothesis, and where those that stand differ."""
    if all(verdict.kind == UNJUDGED for verdict in result.verdicts.values()):
        return None
    first = result.hypotheses[0]
    standing = [h.model for h in result.hypotheses[1:] if result.verdicts[h.name].kind in STANDS]
    return influences_apart(first.name, first.model, standing)


def _influences(result: CompareResult) -> Axes | None:
    apart = apart_in(result)
    return None if apart is None else draw_apart(apart)


def flux_tables(result: CompareResult) -> dict[str, pd.DataFrame]:
    """Return what moves the state that most targets look at, in each group, as it was fitted.

    Returns
    -------
    dict
        By group what `mean_fluxes` returns, with the title of its figure in `attrs["title"]`.
    """
    moved = result.moved_state()
    if moved is None:
        return {}
    title = moved.model.vocabulary[moved.state].title
    tables = {}
    for group, values in moved.groups.items():
        try:
            run = simulate(
                moved.model, moved.regimen, days=moved.days, patient=values,
                quantities=[moved.state],
            )  # fmt: skip
        except PdmodelError:  # the verdicts stand without a picture
            continue
        table = means_to_draw(flux_table(run, moved.state))
        table.attrs["title"] = f"{group}: what moves {title}"
        tables[group] = table
    return tables


def _fluxes(result: CompareResult) -> dict[str, Axes]:
    tables = flux_tables(result)
    return {
        group: plot_fluxes(table, title=table.attrs["title"]) for group, table in tables.items()
    }


INFLUENCES = ResultFigure(
    "Who acts on whom in the first hypothesis, of many states by their slots; thick where a rival "
    "that stands differs.",
    _influences,
)
FLUXES = ResultFigure(
    "Processes that move what most targets look at, in {} of the first hypothesis, as fitted.",
    _fluxes,
)
