"""PopulationRecord: the tables of a population fit and its report; written and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.errors import shortened
from pdmodel.inference.population.results.diagnostics import EFFECT_COLUMNS
from pdmodel.inference.population.results.estimates import COLUMNS
from pdmodel.markup import card, folded, paragraph, preformatted, table
from pdmodel.storage import maybe, plain, plain_rows
from pdmodel.text import counted, rounded, table_lines

SCHEMA_VERSION = 1
_WIDTH = 100
_ESTIMATE = {
    "name": str, "kind": str, "unit": str, "value": float, "stderr": maybe(float),
    "rse": maybe(float), "stderr_sandwich": maybe(float), "low": maybe(float), "high": maybe(float),
    "start": float, "estimated": bool, "at_bound": str,
}  # fmt: skip
_EFFECT = {
    "subject": str, "parameter": str, "eta": float, "eta_sd": maybe(float), "value": float,
    "low": maybe(float), "high": maybe(float),
}  # fmt: skip
SUMMARY = {
    "subjects": int, "measured": int, "values": int, "below": int, "above": int, "sought": int,
    "aic": float, "bic": float, "steps": int,
}  # fmt: skip
SHAPE = {
    "model": str, "model_hash": str, "data": str, "method": str, "status": str, "objective": float,
    "quadrature": maybe(float), "estimates": [_ESTIMATE], "random": [str], "omega": [[float]],
    "shrinkage": [{"of": str, "kind": str, "shrinkage": maybe(float)}], "effects": [_EFFECT],
    "findings": [str], "summary": SUMMARY,
}  # fmt: skip
"""How `population.json` looks."""
METHOD_WORDS = {
    "focei": "first-order conditional estimation with interaction", "laplace": "Laplace",
}  # fmt: skip
"""What the methods are called."""


@dataclass(repr=False)
class PopulationRecord:
    """The tables of a population fit.

    Parameters
    ----------
    model, model_hash, data, method
        What was fitted, and how.
    status
        `converged`, `going` (the steps were used up), `stalled` or `failed`.
    objective, quadrature
        -2 log L without n log 2 pi, by the method and by quadrature (None beyond three effects).
    estimates
        A row a number; `estimates.COLUMNS`.
    omega
        Covariance of the random effects, index and columns their parameters.
    shrinkage, effects
        Of effects and errors, and of each patient.
    findings
        What a reader must know, a sentence each.
    summary
        Sizes, AIC and BIC of the objective with n log 2 pi, steps.
    measurements
        Measured rows with what is predicted of them.
    courses
        Observed quantities over (prediction, subject, time).
    doses
        What each measured patient is given, a row a dose.
    checked
        The table of `visual_check`, if it was asked for.
    """

    model: str
    model_hash: str
    data: str
    method: str
    status: str
    objective: float
    quadrature: float | None
    estimates: pd.DataFrame
    omega: pd.DataFrame
    shrinkage: pd.DataFrame
    effects: pd.DataFrame
    findings: list[str]
    summary: dict[str, Any]
    measurements: pd.DataFrame
    courses: xr.Dataset
    doses: pd.DataFrame
    checked: pd.DataFrame | None = None

    @property
    def converged(self) -> bool:
        """Whether the search ended where nothing is left to gain."""
        return self.status == "converged"

    @property
    def values(self) -> dict[str, float]:
        """Every estimated and held number by name."""
        table = self.estimates
        return {n: float(v) for n, v in zip(table["name"], table["value"], strict=True)}

    def to_dict(self) -> dict[str, Any]:
        """Return `population.json`: plain data, null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "model_hash": self.model_hash,
            "data": self.data,
            "method": self.method,
            "status": self.status,
            "objective": plain(self.objective),
            "quadrature": plain(self.quadrature),
            "estimates": plain_rows(self.estimates),
            "random": list(self.omega.columns),
            "omega": self.omega.to_numpy(float).tolist(),
            "shrinkage": plain_rows(self.shrinkage),
            "effects": plain_rows(self.effects),
            "findings": self.findings,
            "summary": {key: plain(self.summary[key]) for key in SUMMARY},
        }

    def report(self) -> str:
        """Return the whole result in words and tables, of at most 100 columns."""
        sections = (_head, _findings, _estimates, _omega, _shrinkage, _statistics)
        return "\n".join(line for section in sections for line in section(self)) + "\n"

    def __str__(self) -> str:
        """Return the report."""
        return self.report()

    def _repr_html_(self) -> str:
        """Tables for a notebook."""
        columns = ("name", "value", "unit", "stderr", "low", "high")
        rows = [
            [rounded(row[c]) if isinstance(row[c], float) else row[c] for c in columns]
            for row in self.estimates.to_dict("records")
        ]
        return card(
            f"Population fit of model {self.model}",
            f"{self.data}; objective {self.objective:.3f}; {self.status}",
            *(paragraph(finding) for finding in self.findings[:10]),
            table(("number", "value", "unit", "std. error", "low", "high"), rows, {1, 3, 4, 5}),
            folded("Report", preformatted(self.report(), largest=10_000)),
        )

    def __repr__(self) -> str:
        """Name the model and the data, and say how the search ended."""
        data = shortened(self.data)
        return f"<{type(self).__name__} of model {self.model} to {data}: {self.status}>"


