"""Pictures of trials and schedules, drawn into their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdmodel.trial import ScheduleResult, TrialResult

COURSES = 64
"""Patients whose whole courses are drawn."""


def draw_trial(result: TrialResult, folder: Path) -> None:
    """Draw all pictures of a trial."""
    from pdmodel.plots.trial_figures import trial_figures

    curves = {name.replace("_", " "): curve for name, curve in result.curves().items()}
    _save(trial_figures(result, result.records(COURSES), curves), folder)


def draw_comparison(results: Sequence[TrialResult], folder: Path) -> None:
    """Draw each trial into its own folder, and what several have in common."""
    from pdmodel.plots.trial_forest import pattern_forest
    from pdmodel.plots.trial_survival import kaplan_meier

    for result in results:
        draw_trial(result, folder / result.trial.name / "figures")
    tables = {result.trial.name: result.table for result in results}
    common: dict[str, Any] = {"pattern_forest": pattern_forest(tables)}
    names = dict.fromkeys(name for result in results for name in result.trial.times)
    for name in names:
        curves = {r.trial.name: r.curves()[name] for r in results if name in r.trial.times}
        common[name] = kaplan_meier(curves, label=name.replace("_", " ").capitalize())
    _save(common, folder / "figures")


def draw_schedules(result: ScheduleResult, folder: Path) -> None:
    """Draw benefit against harm."""
    from pdmodel.plots.trial_pareto import pareto

    search, table = result.search, result.table.copy()
    for name in ("benefit", "harm"):
        for end in ("", "_low", "_high"):
            table[f"{name}{end}"] *= 100
    table["family"] = table["cycle"]
    words = (f"{search.say(name).capitalize()} (% of patients)"
             for name in (search.benefit, search.harm))  # fmt: skip
    _save({"pareto": pareto(table, benefit=next(words), harm=next(words))}, folder)


def _save(figures: Mapping[str, Any], folder: Path) -> None:
    from pdmodel.plots import save

    for name, figure in figures.items():
        save(figure, folder / f"{name}.png")
