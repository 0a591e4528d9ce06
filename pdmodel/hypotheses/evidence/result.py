"""The evidence of hypotheses: log Z, weights, whether AICc agrees, and the report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import pandas as pd

from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.weights import evidence_weights
from pdmodel.inference.posterior.nested import Evidence, Nested, combine
from pdmodel.inference.posterior.posterior import Posterior
from pdmodel.inference.posterior.run import NestedPlan
from pdmodel.storage import plain_rows
from pdmodel.text import counted, rounded, table_lines

SCHEMA_VERSION = 1
EVIDENCE_COLUMNS = (
    "hypothesis", "log Z", "weight", "AICc weight", "best log L", "free", "AICc", "learnt (nats)",
)  # fmt: skip
_SIGMAS = 2.0
"""Standard errors by which two evidences must differ to be ranked."""


@dataclass(frozen=True)
class Weighed:
    """A hypothesis and its evidence.

    Parameters
    ----------
    hypothesis
        The hypothesis.
    criteria
        Log-likelihood, AICc and their sizes, of its best fit.
    failure
        Why there is no evidence; empty where there is.
    runs
        Independent runs of nested sampling.
    impossible, reason
        Points of the prior that were not possible, and why the first of them.
    posterior, prior
        Its draws, and what the parameters were drawn from.
    """

    hypothesis: Hypothesis
    criteria: dict[str, Any]
    failure: str = ""
    runs: tuple[Nested, ...] = ()
    impossible: int = 0
    reason: str = ""
    posterior: Posterior | None = field(default=None, repr=False)
    prior: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def evidence(self) -> Evidence:
        """Log Z over the runs; NaN where there is none."""
        return combine(self.runs) if self.runs else Evidence(math.nan, math.nan, math.nan)

    def to_row(self) -> dict[str, Any]:
        """Return the row of the table; the weights are added where all are known."""
        runs = self.runs
        return {
            "hypothesis": self.hypothesis.name, "log_evidence": self.evidence.log,
            "error": self.evidence.error, "spread": self.evidence.spread,
            "information": math.fsum(r.information for r in runs) / len(runs) if runs else math.nan,
            "log_likelihood": self.criteria["log_likelihood"], "n_free": self.criteria["n_free"],
            "aicc": self.criteria["aicc"], "calls": sum(run.calls for run in runs),
            "impossible": self.impossible, "failure": self.failure,
        }  # fmt: skip


@dataclass(frozen=True)
class EvidenceResult:
    """Hypotheses and their evidence.

    Parameters
    ----------
    comparison, plan
        The comparison, and the plan of the sampling.
    weighed
        The hypotheses, in the order of the names.
    """

    comparison: Comparison
    plan: NestedPlan
    weighed: Sequence[Weighed]

    @property
    def posteriors(self) -> dict[str, Posterior]:
        """The posteriors there are, by hypothesis."""
        return {w.hypothesis.name: w.posterior for w in self.weighed if w.posterior is not None}

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per hypothesis, the most probable first, with its weights.

        `weight` is Z over the sum of Z: the probability of a hypothesis if all of them, and no
        other, were as likely before the data. `aicc_weight` is its like by AICc.
        """
        rows = pd.DataFrame([weighed.to_row() for weighed in self.weighed])
        rows["weight"] = evidence_weights([-2 * z for z in rows["log_evidence"]])
        rows["aicc_weight"] = evidence_weights(rows["aicc"])
        return rows.sort_values("log_evidence", ascending=False, ignore_index=True)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """One row per pair: `first`, `second`, `log_bayes`, `error`, `half_aicc`, `agreement`.

        `log_bayes` is `log Z1 - log Z2`, `half_aicc` is `(AICc2 - AICc1)/2`, its like. They agree
        (`yes`) or not (`NO`) on which of the two is better, where the evidences are more than two
        standard errors apart; `too close` where they are not, `-` where there is no number.
        """
        rows = []
        for first, second in combinations(self.weighed, 2):
            bayes = first.evidence.log - second.evidence.log
            error = math.hypot(first.evidence.error, second.evidence.error)
            half = 0.5 * (second.criteria["aicc"] - first.criteria["aicc"])
            rows.append(
                {
                    "first": first.hypothesis.name, "second": second.hypothesis.name,
                    "log_bayes": bayes, "error": error, "half_aicc": half,
                    "agreement": _agreement(bayes, error, half),
                }
            )  # fmt: skip
        columns = ["first", "second", "log_bayes", "error", "half_aicc", "agreement"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def agreement(self) -> str:
        """Whether AICc ranks the hypotheses as the evidence does, in words."""
        counts = self.pairs["agreement"].value_counts()
        same, other, close, none = (int(counts.get(k, 0)) for k in ("yes", "NO", "too close", "-"))
        if not len(self.pairs):
            return "One hypothesis cannot be ranked."
        pairs = counted(len(self.pairs), "pair")
        words = [f"Of {pairs}, AICc and the evidence rank {same} alike"]
        words.append(f"{other} the other way round")
        are = "is" if close == 1 else "are"
        words.append(f"{close} {are} too close for the evidence to rank (two standard errors)")
        if none:
            words.append(f"{none} cannot be compared")
        return ", ".join(words) + "."

    def report(self) -> str:
        """Return the result in words and tables."""
        parts = (_head, _table, _agreements, _posteriors, _notes)
        return "\n".join(line for part in parts for line in part(self)) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION, "comparison": self.comparison.name,
            "plan": vars(self.plan), "agreement": self.agreement,
            "hypotheses": [
                {
                    "name": w.hypothesis.name, "model": w.hypothesis.model.name,
                    "model_hash": w.hypothesis.model.hash,
                    "difference": w.hypothesis.difference.name,
                    "runs": [
                        {"log_evidence": run.log_evidence, "error": run.error, "calls": run.calls}
                        for run in w.runs
                    ],
                    "reason": w.reason,
                }
                for w in self.weighed
            ],
            "table": plain_rows(self.table), "pairs": plain_rows(self.pairs),
        }  # fmt: skip


