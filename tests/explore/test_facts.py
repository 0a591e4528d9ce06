"""What the page knows at first: controls that can be moved, whatever the model declares."""

from __future__ import annotations

import math

import pytest

from pdmodel.explore.facts import facts_of
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


@pytest.mark.parametrize(
    ("value", "bounds", "ends"),
    [
        (2.0, (0.0, 9.0), (0.0, 9.0)),
        (2.0, (-math.inf, math.inf), (0.2, 20.0)),
        (2.0, (0.0, math.inf), (0.0, 20.0)),
        (0.0, (-math.inf, math.inf), (0.0, 1.0)),
        (-2.0, (-math.inf, 0.0), (-20.0, 0.0)),
    ],
)
def test_every_slider_has_two_ends(
    value: float, bounds: tuple[float, float], ends: tuple[float, float]
) -> None:
    """Models of others declare no bounds: a slider that has none could not be drawn."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=value, bounds=bounds, meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("s", meaning="")
    model = Model("toy", q, [Mechanism("m", slot="s", claim="", processes={"p": {x: -k * x}})])
    (parameter,) = facts_of(model, None)["parameters"]
    assert (parameter["low"], parameter["high"]) == ends
