"""pdmodel, through its public API."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

import pdmodel
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array


class Pdmodel:
    """The compiled engine."""

    name = "pdmodel"
    manners = ("", "dosed")
    note = "doses are a schedule; a step ends at each"

    def version(self) -> str:
        """Return the version."""
        return pdmodel.__version__

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        run = _prepared(problem, tolerance).run
        return lambda values: np.asarray(run(values))

    def prepare_sensitivities(
        self, problem: Problem, tolerance: Tolerance, names: Sequence[str]
    ) -> Run:
        """Return a function to outputs and sensitivities side by side.

        Returns
        -------
        Run
            Its result has shape (n_times, n_quantities, 1 + n_names).
        """
        prepared = _prepared(problem, tolerance)

        def run(values: Array) -> Array:
            outputs, slopes = prepared.run_sensitivities(values, names)
            return np.concatenate([outputs[:, :, None], slopes], axis=2)

        return run

    def cohort(
        self, problem: Problem, tolerance: Tolerance, patients: Array, threads: int
    ) -> xr.Dataset:
        """Return the labelled outputs of many patients, each of shape (n_patients, n_times)."""
        free = problem.free
        table = pd.DataFrame(patients[:, free], columns=[problem.parameters[n] for n in free])
        run = pdmodel.simulate_cohort(
            problem.model, problem.regimen, table, days=problem.days, times=problem.times,
            quantities=problem.quantities, threads=threads, rtol=tolerance.rtol,
            atol=problem.absolute(tolerance),
        )  # fmt: skip
        if any(run["reason"].values != ""):
            raise RuntimeError(f"patients failed: {set(run['reason'].values.tolist())}")
        return run


def _prepared(problem: Problem, tolerance: Tolerance) -> pdmodel.engine.Prepared:
    return pdmodel.prepare(
        problem.model, problem.regimen, days=problem.days, times=problem.times,
        quantities=problem.quantities, rtol=tolerance.rtol, atol=problem.absolute(tolerance),
    )  # fmt: skip
