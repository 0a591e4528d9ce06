"""Axis labels: what is drawn and in which unit, as it is written on paper."""

from __future__ import annotations

import re

import xarray as xr

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_text(unit: str) -> str:
    """Write a unit as on paper; a plain number has none.

    Examples
    --------
    >>> unit_text("1e9 cells/L"), unit_text("cm^2"), unit_text("1/day"), unit_text("1")
    ('10⁹/L', 'cm²', 'per day', '')
    """
    text = unit.strip()
    if text in ("", "1", "dimensionless"):
        return ""
    text = re.sub(r"^1e(-?\d+)", lambda m: "10" + m[1].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"\s*cells(?=/)", "", text)
    text = re.sub(r"(?:\^|\*\*)(-?\d+)", lambda m: m[1].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"^1/", "per ", text)
    return re.sub(r"\bug\b", "µg", text).replace("*", "·")


def title_text(array: xr.DataArray) -> str:
    """Return what a quantity is called, beginning with a capital letter."""
    text = str(array.attrs.get("long_name") or array.name).replace("TNF-alpha", "TNF-α")
    text = text.replace("_", " ")
    return text[:1].upper() + text[1:]


def unit_label(array: xr.DataArray) -> str:
    """Return the unit of a quantity; for a plain number, that it is one."""
    if "units" not in array.attrs:
        return ""
    unit = unit_text(str(array.attrs["units"]))
    if unit:
        return unit
    told = str(array.attrs.get("long_name", ""))
    return "fold of baseline" if "over baseline" in told else "fraction"


def axis_label(array: xr.DataArray) -> str:
    """Return name and unit, e.g. `IL-6 (pg/mL)`."""
    unit = unit_text(str(array.attrs.get("units", "1")))
    return f"{title_text(array)} ({unit})" if unit else title_text(array)
