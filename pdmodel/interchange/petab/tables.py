"""The tables of a PEtab problem, version 1 or 2, as plain objects (the door to petab)."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sympy

from pdmodel.errors import InputError
from pdmodel.interchange.petab.noise import split_distribution

LARGEST = 50_000_000
"""Bytes of a file: what is larger is no fitting problem."""


@dataclass(frozen=True)
class PetabObservable:
    """A formula that was measured, and how measurements scatter around it."""

    name: str
    formula: sympy.Expr
    noise: sympy.Expr
    distribution: str
    placeholders: tuple[str, ...]
    noise_placeholders: tuple[str, ...]


@dataclass(frozen=True)
class PetabPeriod:
    """From a time on: what is set then, together; -inf is a steady state before all."""

    time: float
    changes: tuple[tuple[str, sympy.Expr], ...]


@dataclass(frozen=True)
class PetabRow:
    """One measured value."""

    observable: str
    experiment: str
    time: float
    value: float
    parameters: tuple[sympy.Expr, ...]
    noise_parameters: tuple[sympy.Expr, ...]


@dataclass(frozen=True)
class PetabParameter:
    """A parameter of the tables; without bounds where it is not estimated."""

    name: str
    value: float
    low: float
    high: float
    estimated: bool
    prior: str = ""
    prior_numbers: tuple[float, ...] = ()


@dataclass(frozen=True)
class PetabTables:
    """All tables of a problem.

    Parameters
    ----------
    name
        Of the problem.
    sbml
        The text of its model.
    observables, experiments
        By id.
    rows
        Measurements in the order of the file.
    parameters
        By id.
    mapped
        Id of the model by id of the tables, where they differ.
    """

    name: str
    sbml: str
    observables: Mapping[str, PetabObservable]
    experiments: Mapping[str, tuple[PetabPeriod, ...]]
    rows: tuple[PetabRow, ...]
    parameters: Mapping[str, PetabParameter]
    mapped: Mapping[str, str]

    @property
    def targets(self) -> set[str]:
        """Ids of the model that conditions set."""
        return {
            self.mapped.get(name, name)
            for periods in self.experiments.values()
            for period in periods
            for name, _ in period.changes
        }


def read_tables(path: str | Path) -> PetabTables:
    """Read a problem.

    Parameters
    ----------
    path
        The YAML file; everything it names lies beside it.

    Raises
    ------
    InputError
        If a file is missing, too large, elsewhere, or not what PEtab says; if the package petab is
        not installed.
    """
    file = Path(path)
    given = checked_yaml(file)
    problem = _library_problem(file)
    if len(problem.models) != 1:
        count = len(problem.models)
        raise InputError(f"{file.name}: a problem with one model is read, not {count}")
    first = problem.models[0]
    if getattr(first, "type_id", "sbml") != "sbml":
        raise InputError(f"{file.name}: its model is not in SBML")
    scales = _scales_of_version_1(given, file.parent)
    return PetabTables(
        name=file.stem,
        sbml=str(first.to_sbml_str()),
        observables={o.id: _observable(o, scales.get(o.id)) for o in problem.observables},
        experiments=dict(_experiments(problem)),
        rows=tuple(_row(m) for m in problem.measurements),
        parameters={p.id: _parameter(p) for p in problem.parameters},
        mapped={m.petab_id: m.model_id for m in problem.mappings if m.model_id},
    )


def _library_problem(file: Path) -> Any:
    try:
        import petab.v2 as petab
    except ImportError as error:
        raise InputError(
            "PEtab needs the package 'petab', which is not installed; the extra 'interchange' of "
            "this project brings it"
        ) from error
    with warnings.catch_warnings(), _Said() as said:
        warnings.simplefilter("ignore")
        try:
            return petab.Problem.from_yaml(str(file))
        except Exception as error:  # the library raises whatever it meets
            reason = "; ".join(said.faults) or str(error.__cause__ or error)
            reason = " ".join(reason.split())[:300]
            message = f"{file.name} is no PEtab problem that can be read: {reason}"
            raise InputError(message) from error


class _Said(logging.Handler):
    """Takes what the library logs, so that it stands in the message and not on the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.faults: list[str] = []
        self._logger = logging.getLogger("petab")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is wrong."""
        text = record.getMessage()
        if text not in ("Not OK", *self.faults):
            self.faults.append(text)

    def __enter__(self) -> _Said:
        """Listen, alone."""
        self._before = self._logger.propagate
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *what: object) -> None:
        """Leave the logger as it was."""
        self._logger.propagate = self._before
        self._logger.removeHandler(self)


def checked_yaml(path: Path) -> dict[str, Any]:
    """Return what a file says; every file it names must lie beside it and be of sane size.

    Raises
    ------
    InputError
        If it is missing, no YAML, without a version, or names a file that is missing or elsewhere.
    """
    import yaml

    if not path.is_file():
        raise InputError(f"file {str(path)!r} is missing")
    _check_size(path)
    try:
        given = yaml.safe_load(path.read_text("utf-8"))
    except RecursionError:
        raise InputError(f"{path.name} is nested too deep") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is no YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(given, dict) or "format_version" not in given:
        raise InputError(f"{path.name} is no PEtab problem: it lacks 'format_version'")
    home = path.resolve().parent
    for name in _named_files(given):
        file = (home / name).resolve()
        if "://" in name or not file.is_relative_to(home):
            raise InputError(f"{path.name}: file {name!r} does not lie beside it")
        if not file.is_file():
            raise InputError(f"{path.name}: file {name!r} is missing")
        _check_size(file)
    return given


def _check_size(file: Path) -> None:
    if file.stat().st_size > LARGEST:
        raise InputError(f"{file.name} is larger than {LARGEST // 1_000_000} MB")


def _named_files(given: Any, key: str = "") -> Iterator[str]:
    """Yield every file name of a YAML file, wherever it stands."""
    if isinstance(given, dict):
        for name, value in given.items():
            yield from _named_files(value, str(name))
    elif isinstance(given, list):
        for value in given:
            yield from _named_files(value, key)
    elif isinstance(given, str) and (key.endswith(("_file", "_files")) or key == "location"):
        yield given


def _scales_of_version_1(given: Mapping[str, Any], home: Path) -> dict[str, str]:
    """Return distributions by observable; the library's upgrade to version 2 loses logarithms."""
    scales: dict[str, str] = {}
    for part in given.get("problems", ()):
        for file in part.get("observable_files", ()):
            table = pd.read_csv(home / file, sep="\t")
            for row in table.to_dict("records"):
                scale = row.get("observableTransformation")
                shape = row.get("noiseDistribution")
                scale = scale if isinstance(scale, str) else "lin"
                shape = shape if isinstance(shape, str) else "normal"
                scales[row["observableId"]] = shape if scale == "lin" else f"{scale}-{shape}"
    return scales


