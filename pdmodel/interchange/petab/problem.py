"""A PEtab problem as a `FitProblem`: fitted, profiled and weighed like every other.

It is a problem of its own kind, for PEtab says what targets and measured courses cannot: formulas
of observables and noises that differ from row to row, conditions that set parameters and states,
periods, and steady states before and after. Its residuals are those of its rows.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.dosing import read_regimen
from pdmodel.engine.runs.request import Atol
from pdmodel.errors import PdmodelError, require_known
from pdmodel.inference import FitProblem
from pdmodel.inference.problem.parameters import Setting, make_parameters
from pdmodel.inference.problem.problem import JACOBIANS
from pdmodel.inference.targets.course import EvaluationFailure
from pdmodel.inference.targets.priors import PlacedPrior
from pdmodel.interchange.omex import PETAB, file_of
from pdmodel.interchange.petab.experiment_run import RunTolerances
from pdmodel.interchange.petab.likelihood import PetabLikelihood
from pdmodel.interchange.petab.observation import SimulatedRows
from pdmodel.interchange.petab.priors import PetabPrior
from pdmodel.interchange.petab.residual_rows import ROOM, ResidualRows, row_words
from pdmodel.interchange.petab.tables import PetabParameter, PetabTables, read_tables
from pdmodel.storage import write_text


def read_petab(path: str | Path, *, rtol: float = 1e-8, atol: Atol = None) -> PetabProblem:
    """Read a PEtab problem, version 1 or 2.

    Parameters
    ----------
    path
        Its YAML file; tables and model lie beside it. Or a COMBINE archive that holds it.
    rtol, atol
        Tolerances of the integrator; `atol` follows the sizes of the states by default.

    Returns
    -------
    PetabProblem
        A FitProblem: `run`, `run_profile`, `check_gradient`; and `log_likelihood`, `gradient`,
        `simulate` at any values. Bounds and starting values are those of the tables.

    Raises
    ------
    InputError
        If a file is missing or is not what PEtab says, or the problem holds what is not read;
        docs/interchange.md lists what is.

    Examples
    --------
    >>> problem = read_petab("examples/data/conversion/problem.yaml")
    >>> problem.free
    ('forward', 'back', 'sd_a')
    """
    with file_of(path, PETAB) as file:
        tables = read_tables(file)
    return PetabProblem(tables, rtol=rtol, atol=atol)


class PetabProblem(FitProblem):
    """A PEtab problem; made by `read_petab`.

    Parameters
    ----------
    tables
        What its files say.
    rtol, atol
        Tolerances of the integrator.
    """

    def __init__(self, tables: PetabTables, *, rtol: float = 1e-8, atol: Atol = None) -> None:
        self.tables, self.rtol, self.atol, self.jacobian = tables, rtol, atol, "exact"
        self._likelihood: PetabLikelihood | None = None
        self.model, self.null = self.likelihood.models.of("").reading.model, None
        self.measurements, self.targets, self.priors = None, (), ()
        self.regimen, self.regimens = read_regimen("no drug", model=self.model), {}
        finite = [row.time for row in tables.rows if math.isfinite(row.time)]
        self.days = max([*finite, 1.0])
        self.differ = self.own = self.effects = ()
        self.visits_said, self.visit_interval = False, 28.0
        self.groups, self.panels = {}, ()
        self._of_subjects = frozenset()
        self._simulator = self._measured = None
        self._template = tuple(_setting(p) for p in tables.parameters.values())
        self.params = make_parameters(self._template)
        # Nominal values may lie outside the bounds, which lmfit does not hold.
        self._begun = {name: float(p.value) for name, p in self.params.items()}

    def __getstate__(self) -> dict[str, Any]:
        """Travel to a worker without machine code."""
        made_anew = {"petab_priors", "residual_rows"}
        kept = {k: v for k, v in super().__getstate__().items() if k not in made_anew}
        return kept | {"_likelihood": None}

    @property
    def likelihood(self) -> PetabLikelihood:
        """What runs the experiments; made when it is first used."""
        if self._likelihood is None:
            self._likelihood = PetabLikelihood(self.tables, RunTolerances(self.rtol, self.atol))
        return self._likelihood

    @cached_property
    def petab_priors(self) -> dict[str, PetabPrior]:
        """Prior of every estimated parameter."""
        return {p.name: PetabPrior(p) for p in self.tables.parameters.values() if p.estimated}

    @cached_property
    def residual_rows(self) -> ResidualRows:
        """How rows become squares."""
        return ResidualRows(self.tables)

    def choose_jacobian(self, jacobian: str) -> None:
        """Find slopes exactly, or by differences.

        Raises
        ------
        InputError
            If it is neither.
        """
        require_known("jacobian", JACOBIANS, jacobian)
        self.jacobian = jacobian

    def free_only(self, names: Sequence[str]) -> None:
        """Estimate these parameters of the tables and hold all others.

        Raises
        ------
        InputError
            If a name is unknown.
        """
        require_known("parameter of the PEtab problem", self.params, *names)
        for name, parameter in self.params.items():
            parameter.set(vary=name in names)

    # What a problem is asked at some values -------------------------------------------------------

    def log_likelihood(self, values: Mapping[str, float] | None = None) -> float:
        """Return the logarithm of the likelihood of all measurements.

        Parameters
        ----------
        values
            Parameters that differ from those in `params`, by id.

        Raises
        ------
        InputError, SimulationError
            If a name is unknown, or an experiment cannot be run.
        """
        return self.likelihood.log_likelihood(self._here(values))

    def log_prior(self, values: Mapping[str, float] | None = None) -> float:
        """Return the logarithm of the prior density of the estimated parameters."""
        here = self._here(values)
        return math.fsum(prior.log_density(here[n]) for n, prior in self.petab_priors.items())

    def chi2(self, values: Mapping[str, float] | None = None) -> float:
        """Return the sum of squared residuals."""
        return self.likelihood.chi2(self._here(values))

    def gradient(self, values: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return d log-likelihood / d estimated parameter, by id, on the linear scale."""
        return self.likelihood.gradient(self._here(values))

    def simulate(self, values: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Return a row a measurement: observable, experiment, time, measured, simulated, noise."""
        rows = self.likelihood.rows(self._here(values))
        return pd.DataFrame({
            "observableId": [row.observable for row in self.tables.rows],
            "experimentId": [row.experiment for row in self.tables.rows],
            "time": [row.time for row in self.tables.rows],
            "measurement": [row.value for row in self.tables.rows],
            "simulation": rows.simulated,
            "noise": rows.noise,
            "residual": rows.scatter.residuals,
        })  # fmt: skip

    def write_tables(
        self, folder: str | Path, values: Mapping[str, float] | None = None
    ) -> tuple[Path, Path]:
        """Write `parameters.tsv` and `simulations.tsv` as version 2 of PEtab has them.

        Parameters
        ----------
        folder
            Where they go.
        values
            Fitted values by id, such as those of a result; they become the nominal ones.

        Returns
        -------
        tuple of pathlib.Path
            Both files.
        """
        here = self._here(values)
        parameters = pd.DataFrame([
            {
                "parameterId": p.name, "lowerBound": p.low if p.estimated else "",
                "upperBound": p.high if p.estimated else "", "nominalValue": here[p.name],
                "estimate": str(p.estimated).lower(),
            }
            for p in self.tables.parameters.values()
        ])  # fmt: skip
        columns = ["observableId", "experimentId", "time", "simulation"]
        tables = {"parameters": parameters, "simulations": self.simulate(values)[columns]}
        files = [
            write_text(
                Path(folder) / f"{name}.tsv",
                str(table.to_csv(sep="\t", index=False, float_format="%.17g")),
            )
            for name, table in tables.items()
        ]
        return files[0], files[1]

    def _here(self, values: Mapping[str, float] | None) -> dict[str, float]:
        moved = {
            setting.name: setting.value
            for setting in self.settings
            if setting.value != self._begun[setting.name]
        }
        return self.likelihood.complete({**moved, **(values or {})})

    # What a fit asks ------------------------------------------------------------------------------

    @property
    def exact(self) -> bool:
        """Slopes are exact."""
        return self.jacobian == "exact"

    @property
    def differentiable(self) -> bool:
        """Slopes are exact."""
        return True

    @property
    def offset(self) -> float:
        """By how much half the sum of squares is above -log of likelihood and prior."""
        return self.residual_rows.offset + 0.5 * ROOM * len(self._telling)

    @property
    def _telling(self) -> list[str]:
        """Parameters whose prior says more than their bounds."""
        return [name for name, prior in self.petab_priors.items() if not prior.flat]

    @property
    def n_measured(self) -> int:
        """Number of measured values."""
        return len(self.tables.rows)

    def measured_log_likelihoods(self, values: Mapping[str, float]) -> Array:
        """Return log-likelihoods of the measured values, shape (n_measured,)."""
        return self._rows(values).scatter.log_densities

    @property
    def row_names(self) -> list[str]:
        """What each residual is of, in words."""
        return [*row_words(self.tables), *(f"prior {name}" for name in self._telling)]

    @property
    def regimen_words(self) -> str:
        """The experiments of the tables."""
        return f"experiments of {self.tables.name}"

    def unit_of(self, setting: Setting) -> str:
        """Return the unit of a parameter of the model; tables give none."""
        vocabulary = self.model.vocabulary
        return vocabulary[setting.name].unit if setting.name in vocabulary else "1"

    def is_deviation(self, setting: Setting) -> bool:
        """Whether it is a noise that stands alone in the formulas of its rows."""
        return setting.name in self.likelihood.noises

    def possible(self, values: Mapping[str, float]) -> bool:
        """Whether a start can be tried; only a run tells."""
        return True

    def parameter_priors(self) -> Mapping[str, PlacedPrior]:
        """Return the priors of the estimated parameters; uniform ones are even on their scale."""
        return {name: self.petab_priors[name] for name in self.free}

    def further_content(self) -> dict[str, Any]:
        """Return what the files say, for the folder of a fit."""
        return {"petab": hashlib.sha256(repr(self.tables).encode()).hexdigest()}

    def residuals(self, values: Mapping[str, float]) -> Array:
        """Return the residuals of rows, of noises, then of priors.

        Raises
        ------
        EvaluationFailure
            If an experiment cannot be run there.
        """
        here = self._here(values)
        priors = [
            math.sqrt(max(2 * (-self.petab_priors[name].log_density(here[name])) + ROOM, 0.0))
            for name in self._telling
        ]
        return np.concatenate([self.residual_rows.values(self._rows(values)), priors])

    def residual_slopes(self, values: Mapping[str, float]) -> Array:
        """Return d residual / d free parameter, shape (n_residuals, n_free)."""
        here, free = self._here(values), list(self.free)
        rows = self.residual_rows.slopes(self._rows(values, free))
        of_priors = np.zeros((len(self._telling), len(free)))
        for position, name in enumerate(self._telling):
            if name in free:
                prior = self.petab_priors[name]
                root = math.sqrt(max(ROOM - 2 * prior.log_density(here[name]), 1e-12))
                of_priors[position, free.index(name)] = -prior.slope(here[name]) / root
        return np.concatenate([rows, of_priors])

    def _rows(self, values: Mapping[str, float], free: list[str] | None = None) -> SimulatedRows:
        try:
            return self.likelihood.rows(self._here(values), tuple(free or ()))
        except (ArithmeticError, PdmodelError) as error:
            raise EvaluationFailure(self.tables.name, error) from error


def _setting(parameter: PetabParameter) -> Setting:
    return Setting(
        parameter.name, parameter.name, None, parameter.value, parameter.low, parameter.high,
        vary=parameter.estimated,
    )  # fmt: skip
