"""The report of a fit as text: targets, parameters, starts, assumptions, the null model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pdmodel.model.vocabulary import STATUSES
from pdmodel.text import range_text, rounded, table_lines

if TYPE_CHECKING:
    from pdmodel.inference.fit.record import FitRecord


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
    yield "Targets (threshold: who chose the number)"
    rows = [
        (t.id, t.group, allowed_of(t), rounded(t.simulated), "yes" if t.met else "NO",
         t.direction_status, t.threshold_status)
        for t in record.targets.itertuples()
    ]  # fmt: skip
    names = ("target", "group", "allowed", "simulated", "met", "direction", "threshold")
    yield from table_lines(names, rows, right={2, 3})
    yield ""


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
    yield from _held(record)
    yield ""


def _held(record: FitRecord) -> Iterator[str]:
    """Say of what differs between groups but is not free which value the other groups keep."""
    for own in record.parameters[record.parameters["group"].notna()].itertuples():
        same = record.parameters["name"] == own.name
        for shared in record.parameters[same & record.parameters["group"].isna()].itertuples():
            if not shared.vary:
                yield (
                    f"  {own.name} was fitted for {own.group} alone; all others keep "
                    f"{rounded(shared.value)} {shared.unit}, which did not move (it is not free)"
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


def _starts(record: FitRecord) -> Iterator[str]:
    costs = record.starts["cost"]
    best = costs.min()
    near = int((costs <= 1.01 * best).sum())
    counts = record.starts["status"].value_counts().sort_index()
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    total, s = len(record.starts), record.summary
    yield f"Starts: {near} of {total} came within 1 % of the best cost {best:.6g} ({listed})"
    for index, start in enumerate(record.starts.itertuples()):
        cost = "-" if math.isnan(start.cost) else f"{start.cost:.6g}"
        spent = f"{start.nfev:4d} evaluations"
        spent += f", {start.njev:3d} Jacobians" if s["jacobians"] else ""
        yield f"  {index:3d}  cost {cost:>10}  {start.status:9}  {spent}  {start.message}"
    how = f"{s['jacobians']} exact Jacobians" if s["jacobians"] else "Jacobians by differences"
    yield f"  In all {s['evaluations']} evaluations and {how}, polishing included."
    yield ""


def _assumptions(record: FitRecord) -> Iterator[str]:
    thresholds = int((record.targets["threshold_status"] == "assumed").sum())
    # A parameter that groups have of their own is still one, as the model counts it.
    counts = record.parameters.drop_duplicates("name")["status"].value_counts()
    listed = ", ".join(f"{counts[s]} {s}" for s in STATUSES if s in counts)
    total = len(record.targets)
    yield f"Assumed: {thresholds} of {total} target thresholds. Parameter values: {listed}."
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
