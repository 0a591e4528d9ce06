"""What every engine is asked: a model, a regimen, times, quantities; and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from pdmodel.arrays import Array
from pdmodel.dosing import Regimen
from pdmodel.model import Model

Run = Callable[[Array], Array]


@dataclass(frozen=True)
class Problem:
    """One simulation with free parameter values.

    Parameters
    ----------
    model, regimen
        What is given to what.
    days
        Length of the run.
    times
        Days of the outputs.
    quantities
        What is returned; all states by default.
    largest
        Largest amount of a state that the outputs at the end of a day do not show.
    """

    model: Model
    regimen: Regimen
    days: float
    times: tuple[float, ...]
    quantities: tuple[str, ...] = ()
    largest: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Ask for all states where nothing is named."""
        if not self.quantities:
            object.__setattr__(self, "quantities", tuple(s.name for s in self.model.states))

    @property
    def parameters(self) -> list[str]:
        """Names of parameters and constants in the order of the values."""
        return [quantity.name for quantity in self.model.parameters]

    @property
    def values(self) -> Array:
        """Values of the model, shape (n_parameters,)."""
        return np.array(list(self.model.defaults.values()))

    @property
    def free(self) -> list[int]:
        """Places of the parameters; constants are no patient's."""
        return [n for n, q in enumerate(self.model.parameters) if q.kind == "parameter"]

    @property
    def dosed(self) -> set[str]:
        """States that are dosed; engines differ in what they report of them at a dose."""
        doses, main = self.model.doses, next(iter(self.model.doses), "")
        return {doses[dose.drug or main].name for dose in self.regimen.unroll(self.days)}

    def absolute(self, tolerance: Tolerance) -> dict[str, float]:
        """Return the absolute tolerance of each state.

        In the manner `dosed` a state that is dosed has the relative one in its own unit: of a dose
        of 25 mg nobody needs the last nanogram, and its traces keep a solver busy.
        """
        loose = self.dosed if tolerance.manner == "dosed" else set()
        return {
            state.name: tolerance.rtol if state.name in loose else tolerance.atol
            for state in self.model.states
        }

    def asking(self, quantities: Sequence[str], times: Sequence[float] | None = None) -> Problem:
        """Return the same with other outputs."""
        return replace(self, quantities=tuple(quantities), times=tuple(times or self.times))

    def draw(self, patients: int, seed: int = 1, spread: float = 0.2) -> Array:
        """Return values of virtual patients, log-normal, shape (n_patients, n_parameters)."""
        values = np.tile(self.values, (patients, 1))
        normal = np.random.default_rng(seed).standard_normal((patients, len(self.free)))
        values[:, self.free] *= np.exp(spread * normal)
        return values

    def nearly(self, number: int) -> Array:
        """Return values that differ by a hair in every round, so that no answer can be kept."""
        return self.values * (1 + 1e-12 * (number + 1))


def daily_times(days: float) -> tuple[float, ...]:
    """Return days 1, 2, ..., up to the end."""
    return tuple(float(day) for day in range(1, int(days) + 1))


class Tolerance(NamedTuple):
    """How exactly an engine is told to work."""

    rtol: float
    atol: float
    manner: str = ""


class Engine(Protocol):
    """An adapter.

    Attributes
    ----------
    name
        As in the tables.
    manners
        Ways to use it, of which the fastest is chosen.
    note
        How it is given the doses, and what it cannot be given.
    """

    @property
    def name(self) -> str:
        """Return the name."""
        ...

    @property
    def manners(self) -> tuple[str, ...]:
        """Return the manners of use."""
        ...

    @property
    def note(self) -> str:
        """Return what a reader of the table must know."""
        ...

    def version(self) -> str:
        """Return the version, or raise ImportError where it is not installed."""
        ...

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from parameter values to outputs, shape (n_times, n_quantities)."""
        ...


Result = dict[str, Any]
