"""The likelihood of a PEtab problem at any values, with its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import unknown
from pdmodel.interchange.petab.changed_document import make_settable
from pdmodel.interchange.petab.experiment_run import ExperimentRun, RunTolerances
from pdmodel.interchange.petab.noise import Scatter
from pdmodel.interchange.petab.observation import RowGroup, SimulatedRows, group_rows
from pdmodel.interchange.petab.restart import RestartModel
from pdmodel.interchange.petab.sloped import Sloped
from pdmodel.interchange.petab.tables import PetabTables
from pdmodel.interchange.sbml_reading.reading import SbmlReading, read_text


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
        values = {
            tables.mapped.get(p.name, p.name): p.value for p in tables.parameters.values()
        }
        text = make_settable(tables.sbml, values, tables.targets)
        self.reading: SbmlReading = read_text(text, name=tables.name, time_unit="day")
        self.free = tuple(p.name for p in tables.parameters.values() if p.estimated)
        self.restart = RestartModel(self.reading.model)
        self._groups: dict[str, list[RowGroup]] = {}
        for experiment, group in group_rows(tables):
            self._groups.setdefault(experiment, []).append(group)

    def _of_tables(self, names: Mapping[str, str]) -> dict[str, str]:
        """Return names by id of the model, and by the id that the tables have for it."""
        own = {one: names[other] for one, other in self.tables.mapped.items() if other in names}
        return {**names, **own}

    @cached_property
    def symbols(self) -> dict[str, str]:
        """Name in the model of what an id holds."""
        return self._of_tables({name: str(s) for name, s in self.reading.symbols.items()})

    @cached_property
    def settable(self) -> dict[str, str]:
        """Parameter of the model by the id whose number it is."""
        return self._of_tables({name: str(s) for name, s in self.reading.starts.items()})

    @cached_property
    def runs(self) -> dict[str, ExperimentRun]:
        """Every experiment, prepared."""
        return {
            name: ExperimentRun(
                self.restart, self.tables.experiments.get(name, ()),
                [time for group in groups for time in group.times],
                {self.symbols.get(n, n) for group in groups for n in group.names},
                self.symbols, self.settable, self.tolerances,
            )
            for name, groups in self._groups.items()
        }  # fmt: skip

    def complete(self, values: Mapping[str, float] | None) -> dict[str, float]:
        """Return a value of every parameter of the tables; the nominal one where none is given.

        Raises
        ------
        InputError
            If a name is unknown.
        """
        known = {p.name: p.value for p in self.tables.parameters.values()}
        for name in values or {}:
            if name not in known:
                raise unknown("parameter of the PEtab problem", name, known)
        return known | {name: float(value) for name, value in (values or {}).items()}

    def rows(self, values: Mapping[str, float] | None, *, slopes: bool = True) -> SimulatedRows:
        """Return what is simulated of every row.

        Parameters
        ----------
        values
            Parameters that differ from the nominal ones, by id.
        slopes
            Whether slopes by the free parameters are wanted.

        Raises
        ------
        InputError, SimulationError
            If a name is unknown, or an experiment cannot be run.
        """
        given, n_free = self._given(values, slopes)
        parameters = self._parameters(given, n_free)
        n_rows = len(self.tables.rows)
        numbers = np.full((6, n_rows), np.nan)
        moved = np.zeros((2, n_rows, n_free))
        for name, groups in self._groups.items():
            seen = self.runs[name].run(parameters, given, n_free)
            for group in groups:
                value, noise = group.at(seen, given, self.symbols, n_free)
                lies = group.scatter(value, noise)
                numbers[:, group.places] = (value.value, noise.value, *lies)
                moved[0][group.places], moved[1][group.places] = value.slopes, noise.slopes
        return SimulatedRows(numbers[0], numbers[1], Scatter(*numbers[2:]), moved[0], moved[1])

    def _given(
        self, values: Mapping[str, float] | None, slopes: bool
    ) -> tuple[dict[str, Sloped], int]:
        known = self.complete(values)
        n_free = len(self.free) if slopes else 0
        units = np.eye(n_free)
        given = {name: Sloped.still(value, n_free) for name, value in known.items()}
        if slopes:
            for place, name in enumerate(self.free):
                given[name] = Sloped(known[name], units[place])
        return given, n_free

    def _parameters(self, given: Mapping[str, Sloped], n_free: int) -> dict[str, Sloped]:
        """Return the parameters of the model: its own values, and those of the tables."""
        vocabulary = self.reading.model.vocabulary
        parameters = {
            quantity.name: Sloped.still(quantity.value, n_free)
            for quantity in vocabulary
            if quantity.kind in ("parameter", "constant") and quantity.value is not None
        }
        for name, value in given.items():
            if name in self.settable:
                parameters[self.settable[name]] = value
        return parameters

    def log_likelihood(self, values: Mapping[str, float] | None = None) -> float:
        """Return the logarithm of the likelihood."""
        return float(self.rows(values, slopes=False).scatter.log_densities.sum())

    def chi2(self, values: Mapping[str, float] | None = None) -> float:
        """Return the sum of squared residuals."""
        return float((self.rows(values, slopes=False).scatter.residuals ** 2).sum())

    def gradient(self, values: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return d log-likelihood / d free parameter, by id, on the linear scale."""
        rows = self.rows(values)
        weights = density_slopes(self, rows)
        total = weights[0] @ rows.slopes + weights[1] @ rows.noise_slopes
        return dict(zip(self.free, total.tolist(), strict=True))


def density_slopes(likelihood: PetabLikelihood, rows: SimulatedRows) -> tuple[Array, Array]:
    """Return slopes of each row's log-density by what was simulated and by the noise."""
    lies = rows.scatter
    shapes = [
        likelihood.tables.observables[row.observable].distribution
        for row in likelihood.tables.rows
    ]
    laplace = np.array([name.endswith("laplace") for name in shapes])
    steep = np.where(laplace, np.sign(lies.residuals), lies.residuals)
    return -steep * lies.by_simulated, -steep * lies.by_noise - 1.0 / rows.noise
