"""Problems whose predictions are bounded by a limit of the model, or by nothing."""

import math

from pdmodel.inference import FitProblem, Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


def growth(low=0.2, high=5.0, day=2.0):
    """Return a problem of `dx/dt = k`, `dy/dt = 1 - m y` with x(0) = y(0) = 1; only k is known.

    So y goes from 1 to 1/m, whatever the data say of x, with m between two bounds.
    """
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0.1, 9), meaning="rate", source=ASSUMED)
    m = q.parameter("m", unit="1/day", value=1, bounds=(-99, 9999), meaning="loss", source=ASSUMED)
    gain = q.constant("gain", unit="1/day", value=1, meaning="gain of y")
    x = q.state("x", unit="1", initial=1, meaning="known")
    y = q.state("y", unit="1", initial=1, meaning="unknown")
    q.slot("change", meaning="what moves them", states=(x, y))
    moves = Mechanism(
        "moves", slot="change", claim="they move", processes={"in": {x: k, y: gain - m * y}}
    )
    rows = [Target("x1", "one", "x", "level", day=1.0, value=2.0, sigma=0.1)]
    problem = FitProblem(
        Model("growth", q, [moves]), rows, "no drug", days=day, differ=(), free=("k", "m"),
        groups={"one": {}}, rtol=1e-9, atol=1e-12, visit_interval=28,
    )  # fmt: skip
    problem.params["m"].set(min=low, max=high)
    return problem


def level(m, day=2.0):
    """Return y at a day."""
    return 1 / m + (1 - 1 / m) * math.exp(-m * day)
