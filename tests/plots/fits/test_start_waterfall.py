"""The waterfall shows every start and how it ended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pdmodel.plots import start_waterfall


def points(panel: Any) -> dict[str, Any]:
    """Lines of markers by name, the connecting line aside."""
    return {line.get_gid(): line for line in panel.lines if line.get_gid() != "order"}


def test_there_is_a_marker_for_every_start(result: Any) -> None:
    """Ranks are 1 to n, each once."""
    found = points(start_waterfall(result))
    ranks = sorted(int(x) for line in found.values() for x in line.get_xdata())
    assert ranks == list(range(1, len(result.starts) + 1))


def test_costs_are_sorted(result: Any) -> None:
    """The best start comes first, the one without a cost last."""
    panel: Any = start_waterfall(result)
    (order,) = [line for line in panel.lines if line.get_gid() == "order"]
    costs = np.asarray(order.get_ydata(), dtype=float)
    np.testing.assert_allclose(costs[:-1], [0.35, 0.3505, 0.9, 7.5])
    assert np.isnan(costs[-1])
    assert panel.get_title(loc="left") == "2 of 5 starts within 1 % of the best"


def test_each_way_to_end_has_its_own_marker(result: Any) -> None:
    """Failed, budget and converged differ in shape; a failure without cost is hollow."""
    panel: Any = start_waterfall(result)
    found = points(panel)
    assert found["failed"].get_marker() == found["no cost"].get_marker() == "X"
    assert found["no cost"].get_markerfacecolor() == "white"
    shapes = {found[name].get_marker() for name in ("converged", "stopped at its budget", "failed")}
    assert len(shapes) == 3
    words = [text.get_text() for text in panel.get_legend().get_texts()]
    assert words == ["converged", "stopped at its budget", "failed", "failed, no cost"]


def test_axis_is_logarithmic_only_over_decades(result: Any) -> None:
    """Costs alike are compared on a linear axis."""
    assert start_waterfall(result).get_yscale() == "log"
    result.starts = result.starts[result.starts["cost"] < 1]
    assert start_waterfall(result).get_yscale() == "linear"


@pytest.mark.filterwarnings("error")
def test_starts_that_all_failed_are_still_drawn(result: Any) -> None:
    """A failure is never an empty figure."""
    result.starts = result.starts.assign(cost=None, status="failed")
    panel: Any = start_waterfall(result)
    assert len(points(panel)["no cost"].get_xdata()) == len(result.starts)
    assert panel.get_title(loc="left") == "No start has a cost"


def test_likelihoods_are_drawn_as_what_they_lack_to_the_best(result: Any) -> None:
    """They may be below 0, and within 1 % of one means nothing."""
    result.summary = {"n_measured": 5}
    result.starts = result.starts.assign(cost=[-41.0, -65.05, np.nan, -65.0, -12.0])
    panel: Any = start_waterfall(result)
    (order,) = [line for line in panel.lines if line.get_gid() == "order"]
    differences = np.asarray(order.get_ydata(), dtype=float)
    np.testing.assert_allclose(differences[:-1], [0.0, 0.05, 24.05, 53.05])
    assert panel.get_title(loc="left") == "2 of 5 starts within 0.1 of the best"
    assert panel.get_ylabel() == "−log likelihood above the best"
    assert panel.get_yscale() == "symlog"
    low, high = panel.get_ylim()
    assert low < 0
    assert high > 53.05
    result.starts = result.starts.assign(cost=-65.0)
    assert start_waterfall(result).get_ylim()[1] > 0.2  # equal costs look equal
