"""What a document of SBML is written on: identifiers, units, formulas, and the model in it."""

from __future__ import annotations

from typing import Any

import sympy

from pdmodel.interchange.dose_plan import DosePlan
from pdmodel.interchange.names import Names
from pdmodel.interchange.sbml_writing.annotation import (
    SBO,
    origin,
    write_identifiers,
    write_notes,
)
from pdmodel.interchange.sbml_writing.mathematics import Mathematics, power_of_positive
from pdmodel.interchange.sbml_writing.unit_definitions import UnitDefinitions
from pdmodel.interchange.written_case import WrittenCase, written_symbols
from pdmodel.model import Model, Quantity
from pdmodel.units import Unit, parse_unit

_GROUPS = "groups"


class SbmlSheet:
    """One document, and what its parts need to be written.

    Parameters
    ----------
    model, case
        The equations; values and doses.
    library
        libSBML.
    plan
        What is given instead of the doses of the case.

    Attributes
    ----------
    sbml
        The model of libSBML that is filled.
    names
        Identifiers of everything but units.
    mathematics, units, plan
        How expressions are written; units; what is given.
    """

    def __init__(
        self, model: Model, case: WrittenCase, library: Any, plan: DosePlan | None = None
    ) -> None:
        self.model, self.case, self.library = model, case, library
        spaces = library.SBMLNamespaces(3, 2, _GROUPS, 1)
        self.document = library.SBMLDocument(spaces)
        self.document.setPackageRequired(_GROUPS, False)
        self.sbml = self.document.createModel()
        self.names, self.units = Names(frozenset()), UnitDefinitions()
        self._identifiers: dict[sympy.Symbol, str] = {}
        self._power = ""
        self._own: dict[sympy.Symbol, Unit] = {}
        self.plan = plan or DosePlan(model, case.schedule)
        for symbol in written_symbols(model):
            self.identifier(symbol)
        self.mathematics = Mathematics(
            library, self.units, self.unit, self.identifier, self.power, model.vocabulary.time
        )

    def identifier(self, symbol: sympy.Symbol) -> str:
        """Return the name of a symbol in the file."""
        if symbol not in self._identifiers:
            self._identifiers[symbol] = self.names.take(symbol.name)
        return self._identifiers[symbol]

    def own(self, symbol: sympy.Symbol, identifier: str, unit: Unit) -> None:
        """Take up a symbol of the file that the model does not have."""
        self._identifiers[symbol], self._own[symbol] = identifier, unit

    def unit(self, symbol: sympy.Symbol) -> Unit:
        """Return the unit of a symbol of the model or of the file."""
        if symbol in self._own:
            return self._own[symbol]
        return parse_unit(self.model.vocabulary[symbol].unit)

    def power(self) -> str:
        """Return the name of the function `safe_power`, which the file then defines."""
        if not self._power:
            self._power = self.names.take("safe_power")
            function = self.sbml.createFunctionDefinition()
            function.setId(self._power)
            function.setMath(power_of_positive(self.library))
        return self._power

    def parameter(
        self, symbol: sympy.Symbol, value: float | None, unit: Unit, *, text: str = "",
        constant: bool = True, name: str = "",
    ) -> Any:  # fmt: skip
        """Write a parameter, of the file itself where the model has no such symbol."""
        element = self.sbml.createParameter()
        self._own[symbol] = unit
        element.setId(self.identifier(symbol))
        if value is not None:
            element.setValue(float(value))
        element.setUnits(self.units.identifier_of(unit, text))
        element.setConstant(constant)
        element.setSBOTerm(SBO["parameter"])
        if name:
            element.setName(name)
        return element

    @property
    def assigned(self) -> set[sympy.Symbol]:
        """Symbols that the model's own events assign."""
        return {symbol for event in self.model.events for symbol in event.assign}

    def describe(self, element: Any, quantity: Quantity) -> None:
        """Write meaning, source and identifiers of a quantity."""
        lines, texts = origin(quantity, self.model.vocabulary.references)
        if quantity.meaning:
            element.setName(" ".join(quantity.meaning.split()))
        write_notes(element, lines)
        write_identifiers(element, self.library, quantity, texts)

    def start(self, symbol: sympy.Symbol, expression: sympy.Expr) -> None:
        """Write an initial assignment."""
        assignment = self.sbml.createInitialAssignment()
        assignment.setSymbol(self.identifier(symbol))
        assignment.setMath(self.mathematics.write(expression, self.unit(symbol)))
