"""Which figures a result of each kind gets: the list that commands and pages ask.

To add a figure, write its file, with the caption, under `runs`, `fits`, `courses`, `trials` or
`hypotheses`, and name it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from pdmodel.errors import UnknownNameError
from pdmodel.plots.base.axes import ABOVE
from pdmodel.plots.base.figure import Drawn, ResultFigure, images
from pdmodel.plots.base.style import styled
from pdmodel.plots.base.words import words_together
from pdmodel.plots.courses import (
    individual_panels,
    observed_fitted,
    residuals,
    visual_check,
)
from pdmodel.plots.fits import (
    identifiability_map,
    posterior_bands,
    posterior_forest,
    prediction_grid,
    profile_grid,
    response_panels,
    sobol_map,
    start_waterfall,
    target_forest,
)
from pdmodel.plots.hypotheses import data_rivals, diverging, evidence_chart, hypothesis_map, reasons
from pdmodel.plots.runs import trajectories
from pdmodel.plots.trials import (
    biomarkers,
    dose_map,
    pareto,
    pattern_forest,
    spider,
    survival,
    swimmer,
    waterfall,
)
from pdmodel.plots.trials.drawn_trial import DrawnTrial, weight_note
from pdmodel.text import capitalised

if TYPE_CHECKING:
    from pdmodel.trial import TrialResult

_COURSES: Mapping[str, ResultFigure] = {
    "observed_fitted": observed_fitted.FIGURE,
    "residuals": residuals.FIGURE,
    "individual_panels_{}": individual_panels.FIGURE,
}
"""What each fit to measured courses gets."""

FIGURES: Mapping[str, Mapping[str, ResultFigure]] = {
    "run": {"run": trajectories.FIGURE},
    "runs": {"runs": trajectories.RUNS},
    "fit": {
        "response_panels": response_panels.FIGURE,
        "target_forest": target_forest.FIGURE,
        "start_waterfall": start_waterfall.FIGURE,
        **_COURSES,
    },
    "population": {"visual_check": visual_check.FIGURE, **_COURSES},
    "profiles": {"profiles": profile_grid.FIGURE},
    "predictions": {"predictions": prediction_grid.FIGURE},
    "sensitivity": {
        "identifiability_map": identifiability_map.FIGURE,
        "sobol_map": sobol_map.FIGURE,
    },
    "trial": {
        "pattern_forest": pattern_forest.FIGURE,
        "kaplan_meier": survival.FIGURE,
        "waterfall": waterfall.FIGURE,
        "spider": spider.FIGURE,
        "swimmer": swimmer.FIGURE,
        "dose_map": dose_map.FIGURE,
        "biomarkers": biomarkers.FIGURE,
    },
    "search": {"pareto": pareto.FIGURE},
    "comparison": {
        "hypothesis_map": hypothesis_map.FIGURE,
        "predictions_map": hypothesis_map.PREDICTIONS,
        "influences": reasons.INFLUENCES,
        "fluxes_{}": reasons.FLUXES,
    },
    "rivals": {"rivals": data_rivals.FIGURE},
    "discrimination": {"diverging": diverging.FIGURE, "power": diverging.POWER},
    "evidence": {
        "evidence": evidence_chart.FIGURE,
        "posteriors": posterior_forest.FIGURE,
        "bands_{}": posterior_bands.FIGURE,
    },
}
"""By the kind of result and the name of the file, in the order in which a page shows them.

