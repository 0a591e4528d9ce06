"""Numbers, ranges and tables as plain text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from pdmodel.text import aligned, exact, fixed, range_text, rounded, table_lines


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (math.nan, "-"), (1234.56, "1235")])
def test_a_missing_number_is_a_dash(value: float | None, text: str) -> None:
    """A number has four significant digits, one that is missing is a dash."""
    assert rounded(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_all_digits_are_kept(value: float) -> None:
    """Reading what `exact` writes gives the same number."""
    assert float(exact(value)) == value


def test_decimals_show_no_minus_before_zero() -> None:
    """A true minus stands before a negative number, and none before one that rounds to zero."""
    assert [fixed(value, 1) for value in (-2.34, -0.04, 0.04)] == ["−2.3", "0.0", "0.0"]


def test_ends_of_a_range_are_open_where_they_are_not_finite() -> None:
    """NaN and infinity are open ends, each range in the words asked for."""
    assert range_text(math.nan, math.inf) == "any"
    assert range_text(-math.inf, 3, "{:.1f}".format, most="at most {}") == "at most 3.0"
    assert range_text(2, math.nan) == ">= 2"
    assert range_text(2, 3, both="{}–{}") == "2–3"


def test_columns_are_aligned() -> None:
    """Cells stand in columns, left or right; no line ends in spaces."""
    assert list(aligned([("a", "1", ""), ("bcd", "20", "")], right={1})) == ["a     1", "bcd  20"]
    assert list(table_lines(("name", "n"), [], right={1})) == ["  name  n", "  ----  -"]
