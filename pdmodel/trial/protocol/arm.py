"""Arms: patients of one trial who are treated otherwise, or are other patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import name_of, shown, whole_number
from pdmodel.arrays import Integers
from pdmodel.errors import InputError
from pdmodel.trial.population.population import Population
from pdmodel.trial.protocol.protocol import Protocol


@dataclass(frozen=True)
class TrialArm:
    """Some of the patients of a trial: a cohort with a dose of its own, or later patients.

    Parameters
    ----------
    name
        Column of the outcomes that is 1 for its patients and 0 for the others, so that patterns
        may be of it.
    patients
        How many the trial had; virtual patients are shared out in this proportion, by lot.
    protocol, population
        Those of the trial if None.
    """

    name: str
    patients: int
    protocol: Protocol | None = None
    population: Population | None = None

    def __post_init__(self) -> None:
        """Refuse an arm without a name or patients."""
        object.__setattr__(self, "name", name_of(self.name, "arm"))
        if not self.name.isidentifier():
            raise InputError(f"arm {self.name!r}: its name is a column, e.g. start_20")
        patients = whole_number(self.patients, f"arm {self.name!r}: patients", least=1)
        object.__setattr__(self, "patients", patients)
        for what, kind in (("protocol", Protocol), ("population", Population)):
            given = getattr(self, what)
            if given is not None and not isinstance(given, kind):
                raise InputError(f"arm {self.name!r}: {shown(given)} is no {what}")


def check_arms(
    arms: Sequence[TrialArm], protocol: Protocol, population: Population, who: str
) -> None:
    """Refuse arms that cannot be put together into one table of outcomes.

    Raises
    ------
    InputError
        Names the trial, the arm and what differs.
    """
    names: list[str] = []
    for arm in arms:
        if not isinstance(arm, TrialArm):
            raise InputError(f"{who}: {shown(arm)} is no arm, e.g. TrialArm('later', 16, protocol)")
        own, people = arm.protocol or protocol, arm.population or population
        if arm.name in names or arm.name in people.covariates:
            raise InputError(f"{who}: the name of arm {arm.name!r} is taken")
        names.append(arm.name)
        for what in ("days", "visits", "unit"):
            if getattr(own, what) != getattr(protocol, what):
                raise InputError(
                    f"{who}: arm {arm.name!r} has other {what} than the trial; arms are seen on "
                    "the same days, so give all of them the visits of all"
                )
        if set(people.covariates) != set(population.covariates):
            raise InputError(
                f"{who}: the patients of arm {arm.name!r} have other covariates than the trial"
            )


def allotted(arms: Sequence[TrialArm], count: int, seed: int) -> Integers:
    """Return the number of the arm of each patient, shape (count,).

    Each block of patients holds the arms in their proportion, in an order drawn by lot, so that the
    first patients of a large trial are those of a small one.

    Parameters
    ----------
    arms
        With their patients.
    count, seed
        How many virtual patients, and the seed of the lot.

    Examples
    --------
    >>> arms = [TrialArm("early", 10), TrialArm("late", 8)]
    >>> np.bincount(allotted(arms, 18, 1)).tolist(), np.bincount(allotted(arms, 900, 1)).tolist()
    ([10, 8], [500, 400])
    """
    sizes = np.array([arm.patients for arm in arms])
    block = np.repeat(np.arange(len(arms)), sizes // math.gcd(*sizes.tolist()))
    random = np.random.default_rng([seed, 7])
    blocks = [random.permutation(block) for _ in range(-(-count // block.size))]
    return np.concatenate(blocks)[:count].astype(np.int64)
