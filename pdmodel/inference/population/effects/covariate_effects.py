"""Covariate effects: how what is known of a patient moves a typical value.

Each effect is a factor `exp(w h(x))` of a covariate x: `(x / reference)**w` for a power,
`exp(w (x - reference))` for an exponential effect, `1 + coefficient` in the patients of a category.
On the log scale the parameter is multiplied by it, on the logit scale its odds are, on the plain
scale its typical value is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from pdmodel.arguments import number
from pdmodel.arrays import Array, Flags
from pdmodel.errors import InputError

_CONDITIONS: dict[str, Callable[[Array, float], Flags]] = {
    "below": np.less, "above": np.greater, "equal": np.equal,
}  # fmt: skip


@dataclass(frozen=True)
class CovariateEffect:
    """What all covariate effects have; use one of its kinds.

    Parameters
    ----------
    parameter
        Whose typical value is moved.
    covariate
        A column of the data.
    """

    parameter: str
    covariate: str
    estimated: ClassVar[bool] = True
    coefficient: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Refuse an effect that is none of the kinds."""
        if type(self) is CovariateEffect:
            raise InputError("a covariate effect is one of its kinds, such as Power('CL', 'WGT')")

    @property
    def name(self) -> str:
        """Name of the coefficient."""
        return f"{self.covariate}_on_{self.parameter}"

    @property
    def first(self) -> float:
        """Where the search begins, as the coefficient is written."""
        raise NotImplementedError

    def beginning(self, coefficient: float) -> Self:
        """Return the effect with another number where its search begins."""
        changed: dict[str, Any] = {self.coefficient: coefficient}
        return replace(self, **changed)

    def inner(self, coefficient: float) -> float:
        """Return w of a coefficient."""
        return coefficient

    def outer(self, w: float) -> tuple[float, float]:
        """Return the coefficient of w, and d coefficient / dw."""
        return w, 1.0

    def shape(self, values: Array) -> Array:
        """Return h of each patient, shape (n_subjects,).

        Raises
        ------
        InputError
            If a value of the covariate does not fit.
        """
        raise NotImplementedError

    def describe(self) -> str:
        """Say it in words."""
        raise NotImplementedError

    def _require_positive(self, values: Array) -> Array:
        if not (values > 0).all():
            raise InputError(
                f"{self.describe()}: {self.covariate} must be above 0, got {values.min():g}"
            )
        return values


class _PowerOfCovariate(CovariateEffect):
    """A power of a covariate over its reference, whether its exponent is sought or known."""

    reference: float
    exponent: float
    coefficient: ClassVar[str] = "exponent"

    def __post_init__(self) -> None:
        """Refuse a reference that is not positive."""
        number(self.reference, f"the reference of {self.name}", above=0)
        number(self.exponent, f"the exponent of {self.name}")

    @property
    def first(self) -> float:
        """Where the search begins."""
        return self.exponent

    def shape(self, values: Array) -> Array:
        """Return log(x / reference)."""
        return np.log(self._require_positive(values) / self.reference)


@dataclass(frozen=True)
class Power(_PowerOfCovariate):
    """The parameter goes with a power of a covariate: `(x / reference)**exponent`.

    Parameters
    ----------
    parameter, covariate
        Names of both.
    reference
        Value of the covariate at which the typical value holds.
    exponent
        Where the search begins.

    Examples
    --------
    >>> Power("CL", "WT", reference=70).describe()
    'CL with a power of WT / 70'
    """

    reference: float = 1.0
    exponent: float = 0.0

    def describe(self) -> str:
        """Say it in words."""
        return f"{self.parameter} with a power of {self.covariate} / {self.reference:g}"


