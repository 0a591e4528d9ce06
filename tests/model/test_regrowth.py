"""Which states may grow from little on their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import pdmodel
from tests.toys import one_compartment
from tests.toys.initial_value_problems import Problem

CASES: dict[str, tuple[Callable[[Any, Any], Sequence[Any]], list[int]]] = {
    "decay": (lambda t, y: [-y[0]], []),
    "turnover": (lambda t, y: [3 - y[0]], []),
    "logistic growth": (lambda t, y: [y[0] * (1 - y[0])], [0]),
    "two compartments": (lambda t, y: [-3 * y[0] + y[1], 3 * y[0] - y[1]], []),
    "half is lost on the way": (lambda t, y: [-3 * y[0] + y[1], y[0] - y[1]], []),
    "cells that divide in turn": (lambda t, y: [-3 * y[0] + 2 * y[1], 3 * y[0] - y[1]], [0, 1]),
    "virus": (lambda t, y: [2 - y[0] * y[2], y[0] * y[2] - y[1], 9 * y[1] - y[2]], [1, 2]),
    "drug and tumour": (lambda t, y: [-y[0], y[1] - y[0] * y[1]], [1]),
    "binding": (
        lambda t, y: [-y[0] * y[1] + y[2], 1 - y[0] * y[1] + y[2], y[0] * y[1] - y[2]], []
    ),
    "predator after prey": (lambda t, y: [y[0] - y[0] * y[1], y[0] * y[1] - y[1]], [0, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_growth_is_told_from_decay_and_transfer(name: str) -> None:
    """By the equations alone; what is handed on from state to state makes no more of itself."""
    right, growing = CASES[name]
    model = Problem(name, right, [1.0] * len(right(0, [1.0] * 3))).model
    assert [place for place, grows in enumerate(model.regrowing) if grows] == growing


def test_published_models() -> None:
    """The tumour and the marrow may come back; the drug in the gut does not."""
    model = pdmodel.load("reference")
    grows = dict(zip([state.name for state in model.states], model.regrowing, strict=True))
    assert all(grows[name] for name in ("tumour_tissue", "tumour_blood", "progenitors"))
    assert not any(grows[name] for name in ("drug_gut", "il6"))
    assert not any(one_compartment().regrowing)
