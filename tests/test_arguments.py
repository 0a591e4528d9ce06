"""What callers give as numbers and names."""

from __future__ import annotations

import decimal
import math

import lmfit
import numpy as np
import pandas as pd
import pytest
import sympy
import xarray as xr

from pdmodel.arguments import by_name, name_of, names_of, number, plain_name, whole_number
from pdmodel.errors import InputError, RegimenError, unknown


@pytest.mark.parametrize(
    "value",
    [
        0.5, np.float32(0.5), np.array(0.5), xr.DataArray(0.5), sympy.Rational(1, 2),
        decimal.Decimal("0.5"), lmfit.Parameter("k", 0.5),
    ],
)  # fmt: skip
def test_one_real_number_is_a_number_whoever_made_it(value: object) -> None:
    """They all become the same float."""
    found = number(value, "k", least=0, most=1)
    assert type(found) is float
    assert found == 0.5


@pytest.mark.parametrize(
    "value",
    ["0.5", True, np.bool_(True), np.array("0.5"), 1j, None, [0.5], np.array([0.5]),
     sympy.Symbol("x"), sympy.I, pd.Series([0.5]), object(), math.nan, math.inf],
)  # fmt: skip
def test_what_is_not_one_finite_real_number_is_none(value: object) -> None:
    """Text, yes or no, complex numbers, several numbers, NaN: the message names the argument."""
    with pytest.raises(InputError, match=r"^k must be a number > 0, got ") as told:
        number(value, "k", above=0)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("kind", [int, np.int64, np.int8, np.uint32, sympy.Integer, np.array])
def test_whole_numbers_of_every_kind(kind: type) -> None:
    """NumPy's integers and SymPy's count as well."""
    found = whole_number(kind(3), "starts", least=1)
    assert type(found) is int
    assert found == 3


@pytest.mark.parametrize("value", [2.0, "2", True, np.bool_(True), np.float64(2), None, 0, [2]])
def test_what_is_no_whole_number(value: object) -> None:
    """A number with a point is none, nor is one below the least."""
    with pytest.raises(RegimenError, match=r"^starts must be a whole number >= 1, got "):
        whole_number(value, "starts", least=1, error=RegimenError)


def test_symbols_are_names() -> None:
    """A parameter may be named by its text or by its symbol."""
    k = sympy.Symbol("k", positive=True)
    assert name_of(k, "parameter") == name_of("k", "parameter") == "k"
    assert names_of([k, "k", "x"], "parameters") == ("k", "x")
    assert by_name(pd.Series({"k": 1.0}), "parameter") == {"k": 1.0}
    for wrong in (1, 2 * k, None, b"k"):
        with pytest.raises(InputError, match="a parameter is named by text or by its symbol"):
            name_of(wrong, "parameter")


def test_one_name_is_no_list_of_names() -> None:
    """Its letters are not taken for names."""
    for wrong in ("tone", sympy.Symbol("tone"), 3):
        with pytest.raises(InputError, match="parameters must be a list of names, got"):
            names_of(wrong, "parameters")


def test_a_name_given_twice_by_text_and_symbol_is_refused() -> None:
    """It is not left to chance which value counts."""
    with pytest.raises(InputError, match="parameter 'k' is given twice"):
        by_name({"k": 1.0, sympy.Symbol("k"): 2.0}, "parameter")


def test_plain_names_differ_from_those_that_are_taken() -> None:
    """Whatever the text, a name of letters, digits and _ comes out, each once."""
    taken: list[str] = []
    for text in ("10 mg", "10-mg", "ärm", "", "x"):
        taken.append(plain_name(text, taken))
        assert taken[-1].isidentifier()
    assert len(set(taken)) == 5


def test_unknown_names_of_any_kind_make_one_short_line() -> None:
    """A symbol, a number or a name of a million letters."""
    for name in (sympy.Symbol("k"), 3, "k" * 1_000_000, "two\nlines"):
        text = str(unknown("parameter", name, ["ka", 7, "volume"]))
        assert text.startswith("unknown parameter ")
        assert len(text) < 300
        assert "\n" not in text
