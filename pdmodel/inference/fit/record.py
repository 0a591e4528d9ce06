"""FitRecord: the tables of a fit and its report; written to a result folder and read back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import pandas as pd
import xarray as xr

from pdmodel.inference.fit.measured_data import MeasuredData
from pdmodel.inference.fit.tables import (
    MEASURED_KEYS,
    PARAMETER_COLUMNS,
    START_COLUMNS,
    SUMMARY_KEYS,
    TARGET_COLUMNS,
    UNMEASURED,
    frame,
)
from pdmodel.inference.problem.parameters import setting_names
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.markup import card, folded, preformatted, table
from pdmodel.model.vocabulary import STATUSES
from pdmodel.storage import plain, plain_rows
from pdmodel.text import counted, range_text, rounded, table_lines

SCHEMA_VERSION = 1
_WIDTH = 100
"""Columns of a report."""
ALIKE = 0.1
"""Starts whose -log L differs by less came to the same end."""


@dataclass(repr=False)
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
    trajectories
        Quantities over (group, time) at the fitted values; NaN after the end of a group's run.
    priors
        A row for each prior; rows that are not data.
    null_targets
        The same target table for the null model, if there is one.
    moved
        The verdict of each target when its assumed bound moves over its range.
    data
        What was measured, beside what is predicted; None where the problem has targets alone.
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
    data: MeasuredData | None = None

    @property
    def measurements(self) -> pd.DataFrame | None:
        """A row a measured value, with what is predicted and its residual; None if there is none.

        Columns are those of `Measurements.rows`, and `unit`, `predicted`, `sd` (of the error model
        there), `scale` (on which both are compared: `linear` or `log`) and `residual`, over sd.
        """
        return None if self.data is None else self.data.measurements

    @property
    def courses(self) -> xr.Dataset | None:
        """Observed quantities over (subject, time) at the fitted values; None without subjects."""
        return None if self.data is None else self.data.courses

    @property
    def doses(self) -> pd.DataFrame | None:
        """What each subject is given, a row a dose; None without subjects."""
        return None if self.data is None else self.data.doses

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
            "summary": {
                key: plain(self.summary[key])
                for key in (*SUMMARY_KEYS, *MEASURED_KEYS)
                if key in self.summary
            },
            "starts": _rows(self.starts, START_COLUMNS),
        } | ({} if self.data is None else {"data": self.data.to_dict()})

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
        return card(
            f"Fit of model {self.model}",
            f"{_met(self)}{self.regimen}; {self.horizon_days:g} days",
            table(*_target_table(self), right={4, 5}),
            folded("Free parameters", table(*_parameter_table(self), right={1})),
            folded("Report", preformatted(self.report(), largest=10_000)),
        )

    def __repr__(self) -> str:
        """Name the model, and say how many targets are met."""
        return f"<{type(self).__name__} of model {self.model}: {_met(self)}seed {self.seed}>"


def record_from_dict(
    data: Mapping[str, Any],
    trajectories: xr.Dataset,
    null_targets: pd.DataFrame | None,
    moved: pd.DataFrame | None,
    measured: MeasuredData | None = None,
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
        summary={key: data["summary"].get(key, _UNCOUNTED.get(key)) for key in SUMMARY_KEYS}
        | {key: data["summary"][key] for key in MEASURED_KEYS if key in data["summary"]},
        trajectories=trajectories,
        priors=list(data["priors"]),
        null_targets=null_targets,
        moved=moved,
        data=measured,
    )


# What the summaries of fits of before do not have.
_UNCOUNTED = {"evaluations": None, "jacobians": 0}


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{column: row[column] for column in columns} for row in plain_rows(table)]


def write_report(record: FitRecord) -> str:
    """Return a report of at most 100 columns."""
    sections = (
        _head,
        _measured,
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
    if not total:
        yield f"Fit of model {record.model!r}, {record.horizon_days:g} days"
        yield f"no targets; seed {record.seed}; model hash {record.model_hash[:12]}"
        yield ""
        return
    yield f"Fit of model {record.model!r} under {record.regimen!r}, {record.horizon_days:g} days"
    yield f"{met} of {total} targets met; seed {record.seed}; model hash {record.model_hash[:12]}"
    yield ""


def _measured(record: FitRecord) -> Iterator[str]:
    if record.data is not None:
        yield from record.data.report()


def _targets(record: FitRecord) -> Iterator[str]:
    if record.targets.empty:
        return
    yield "Targets"
    yield from table_lines(*_target_table(record), right={4, 5})
    for line in who_chose(record):
        yield from wrap(line, _WIDTH - 4, initial_indent="  ", subsequent_indent="    ")
    yield ""


def _target_table(record: FitRecord) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and cells of the table of targets."""
    rows: list[tuple[str, ...]] = [
        (t.id, t.group, t.kind, target_unit(record, t), allowed_of(t), rounded(t.simulated),
         "yes" if t.met else "NO")
        for t in record.targets.itertuples()
    ]  # fmt: skip
    return ("target", "group", "kind", "unit", "allowed", "simulated", "met"), rows


