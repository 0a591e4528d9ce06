"""Many runs, many rivals and long names: every word is seen whole, whatever the size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pdmodel.plots import hypothesis_map, influence_diagram, kaplan_meier, plot_runs
from pdmodel.plots.base.figure import Drawn
from pdmodel.plots.base.style import marks, strokes
from pdmodel.plots.figures import draw_shared
from pdmodel.plots.hypotheses.diverging import Telling, draw_power, draw_telling
from tests.plots.extents import faults_of
from tests.plots.trials.test_survival import CURVE

LONG = "a_rival_whose_name_says_everything_that_it_claims_of_the_makers_of_il6"
NAMES = [f"{LONG}_{number}" for number in range(12)]


def runs() -> dict[str, xr.Dataset]:
    """Return twelve courses of three quantities, each under a regimen of its own."""
    days = np.linspace(0.0, 84.0, 400)
    shape = ("time", np.exp(-days / 30), {"units": "pg/mL", "long_name": f"{LONG} in plasma"})
    return {
        name: xr.Dataset(
            {quantity: shape for quantity in ("il6", "tnf", "spd")}, {"time": days},
            {"model": LONG, "regimen": f"{number + 1} mg daily + 5 mg daily after 56 days"},
        )
        for number, name in enumerate(NAMES)
    }  # fmt: skip


def diverging() -> Figure:
    """Return three panels whose arms have long names."""
    level = np.linspace(1.0, 2.0, 20).tolist()
    panel = Telling(
        "Answer of IL-6 makers\nresponder over\nnonresponder",
        "TNF-α blockade for as long\nas the drug is given over\nthe drug alone",
        "on day 84: power 1", 84.0, {name: np.arange(20.0).tolist() for name in NAMES[:5]},
        {name: [level, level, level] for name in NAMES[:5]},
    )  # fmt: skip
    return draw_telling([panel] * 3)


def power() -> Figure:
    """Return the power of measurements with long names."""
    row = {
        "measurement": f"{LONG} over baseline on day 168, responder over nonresponder, "
        "tnf_blockade against drug_alone",
        "arm": "tnf_blockade", "against": "drug_alone", "group": "responder/nonresponder",
        "power": 1.0, "least": 1.0,
    }  # fmt: skip
    return draw_power(pd.DataFrame([row] * 12), 10, {})


def of_hypotheses() -> Figure:
    """Return the map of twelve hypotheses."""
    rows = [
        {"hypothesis": name, "level": level, "id": f"target_of_a_long_name_{n}", "by": float(n)}
        for name in NAMES for level in ("typical patients", "virtual trial") for n in range(20)
    ]  # fmt: skip
    return hypothesis_map(pd.DataFrame(rows), dict.fromkeys(NAMES, "refuted"))


FIGURES: dict[str, Callable[[], Drawn]] = {
    "runs": lambda: plot_runs(runs(), ["il6", "tnf", "spd"]),
    "one panel": lambda: plot_runs(runs(), ["il6"]),
    "diverging": diverging,
    "power": power,
    "hypotheses": of_hypotheses,
    "survival": lambda: kaplan_meier(dict.fromkeys(NAMES, CURVE)),
    "weighted": lambda: draw_shared({}, {"alive": dict.fromkeys(NAMES[:3], CURVE)}, {}, "W" * 60)[
        "alive"
    ],
    "influences": lambda: influence_diagram(
        [(f"state_{a}", f"state_{b}", 1) for a in range(8) for b in range(a + 1, 9)],
        title=f"Model {LONG}", around="state_4",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "shape"), [*((name, None) for name in FIGURES), ("runs", 16 / 9)])
def test_no_word_is_cut(name: str, shape: float | None) -> None:
    """No word is cut by the canvas or lies on a legend, on a page and as a slide."""
    drawn = FIGURES[name]()
    figure = drawn.get_figure(root=True) if isinstance(drawn, Axes) else drawn
    assert isinstance(figure, Figure)
    if shape is not None:
        width, height = figure.get_size_inches()
        figure.set_size_inches(max(width, height * shape), max(width / shape, height))
    assert faults_of(figure) == []


def test_twelve_lines_differ_without_colour() -> None:
    """In dashes or in marks; of few lines the dashes are enough."""
    looks = strokes(NAMES)
    marked = marks(looks)
    seen = {(repr(look.dashes), str(marked[name]["marker"])) for name, look in looks.items()}
    assert len(seen) == len(NAMES)
    assert not any(marks(strokes(NAMES[:5])).values())
