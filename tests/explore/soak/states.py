"""States of the page as a hand leaves them: drags of numbers and doses, swaps, and slips."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

_STEPS = 8
"""States of one drag: all but one number stay."""
_AMOUNT = re.compile(r"\d+(?:\.\d+)?(?=\s*\S*g\b)")
_SLIPS: tuple[dict[str, Any], ...] = (
    {"schedule": "10 mg of something dayly"}, {"days": -1.0}, {"quantities": []},
    {"swaps": {"nowhere": "nothing"}}, {"values": {"no_such_number": 1.0}},
)  # fmt: skip


def dragged_states(facts: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield states without end: drags, each from a random place; one in twenty is a slip.

    Parameters
    ----------
    facts
        What the server told of its model.
    seed
        The same seed draws the same states.
    """
    draws = np.random.default_rng(seed)
    while True:
        view = _place(facts, draws)
        if draws.random() < 0.15:
            yield {**view, **_SLIPS[draws.integers(len(_SLIPS))]}
        yield from _drag(facts, view, draws)


def _place(facts: dict[str, Any], draws: np.random.Generator) -> dict[str, Any]:
    """Return a state with some numbers moved, a mechanism swapped and another schedule."""
    view = {**facts["view"], "days": float(draws.choice([14.0, 56.0, facts["view"]["days"]]))}
    many = int(draws.integers(0, 4))
    chosen = draws.choice(len(facts["parameters"]), min(many, len(facts["parameters"])), False)
    view["values"] = {
        each["name"]: _moved(each, draws) for each in (facts["parameters"][n] for n in chosen)
    }
    if draws.random() < 0.5:
        view["schedule"] = str(draws.choice(facts["examples"]))
    names = [quantity["name"] for quantity in facts["quantities"]]
    view["quantities"] = [str(name) for name in draws.permutation(names)[:4]]
    slots = [slot for slot in facts["slots"] if len(slot["mechanisms"]) > 1]
    if slots and draws.random() < 0.25:
        slot = slots[draws.integers(len(slots))]
        rival = slot["mechanisms"][draws.integers(len(slot["mechanisms"]))]["name"]
        view["swaps"] = {slot["slot"]: rival}
    return view


def _moved(parameter: dict[str, Any], draws: np.random.Generator) -> float:
    """Return a place of the slider in its inner half, where hands are most."""
    low, high, share = parameter["low"], parameter["high"], float(draws.uniform(0.25, 0.75))
    if parameter["log"]:
        return float(f"{low * math.exp(share * math.log(high / low)):.4g}")
    return float(f"{low + share * (high - low):.4g}")


def _drag(
    facts: dict[str, Any], view: dict[str, Any], draws: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Yield the steps of one drag: of an amount in the schedule, or of a number."""
    amount = _AMOUNT.search(view["schedule"])
    if amount and draws.random() < 0.5:
        for step in range(_STEPS):
            words = f"{float(amount[0]) * (0.8 + 0.05 * step):.3g}"
            schedule = view["schedule"]
            yield {
                **view,
                "schedule": schedule[: amount.start()] + words + schedule[amount.end() :],
            }
        return
    one = facts["parameters"][draws.integers(len(facts["parameters"]))]
    for _ in range(_STEPS):
        yield {**view, "values": {**view["values"], one["name"]: _moved(one, draws)}}
