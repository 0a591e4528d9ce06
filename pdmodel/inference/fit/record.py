"""FitRecord: the tables of a fit and its report; written to a result folder and read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.inference.problem.parameters import setting_names
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.model.vocabulary import STATUSES
from pdmodel.storage import maybe, plain, plain_rows
from pdmodel.text import range_text, rounded, table_lines

SCHEMA_VERSION = 1
_WIDTH = 100
"""Columns of a report."""

TARGET_COLUMNS = (
    "id", "group", "observable", "kind", "day", "low", "high", "value", "sigma", "simulated", "met",
    "direction_status", "threshold_status", "source",
)  # fmt: skip
PARAMETER_COLUMNS = (
    "name", "group", "unit", "value", "stderr", "stderr_reason", "init", "min", "max", "vary",
    "at_bound", "identifiability", "status", "source",
)  # fmt: skip
START_COLUMNS = ("seed", "cost", "status", "message", "nfev", "njev")
SUMMARY_KEYS = (
    "targets", "targets_met", "n_data", "n_free", "log_likelihood", "aicc", "evaluations",
    "jacobians",
)  # fmt: skip


_PARAMETER = {
    "name": str, "group": maybe(str), "unit": str, "value": maybe(float), "stderr": maybe(float),
    "stderr_reason": maybe(str), "init": maybe(float), "min": maybe(float), "max": maybe(float),
    "vary": bool, "at_bound": maybe(str), "identifiability": maybe(str), "status": maybe(str),
    "source": maybe(str),
}  # fmt: skip
_TARGET = {
    "id": str, "group": str, "observable": str, "kind": str, "day": maybe(float),
    "low": maybe(float), "high": maybe(float), "value?": maybe(float), "sigma?": maybe(float),
    "simulated": maybe(float), "met": bool,
    "direction_status": maybe(str), "threshold_status": maybe(str), "source": maybe(str),
}  # fmt: skip
_START = {
    "seed": int, "cost": maybe(float), "status": str, "message": str, "nfev": int, "njev?": int,
}  # fmt: skip
FIT_SHAPE = {
    "model": str, "model_hash": str, "seed": int, "regimen": str, "horizon_days": float,
    "parameters": [_PARAMETER], "targets": [_TARGET], "starts": [_START], "priors": [object],
    "summary": {
        key if key not in ("evaluations", "jacobians") else f"{key}?": maybe(float)
        for key in SUMMARY_KEYS
    },
}  # fmt: skip
"""How `fit.json` looks."""


@dataclass
class FitRecord:
    """The tables of a fit.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        What was fitted, under what.
    parameters, targets, starts
        Tables with the columns of `fit.json`; a missing number is NaN or None.
    summary
        Targets met, sizes, log-likelihood of the data rows, AICc; evaluations of the residuals and
        of their exact Jacobian, over all starts and the polishing.
    priors
        A row for each prior; rows that are not data.
    trajectories
        Quantities over (group, time) at the fitted values; NaN after the end of a group's run.
    null_targets
        The same target table for the null model, if there is one.
    moved
        The verdict of each target when its assumed bound moves over its range.
    """

    model: str
    model_hash: str
    seed: int
    regimen: str
    horizon_days: float
    parameters: pd.DataFrame
    targets: pd.DataFrame
    starts: pd.DataFrame
    summary: dict[str, Any]
    trajectories: xr.Dataset
    priors: list[dict[str, Any]] = field(default_factory=list)
    null_targets: pd.DataFrame | None = None
    moved: pd.DataFrame | None = None

    @property
    def all_met(self) -> bool:
        """Whether every target is met."""
        return bool(self.targets["met"].all())

    def to_dict(self) -> dict[str, Any]:
        """Return `fit.json`: plain data, null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model": self.model,
            "model_hash": self.model_hash,
            "seed": self.seed,
            "regimen": self.regimen,
            "horizon_days": self.horizon_days,
            "parameters": _rows(self.parameters, PARAMETER_COLUMNS),
            "targets": _rows(self.targets, TARGET_COLUMNS),
            "priors": self.priors,
            "summary": {key: plain(self.summary[key]) for key in SUMMARY_KEYS},
            "starts": _rows(self.starts, START_COLUMNS),
        }

    @property
    def values(self) -> dict[str, float]:
        """Every fitted and held value, by the names of the fit: `name`, or `name__group`."""
        rows = self.parameters.to_dict("records")
        names = setting_names((row["name"], row["group"]) for row in rows)
        return {name: float(row["value"]) for name, row in zip(names, rows, strict=True)}

    def report(self) -> str:
        """Return the whole result in words and tables."""
        return write_report(self)

    def __str__(self) -> str:
        """Return the report."""
        return self.report()

    def _repr_html_(self) -> str:
        """Tables for a notebook."""
        columns = ["id", "group", "simulated", "value", "low", "high", "met"]
        varied = self.parameters[self.parameters["vary"]]
        return str(self.targets[columns].to_html(index=False) + varied.to_html(index=False))


