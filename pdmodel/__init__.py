"""pdmodel: a laboratory for mechanistic pharmacodynamic and cytokine models.

Nothing heavy is imported before it is used: simulating needs neither lmfit nor matplotlib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdmodel import plots
    from pdmodel.catalogue import load, load_patient, models, patients
    from pdmodel.dosing import CompartmentRules, Regimen, read_events, read_regimen
    from pdmodel.engine import (
        Hold,
        Trigger,
        check_gradient,
        flux_table,
        prepare,
        simulate,
        simulate_cohort,
        simulate_sensitivities,
    )
    from pdmodel.errors import PdmodelError
    from pdmodel.inference import (
        FitProblem,
        FitResult,
        NestedPlan,
        Profile,
        Question,
        Sensitivity,
        read_profile,
        read_result,
        read_targets,
        run_profile,
        run_sensitivity,
        sample_posterior,
    )
    from pdmodel.model import Mechanism, Model, Patient, Vocabulary

__version__ = "0.1.0"

_HOMES = {
    "load": "catalogue", "load_patient": "catalogue", "models": "catalogue",
    "patients": "catalogue", "CompartmentRules": "dosing", "Regimen": "dosing",
    "read_events": "dosing", "read_regimen": "dosing", "Hold": "engine", "Trigger": "engine",
    "check_gradient": "engine", "flux_table": "engine", "prepare": "engine", "simulate": "engine",
    "simulate_cohort": "engine", "simulate_sensitivities": "engine", "PdmodelError": "errors",
    "FitProblem": "inference", "FitResult": "inference", "NestedPlan": "inference",
    "Profile": "inference", "Question": "inference", "read_profile": "inference",
    "read_result": "inference", "read_targets": "inference", "run_profile": "inference",
    "run_sensitivity": "inference", "sample_posterior": "inference", "Sensitivity": "inference",
    "Mechanism": "model", "Model": "model", "Patient": "model", "Vocabulary": "model",
}  # fmt: skip

__all__ = [
    "CompartmentRules", "FitProblem", "FitResult", "Hold", "Mechanism", "Model", "NestedPlan",
    "Patient", "PdmodelError", "Profile", "Question", "Regimen", "Sensitivity", "Trigger",
    "Vocabulary", "check_gradient", "flux_table", "load", "load_patient", "models", "patients",
    "plots", "prepare", "read_events", "read_profile", "read_regimen", "read_result",
    "read_targets", "run_profile", "run_sensitivity", "sample_posterior", "simulate",
    "simulate_cohort", "simulate_sensitivities",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first used."""
    if name == "plots":
        return importlib.import_module("pdmodel.plots")
    if name not in _HOMES:
        raise AttributeError(f"module 'pdmodel' has no attribute {name!r}")
    return getattr(importlib.import_module(f"pdmodel.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
