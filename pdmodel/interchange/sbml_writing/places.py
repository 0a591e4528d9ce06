"""Where states are: amounts in a body, concentrations in a volume, or quantities without either."""

from __future__ import annotations

from typing import Any, NamedTuple

import sympy

from pdmodel.interchange.formula import finite_number
from pdmodel.interchange.names import Names
from pdmodel.interchange.sbml_writing.annotation import SBO
from pdmodel.interchange.sbml_writing.sheet import SbmlSheet
from pdmodel.interchange.sbml_writing.unit_definitions import substance_of, volume_of
from pdmodel.model import Model
from pdmodel.units import ONE, Unit, parse_unit


class StatePlace(NamedTuple):
    """Where a state is, and in what it is counted.

    Parameters
    ----------
    volume
        Unit of the volume it is a concentration in; empty for an amount.
    substance
        Unit that it is counted in.
    """

    volume: str
    substance: Unit


class Places:
    """Where each state of a model is.

    SBML counts every reaction in one unit, the extent. Where the states of a model are counted in
    several units, the extent is a plain number and every unit a conversion factor of value 1.

    Parameters
    ----------
    model
        Its states.
    names
        Where identifiers come from.
    """

    def __init__(self, model: Model, names: Names) -> None:
        self.of: dict[sympy.Symbol, StatePlace | None] = {
            state: _place(model.vocabulary[state].unit) for state in model.states
        }
        self._names = names
        known = [place.substance for place in self.of.values() if place]
        self.extent = known[0] if known and all(u.matches(known[0]) for u in known) else ONE
        self._compartments: dict[str, sympy.Symbol] = {}
        self._factors: list[tuple[Unit, sympy.Symbol]] = []

    def compartment(self, place: StatePlace) -> sympy.Symbol:
        """Return the symbol of the volume that a state is in."""
        return self._compartments[place.volume]

    def factor(self, unit: Unit) -> sympy.Symbol | None:
        """Return the conversion factor of a unit; None for the unit of the extent."""
        return next((symbol for written, symbol in self._factors if written.matches(unit)), None)

    def write(self, sheet: SbmlSheet) -> None:
        """Write compartments and conversion factors."""
        sbml, units = sheet.sbml, sheet.units
        extent = units.identifier_of(self.extent, self._text(sheet, self.extent))
        sbml.setExtentUnits(extent), sbml.setSubstanceUnits(extent)
        sbml.setVolumeUnits("litre")
        for place in self.of.values():
            if place is None:
                continue
            if place.volume not in self._compartments:
                self._write_compartment(sheet, place.volume)
            same = place.substance.matches(self.extent)
            if not same and self.factor(place.substance) is None:
                self._write_factor(sheet, place.substance)

    def _text(self, sheet: SbmlSheet, unit: Unit) -> str:
        """Return a unit in the words of a state."""
        for state, place in self.of.items():
            if place and place.substance.matches(unit):
                text = sheet.model.vocabulary[state].unit
                return text.rpartition("/")[0].strip() if place.volume else text
        return ""

    def _write_compartment(self, sheet: SbmlSheet, volume: str) -> None:
        name = f"volume_in_{volume}" if volume else "body"
        symbol = self._compartments[volume] = sympy.Symbol(self._names.take(name))
        unit = volume or "L"
        sheet.own(symbol, symbol.name, parse_unit(unit))
        element = sheet.sbml.createCompartment()
        element.setId(symbol.name)
        element.setSize(1.0), element.setSpatialDimensions(3)
        element.setUnits(sheet.units.identifier(unit))
        element.setConstant(True)
        element.setSBOTerm(SBO["compartment"])
        if volume:
            element.setName(f"what concentrations a {volume} are counted in")

    def _write_factor(self, sheet: SbmlSheet, unit: Unit) -> None:
        text = self._text(sheet, unit)
        symbol = sympy.Symbol(self._names.take(f"one_{sheet.units.identifier_of(unit, text)}"))
        self._factors.append((unit, symbol))
        sheet.own(symbol, symbol.name, unit)
        name = "the unit that states are counted in, for one of the extent"
        sheet.parameter(symbol, 1.0, unit, text=text, name=name)

    # States --------------------------------------------------------------------------------------

    def write_state(self, sheet: SbmlSheet, state: sympy.Symbol) -> None:
        """Write a state as a species, or as a parameter where its unit counts nothing."""
        place = self.of[state]
        quantity = sheet.model.vocabulary[state]
        start = sheet.model.initials[state]
        number = float(start) if start.is_number else None
        if number is not None:
            finite_number(number)
        if place is None:
            element = sheet.parameter(
                state, number, sheet.unit(state), text=quantity.unit, constant=False
            )
        else:
            element = self._species(sheet, state, place, number)
        sheet.describe(element, quantity)
        if number is None:
            sheet.start(state, start)

    def _species(
        self, sheet: SbmlSheet, state: sympy.Symbol, place: StatePlace, number: float | None
    ) -> Any:
        element = sheet.sbml.createSpecies()
        element.setId(sheet.identifier(state))
        element.setCompartment(self.compartment(place).name)
        element.setHasOnlySubstanceUnits(not place.volume)
        element.setBoundaryCondition(False), element.setConstant(False)
        text = self._text(sheet, place.substance)
        element.setSubstanceUnits(sheet.units.identifier_of(place.substance, text))
        if number is not None and place.volume:
            element.setInitialConcentration(number)
        elif number is not None:
            element.setInitialAmount(number)
        if (factor := self.factor(place.substance)) is not None:
            element.setConversionFactor(factor.name)
        element.setSBOTerm(SBO["species"])
        return element


def _place(text: str) -> StatePlace | None:
    unit = parse_unit(text)
    if (substance := substance_of(unit)) is not None:
        return StatePlace("", substance)
    if (volume := volume_of(text, unit)) is not None:
        return StatePlace(volume, unit * parse_unit(volume))
    return None
