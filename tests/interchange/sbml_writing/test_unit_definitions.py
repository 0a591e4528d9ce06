"""Units in SBML are the units of the model, in words where there are words."""

from __future__ import annotations

import pytest

import pdmodel
from pdmodel.errors import InputError
from pdmodel.interchange.sbml_writing.unit_definitions import UnitDefinitions, volume_of
from pdmodel.units import Unit, parse_unit

libsbml = pytest.importorskip("libsbml", reason="needs the package python-libsbml")

WORDS = ["pg/mL", "1e9 cells/L", "nmol/mmol", "mL/min", "1/day", "cm^2", "L/day", "kg*m^2/s^2"]
OTHERS = ["mg/(L day)", "%", "U/L", "mmHg"]


def in_base_units(text: str) -> tuple[float, dict[str, float]]:
    """Return a unit as libSBML converts what we wrote: a multiplier and exponents by kind."""
    units = UnitDefinitions()
    identifier = units.identifier(text)
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    units.write(model, libsbml)
    definition = libsbml.UnitDefinition.convertToSI(model.getUnitDefinition(identifier))
    size, powers = 1.0, {}
    for place in range(definition.getNumUnits()):
        unit = definition.getUnit(place)
        kind = libsbml.UnitKind_toString(unit.getKind())
        exponent = unit.getExponentAsDouble()
        size *= (unit.getMultiplier() * 10.0 ** unit.getScale()) ** exponent
        if kind != "dimensionless":
            powers[kind] = exponent
    return size, powers


@pytest.mark.parametrize("text", [*WORDS, *OTHERS])
def test_a_unit_keeps_its_size_and_dimensions(text: str) -> None:
    """LibSBML's own conversion to base units finds what ours finds."""
    own = parse_unit(text)
    kinds = {"mass": "kilogram", "length": "metre", "time": "second", "amount": "mole",
             "cell_count": "item"}  # fmt: skip
    scales = {"mass": 1e-3, "time": 86400.0, "amount": 1.0, "length": 1.0, "cell_count": 1.0}
    expected = own.scale
    for dimension, exponent in own.powers:
        expected *= scales[dimension] ** float(exponent)
    size, powers = in_base_units(text)
    assert powers == {kinds[d]: float(e) for d, e in own.powers}
    assert size == pytest.approx(expected, rel=1e-9)


def test_a_unit_in_two_ways_is_one_definition() -> None:
    """`1/day` and `1/d` are the same."""
    units = UnitDefinitions()
    assert units.identifier("1/day") == units.identifier_of(parse_unit("1/d")) == "per_day"


def test_names_of_kinds_are_kept_apart() -> None:
    """SBML knows `volume` and `metre` already; a definition has another name."""
    assert UnitDefinitions().identifier("m") == "m"
    assert UnitDefinitions().identifier_of(parse_unit("L"), "L") == "L"


def test_concentrations_name_their_volume() -> None:
    """What stands below the line, or a litre."""
    found = [volume_of(text, parse_unit(text)) for text in ("pg/mL", "mol/m^3", "cm", "mg", "1/L")]
    assert found == ["mL", "m^3", None, None, "L"]


def test_a_dimension_that_sbml_lacks_is_refused() -> None:
    """By the unit."""
    with pytest.raises(InputError, match="no counterpart in SBML"):
        UnitDefinitions().identifier_of(Unit(1.0, (("printing_unit", 1),)))  # type: ignore[arg-type]


def test_every_unit_of_the_shipped_models_is_written_in_words() -> None:
    """No definition of theirs is called `unit`."""
    units = UnitDefinitions()
    written = {units.identifier(q.unit) for q in pdmodel.load("reference").vocabulary}
    assert not [name for name in written if name.startswith("unit")]
