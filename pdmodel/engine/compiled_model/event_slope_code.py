"""Slopes of what events compare and put in place, as machine code.

A parameter that an event sets depends, from then on, on what the event read. So it gets a column of
its own, which is begun anew at every event: between two events the slope by theta is that of the
states, plus that by each such parameter times the slope of the parameter by theta.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.codegen.scalar_code import ScalarCode, compile_scalar
from pdmodel.engine.codegen.symengine_door import (
    Expression,
    names_in,
    symbol,
    without_steps,
)
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.compiled_model.sensitivity_code import (
    SensitivityCode,
    SensitivityColumns,
    read_columns,
)
from pdmodel.engine.symbolic.event_conditions import event_conditions


class LocalSlopes(NamedTuple):
    """What moves an event, at one moment.

    Parameters
    ----------
    rates
        Derivative of each state without infusions, shape (n_states,).
    by
        Derivative of each row of the code by time, states and columns: (n_rows, 1 + n_states +
        n_columns).
    """

    rates: Array
    by: Array


class EventSlopeCode:
    """What is compiled for slopes through the events of one model.

    Parameters
    ----------
    machine, names, quantities
        The model, what to differentiate by, and what is observed.

    Attributes
    ----------
    width
        How many names there are.
    assigned
        Parameters that events set; their columns follow those of the names.
    start
        Slope of each of them by each name at the start, shape (n_assigned, n_names).
    code
        The sensitivities between events.
    delays, values
        Rows of the delay and of the first value of each event; comparisons come before them.
    """

    def __init__(
        self, machine: Machine, names: tuple[str, ...], quantities: tuple[str, ...]
    ) -> None:
        self.machine = machine
        own = read_columns(machine, names)
        self.names, self.width = own.names, len(own.names)
        self.assigned = _assigned(machine)
        self.start = np.zeros((len(self.assigned), self.width))
        for column, name in own.parameters.items():
            if name in self.assigned:
                self.start[self.assigned.index(name), column] = 1.0
        self.code = SensitivityCode(machine, self._columns(own), quantities)
        self._compile()

    def _columns(self, own: SensitivityColumns) -> SensitivityColumns:
        names = (*own.names, *(f"set:{name}" for name in self.assigned))
        parameters = {c: name for c, name in own.parameters.items() if name not in self.assigned}
        parameters |= {self.width + k: name for k, name in enumerate(self.assigned)}
        return SensitivityColumns(names, parameters, own.initials, own.doses)

    def _compile(self) -> None:
        machine = self.machine
        rows, self.delays, self.values = _rows(machine)
        variables = [machine.time, *machine.states]
        self.entries: list[tuple[int, int]] = []
        slopes: list[Expression] = []
        for row, expression in enumerate(rows):
            for column, name in enumerate(variables):
                if name in names_in(expression):
                    self.entries.append((row, column))
                    slopes.append(without_steps(self.code.slope(expression, symbol(name))))
            for column, name in self.code.columns.parameters.items():
                slope = without_steps(self.code.by_parameter(expression, name))
                if slope != 0:
                    self.entries.append((row, len(variables) + column))
                    slopes.append(slope)
        rates = [machine.inlined(rate) for rate in machine.model.odes.values()]
        self.shape = len(rows), len(variables) + self.code.width
        self.kernel: ScalarCode = compile_scalar(machine.observed_inputs, [*rates, *slopes])

    def at(self, seen: Array) -> LocalSlopes:
        """Return the slopes at time, states, parameters and constants."""
        numbers, n = self.kernel.evaluate(seen), len(self.machine.states)
        by = np.zeros(self.shape)
        for (row, column), value in zip(self.entries, numbers[n:].tolist(), strict=True):
            by[row, column] = value
        return LocalSlopes(numbers[:n], by)


def _assigned(machine: Machine) -> tuple[str, ...]:
    """Return the parameters that events set, in the order of the machine."""
    targets = {symbol.name for event in machine.model.events for symbol in event.assign}
    return tuple(name for name in machine.parameters if name in targets)


def _rows(machine: Machine) -> tuple[list[Expression], list[int], list[int]]:
    """Return heights of comparisons, then delay and values of each event; and where these stand."""
    surfaces = event_conditions(machine.model).comparisons
    rows = [machine.inlined(surface.high - surface.low) for surface in surfaces]
    delays, values = [], []
    for event in machine.model.events:
        delays.append(len(rows))
        rows.append(machine.inlined(event.delay))
        values.append(len(rows))
        rows += [machine.inlined(value) for value in event.assign.values()]
    return rows, delays, values


def event_slopes_of(
    machine: Machine, names: tuple[str, ...], quantities: tuple[str, ...]
) -> EventSlopeCode:
    """Return what is compiled for slopes through events, made once."""
    code: EventSlopeCode = machine.sensitivities.take(
        ("events", names, quantities), lambda: EventSlopeCode(machine, names, quantities)
    )
    return code