def record_from_dict(
    data: Mapping[str, Any],
    measurements: pd.DataFrame,
    courses: xr.Dataset,
    doses: pd.DataFrame,
    checked: pd.DataFrame | None,
) -> PopulationRecord:
    """Build a record from the content of `population.json` and the files beside it.

    Raises
    ------
    ValueError
        If its parts do not fit together.
    """
    names = data["random"]
    matrix = np.array(data["omega"], dtype=float).reshape(len(names), len(names))
    same = (
        "model", "model_hash", "data", "method", "status", "objective", "quadrature", "findings",
    )  # fmt: skip
    return PopulationRecord(
        **{key: data[key] for key in same},
        estimates=_frame(data["estimates"], COLUMNS),
        omega=pd.DataFrame(matrix, index=names, columns=names),
        shrinkage=_frame(data["shrinkage"], ("of", "kind", "shrinkage")),
        effects=_frame(data["effects"], EFFECT_COLUMNS),
        summary=dict(data["summary"]),
        measurements=measurements,
        courses=courses,
        doses=doses,
        checked=checked,
    )


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table; a missing number is NaN."""
    table = pd.DataFrame(rows, columns=list(columns))
    words = {"name", "kind", "unit", "at_bound", "of", "subject", "parameter", "estimated"}
    return table.astype({column: float for column in columns if column not in words})


def _head(record: PopulationRecord) -> Iterator[str]:
    s = record.summary
    yield f"Population fit of model {record.model!r} to {record.data}"
    censored = s["below"] + s["above"]
    beyond = f" ({censored} beyond a limit)" if censored else ""
    yield (
        f"{counted(s['values'], 'value')}{beyond} of {counted(s['measured'], 'patient')}; by "
        f"{METHOD_WORDS[record.method]}; model hash {record.model_hash[:12]}"
    )
    yield f"Objective {record.objective:.3f} (-2 log L without n log 2 pi): {record.status}"
    if record.quadrature is not None:
        yield f"By adaptive Gauss-Hermite quadrature {record.quadrature:.3f}"
    yield ""


def _findings(record: PopulationRecord) -> Iterator[str]:
    for finding in record.findings:
        yield from wrap(finding, _WIDTH, initial_indent="! ", subsequent_indent="  ")
    if record.findings:
        yield ""


def _estimates(record: PopulationRecord) -> Iterator[str]:
    yield "Estimates (standard error by the curvature; 90 % interval)"
    rows = [
        (e.name, e.kind, rounded(e.value), e.unit,
         f"{rounded(e.rse * 100, 3)} %" if e.rse == e.rse else "-" if e.estimated else "held",
         rounded(e.stderr_sandwich / abs(e.value) * 100, 3) + " %"
         if e.stderr_sandwich == e.stderr_sandwich and e.value else "-",
         f"{rounded(e.low)} to {rounded(e.high)}" if e.low == e.low else "-", e.at_bound)
        for e in record.estimates.itertuples()
    ]  # fmt: skip
    names = ("name", "kind", "value", "unit", "rse", "rse, sandwich", "90 % interval", "at bound")
    yield from table_lines(names, rows, right={2, 4, 5})
    yield ""


def _omega(record: PopulationRecord) -> Iterator[str]:
    if record.omega.empty:
        return
    yield "Covariance of the random effects"
    rows = [(name, *map(rounded, own)) for name, own in zip(
        record.omega.index, record.omega.to_numpy(), strict=True)]  # fmt: skip
    names = ("", *record.omega.columns)
    yield from table_lines(names, rows, right=set(range(1, len(names))))
    yield ""


def _shrinkage(record: PopulationRecord) -> Iterator[str]:
    listed = [
        f"{row.of} {row.shrinkage:.1%}" for row in record.shrinkage.itertuples()
        if row.shrinkage == row.shrinkage
    ]  # fmt: skip
    if listed:
        yield from wrap(f"Shrinkage: {', '.join(listed)}", _WIDTH, subsequent_indent="  ")


def _statistics(record: PopulationRecord) -> Iterator[str]:
    s = record.summary
    yield f"{s['sought']} numbers estimated; AIC {s['aic']:.3f}, BIC {s['bic']:.3f}"
    yield f"{s['steps']} steps of the search"
