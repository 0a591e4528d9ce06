"""Pictures of trials and schedules, drawn into their folders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdmodel.trial import ScheduleResult, TrialResult

COURSES = 64
"""Patients whose whole courses are drawn."""


def trial_images(result: TrialResult) -> dict[str, bytes]:
    """Return all pictures of a trial by path."""
    from pdmodel.cli.console.terminal import note
    from pdmodel.plots import images
    from pdmodel.plots.trials.all_figures import trial_figures

    curves = {name.replace("_", " "): curve for name, curve in result.curves().items()}
    lacking: dict[str, str] = {}
    records, outcomes = result.courses(COURSES)
    figures = trial_figures(result, records, curves, lacking, outcomes)
    if lacking:
        name, why = next(iter(lacking.items()))
        note(f"note: not drawn of {result.trial.name}: {', '.join(lacking)} ({name}: {why})")
    return images(figures)


def comparison_images(results: Sequence[TrialResult]) -> dict[str, bytes]:
    """Return pictures of what several trials have in common, by path."""
    from pdmodel.plots import images
    from pdmodel.plots.trials.all_figures import note_weights
    from pdmodel.plots.trials.pattern_forest import pattern_forest
    from pdmodel.plots.trials.survival import kaplan_meier

    tables = {result.trial.name: result.table for result in results}
    common: dict[str, Any] = {"pattern_forest": pattern_forest(tables)}
    names = dict.fromkeys(name for result in results for name in result.trial.times)
    for name in names:
        curves = {r.trial.name: r.curves()[name] for r in results if name in r.trial.times}
        common[name] = kaplan_meier(curves, label=name.replace("_", " ").capitalize())
    for figure in common.values():
        note_weights(figure, results[0])
    return images(common)


def schedule_images(result: ScheduleResult) -> dict[str, bytes]:
    """Return the picture of benefit against harm by its path."""
    from pdmodel.plots import images
    from pdmodel.plots.trials.pareto import pareto

    search, table = result.search, result.table.copy()
    for name in ("benefit", "harm"):
        for end in ("", "_low", "_high"):
            table[f"{name}{end}"] *= 100
    table["family"] = table["cycle"]
    words = (f"{search.say(name).capitalize()} (% of patients)"
             for name in (search.benefit, search.harm))  # fmt: skip
    return images({"pareto": pareto(table, benefit=next(words), harm=next(words))})
