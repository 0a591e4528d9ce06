"""The groups of a fit through the engine: prepared once, the last point of each remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Timetable
from pdmodel.engine import simulate
from pdmodel.engine.runs.request import Atol
from pdmodel.engine.simulation import choose_engine
from pdmodel.errors import InputError, SimulationError
from pdmodel.inference.problem.groups import ObservedGroup
from pdmodel.inference.targets.course import EvaluationFailure, TimeCourse
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.engine import Prepared


class Simulator:
    """What every group of a fit does over time.

    Parameters
    ----------
    regimen_of, groups
        What is given, by group, and the groups.
    rtol, atol
        Tolerances of the integrator.

    Attributes
    ----------
    engine
        `compiled`, or `scipy` where a compiler is missing.
    """

    def __init__(
        self,
        regimen_of: Callable[[str], Timetable],
        groups: Mapping[str, ObservedGroup],
        rtol: float,
        atol: Atol,
    ) -> None:
        self.regimen_of, self.groups, self.rtol, self.atol = regimen_of, groups, rtol, atol
        self.engine = choose_engine(None, None)
        # of all groups together: one piece of machine code for all of them
        every = [quantity for group in groups.values() for quantity in group.quantities]
        self.quantities = tuple(dict.fromkeys(every))
        self._prepared: dict[str, Prepared] = {}
        self._memory: dict[str, tuple[tuple[tuple[str, float], ...], Array]] = {}

    def courses(
        self, model: Model, name: str, values: Mapping[str, float]
    ) -> dict[str, TimeCourse]:
        """Simulate a group, unless its parameters are those of the last time.

        Parameters
        ----------
        model, name
            The model and the group.
        values
            Its parameters.

        Raises
        ------
        EvaluationFailure
            If it cannot be simulated there.
        """
        key, run = (*values.items(),), f"{model.layout}/{name}"
        last = self._memory.get(run)
        if last is None or last[0] != key:
            try:
                # One assignment of point and answer together: threads may share this memory.
                last = self._memory[run] = (key, self._run(model, name, values))
            except (SimulationError, InputError) as error:
                raise EvaluationFailure(name, error) from error
        return self._named(name, last[1], None)

    def sloped_courses(
        self,
        model: Model,
        name: str,
        values: Mapping[str, float],
        by: Sequence[str],
        chain: Array,
    ) -> dict[str, TimeCourse]:
        """Simulate a group with exact sensitivities.

        Parameters
        ----------
        model, name, values
            As in `courses`.
        by
            Parameters that move in any group.
        chain
            d parameter / d free in this group, shape (n_by, n_free).

        Raises
        ------
        EvaluationFailure
            If it cannot be simulated there.
        """
        try:
            values_over_time, slopes = self._prepare(model, name).run_sensitivities(values, by)
        except (SimulationError, InputError) as error:
            raise EvaluationFailure(name, error) from error
        return self._named(name, values_over_time, slopes @ chain)

    def differentiable(self, model: Model) -> bool:
        """Whether the engine gives exact sensitivities: compiled, and no jump of time in a rate.

        That is a whole part of it (floor, Mod).
        """
        if self.engine != "compiled":
            return False
        prepared = [self._prepare(model, name) for name in self.groups]
        return not any(run.has_jumps for run in prepared)

    def _run(self, model: Model, name: str, values: Mapping[str, float]) -> Array:
        """Return all quantities of a group, shape (n_times, n_quantities)."""
        if self.engine == "compiled":
            return self._prepare(model, name).run(values)
        group = self.groups[name]
        run = simulate(
            model, self.regimen_of(name), days=group.days, patient=values, times=group.rows,
            quantities=self.quantities, rtol=self.rtol, atol=self.atol, engine=self.engine,
        )  # fmt: skip
        return np.stack([run[quantity].values for quantity in self.quantities], axis=1)

    def _prepare(self, model: Model, name: str) -> Prepared:
        from pdmodel.engine import prepare

        run, group = f"{model.layout}/{name}", self.groups[name]
        if run not in self._prepared:
            self._prepared[run] = prepare(
                model, self.regimen_of(name), days=group.days, times=group.rows,
                quantities=self.quantities, rtol=self.rtol, atol=self.atol,
            )  # fmt: skip
        return self._prepared[run]

    def _named(self, name: str, values: Array, slopes: Array | None) -> dict[str, TimeCourse]:
        group = self.groups[name]
        return {
            quantity: TimeCourse(
                group.rows,
                values[:, column],
                None if slopes is None else slopes[:, column, :],
                group.edges,
            )
            for column, quantity in enumerate(self.quantities)
        }
