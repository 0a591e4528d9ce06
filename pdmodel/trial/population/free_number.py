"""Numbers of a population that a calibration may move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pdmodel.arguments import number
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.model import Model
from pdmodel.trial.population.population import Population

KINDS = ("median", "sd", "value")


@dataclass(frozen=True)
class FreeNumber:
    """A number of the population that is calibrated.

    Parameters
    ----------
    kind, parameter
        The `median` or `sd` of a spread, or the `value` that all patients share.
    low, high
        Bounds.
    """

    kind: str
    parameter: str
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse kinds and bounds that cannot be."""
        require_known("kind of a free number", KINDS, self.kind)
        for name in ("low", "high"):
            object.__setattr__(self, name, number(getattr(self, name), f"{self.name}: {name}"))
        if not 0 < self.low < self.high:
            raise InputError(f"{self.name}: bounds must be 0 < low < high")

    @property
    def name(self) -> str:
        """The name of the number in a report."""
        return f"{self.kind}_{self.parameter}"

    def value(self, population: Population, model: Model) -> float:
        """Return the number as it is.

        Raises
        ------
        UnknownNameError
            If the model or the population does not have it.
        """
        if self.parameter not in model.defaults:
            raise unknown(f"parameter of {self.name} in {model.name!r}:", self.parameter,
                          model.defaults)  # fmt: skip
        if self.kind == "value":
            return population.values.get(self.parameter, model.defaults[self.parameter])
        require_known("spread", population.spreads, self.parameter)
        spread = population.spreads[self.parameter]
        if self.kind == "sd":
            return spread.sd
        return model.defaults[self.parameter] if spread.median is None else spread.median

    def put(self, population: Population, value: float) -> Population:
        """Return the population with another number."""
        if self.kind == "value":
            return replace(population, values={**population.values, self.parameter: value})
        if self.parameter not in population.spreads:
            raise unknown(f"spread of population {population.name!r}:", self.parameter,
                          population.spreads)  # fmt: skip
        old = population.spreads[self.parameter]
        spread = replace(old, sd=value) if self.kind == "sd" else replace(old, median=value)
        return population.with_spreads(**{self.parameter: spread})


def put_numbers(population: Population, numbers: Mapping[FreeNumber, float]) -> Population:
    """Return a population in which several numbers are other ones."""
    for own, value in numbers.items():
        population = own.put(population, value)
    return population


Free = FreeNumber
"""The name of before."""
