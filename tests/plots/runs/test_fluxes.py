"""Fluxes are stacked so that gains and losses can be read off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pdmodel
from pdmodel.errors import InputError
from pdmodel.plots import plot_fluxes


def test_stacks_add_up_to_gains_and_losses(run: xr.Dataset) -> None:
    """The edges of the areas are the sums of all gains and all losses, the line is their sum."""
    table = pdmodel.flux_table(run.sel(time=slice(0, 2)), "il6")
    panel: Any = plot_fluxes(table)
    edges = np.concatenate([area.get_paths()[0].vertices[:, 1] for area in panel.collections])
    assert edges.max() == pytest.approx(table.clip(lower=0).sum(axis=1).max())
    assert edges.min() == pytest.approx(table.clip(upper=0).sum(axis=1).min())
    net = next(line for line in panel.lines if line.get_label() == "net change")
    np.testing.assert_allclose(net.get_ydata(), table.sum(axis=1))


def test_every_process_and_the_unit_are_named(run: xr.Dataset) -> None:
    """The legend has a word for each column, the axis the unit of the table."""
    table = pdmodel.flux_table(run, "il6")
    panel: Any = plot_fluxes(table, title="IL-6")
    words = [text.get_text() for text in panel.get_legend().get_texts()]
    assert words == [*(name.replace("_", " ") for name in table.columns), "net change"]
    assert panel.get_ylabel() == "Mean rate of each day (pg/mL per day)"
    short: Any = plot_fluxes(table.loc[:3.0])
    assert short.get_ylabel() == "Rate (pg/mL per day)"
    assert panel.get_title(loc="left") == "IL-6"


def test_the_net_change_is_that_of_the_day(run: xr.Dataset) -> None:
    """Each flat piece is what the state has gained over its day, not its slope before a dose."""
    panel: Any = plot_fluxes(pdmodel.flux_table(run, "il6"))
    net = next(line for line in panel.lines if line.get_label() == "net change")
    gained = np.diff(run["il6"].sel(time=np.arange(22.0)).values)
    np.testing.assert_allclose(net.get_ydata(), np.repeat(gained, 2), atol=1e-12)
    np.testing.assert_array_equal(net.get_xdata()[:4], [0, 1, 1, 2])


def test_a_process_that_turns_round_is_named_once() -> None:
    """It has an area on both sides in one colour."""
    table = pd.DataFrame({"exchange": [1.0, -1.0, 2.0]}, index=[0.0, 1.0, 2.0])
    panel: Any = plot_fluxes(table)
    assert len(panel.collections) == 2
    colours = {tuple(area.get_facecolor()[0]) for area in panel.collections}
    assert len(colours) == 1
    assert len(panel.get_legend().get_texts()) == 2


def test_an_empty_table_is_refused() -> None:
    """There is nothing to draw."""
    with pytest.raises(InputError, match="empty"):
        plot_fluxes(pd.DataFrame())


def test_what_is_no_table_is_refused() -> None:
    """Fluxes come from `flux_table`."""
    given: Any = [1.0]
    with pytest.raises(InputError, match="of what flux_table returns"):
        plot_fluxes(given)
