"""Labels say what is drawn, in units as they are written on paper."""

from __future__ import annotations

import pytest
import xarray as xr

from pdmodel.plots.base.axes import axis_label, title_text, unit_label, unit_text
from pdmodel.plots.base.style import NONRESPONDER, RESPONDER, readable, strokes


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("1e9 cells/L", "10⁹/L"),
        ("1e9 cells", "10⁹ cells"),
        ("pg/mL", "pg/mL"),
        ("cm^2", "cm²"),
        ("cm**3", "cm³"),
        ("1/day", "per day"),
        ("ug/L", "µg/L"),
        ("pg/mL per day", "pg/mL per day"),
        ("1", ""),
    ],
)
def test_units_are_pretty(unit: str, text: str) -> None:
    """Powers stand high and plain numbers have no unit."""
    assert unit_text(unit) == text


def test_axis_labels_of_a_run(run: xr.Dataset) -> None:
    """Name and unit come from the run."""
    assert axis_label(run["il6"]) == "IL-6 (pg/mL)"
    assert title_text(run["tnf"]) == "TNF-α"
    assert unit_label(run["ANC"]) == "10⁹/L"
    assert unit_label(run["il6_fold"]) == "fold of baseline"
    assert unit_label(run["node_swelling"]) == "fraction"
    assert unit_label(xr.DataArray([1.0], dims="time")) == ""


def test_responder_and_nonresponder_have_one_pair_of_looks() -> None:
    """Colours and dashes are the same whoever else is in the figure, and all differ."""
    alone, among = strokes(["responder"]), strokes(["a", "nonresponder", "b", "responder"])
    assert alone["responder"] == among["responder"]
    assert among["responder"].colour == RESPONDER
    assert among["nonresponder"].colour == NONRESPONDER
    looks = list(among.values())
    assert len({look.colour for look in looks}) == len(looks)
    assert len({look.marker for look in looks}) == len(looks)
    assert among["responder"].dashes != among["nonresponder"].dashes


def test_names_are_written_as_words() -> None:
    """Cytokines as in the clinic, sizes with their unit."""
    assert [readable(n) for n in ("node_7cm", "tnf", "resting_t_cells")] == [
        "node 7 cm", "TNF-α", "resting T cells",
    ]  # fmt: skip
