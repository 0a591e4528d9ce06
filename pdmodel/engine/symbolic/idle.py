"""What the rates of a model do not depend on: states that only add up, and the time."""

from __future__ import annotations

import numpy as np
import sympy

from pdmodel.arrays import Flags
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.model import Model


def idle_states(model: Model, dosed: int) -> Flags:
    """Return which states only add up what others do, such as an area under a curve.

    No rate depends on them, not their own either, save those of other states that only add up. They
    come to no rest, and nothing else notices: a steady state leaves them at their start. A state
    that gets the doses is never one of them.

    Parameters
    ----------
    model
        Its equations.
    dosed
        Index of the state that gets the doses.
    """
    uses = [_states_in(rate, model) for rate in compile_model(model).derivatives]
    idle = np.zeros(len(uses), dtype=bool)
    while True:
        needed = {s for rate, used in enumerate(uses) if not idle[rate] for s in used}
        own = {rate for rate, used in enumerate(uses) if rate in used}
        free = [
            place
            for place in range(len(uses))
            if not idle[place] and place not in needed | own and place != dosed
        ]
        if not free:
            return idle
        idle[free] = True


def moves_with_time(model: Model) -> bool:
    """Return whether a rate holds the time itself."""
    time = model.vocabulary.time
    return any(time in rate.free_symbols for rate in compile_model(model).derivatives)


def _states_in(rate: sympy.Expr, model: Model) -> set[int]:
    return {place for place, state in enumerate(model.states) if state in rate.free_symbols}
