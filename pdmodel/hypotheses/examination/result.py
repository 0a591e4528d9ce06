"""The result of a comparison: verdicts, tables and the report, all made from what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pdmodel.hypotheses.comparison import Comparison, ComparisonSettings
from pdmodel.hypotheses.examination.reasons import Moved, slots_apart, what_moves
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.misses import TRIAL, TYPICAL, pattern_beyond, target_misses
from pdmodel.hypotheses.verdicts.parts import HypothesisParts
from pdmodel.hypotheses.verdicts.predictions import prediction_summary, prediction_table
from pdmodel.hypotheses.verdicts.robustness import fragile
from pdmodel.hypotheses.verdicts.verdict import (
    BORDERLINE,
    REFUTED,
    STANDS,
    SURVIVES,
    UNJUDGED,
    Verdict,
    judge_hypothesis,
)
from pdmodel.hypotheses.verdicts.weights import criteria, evidence_weights
from pdmodel.inference import Target
from pdmodel.markup import card, folded, paragraph, table
from pdmodel.storage import plain_rows
from pdmodel.text import counted, rounded, table_lines

SCHEMA_VERSION = 1
_NUMBERS = range(1, 8)
"""Columns of numbers in the table of criteria."""


@dataclass(repr=False)
class CompareResult:
    """The hypotheses of a comparison and their verdicts.

    Parameters
    ----------
    comparison, plan
        The comparison, and how much work went into each hypothesis.
    hypotheses, verdicts, fragile
        In the order of the names; at which thresholds a verdict flips, by name.
    table
        One row per hypothesis: verdict, targets and patterns met, likelihood, AICc, BIC, weight.
    misses
        One row per hypothesis and target or pattern: value, limits, and how far it is missed.
    moved
        One row per hypothesis and moved threshold.
    targets
        Targets of the typical patients.
    stored
        The parts that all is made from, by name.
    """

    comparison: Comparison
    plan: ComparisonSettings
    hypotheses: Sequence[Hypothesis]
    verdicts: dict[str, Verdict]
    fragile: dict[str, list[str]]
    table: pd.DataFrame
    misses: pd.DataFrame
    moved: pd.DataFrame
    targets: Sequence[Target]
    stored: Mapping[str, HypothesisParts] = field(repr=False, default_factory=dict)

    @property
    def surviving(self) -> list[str]:
        """Names of the hypotheses that the evidence does not refute."""
        return [name for name, verdict in self.verdicts.items() if verdict.kind in STANDS]

    @property
    def groups(self) -> list[str]:
        """The groups of patients that the targets look at, in their order."""
        seen = dict.fromkeys(group for target in self.targets for group in target.groups)
        return [*dict.fromkeys([g for g in self.comparison.question.groups if g in seen] + [*seen])]

    def moved_state(self) -> Moved | None:
        """Return what moves the state that most targets look at, of the first that was fitted."""
        fitted = [h for h in self.hypotheses if not self.stored[h.name].fit.failure]
        if not fitted:
            return None
        return what_moves(self.comparison, fitted[0], self.stored[fitted[0].name].fit)

    @property
    def predictions(self) -> pd.DataFrame:
        """A row a hypothesis and pattern of trials that nobody was fitted to; empty without any."""
        return prediction_table(self.stored)

    @property
    def predicted(self) -> pd.DataFrame:
        """A row a hypothesis: how many of these patterns came out, and which is farthest off."""
        return prediction_summary(self.stored)

    def findings(self) -> pd.DataFrame:
        """Return the findings of before, and whether they are reproduced.

        Returns
        -------
        DataFrame
            `finding`, `expected`, `found`, and `reproduced`: yes, no, or not asked.
        """
        rows = []
        for finding in self.comparison.findings:
            wanted = dict.fromkeys(finding.survive, "stands") | dict.fromkeys(finding.fall, "falls")
            asked = {n: self.verdicts[n].kind for n in wanted if n in self.verdicts}
            right = [(asked[n] in STANDS) == (wanted[n] == "stands") for n in asked]
            reproduced = "yes" if all(right) else "NO"
            rows.append(
                {
                    "finding": finding.words,
                    "expected": "; ".join(f"{n} {kind}" for n, kind in wanted.items()),
                    "found": "; ".join(f"{n} {kind}" for n, kind in asked.items()),
                    "reproduced": reproduced if len(asked) == len(wanted) else "not asked",
                    "source": finding.source,
                }
            )
        columns = ["finding", "expected", "found", "reproduced", "source"]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Name the comparison, and count what survives."""
        counts = f"{len(self.surviving)} of {len(self.verdicts)} hypotheses stand"
        return f"<CompareResult of {self.comparison.name}: {counts}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the verdicts, then the criteria."""
        head = list(_head(self))
        verdicts = [
            (
                h.name, self.verdicts[h.name].kind, "yes" if self.fragile[h.name] else "-",
                self.verdicts[h.name].words, h.claim,
            )
            for h in self.hypotheses
        ]  # fmt: skip
        return card(
            f"Comparison {self.comparison.name}", self.comparison.title,
            *(paragraph(line) for line in head[1:]),
            table(("hypothesis", "verdict", "fragile", "why", "claims that"), verdicts,
                  largest=16_000),
            folded("Criteria", table(*_criteria(self), right=_NUMBERS)),
        )  # fmt: skip

    def report(self) -> str:
        """Return the whole result in words and tables."""
        parts = (_head, _verdicts, _table, _predictions, _fragile, _findings, _notes)
        return "\n".join(line for part in parts for line in part(self)) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; null where there is no number."""
        return {
            "schema_version": SCHEMA_VERSION, "comparison": self.comparison.name,
            "title": self.comparison.title, "seed": self.plan.seed, "plan": vars(self.plan),
            "hypotheses": [
                {
                    "name": h.name, "model": h.model.name, "model_hash": h.model.hash,
                    "difference": h.difference.name, "claim": h.claim,
                    "refuted_by": h.refuted_by, "verdict": self.verdicts[h.name].to_dict(),
                    "fragile": self.fragile[h.name],
                }
                for h in self.hypotheses
            ],
            "table": plain_rows(self.table), "findings": plain_rows(self.findings()),
            **({} if self.predicted.empty else {"predicted": plain_rows(self.predicted)}),
            "groups": self.groups, "apart": slots_apart(self.hypotheses[0], self.hypotheses[1:]),
            "moved": "" if (moved := self.moved_state()) is None else moved.words,
            "references": self._references(),
        }  # fmt: skip

    def _references(self) -> dict[str, str]:
        """Return the references of the models that were compared."""
        references: dict[str, str] = {}
        for hypothesis in self.hypotheses:
            references |= hypothesis.model.vocabulary.references
        return references


def make_outcome(
    comparison: Comparison,
    hypotheses: Sequence[Hypothesis],
    stored: Mapping[str, HypothesisParts],
    plan: ComparisonSettings,
) -> CompareResult:
    """Judge the stored parts of each hypothesis; nothing is simulated."""
    targets = comparison.problem(hypotheses[0]).targets
    verdicts = {h.name: judge_hypothesis(targets, stored[h.name]) for h in hypotheses}
    flips = {name: fragile(verdict, stored[name].moved) for name, verdict in verdicts.items()}
    rows = [_row(h, verdicts[h.name], flips[h.name], stored[h.name]) for h in hypotheses]
    weights = evidence_weights([row["aicc"] for row in rows])
    judged = pd.DataFrame([row | {"weight": w} for row, w in zip(rows, weights, strict=True)])
    moved = [
        {"hypothesis": name, **part.to_dict(), "ids": ",".join(part.ids)}
        for name in verdicts
        for part in stored[name].moved
    ]
    columns = ["hypothesis", "ids", "bound", "default", "to", "kind", "words", "refitted"]
    cells = [row for h in hypotheses for row in _cells(h, targets, stored[h.name])]
    return CompareResult(
        comparison, plan, hypotheses, verdicts, flips, judged,
        pd.DataFrame(cells, columns=_CELLS),
        pd.DataFrame(moved, columns=columns), targets, stored,
    )  # fmt: skip


def _row(
    hypothesis: Hypothesis, verdict: Verdict, flips: Sequence[str], stored: HypothesisParts
) -> dict[str, Any]:
    count = {level: sum(m.level == level for m in verdict.misses) for level in (TYPICAL, TRIAL)}
    fit = criteria(stored.fit)
    judged = verdict.kind != UNJUDGED
    patterns = [pattern for pattern in stored.trial.patterns if pattern.calibrates]
    return {
        "hypothesis": hypothesis.name, "difference": hypothesis.difference.name,
        "verdict": verdict.kind, "words": verdict.words, "fragile": len(flips),
        "targets_met": fit["n_data"] - count[TYPICAL] if judged else 0,
        "targets": fit["n_data"],
        "patterns_met": len(patterns) - count[TRIAL] if judged else 0, "patterns": len(patterns),
        **fit, "numbers": ", ".join(f"{k} {v:.3g}" for k, v in stored.trial.numbers.items()),
        "claim": hypothesis.claim,
    }  # fmt: skip


# Listed here, because there is no row to take them from where nothing could be judged.
_CELLS = ["hypothesis", "level", "id", "words", "value", "low", "high", "by", "use"]


def _cells(hypothesis: Hypothesis, targets: Sequence[Target], stored: HypothesisParts) -> list[Any]:
    """Return how each target and pattern fares; `by` is 0 where it is met."""
    rows = []
    if not stored.fit.failure:
        simulated = stored.fit.simulated
        by = {miss.id: miss.by for miss in target_misses(targets, simulated)}
        rows += [
            {"hypothesis": hypothesis.name, "level": TYPICAL, "id": t.id, "words": t.meaning,
             "value": simulated[t.id], "low": t.low, "high": t.high, "by": by.get(t.id, 0.0)}
            for t in targets
        ]  # fmt: skip
    return rows + [
        {"hypothesis": hypothesis.name, "level": TRIAL, "id": p.id, "words": p.meaning,
         "value": p.value, "low": p.low, "high": p.high, "by": pattern_beyond(p), "use": p.use}
        for p in stored.trial.patterns
    ]  # fmt: skip


def _head(result: CompareResult) -> Iterator[str]:
    kinds = [verdict.kind for verdict in result.verdicts.values()]
    yield f"{result.comparison.name}: {result.comparison.title}"
    survive, fragile = kinds.count(SURVIVES), sum(map(bool, result.fragile.values()))
    yield (
        f"{counted(len(kinds), 'hypothesis', 'hypotheses')}: "
        f"{survive} {'survives' if survive == 1 else 'survive'}, {kinds.count(BORDERLINE)} "
        f"{'is' if kinds.count(BORDERLINE) == 1 else 'are'} borderline, {kinds.count(REFUTED)} "
        f"refuted, {kinds.count(UNJUDGED)} not judged; {counted(fragile, 'verdict')} "
        f"{'is' if fragile == 1 else 'are'} fragile"
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
        for hypothesis in result.hypotheses:
            if hypothesis.name in names:
                mark = " (fragile)" if result.fragile[hypothesis.name] else ""
                first, *rest = result.verdicts[hypothesis.name].lines
                yield f"  {hypothesis.name}{mark}: {first}"
                yield from (f"      {line}" for line in rest)
                yield f"      claims that {hypothesis.claim}"
        yield ""


def _table(result: CompareResult) -> Iterator[str]:
    yield "Likelihood of the rows of data only; priors and assumed thresholds are no data"
    yield from table_lines(*_criteria(result), right=_NUMBERS)
    for row in result.table.itertuples():
        if row.why_not:
            yield f"  {row.hypothesis}: no criterion, {row.why_not}"
    yield ""


def _criteria(result: CompareResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and cells of the table of criteria."""
    rows: list[tuple[str, ...]] = [
        (
            row.hypothesis, f"{row.targets_met}/{row.targets}",
            f"{row.patterns_met}/{row.patterns}", rounded(row.log_likelihood), str(row.n_free),
            rounded(row.aicc), rounded(row.bic), rounded(row.weight), row.numbers,
        )
        for row in result.table.itertuples()
    ]  # fmt: skip
    names = (
        "hypothesis", "targets", "patterns", "log L", "free", "AICc", "BIC", "weight",
        "moved in the trial",
    )  # fmt: skip
    return names, rows


def _predictions(result: CompareResult) -> Iterator[str]:
    table = result.predicted
    if table.empty:
        return
    yield "Other trials, predicted without tuning; the verdicts above know nothing of them"
    rows = [
        (row.hypothesis, f"{row.inside}/{row.predicted}", str(row.near), str(row.far),
         row.farthest or row.why_not)
        for row in table.itertuples()
    ]  # fmt: skip
    names = ("hypothesis", "inside", "near", "far", "farthest off")
    yield from table_lines(names, rows, right=range(1, 4))
    yield "  near: missed by less than the width of its edge"
    yield ""


def _fragile(result: CompareResult) -> Iterator[str]:
    yield "Fragile: verdicts that an assumed threshold turns within its range, after a new fit"
    lines = [f"  {name}: {flip}" for name, flips in result.fragile.items() for flip in flips]
    yield from lines
    if not lines:
        yield "  none"
    yield ""


def _findings(result: CompareResult) -> Iterator[str]:
    findings = result.findings()
    if findings.empty:
        return
    yield "Found before, and found again?"
    for row in findings.itertuples():
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
