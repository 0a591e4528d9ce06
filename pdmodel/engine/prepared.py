"""A model under a regimen, prepared once and run for any number of parameter values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pdmodel.arguments import names_of
from pdmodel.arrays import Array
from pdmodel.dosing import Timetable, read_regimen, weight_of
from pdmodel.engine.compiled_model.event_slope_code import event_slopes_of
from pdmodel.engine.compiled_model.machine import Machine, machine_of
from pdmodel.engine.compiled_model.sensitivity_code import (
    SensitivityCode,
    SensitivityColumns,
    read_columns,
    sensitivity_of,
)
from pdmodel.engine.lanes.edge_slopes import slopes_at_edges
from pdmodel.engine.rosenbrock.memory import SET
from pdmodel.engine.runs.one_patient import CompiledRun
from pdmodel.engine.runs.outcome import Outcome, Tolerances, account, failure_of
from pdmodel.engine.runs.request import (
    RTOL_OF_MANY,
    Atol,
    Output,
    Request,
    Solver,
)
from pdmodel.engine.runs.steady_doses import SteadyDoses
from pdmodel.engine.runs.with_events import EventRun
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.changes import refuse_idle_values, warn_of_idle_columns
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.engine.schedule.moving import MovingSchedule, moving_schedule
from pdmodel.engine.symbolic.event_conditions import refuse_events
from pdmodel.engine.symbolic.values import (
    Values,
    check_constants,
    given_values,
    resolve_values,
)
from pdmodel.engine.time_marks.marks import marker_of
from pdmodel.errors import InputError, RegimenError
from pdmodel.model import Model


def prepare(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    times: npt.ArrayLike | None = None,
    quantities: Sequence[str] | None = None,
    at_dose: str = "before",
    rtol: float = RTOL_OF_MANY,
    atol: Atol = None,
    max_steps: int = 10_000_000,
    max_seconds: float = 120.0,
) -> Prepared:
    """Prepare a model under a regimen to be run for many parameter values.

    Only the compiled engine can be prepared.

    Parameters
    ----------
    model, regimen, days, times, quantities, at_dose
        As in `simulate`.
    rtol, atol
        As in `simulate`; `rtol` is 1e-6 by default, which takes two thirds of the time of the 1e-7
        of a run that is made once.
    max_steps, max_seconds
        Budgets of one run.

    Returns
    -------
    Prepared
        `run(values)` gives plain arrays.

    Raises
    ------
    InputError, RegimenError
        If something is not allowed.

    Examples
    --------
    >>> import pdmodel
    >>> model = pdmodel.load("reference")
    >>> prepared = pdmodel.prepare(model, "10 mg daily", days=7, quantities=["il6"])
    >>> prepared.run({"tone": 2.0}).shape  # (n_times, n_quantities)
    (8, 1)
    """
    output = Output(days, times, quantities, at_dose)
    request = output.request(model)
    tolerances = Solver(rtol, atol, max_steps, max_seconds).tolerances(model)
    plan = read_regimen(regimen, model=model, weight=weight_of(model))
    warn_of_idle_columns(model, [plan])
    moving = moving_schedule(model, plan, days, through=output.through)
    if moving is not None:
        schedule = moving.at(np.array(list(model.defaults.values())))
        return Prepared(model, schedule, request, tolerances, moving=moving)
    schedule = make_schedule(model, plan, days, through=output.through)
    return Prepared(model, schedule, request, tolerances)


class Prepared:
    """A compiled model with its schedule and outputs; made by `prepare`.

    Parameters
    ----------
    model, schedule, request, tolerances, extra, moving
        What is run, and how exactly.

    Attributes
    ----------
    quantities
        Names of what `run` returns.
    times
        Days of the outputs, shape (n_times,).
    """

    def __init__(
        self,
        model: Model,
        schedule: RunSchedule,
        request: Request,
        tolerances: Tolerances,
        extra: Sequence[str] = (),
        moving: MovingSchedule | None = None,
    ) -> None:
        self.model, self.schedule, self.request = model, schedule, request
        self.moving = moving
        self._last: tuple[bytes, Prepared] = (b"", self)
        self.quantities, self.times = request.names, request.grid
        self.machine: Machine = machine_of(model)
        self.observed = (*request.names, *extra)
        kind = EventRun if model.events else CompiledRun
        self.compiled: CompiledRun | EventRun = kind(
            self.machine, schedule, request.times, request.after, self.observed, tolerances
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as equations; the machine code is made anew, or found on disk."""
        extra = self.observed[len(self.request.names) :]
        tolerances = self.compiled.tolerances
        how = self.request, tolerances, extra, self.moving
        return type(self), (self.model, self.schedule, *how)

    def at(self, values: Array) -> Prepared:
        """Return what runs at these parameters: this, unless doses follow parameters.

        Raises
        ------
        InputError
            If no dose can have such a value.
        """
        if self.moving is None:
            return self
        last, key = self._last, values[self.moving.places].tobytes()
        if last[0] != key:
            try:
                schedule = self.moving.at(values)
            except RegimenError as error:
                raise InputError(str(error)) from error
            extra = self.observed[len(self.request.names) :]
            there = Prepared(self.model, schedule, self.request, self.compiled.tolerances, extra)
            # One assignment of point and answer together: threads may share this memory.
            last = self._last = key, there
        return last[1]

    def at_amounts(self, schedule: RunSchedule) -> Prepared:
        """Return the same run with other amounts at the same moments.

        What is compiled and what is looked at is shared: a hand that drags a dose waits for the
        integration only.

        Parameters
        ----------
        schedule
            Of the same model and length.

        Raises
        ------
        InputError
            If something happens at another moment.
        """
        if [e.time for e in schedule.edges] != [e.time for e in self.schedule.edges]:
            raise InputError("other amounts are given at the moments that were prepared")
        extra = self.observed[len(self.request.names) :]
        if isinstance(self.compiled, EventRun) or self.moving is not None or schedule.steady:
            return Prepared(self.model, schedule, self.request, self.compiled.tolerances, extra)
        there = object.__new__(type(self))  # not by `__reduce__`, which makes all anew
        there.__dict__.update(self.__dict__)
        there.schedule, there.compiled = schedule, self.compiled.under(schedule)
        return there

    def run(self, values: Values | Array = None) -> Array:
        """Run once.

        Parameters
        ----------
        values
            A Patient, values by name that differ from the defaults, or all values in the order of
            `model.parameters`, shape (n_parameters,).

        Returns
        -------
        ndarray, shape (n_times, n_quantities)

        Raises
        ------
        InputError
            If the values contradict each other.
        SimulationError
            If the integration fails; it holds the state to replay it.
        """
        return self.outcome(self.array(values)).values

    def run_sensitivities(
        self, values: Values | Array, names: Sequence[str]
    ) -> tuple[Array, Array]:
        """Run once with exact forward sensitivities.

        Parameters
        ----------
        values
            As in `run`.
        names
            Parameters; `initial:state` for a starting value, `dose:drug` for a factor on all that
            is given of a drug.

        Returns
        -------
        values, sensitivities
            Shapes (n_times, n_quantities) and (n_times, n_quantities, n_names); a sensitivity has
            the unit of the quantity over that of the parameter.

        Raises
        ------
        InputError, SimulationError
            As `run`; also if a name is unknown or cannot be differentiated by.
        """
        columns = names_of(names, "parameters")
        given = self.array(values)
        if self.model.events:
            return self._event_slopes(given, columns)
        there = self.at(given)
        code = sensitivity_of(self.machine, columns, self.observed, there.schedule.follows)
        require_slopes(self.model, self.schedule, code.columns)
        return there._run_sensitivities(given, code)

    def _event_slopes(self, values: Array, names: tuple[str, ...]) -> tuple[Array, Array]:
        """Run with slopes through the events of the model."""
        if self.moving is not None:
            refuse_events(self.model, "a run with slopes whose doses follow parameters")
        require_slopes(self.model, self.schedule, read_columns(self.machine, names))
        if self.schedule.steady:
            refuse_events(self.model, "a search for the steady state of doses")
        given = self.schedule.values_at_start(values)
        self._check(self.machine.prepared(given))
        code = event_slopes_of(self.machine, names, self.observed)
        assert isinstance(self.compiled, EventRun)
        outcome, slopes = self.compiled.run_sensitivities(given, code)
        self._accept(outcome, given)
        return outcome.values, slopes

    def _run_sensitivities(self, values: Array, code: SensitivityCode) -> tuple[Array, Array]:
        given = self.schedule.values_at_start(values)
        self._check(self.machine.prepared(given))
        steady, slopes_there = None, None
        if self.schedule.steady:
            steady, slopes_there = self._steady_doses.slopes(self.schedule, given, code)
        edges = slopes_at_edges([self.schedule], code, slopes_there)
        assert isinstance(self.compiled, CompiledRun)
        outcome, slopes = self.compiled.run_sensitivities(given, code, steady, edges)
        self._accept(outcome, given)
        return outcome.values, slopes

    @property
    def has_jumps(self) -> bool:
        """Whether a whole part of time jumps in a rate: then there are no sensitivities."""
        return has_jumps(self.model)

    def array(self, values: Values | Array) -> Array:
        """Return all parameters in the order of the model, shape (n_parameters,)."""
        if isinstance(values, np.ndarray):
            if values.shape != (len(self.machine.parameters),):
                wanted = len(self.machine.parameters)
                raise InputError(f"values must have shape ({wanted},), got {values.shape}")
            return np.ascontiguousarray(values, dtype=float)
        values_by_name = resolve_values(self.model, values)
        refuse_idle_values(self.model, self.schedule, given_values(values))
        return np.array([values_by_name[name] for name in self.machine.parameters])

    def constants(self, values: Array) -> dict[str, float]:
        """Return the derived constants by name, checked."""
        return self._check(self.machine.prepared(values))

    def outcome(self, values: Array) -> Outcome:
        """Run once and return everything that is known of the run.

        Raises
        ------
        InputError, SimulationError
            As `run`.
        """
        if self.moving is not None:
            return self.at(values).outcome(values)
        values = self.schedule.values_at_start(values)
        self._check(self.machine.prepared(values))
        steady = self.steady(values) if self.schedule.steady else None
        outcome = self.compiled.run(values, steady)
        self._accept(outcome, values)
        return outcome

    def _accept(self, outcome: Outcome, values: Array) -> None:
        named = self.named(values)
        if outcome.failure is not None:
            raise failure_of(self.model, outcome, named, self.compiled.tolerances)
        account(self.model, self.schedule, outcome, named)

    def _check(self, prepared: Array) -> dict[str, float]:
        constants = dict(zip(self.machine.constants, prepared.tolist(), strict=False))
        check_constants(self.model, constants)
        return constants

    def steady(self, values: Array) -> Array:
        """Return the steady states of the schedule's doses, shape (n_steady, n_states)."""
        return self._steady_doses.states(self.schedule, values)

    @property
    def _steady_doses(self) -> SteadyDoses:
        return SteadyDoses(self.machine, self.compiled.tolerances)

    def named(self, values: Array) -> dict[str, float]:
        """Return parameters by name."""
        return dict(zip(self.machine.parameters, values.tolist(), strict=True))


