"""What the evidence says: targets, fits from many starts, results.

Names are imported when they are first used: listing the published questions needs no lmfit.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pdmodel.inference.question import Question

if TYPE_CHECKING:
    from pdmodel.inference.folder import read_result
    from pdmodel.inference.nested_store import NestedPlan
    from pdmodel.inference.posterior import Posterior, read_posterior
    from pdmodel.inference.prediction import read_prediction
    from pdmodel.inference.prediction_profile import profile_prediction, profile_predictions
    from pdmodel.inference.prediction_record import PredictionProfile
    from pdmodel.inference.priors import Prior, read_priors
    from pdmodel.inference.problem import FitProblem
    from pdmodel.inference.profile import run_profile
    from pdmodel.inference.profile_folder import read_predictions, read_profile
    from pdmodel.inference.profile_record import Profile
    from pdmodel.inference.record import FitRecord
    from pdmodel.inference.result import FitResult
    from pdmodel.inference.sampling import sample_posterior
    from pdmodel.inference.sensitivity import Sensitivity, run_sensitivity
    from pdmodel.inference.targets import Target, read_targets

_HOMES = {
    "FitProblem": "problem", "FitRecord": "record", "FitResult": "result", "Prior": "priors",
    "Profile": "profile_record", "Target": "targets", "read_priors": "priors",
    "read_profile": "profile_folder", "read_result": "folder", "read_targets": "targets",
    "NestedPlan": "nested_store", "Posterior": "posterior", "read_posterior": "posterior",
    "sample_posterior": "sampling", "run_profile": "profile", "run_sensitivity": "sensitivity",
    "Sensitivity": "sensitivity", "PredictionProfile": "prediction_record",
    "profile_prediction": "prediction_profile", "profile_predictions": "prediction_profile",
    "read_prediction": "prediction", "read_predictions": "profile_folder",
}  # fmt: skip

__all__ = [
    "FitProblem", "FitRecord", "FitResult", "NestedPlan", "Posterior", "PredictionProfile",
    "Prior", "Profile", "Question", "Sensitivity", "Target", "profile_prediction",
    "profile_predictions", "read_posterior", "read_prediction", "read_predictions", "read_priors",
    "read_profile", "read_result", "read_targets", "run_profile", "run_sensitivity",
    "sample_posterior",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pdmodel.inference' has no attribute {name!r}")
    return getattr(importlib.import_module(f"pdmodel.inference.{_HOMES[name]}"), name)