def _observable(given: Any, distribution: str | None) -> PetabObservable:
    own = str(getattr(given.noise_distribution, "value", given.noise_distribution))
    chosen = distribution or own
    split_distribution(chosen)
    for words, formula in (("formula", given.formula), ("noise formula", given.noise_formula)):
        if formula is None:
            raise InputError(f"observable {given.id!r} has no {words}")
    return PetabObservable(
        given.id, given.formula, given.noise_formula, chosen,
        tuple(map(str, given.observable_placeholders)),
        tuple(map(str, given.noise_placeholders)),
    )  # fmt: skip


def _experiments(problem: Any) -> Iterator[tuple[str, tuple[PetabPeriod, ...]]]:
    conditions = {
        condition.id: [(c.target_id, c.target_value) for c in condition.changes]
        for condition in problem.conditions
    }
    for experiment in problem.experiments:
        periods = [
            PetabPeriod(
                float(period.time),
                tuple(
                    change for name in period.condition_ids for change in conditions.get(name, ())
                ),
            )
            for period in sorted(experiment.periods, key=lambda period: period.time)
        ]
        yield experiment.id, tuple(periods)


def _row(given: Any) -> PetabRow:
    return PetabRow(
        given.observable_id, given.experiment_id or "", float(given.time),
        float(given.measurement), tuple(given.observable_parameters),
        tuple(given.noise_parameters),
    )  # fmt: skip


def _parameter(given: Any) -> PetabParameter:
    low = -math.inf if given.lb is None else float(given.lb)
    high = math.inf if given.ub is None else float(given.ub)
    value = given.nominal_value
    if value is None:
        value = math.sqrt(low * high) if low > 0 else 0.5 * (low + high)
    prior = given.prior_distribution
    numbers: Sequence[float] = given.prior_parameters if prior else ()
    return PetabParameter(
        given.id, float(value), low, high, bool(given.estimate),
        str(getattr(prior, "value", prior) or ""), tuple(numbers),
    )  # fmt: skip
