"""An SBML document, read element by element."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import sympy

from pdmodel.errors import unknown
from pdmodel.interchange.sbml_reading.file_contents.elements import (
    SbmlContents,
    SbmlQuantity,
    SbmlSpecies,
)
from pdmodel.interchange.sbml_reading.file_contents.formulas import FormulaReader
from pdmodel.interchange.sbml_reading.file_contents.library import (
    SbmlError,
    SbmlRefusal,
    each,
)
from pdmodel.interchange.sbml_reading.file_contents.notes import (
    claim_and_refutation,
    identifiers,
    references,
    title,
)
from pdmodel.interchange.sbml_reading.file_contents.reactions import read_event, read_reaction
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.interchange.sbml_reading.file_contents.units_in_words import (
    ratio_in_words,
    time_in_words,
    unit_in_words,
)

# SBML leaves open what is not said; these are what other programs take, libRoadRunner among them.
_SIZE_UNSAID, _START_UNSAID = 1.0, 0.0


def read_contents(document: Any, names: SymbolNames) -> SbmlContents:
    """Return what a document says.

    Parameters
    ----------
    document
        Of libSBML, flat.
    names
        Hands out the names of symbols.

    Raises
    ------
    SbmlError
        If a formula makes no sense.
    SbmlRefusal
        If it says what is not run.
    """
    model = document.getModel()
    claim, refuted = claim_and_refutation(model)
    contents = SbmlContents(
        name=model.getId() or model.getName() or "sbml", says=claim or model.getName(),
        refuted_by=refuted,
        time_unit=time_in_words(model), references=dict(references(model)),
        clock=sympy.Dummy("clock"),
    )  # fmt: skip
    if model.getLevel() > 2 and model.isSetConversionFactor():
        contents.extent_conversion = model.getConversionFactor()
    for element in _quantities(model):
        contents.quantities[element.id] = element
    for reaction in each(model.getListOfReactions()):
        if reaction.isSetFast() and reaction.getFast():
            raise SbmlRefusal(
                "fast reaction", f"reaction {reaction.getId()!r} is fast: give it a rate instead"
            )
    ids = [*contents.quantities, *(element.getId() for element in each(model.getListOfReactions()))]
    contents.symbols = {name: names.symbol(name) for name in ids}
    _check_conversions(contents)
    _read_formulas(model, contents, _reader(model, contents, names), names)
    return contents


def _check_conversions(contents: SbmlContents) -> None:
    """Refuse a conversion factor that is no parameter of the file."""
    kinds = {quantity.id: quantity.kind for quantity in contents.quantities.values()}
    parameters = [name for name, kind in kinds.items() if kind == "parameter"]
    own = [species.conversion for species in contents.species()]
    for factor in (contents.extent_conversion, *own):
        if factor and factor not in parameters:
            raise SbmlError(str(unknown("conversion factor", factor, parameters)))


def _reader(model: Any, contents: SbmlContents, names: SymbolNames) -> FormulaReader:
    by_expression: dict[sympy.Expr, sympy.Symbol] = {}

    def named(expression: sympy.Expr) -> sympy.Symbol:
        if expression not in by_expression:
            by_expression[expression] = symbol = names.symbol("part")
            contents.named[symbol] = expression
        return by_expression[expression]

    functions = {
        function.getId(): function.getMath()
        for function in each(model.getListOfFunctionDefinitions())
        if function.isSetMath()
    }
    return FormulaReader(contents.symbols, functions, contents.clock, named)


def _read_formulas(
    model: Any, contents: SbmlContents, reader: FormulaReader, names: SymbolNames
) -> None:
    for rule in each(model.getListOfRules()):
        if not rule.isSetMath():
            continue
        value = reader.number(rule.getMath(), f"the rule of {rule.getVariable() or 'algebra'!r}")
        if rule.isAlgebraic():
            contents.algebraic.append(value)
        else:
            kind = contents.assigned if rule.isAssignment() else contents.rates
            kind[_ruled(rule.getVariable(), contents)] = value
    for element in each(model.getListOfInitialAssignments()):
        if element.isSetMath():
            where = f"the initial assignment of {element.getSymbol()!r}"
            contents.initial[element.getSymbol()] = reader.number(element.getMath(), where)
    for reaction in each(model.getListOfReactions()):
        made = read_reaction(reaction, contents, reader, names, model)
        contents.reactions[made.id] = made
    for number, event in enumerate(each(model.getListOfEvents())):
        if event.isSetTrigger() and event.getTrigger().isSetMath():
            contents.events.append(read_event(event, number, reader))


def _ruled(variable: str, contents: SbmlContents) -> str:
    """Return what a rule sets, where the file has it and no other rule sets it."""
    if variable not in contents.symbols:
        raise SbmlError(str(unknown("variable of a rule:", variable, contents.symbols)))
    if variable in contents.assigned or variable in contents.rates:
        raise SbmlError(f"{variable!r} is set by two rules")
    return variable


def _quantities(model: Any) -> Iterator[SbmlQuantity]:
    level = model.getLevel()
    substance = unit_in_words(model.getSubstanceUnits() if level > 2 else "substance", model)
    for element in each(model.getListOfCompartments()):
        yield _compartment(element, model)
    for element in each(model.getListOfSpecies()):
        yield _species(element, model, substance)
    for element in each(model.getListOfParameters()):
        value = element.getValue() if element.isSetValue() else math.nan
        unit = unit_in_words(element.getUnits(), model)
        yield SbmlQuantity(
            element.getId(), title(element), "parameter", value, _constant(element, level), unit
        )
    for reaction in each(model.getListOfReactions()):
        for listed in (reaction.getListOfReactants(), reaction.getListOfProducts()):
            for element in each(listed):
                if element.isSetId() and element.getId():
                    given = level < 3 or element.isSetStoichiometry()
                    value = element.getStoichiometry() if given else math.nan
                    constant = element.getConstant() if level > 2 else False
                    yield SbmlQuantity(
                        element.getId(), title(element), "stoichiometry", value, constant, "1"
                    )


def _constant(element: Any, level: int) -> bool:
    return bool(element.getConstant()) if level > 1 else False


def _compartment(element: Any, model: Any) -> SbmlQuantity:
    level = model.getLevel()
    given = element.isSetSize() or level == 1
    size = element.getVolume() if level == 1 else _SIZE_UNSAID
    if element.isSetSize():
        size = element.getSize()
    unit = unit_in_words(_unit_of_size(element, model), model)
    return SbmlQuantity(
        element.getId(), title(element), "compartment", size, _constant(element, level), unit,
        assumed=not given,
    )  # fmt: skip


def _unit_of_size(compartment: Any, model: Any) -> str:
    """Return the id of the unit of a compartment's size, the model's own where it names none."""
    if compartment.isSetUnits() or compartment.getSpatialDimensions() != 3:
        return str(compartment.getUnits())
    if model.getLevel() > 2:
        return str(model.getVolumeUnits())
    return "volume" if model.getUnitDefinition("volume") is not None else "litre"


def _species(element: Any, model: Any, substance: str) -> SbmlSpecies:
    level = model.getLevel()
    home = model.getCompartment(element.getCompartment())
    without_size = home is None or _has_no_size(home, level)
    is_amount = without_size or bool(level > 1 and element.getHasOnlySubstanceUnits())
    given, value, assumed = "amount", _START_UNSAID, True
    if element.isSetInitialAmount():
        value, assumed = element.getInitialAmount(), False
    elif element.isSetInitialConcentration():
        given, value, assumed = "concentration", element.getInitialConcentration(), False
    own_unit = element.getSubstanceUnits() if element.isSetSubstanceUnits() else None
    unit = substance if own_unit is None else unit_in_words(own_unit, model)
    if not is_amount:
        unit = ratio_in_words(unit, unit_in_words(_unit_of_size(home, model), model))
    conversion = element.getConversionFactor() if level > 2 else ""
    return SbmlSpecies(
        element.getId(), title(element), "species", value, _constant(element, level), unit,
        compartment="" if without_size else home.getId(), is_amount=is_amount,
        given=given, boundary=bool(element.getBoundaryCondition()), conversion=conversion,
        identifiers=identifiers(element), assumed=assumed,
    )  # fmt: skip


def _has_no_size(compartment: Any, level: int) -> bool:
    flat = level > 1 and compartment.isSetSpatialDimensions()
    if not flat or compartment.getSpatialDimensions() != 0:
        return False
    return level == 2 or not compartment.isSetSize()
