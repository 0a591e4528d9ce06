"""How measured values scatter around simulated ones: PEtab's noise distributions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import require_known

SCALES = ("", "log", "log10")
SHAPES = ("normal", "laplace")
DISTRIBUTIONS = tuple(
    f"{scale}-{shape}" if scale else shape for shape in SHAPES for scale in SCALES
)


class Scatter(NamedTuple):
    """Measured values against simulated ones.

    Parameters
    ----------
    residuals
        On the scale of the distribution, in units of its scale parameter, shape (n_rows,).
    log_densities
        Logarithm of the density of each measured value.
    by_simulated, by_noise
        Slopes of `residuals` by what was simulated, and by the scale parameter.
    """

    residuals: Array
    log_densities: Array
    by_simulated: Array
    by_noise: Array


def split_distribution(name: str) -> tuple[str, str]:
    """Return scale and shape of a distribution, such as `log10` and `normal`.

    Raises
    ------
    InputError
        If PEtab knows no such distribution.
    """
    require_known("noise distribution", DISTRIBUTIONS, name)
    scale, _, shape = name.rpartition("-")
    return scale, shape


def scatter(name: str, measured: Array, simulated: Array, noise: Array) -> Scatter:
    """Return how measured values lie around simulated ones.

    Parameters
    ----------
    name
        The distribution.
    measured, simulated, noise
        Values and scale parameters, shape (n_rows,).
    """
    scale, shape = split_distribution(name)
    base = math.log(10.0) if scale == "log10" else 1.0
    with np.errstate(all="ignore"):
        if scale:
            distance = (np.log(measured) - np.log(simulated)) / base
            slope = -1.0 / (simulated * base)
            stretch = np.log(measured * base)
        else:
            distance, slope = measured - simulated, -np.ones_like(simulated)
            stretch = np.zeros_like(simulated)
        residuals = distance / noise
        size = np.log(noise) + stretch
        if shape == "normal":
            densities = -0.5 * residuals**2 - size - 0.5 * math.log(2 * math.pi)
        else:
            densities = -np.abs(residuals) - size - math.log(2.0)
        return Scatter(residuals, densities, slope / noise, -residuals / noise)
