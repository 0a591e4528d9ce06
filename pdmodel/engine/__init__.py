"""From symbols to numbers; knows no drug.

What needs a compiler is imported when it is first used, so that SciPy alone is enough to simulate.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pdmodel.engine.fluxes import flux_table
from pdmodel.engine.kernels import compile_model
from pdmodel.engine.simulate import simulate
from pdmodel.engine.triggers import Hold, Trigger

if TYPE_CHECKING:
    from pdmodel.engine.cohort import simulate_cohort
    from pdmodel.engine.gradient import check_gradient, simulate_sensitivities
    from pdmodel.engine.prepared import Prepared, prepare
    from pdmodel.engine.stretch import run_stretch

_COMPILED = {
    "Prepared": "prepared", "check_gradient": "gradient", "prepare": "prepared",
    "run_stretch": "stretch", "simulate_cohort": "cohort", "simulate_sensitivities": "gradient",
}  # fmt: skip

__all__ = [
    "Hold", "Prepared", "Trigger", "check_gradient", "compile_model", "flux_table", "prepare",
    "run_stretch", "simulate", "simulate_cohort", "simulate_sensitivities",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what needs a compiler from its home."""
    if name not in _COMPILED:
        raise AttributeError(f"module 'pdmodel.engine' has no attribute {name!r}")
    from pdmodel.engine.simulate import require_compiler

    require_compiler(name)
    return getattr(importlib.import_module(f"pdmodel.engine.{_COMPILED[name]}"), name)
