"""Error models: how far a measured value lies from what the model predicts.

A measurement y of a predicted value f is normal around f with variance `a**2 + b**2 f**2`, or its
logarithm is normal around log f. The standard deviations are estimated, unless they are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError

# Where the search for a standard deviation begins if nothing is said: of the value, and its share.
_SHARE = 0.3
# How far from there it may go.
_RANGE = 1e3


class ErrorModel:
    """What all error models have; use one of its kinds.

    Attributes
    ----------
    names
        Of its standard deviations.
    log
        Whether logarithms are compared.
    """

    names: ClassVar[tuple[str, ...]] = ()
    log: ClassVar[bool] = False
    fixed: bool

    def __init__(self) -> None:
        """Refuse what is of no kind."""
        raise InputError("an error model is one of its kinds, such as LogNormalError()")

    def __post_init__(self) -> None:
        """Refuse what cannot be held or started from."""
        for name, given in zip(self.names, self.given, strict=True):
            if given is not None:
                number(given, f"{name} of {type(self).__name__}", above=0)
            elif self.fixed:
                raise InputError(
                    f"{type(self).__name__}: what is fixed needs a number, {name} has none"
                )
        if not isinstance(self.fixed, bool | np.bool_):
            raise InputError(
                f"fixed of {type(self).__name__} is True or False, got {shown(self.fixed)}"
            )

    @property
    def given(self) -> tuple[float | None, ...]:
        """Each standard deviation as it was given, None where it was not."""
        raise NotImplementedError

    def parts(self, sds: Array) -> tuple[float, float]:
        """Return a and b of the variance `a**2 + b**2 f**2`, both on the scale of comparison."""
        raise NotImplementedError

    def starts(self, values: Array) -> tuple[float, ...]:
        """Return where the search for each standard deviation begins.

        Parameters
        ----------
        values
            What was measured, shape (n_rows,).
        """
        size = float(np.mean(np.abs(values))) if len(values) else 1.0
        usual = {"additive_sd": _SHARE * (size or 1.0)}
        return tuple(
            usual.get(name, _SHARE) if given is None else float(given)
            for name, given in zip(self.names, self.given, strict=True)
        )

    def bounds(self, values: Array) -> tuple[tuple[float, float], ...]:
        """Return within what each standard deviation is sought."""
        return tuple((start / _RANGE, start * _RANGE) for start in self.starts(values))

    def unit_of(self, name: str, unit: str) -> str:
        """Return the unit of a standard deviation, of a quantity in `unit`."""
        return unit if name == "additive_sd" else "1"

    def scaled(self, values: Array) -> Array:
        """Return values on the scale of comparison; a logarithm of nothing is a very small one."""
        return np.log(np.maximum(values, _LEAST)) if self.log else np.asarray(values, dtype=float)

    def scale_slopes(self, values: Array) -> Array:
        """Return d scaled / d value, of `scaled`."""
        if not self.log:
            return np.ones_like(values)
        return np.divide(1.0, values, out=np.zeros_like(values), where=values > _LEAST)

    def describe(self) -> str:
        """Say it in words."""
        raise NotImplementedError


# The least normal number: a logarithm of nothing is very small, and one of anything else is right.
_LEAST = 2.0**-1022


@dataclass(frozen=True)
class _OneDeviation(ErrorModel):
    """An error with one standard deviation."""

    sd: float | None = None
    fixed: bool = False

    @property
    def given(self) -> tuple[float | None, ...]:
        """The standard deviation as it was given."""
        return (self.sd,)

    def parts(self, sds: Array) -> tuple[float, float]:
        """Return the standard deviation and 0."""
        return float(sds[0]), 0.0


@dataclass(frozen=True)
class AdditiveError(_OneDeviation):
    """A measurement errs by as much wherever it is: `y = f + e`, e normal with `sd`.

    Parameters
    ----------
    sd
        Standard deviation in the unit of the quantity: where the search begins, or what is held.
    fixed
        Whether it is held.

    Examples
    --------
    >>> AdditiveError(sd=0.5).describe()
    'additive'
    """

    names: ClassVar[tuple[str, ...]] = ("additive_sd",)

    def describe(self) -> str:
        """Say it in words."""
        return "additive"


@dataclass(frozen=True)
class ProportionalError(_OneDeviation):
    """A measurement errs by a share of what is predicted: `y = f (1 + e)`, e normal with `sd`.

    Parameters
    ----------
    sd
        Standard deviation as a share: where the search begins, or what is held.
    fixed
        Whether it is held.

    Examples
    --------
    >>> ProportionalError(sd=0.2).describe()
    'proportional'
    """

    names: ClassVar[tuple[str, ...]] = ("proportional_sd",)

    def parts(self, sds: Array) -> tuple[float, float]:
        """Return 0 and the share."""
        return 0.0, float(sds[0])

    def describe(self) -> str:
        """Say it in words."""
        return "proportional"


@dataclass(frozen=True)
class CombinedError(ErrorModel):
    """A measurement errs by both: its variance is `additive_sd**2 + (proportional_sd f)**2`.

    Parameters
    ----------
    additive_sd, proportional_sd
        In the unit of the quantity, and as a share: where the search begins, or what is held.
    fixed
        Whether both are held.

    Examples
    --------
    >>> CombinedError(additive_sd=0.5, proportional_sd=0.1).describe()
    'additive and proportional'
    """

    names: ClassVar[tuple[str, ...]] = ("additive_sd", "proportional_sd")
    additive_sd: float | None = None
    proportional_sd: float | None = None
    fixed: bool = False

    @property
    def given(self) -> tuple[float | None, ...]:
        """Both as they were given."""
        return (self.additive_sd, self.proportional_sd)

    def parts(self, sds: Array) -> tuple[float, float]:
        """Return both."""
        return float(sds[0]), float(sds[1])

    def describe(self) -> str:
        """Say it in words."""
        return "additive and proportional"


@dataclass(frozen=True)
class LogNormalError(_OneDeviation):
    """The logarithm of a measurement errs: `log y = log f + e`, e normal with `sd`.

    Parameters
    ----------
    sd
        Standard deviation of the natural logarithm: where the search begins, or what is held.
    fixed
        Whether it is held.

    Examples
    --------
    >>> LogNormalError(sd=0.2).describe()
    'log-normal'
    """

    names: ClassVar[tuple[str, ...]] = ("log_sd",)
    log: ClassVar[bool] = True

    def describe(self) -> str:
        """Say it in words."""
        return "log-normal"


KINDS = {
    "additive": AdditiveError, "proportional": ProportionalError, "combined": CombinedError,
    "log": LogNormalError,
}  # fmt: skip
"""Error models by the word of the command line."""
