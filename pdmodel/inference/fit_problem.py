"""FitProblem: a question to the evidence, and what is done to answer it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pdmodel.arrays import Array
from pdmodel.executors import Progress, Work, silent
from pdmodel.inference.fit.result import FitResult
from pdmodel.inference.fit.run import run_starts
from pdmodel.inference.fit.starts import StartPlan
from pdmodel.inference.problem.parameters import linear_values, scale_factors
from pdmodel.inference.problem.problem import Problem
from pdmodel.inference.problem.problem_card import problem_card, problem_words
from pdmodel.inference.subject_methods import check_method, run_map, run_population
from pdmodel.progress import watched

COLUMNS = ("row", "parameter", "exact", "differences", "deviation")
# A central difference of step d has an error of about d**2 + rtol/d; a longer step would more often
# straddle a kink, such as a lowest value that moves to the next day.
_RTOL = 1e-10
_STEP = 1e-4
# A row whose slopes are all smaller than this does not move: what is left is noise.
_STILL = 1e-4


class FitProblem(Problem):
    """A question to the evidence: fit a model to targets in groups, to measured subjects, or both.

    Parameters
    ----------
    model
        A model or its name.
    targets
        Path of a target table, name of a published one, or targets.
    regimen
        What every group is given; `no drug` gives nothing. It can be left out where there are no
        targets, or each group has its own.
    days
        Horizon of the targets that name no day; where all of them do, the last one by default.
    differ
        Parameters that differ between the compared groups (those of two-group targets). The last
        of these groups sets the scale: it has the shared value, the others have their own. None
        by default.
    free
        Names of shared parameters to fit; those the vocabulary marks `vary` by default.
    groups
        Patients by group name, or `Group` objects with a regimen of their own; published patients
        of the same name by default.
    null
        Model (or its name) that the same table is computed for, to show what the drug explains.
    priors
        Prior table (path or name of a published one) or priors; each frees its parameter, and adds
        a row that is not counted as data.
    rtol, atol
        Tolerances of the integrator, as in `prepare`.
    jacobian
        `exact`, by the chain rule from the engine's sensitivities, or `differences`. Without a
        compiler, and where whole parts of time stand in a rate, differences are all there is.
    visit_interval
        Days from visit to visit, at which `best` and `time_to_best` look; not needed without them.
    order
        Groups in the order in which tables and figures show them; that of the targets by default.
    panels
        How the courses are drawn; a panel for each observable by default.
    data
        Measured courses: an event table as `read_events` returns it, its file, a data frame, or
        `Measurements`. With them `targets` and what belongs to these may be left out.
    observed
        Quantity of the model by analyte of the data, as in `read_measurements`.
    error
        Error model by quantity, or one for all: `LogNormalError()` by default.
    own
        Parameters of which every measured subject has a value: names, or `RandomEffect` objects
        that say how the subjects of a population differ.

    Raises
    ------
    TargetError, InputError
        If the table, a name or a group cannot be used.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> problem.free
    ('CL', 'log_sd__drug_plasma')
    >>> result = problem.run(starts=1)
    >>> round(result.values["CL"])
    278
    """

    @watched
    def run(
        self,
        starts: int = 8,
        seed: int = 1,
        jobs: int = 1,
        out: str | Path | None = None,
        *,
        overwrite: bool = False,
        max_evaluations: int = 120,
        draw: Callable[[FitResult], Mapping[str, bytes]] | None = None,
        progress: Progress | None = None,
        method: str | None = None,
        **of_population: Any,
    ) -> Any:
        """Fit from many starts; the first at the declared values, the others within the bounds.

        Parameters
        ----------
        starts, seed
            How many, and the seed they are all drawn from.
        jobs
            Threads, or worker processes for measured courses; the answer is the same for any
            number.
        out
            Result folder. An unfinished one of the same problem is resumed.
        overwrite
            Whether a finished result, or one of another problem, may be replaced.
        max_evaluations
            Budget of one start.
        draw
            Returns figures of the result by path; they are written with its tables.
        progress
            Called with starts done, starts in all, and a text.
        method
            How measured subjects are fitted: `pooled`, one value of each parameter for all;
            `each`, a value of what is `own` for every subject; `population`, what is `own` are
            random effects; or `map`, each subject under a known population. By default what `own`
            says, pooled or each.
        **of_population
            `covariance`, `covariates`, `held`, `correlations` as of `PopulationProblem`;
            `likelihood` (`focei` or `laplace`), `max_steps`, `nodes`, `simulations` as of
            `fit_population`; and for `map` `values`, the numbers of the known population.

        Returns
        -------
        FitResult
            For `population` a PopulationResult, for `map` a MapResult.

        Raises
        ------
        InputError
            If a number is not allowed or the folder holds something else.
        FitError
            If no start succeeded.
        """
        check_method(self, method, of_population)
        if method == "map":
            return run_map(self, of_population, jobs)
        if method == "population":
            return run_population(
                self, of_population, out, overwrite=overwrite, jobs=jobs, seed=seed, draw=draw,
                progress=progress,
            )  # fmt: skip
        plan = StartPlan(starts, seed, max_evaluations)
        work = Work(out, overwrite, jobs, progress=progress or silent)
        return run_starts(self, plan, work, draw)

    def __repr__(self) -> str:
        """Name the model, and say how much it is fitted to."""
        return problem_words(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: targets, free parameters, groups."""
        return problem_card(self)

    def check_gradient(self, values: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Compare the exact Jacobian with central differences, both at tight tolerances.

        Parameters
        ----------
        values
            Parameters that differ from `params`, by name; tied ones follow.

        Returns
        -------
        pandas.DataFrame
            A row a residual and free parameter: `row`, `parameter`, `exact`, `differences` (by the
            logarithm of a parameter that is fitted on a log scale), and `deviation`: how far they
            are apart, over the norm of the whole row.
        """
        tight = copy.copy(self)
        tight.rtol, tight.atol = min(_RTOL, self.rtol), None  # follows the sizes of the states
        settings = tight.settings
        here = {s.name: s.value for s in settings} | dict(values or {})
        point = {name: here[name] for name in tight.free}
        factors = scale_factors(settings, here)
        exact = tight.residual_slopes(linear_values(settings, point)) * factors
        differences = np.empty_like(exact)
        for column, name in enumerate(tight.free):
            # relative where the logarithm is fitted, so that both are by the same scale
            step = _STEP * (abs(point[name]) or 1.0)
            above, below = (
                tight.residuals(linear_values(settings, point | {name: point[name] + shift}))
                for shift in (step, -step)
            )
            differences[:, column] = (above - below) / (2 * step) * factors[column]
        return _gradient_table(tight, exact, differences)


def _gradient_table(problem: Problem, exact: Array, differences: Array) -> pd.DataFrame:
    names = problem.row_names
    norms = np.maximum(np.linalg.norm(exact, axis=1), np.linalg.norm(differences, axis=1))
    scaled = np.abs(exact - differences) / np.maximum(norms, _STILL)[:, None]
    rows = [
        (name, parameter, exact[i, j], differences[i, j], scaled[i, j])
        for i, name in enumerate(names)
        for j, parameter in enumerate(problem.free)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
