"""A model that can begin anywhere: every state starts at a parameter of its own.

An experiment of PEtab goes through periods, each of which begins where the last one ended, with
changes. What the model works out once at its start (constants, initial assignments) is worked out
here, so that it stays as it was when a later period begins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import sympy

from pdmodel.interchange.petab.sloped import Sloped, SlopedFormula
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

_OPEN = (-math.inf, math.inf)
_SLOT = "everything"
_PERIOD = "period"


class RestartModel:
    """A model and its twin that begins anywhere.

    Parameters
    ----------
    model
        As it was read.

    Attributes
    ----------
    twin
        The same rates; each state has a parameter for its start, each constant is a parameter.
    starts
        Name of the parameter that holds the start of a state of the twin, by state.
    frozen
        Constants that follow from parameters, by name: the parameter of the twin that holds them.
    clock
        Parameter of the twin that holds the time at which it begins; empty where nothing asks.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._taken = {quantity.name for quantity in model.vocabulary}
        still = [symbol for symbol in model.definitions if symbol not in model.moving]
        self.frozen = {str(symbol): self._take("constant") for symbol in still}
        self.starts = {str(state): self._take("start") for state in model.states}
        self.clock = self._take("begin") if model.timed else ""
        self.moving = [str(symbol) for symbol in model.definitions if symbol in model.moving]
        self._formulas = {
            **{str(s): SlopedFormula(model.definitions[s]) for s in still},
            **{str(s): SlopedFormula(e) for s, e in model.initials.items()},
        }
        self.twin = self._twin()

    def _take(self, kind: str) -> str:
        """Return a name that nothing else has."""
        count = 1
        while f"{kind}_{count}" in self._taken:
            count += 1
        self._taken.add(f"{kind}_{count}")
        return f"{kind}_{count}"

    def _twin(self) -> Model:
        model, vocabulary = self.model, Vocabulary(unit_checks=False)
        changes: dict[sympy.Symbol, sympy.Expr] = {
            sympy.Symbol(name): sympy.Symbol(held) for name, held in self.frozen.items()
        }
        if self.clock:
            time = model.vocabulary.time
            changes[time] = time + sympy.Symbol(self.clock)
        plain = {quantity.name: model.defaults[quantity.name] for quantity in model.parameters}
        added = [*self.frozen.values(), *self.starts.values(), *filter(None, [self.clock])]
        for name, value in (plain | dict.fromkeys(added, 0.0)).items():
            vocabulary.parameter(
                name, unit="1", value=value, bounds=_OPEN, meaning="", source=ASSUMED
            )
        for state, start in self.starts.items():
            vocabulary.state(state, unit="1", initial=sympy.Symbol(start), meaning="")
        defines = {}
        for name in self.moving:
            vocabulary.auxiliary(name, unit="1", meaning="")
            defines[sympy.Symbol(name)] = model.definitions[sympy.Symbol(name)].xreplace(changes)
        rates = {state: rate.xreplace(changes) for state, rate in model.odes.items()}
        vocabulary.slot(_SLOT, meaning="")
        whole = Mechanism(_SLOT, _SLOT, "as it was read", processes={_PERIOD: rates},
                          defines=defines)  # fmt: skip
        return Model(model.name, vocabulary, [whole])

    def begin(self, known: Mapping[str, Sloped], n_free: int) -> dict[str, Sloped]:
        """Return constants and starting values that parameters give, by name of the model.

        Parameters
        ----------
        known
            Parameters, by name.
        n_free
            Number of free parameters.
        """
        values = dict(known)
        values["time"] = Sloped.still(0.0, n_free)
        for name in self._order():
            values[name] = self._formulas[name].at(values, n_free)
        return {name: values[name] for name in self._formulas}

    def _order(self) -> Iterator[str]:
        """Yield constants, each after those it uses, then states."""
        yield from self.frozen
        yield from self.starts
