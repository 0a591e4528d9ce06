"""Covariates: properties of a patient beside the parameters, and how they move parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pdmodel.arguments import number, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError, require_known
from pdmodel.trial.population.spread import LogitNormal, LogNormal, Share, Spread

KINDS = ("power", "linear", "factor")


@dataclass(frozen=True)
class Covariate:
    """A property of a patient that rules and outcomes may use, and that may move parameters.

    Parameters
    ----------
    meaning, unit
        In words, for people.
    spread
        Between patients, with a median of its own; `Share` where it is yes or no.
    """

    meaning: str
    unit: str
    spread: Spread | Share

    def __post_init__(self) -> None:
        """Refuse a spread around nothing."""
        if not isinstance(self.spread, LogNormal | LogitNormal | Share):
            raise InputError(f"covariate {self.meaning!r}: {shown(self.spread)} is no spread")
        if not isinstance(self.spread, Share) and self.spread.median is None:
            raise InputError(f"covariate {self.meaning!r} needs a spread with a median")


@dataclass(frozen=True)
class Effect:
    """How a covariate moves a parameter: parameter * f(covariate).

    f is (x / reference)**coefficient for `power`, 1 + coefficient * (x - reference) for `linear`,
    and coefficient**x for `factor`, where x is 0 or 1.

    Parameters
    ----------
    parameter, covariate
        A parameter of the model, and a covariate of the population.
    kind, coefficient
        As above.
    reference
        Value at which the parameter stays as it is; a factor needs none.
    source, status
        Source and status of the coefficient.
    """

    parameter: str
    covariate: str
    kind: str
    coefficient: float
    reference: float = 0.0
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse kinds and numbers that cannot be."""
        require_known("kind of an effect", KINDS, self.kind)
        for name in ("coefficient", "reference"):
            what = f"effect of {self.covariate} on {self.parameter}: {name}"
            object.__setattr__(self, name, number(getattr(self, name), what))
        if self.kind == "power" and not self.reference > 0:
            raise InputError(f"effect of {self.covariate}: a power needs a reference > 0")
        if self.kind == "factor" and not self.coefficient > 0:
            raise InputError(f"effect of {self.covariate}: a factor must be > 0")

    def factors(self, values: Array) -> Array:
        """Return what the parameter of each patient is multiplied with, shape (n_patients,)."""
        if self.kind == "power":
            return np.asarray((values / self.reference) ** self.coefficient)
        if self.kind == "linear":
            return np.asarray(1 + self.coefficient * (values - self.reference))
        return np.asarray(self.coefficient**values)


def check_effects(effects: Sequence[Effect], covariates: Mapping[str, Covariate]) -> None:
    """Refuse an effect of a covariate that is not there.

    Raises
    ------
    UnknownNameError
        If one is.
    """
    require_known("covariate", covariates, *(effect.covariate for effect in effects))


def apply_effects(
    patients: pd.DataFrame,
    covariates: pd.DataFrame,
    effects: Sequence[Effect],
    defaults: Mapping[str, float],
) -> pd.DataFrame:
    """Return the parameters of the patients as their covariates move them."""
    moved = patients.copy()
    for effect in effects:
        base = moved.get(effect.parameter, defaults[effect.parameter])
        moved[effect.parameter] = base * effect.factors(covariates[effect.covariate].to_numpy())
    return moved