`{}` stands for a part of the result.
"""


def draw_figures(
    kind: str,
    result: Any,
    form: str = "png",
    *,
    time_unit: str | None = None,
    size: str = "page",
) -> dict[str, bytes]:
    """Draw what a result of a kind gets.

    Parameters
    ----------
    kind
        Key of `FIGURES`.
    result
        Of that kind.
    form
        png, svg or pdf.
    time_unit
        In which courses are drawn: `hour`, `day`, `week` or `month`; by default days, hours in
        short runs.
    size
        `page`, `slide` or `square`.

    Returns
    -------
    dict
        Files in memory by the path that each gets in a result folder.
    """
    return images(_drawn(kind, result, time_unit=time_unit), form=form, size=size)


def _drawn(
    kind: str, result: Any, lacking: dict[str, str] | None = None, time_unit: str | None = None
) -> dict[str, Drawn]:
    """Draw; with a place for them, figures that lack a column are named there with what it is."""
    drawn: dict[str, Drawn] = {}
    for name, figure in FIGURES[kind].items():
        try:
            timed = {"time_unit": time_unit} if figure.timed else {}
            made = figure.draw(result, **timed)
        except UnknownNameError as error:
            if lacking is None:
                raise
            lacking[name] = str(error)
            continue
        if isinstance(made, Mapping):
            drawn |= {name.format(part): each for part, each in made.items()}
        elif made is not None:
            drawn[name] = made
    return drawn


def describe_figure(name: str) -> tuple[bool, str]:
    """Return whether a figure shows one part of a result, and its caption.

    Parameters
    ----------
    name
        Of its file, without the ending.

    Examples
    --------
    >>> describe_figure("waterfall")
    (False, 'Best change of each virtual patient.')
    >>> describe_figure("bands_reference")
    (True, 'What the posterior of reference predicts.')
    """
    for figures in FIGURES.values():
        for own, figure in figures.items():
            first, part, _ = own.partition("{}")
            if part and name.startswith(first):
                return True, figure.caption.format(name.removeprefix(first))
            if name == own:
                return False, figure.caption
    return False, name.replace("_", " ")


def place_in_list(name: str) -> int | None:
    """Return at which place of the list of figures the name of a file stands; None if at none.

    Examples
    --------
    >>> place_in_list("pattern_forest") < place_in_list("waterfall"), place_in_list("of_a_user")
    (True, None)
    """
    listed = [own.partition("{}") for figures in FIGURES.values() for own in figures]
    fits = (
        number for number, (first, part, _) in enumerate(listed)
        if name == first or (part and name.startswith(first))
    )  # fmt: skip
    return next(fits, None)


def trial_figures(
    result: TrialResult,
    records: xr.Dataset,
    curves: Mapping[str, pd.DataFrame] | None = None,
    lacking: dict[str, str] | None = None,
    outcomes: pd.DataFrame | None = None,
    highest: float = 0.0,
) -> dict[str, Figure]:
    """Draw the pictures of a trial: patterns, times, doses, and what its endpoints declare.

    Parameters
    ----------
    result
        Its outcomes, `shown`, a row a patient with the columns that the endpoints of the trial
        name, and its `table` of patterns.
    records
        The whole courses of a few of the same patients, as `Trial.records` returns them.
    curves
        By name the time to an event, as for `kaplan_meier`; not drawn if None or empty.
    lacking
        Takes the name of each picture that is not drawn because a column or variable is missing,
        and why.
    outcomes
        Of the patients of `records`; those of the result by default.
    highest
        Dose that has the darkest colour, e.g. the highest of all trials that are shown together.

    Returns
    -------
    dict
        By the name of the picture.

    Raises
    ------
    InputError
        If a column or variable is missing, and `lacking` is None.
    """
    return draw_trial(drawn_trial(result, records, curves, outcomes, highest), lacking)


def drawn_trial(
    result: TrialResult,
    records: xr.Dataset,
    curves: Mapping[str, pd.DataFrame] | None = None,
    outcomes: pd.DataFrame | None = None,
    highest: float = 0.0,
) -> DrawnTrial:
    """Return what the figures of a trial are drawn from; see `trial_figures`."""
    shown = result.shown
    return DrawnTrial(
        shown, records, shown if outcomes is None else outcomes, {result.trial.name: result.table},
        curves or {}, result.trial.endpoints, result.model.vocabulary.words,
        max(highest, dose_map.highest_dose([result.trial])), weight_note(result),
    )  # fmt: skip


def draw_trial(trial: DrawnTrial, lacking: dict[str, str] | None = None) -> dict[str, Figure]:
    """Draw the pictures of a trial, of a folder or just run.

    Parameters
    ----------
    trial
        What they are drawn from.
    lacking
        As for `trial_figures`.
    """
    return _noted(_drawn("trial", trial, lacking), trial.note)


def shared_figures(results: Sequence[TrialResult]) -> dict[str, Figure]:
    """Draw what several trials have in common: their patterns, and each time to an event.

    Parameters
    ----------
    results
        Of the trials, all weighted alike.

    Returns
    -------
    dict
        By the name of the picture.
    """
    curves = [result.curves() for result in results]
    times = {
        name: {
            result.trial.name: own[name]
            for result, own in zip(results, curves, strict=True) if name in own
        }
        for name in dict.fromkeys(name for own in curves for name in own)
    }  # fmt: skip
    return draw_shared(
        {result.trial.name: result.table for result in results}, times,
        words_together(result.model for result in results), weight_note(results[0]),
    )  # fmt: skip


def draw_shared(
    tables: Mapping[str, pd.DataFrame],
    times: Mapping[str, Mapping[str, pd.DataFrame]],
    words: Mapping[str, str],
    note: str = "",
) -> dict[str, Figure]:
    """Draw what several trials have in common, just run or of a folder.

    Parameters
    ----------
    tables
        By trial its table of patterns.
    times
        By the time to an event its curve in each trial.
    words
        How the application writes parts of names.
    note
        What is said above every figure.
    """
    drawn: dict[str, Drawn] = {}
    if any(len(table) for table in tables.values()):
        drawn["pattern_forest"] = pattern_forest.pattern_forest(tables, words=words)
    for name, curves in times.items():
        label = name.replace("_", " ")
        free = label.endswith(" free")  # the name says already of what patients are free
        label = capitalised(label) if free else survival.label_of([name])
        drawn[name] = survival.kaplan_meier(curves, label=label, words=words)
    return _noted(drawn, note)


@styled
def _noted(drawn: Mapping[str, Drawn], note: str) -> dict[str, Figure]:
    """Say above figures what holds for all of them."""
    figures = {name: each for name, each in drawn.items() if isinstance(each, Figure)}
    for figure in figures.values() if note else ():
        above = [legend for legend in figure.legends if legend.get_gid() == ABOVE]
        said = figure.get_suptitle()
        if above:  # what stands there has the room of the note
            title = above[0].get_title()
            title.set_text(f"{note}\n{title.get_text()}".rstrip())
        else:
            figure.suptitle(
                f"{said}\n{note}" if said else note, x=0.01, ha="left",
                fontsize=7.5 if said else 7, weight="bold" if said else "normal",
            )  # fmt: skip
    return figures
