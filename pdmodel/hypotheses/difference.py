"""What makes a responder: the parameters that differ between responders and nonresponders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pdmodel.errors import InputError
from pdmodel.trial import Correlation, LogNormal, Population


@dataclass(frozen=True)
class Difference:
    """One answer to the question what makes a responder, published for the command line.

    Parameters
    ----------
    name
        What it is called, e.g. `effector_competence`.
    parameters
        Those that differ; in a fit each group has its own value, in a trial they vary most.
    claim, refuted_by
        In words, as of a mechanism.
    spread
        Standard deviation of the logarithm between the patients of a trial, where the population
        has less; that of all whose names are not in `spreads`.
    spreads
        Other standard deviations by parameter.
    correlation
        Of the deviates of the first two parameters between the patients of a trial.
    source, status
        Of the claim, and of its spreads.
    """

    name: str
    parameters: Sequence[str]
    claim: str
    refuted_by: str
    spread: float = 0.6
    spreads: Mapping[str, float] = field(default_factory=dict)
    correlation: float = 0.0
    source: str = "ASSUMED"
    status: str = "assumed"

    def __post_init__(self) -> None:
        """Refuse a difference in nothing."""
        if not self.parameters or len(set(self.parameters)) != len(self.parameters):
            raise InputError(f"difference {self.name!r}: name each parameter once, at least one")
        if self.correlation and len(self.parameters) < 2:
            raise InputError(f"difference {self.name!r}: a correlation needs two parameters")

    def applied(self, population: Population, usual: Sequence[str]) -> Population:
        """Return a population that differs in these parameters and not in the usual ones.

        Parameters
        ----------
        population
            Its other spreads stay.
        usual
            Parameters in which patients differ by default; they have their median if they are not
            among those of this difference.
        """
        spreads = dict(population.spreads)
        for name in self.parameters:
            least = self.spreads.get(name, self.spread)
            known = spreads.get(name, LogNormal(0.0))
            spreads[name] = replace(known, sd=max(known.sd, least))
        for name in usual:
            if name not in self.parameters and name in spreads:
                spreads[name] = replace(spreads[name], sd=0.0)
        pairs = tuple(population.correlations)
        if self.correlation:
            own = Correlation(self.parameters[0], self.parameters[1], self.correlation)
            pairs = (*(p for p in pairs if {p.first, p.second} != {own.first, own.second}), own)
        return replace(population, spreads=spreads, correlations=pairs)


def on_common_patients(population: Population, differences: Sequence[Difference]) -> Population:
    """Return the population with a place for every parameter that any difference moves.

    A place without spread changes no patient, but keeps the deviates of all others the same
    whichever difference is asked about.
    """
    names = dict.fromkeys(name for one in differences for name in one.parameters)
    missing = {name: LogNormal(0.0) for name in names if name not in population.spreads}
    return population.with_spreads(**missing)
