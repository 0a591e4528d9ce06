"""Slopes where events are executed: a moment that moves, and what is put in place there.

An event comes at tau(theta), where the height h of a comparison is 0:
dtau/dtheta = -(h_y S + h_theta) / (h_y f + h_t). Seen from the moving moment the state has the
slope Y = S + f dtau/dtheta; a value g that is put in place has g_y Y + g_t dtau/dtheta + g_theta;
and just after it S = Y - f dtau/dtheta with the rates f that hold there. What is executed later has
a moment of its own: that at which it was set off, and its delay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.compiled_model.event_slope_code import EventSlopeCode
from pdmodel.engine.compiled_model.slope_block_code import AFTER, BEFORE, ROWS, STAGE
from pdmodel.engine.compiled_model.slope_reach import COLUMNS
from pdmodel.engine.lanes.slope_memory import Sensitivities, make_sensitivities
from pdmodel.engine.rosenbrock.memory import REPLACE
from pdmodel.engine.rosenbrock.tableau import METHOD

_DENSE = np.zeros((3, METHOD.stages))
_DENSE[: len(METHOD.dense)] = METHOD.dense


class EventFailure(Exception):
    """Why events cannot go on."""


class WaitingSlopes(NamedTuple):
    """Of an event that waits: slopes of the moment at which it is due, and of its values."""

    moment: Array
    values: Array | None


class EventSlopes:
    """Slopes of one run through its events.

    Parameters
    ----------
    code
        What is differentiated by.
    n_outputs
        Rows of the run.

    Attributes
    ----------
    sens
        The memory of the slopes between events, which the integrator works on.
    result
        Slopes by row, shape (n_outputs, n_quantities, n_names).
    """

    def __init__(self, code: EventSlopeCode, n_outputs: int) -> None:
        self.code = code
        self.sens: Sensitivities = make_sensitivities(code.code, n_outputs)
        self.result = np.full((n_outputs, len(code.code.quantities), code.width), np.nan)
        self.of_parameters = code.start.copy()
        self.states = np.zeros((code.code.n, code.width))
        self.moment = np.zeros(code.width)
        self.late: dict[int, Array | None] = {}
        self.written = 0
        self.seen = self.infusions = np.zeros(0)

    # Between events --------------------------------------------------------------------------

    @property
    def _blocks(self) -> Array:
        blocks: Array = self.sens.blocks.reshape(
            self.code.code.blocks, ROWS, self.code.code.n, COLUMNS
        )
        return blocks

    def stop_within(self, share: float) -> None:
        """Let the slopes be those a share of the last step after its beginning."""
        if share == 0.0:
            return
        blocks, rest = self._blocks, 1.0 - share
        weights = _DENSE[0] + share * (_DENSE[1] + share * _DENSE[2])
        bend = np.einsum("j,bjnw->bnw", weights, blocks[:, STAGE : STAGE + METHOD.stages])
        inside = share * (blocks[:, AFTER] + rest * bend)
        blocks[:, BEFORE] = blocks[:, BEFORE] * rest + inside

    def take_rows(self, until: int) -> None:
        """Take over the rows that the integrator has written."""
        rows, width = slice(self.written, until), self.code.width
        written = self.sens.values[rows]
        self.result[rows] = written[..., :width] + written[..., width:] @ self.of_parameters
        self.written = until

    def prepare(self, values: Array) -> Array:
        """Let the coefficients between events follow parameters; return constants and all."""
        code = self.code.code
        prepared: Array = code.prepare.evaluate(values)
        first, last = len(code.machine.constants) + code.n, prepared.size - self.sens.start_at.size
        place = self.sens.fixed_at
        self.sens.records[0, place : place + last - first] = prepared[first:last]
        return prepared

    def end(self, n_outputs: int) -> None:
        """Take over the last rows, and the slopes where the run has ended."""
        self.take_rows(n_outputs)
        self.states = np.concatenate(list(self._blocks[:, BEFORE]), axis=1)

    # At a moment -----------------------------------------------------------------------------

    def arrive(self, seen: Array, infusions: Array) -> None:
        """Stand where the run does: time, states, parameters and constants, and infused rates."""
        slopes, width = np.concatenate(list(self._blocks[:, BEFORE]), axis=1), self.code.width
        own = slopes[:, width : width + len(self.code.assigned)]
        self.states = slopes[:, :width] + own @ self.of_parameters
        self.moment = np.zeros(width)
        self.seen, self.infusions = seen, infusions

    def change(self, changed: Integers, late: Integers, *, jumped: bool) -> None:
        """Find the moments at which comparisons change; go to that of the first of them."""
        here = self.code.at(self.seen)
        moments = {
            int(column): None if jumped else self._moment_of(here.by[column], here.rates)
            for column in (*changed, *late)
        }
        if jumped:
            moments = dict.fromkeys(moments, np.zeros(self.code.width))
        self.late = {int(column): moments[int(column)] for column in late}
        for column in changed:
            self._go_to(moments[int(column)])
            return

    def change_late(self) -> None:
        """Go to the moment of what changes just after it."""
        for moment in self.late.values():
            self._go_to(moment)
            return

    def _moment_of(self, by: Array, rates: Array) -> Array | None:
        n = rates.size
        speed = by[0] + by[1 : 1 + n] @ (rates + self.infusions)
        if speed == 0.0:
            return None
        moment: Array = -(by[1 : 1 + n] @ self.states + self._directly(by[1 + n :])) / speed
        return moment

    def _directly(self, by: Array) -> Array:
        """Return slopes by the names of what has these by the columns."""
        width = self.code.width
        own = by[..., width : width + len(self.code.assigned)]
        direct: Array = by[..., :width] + own @ self.of_parameters
        return direct

    def _go_to(self, moment: Array | None) -> None:
        """Look from another moment that moves."""
        if moment is None:
            raise EventFailure("a condition of an event is only touched: no slopes there")
        here = self.code.at(self.seen)
        self.states = self.states + np.outer(here.rates + self.infusions, moment - self.moment)
        self.moment = moment

    def _of_rows(self, first: int, count: int) -> Array:
        """Return the slopes of rows of the code, seen from the moment: (count, n_names)."""
        here, n = self.code.at(self.seen).by[first : first + count], self.states.shape[0]
        slopes: Array = (
            np.outer(here[:, 0], self.moment)
            + here[:, 1 : 1 + n] @ self.states
            + self._directly(here[:, 1 + n :])
        )
        return slopes

    def set_off(self, number: int, *, with_values: bool) -> WaitingSlopes:
        """Return the slopes of an event that was set off."""
        moment = self.moment + self._of_rows(self.code.delays[number], 1)[0]
        return WaitingSlopes(moment, self._of_values(number) if with_values else None)

    def _of_values(self, number: int) -> Array:
        count = len(self.code.machine.model.events[number].assign)
        return self._of_rows(self.code.values[number], count)

    def execute(
        self, number: int, waiting: WaitingSlopes, targets: tuple[tuple[int, int], ...]
    ) -> None:
        """Let slopes follow what an event is about to put in place."""
        self._go_to(waiting.moment)
        values = self._of_values(number) if waiting.values is None else waiting.values
        names = self.code.machine.parameters
        for (kind, target), slopes in zip(targets, values, strict=True):
            if kind == REPLACE:
                self.states[target] = slopes
            else:
                self.of_parameters[self.code.assigned.index(names[target])] = slopes

    def at_rest(self) -> Array:
        """Return the slopes of the states at this time, not at the moment that moves."""
        here = self.code.at(self.seen)
        states: Array = self.states - np.outer(here.rates + self.infusions, self.moment)
        return states

    def write_rows(self, rows: Array) -> None:
        """Write the slopes of rows of this very time."""
        code, states = self.code.code, self.at_rest()
        numbers = code.observe.evaluate(self.seen)
        slopes = np.zeros((len(code.quantities), self.code.width))
        both = len(code.observed_by_state)
        for (row, state), value in zip(code.observed_by_state, numbers[:both], strict=True):
            slopes[row] += value * states[state]
        direct = np.zeros((len(code.quantities), code.width))
        for (row, column), value in zip(code.observed_directly, numbers[both:], strict=True):
            direct[row, column] = value
        self.result[rows] = slopes + self._directly(direct)

    def leave(self) -> None:
        """Hand the slopes back to the integrator; columns of parameters that are set begin anew."""
        slopes = np.zeros((self.states.shape[0], self.code.code.blocks * COLUMNS))
        slopes[:, : self.code.width] = self.at_rest()
        self.moment = np.zeros(self.code.width)
        for block, part in enumerate(np.split(slopes, self.code.code.blocks, axis=1)):
            self._blocks[block, BEFORE] = part
