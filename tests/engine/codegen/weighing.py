"""A small function in machine code, with a part that it calls, for tests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.engine.codegen.entry import entry
from pdmodel.engine.codegen.parts import compiled


class Display(NamedTuple):
    """Room for what scales show, and a number that it stands behind."""

    number: int
    found: np.ndarray


class Scales(NamedTuple):
    """Weights, what the scales show without any, nothing, their display, and two more numbers."""

    weights: np.ndarray
    empty: float
    nothing: None
    display: Display
    pair: tuple[int, float]


@compiled
def row_weight(scales: Scales, row: int) -> float:
    """Return the weight of a row, each weight times its place among all."""
    total, columns = 0.0, scales.weights.shape[1]
    for column in range(columns):
        total += scales.weights[row, column] * place(row, column, columns)
    return total


@compiled
def place(row: int, column: int, columns: int) -> int:
    """Return the place of a weight among all, from 1."""
    return 1 + row * columns + column


@compiled
def show(display: Display, weight: float) -> None:
    """Add to what is shown."""
    display.found[display.number] += weight


@entry
def weigh(scales: Scales, times: int) -> int:
    """Weigh all rows a number of times, and return how many columns there are."""
    display = scales.display
    display.found[display.number] = scales.empty if scales.nothing is None else 0.0
    show(display, scales.pair[0] * scales.pair[1])
    for row in range(scales.weights.shape[0]):
        show(display, times * row_weight(scales, row))
    return scales.weights.shape[1]
