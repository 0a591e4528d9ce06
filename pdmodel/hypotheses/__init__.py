"""The laboratory of hypotheses: which mechanisms survive the evidence, and what would decide.

What needs lmfit is imported when it is first used: listing hypotheses needs none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pdmodel.hypotheses.comparison import Comparison, Finding
from pdmodel.hypotheses.difference import Difference
from pdmodel.hypotheses.hypothesis import Hypothesis, differences, read_hypothesis
from pdmodel.hypotheses.intervention import Intervention, interventions

if TYPE_CHECKING:
    from pdmodel.hypotheses.assay import Assay, read_assays
    from pdmodel.hypotheses.deciding import CONTROL, choose_arms
    from pdmodel.hypotheses.discrimination import Discrimination, discriminate
    from pdmodel.hypotheses.evidence import weigh
    from pdmodel.hypotheses.evidence_result import EvidenceResult
    from pdmodel.hypotheses.examination import Plan
    from pdmodel.hypotheses.laboratory import compare
    from pdmodel.hypotheses.outcome import CompareResult
    from pdmodel.hypotheses.verdict import Verdict, judge_hypothesis

_HOMES = {
    "Assay": "assay", "read_assays": "assay", "CONTROL": "deciding", "choose_arms": "deciding",
    "Discrimination": "discrimination", "discriminate": "discrimination",
    "EvidenceResult": "evidence_result", "weigh": "evidence", "CompareResult": "outcome",
    "Plan": "examination", "compare": "laboratory", "Verdict": "verdict",
    "judge_hypothesis": "verdict",
}  # fmt: skip

__all__ = [
    "CONTROL", "Assay", "CompareResult", "Comparison", "Difference", "Discrimination",
    "EvidenceResult", "Finding", "Hypothesis", "Intervention", "Plan", "Verdict", "choose_arms",
    "compare", "differences", "discriminate", "interventions", "judge_hypothesis", "read_assays",
    "read_hypothesis", "weigh",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pdmodel.hypotheses' has no attribute {name!r}")
    return getattr(importlib.import_module(f"pdmodel.hypotheses.{_HOMES[name]}"), name)
