"""A hypothesis: a mechanism and what makes a responder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pdmodel import catalogue
from pdmodel.errors import unknown
from pdmodel.hypotheses.difference import Difference
from pdmodel.model import Model

SEPARATOR = "@"


@dataclass(frozen=True)
class Hypothesis:
    """A model together with the parameters that make a responder.

    Parameters
    ----------
    model
        The mechanism.
    difference
        What makes a responder.
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
        """The claim of the mechanism, and of what makes a responder where that is unusual."""
        return self.model.claim if self.usual else self.difference.claim

    @property
    def refuted_by(self) -> str:
        """What would refute it."""
        return self.model.refuted_by if self.usual else self.difference.refuted_by

    def missing(self) -> list[str]:
        """Return parameters of the difference that the model does not have."""
        return [name for name in self.difference.parameters if name not in self.model.defaults]


def read_hypothesis(text: str, differences: Iterable[Difference], usual: Difference) -> Hypothesis:
    """Return a hypothesis by name.

    Parameters
    ----------
    text
        `model` or `model@difference`; the model as `catalogue.load` takes it.
    differences, usual
        Those that are known, and the one that goes without saying.

    Raises
    ------
    UnknownNameError
        If there is no such model or difference; the message has the nearest match.
    """
    place, _, name = text.partition(SEPARATOR)
    known = {one.name: one for one in differences}
    if name and name not in known:
        raise unknown("difference", name, known)
    chosen = known.get(name, usual)
    return Hypothesis(catalogue.load(place), chosen, chosen.name == usual.name)


def differences() -> dict[str, Difference]:
    """Return every published difference by name."""
    return catalogue.published("pdmodel.differences", Difference)


def named(hypotheses: Sequence[Hypothesis], name: str) -> Hypothesis:
    """Return one of some hypotheses.

    Raises
    ------
    UnknownNameError
        If none has the name.
    """
    known = {one.name: one for one in hypotheses}
    if name not in known:
        raise unknown("hypothesis", name, known)
    return known[name]
