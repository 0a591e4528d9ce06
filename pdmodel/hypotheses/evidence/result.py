"""What nested sampling found of hypotheses: evidence, weights, and whether AICc agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from pdmodel.inference.posterior.runs import NestedPlan
from pdmodel.storage import plain_rows

SCHEMA_VERSION = 1
_SIGMAS = 2.0
"""Standard errors by which two evidences must differ to be ranked."""


@dataclass(frozen=True)
class Weighed:
    """One hypothesis.

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
        What was asked, how hard.
    weighed
        The hypotheses, in the order asked.
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
        """A row a hypothesis, the most probable first, with its weights.

        `weight` is Z over the sum of Z: the probability of a hypothesis if all of them, and no
        other, were as likely before the data. `aicc_weight` is its like by AICc.
        """
        table = pd.DataFrame([one.to_row() for one in self.weighed])
        table["weight"] = evidence_weights([-2 * z for z in table["log_evidence"]])
        table["aicc_weight"] = evidence_weights(table["aicc"])
        return table.sort_values("log_evidence", ascending=False, ignore_index=True)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """A row a pair: `first`, `second`, `log_bayes`, `error`, `half_aicc`, `agreement`.

        `log_bayes` is `log Z1 - log Z2`, `half_aicc` is `(AICc2 - AICc1)/2`, its like. They agree
        (`yes`) or not (`NO`) on which of the two is better, where the evidences are more than two
        standard errors apart; `too close` where they are not, `-` where there is no number.
        """
        rows = []
        for one, other in combinations(self.weighed, 2):
            bayes = one.evidence.log - other.evidence.log
            error = math.hypot(one.evidence.error, other.evidence.error)
            half = 0.5 * (other.criteria["aicc"] - one.criteria["aicc"])
            rows.append(
                {
                    "first": one.hypothesis.name, "second": other.hypothesis.name,
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
        words = [f"Of {len(self.pairs)} pairs, AICc and the evidence rank {same} alike"]
        words.append(f"{other} the other way round")
        words.append(f"{close} are too close for the evidence to rank (two standard errors)")
        if none:
            words.append(f"{none} cannot be compared")
        return ", ".join(words) + "."

    def report(self) -> str:
        """Return the result in words and tables."""
        from pdmodel.hypotheses.evidence.evidence_text import write_evidence

        return write_evidence(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION, "comparison": self.comparison.name,
            "plan": vars(self.plan), "agreement": self.agreement,
            "hypotheses": [
                {
                    "name": one.hypothesis.name, "model": one.hypothesis.model.name,
                    "model_hash": one.hypothesis.model.hash,
                    "difference": one.hypothesis.difference.name,
                    "runs": [
                        {"log_evidence": run.log_evidence, "error": run.error, "calls": run.calls}
                        for run in one.runs
                    ],
                    "reason": one.reason,
                }
                for one in self.weighed
            ],
            "table": plain_rows(self.table), "pairs": plain_rows(self.pairs),
        }  # fmt: skip


def _agreement(bayes: float, error: float, half: float) -> str:
    if math.isnan(bayes) or math.isnan(half):
        return "-"
    if abs(bayes) <= _SIGMAS * error:
        return "too close"
    return "yes" if bayes * half > 0 else "NO"