def _agreement(bayes: float, error: float, half: float) -> str:
    if math.isnan(bayes) or math.isnan(half):
        return "-"
    if abs(bayes) <= _SIGMAS * error:
        return "too close"
    return "yes" if bayes * half > 0 else "NO"


def evidence_rows(result: EvidenceResult) -> list[tuple[str, ...]]:
    """Return the table as it is read: `hypothesis`, `log Z`, weights, log L, free, AICc."""
    return [
        (
            row.hypothesis, f"{row.log_evidence:.2f} ± {row.error:.2f}" if not row.failure else "-",
            _share(row.weight), _share(row.aicc_weight), rounded(row.log_likelihood),
            str(row.n_free), rounded(row.aicc), rounded(row.information),
        )
        for row in result.table.itertuples()
    ]  # fmt: skip


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"


def _head(result: EvidenceResult) -> Iterator[str]:
    plan = result.plan
    weighed = counted(len(result.weighed), "hypothesis", "hypotheses")
    yield f"{result.comparison.name}: evidence of {weighed}"
    yield (
        f"Nested sampling, {counted(plan.runs, 'run')} of {plan.live} live points each, "
        f"seed {plan.seed}; {sum(result.table['calls'])} points were simulated."
    )
    yield ""


def _table(result: EvidenceResult) -> Iterator[str]:
    yield from table_lines(EVIDENCE_COLUMNS, evidence_rows(result), right=set(range(1, 8)))
    for weighed in result.weighed:
        if weighed.failure:
            yield f"  {weighed.hypothesis.name}: no evidence, {weighed.failure}"
    yield ""


def _agreements(result: EvidenceResult) -> Iterator[str]:
    yield "Does AICc rank as the evidence does?"
    yield f"  {result.agreement}"
    rows = [
        (
            f"{row.first} over {row.second}", f"{row.log_bayes:+.2f} ± {row.error:.2f}",
            f"{row.half_aicc:+.2f}", row.agreement,
        )
        for row in result.pairs.itertuples()
    ]  # fmt: skip
    yield from table_lines(("pair", "log Bayes factor", "half AICc", "alike"), rows, right={1, 2})
    yield ""


def _posteriors(result: EvidenceResult) -> Iterator[str]:
    for weighed in result.weighed:
        if weighed.posterior is not None and weighed.prior is not None:
            yield from _posterior(weighed)


def posterior_table(weighed: Weighed) -> pd.DataFrame:
    """Return the parameters of a posterior beside the prior; empty where there is none.

    Columns: `parameter`, `low`, `median`, `high`, `runs_apart`, `low_prior`, `high_prior`, `prior`.
    """
    if weighed.posterior is None or weighed.prior is None:
        return pd.DataFrame()
    return weighed.posterior.parameters.merge(
        weighed.prior, on="parameter", suffixes=("", "_prior")
    )


def _posterior(weighed: Weighed) -> Iterator[str]:
    yield f"Posterior of {weighed.hypothesis.name}: median and 90 % of the draws, and the prior"
    both = posterior_table(weighed)
    rows = [
        (
            row.parameter, rounded(row.median), f"{row.low:.3g} to {row.high:.3g}",
            f"{row.low_prior:.3g} to {row.high_prior:.3g}, {row.prior}", f"{row.runs_apart:.2f}",
        )
        for row in both.itertuples()
    ]  # fmt: skip
    columns = ("parameter", "median", "90 %", "prior", "runs apart (SD)")
    yield from table_lines(columns, rows, right={1, 4})
    if weighed.impossible:
        calls = sum(run.calls for run in weighed.runs)
        yield f"  {weighed.impossible} of {calls} points were impossible, e.g. {weighed.reason}"
    yield ""


def _notes(result: EvidenceResult) -> Iterator[str]:
    yield "Z is the mean likelihood of the rows of data under the prior; weights are Z over their"
    yield "sum, as if these hypotheses, and no other, were equally likely before. Z depends on how"
    yield "wide the priors are: they are the bounds of the fit, which are assumed. The error is of"
    yield "the runs' own, or of their spread if that is more."
