"""A hypothesis: a mechanism and what makes a responder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pdmodel import catalogue
from pdmodel.errors import InputError, unknown
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
        `model` or `model@difference`; the model as `catalogue.load` takes it, the difference by
        name, or as `module:object` or `path.py:object`.
    differences, usual
        Those that are known, and the one that goes without saying.

    Raises
    ------
    UnknownNameError, InputError
        If there is no such model or difference, with the nearest match; or if a difference of
        one's own has the name of another.
    """
    place, _, name = text.partition(SEPARATOR)
    known = {one.name: one for one in differences}
    chosen = _own(name, known) if ":" in name else known.get(name, usual)
    if name and ":" not in name and name not in known:
        raise unknown("difference", name, known)
    return Hypothesis(catalogue.load(place), chosen, chosen.name == usual.name)


def _own(name: str, known: Mapping[str, Difference]) -> Difference:
    """Return a difference of one's own."""
    found = catalogue.find_object(name, "difference", "pdmodel.differences", Difference)
    if known.get(found.name, found) != found:
        raise InputError(f"{name}: another difference is called {found.name!r}; rename yours")
    return found


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
