"""Which panels the courses of a fit have: those that its application declares, else by targets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel import catalogue
from pdmodel.inference import Panel, Question
from pdmodel.inference.panel import panels_in
from pdmodel.inference.targets.kind import QUARTERS
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.plots.base.axes import title_text
from pdmodel.plots.base.words import attributes_of, model_of, pair_of_groups, words_for

if TYPE_CHECKING:
    from pdmodel.inference import FitRecord, Posterior

_EARLY_SHARE = 4.0  # a panel is early if all its targets look within a quarter of the run
_LARGE = 20.0  # ratio of the largest to the least from which on an axis is logarithmic


def panels_of(result: FitRecord) -> list[Panel]:
    """Return the panels of a fit: the declared ones that can be drawn, then those of other targets.

    Parameters
    ----------
    result
        A FitResult, which knows the panels of its problem, or a record read back.
    """
    problem = getattr(result, "problem", None)
    declared = problem.panels if problem is not None else ()
    declared = declared or declared_panels(result)
    drawn = [panel for panel in declared if _can_draw(panel, result, declared)]
    shown = {panel.observable for panel in drawn}
    others = [name for name in _observed(result) if name not in shown]
    return [*drawn, *(panel for name in others for panel in derived_panels(name, result))]


def declared_panels(result: FitRecord | Posterior) -> tuple[Panel, ...]:
    """Return the panels that a result holds, else those of the published question to its model.

    Parameters
    ----------
    result
        Of a fit or of sampling; a result of before holds none.
    """
    attributes = attributes_of(result)
    held = panels_in(attributes)
    own = model_of(result.model, str(getattr(result, "model_hash", "")), attributes)
    if held or own is None:
        return held
    kin: tuple[Panel, ...] = ()
    for question in catalogue.published("pdmodel.fits", Question).values():
        asked = catalogue.load(question.model, near=question) if question.panels else None
        if asked is not None and asked.vocabulary is own.vocabulary:
            if asked.name == own.name:
                return tuple(question.panels)
            kin = kin or tuple(question.panels)
    return kin


def derived_panels(observable: str, result: FitRecord) -> Iterator[Panel]:
    """Yield a panel for each scale on which the targets of a quantity look at it.

    Parameters
    ----------
    observable
        Name of a quantity of the trajectories.
    result
        With the targets of that quantity.
    """
    rows = result.targets[result.targets["observable"] == observable]
    kinds = [KINDS[str(name)] for name in rows["kind"] if name in KINDS]
    # Days are read from either scale.
    scales = {kind.relative for kind in kinds if kind.unit != "day"} or {False}
    array, title = result.trajectories[observable], title_of(observable, result)
    for relative in sorted(scales, reverse=True):
        own = _on_scale(rows, relative, scales)
        early = is_early(own, result.horizon_days)
        yield Panel(
            observable,
            f"{title} over baseline" if relative and "over baseline" not in title else title,
            relative=relative,
            log=_is_large(array, own if len(scales) > 1 else rows, relative),
            fine=early and any(kind.grid is QUARTERS for kind in kinds),
            early=early,
        )


def title_of(observable: str, result: FitRecord) -> str:
    """Return what a quantity of a fit is called."""
    return title_text(result.trajectories[observable], words_for(result))


def is_early(rows: pd.DataFrame, horizon: float) -> bool:
    """Return whether targets look at the beginning of a run only: each within its first quarter."""
    days = rows["day"].to_numpy(float)
    return bool(days.size and np.all(days <= horizon / _EARLY_SHARE) and np.any(days > 0))


def early_days(result: FitRecord, panels: Sequence[Panel]) -> float:
    """Return the end of the column of early panels: the last day that one of their targets names.

    A twelfth of the run at least, which is four weeks of 48.
    """
    rows = result.targets[result.targets["observable"].isin([p.observable for p in panels])]
    named = rows["day"].max() if rows["day"].notna().any() else 0.0
    return float(min(max(named, result.horizon_days / 12), result.horizon_days))


def panel_rows(panel: Panel, result: FitRecord, panels: Sequence[Panel]) -> pd.DataFrame:
    """Return the targets of a panel; where a quantity has two scales, each row goes to its own."""
    rows = result.targets[result.targets["observable"] == panel.observable]
    scales = {p.relative for p in panels if p.observable == panel.observable}
    return _on_scale(rows, panel.relative, scales)


def panel_groups(panel: Panel, result: FitRecord, panels: Sequence[Panel]) -> list[str]:
    """Return the first two groups, and any other with a target here."""
    groups = group_names(result.trajectories)
    rows = panel_rows(panel, result, panels)
    aimed = {g for text in rows["group"] for g in str(text).split("/")}
    pair = pair_of_groups(groups)
    main = [group for group in groups if group in pair]
    other = [group for group in groups if group in aimed and group not in main]
    return {"pair": main, "others": other}.get(panel.groups, main + other)


def group_names(trajectories: xr.Dataset) -> list[str]:
    """Return the names of the groups of some courses."""
    return [str(group) for group in trajectories["group"].values]


def _observed(result: FitRecord) -> list[str]:
    names = dict.fromkeys(map(str, result.targets["observable"]))
    return [name for name in names if name in result.trajectories]


def _can_draw(panel: Panel, result: FitRecord, panels: Sequence[Panel]) -> bool:
    return panel.observable in result.trajectories and bool(panel_groups(panel, result, panels))


def _on_scale(rows: pd.DataFrame, relative: bool, scales: set[bool]) -> pd.DataFrame:
    """Return the targets of a panel of one scale; all of them where there is no other."""
    if len(scales) == 1:
        return rows
    own = [kind.name for kind in KINDS.values() if kind.relative]
    return rows[rows["kind"].isin(own) == relative]


def _is_large(array: xr.DataArray, rows: pd.DataFrame, relative: bool) -> bool:
    """Return whether curves and bounds differ by so much that a linear axis would hide the small.

    What is 0 somewhere has no logarithm.
    """
    values = array.values.astype(float)
    if relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = values / values[..., :1]
    bounds = rows[["low", "high"]].to_numpy(float) if relative else np.empty(0)
    every = np.concatenate([values.ravel(), bounds.ravel()])
    every = every[np.isfinite(every)]
    if not every.size or every.min() <= 0:
        return False
    return bool(math.log(every.max() / every.min()) >= math.log(_LARGE))
