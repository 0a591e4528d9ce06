"""Units: the table against pint, conversions, and texts that are no units."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, strategies as st

from pdmodel import units
from pdmodel.errors import PdmodelError, UnitError
from pdmodel.units import ONE, convert, parse_quantity, parse_unit

# Pint would raise these texts to powers of powers, evaluate them, or call the offset a scale.
HOSTILE = (
    "", " ", "0", "-3", "nan", "inf", "1e400", "10**10**10", "(10**99)**99", "mg**mg", "1/0", "'",
    "[", "{}", "lambda: 1", "__import__('os')", "\x00", "degC", "dB", "1j", "mg/", "/mg",
    "(" * 5000, "mg" * 5000, "10⁹⁹⁹⁹⁹⁹⁹", "1,000 mg", "0x10", "mg^1e9",
)  # fmt: skip


@pytest.mark.parametrize("text", units._TABLE)
def test_table_is_what_pint_says(text: str) -> None:
    """Every tabulated unit has pint's scale and dimensions."""
    asked = units._from_pint(text)
    assert parse_unit(text).powers == asked.powers
    assert parse_unit(text).scale == pytest.approx(asked.scale, rel=1e-12)


def test_tabulated_units_need_no_pint(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of the shipped vocabulary starts without pint."""
    from equations.quantities import q

    def refuse(text: str) -> None:
        raise AssertionError(f"pint was asked for {text!r}")

    monkeypatch.setattr(units, "_from_pint", refuse)
    parse_unit.cache_clear()
    assert len({parse_unit(quantity.unit) for quantity in q}) > 10


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (10, "mg", "mg", 10),
        (0.01, "g", "mg", 10),
        (250, "ug", "mg", 0.25),
        (1.5, "pg/mL", "ng/L", 1.5),
        (2, "1/day", "1/hour", 2 / 24),
        (95, "mL/min", "L/day", 136.8),
        (1, "1e9 cells/L", "cells/uL", 1000),
        (4.3, "cm", "mm", 43),
        (600, "nmol/L", "umol/L", 0.6),
        (9, "kg*m^2/s^2", "J", 9),
        (1, "L/(mg*day)", "mL/mg/day", 1000),
        (5, "mg^(1/2)", "g^0.5", 5 / math.sqrt(1000)),
    ],
)
def test_conversions(value: float, unit: str, to: str, expected: float) -> None:
    """Numbers a pharmacologist knows by heart."""
    assert convert(value, unit, to=to) == pytest.approx(expected, rel=1e-12)


def test_what_does_not_convert_is_refused() -> None:
    """Amount is not concentration, and a cell is not a mole."""
    for unit, to in (("mg", "mg/L"), ("cells", "mol"), ("day", "1/day"), ("1", "mg")):
        with pytest.raises(UnitError, match=f"'{unit}' cannot be given where '{to}' is needed"):
            convert(1, unit, to=to)


def test_unknown_units_get_the_nearest_match() -> None:
    """A slip of the keyboard is answered with what was meant."""
    with pytest.raises(UnitError, match=r"'pg/mLL' is not a unit; did you mean 'pg/mL'\?"):
        parse_unit("pg/mLL")
    with pytest.raises(UnitError, match=r"'furlongz' is not a unit; write e\.g\. pg/mL"):
        parse_unit("furlongz")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:16]))
def test_hostile_texts_are_no_units(text: str) -> None:
    """Nothing is evaluated, nothing hangs, the message is short."""
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    assert len(str(caught.value)) < 250


@given(st.text(max_size=30) | st.text("0123456789eE+-*/^(). mgLdayµ%", max_size=30))
@example("a" * 29 + "!")
def test_any_text_is_a_unit_or_a_unit_error(text: str) -> None:
    """No foreign exception comes through; a unit has a positive scale."""
    try:
        unit = parse_unit(text)
    except PdmodelError:
        return
    assert 0 < unit.scale < math.inf


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 mg", (10.0, "mg")),
        (" 5mg ", (5.0, "mg")),
        (".5 mg", (0.5, "mg")),
        ("10. mg", (10.0, "mg")),
        ("-1e3 ng/mL", (-1000.0, "ng/mL")),
        ("2e9 cells/L", (2e9, "cells/L")),
    ],
)
def test_quantities_are_split(text: str, expected: tuple[float, str]) -> None:
    """A number and a unit, with or without a space."""
    assert parse_quantity(text) == expected


@pytest.mark.parametrize("text", ["10", "mg", "1 0", "1e400 mg", "inf mg", "10 mgg", "1e5", ""])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """A number alone has no unit, its last digit least of all."""
    with pytest.raises(UnitError):
        parse_quantity(text)


def test_products_and_powers() -> None:
    """Dimensions add, cancel and scale."""
    litre = parse_unit("L")
    assert (parse_unit("mg") * litre ** Fraction(-1)).matches(parse_unit("mg/L"))
    assert (litre * litre ** Fraction(-1)).powers == ()
    assert (parse_unit("cm") ** Fraction(3)).matches(parse_unit("mL"))
    assert not parse_unit("mg").matches(parse_unit("ng"))
    assert parse_unit("mg").same_dimension(parse_unit("ng"))
    assert str(ONE) == "1"
    assert str(parse_unit("ng/mL")) == "0.001 length^-3 mass"
