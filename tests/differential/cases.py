"""A case of the differential test: what is asked, and how an answer is held to the reference."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from pdmodel.arrays import Array
from pdmodel.model import Model
from tests.differential.models import Drawn
from tests.differential.rates import NoReference, Rates
from tests.differential.records import Course
from tests.differential.reference import Question, Told, tell

ALLOWED = 100


class Apart(Exception):
    """A difference, in words."""


class Slides(Exception):
    """A run that is refused because it slides along a border."""


@dataclass
class Case:
    """What is asked: the model, what happens, when to look, how exactly."""

    drawn: Drawn
    rates: Rates
    rng: random.Random
    course: Course
    times: Array
    side: str
    rtol: float

    @property
    def model(self) -> Model:
        """The model that pdmodel is given."""
        return self.drawn.model

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments that every run shares."""
        return {
            "days": self.course.days, "times": self.times, "at_dose": self.side,
            "rtol": self.rtol,
        }  # fmt: skip

    def tell(self, values: dict[str, float] | None = None, **others: Any) -> Told:
        """Ask the reference."""
        question = Question(self.drawn.values | (values or {}), **others)
        late = [self.side == "after"] * self.times.size
        return tell(self.rates, self.course, question, self.times, late)

    def second(self) -> str:
        """Return another integrator for the reference."""
        return "Radau" if self.drawn.stiff else "DOP853"


def compare(case: Case, found: Array, told: Told, what: str, **question: Any) -> None:
    """Compare states, shape (n_times, n_states); look at a difference with another integrator."""
    bound = ALLOWED * case.rtol * told.largest + told.blur
    apart = np.abs(found - told.states)
    if np.isfinite(found).all() and (apart <= bound + 1e-300).all():
        return
    again = case.tell(method=case.second(), rtol=1e-11, **question)
    if (np.abs(again.states - told.states) > 0.2 * bound + 1e-300).any():
        raise NoReference("two integrators of the reference differ")
    row, column = np.unravel_index(np.nanargmax(apart / np.maximum(bound, 1e-300)), apart.shape)
    name = case.drawn.states[column]
    raise Apart(
        f"{what}: {name} at day {case.times[row]:g} is {found[row, column]:.12g}, reference "
        f"{told.states[row, column]:.12g}, {apart[row, column] / bound[column]:.3g} of what is "
        f"allowed (rtol {case.rtol:g})"
    )
