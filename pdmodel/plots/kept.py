"""What figures were drawn from, where the tables of a result folder do not hold it.

Courses of ensembles, influences and fluxes are simulated for the figures alone. They are kept
beside them as plain data, so that the figures can be drawn again without model or simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from pdmodel.plots.base.figure import Drawn
from pdmodel.plots.figures import draw_figures
from pdmodel.plots.fits.posterior_forest import posterior_forest, posterior_tables
from pdmodel.plots.hypotheses.diverging import Telling, draw_telling, telling
from pdmodel.plots.hypotheses.reasons import Apart, apart_in, draw_apart, flux_tables
from pdmodel.plots.runs.fluxes import plot_fluxes
from pdmodel.plots.trials.pareto import axes_of
from pdmodel.storage import plain, plain_rows

FILE = "figures/drawn.json"
"""Where a folder keeps it."""


def figures_and_facts(kind: str, result: Any) -> dict[str, Any]:
    """Return the figures of a result by path, and what they were drawn from.

    Parameters
    ----------
    kind, result
        As for `draw_figures`; a comparison, a discrimination, evidence or a search.
    """
    return {**draw_figures(kind, result), FILE: _FACTS[kind](result)}


def _of_comparison(result: Any) -> dict[str, Any]:
    apart = apart_in(result)
    fluxes = {
        group: {
            "days": [float(day) for day in table.index], "attrs": plain(dict(table.attrs)),
            "rates": {str(name): [float(rate) for rate in table[name]] for name in table},
        }
        for group, table in flux_tables(result).items()
    }  # fmt: skip
    return {"influences": None if apart is None else apart._asdict(), "fluxes": fluxes}


def _of_search(result: Any) -> dict[str, Any]:
    return {"axes": list(axes_of(result))}


def _of_discrimination(result: Any) -> dict[str, Any]:
    return {"diverging": [panel._asdict() for panel in telling(result)]}


def _of_evidence(result: Any) -> dict[str, Any]:
    tables = posterior_tables(result)
    return {"posteriors": {name: plain_rows(table) for name, table in tables.items()}}


_FACTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "comparison": _of_comparison, "discrimination": _of_discrimination, "evidence": _of_evidence,
    "search": _of_search,
}  # fmt: skip


def draw_kept(facts: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Drawn]:
    """Draw again what was kept, by the name of the figure.

    Parameters
    ----------
    facts
        What `figures_and_facts` wrote.
    words
        How the application writes parts of names.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something is missing, or is not what was written.
    """
    drawn: dict[str, Drawn] = {}
    if facts.get("influences"):
        axes = draw_apart(Apart(**facts["influences"]))
        drawn |= {} if axes is None else {"influences": axes}
    for group, kept in facts.get("fluxes", {}).items():
        drawn[f"fluxes_{group}"] = _fluxes(kept)
    if facts.get("diverging"):
        drawn["diverging"] = draw_telling([Telling(**panel) for panel in facts["diverging"]])
    tables = {name: pd.DataFrame(rows) for name, rows in facts.get("posteriors", {}).items()}
    if any(len(table) for table in tables.values()):
        drawn["posteriors"] = posterior_forest(tables, words=words)
    return drawn


def _fluxes(kept: Mapping[str, Any]) -> Axes:
    table = pd.DataFrame(kept["rates"], index=kept["days"], dtype=float)
    table.attrs = dict(kept["attrs"])
    return plot_fluxes(table, title=str(table.attrs["title"]))