def require_slopes(model: Model, schedule: RunSchedule, columns: SensitivityColumns) -> None:
    """Refuse what cannot be differentiated by under a schedule.

    Raises
    ------
    InputError
        If it changes what is differentiated by, if steady-state doses follow that, or if a whole
        part of time jumps in a rate.
    """
    if has_jumps(model):
        raise InputError(
            "sensitivities through whole parts of time (floor, Mod) are not available: write "
            "the steps as conditions of time, in a Piecewise"
        )
    parameters = [quantity.name for quantity in model.parameters]
    changed = {
        parameters[step.target]
        for edge in schedule.edges
        for step in edge.steps
        if step.kind == SET
    } | {parameters[index] for index, _ in schedule.first_values}
    for name in sorted(changed & set(columns.parameters.values())):
        raise InputError(f"{name!r} changes during the run: no sensitivity to it")
    followed = {parameters[index] for dose in schedule.steady for index in dose.follows}
    for name in sorted(followed & set(columns.parameters.values())):
        raise InputError(
            f"steady-state doses (SS) follow {name!r}: no sensitivity to it; give the doses that "
            "lead there, or a number"
        )


def has_jumps(model: Model) -> bool:
    """Return whether a whole part of time jumps in a rate: then there are no sensitivities."""
    marker = marker_of(model)
    return marker is not None and marker.jumps
