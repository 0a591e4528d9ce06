"""Measurements: which values of which quantities were measured when, in subjects with own doses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array, Integers
from pdmodel.dosing.nonmem.table import Subject
from pdmodel.inference.courses.error_models import ErrorModel
from pdmodel.inference.courses.likelihood import Compared, compared_of

COLUMNS = (
    "subject", "quantity", "analyte", "day", "after", "value", "low", "high", "censored", "row",
)  # fmt: skip
"""Of the rows of measurements."""
BELOW, ABOVE = "below", "above"


@dataclass(frozen=True, eq=False)
class Measurements:
    """What was measured; `read_measurements` makes it of a table.

    Parameters
    ----------
    name
        Where it comes from.
    subjects
        Everybody in the table by id, with what is given and the covariates; also who was not
        measured.
    errors
        Error model of each quantity.
    rows
        A row a value that counts, by subject, day and side: `subject`, `quantity`, `analyte` (as in
        the table), `day` (below 0 before the first dose), `after` (whether it is taken after what
        happens at its time), `value` (of a censored row the limit), `low` and `high` (within what a
        censored value lies, infinite where open; NaN if measured), `censored` (empty, `below`
        or `above`), and `row` of the file.
    notes
        What a reader of results should know, a sentence each.
    """

    name: str
    subjects: Mapping[str, Subject]
    errors: Mapping[str, ErrorModel]
    rows: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is observed, as the model calls it."""
        return tuple(self.errors)

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """Subjects with a value, in the order of the table."""
        seen = set(self.rows["subject"])
        return tuple(name for name in self.subjects if name in seen)

    def of(self, subject: str) -> pd.DataFrame:
        """Return the rows of one subject."""
        return self.rows[self.rows["subject"] == subject]

    def days(self, subject: str) -> Array:
        """Return when a subject is predicted, shape (n_rows,); before day 0 that is day 0."""
        days: Array = np.maximum(self.of(subject)["day"].to_numpy(float), 0.0)
        return days

    @cached_property
    def columns(self) -> Integers:
        """Place of the quantity of each row among `quantities`, shape (n_rows,)."""
        places = {name: index for index, name in enumerate(self.quantities)}
        return np.array([places[name] for name in self.rows["quantity"]], dtype=np.int64)

    @cached_property
    def places(self) -> dict[str, Integers]:
        """Numbers of the rows of each measured subject."""
        subjects = self.rows["subject"].to_numpy()
        return {name: np.flatnonzero(subjects == name) for name in self.measured}

    @cached_property
    def by_quantity(self) -> dict[str, tuple[Integers, Compared]]:
        """Numbers of the rows of each quantity, and the rows as its error model compares them."""
        rows, compared = self.rows, {}
        for index, (name, error) in enumerate(self.errors.items()):
            numbers = np.flatnonzero(self.columns == index)
            own = rows.iloc[numbers]
            value, low, high = (own[c].to_numpy(float) for c in ("value", "low", "high"))
            censored = (own["censored"] != "").to_numpy()
            compared[name] = numbers, compared_of(error, value, low, high, censored)
        return compared

    def content(self) -> dict[str, Any]:
        """Return what makes two sets of measurements the same, as plain data."""
        return {
            "rows": self.rows.drop(columns="row").to_csv(index=False),
            "errors": {name: repr(error) for name, error in self.errors.items()},
            "doses": {
                name: [repr(record) for record in self.subjects[name].events.records]
                for name in self.measured
            },
            "covariates": {name: self.subjects[name].covariates.to_csv() for name in self.measured},
        }

    def counts(self) -> pd.DataFrame:
        """Return how much was measured.

        Returns
        -------
        pandas.DataFrame
            A row a quantity: `quantity`, `error`, `subjects`, `values`, `below`, `above`.
        """
        table = []
        for name, error in self.errors.items():
            own = self.rows[self.rows["quantity"] == name]
            table.append(
                {
                    "quantity": name,
                    "error": error.describe(),
                    "subjects": own["subject"].nunique(),
                    "values": int((own["censored"] == "").sum()),
                    **{side: int((own["censored"] == side).sum()) for side in (BELOW, ABOVE)},
                }
            )
        return pd.DataFrame(table)
