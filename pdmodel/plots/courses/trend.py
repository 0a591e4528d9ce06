"""A smooth trend through scattered points: a line fitted to what is near, at every place."""

from __future__ import annotations

import numpy as np

from pdmodel.arrays import Array

_WIDTH = 0.2  # standard deviation of the weights, in lengths of the axis
_PLACES = 60


def smooth_trend(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a locally weighted line: smooth where points lie in heaps, as visits do.

    Parameters
    ----------
    x, y
        Points, shapes (n_points,); at least two different `x`.

    Returns
    -------
    tuple of array
        60 places from the lowest `x` to the highest, and the trend there.

    Examples
    --------
    Points on a line stay where they are.

    >>> places, trend = smooth_trend(np.arange(10.0), 2 * np.arange(10.0))
    >>> bool(np.allclose(trend, 2 * places))
    True
    """
    places = np.linspace(x.min(), x.max(), _PLACES)
    away = x - places[:, None]
    weights = np.exp(-0.5 * (away / (_WIDTH * (places[-1] - places[0]))) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    middle, height = weights @ x, weights @ y
    aside = x - middle[:, None]
    slope = (weights * aside) @ y / (weights * aside**2).sum(axis=1)
    return places, height + slope * (places - middle)
