"""Maps of sensitivity: numbers where they matter, hatching where there are none, clear errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.inference.problem.parameters import Setting
from pdmodel.inference.sensitivity.identifiability import analyse_slopes
from pdmodel.plots import identifiability_map, image, sobol_map


def tables(count=3):
    """Return a local analysis of which the last parameter is not seen."""
    names = [f"p{number}" for number in range(count - 1)] + ["tone__responder"]
    settings = [Setting(name, name, None, 1.0, 0.1, 9.0, vary=True) for name in names]
    matrix = np.random.default_rng(1).normal(size=(count, count))
    matrix[:, -1] = 0
    slopes = pd.DataFrame(matrix, columns=names)
    found = analyse_slopes(slopes, settings, dict.fromkeys(names, 1.0), ["1"] * count)
    return found.combinations, found.exponents, found.correlation


def indices():
    """Return indices of a target that moves and of one that stands still."""
    rows = [("moves", "a", 0.9), ("moves", "b", 0.02), ("still", "a", math.nan)]
    rows.append(("still", "b", math.nan))
    targets = pd.DataFrame({"target": ["moves", "still"], "widths": [3.0, 0.0]})
    return pd.DataFrame(rows, columns=["target", "parameter", "total"]), targets


def hatched(ax):
    """Return which cells have no colour."""
    cells: Any = ax.findobj(lambda artist: artist.get_gid() == "cells")[0]
    return np.ma.getmaskarray(cells.get_array()).tolist()


def texts(ax):
    """Return what is written into the cells."""
    return [text.get_text() for text in ax.texts]


def test_exponents_and_correlations_are_side_by_side():
    """Names in words, factors under the combinations, no correlation with what is not seen."""
    combinations, exponents, correlation = tables()
    figure = identifiability_map(combinations, exponents, correlation)
    left, right = figure.axes[:2]
    assert [label.get_text() for label in left.get_yticklabels()] == ["p0", "p1", "tone, responder"]
    below = [label.get_text() for label in left.get_xticklabels()]
    assert below[-1] == "3\nnone"
    assert below[0].startswith("1\n1.")
    assert "1.00" in texts(left)
    assert hatched(right) == [[False, False, True], [False, False, True], [True, True, True]]


def test_many_parameters_are_drawn_without_numbers():
    """There would be no room; the figure stays within a page."""
    figure = identifiability_map(*tables(20))
    assert texts(figure.axes[0]) == []
    assert figure.get_size_inches().max() < 15
    assert image(figure).startswith(b"\x89PNG")


def test_total_indices_are_written_from_where_they_matter():
    """Small ones are colour only; a target that stands still is hatched and grey."""
    figure = sobol_map(*indices())
    left = figure.axes[0]
    assert texts(left) == ["0.90"]
    colours = [label.get_color() for label in left.get_yticklabels()]
    assert colours[0] != colours[1]
    assert hatched(left) == [[False, False], [True, True]]
    assert image(figure) == image(sobol_map(*indices()))


def test_tables_that_do_not_fit_are_refused():
    """By name of what is missing or wrong."""
    combinations, exponents, correlation = tables()
    with pytest.raises(InputError, match="'spread'"):
        identifiability_map(combinations.drop(columns="spread"), exponents, correlation)
    with pytest.raises(InputError, match="for every combination"):
        identifiability_map(combinations, exponents.iloc[:1], correlation)
    with pytest.raises(InputError, match="same parameters"):
        identifiability_map(combinations, exponents, correlation.iloc[:, ::-1])
    rows, targets = indices()
    with pytest.raises(InputError, match="'total'"):
        sobol_map(rows.drop(columns="total"), targets)
    with pytest.raises(InputError, match="no indices"):
        sobol_map(rows.iloc[:0], targets)
