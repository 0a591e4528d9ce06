"""A model of any number of states: a marrow with a long chain, slowed by a drug."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import sympy

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


@cache
def chain_model(states: int) -> Model:
    """Return a model with so many states, at least 4: drug, progenitors, chain, neutrophils."""
    q = Vocabulary()

    def parameter(name: str, unit: str, value: float) -> sympy.Symbol:
        bounds = (value / 50, value * 50)
        return q.parameter(name, unit=unit, value=value, bounds=bounds, meaning="", source=ASSUMED)

    loss, transit_time = parameter("loss", "1/day", 5), parameter("transit_time", "day", 5)
    slope, feedback = parameter("slope", "1/mg", 0.02), parameter("feedback", "1", 0.2)
    baseline = parameter("baseline", "1", 5)
    drug = q.state("drug", unit="mg", initial=0, meaning="drug")
    links = [
        q.state(f"stage_{n}", unit="1", initial=baseline, meaning="cells")
        for n in range(states - 1)
    ]
    transit = (states - 2) / transit_time
    # Not proportional to the first stage: such a chain oscillates ever more, the longer it is.
    birth = transit * baseline * (1 - slope * drug) * (baseline / links[-1]) ** feedback
    processes = {
        "elimination": {drug: -loss * drug},
        "birth": {links[0]: +birth},
        "end": {links[-1]: -transit * links[-1]},
    }
    for n, (before, behind) in enumerate(pairwise(links)):
        processes[f"step_{n}"] = {before: -transit * before, behind: +transit * before}
    q.slot("all", meaning="drug and cells", states=(drug, *links))
    mechanism = Mechanism(
        "all", slot="all", claim="a long chain", processes=processes, doses={"drug": drug}
    )
    return Model(f"chain of {states}", q, [mechanism])
