"""Run SBML with COPASI, a third program that shares no code with ours nor with libRoadRunner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.interchange.roadrunner_run import Floats


def copasi_values(sbml: str, times: Sequence[float], names: Sequence[str]) -> Floats:
    """Return quantities over time, shape (n_times, n_names), at times between doses."""
    basico = pytest.importorskip("basico", reason="needs the package copasi-basico")
    model = basico.load_model_from_string(sbml)
    try:
        table = basico.run_time_course(
            values=list(times), r_tol=1e-10, a_tol=1e-12, max_steps=10_000_000, model=model,
            use_sbml_id=True,
        )  # fmt: skip
    finally:
        basico.remove_datamodel(model)
    return np.asarray(table[list(names)], dtype=float)