@dataclass(frozen=True)
class Allometric(_PowerOfCovariate):
    """The parameter goes with a known power of a covariate, such as 0.75 of the body weight.

    Parameters
    ----------
    parameter, covariate
        Names of both.
    exponent
        Held.
    reference
        Value of the covariate at which the typical value holds.

    Examples
    --------
    >>> Allometric("CL", "WT").describe()
    'CL with (WT / 70)**0.75'
    """

    exponent: float = 0.75
    reference: float = 70.0
    estimated: ClassVar[bool] = False

    def describe(self) -> str:
        """Say it in words."""
        return f"{self.parameter} with ({self.covariate} / {self.reference:g})**{self.exponent:g}"


@dataclass(frozen=True)
class Exponential(CovariateEffect):
    """The parameter goes exponentially with a covariate: `exp(slope (x - reference))`.

    Parameters
    ----------
    parameter, covariate
        Names of both.
    reference
        Value of the covariate at which the typical value holds.
    slope
        Where the search begins.

    Examples
    --------
    >>> Exponential("V", "AGE", reference=60).describe()
    'V exponentially with AGE - 60'
    """

    reference: float = 0.0
    slope: float = 0.0
    coefficient: ClassVar[str] = "slope"

    def __post_init__(self) -> None:
        """Refuse what is no number."""
        number(self.reference, f"the reference of {self.name}")
        number(self.slope, f"the slope of {self.name}")

    @property
    def first(self) -> float:
        """Where the search begins."""
        return self.slope

    def shape(self, values: Array) -> Array:
        """Return x - reference."""
        return values - self.reference

    def describe(self) -> str:
        """Say it in words."""
        return f"{self.parameter} exponentially with {self.covariate} - {self.reference:g}"


@dataclass(frozen=True)
class Categorical(CovariateEffect):
    """In some patients the parameter is another one: it is multiplied by `1 + change`.

    Parameters
    ----------
    parameter, covariate
        Names of both.
    below, above, equal
        One of them says in which: those whose covariate is below, above or equal to it.
    change
        Where the search begins; 0.2 is a fifth more.

    Examples
    --------
    >>> effect = Categorical("V", "APGR", below=5, change=0.1)
    >>> effect.describe(), effect.shape(np.array([3.0, 5.0])).tolist()
    ('V in patients with APGR below 5', [1.0, 0.0])
    """

    below: float | None = None
    above: float | None = None
    equal: float | None = None
    change: float = 0.0
    coefficient: ClassVar[str] = "change"

    def __post_init__(self) -> None:
        """Refuse two conditions, none, or a change that would leave nothing."""
        if len(self._given) != 1:
            raise InputError(
                f"a categorical effect of {self.covariate} on {self.parameter} needs one of "
                f"below=, above= and equal=, got {len(self._given)}"
            )
        number(self.limit, f"the limit of {self.name}")
        number(self.change, f"the change of {self.name}", above=-1)

    @property
    def _given(self) -> list[str]:
        return [word for word in _CONDITIONS if getattr(self, word) is not None]

    @property
    def limit(self) -> float:
        """What the covariate is held against."""
        return float(getattr(self, self._given[0]))

    @property
    def name(self) -> str:
        """Name of the coefficient; that of an equal category says which."""
        if self.equal is None:
            return f"{self.covariate}_on_{self.parameter}"
        return f"{self.covariate}_{self.limit:g}_on_{self.parameter}"

    @property
    def first(self) -> float:
        """Where the search begins."""
        return self.change

    def inner(self, coefficient: float) -> float:
        """Return log(1 + change)."""
        return math.log1p(coefficient)

    def outer(self, w: float) -> tuple[float, float]:
        """Return the change, and its slope by w."""
        return math.expm1(w), math.exp(w)

    def shape(self, values: Array) -> Array:
        """Return 1 for the patients of the category, 0 for all others."""
        return _CONDITIONS[self._given[0]](values, self.limit).astype(float)

    def describe(self) -> str:
        """Say it in words."""
        word = self._given[0]
        said = {"below": "below ", "above": "above ", "equal": "= "}[word]
        return f"{self.parameter} in patients with {self.covariate} {said}{self.limit:g}"
