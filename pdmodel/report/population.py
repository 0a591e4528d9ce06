"""The section on a population fit: what is typical, how subjects differ, and who is who."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from pdmodel.inference.population.folder import read_population
from pdmodel.inference.population.results.record import METHOD_WORDS, PopulationRecord
from pdmodel.report.section import Section, Table, shown
from pdmodel.text import counted

_MOST_SUBJECTS = 60


def population_section(folder: Path, name: str) -> Section:
    """Return the section on the population fit in a folder, `name` being what tells it from others.

    What was measured, and the figures, have a section of their own.
    """
    record = read_population(folder)
    tables = (_estimates(record), _covariance(record), _shrinkage(record), _subjects(record))
    return Section(
        f"Population{name}", (_head(record), _statistics(record), _how()), list(record.findings),
        [table for table in tables if table.rows],
    )  # fmt: skip


def _head(record: PopulationRecord) -> str:
    s = record.summary
    return (
        f"Model {record.model} was fitted to {record.data}: {counted(s['values'], 'value')} of "
        f"{counted(s['measured'], 'subject')}, by {METHOD_WORDS[record.method]}. The search has "
        f"{_ENDED[record.status]}. Model hash {record.model_hash[:12]}."
    )


_ENDED = {
    "converged": "converged", "going": "used up its steps before it converged",
    "stalled": "stalled before it converged", "failed": "failed",
}  # fmt: skip


def _statistics(record: PopulationRecord) -> str:
    s = record.summary
    better = record.quadrature
    by_quadrature = "" if better is None else f" ({better:.3f} by quadrature)"
    return (
        f"The objective, -2 log L without n log 2 pi, is {record.objective:.3f}{by_quadrature} "
        f"with {counted(s['sought'], 'estimated number')}; AIC is {s['aic']:.2f} and "
        f"BIC {s['bic']:.2f}."
    )


def _how() -> str:
    return (
        "Standard errors are those of the curvature at the estimates, as a share of the estimate; "
        "the sandwich beside them does not rest on the model of the errors."
    )


def _estimates(record: PopulationRecord) -> Table:
    rows = [
        (e.name, e.kind, e.unit, shown(e.start), shown(e.value),
         _share(e.rse) if e.estimated else "held",
         _share(e.stderr_sandwich / abs(e.value)) if e.value else "-", _range(e.low, e.high),
         e.at_bound or "-")
        for e in record.estimates.itertuples()
    ]  # fmt: skip
    return Table(
        ("estimate", "kind", "unit", "start", "value", "rel. std. error", "sandwich",
         "90 % interval", "at bound"), rows,
        "Typical values, effects of covariates, standard deviations and correlations of the random "
        "effects, and of the errors.",
    )  # fmt: skip


def _share(value: float) -> str:
    """Write a share in per cent, to three digits."""
    return "-" if math.isnan(value) else f"{100 * value:.3g} %"


def _range(low: float, high: float) -> str:
    return "-" if math.isnan(low) or math.isnan(high) else f"{shown(low)} to {shown(high)}"


def _covariance(record: PopulationRecord) -> Table:
    names = list(record.omega.columns)
    matrix = record.omega.to_numpy(float)
    rows = [(name, *(shown(float(value)) for value in own))
            for name, own in zip(names, matrix, strict=True)]  # fmt: skip
    return Table(("", *names), rows, "Covariance of the random effects.")


def _shrinkage(record: PopulationRecord) -> Table:
    rows = [
        (row.of, row.kind, _share(row.shrinkage)) for row in record.shrinkage.itertuples()
    ]  # fmt: skip
    return Table(
        ("of", "kind", "shrinkage"), rows,
        "Shrinkage: how far the subjects' own values, and the residuals, are drawn together by "
        "what the data leave open. Where it is large, figures of own values mislead.",
    )  # fmt: skip


def _subjects(record: PopulationRecord) -> Table:
    """Return the own values of each subject, a row a subject."""
    parameters = list(dict.fromkeys(record.effects["parameter"]))
    rows: list[tuple[str, ...]] = []
    for subject, own in record.effects.groupby("subject", sort=False):
        by_name = {row.parameter: row for row in own.itertuples()}
        rows.append((str(subject), *(_own(by_name.get(name)) for name in parameters)))
    which = f"The first {_MOST_SUBJECTS} of {len(rows)}" if len(rows) > _MOST_SUBJECTS else "All"
    return Table(
        ("subject", *parameters), rows[:_MOST_SUBJECTS],
        f"Most likely own values, with 90 % intervals. {which} subjects; all are in effects.csv.",
    )  # fmt: skip


def _own(row: Any) -> str:
    if row is None:
        return "-"
    between = _range(row.low, row.high)
    return shown(float(row.value)) + ("" if between == "-" else f" ({between})")
