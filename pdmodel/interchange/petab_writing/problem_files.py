"""A fit to measured courses as a problem of PEtab, version 1: model, tables, and our simulation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.arguments import plain_name
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import InputError
from pdmodel.inference import FitProblem
from pdmodel.inference.courses.error_models import ErrorModel
from pdmodel.inference.courses.measurements import Measurements
from pdmodel.inference.problem.measured_subjects import MeasuredSubjects
from pdmodel.inference.problem.parameters import Setting
from pdmodel.interchange.dose_plan import DosePlan
from pdmodel.interchange.petab_writing.dose_slots import SharedPlan
from pdmodel.interchange.sbml_writing.document import sbml_text
from pdmodel.interchange.written_case import first_values
from pdmodel.model import Model
from pdmodel.storage import place_of, write_text

_LATER = 1e-7
"""Days by which doses are put off where something is measured just before one of them."""

_YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
- sbml_files: [model.xml]
  condition_files: [conditions.tsv]
  observable_files: [observables.tsv]
  measurement_files: [measurements.tsv]
"""


def write_petab(
    problem: FitProblem, folder: str | Path, values: Mapping[str, float] | None = None, *,
    overwrite: bool = False,
) -> Path:  # fmt: skip
    """Write a fit to measured courses as a problem of PEtab, version 1.

    Parameters
    ----------
    problem
        With measured values, none of them beyond a limit, and no targets.
    folder
        Where the files go.
    values
        Nominal values by the names of the fit, such as those of a result; else the starting values.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    pathlib.Path
        The YAML file. `simulations.tsv` beside it is what we simulate at the nominal values.

    Raises
    ------
    InputError
        If the problem holds what PEtab cannot say, or files are there.
    """
    files = petab_files(problem, values)
    home = place_of(folder)
    taken = [name for name in files if (home / name).exists()]
    if taken and not overwrite:
        raise InputError(f"{str(folder)!r} holds {taken[0]!r}; choose another or overwrite it")
    for name, text in files.items():
        write_text(home / name, text)
    return home / "problem.yaml"


def petab_files(problem: FitProblem, values: Mapping[str, float] | None = None) -> dict[str, str]:
    """Return the files of a problem by name; `write_petab` says what is written.

    Parameters
    ----------
    problem, values
        As in `write_petab`.

    Raises
    ------
    InputError
        If the problem holds what PEtab cannot say.
    """
    measurements, measured = _checked(problem)
    here = {s.name: s.value for s in problem.settings} | dict(values or {})
    model = problem.model
    schedules = {name: _schedule(model, measurements, name) for name in measurements.measured}
    shared = SharedPlan(model, {n: DosePlan(model, own) for n, own in schedules.items()})
    conditions = _conditions(problem, measurements, shared, schedules)
    tables = {
        "conditions.tsv": conditions,
        "observables.tsv": _observables(measurements, measured),
        "parameters.tsv": _parameters(problem, here, set(conditions.columns)),
    }
    rows = _measurements(measurements)
    simulated = rows.drop(columns="measurement").assign(
        simulation=measured.predictions(here).values
    )
    tables |= {"measurements.tsv": rows, "simulations.tsv": simulated}
    text = sbml_text(model, days=problem.days, plan=shared, further=shared.write)
    written = {name: _tsv(table) for name, table in tables.items()}
    return {"model.xml": text, **written, "problem.yaml": _YAML}


def _checked(problem: FitProblem) -> tuple[Measurements, MeasuredSubjects]:
    """Return what is measured, or refuse what PEtab has no words for."""
    measurements, measured = problem.measurements, problem.measured
    if measurements is None or measured is None:
        raise InputError("PEtab holds measured values: a fit to targets alone cannot be written")
    if problem.targets:
        raise InputError("PEtab has no targets: leave them out, or write the measured values alone")
    if (measurements.rows["censored"] != "").any():
        raise InputError("PEtab has no values beyond a limit: leave them out")
    for setting in problem.settings:
        if setting.expr:
            raise InputError(
                f"parameter {setting.name!r} follows {setting.expr!r}: PEtab has no ties"
            )
    return measurements, measured


def _tsv(table: pd.DataFrame) -> str:
    return str(table.to_csv(sep="\t", index=False, float_format="%.17g"))


# What is given ----------------------------------------------------------------------------------


def _schedule(model: Model, measurements: Measurements, subject: str) -> RunSchedule:
    days = max(float(measurements.days(subject).max()), 1e-3)
    return make_schedule(model, measurements.subjects[subject], days)


