"""A comparison in words and plain tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pdmodel.hypotheses.verdicts.verdict import BORDERLINE, REFUTED, SURVIVES, UNJUDGED
from pdmodel.inference.fit.report_text import number, table

if TYPE_CHECKING:
    from pdmodel.hypotheses.examination.result import CompareResult


def write_report(result: CompareResult) -> str:
    """Return the report."""
    parts = (_head, _verdicts, _table, _fragile, _findings, _notes)
    return "\n".join(line for part in parts for line in part(result)) + "\n"


def _head(result: CompareResult) -> Iterator[str]:
    kinds = [verdict.kind for verdict in result.verdicts.values()]
    yield f"{result.comparison.name}: {result.comparison.title}"
    yield (
        f"{len(kinds)} hypotheses: {kinds.count(SURVIVES)} survive, {kinds.count(BORDERLINE)} are "
        f"borderline, {kinds.count(REFUTED)} refuted, {kinds.count(UNJUDGED)} not judged; "
        f"{sum(map(bool, result.fragile.values()))} verdicts are fragile"
    )
    yield ""


def _verdicts(result: CompareResult) -> Iterator[str]:
    for kind, title in (
        (SURVIVES, "Survive: they show all that was reported"),
        (BORDERLINE, "Borderline: what they miss, they miss by less than the width of its edge"),
        (REFUTED, "Refuted"), (UNJUDGED, "Could not be judged"),
    ):  # fmt: skip
        names = [name for name, verdict in result.verdicts.items() if verdict.kind == kind]
        if not names:
            continue
        yield title
        for one in result.hypotheses:
            if one.name in names:
                mark = " (fragile)" if result.fragile[one.name] else ""
                yield f"  {one.name}{mark}: {result.verdicts[one.name].words}"
                yield f"      claims that {one.claim}"
        yield ""


def _table(result: CompareResult) -> Iterator[str]:
    yield "Likelihood of the rows of data only; priors and assumed thresholds are no data"
    rows = [
        (
            row.hypothesis, f"{row.targets_met}/{row.targets}",
            f"{row.patterns_met}/{row.patterns}", number(row.log_likelihood), str(row.n_free),
            number(row.aicc), number(row.bic), number(row.weight), row.numbers,
        )
        for row in result.table.itertuples()
    ]  # fmt: skip
    names = (
        "hypothesis", "targets", "patterns", "log L", "free", "AICc", "BIC", "weight",
        "moved in the trial",
    )  # fmt: skip
    yield from table(names, rows, right={1, 2, 3, 4, 5, 6, 7})
    for row in result.table.itertuples():
        if row.why_not:
            yield f"  {row.hypothesis}: no criterion, {row.why_not}"
    yield ""


def _fragile(result: CompareResult) -> Iterator[str]:
    yield "Fragile: verdicts that an assumed threshold turns within its range, after a new fit"
    told = [(name, flip) for name, flips in result.fragile.items() for flip in flips]
    yield from (f"  {name}: {flip}" for name, flip in told)
    if not told:
        yield "  none"
    yield ""


def _findings(result: CompareResult) -> Iterator[str]:
    found = result.findings()
    if found.empty:
        return
    yield "Found before, and found again?"
    for row in found.itertuples():
        yield f"  {row.reproduced:9}  {row.finding}"
        if row.reproduced == "NO":
            yield f"             expected {row.expected}; found {row.found}"
    yield ""


def _notes(result: CompareResult) -> Iterator[str]:
    thresholds = sum(target.threshold_status == "assumed" for target in result.targets)
    yield (
        f"Seed {result.plan.seed}, {result.plan.starts} starts a fit, {result.plan.patients} "
        f"patients a trial. Assumed: {thresholds} of {len(result.targets)} thresholds of targets."
    )
    yield "AICc = 2k - 2 log L + 2k(k+1)/(n-k-1); weight = exp(-d/2) over the sum, d to the lowest."
    yield "A hypothesis that survives suffices; it need not be true. The evidence is patterns."
