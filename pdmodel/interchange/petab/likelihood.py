"""The likelihood of a PEtab problem at any values, with its gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from pdmodel.errors import require_known
from pdmodel.interchange.petab.experiment_run import ExperimentRun, RunTolerances
from pdmodel.interchange.petab.noise import Scatter
from pdmodel.interchange.petab.observation import RowGroup, SimulatedRows, group_rows
from pdmodel.interchange.petab.read_model import PetabModels
from pdmodel.interchange.petab.sloped import Sloped
from pdmodel.interchange.petab.tables import PetabTables


class PetabLikelihood:
    """How likely the measurements of a problem are.

    Parameters
    ----------
    tables
        The problem.
    tolerances
        Of the integrator.
    """

    def __init__(self, tables: PetabTables, tolerances: RunTolerances) -> None:
        self.tables, self.tolerances = tables, tolerances
        self.models = PetabModels(tables)
        self.free = tuple(p.name for p in tables.parameters.values() if p.estimated)
        shapes = [tables.observables[row.observable].distribution for row in tables.rows]
        self._laplace = np.array([name.endswith("laplace") for name in shapes])
        self._counted: tuple[str, ...] = ()
        self._groups: dict[str, list[RowGroup]] = {}
        for experiment, group in group_rows(tables):
            self._groups.setdefault(experiment, []).append(group)

    @cached_property
    def noises(self) -> frozenset[str]:
        """Parameters that are the noise of rows and nothing else."""
        groups = [group for each in self._groups.values() for group in each]
        alone = {group.noise.names[0] for group in groups if group.noise.expression.is_Symbol}
        elsewhere = {name for group in groups for name in group.value.names}
        elsewhere |= {
            name for g in groups if not g.noise.expression.is_Symbol for name in g.noise.names
        }
        return frozenset(alone - elsewhere - set(self.models.of("").settable))

    @cached_property
    def runs(self) -> dict[str, ExperimentRun]:
        """Every experiment, prepared."""
        return {name: self._run(name, groups) for name, groups in self._groups.items()}

    def _run(self, name: str, groups: Sequence[RowGroup]) -> ExperimentRun:
        model = self.models.of(name)
        times = [time for group in groups for time in group.times]
        # Outputs are those of all experiments, so that they are compiled once.
        everybody = (group for each in self._groups.values() for group in each)
        wanted = {model.symbols.get(n, n) for group in everybody for n in group.names}
        periods = self.tables.experiments.get(name, ())
        return ExperimentRun(model, periods, times, wanted, self.tolerances)

    def complete(self, values: Mapping[str, float] | None) -> dict[str, float]:
        """Return a value of every parameter of the tables; the nominal one where none is given.

        Raises
        ------
        InputError
            If a name is unknown.
        """
        known = {p.name: p.value for p in self.tables.parameters.values()}
        require_known("parameter of the PEtab problem", known, *(values or {}))
        return known | {name: float(value) for name, value in (values or {}).items()}

    def rows(
        self, values: Mapping[str, float] | None = None, free: Sequence[str] = ()
    ) -> SimulatedRows:
        """Return what is simulated of every row.

        Parameters
        ----------
        values
            Parameters that differ from the nominal ones, by id.
        free
            Parameters by which slopes are wanted, by id.

        Raises
        ------
        InputError, SimulationError
            If a name is unknown, or an experiment cannot be run.
        """
        given, n_free = self._given(values, free), len(free)
        if free and free != self._counted:
            for run in self.runs.values():
                run.count_moving(given, n_free)
            self._counted = tuple(free)
        n_rows = len(self.tables.rows)
        numbers = np.full((6, n_rows), np.nan)
        moved = np.zeros((2, n_rows, n_free))
        for name, groups in self._groups.items():
            seen = self.runs[name].run(given, n_free)
            symbols = self.models.of(name).symbols
            for group in groups:
                value, noise = group.at(seen, given, symbols, n_free)
                lies = group.scatter(value, noise)
                numbers[:, group.places] = (value.value, noise.value, *lies)
                moved[0][group.places], moved[1][group.places] = value.slopes, noise.slopes
        return SimulatedRows(numbers[0], numbers[1], Scatter(*numbers[2:]), moved[0], moved[1])

    def _given(self, values: Mapping[str, float] | None, free: Sequence[str]) -> dict[str, Sloped]:
        known, units = self.complete(values), np.eye(len(free))
        given = {name: Sloped.still(value, len(free)) for name, value in known.items()}
        moving = {name: Sloped(known[name], units[position]) for position, name in enumerate(free)}
        return given | moving

    def log_likelihood(self, values: Mapping[str, float] | None = None) -> float:
        """Return the logarithm of the likelihood."""
        return float(self.rows(values).scatter.log_densities.sum())

    def chi2(self, values: Mapping[str, float] | None = None) -> float:
        """Return the sum of squared residuals."""
        return float((self.rows(values).scatter.residuals ** 2).sum())

    def gradient(self, values: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return d log-likelihood / d free parameter, by id, on the linear scale."""
        rows = self.rows(values, self.free)
        lies = rows.scatter
        steep = np.where(self._laplace, np.sign(lies.residuals), lies.residuals)
        by_noise = -steep * lies.by_noise - 1.0 / rows.noise
        total = (-steep * lies.by_simulated) @ rows.slopes + by_noise @ rows.noise_slopes
        return dict(zip(self.free, total.tolist(), strict=True))
