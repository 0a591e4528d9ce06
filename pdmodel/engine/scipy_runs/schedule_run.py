"""One schedule through scipy.integrate, from edge to edge: the reference and the fallback."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.runs.outcome import Outcome, Tolerances
from pdmodel.engine.scipy_runs.integrators import Integrator
from pdmodel.engine.scipy_runs.sizes import StateSizes
from pdmodel.engine.scipy_runs.walk import EdgeWalk, ScipyPlan


class ScipyRun(ScipyPlan):
    """A model under a schedule, run by one of SciPy's integrators; parameters as of `ScipyPlan`."""

    def run(
        self,
        values: Mapping[str, float],
        integrator: Integrator,
        tolerances: Tolerances,
        steady: Array | None = None,
        seen: Array | None = None,
    ) -> Outcome:
        """Integrate from day 0 to the horizon; the outcome's values are the states.

        Where the size of a state was foreseen far too large, or not at all, once more with those
        that were found.

        Parameters
        ----------
        values, integrator, tolerances
            Parameters and constants by name; what integrates them, and how exactly.
        steady
            States of the steady-state doses, shape (n_steady, n_states).
        seen
            Largest value of each state in a run much like this one, shape (n_states,); with it
            sizes need not be foreseen, and a second run is rarely needed.
        """
        kind = EdgeWalk
        if self.kernels.model.events:  # decided by compiled code, which plain runs do without
            from pdmodel.engine.scipy_runs.with_events import EventWalk

            kind = EventWalk
        walk = kind(self, dict(values), integrator, StateSizes(tolerances, seen), steady)
        failure = walk.to_the_end()
        if failure is None and walk.sizes.coarse:
            sizes = StateSizes(tolerances, walk.sizes.largest)
            walk = kind(self, dict(values), integrator, sizes, steady)
            failure = walk.to_the_end()
        lowest, highest = walk.sizes.lowest, walk.sizes.highest
        index = int(np.argmin(lowest))
        return Outcome(
            walk.values,
            integrator.evaluations,
            0,
            float(lowest[index]),
            index,
            walk.given,
            walk.state,
            np.stack([lowest, highest]),
            failure,
            walk.switches,
            tuple(walk.occurrences),
        )
