"""What the evidence says: targets, fits from many starts, results."""

from pdmodel.inference.folder import read_result
from pdmodel.inference.problem import FitProblem
from pdmodel.inference.question import Question
from pdmodel.inference.record import FitRecord
from pdmodel.inference.result import FitResult
from pdmodel.inference.targets import Target, read_targets

__all__ = [
    "FitProblem", "FitRecord", "FitResult", "Question", "Target", "read_result", "read_targets",
]  # fmt: skip
