"""Evidence in words and plain tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from pdmodel.inference.fit.report_text import number, table

if TYPE_CHECKING:
    from pdmodel.hypotheses.evidence.result import EvidenceResult, Weighed


def write_evidence(result: EvidenceResult) -> str:
    """Return the report."""
    parts = (_head, _table, _agreement, _posteriors, _notes)
    return "\n".join(line for part in parts for line in part(result)) + "\n"


def evidence_rows(result: EvidenceResult) -> list[tuple[str, ...]]:
    """Return the table as it is read: `hypothesis`, `log Z`, weights, log L, free, AICc."""
    return [
        (
            row.hypothesis, f"{row.log_evidence:.2f} ± {row.error:.2f}" if not row.failure else "-",
            _share(row.weight), _share(row.aicc_weight), number(row.log_likelihood),
            str(row.n_free), number(row.aicc), number(row.information),
        )
        for row in result.table.itertuples()
    ]  # fmt: skip


EVIDENCE_COLUMNS = (
    "hypothesis", "log Z", "weight", "AICc weight", "best log L", "free", "AICc", "learnt (nats)",
)  # fmt: skip


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"


def _head(result: EvidenceResult) -> Iterator[str]:
    plan = result.plan
    yield f"{result.comparison.name}: evidence of {len(result.weighed)} hypotheses"
    yield (
        f"Nested sampling, {plan.runs} runs of {plan.live} live points each, seed {plan.seed}; "
        f"{sum(result.table['calls'])} points were simulated."
    )
    yield ""


def _table(result: EvidenceResult) -> Iterator[str]:
    yield from table(EVIDENCE_COLUMNS, evidence_rows(result), right=set(range(1, 8)))
    for one in result.weighed:
        if one.failure:
            yield f"  {one.hypothesis.name}: no evidence, {one.failure}"
    yield ""


def _agreement(result: EvidenceResult) -> Iterator[str]:
    yield "Does AICc rank as the evidence does?"
    yield f"  {result.agreement}"
    rows = [
        (
            f"{row.first} over {row.second}", f"{row.log_bayes:+.2f} ± {row.error:.2f}",
            f"{row.half_aicc:+.2f}", row.agreement,
        )
        for row in result.pairs.itertuples()
    ]  # fmt: skip
    yield from table(("pair", "log Bayes factor", "half AICc", "alike"), rows, right={1, 2})
    yield ""


def _posteriors(result: EvidenceResult) -> Iterator[str]:
    for one in result.weighed:
        if one.posterior is not None and one.prior is not None:
            yield from _posterior(one)


def posterior_table(one: Weighed) -> pd.DataFrame:
    """Return the parameters of a posterior beside the prior; empty where there is none.

    Columns: `parameter`, `low`, `median`, `high`, `runs_apart`, `low_prior`, `high_prior`, `prior`.
    """
    if one.posterior is None or one.prior is None:
        return pd.DataFrame()
    return one.posterior.parameters.merge(one.prior, on="parameter", suffixes=("", "_prior"))


def _posterior(one: Weighed) -> Iterator[str]:
    yield f"Posterior of {one.hypothesis.name}: median and 90 % of the draws, and the prior"
    both = posterior_table(one)
    rows = [
        (
            row.parameter, number(row.median), f"{row.low:.3g} to {row.high:.3g}",
            f"{row.low_prior:.3g} to {row.high_prior:.3g}, {row.prior}", f"{row.runs_apart:.2f}",
        )
        for row in both.itertuples()
    ]  # fmt: skip
    columns = ("parameter", "median", "90 %", "prior", "runs apart (SD)")
    yield from table(columns, rows, right={1, 4})
    if one.impossible:
        calls = sum(run.calls for run in one.runs)
        yield f"  {one.impossible} of {calls} points were impossible, e.g. {one.reason}"
    yield ""


def _notes(result: EvidenceResult) -> Iterator[str]:
    yield "Z is the mean likelihood of the rows of data under the prior; weights are Z over their"
    yield "sum, as if these hypotheses, and no other, were equally likely before. Z depends on how"
    yield "wide the priors are: they are the bounds of the fit, which are assumed. The error is of"
    yield "the runs' own, or of their spread if that is more."
