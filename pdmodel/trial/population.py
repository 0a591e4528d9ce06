"""Who is treated: medians, spread between patients, correlations; quasi-random draws from one seed.

Patient n of a seed is the same whatever the size of the trial, the model and the protocol, so that
rivals and schedules are judged on the same patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pdmodel.errors import InputError, unknown
from pdmodel.model import Model
from pdmodel.trial.spread import Array, Spread


@dataclass(frozen=True)
class Correlation:
    """Of the normal deviates of two parameters, in (-1, 1)."""

    first: str
    second: str
    value: float


@dataclass(frozen=True)
class Drawn:
    """Patients who were drawn.

    Parameters
    ----------
    patients
        A row a patient, a column a parameter.
    rejected
        How many were drawn and not taken, by the parameter that was out of range.
    """

    patients: pd.DataFrame
    rejected: Mapping[str, int]


@dataclass(frozen=True)
class Population:
    """Medians and spreads.

    Parameters
    ----------
    name, meaning
        What it is called, and who that is.
    spreads
        By parameter.
    correlations
        Between them; the others are 0.
    values
        Parameters that are other than the model's in all patients.

    Examples
    --------
    >>> from pdmodel.trial import LogNormal
    >>> population = Population("two", "an example", {"tone": LogNormal(0.6, 1.12)})
    >>> population.spreads["tone"].sd
    0.6
    """

    name: str
    meaning: str
    spreads: Mapping[str, Spread]
    correlations: Sequence[Correlation] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse correlations that no patients can have."""
        for pair in self.correlations:
            for name in (pair.first, pair.second):
                if name not in self.spreads:
                    raise unknown("spread", name, self.spreads)
        matrix = self.correlation_matrix()
        least = float(np.linalg.eigvalsh(matrix).min())
        if not least > 1e-9:
            pairs = ", ".join(f"{c.first}-{c.second} {c.value:g}" for c in self.correlations)
            raise InputError(
                f"population {self.name!r}: the correlations ({pairs}) are not positive definite: "
                f"the least eigenvalue is {least:.3g}"
            )

    def with_spreads(self, **spreads: Spread) -> Population:
        """Return the population with other spreads."""
        return replace(self, spreads={**self.spreads, **spreads})

    def correlation_matrix(self) -> Array:
        """Return the correlations of the deviates, shape (n_spreads, n_spreads)."""
        places = {name: place for place, name in enumerate(self.spreads)}
        matrix = np.eye(len(places))
        for pair in self.correlations:
            i, j = places[pair.first], places[pair.second]
            matrix[i, j] = matrix[j, i] = pair.value
        return matrix

    def draw(self, model: Model, patients: int, seed: int = 1) -> Drawn:
        """Draw patients by a scrambled Sobol sequence.

        Parameters
        ----------
        model
            Gives the medians that the spreads leave open, and the bounds of its parameters.
        patients
            How many.
        seed
            Of the sequence.

        Raises
        ------
        InputError
            If a number or parameter is not allowed, or hardly any patient is plausible.
        """
        if isinstance(patients, bool) or not isinstance(patients, int) or patients < 1:
            raise InputError(f"a trial needs a whole number of patients >= 1, got {patients!r}")
        for name in (*self.spreads, *self.values):
            if name not in model.defaults:
                raise unknown(f"parameter of population {self.name!r}:", name, model.defaults)
        deviates = _deviates(len(self.spreads), seed)
        taken: list[pd.DataFrame] = []
        rejected: dict[str, int] = {}
        found = 0
        while found < patients:
            table = self._table(model, next(deviates))
            whole, reasons = self._plausible(model, table)
            short = np.flatnonzero(whole)[: patients - found]
            last = table.shape[0] if short.size < patients - found else int(short[-1]) + 1
            for name in reasons[:last]:
                if name:
                    rejected[name] = rejected.get(name, 0) + 1
            taken.append(table.iloc[short])
            found += short.size
            if sum(rejected.values()) > 20 * max(found, 1000):
                raise InputError(
                    f"population {self.name!r}: hardly any patient is plausible: {rejected}"
                )
        return Drawn(pd.concat(taken, ignore_index=True), dict(sorted(rejected.items())))

    def _table(self, model: Model, deviates: Array) -> pd.DataFrame:
        mixed = deviates @ np.linalg.cholesky(self.correlation_matrix()).T
        columns = {
            name: spread.values(mixed[:, place], spread.median or model.defaults[name])
            for place, (name, spread) in enumerate(self.spreads.items())
        }
        return pd.DataFrame(columns).assign(**dict(self.values))

    def _plausible(self, model: Model, table: pd.DataFrame) -> tuple[Array, list[str]]:
        """Return who lies within all ranges, and for each of the others in what not."""
        reasons = np.full(len(table), "", dtype=object)
        for name in table.columns:
            low, high = model.vocabulary[name].bounds or (-np.inf, np.inf)
            spread = self.spreads.get(name)
            if spread is not None:
                low, high = max(low, spread.low), min(high, spread.high)
            outside = (table[name] < low) | (table[name] > high)
            reasons[outside & (reasons == "")] = name
        return reasons == "", reasons.tolist()


def _deviates(columns: int, seed: int):  # type: ignore[no-untyped-def]
    """Yield standard normal deviates in blocks of 1,024, shape (1024, columns)."""
    from scipy.stats import norm, qmc  # not to be imported by who only simulates

    sequence = qmc.Sobol(max(columns, 1), rng=np.random.default_rng(seed))
    while True:
        uniform = np.clip(sequence.random(1024), 1e-12, 1 - 1e-12)
        yield norm.ppf(uniform)[:, :columns]
