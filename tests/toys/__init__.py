"""Small models with exact answers: the ones that most tests use.

Beside them, a file each: problems whose profiles (`profiles`) and predictions (`predictions`) are
known, populations (`populations`), initial value problems (`initial_value_problems`), models with
switches (`switches`), a laboratory in which everything takes a moment (`slow_laboratory`) and one
that measures (`measured_laboratory`). A test that needs a model looks here first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

Rate = Callable[[sympy.Symbol, sympy.Symbol, sympy.Symbol], Any]


def rate_of_change(rate: Rate, initial: float = 1.0, name: str = "toy") -> Model:
    """Return `dx/dt = rate(x, k, time)` with `k` of 1 a day; drug `d` is given into `x`."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 50), meaning="rate", source=ASSUMED)
    x = q.state("x", unit="1", initial=initial, meaning="something")
    q.slot("change", meaning="what moves x", states=(x,))
    change = Mechanism(
        "change", slot="change", claim="it moves", doses={"d": x},
        processes={"change": {x: rate(x, k, q.time)}},
    )  # fmt: skip
    return Model(name, q, [change])


def product_decay() -> Model:
    """Return `dx/dt = -k1 k2 x` from 1, with both rates' product 0.5: only that can be known."""
    q = Vocabulary()
    k1 = q.parameter("k1", unit="1/day", value=1, bounds=(0.1, 9), meaning="one", source=ASSUMED)
    k2 = q.parameter("k2", unit="1", value=0.5, bounds=(0.1, 9), meaning="two", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="something")
    q.slot("decay", meaning="how x goes", states=(x,))
    decay = Mechanism(
        "decay", slot="decay", claim="it goes", processes={"decay": {x: -k1 * k2 * x}}
    )
    return Model("product_decay", q, [decay])


def one_compartment(values: Mapping[str, float] | None = None) -> Model:
    """Return oral absorption and linear elimination; `oral` goes to the gut, `iv` to plasma."""
    q = Vocabulary()
    ka = q.parameter("ka", unit="1/day", value=5, bounds=(0, 50), meaning="in", source=ASSUMED)
    k = q.parameter("k", unit="1/day", value=0.7, bounds=(0, 50), meaning="out", source=ASSUMED)
    volume = q.parameter("volume", unit="L", value=20, bounds=(1, 99), meaning="V", source=ASSUMED)
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    concentration = q.observable("concentration", unit="mg/L", meaning="plasma concentration")
    q.slot("exposure", meaning="drug", states=(gut, plasma), defines=(concentration,))
    exposure = Mechanism(
        "exposure",
        slot="exposure",
        claim="it comes and goes",
        processes={
            "absorption": {gut: -ka * gut, plasma: +ka * gut},
            "elimination": {plasma: -k * plasma},
        },
        defines={concentration: plasma / volume},
        doses={"oral": gut, "iv": plasma},
    )
    return Model("one_compartment", q, [exposure], values=values or {})
