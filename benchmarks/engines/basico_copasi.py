"""COPASI through basico, as its users call it: names in, a table out."""

from __future__ import annotations

import numpy as np

from benchmarks.engines.sbml_of import sbml_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array


class Basico:
    """The library of `copasi.py` under its simpler interface."""

    name = "basico"
    manners = ("",)
    note = "COPASI behind names and tables; doses are events of the SBML"

    def version(self) -> str:
        """Return the version."""
        import basico

        return str(basico.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        import basico

        model = basico.load_model_from_string(sbml_of(problem))
        steps = int(problem.days)
        wanted = np.searchsorted(np.arange(steps + 1), problem.times)
        known = basico.get_parameters(model=model)
        by_id = dict(zip(known["sbml_id"], known.index, strict=True))
        names = [by_id[name] for name in problem.parameters]

        def run(values: Array) -> Array:
            for name, value in zip(names, values.tolist(), strict=True):
                basico.set_parameters(name, exact=True, initial_value=value, model=model)
            table = basico.run_time_course(
                steps, steps, r_tol=tolerance.rtol, a_tol=tolerance.atol, max_steps=1_000_000,
                model=model, use_sbml_id=True,
            )  # fmt: skip
            return table[list(problem.quantities)].to_numpy(float)[wanted]

        return run
