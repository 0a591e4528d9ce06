"""Random effects: which parameters differ between patients, and on which scale.

The effect of a patient is added to the typical value on that scale: a parameter on the log scale is
`typical * exp(eta)`, so that it stays positive and `sd` is close to its coefficient of variation;
on the logit scale it stays between its bounds; on the plain scale `eta` has the parameter's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known

SCALES = ("log", "logit", "plain")
# Where the search for a standard deviation begins if nothing is said, on the scale of the effect.
USUAL_SD = 0.3


@dataclass(frozen=True)
class RandomEffect:
    """A parameter that differs between patients.

    Parameters
    ----------
    name
        The parameter.
    scale
        `log` for what is positive, `logit` for what stays between its bounds, or `plain`.
    sd
        Standard deviation between patients on that scale: where the search begins, or what is held.
    fixed
        Whether it is held.

    Raises
    ------
    InputError
        If the scale is unknown or the standard deviation is no number above 0.

    Examples
    --------
    >>> RandomEffect("ka", sd=0.6)
    RandomEffect(name='ka', scale='log', sd=0.6, fixed=False)
    """

    name: str
    scale: str = "log"
    sd: float = USUAL_SD
    fixed: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be an effect."""
        require_known(f"scale of the random effect on {self.name!r}:", SCALES, self.scale)
        number(self.sd, f"sd of the random effect on {self.name!r}", above=0)
        if not isinstance(self.fixed, bool):
            raise InputError(
                f"fixed of the random effect on {self.name!r} is True or False, "
                f"got {shown(self.fixed)}"
            )


def random_effects(effects: Sequence[str | RandomEffect]) -> tuple[RandomEffect, ...]:
    """Return effects that were given by name or in full, each parameter once.

    Raises
    ------
    InputError
        If something else is given, or a parameter twice.
    """
    if isinstance(effects, str | RandomEffect):
        effects = [effects]
    if not isinstance(effects, Sequence):
        raise InputError(f"random effects are a list, got {shown(effects)}")
    read: dict[str, RandomEffect] = {}
    for given in effects:
        if not isinstance(given, str | RandomEffect):
            raise InputError(
                f"a random effect is a parameter's name or a RandomEffect, got {shown(given)}"
            )
        effect = RandomEffect(given) if isinstance(given, str) else given
        if effect.name in read:
            raise InputError(f"the random effect on {effect.name!r} is given twice")
        read[effect.name] = effect
    return tuple(read.values())


@dataclass(frozen=True)
class Transforms:
    """Parameters to and from the scales on which their effects are added.

    Parameters
    ----------
    names, scales
        Of each parameter.
    low, high
        Their bounds, between which those on the logit scale stay.
    """

    names: tuple[str, ...]
    scales: tuple[str, ...]
    low: Array
    high: Array

    def _on(self, scale: str) -> Array:
        return np.array([own == scale for own in self.scales], dtype=bool)

    def to_scale(self, values: Array) -> Array:
        """Return values on their scales, shape (..., n).

        Raises
        ------
        InputError
            If a value has no place on its scale.
        """
        scaled = np.array(values, dtype=float)
        logs, logits = self._on("log"), self._on("logit")
        for index, name in enumerate(self.names):
            value = scaled[..., index]
            if logs[index] and not (value > 0).all():
                raise InputError(
                    f"{name!r} is on the log scale and must be above 0, got {value.min():g}"
                )
            inside = (value > self.low[index]) & (value < self.high[index])
            if logits[index] and not inside.all():
                raise InputError(
                    f"{name!r} is on the logit scale and must lie between its bounds "
                    f"{self.low[index]:g} and {self.high[index]:g}, got {value.flat[0]:g}"
                )
        scaled[..., logs] = np.log(scaled[..., logs])
        share = (scaled - self.low)[..., logits] / (self.high - self.low)[logits]
        scaled[..., logits] = np.log(share) - np.log1p(-share)
        return scaled

    def from_scale(self, scaled: Array) -> tuple[Array, Array]:
        """Return values, and d value / d scaled, shapes (..., n)."""
        values, slopes = np.array(scaled, dtype=float), np.ones_like(scaled)
        logs, logits = self._on("log"), self._on("logit")
        with np.errstate(over="ignore"):
            values[..., logs] = slopes[..., logs] = np.exp(values[..., logs])
        width, share = (self.high - self.low)[logits], expit(values[..., logits])
        slopes[..., logits] = width * share * (1 - share)
        values[..., logits] = self.low[logits] + width * share
        return values, slopes
