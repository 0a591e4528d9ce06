"""Timetables whose doses follow parameters of the model: a schedule for each value of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Timetable
from pdmodel.engine.schedule.build import actions_of, make_schedule, schedule_actions
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.model import Model


def followed_by(timetable: Timetable) -> tuple[str, ...]:
    """Return the parameters that doses of a timetable follow; none for most."""
    return tuple(getattr(timetable, "follows", ()))


def at_values(timetable: Timetable, model: Model, values: Mapping[str, float]) -> Timetable:
    """Return a timetable with the numbers that follow parameters at these values of them.

    Raises
    ------
    RegimenError
        If no dose can have such a value.
    """
    if not followed_by(timetable):
        return timetable
    moving: Any = timetable
    result: Timetable = moving.at(values, model)
    return result


@dataclass(frozen=True)
class MovingSchedule:
    """A schedule that follows parameters.

    Parameters
    ----------
    model, timetable, days, through
        As in `make_schedule`.
    """

    model: Model
    timetable: Timetable
    days: float
    through: bool

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters, in the order of the model."""
        return tuple(parameter.name for parameter in self.model.parameters)

    @cached_property
    def places(self) -> Integers:
        """Indices of the parameters that doses follow."""
        indices = [self.names.index(name) for name in self.follows if name in self.names]
        return np.array(indices, dtype=np.int64)

    @property
    def follows(self) -> tuple[str, ...]:
        """The parameters that doses follow."""
        return followed_by(self.timetable)

    def at(self, values: Array) -> RunSchedule:
        """Return the schedule at values of all parameters, shape (n_parameters,).

        That it brings what is prescribed is looked at where it is made, at the defaults.

        Raises
        ------
        RegimenError
            If no dose can have such a value.
        """
        timetable = self._timetable(values)
        actions = actions_of(timetable, self.days, self.through)
        return schedule_actions(self.model, actions, self.days)

    def checked(self, values: Array) -> RunSchedule:
        """Return the same, and compare what it brings with what is prescribed.

        Raises
        ------
        RegimenError
            As `make_schedule`.
        """
        timetable = self._timetable(values)
        return make_schedule(self.model, timetable, self.days, through=self.through)

    def _timetable(self, values: Array) -> Timetable:
        values_by_name = dict(zip(self.names, values.tolist(), strict=True))
        return at_values(self.timetable, self.model, values_by_name)


def moving_schedule(
    model: Model, timetable: Timetable, days: float, *, through: bool
) -> MovingSchedule | None:
    """Return the schedule of a timetable if it follows parameters, else None.

    Raises
    ------
    RegimenError
        If it follows what is no parameter of the model, or its numbers cannot be given at the
        defaults.
    """
    if not followed_by(timetable):
        return None
    moving = MovingSchedule(model, timetable, days, through)
    moving.checked(np.array(list(model.defaults.values())))
    return moving
