"""PopulationProblem: a model, the measurements of many patients, and how these may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pdmodel.arguments import as_number, names_of, number, shown
from pdmodel.arrays import Array, Integers
from pdmodel.engine import Course, prepare_subjects
from pdmodel.engine.runs.request import RTOL_OF_MANY, Atol
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.inference.population.effects.covariance import Blocks, Covariance
from pdmodel.inference.population.effects.covariate_effects import CovariateEffect
from pdmodel.inference.population.effects.individuals import Individuals, shapes_of
from pdmodel.inference.population.effects.random_effects import (
    RandomEffect,
    Transforms,
    random_effects,
)
from pdmodel.inference.population.likelihood.corner_search import CorneredPatients
from pdmodel.inference.population.likelihood.inner import Patients
from pdmodel.inference.population.likelihood.objective import METHODS, Objective
from pdmodel.inference.population.likelihood.predictions import Predictions
from pdmodel.inference.population.likelihood.rows import NO_SD, MeasuredRows
from pdmodel.model import Model
from pdmodel.model.model import require_model

if TYPE_CHECKING:
    from pdmodel.inference.courses.measurements import Measurements

# As of other fits; second slopes, differences of exact ones, are good enough with it.
RTOL = RTOL_OF_MANY


class Sought(NamedTuple):
    """One number that is sought, on the scale on which it is sought.

    Parameters
    ----------
    name
        `ka`, `WGT_on_CL`, `sd__ka`, `with__CL__ka` or `additive_sd__il6`.
    kind
        `typical`, `covariate`, `random` or `error`.
    start, low, high
        Where the search begins, and how far it may go.
    """

    name: str
    kind: str
    start: float
    low: float
    high: float


class ErrorSd(NamedTuple):
    """A standard deviation of an error: name, quantity, its word, and whether it is held."""

    name: str
    quantity: str
    word: str
    start: float
    low: float
    high: float
    fixed: bool


@dataclass(frozen=True, eq=False)
class PopulationProblem:
    """Measurements of many patients who differ from each other.

    Parameters
    ----------
    model
        The equations of all of them.
    measurements
        What was measured, in whom, under what.
    effects
        Parameters that differ between patients: names (log scale) or `RandomEffect`; their
        typical values are estimated.
    free
        Parameters that are the same number for all, and are estimated.
    held
        Parameters of `effects` whose typical value is not estimated.
    covariance
        `diagonal`, `full`, or lists of parameters whose effects go together (blocks).
    correlations
        Where the search for correlations begins, by pairs of parameters.
    covariates
        Effects of covariates on typical values.
    starts
        Where typical values begin, or are held, by parameter; the model's values otherwise.
    bounds
        Within what typical values stay, by parameter; the model's bounds otherwise.
    values
        Values of other parameters of the model, which are held.
    rtol, atol
        Tolerances of the integrator.

    Raises
    ------
    InputError, UnknownNameError
        If a name is unknown, a number has no place on its scale, or there is nothing to estimate.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> levels = {1: (8.3, 2.7), 2: (7.4, 2.1), 3: (8.0, 3.4), 4: (7.7, 2.4)}
    >>> rows = [
    ...     (n, day, amount, int(amount > 0), value)
    ...     for n, (early, late) in levels.items()
    ...     for day, amount, value in ((0, 10, 0), (0.05, 0, early), (0.3, 0, late))
    ... ]
    >>> table = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"])
    >>> measured = pdmodel.FitProblem(
    ...     "reference", data=table.assign(CMT="lenalidomide"), observed="drug_plasma",
    ...     own=["CL"], free=[],
    ... )
    >>> model = pdmodel.load("reference")
    >>> problem = pdmodel.PopulationProblem(model, measured.measurements, effects=["CL"])
    >>> [effect.name for effect in problem.random]
    ['CL']
    """

    model: Model
    measurements: Measurements
    effects: Sequence[str | RandomEffect] = ()
    free: Sequence[str] = ()
    held: Sequence[str] = ()
    covariance: Blocks = "diagonal"
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    covariates: Sequence[CovariateEffect] = ()
    starts: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    rtol: float = RTOL
    atol: Atol = None

    def __post_init__(self) -> None:
        """Refuse what cannot be estimated."""
        require_model(self.model, "a population")
        object.__setattr__(self, "effects", random_effects(self.effects))
        for word in ("free", "held"):
            object.__setattr__(self, word, names_of(getattr(self, word), word))
        _refuse_covariates(self.covariates)
        parameters = [parameter.name for parameter in self.model.parameters]
        asked = {
            "random effect on parameter": [effect.name for effect in self.random],
            "free parameter": self.free, "start of parameter": self.starts,
            "bounds of parameter": self.bounds, "value of parameter": self.values,
            "covariate effect on parameter": [c.parameter for c in self.covariates],
        }  # fmt: skip
        for what, names in asked.items():
            require_known(f"{what} of model {self.model.name!r}:", parameters, *names)
        coefficients = [effect.name for effect in self.covariates]
        for name in coefficients:
            if coefficients.count(name) > 1:
                raise InputError(f"two covariate effects have the coefficient {name!r}: leave one")
        random = asked["random effect on parameter"]
        require_known("held typical value:", random, *self.held)
        if not self.varied:
            raise InputError("a population needs random effects (effects=) or free parameters")
        _ = self.individuals, self.errors, self.random_covariance  # which check what they take

    @property
    def random(self) -> tuple[RandomEffect, ...]:
        """The random effects."""
        return random_effects(self.effects)

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Names of the patients, in the order of the data."""
        return tuple(self.measurements.subjects)

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Parameters that differ between patients or are estimated."""
        names = [effect.name for effect in self.random], self.free, self._moved
        return tuple(dict.fromkeys(name for group in names for name in group))

    @property
    def _moved(self) -> list[str]:
        return [effect.parameter for effect in self.covariates]

    def unit_of(self, name: str) -> str:
        """Return the unit of a parameter or quantity."""
        return self.model.vocabulary[name].unit

    def bounds_of(self, name: str) -> tuple[float, float]:
        """Return within what a typical value stays."""
        declared = self.model.vocabulary[name].bounds
        given = self.bounds.get(name, declared or (-np.inf, np.inf))
        ends = [as_number(end) for end in given] if isinstance(given, list | tuple) else []
        low, high = ends if len(ends) == 2 else (None, None)
        if low is None or high is None or not low < high:
            raise InputError(f"bounds of {name!r} must be (low, high), got {shown(given)}")
        return low, high

    def value_of(self, name: str) -> float:
        """Return where a typical value begins, or what it is held at."""
        given = {**self.values, **self.starts}.get(name, self.model.vocabulary[name].value)
        value = number(given, f"the start of {name!r}")
        low, high = self.bounds_of(name)
        if not low <= value <= high:
            raise InputError(
                f"{name!r} starts at {value:g}, outside its bounds {low:g} to {high:g}"
            )
        return float(value)

    @cached_property
    def individuals(self) -> Individuals:
        """How the parameters of each patient come about."""
        names = self.varied
        bounds = np.array([self.bounds_of(name) for name in names]).reshape(-1, 2)
        scales = {effect.name: effect.scale for effect in self.random}
        own = tuple(scales.get(n, "log" if self.value_of(n) > 0 <= b[0] else "plain")
                    for n, b in zip(names, bounds, strict=True))  # fmt: skip
        transforms = Transforms(names, own, bounds[:, 0], bounds[:, 1])
        typical = transforms.to_scale(np.array([self.value_of(name) for name in names]))
        estimated = {*scales, *self.free} - set(self.held)
        sought = tuple(n for n, name in enumerate(names) if name in estimated)
        effect_at = np.array([names.index(name) for name in scales], dtype=np.int64)
        shapes = shapes_of(self.covariates, self._covariate_values())
        return Individuals(transforms, typical, sought, effect_at, tuple(self.covariates), shapes)

    def _covariate_values(self) -> Array:
        """Return the value of each covariate in each patient at their first row."""
        values = np.zeros((len(self.subjects), len(self.covariates)))
        for column, effect in enumerate(self.covariates):
            for row, (name, subject) in enumerate(self.measurements.subjects.items()):
                if effect.covariate not in subject.covariates:
                    covariates = subject.covariates.columns
                    raise unknown(
                        f"covariate of {self.measurements.name}:", effect.covariate, covariates
                    )
                values[row, column] = subject.covariates[effect.covariate].iloc[0]
                if not np.isfinite(values[row, column]):
                    raise InputError(f"subject {name} has no {effect.covariate}")
        return values

    @cached_property
    def changing(self) -> tuple[str, ...]:
        """Covariates that change within a patient: their first values count."""
        return tuple(
            name
            for name in dict.fromkeys(effect.covariate for effect in self.covariates)
            if any(s.covariates[name].nunique() > 1 for s in self.measurements.subjects.values())
        )

    @cached_property
    def random_covariance(self) -> Covariance:
        """The covariance of the random effects."""
        return Covariance(self.random, self.covariance, self.correlations)

    @cached_property
    def errors(self) -> tuple[ErrorSd, ...]:
        """The standard deviations of the errors of all quantities."""
        rows, sds = self.measurements.rows, []
        for quantity in self.measurements.quantities:
            error = self.measurements.errors[quantity]
            seen = rows["value"][(rows["quantity"] == quantity) & (rows["censored"] == "")]
            values = seen.to_numpy(float)
            both = zip(error.names, error.starts(values), error.bounds(values), strict=True)
            sds += [
                ErrorSd(f"{word}__{quantity}", quantity, word, start, low, high, error.fixed)
                for word, start, (low, high) in both
            ]
        return tuple(sds)

    @cached_property
    def rows(self) -> MeasuredRows:
        """What was measured, as arrays."""
        table = self.ordered_rows
        quantity = table["quantity"].map(list(self.measurements.quantities).index).to_numpy(int)
        log = np.array(
            [self.measurements.errors[q].log for q in self.measurements.quantities], bool
        )
        on_log, censored = log[quantity], (table["censored"] != "").to_numpy()
        values, low, high = (table[c].to_numpy(float) for c in ("value", "low", "high"))
        with np.errstate(invalid="ignore", divide="ignore"):
            values, low, high = (_logs(side, on_log) for side in (values, low, high))
        values = np.where(censored, 0.0, values)
        subject = table["subject"].map(self.subjects.index).to_numpy(int)
        additive = self._places(("additive_sd", "log_sd"))[quantity]
        relative = self._places(("proportional_sd",))[quantity]
        return MeasuredRows(
            subject, len(self.subjects), quantity, values, low, high, censored, on_log, additive,
            relative,
        )  # fmt: skip

    @cached_property
    def ordered_rows(self) -> pd.DataFrame:
        """The table of measured rows, patient by patient."""
        table = self.measurements.rows
        order = np.argsort(table["subject"].map(self.subjects.index).to_numpy(int), kind="stable")
        return table.iloc[order]

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """What each patient is given, and when they were measured."""
        measured, courses = self.measurements, []
        for name, subject in measured.subjects.items():
            after = measured.of(name)["after"].to_numpy(bool)
            courses.append(Course(subject, measured.days(name), after))
        return tuple(courses)

    def _places(self, words: Sequence[str]) -> Integers:
        """Return the place of one standard deviation of each quantity."""
        places = {e.quantity: n for n, e in enumerate(self.errors) if e.word in words}
        return np.array([places.get(q, NO_SD) for q in self.measurements.quantities], dtype=int)

    @cached_property
    def sought(self) -> tuple[Sought, ...]:
        """All that is sought, in the order of the objective's numbers."""
        own, transforms = self.individuals, self.individuals.transforms
        sought = []
        for parameter in own.sought:
            name, scale = own.names[parameter], transforms.scales[parameter]
            low, high = _inner_bounds(scale, *self.bounds_of(name))
            sought.append(Sought(name, "typical", float(own.typical[parameter]), low, high))
        for effect in own.coefficients:
            first = effect.inner(effect.first)
            sought.append(Sought(effect.name, "covariate", first, -np.inf, np.inf))
        sought += [
            Sought(e.name, "random", e.start, e.low, e.high) for e in self.random_covariance.entries
        ]
        for sd in self.errors:
            if not sd.fixed:
                inner = (float(np.log(side)) for side in (sd.start, sd.low, sd.high))
                sought.append(Sought(sd.name, "error", *inner))
        return tuple(sought)

    def objective(self, method: str = "focei", threads: int | None = None) -> Objective:
        """Return the objective as a function of what is sought.

        Parameters
        ----------
        method
            `focei` or `laplace`.
        threads
            Of the engine; the answer is the same for any number.
        """
        require_known("method of a population:", METHODS, method)
        prepared = prepare_subjects(
            self.model, self.courses, quantities=self.measurements.quantities, rtol=self.rtol,
            atol=self.atol, threads=threads, followed_slopes=True,
        )  # fmt: skip
        base = prepared.array({**self.values, **self.starts})
        predictions = Predictions(prepared, self.rows, self.varied, base, self.subjects)
        sds = np.array([error.start for error in self.errors])
        free = tuple(n for n, error in enumerate(self.errors) if not error.fixed)
        kind = CorneredPatients if prepared.followed else Patients
        patients = kind(predictions, self.individuals)
        return Objective(patients, self.random_covariance, sds, free, method)


def require_population(problem: object) -> None:
    """Refuse what is no population problem, such as the problem of a fit.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(problem, PopulationProblem):
        raise InputError(
            f"a population is fitted to a PopulationProblem, got {type(problem).__name__!r}: "
            "PopulationProblem(model, measurements, effects=...) makes one"
        )


def _refuse_covariates(covariates: Sequence[object]) -> None:
    """Refuse what is no effect of a covariate, such as its name."""
    for effect in covariates:
        if not isinstance(effect, CovariateEffect):
            raise InputError(
                "a covariate effect is one of its kinds, such as Power('CL', 'WGT'), "
                f"got {shown(effect)}"
            )


def _logs(values: Array, log: Array) -> Array:
    """Return values with logarithms where they are compared; a limit at or below 0 is none."""
    logs = np.where(values > 0, np.log(values), np.where(np.isnan(values), np.nan, -np.inf))
    return np.where(log, logs, values)


def _inner_bounds(scale: str, low: float, high: float) -> tuple[float, float]:
    """Return bounds of a typical value on its scale; those of the logit are where it ends."""
    if scale == "logit":
        return -15.0, 15.0
    if scale == "log":
        return (float(np.log(low)) if low > 0 else -np.inf), float(np.log(high))
    return low, high
