"""The section on measured courses: what was measured, how well it is met, and what is met worst."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.inference.fit.folder import read_result
from pdmodel.report.section import Section, Table, shown
from pdmodel.report.sources import pictures_of
from pdmodel.storage import read_frame

FILE = "measurements.csv"
COLUMNS = (
    "subject", "quantity", "analyte", "day", "value", "low", "high", "censored", "row", "unit",
    "predicted", "sd", "scale", "residual",
)  # fmt: skip
"""That a table of measurements has."""
TEXT = ("subject", "quantity", "analyte", "censored", "unit", "scale")
_SDS = ("additive_sd", "proportional_sd", "log_sd")
_FIT = "fit.json"
_RESULTS = (_FIT, "population.json")
_FIGURES = ("observed_fitted", "residuals", "visual_check", "individual_panels_")
_BEYOND = 1.96
_WORST, _MOST_SUBJECTS = 10, 60
_NEARLY_ALL = 0.75  # of a subject's values, which are worth a remark if censored
_SIDES = {"below": "below a limit", "above": "above one"}


def holds_courses(folder: Path) -> bool:
    """Whether a folder holds a finished fit to measured courses."""
    return (folder / FILE).is_file() and any((folder / name).is_file() for name in _RESULTS)


def courses_section(folder: Path, name: str) -> Section:
    """Return the section on the measured courses of a fit, `name` being what tells it from others.

    Parameters
    ----------
    folder
        With `measurements.csv`, and `parameters.csv` for the standard deviations.
    name
        As for the section of the fit.
    """
    rows = read_frame(folder / FILE, COLUMNS, text=TEXT)
    data = read_result(folder).data if (folder / _FIT).is_file() else None
    tables = [_quantities(rows), _deviations(folder), _worst(rows), _subjects(rows)]
    head = "" if data is None else f"{data.headline()}. "
    return Section(
        f"Measured courses{name}",
        (f"{head}{_counted(rows)}", _how()),
        [*(() if data is None else (f"{note}." for note in data.notes)), *_remarks(rows)],
        [table for table in tables if table.rows],
        pictures_of(folder / "figures", is_of_courses),
    )


def is_of_courses(stem: str) -> bool:
    """Whether the name of a figure, without its ending, is one of measured courses."""
    return stem.startswith(_FIGURES)


def _counted(rows: pd.DataFrame) -> str:
    """Say how much was measured."""
    subjects = rows["subject"].nunique()
    who = "one subject" if subjects == 1 else f"{subjects} subjects"
    sides = [
        f"{count} {words}" for side, words in _SIDES.items()
        if (count := int((rows["censored"] == side).sum()))
    ]  # fmt: skip
    censored = f", of which {' and '.join(sides)}" if sides else ""
    return (
        f"{len(rows)} values of {who} count{'s' if len(rows) == 1 else ''} in the likelihood"
        f"{censored}; patterns are none of them."
    )


def _how() -> str:
    return (
        "A residual is the measured value minus the fitted one over the standard deviation of the "
        "error there, of the logarithms where those are compared. A censored value counts by the "
        "probability of lying where it is known to lie, and has no residual."
    )


def _quantities(rows: pd.DataFrame) -> Table:
    """Return a row a quantity: how much was measured, and how well it is met."""
    made = []
    for (quantity, analyte), own in rows.groupby(["quantity", "analyte"], sort=False):
        residuals = own["residual"].dropna().to_numpy(float)
        limits = sorted({*own.loc[own["censored"] == "below", "high"],
                         *own.loc[own["censored"] == "above", "low"]})  # fmt: skip
        made.append((
            str(quantity), str(analyte), own["unit"].iloc[0], own["scale"].iloc[0],
            str(own["subject"].nunique()), str(int((own["censored"] == "").sum())),
            str(int((own["censored"] == "below").sum())),
            str(int((own["censored"] == "above").sum())),
            ", ".join(f"{limit:.4g}" for limit in limits) or "-",
            *_spread(residuals), f"{int((np.abs(residuals) > _BEYOND).sum())} of {residuals.size}",
        ))  # fmt: skip
    return Table(
        ("quantity", "analyte", "unit", "compared", "subjects", "measured", "below", "above",
         "limits", "mean residual", "spread", "beyond ±1.96"), made,
        "What was measured. Where the error model holds, residuals have mean 0 and spread 1, and "
        "one in twenty lies beyond ±1.96.",
    )  # fmt: skip


def _spread(residuals: Array) -> tuple[str, str]:
    """Return mean and standard deviation of residuals, as far as there are enough of them."""
    mean = residuals.mean() if residuals.size else math.nan
    spread = residuals.std(ddof=1) if residuals.size > 1 else math.nan
    return _signed(mean), "-" if math.isnan(spread) else f"{spread:.2f}"


def _signed(value: float) -> str:
    """Write a residual with its sign, to two places."""
    return "-" if math.isnan(value) else f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def _deviations(folder: Path) -> Table:
    """Return the standard deviations of the errors, of each quantity."""
    file = folder / "parameters.csv"
    table = read_frame(file, ("name", "value")) if file.is_file() else pd.DataFrame({"name": []})
    made = []
    for row in table.to_dict("records"):
        kind, _, quantity = str(row["name"]).partition("__")
        if kind in _SDS:
            quantity = quantity or shown(row.get("group"))
            error = row.get("stderr", row.get("se"))
            held = "" if row.get("vary", True) else "held"
            words = kind.replace("_", " ").replace("sd", "standard deviation")
            made.append((quantity, words, shown(row["value"]), shown(row.get("unit")),
                         held or shown(error)))  # fmt: skip
    return Table(
        ("quantity", "error", "value", "unit", "std. error"), made,
        "Standard deviations of the errors: additive in the unit of the quantity, proportional and "
        "of the logarithm as a share.",
    )  # fmt: skip


def _worst(rows: pd.DataFrame) -> Table:
    """Return the values that are met worst, with the row of the file that holds them."""
    beyond = rows[rows["residual"].abs() > _BEYOND]
    order = beyond["residual"].abs().sort_values(ascending=False, kind="stable").index
    worst = beyond.loc[order]
    made = [
        (row.subject, row.quantity, shown(row.day), shown(row.value), shown(row.predicted),
         row.unit, _signed(row.residual), str(row.row))
        for row in worst.head(_WORST).itertuples()
    ]  # fmt: skip
    which = f"The worst {_WORST} of the {len(beyond)}" if len(beyond) > _WORST else "All"
    return Table(
        ("subject", "quantity", "day", "measured", "fitted", "unit", "residual", "row of the file"),
        made, f"{which} values whose residual lies beyond ±1.96.",
    )  # fmt: skip


def _subjects(rows: pd.DataFrame) -> Table:
    """Return a row a subject, those that are met worst first, and last who has no residual."""
    grouped = rows.groupby("subject", sort=False)
    sizes = grouped["residual"].apply(lambda own: math.sqrt((own**2).mean()))
    made = []
    for subject, size in sizes.sort_values(ascending=False, kind="stable").items():
        own = grouped.get_group(subject)
        censored = int((own["censored"] != "").sum())
        mean, _ = _spread(own["residual"].dropna().to_numpy(float))
        made.append((str(subject), str(len(own)), str(censored), mean, shown(size)))
    which = f"the worst {_MOST_SUBJECTS} of {len(made)}" if len(made) > _MOST_SUBJECTS else "all"
    return Table(
        ("subject", "values", "censored", "mean residual", "root mean square"),
        made[:_MOST_SUBJECTS],
        f"Residuals by subject, {which}, those that are met worst first; every value is in {FILE}.",
    )  # fmt: skip


def _remarks(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what a reader should not overlook, a sentence each."""
    for (subject, quantity), own in rows.groupby(["subject", "quantity"], sort=False):
        sides = own.loc[own["censored"] != "", "censored"]
        if len(own) > 1 and len(sides) >= _NEARLY_ALL * len(own) and sides.nunique() == 1:
            count = "All" if len(sides) == len(own) else f"{len(sides)} of"
            yield (
                f"{count} {len(own)} values of {quantity} in subject {subject} lie "
                f"{sides.iloc[0]} the limit: they bound to one side what is fitted to this subject."
            )
    if not (rows["residual"].abs() > _BEYOND).any() and rows["residual"].notna().any():
        yield "No residual lies beyond ±1.96."
