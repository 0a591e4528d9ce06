"""Courses of the observed quantities in each patient, as estimated and as typical."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine import Course, prepare_subjects
from pdmodel.inference.fit.measured_result import curve_days
from pdmodel.inference.population.problem import PopulationProblem
from pdmodel.inference.population.results.diagnostics import Estimated


def individual_courses(fit: Estimated) -> xr.Dataset:
    """Return the observed quantities over (prediction, subject, time).

    Returns
    -------
    xarray.Dataset
        `prediction` is `individual` or `typical`; NaN after a subject's last measurement.
    """
    problem, own = fit.problem, fit.problem.individuals
    grid = _grid(problem)
    ends = np.array([course.times[-1] if course.times.size else -1.0 for course in problem.courses])
    courses = [
        Course(course.timetable, grid[grid <= end], np.zeros((grid <= end).sum(), dtype=bool))
        for course, end in zip(problem.courses, ends, strict=True)
    ]
    prepared = prepare_subjects(
        problem.model, courses, quantities=problem.measurements.quantities, rtol=problem.rtol,
        atol=problem.atol, threads=fit.objective.patients.predictions.prepared.threads,
        followed_slopes=True,
    )  # fmt: skip
    places = [prepared.names.index(name) for name in own.names]
    courses_of = np.full((2, len(courses), grid.size, len(prepared.quantities)), np.nan)
    for number, etas in enumerate((fit.patients.etas, np.zeros_like(fit.patients.etas))):
        parameters = np.tile(fit.objective.patients.predictions.base, (len(courses), 1))
        parameters[:, places] = own.values(fit.point.means, etas)
        for subject, values in enumerate(prepared.run(parameters).values):
            courses_of[number, subject, : values.shape[0]] = values
    return _dataset(problem, grid, courses_of)


def _grid(problem: PopulationProblem) -> Array:
    times = np.concatenate([course.times for course in problem.courses])
    return np.unique(np.concatenate([times, curve_days(float(times.max(initial=0.0)))]))


def _dataset(problem: PopulationProblem, grid: Array, values: Array) -> xr.Dataset:
    dims = ("prediction", "subject", "time")
    variables = {}
    for index, name in enumerate(problem.measurements.quantities):
        quantity = problem.model.vocabulary[name]
        attrs = {"units": quantity.unit, "long_name": quantity.title}
        variables[name] = (dims, values[..., index], attrs)
    coords = {
        "prediction": ["individual", "typical"],
        "subject": list(problem.subjects),
        "time": ("time", grid, {"units": "day"}),
    }
    return xr.Dataset(variables, coords)
