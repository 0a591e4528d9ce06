"""The body weights of the patients of a trial, by which doses per kilogram become amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import WEIGHT_NAMES, weight_of
from pdmodel.errors import InputError
from pdmodel.units import convert, parse_unit

if TYPE_CHECKING:
    import pandas as pd

    from pdmodel.model import Model
    from pdmodel.trial.population.population import Population


def weights_of(
    population: Population, model: Model, patients: pd.DataFrame, covariates: pd.DataFrame
) -> Array:
    """Return the body weight of each patient in kg, shape (n_patients,).

    Parameters
    ----------
    population
        Its covariate `body_weight` or `weight`, of a unit of mass, is taken first.
    model
        Else its parameter of that name, which may differ between patients.
    patients, covariates
        As they were drawn, a row each.

    Raises
    ------
    InputError
        If neither is there, or a spread of the parameter would be lost.
    """
    for name in WEIGHT_NAMES:
        if name in population.covariates:
            unit = population.covariates[name].unit
            if parse_unit(unit).same_dimension(parse_unit("kg")):
                return np.asarray(covariates[name], float) * convert(1.0, unit, to="kg")
    lost = [name for name in WEIGHT_NAMES if name in population.spreads and name not in patients]
    if lost:
        raise InputError(
            f"population {population.name!r}: {lost[0]!r} differs between patients, and the "
            f"equations of model {model.name!r} do not use it; make it a covariate"
        )
    shared = dict(population.values)
    weights = [weight_of(model, {**shared, **row}) for row in patients.to_dict("records")]
    if None in weights:
        raise InputError(
            f"a dose per kilogram needs the body weight of each patient, and population "
            f"{population.name!r} has none; give it a covariate, e.g. "
            "covariates={'body_weight': Covariate('body weight', 'kg', LogNormal(0.2, 70))}"
        )
    return np.asarray(weights, float)
