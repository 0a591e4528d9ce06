"""A hypothesis: a mechanism, and the difference between patients who fare well or badly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pdmodel import catalogue
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.model import Model
from pdmodel.trial import Correlation, LogNormal, Population

SEPARATOR = "@"


@dataclass(frozen=True)
class Difference:
    """One answer to the question how patients differ, published for the command line.

    Parameters
    ----------
    name
        Name of the difference.
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
        Correlation of the deviates of the first two parameters between the patients of a trial.
    source, status
        Source and status of the claim and of its spreads.
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
            spread = spreads.get(name, LogNormal(0.0))
            spreads[name] = replace(spread, sd=max(spread.sd, least))
        for name in usual:
            if name not in self.parameters and name in spreads:
                spreads[name] = replace(spreads[name], sd=0.0)
        pairs = tuple(population.correlations)
        if self.correlation:
            own = Correlation(self.parameters[0], self.parameters[1], self.correlation)
            pairs = (*(p for p in pairs if {p.first, p.second} != {own.first, own.second}), own)
        return replace(population, spreads=spreads, correlations=pairs)


def on_common_patients(population: Population, differences: Sequence[Difference]) -> Population:
    """Return the population with a spread for every parameter that any difference moves.

    A spread of 0 changes no patient, but keeps the deviates of all others the same
    whichever difference is tried.
    """
    names = dict.fromkeys(name for difference in differences for name in difference.parameters)
    missing = {name: LogNormal(0.0) for name in names if name not in population.spreads}
    return population.with_spreads(**missing)


@dataclass(frozen=True)
class Hypothesis:
    """A model together with the parameters in which patients differ.

    Parameters
    ----------
    model
        The mechanism.
    difference
        In what patients differ.
    usual
        Whether that is the difference of the comparison; then the name is that of the model.
    """

    model: Model
    difference: Difference
    usual: bool = True

    @property
    def name(self) -> str:
        """`model`, or `model@difference`."""
        own = "" if self.usual else f"{SEPARATOR}{self.difference.name}"
        return f"{self.model.name}{own}"

    @property
    def claim(self) -> str:
        """The claim of the mechanism, and of how patients differ where that is unusual."""
        return self.model.claim if self.usual else self.difference.claim

    @property
    def refuted_by(self) -> str:
        """What would refute it."""
        return self.model.refuted_by if self.usual else self.difference.refuted_by

    def missing(self) -> list[str]:
        """Return parameters of the difference that the model does not have."""
        return [name for name in self.difference.parameters if name not in self.model.defaults]


def read_hypothesis(
    text: str, differences: Mapping[str, Difference], usual: Difference, near: object = None
) -> Hypothesis:
    """Return a hypothesis by name.

    Parameters
    ----------
    text
        `model` or `model@difference`; the model as `catalogue.load` takes it, the difference by
        name, or as `module:object` or `path.py:object`.
    differences, usual
        The differences that have a name, and the default one, which a name may leave out.
    near
        An object that uses the name: both are looked for first where that is declared.

    Raises
    ------
    UnknownNameError, InputError
        If there is no such model or difference, with the nearest match; or if a difference of
        one's own has the name of another.
    """
    chosen = read_difference(text, differences, usual, near)
    return Hypothesis(catalogue.load(_parts(text)[0], near), chosen, chosen.name == usual.name)


def read_difference(
    text: str, differences: Mapping[str, Difference], usual: Difference, near: object = None
) -> Difference:
    """Return the difference of a hypothesis by the name of that; no model is loaded.

    The parameters are those of `read_hypothesis`.

    Raises
    ------
    UnknownNameError, InputError
        If there is no such difference, or one of one's own has the name of another.
    """
    name = _parts(text)[1]
    if ":" in name:
        return _own(name, differences, near)
    if name and name not in differences:
        raise unknown("difference", name, differences)
    return differences.get(name, usual)


def _parts(text: str) -> tuple[str, str]:
    """Return model and difference of a name; a folder in the path of a model may hold an @."""
    first, at, second = text.partition(SEPARATOR)
    while at and {"/", "\\"} & set(first) and ":" not in first:
        more, at, second = second.partition(SEPARATOR)
        first = f"{first}{SEPARATOR}{more}"
    return first, second


def _own(name: str, differences: Mapping[str, Difference], near: object) -> Difference:
    """Return a difference of one's own."""
    difference = catalogue.find_object(name, "difference", "pdmodel.differences", Difference, near)
    if differences.get(difference.name, difference) != difference:
        raise InputError(f"{name}: another difference is called {difference.name!r}; rename yours")
    return difference


def differences(near: object = None) -> dict[str, Difference]:
    """Return every published difference by name.

    Parameters
    ----------
    near
        An object or a file: what is declared beside it comes first. None for all that is published.
    """
    return catalogue.published("pdmodel.differences", Difference, near)


def named(hypotheses: Sequence[Hypothesis], name: str) -> Hypothesis:
    """Return one of some hypotheses.

    Raises
    ------
    UnknownNameError
        If none has the name.
    """
    by_name = {hypothesis.name: hypothesis for hypothesis in hypotheses}
    require_known("hypothesis", by_name, name)
    return by_name[name]
