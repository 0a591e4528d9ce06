"""Problems whose profiles are known: one compartment after a dose, and a product of two rates."""

import math

from pdmodel.dosing import Dose, Regimen
from pdmodel.inference import FitProblem, Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.toys import one_compartment

DAYS = (0.5, 1.0, 2.0, 3.0)
SIGMA = 0.1
ONCE = Regimen(doses=(Dose(0.0, "iv", 10.0),))


def concentrations(**values):
    """Return targets measured on the toy's exact answer after 10 mg into plasma at day 0."""
    known = {"k": 0.7, "volume": 20.0} | values
    return [
        Target(
            f"c{day:g}", "one", "concentration", "level", day=day, sigma=SIGMA,
            value=10 / known["volume"] * math.exp(-known["k"] * day),
        )
        for day in DAYS
    ]  # fmt: skip


def toy(targets=None, free=("volume",), **changes):
    """Return a problem of one compartment."""
    return FitProblem(
        one_compartment(), targets or concentrations(), ONCE, days=3, differ=(), free=free,
        groups={"one": {}}, rtol=1e-9, atol=1e-12, **changes,
    )  # fmt: skip


def product():
    """Return a problem in which only the product of two rates moves anything."""
    q = Vocabulary()
    first, second = (
        q.parameter(name, unit=unit, value=1, bounds=(0.2, 5), meaning="rate", source=ASSUMED)
        for name, unit in (("k1", "1/day"), ("k2", "1"))
    )
    x = q.state("x", unit="1", initial=1, meaning="something")
    q.slot("change", meaning="what moves x", states=(x,))
    decay = Mechanism(
        "decay", slot="change", claim="it decays", processes={"decay": {x: -first * second * x}},
        doses={"drug": x},
    )  # fmt: skip
    rows = [
        Target(f"x{day:g}", "one", "x", "level", day=day, value=math.exp(-day), sigma=SIGMA)
        for day in (0.5, 1.0)
    ]
    model = Model("product", q, [decay])
    return FitProblem(
        model, rows, "no drug", days=1, differ=(), free=("k1", "k2"), groups={"one": {}}
    )


def row_of(profile, name):
    """Return the row of a parameter."""
    return next(row for row in profile.rows if row["name"] == name)
