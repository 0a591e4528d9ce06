"""Labels say what is drawn, in units as they are written on paper."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import xarray as xr

import pdmodel
from pdmodel.plots.base.axes import spelt, title_text, unit_label, unit_text
from pdmodel.plots.base.style import FIRST, SECOND, readable, strokes
from pdmodel.plots.base.words import model_of, pair_of, pair_of_groups, words_for, words_of
from tests.toys import one_compartment


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("1e9 cells/L", "10⁹/L"),
        ("1e9 cells", "10⁹ cells"),
        ("1e+09/L", "10⁹/L"),
        ("pg/mL", "pg/mL"),
        ("cm^2", "cm²"),
        ("cm**3", "cm³"),
        ("1/day", "per day"),
        ("ug/L", "µg/L"),
        ("umol/L", "µmol/L"),
        ("cells/uL", "cells/µL"),
        ("10^3 cells/uL", "10³/µL"),
        ("pg/mL per day", "pg/mL per day"),
        ("1", ""),
    ],
)
def test_units_are_pretty(unit: str, text: str) -> None:
    """Powers stand high and plain numbers have no unit."""
    assert unit_text(unit) == text


def test_axis_labels_of_a_run(run: xr.Dataset) -> None:
    """Name and unit come from the run."""
    assert (title_text(run["il6"]), unit_label(run["il6"])) == ("IL-6", "pg/mL")
    assert title_text(run["tnf"]) == "TNF-α"
    assert unit_label(run["ANC"]) == "10⁹/L"
    assert unit_label(run["il6_fold"]) == "fold of baseline"
    assert unit_label(run["node_swelling"]) == "volume fraction"
    assert unit_label(run["exhaustion"]) == ""
    assert unit_label(xr.DataArray([1.0], dims="time")) == ""


def test_the_first_two_have_one_pair_of_looks() -> None:
    """Colours and dashes are the same whoever else is in the figure, and all differ."""
    pair = ("early", "late")
    alone, among = strokes(["early"], pair), strokes(["a", "late", "b", "early"], pair)
    assert alone["early"] == among["early"]
    assert among["early"].colour == FIRST
    assert among["late"].colour == SECOND
    looks = list(among.values())
    assert len({look.colour for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
    assert among["early"].dashes != among["late"].dashes


def test_the_pair_is_that_of_the_published_patients() -> None:
    """Published patients keep their look whatever their order; other groups have it in theirs."""
    assert pair_of_groups(["node_7cm", "nonresponder"]) == ("", "nonresponder")
    assert pair_of_groups(["nonresponder", "responder"]) == ("responder", "nonresponder")
    assert pair_of_groups(["late", "early", "third"]) == ("late", "early")
    assert pair_of(["late", "early"]) == ()


def test_names_are_written_as_words() -> None:
    """Parts of names as the application declares them, sizes with their unit."""
    words = pdmodel.load("reference").vocabulary.words
    assert [readable(n, words) for n in ("node_7cm", "tnf", "resting_t_cells")] == [
        "node 7 cm", "TNF-α", "resting T cells",
    ]  # fmt: skip
    assert readable("resting_t_cells") == "resting t cells"


def test_texts_take_whole_words_only() -> None:
    """A word inside another, or after an apostrophe, is no word."""
    words = {"t": "T", "TNF-alpha": "TNF-α", "back": "\\1"}
    assert spelt("anti-TNF-alpha doesn't go back to t", words) == "anti-TNF-α doesn't go \\1 to T"


def test_words_are_those_of_the_model_that_a_result_names(run: xr.Dataset) -> None:
    """By name and equations among the published; a model of one's own where it was run."""
    assert words_for(SimpleNamespace(model="reference"))["il6"] == "IL-6"
    assert words_of("no_such_model") == {}
    own = one_compartment()
    assert words_of(own.name, own.hash) == {}
    pdmodel.simulate(own, "no drug", days=1)
    assert model_of(own.name, own.hash) is not None