def _later(measurements: Measurements, subject: str, schedule: RunSchedule) -> float:
    """Return by how much doses are put off, so that what is measured before them is before them.

    Raises
    ------
    InputError
        If values are measured both before and after doses of the same times.
    """
    times = {edge.time for edge in schedule.edges}
    rows = measurements.of(subject)
    sides = {bool(row.after) for row in rows.itertuples() if max(row.day, 0.0) in times}
    if sides == {True, False}:
        raise InputError(
            f"subject {subject}: values measured just before and just after doses cannot both be "
            "written for PEtab"
        )
    return _LATER if sides == {False} else 0.0


# Tables -----------------------------------------------------------------------------------------


def _condition(subject: str) -> str:
    return plain_name(f"subject_{subject}")


def _conditions(
    problem: FitProblem,
    measurements: Measurements,
    shared: SharedPlan,
    schedules: Mapping[str, RunSchedule],
) -> pd.DataFrame:
    own: dict[str, dict[str, str]] = {}
    for setting in problem.settings:
        if setting.group is not None and not problem.is_deviation(setting):
            own.setdefault(str(setting.group), {})[setting.parameter] = setting.name
    rows: list[dict[str, Any]] = []
    for subject, schedule in schedules.items():
        row: dict[str, Any] = {"conditionId": _condition(subject)}
        row |= shared.values(subject, _later(measurements, subject, schedule))
        row |= first_values(problem.model, schedule) | own.get(subject, {})
        rows.append(row)
    return pd.DataFrame(rows)


def _observables(measurements: Measurements, measured: MeasuredSubjects) -> pd.DataFrame:
    return pd.DataFrame([
        {
            "observableId": f"observed_{quantity}",
            "observableFormula": quantity,
            "observableTransformation": "log" if error.log else "lin",
            "noiseFormula": _noise(error, quantity, measured.deviations[quantity]),
            "noiseDistribution": "normal",
        }
        for quantity, error in measurements.errors.items()
    ])  # fmt: skip


def _noise(error: ErrorModel, quantity: str, names: tuple[str, ...]) -> str:
    """Return the standard deviation of a quantity as a formula."""
    parts = {
        "additive_sd": "{0}", "log_sd": "{0}", "proportional_sd": f"{{0}} * {quantity}",
    }  # fmt: skip
    terms = [parts[word].format(name) for word, name in zip(error.names, names, strict=True)]
    if len(terms) == 1:
        return terms[0]
    return f"sqrt({' + '.join(f'({term})^2' for term in terms)})"


def _measurements(measurements: Measurements) -> pd.DataFrame:
    rows = measurements.rows
    return pd.DataFrame({
        "observableId": [f"observed_{name}" for name in rows["quantity"]],
        "simulationConditionId": [_condition(name) for name in rows["subject"]],
        "measurement": rows["value"].to_numpy(float),
        "time": rows["day"].clip(lower=0.0).to_numpy(float),
    })  # fmt: skip


def _parameters(
    problem: FitProblem, values: Mapping[str, float], conditions: set[str]
) -> pd.DataFrame:
    """Return what is estimated, and what is held at another value than the model's."""
    spreads = {prior.parameter: prior for prior in problem.priors}
    rows = []
    for setting in _listed(problem, values, conditions):
        value, positive = float(values[setting.name]), setting.min > 0
        row: dict[str, Any] = {
            "parameterId": setting.name,
            "parameterScale": "log10" if positive else "lin",
            "lowerBound": _finite(setting.min, value), "upperBound": _finite(setting.max, value),
            "nominalValue": value, "estimate": int(setting.vary),
        }  # fmt: skip
        if spreads:
            prior = spreads.get(setting.name)
            row["objectivePriorType"] = "logNormal" if prior else ""
            row["objectivePriorParameters"] = (
                f"{math.log(prior.median)!r};{prior.spread!r}" if prior else ""
            )
        rows.append(row)
    return pd.DataFrame(rows)


def _listed(
    problem: FitProblem, values: Mapping[str, float], conditions: set[str]
) -> Iterator[Setting]:
    """Yield what the table of parameters lists."""
    for setting in problem.settings:
        if setting.group is None and setting.parameter in conditions:
            continue  # every condition has its own
        same = values[setting.name] == problem.model.defaults.get(setting.parameter)
        if setting.vary or setting.group is not None or not same:
            yield setting


def _finite(bound: float, value: float) -> float:
    """Return a bound; PEtab has no open ones."""
    return bound if math.isfinite(bound) else math.copysign(1e3 * max(abs(value), 1.0), bound)
