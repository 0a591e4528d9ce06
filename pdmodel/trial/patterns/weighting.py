"""Patients weighted so that a population shows what a trial reported: prevalence weighting.

The other way to calibrate: no parameter moves; patients of whom the trial had more count more. Of
all weights that show the reported rates those are taken that are nearest to alike (least relative
entropy), and a rate counts as much as its trial was large. How much information is left is the
effective sample size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.errors import FitError, InputError
from pdmodel.trial.patterns.pattern import Pattern


@dataclass(frozen=True)
class Weighting:
    """Weights of patients.

    Parameters
    ----------
    weights
        Weights of all patients, shape (n_patients,), of mean 1; 0 for patients whose
        simulation failed.
    effective
        Effective sample size: (sum w)^2 / sum w^2.
    patterns
        Identifiers of the patterns that were used.
    """

    weights: Array
    effective: float
    patterns: tuple[str, ...]


def weight_patients(patterns: Sequence[Pattern], outcomes: pd.DataFrame) -> Weighting:
    """Return the weights under which patients show the rates that were reported.

    They are w = exp(lambda . g) with g whether a patient shows each outcome; lambda minimises
    log mean exp(lambda . g) - lambda . p + lambda . S lambda / 2, with p the reported rates and S
    their binomial variances, which is convex.

    Parameters
    ----------
    patterns
        Patterns of one trial; rates of all patients that are reported as counts are used.
    outcomes
        One row per patient, with `failed`.

    Raises
    ------
    InputError
        If no pattern can be used.
    FitError
        If the minimisation does not end at such weights.
    """
    from scipy.optimize import minimize  # imported here so that simulating does not load it

    used = [p for p in patterns if p.kind == "rate" and p.events is not None and not p.groups]
    sound = (outcomes["failed"] == 0).to_numpy()
    if not used or not sound.any():
        raise InputError("weights need a reported rate of all patients, and a patient")
    shown = outcomes.loc[sound, [p.outcome for p in used]].to_numpy(float)
    counts = np.array([[p.events, p.n] for p in used], dtype=float)
    rates = counts[:, 0] / counts[:, 1]
    # With half an event on either side, so that 0 of n does not count as certain.
    soft = (counts[:, 0] + 0.5) / (counts[:, 1] + 1)
    variance = soft * (1 - soft) / counts[:, 1]

    def dual(multipliers: Array) -> tuple[float, Array]:
        tilt, weights = _tilted(shown, multipliers)
        value = tilt - multipliers @ rates + multipliers @ (variance * multipliers) / 2
        return value, weights @ shown - rates + variance * multipliers

    minimum = minimize(dual, np.zeros(len(used)), jac=True, method="BFGS", options={"gtol": 1e-8})
    if not np.abs(dual(minimum.x)[1]).max() < 1e-5:
        raise FitError(f"no weights show the reported rates: {minimum.message}")
    weights = np.zeros(len(outcomes))
    weights[sound] = _tilted(shown, minimum.x)[1] * sound.sum()
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    return Weighting(weights, effective, tuple(p.id for p in used))


def _tilted(shown: Array, multipliers: Array) -> tuple[float, Array]:
    """Return log mean exp(multipliers . g), and the shares that patients have of it."""
    tilts = shown @ multipliers
    largest = float(tilts.max())
    raw = np.exp(tilts - largest)
    return largest + float(np.log(raw.mean())), raw / raw.sum()


weigh = weight_patients
"""The name of before."""