def _met(record: FitRecord) -> str:
    """Say how many targets are met, for a line that goes on; nothing where there are none."""
    met, total = record.summary["targets_met"], record.summary["targets"]
    return f"{met} of {total} targets met; " if total else ""


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
    yield from table_lines(*_parameter_table(record), right={1})
    yield from (f"  {line}" for line in held_values(record))
    yield ""


def _parameter_table(record: FitRecord) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and cells of the table of free parameters."""
    varied = record.parameters[record.parameters["vary"]]
    rows: list[tuple[str, ...]] = [
        (p.name + (f" [{p.group}]" if p.group else ""), rounded(p.value),
         rounded(p.stderr) if not math.isnan(p.stderr) else f"- {p.stderr_reason}", p.unit,
         f"{p.min:g} to {p.max:g}", p.identifiability)
        for p in varied.itertuples()
    ]  # fmt: skip
    return ("parameter", "value", "std. error", "unit", "bounds", "width"), rows


def held_values(record: FitRecord) -> Iterator[str]:
    """Say of what differs between groups but is not free which value the other groups keep."""
    of_subjects = () if record.data is None else record.data.own
    for own in record.parameters[record.parameters["group"].notna()].itertuples():
        if own.name in of_subjects:
            continue
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
        f"Log-likelihood {rounded(s['log_likelihood'])} of {rows_in_words(record)}, "
        f"{s['n_free']} free parameters, AICc {rounded(s['aicc'])}"
    )
    if "n_measured" in s:
        yield (
            f"  of the measurements alone {rounded(s['measured_log_likelihood'])}; BIC "
            f"{rounded(s['bic'])} = k log n - 2 log L"
        )
    yield "  AICc = 2k - 2 log L + 2k(k+1)/(n-k-1); errors are absolute (scale_covar=False)"
    if s["n_free"] > s["n_data"]:
        yield "  More free parameters than rows: standard errors are withheld."
    yield ""


def rows_in_words(record: FitRecord) -> str:
    """Return how many rows the log-likelihood is of, patterns and measured values apart."""
    targets = counted(record.summary["targets"], "target row")
    if "n_measured" not in record.summary:
        return counted(record.summary["n_data"], "target row")
    measured = counted(record.summary["n_measured"], "measured value")
    return f"{targets} and {measured}" if record.summary["targets"] else measured


def agreement(record: FitRecord) -> str:
    """Return how many starts came to the best cost, and how they ended."""
    costs = record.starts["cost"]
    best = costs.min()
    # A cost that is -log L of measured values has no size of its own.
    measured = "n_measured" in record.summary
    near = int((costs <= (best + ALIKE if measured else 1.01 * best)).sum())
    counts = record.starts["status"].value_counts().sort_index()
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    within = f"{ALIKE:g}" if measured else "1 %"
    return f"{near} of {len(costs)} came within {within} of the best cost {best:.6g} ({listed})"


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
    of_targets = f"Assumed: {thresholds} of {total} target thresholds. " if total else ""
    return f"{of_targets}Parameter values: {listed}."


def _assumptions(record: FitRecord) -> Iterator[str]:
    yield assumptions(record)
    if record.targets.empty:
        yield ""
        return
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
