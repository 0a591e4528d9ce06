"""What a model is: pure SymPy, nothing is run."""

from pdmodel.model.equations import Process
from pdmodel.model.event import Event
from pdmodel.model.expressions.functions import (
    at_least,
    at_most,
    hill,
    hill_fall,
    positive_part,
    safe_power,
)
from pdmodel.model.mechanism import Mechanism
from pdmodel.model.model import Model
from pdmodel.model.patient import Patient
from pdmodel.model.printing import cards  # noqa: F401 - registers what notebooks show
from pdmodel.model.vocabulary import ASSUMED, Quantity, Slot, Vocabulary

__all__ = [
    "ASSUMED", "Event", "Mechanism", "Model", "Patient", "Process", "Quantity", "Slot",
    "Vocabulary", "at_least", "at_most", "hill", "hill_fall", "positive_part", "safe_power",
]  # fmt: skip
