"""The laboratory of hypotheses: which survive the evidence, and what would decide."""

from .comparison import (
    Comparison as Comparison,
    ComparisonSettings as ComparisonSettings,
    Finding as Finding,
    Plan as Plan,
)
from .data_rivals import (
    DataRivals as DataRivals,
    compare_on_data as compare_on_data,
    read_rivals as read_rivals,
)
from .discrimination.arms import CONTROL as CONTROL, choose_arms as choose_arms
from .discrimination.assay import Assay as Assay, read_assays as read_assays
from .discrimination.intervention import (
    Intervention as Intervention,
    interventions as interventions,
)
from .discrimination.rank import Discrimination as Discrimination, discriminate as discriminate
from .evidence.result import EvidenceResult as EvidenceResult
from .evidence.run import compute_evidence as compute_evidence, weigh as weigh
from .examination.compare_models import compare as compare
from .examination.result import CompareResult as CompareResult
from .hypothesis import (
    Difference as Difference,
    Hypothesis as Hypothesis,
    differences as differences,
    read_hypothesis as read_hypothesis,
)
from .verdicts.verdict import Verdict as Verdict, judge_hypothesis as judge_hypothesis

__all__: list[str]
