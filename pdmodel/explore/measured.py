"""Measured values that are laid over the curves, read as a fit to courses reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.dosing import read_events
from pdmodel.dosing.nonmem.lines import read_lines
from pdmodel.errors import InputError
from pdmodel.explore.display import plain_number
from pdmodel.inference import AdditiveError, Measurements, read_measurements
from pdmodel.model import Model

MOST_VALUES = 20_000
"""More marks hide each other, and every one is drawn anew in a drag."""
_ANY_ERROR = AdditiveError(1.0, fixed=True)
"""Nothing is fitted: values below 0 and without logarithm are shown as well."""


def read_measured(
    model: Model, data: Path, observed: str | Mapping[str, str | None] | None, **reading: Any
) -> Measurements:
    """Return the measured values of a table, to be shown with a model.

    Parameters
    ----------
    model
        Its quantities are measured.
    data
        An event table, or a wide one with a column an analyte.
    observed
        Quantity by analyte, as `read_measurements` takes it; by default the columns, or the words
        in DVID, that are called as quantities of the model are.
    **reading
        How the file is read: arguments of `read_events`, such as `time="hour"`.

    Raises
    ------
    InputError, RegimenError
        If the file cannot be read, holds nothing that could be shown, or more than a page shows.
    """
    if not data.is_file():
        why = "is no file" if data.exists() else "does not exist"
        raise InputError(f"data file {str(data)!r} {why}")
    wanted = _by_name(model, data, reading) if observed is None else observed
    measured = read_measurements(data, wanted, _ANY_ERROR, model, **reading)
    if len(measured.rows) > MOST_VALUES:
        count = len(measured.rows)
        raise InputError(f"{data}: {count} values are more than a page shows, {MOST_VALUES}")
    return measured


def _by_name(model: Model, data: Path, reading: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the quantity of each analyte that is called like one, upper and lower case aside."""
    quantities = {s.name.casefold(): s.name for s in (*model.states, *model.definitions)}
    where, header, _ = read_lines(data)
    if "DV" not in {name.upper() for name in header}:
        columns = {name: quantities.get(name.casefold()) for name in header}
        observed: dict[str, str | None] = {name: own for name, own in columns.items() if own}
    else:
        frame = read_events(data, **reading).frame
        words = [str(word) for word in frame["DVID"].dropna().unique()] if "DVID" in frame else []
        observed = {word: quantities.get(word.casefold()) for word in words if word}
    if not any(observed.values()):
        names = ", ".join(q.name for q in model.observables) or "none"
        raise InputError(
            f"{where}: nothing in it is called like a quantity of model {model.name!r}; say what "
            f"was measured: --observe ANALYTE=QUANTITY, or one QUANTITY for all (observables: "
            f"{names}; or a state or auxiliary)"
        )
    return observed


def shown_values(measured: Measurements) -> dict[str, Any]:
    """Return measured values as the page gets them.

    Returns
    -------
    dict
        `name` of the table, and `quantities`: by quantity a row a subject, with `days`, `values`
        (of a censored one the limit) and `censored` (``, `below` or `above`).
    """
    quantities: dict[str, list[dict[str, Any]]] = {}
    for (quantity, subject), rows in measured.rows.groupby(["quantity", "subject"], sort=False):
        quantities.setdefault(str(quantity), []).append(
            {"subject": str(subject), **_columns(rows.sort_values("day", kind="stable"))}
        )
    return {"name": Path(measured.name).name, "quantities": quantities}


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    return {
        "days": [plain_number(day) for day in rows["day"].tolist()],
        "values": [plain_number(value) for value in rows["value"].tolist()],
        "censored": rows["censored"].tolist(),
    }