def record_from_dict(
    data: Mapping[str, Any],
    trajectories: xr.Dataset,
    null_targets: pd.DataFrame | None,
    moved: pd.DataFrame | None,
) -> FitRecord:
    """Build a record from the content of `fit.json` and the files beside it."""
    return FitRecord(
        model=data["model"],
        model_hash=data["model_hash"],
        seed=data["seed"],
        regimen=data["regimen"],
        horizon_days=data["horizon_days"],
        parameters=frame(data["parameters"], PARAMETER_COLUMNS),
        targets=frame([UNMEASURED | row for row in data["targets"]], TARGET_COLUMNS),
        # what fits of before exact Jacobians did not count
        starts=frame([{"njev": 0, **row} for row in data["starts"]], START_COLUMNS),
        summary={key: data["summary"].get(key, _UNCOUNTED.get(key)) for key in SUMMARY_KEYS},
        trajectories=trajectories,
        priors=list(data["priors"]),
        null_targets=null_targets,
        moved=moved,
    )


# What the summaries of fits of before do not have.
_UNCOUNTED = {"evaluations": None, "jacobians": 0}
UNMEASURED: dict[str, Any] = {"value": None, "sigma": None}
"""Columns of targets that fits of before did not have."""
_NUMERIC = {
    "day",
    "low",
    "high",
    "simulated",
    "value",
    "sigma",
    "stderr",
    "init",
    "min",
    "max",
    "cost",
}


def frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table with the columns in order; missing numbers become NaN."""
    data: dict[str, Any] = {}
    for column in columns:
        values = [row[column] for row in rows]
        if column in _NUMERIC:
            numbers = [math.nan if value is None else float(value) for value in values]
            data[column] = pd.Series(numbers, dtype=float)
        elif column in ("met", "vary"):
            data[column] = pd.Series(values, dtype=bool)
        else:
            data[column] = pd.Series(values, dtype=object)
    return pd.DataFrame(data)


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{column: row[column] for column in columns} for row in plain_rows(table)]


def write_report(record: FitRecord) -> str:
    """Return a report of at most 100 columns."""
    sections = (
        _head,
        _targets,
        _parameters,
        _priors,
        _statistics,
        _starts,
        _assumptions,
        _moved,
        _null,
    )
    return "\n".join(line for section in sections for line in section(record)) + "\n"


def _head(record: FitRecord) -> Iterator[str]:
    met, total = record.summary["targets_met"], record.summary["targets"]
    yield f"Fit of model {record.model!r} under {record.regimen!r}, {record.horizon_days:g} days"
    yield f"{met} of {total} targets met; seed {record.seed}; model hash {record.model_hash[:12]}"
    yield ""


def _targets(record: FitRecord) -> Iterator[str]:
    yield "Targets"
    rows = [
        (t.id, t.group, t.kind, target_unit(record, t), allowed_of(t), rounded(t.simulated),
         "yes" if t.met else "NO")
        for t in record.targets.itertuples()
    ]  # fmt: skip
    names = ("target", "group", "kind", "unit", "allowed", "simulated", "met")
    yield from table_lines(names, rows, right={4, 5})
    for line in who_chose(record):
        yield from wrap(line, _WIDTH - 4, initial_indent="  ", subsequent_indent="    ")
    yield ""


def target_unit(record: FitRecord, row: Any) -> str:
    """Return the unit of a row of the target table, from that of its observable and its kind."""
    observed = record.trajectories.get(row.observable)
    unit = None if observed is None else observed.attrs.get("units")
    kind = KINDS.get(row.kind)
    return "-" if unit is None or kind is None else kind.unit_of(str(unit))


def who_chose(record: FitRecord) -> Iterator[str]:
    """Yield who chose the direction and the threshold of the targets, a sentence each."""
    for what in ("direction", "threshold"):
        ids = record.targets.groupby(f"{what}_status")["id"].apply(list)
        listed = sorted(ids.items(), key=lambda item: (len(item[1]), item[0]))
        rare = [f"{status} for {', '.join(names)}" for status, names in listed[:-1]]
        usual = [f"{status} for all{' others' if rare else ''}" for status, _ in listed[-1:]]
        if usual:
            yield f"The {what} of the targets is {'; '.join([*rare, *usual])}."


def _parameters(record: FitRecord) -> Iterator[str]:
    yield "Free parameters (width: by the curvature at the best point; profiles may say more)"
    varied = record.parameters[record.parameters["vary"]]
    rows = [
        (p.name + (f" [{p.group}]" if p.group else ""), rounded(p.value),
         rounded(p.stderr) if not math.isnan(p.stderr) else f"- {p.stderr_reason}", p.unit,
         f"{p.min:g} to {p.max:g}", p.identifiability)
        for p in varied.itertuples()
    ]  # fmt: skip
    names = ("parameter", "value", "std. error", "unit", "bounds", "width")
    yield from table_lines(names, rows, right={1})
    yield from (f"  {line}" for line in held_values(record))
    yield ""


def held_values(record: FitRecord) -> Iterator[str]:
    """Say of what differs between groups but is not free which value the other groups keep."""
    for own in record.parameters[record.parameters["group"].notna()].itertuples():
        same = record.parameters["name"] == own.name
        for shared in record.parameters[same & record.parameters["group"].isna()].itertuples():
            if not shared.vary:
                unit = "" if shared.unit == "1" else f" {shared.unit}"
                yield (
                    f"{own.name} was fitted for {own.group} alone; all others keep "
                    f"{rounded(shared.value)}{unit}, which did not move (it is not free)"
                )


def _priors(record: FitRecord) -> Iterator[str]:
    if not record.priors:
        return
    yield "Priors (not data: they enter the cost, not the log-likelihood)"
    rows = [
        (p["parameter"], rounded(p["median"]), f"{p['cv']:g}", rounded(p["value"]),
         rounded(p["residual"]), p["status"], p["source"])
        for p in record.priors
    ]  # fmt: skip
    names = ("parameter", "median", "CV", "value", "residual", "status", "source")
    yield from table_lines(names, rows, right={1, 2, 3, 4})
    yield ""


def _statistics(record: FitRecord) -> Iterator[str]:
    s = record.summary
    yield (
        f"Log-likelihood {rounded(s['log_likelihood'])} of {s['n_data']} target rows, "
        f"{s['n_free']} free parameters, AICc {rounded(s['aicc'])}"
    )
    yield "  AICc = 2k - 2 log L + 2k(k+1)/(n-k-1); errors are absolute (scale_covar=False)"
    if s["n_free"] > s["n_data"]:
        yield "  More free parameters than targets: standard errors are withheld."
    yield ""


def agreement(record: FitRecord) -> str:
    """Return how many starts came to the best cost, and how they ended."""
    costs = record.starts["cost"]
    best = costs.min()
    near = int((costs <= 1.01 * best).sum())
    counts = record.starts["status"].value_counts().sort_index()
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    return f"{near} of {len(costs)} came within 1 % of the best cost {best:.6g} ({listed})"


def _starts(record: FitRecord) -> Iterator[str]:
    s = record.summary
    yield f"Starts: {agreement(record)}"
    for index, start in enumerate(record.starts.itertuples()):
        cost = "-" if math.isnan(start.cost) else f"{start.cost:.6g}"
        spent = f"{start.nfev:4d} evaluations"
        spent += f", {start.njev:3d} Jacobians" if s["jacobians"] else ""
        yield f"  {index:3d}  cost {cost:>10}  {start.status:9}  {spent}  {start.message}"
    how = f"{s['jacobians']} exact Jacobians" if s["jacobians"] else "Jacobians by differences"
    yield f"  In all {s['evaluations']} evaluations and {how}, polishing included."
    yield ""


def assumptions(record: FitRecord) -> str:
    """Return how many thresholds and parameter values are assumed."""
    thresholds = int((record.targets["threshold_status"] == "assumed").sum())
    # A parameter that groups have of their own is still one, as the model counts it.
    counts = record.parameters.drop_duplicates("name")["status"].value_counts()
    listed = ", ".join(f"{counts[s]} {s}" for s in STATUSES if s in counts)
    total = len(record.targets)
    return f"Assumed: {thresholds} of {total} target thresholds. Parameter values: {listed}."


def _assumptions(record: FitRecord) -> Iterator[str]:
    yield assumptions(record)
    yield "The evidence is patterns, not time courses: agreement shows that the model suffices,"
    yield "not that it is true."
    yield ""


def _moved(record: FitRecord) -> Iterator[str]:
    if record.moved is None or record.moved.empty:
        return
    yield "Assumed bounds, each moved over its range at the fitted values (nothing refitted)"
    rows = [
        (
            m.id,
            m.bound,
            rounded(m.default),
            f"{m[4]:g} to {m.to:g}",
            rounded(m.simulated),
            m.verdict,
        )
        for m in record.moved.itertuples()
    ]
    names = ("target", "bound", "default", "moved over", "simulated", "verdict")
    yield from table_lines(names, rows, right={2, 4})
    yield ""


def _null(record: FitRecord) -> Iterator[str]:
    if record.null_targets is None:
        return
    missed = record.null_targets[~record.null_targets["met"]]
    total = len(record.null_targets)
    yield f"Null model (no drug effect, same parameters): misses {len(missed)} of {total}"
    rows = [(t.id, t.group, allowed_of(t), rounded(t.simulated)) for t in missed.itertuples()]
    yield from table_lines(("target", "group", "allowed", "simulated"), rows, right={2, 3})


def allowed_of(row: Any) -> str:
    """Return what a row of the target table allows: a range, or a measured value and its own."""
    value = getattr(row, "value", math.nan)
    if math.isnan(value):
        return range_text(row.low, row.high)
    return f"{value:.4g}, 2 sigma {row.low:.4g} to {row.high:.4g}"
