"""Units of SBML as words of pdmodel: each keeps its size, whatever its prefix."""

from __future__ import annotations

import pytest

from pdmodel.interchange.sbml_reading.file_contents.library import libsbml
from pdmodel.interchange.sbml_reading.file_contents.units_in_words import unit_in_words

Part = tuple[str, float, int, float]
"""Kind, exponent, scale and multiplier of a part of a unit."""


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("kilogram", 1, -3, 1.0), ("litre", -1, 0, 1.0)], "g/L"),
        ([("kilogram", 1, -6, 1.0)], "mg"),
        ([("kilogram", 1, 0, 1.0)], "kg"),
        ([("kilogram", 1, 3, 1.0)], "1000 * kg"),
        ([("gram", 1, -3, 1.0), ("litre", -1, 0, 1.0)], "mg/L"),
        ([("gram", 1, 0, 1e-12), ("litre", -1, 0, 1e-3)], "pg/mL"),
        ([("metre", 2, -2, 1.0)], "0.0001 * m^2"),
        ([("second", -1, 0, 86400.0)], "1/day"),
        ([("dimensionless", 1, 0, 1.0)], "1"),
    ],
)  # fmt: skip
def test_a_unit_keeps_its_size(parts: list[Part], words: str) -> None:
    """A gram that is written as a thousandth of a kilogram is a gram."""
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    definition = model.createUnitDefinition()
    definition.setId("own")
    for kind, exponent, scale, multiplier in parts:
        unit = definition.createUnit()
        unit.setKind(libsbml.UnitKind_forName(kind))
        unit.setExponent(exponent)
        unit.setScale(scale)
        unit.setMultiplier(multiplier)
    assert unit_in_words("own", model) == words
