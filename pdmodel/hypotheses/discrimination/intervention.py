"""Interventions that could tell hypotheses apart: a regimen, and mechanisms that it brings in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdmodel import catalogue
from pdmodel.model import Model


@dataclass(frozen=True)
class Intervention:
    """An arm of an experiment, published for the command line.

    Parameters
    ----------
    name, meaning
        Name of the intervention, and what is done, in words.
    regimen
        In words; empty for the regimen of the question, or of the run.
    swaps
        Mechanisms that it puts into the model, such as one in which a cytokine is blocked.
    values
        Parameters that it changes.
    """

    name: str
    meaning: str
    regimen: str = ""
    swaps: Sequence[str] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    def applied(self, model: Model) -> Model:
        """Return the model under the intervention.

        Raises
        ------
        UnknownNameError
            If the model has no such rival.
        """
        for name in self.swaps:
            model = model.swap(name)
        return model


def interventions(near: object = None) -> dict[str, Intervention]:
    """Return every published intervention by name.

    Parameters
    ----------
    near
        An object or a file: what is declared beside it comes first. None for all that is published.
    """
    return catalogue.published("pdmodel.interventions", Intervention, near)
