"""Why: who acts on whom in rivals, and which process moves what most targets look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from pdmodel.engine import flux_table, simulate
from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.verdicts.verdict import STANDS, UNJUDGED
from pdmodel.model.printing.influence import influences
from pdmodel.plots.base.figure import ResultFigure
from pdmodel.plots.runs.fluxes import plot_fluxes
from pdmodel.plots.runs.influence_diagram import influence_diagram

if TYPE_CHECKING:
    from pdmodel.hypotheses import CompareResult
    from pdmodel.model import Model


def influences_of_rivals(name: str, first: Model, rivals: Sequence[Model]) -> Axes | None:
    """Draw who acts on whom, the influences in which any rival differs drawn thick.

    Parameters
    ----------
    name, first
        Name and model of the hypothesis that all are held against.
    rivals
        Models of the others.

    Returns
    -------
    Axes, or None if nothing acts on anything
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
    if not drawn:
        return None
    title = f"{name}, and rivals that stand"
    return influence_diagram(drawn, title=title, marked=marked, words=first.vocabulary.words)


def _influences(result: CompareResult) -> Axes | None:
    if all(verdict.kind == UNJUDGED for verdict in result.verdicts.values()):
        return None
    first = result.hypotheses[0]
    standing = [h.model for h in result.hypotheses if result.verdicts[h.name].kind in STANDS]
    return influences_of_rivals(first.name, first.model, standing)


def _fluxes(result: CompareResult) -> dict[str, Axes]:
    """Draw what moves the state that most targets look at, in each group, as it was fitted."""
    moved = result.moved_state()
    if moved is None:
        return {}
    title = moved.model.vocabulary[moved.state].title
    drawn = {}
    for group, values in moved.groups.items():
        try:
            run = simulate(
                moved.model, moved.regimen, days=moved.days, patient=values,
                quantities=[moved.state],
            )  # fmt: skip
        except PdmodelError:  # the verdicts stand without a picture
            continue
        table = flux_table(run, moved.state)
        drawn[group] = plot_fluxes(table, title=f"{group}: what moves {title}")
    return drawn


INFLUENCES = ResultFigure(
    "Who acts on whom in the first hypothesis; thick where a rival that stands differs.",
    _influences,
)
FLUXES = ResultFigure(
    "Processes that move what most targets look at, in {} of the first hypothesis, as fitted.",
    _fluxes,
)
