"""PEtab Select: candidate models of one problem, fitted and compared by the criterion it names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import pandas as pd

from pdmodel.errors import InputError, PdmodelError, shortened
from pdmodel.interchange.omex import PETAB_SELECT, file_of
from pdmodel.interchange.petab.problem import read_petab
from pdmodel.interchange.petab.tables import checked_yaml

CRITERIA = ("AIC", "AICc", "BIC", "LLH", "NLLH")
METHODS = ("brute_force", "forward", "backward")


@dataclass(frozen=True)
class PetabCandidate:
    """A fitted candidate.

    Parameters
    ----------
    name
        As PEtab Select calls it: its row of the model space, and the place of its values there.
    predecessor
        Name of the candidate that it was derived from; empty where there is none.
    values
        Fitted values of what it estimates, by id.
    held
        What it holds instead, by id, of the parameters in the model space.
    log_likelihood
        At the fitted values.
    criterion
        Value of the criterion there.
    """

    name: str
    predecessor: str
    values: Mapping[str, float]
    held: Mapping[str, float]
    log_likelihood: float
    criterion: float


@dataclass(frozen=True)
class PetabSelection:
    """What a comparison of candidates found; made by `select_petab`.

    Parameters
    ----------
    criterion, method
        How candidates were compared and looked for.
    candidates
        In the order in which they were fitted.
    best
        The best of them.
    """

    criterion: str
    method: str
    candidates: tuple[PetabCandidate, ...]
    best: PetabCandidate

    def table(self) -> pd.DataFrame:
        """Return a row a candidate, best first: name, criterion, log-likelihood, parameters."""
        rows = [
            {
                "candidate": candidate.name, self.criterion: candidate.criterion,
                "log_likelihood": candidate.log_likelihood, "n_estimated": len(candidate.values),
                **candidate.held, **candidate.values,
            }
            for candidate in self.candidates
        ]  # fmt: skip
        ordered = pd.DataFrame(rows).sort_values(
            self.criterion, ascending=self.criterion != "LLH", kind="stable"
        )
        return ordered.reset_index(drop=True)


def select_petab(
    path: str | os.PathLike[str],
    *,
    starts: int = 8,
    seed: int = 1,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
) -> PetabSelection:
    """Fit the candidates of a problem of PEtab Select and say which is best.

    Parameters
    ----------
    path
        Its YAML file; model space and PEtab problems (version 1) lie beside it or in folders
        there. Or a COMBINE archive that holds it, `study.omex/selection.yaml`.
    starts, seed, jobs
        Of each fit, as in `FitProblem.run`.
    progress
        Is called with the name of every candidate before it is fitted.

    Returns
    -------
    PetabSelection
        All fitted candidates, and the best by the criterion of the file.

    Raises
    ------
    InputError
        If a file is missing or is not what PEtab Select says, or asks for what is not run;
        docs/interchange.md lists what is.
    FitError
        If a candidate cannot be fitted.
    """
    with file_of(path, PETAB_SELECT) as file, TemporaryDirectory() as folder:
        problem = _read(file)
        fitted: dict[str, PetabCandidate] = {}

        def fit(model: Any) -> None:
            if progress is not None:
                progress(str(model.hash))
            place = Path(folder) / str(len(fitted))
            candidate = _fitted(model, place, problem, starts=starts, seed=seed, jobs=jobs)
            fitted[candidate.name] = candidate

        best = _search(problem, fit, file)
        return PetabSelection(
            problem.criterion.value, problem.method.value, tuple(fitted.values()), fitted[best]
        )


def _read(file: Path) -> Any:
    """Return a problem of the library; every file it leads to was looked at."""
    given = checked_yaml(file)
    for key, known in (("criterion", CRITERIA), ("method", METHODS)):
        if given.get(key) not in known:
            raise InputError(
                f"{file.name}: {key} {shortened(str(given.get(key)))!r} is not run; "
                f"{', '.join(known)} are"
            )
    if given.get("candidate_space_arguments"):
        raise InputError(f"{file.name}: candidate_space_arguments are not read")
    spaces = given.get("model_space_files")
    if not isinstance(spaces, list) or not spaces:
        raise InputError(f"{file.name} names no model_space_files")
    home = file.resolve().parent
    for space in spaces:
        _check_space(home / str(space), home)
    with _library(file.name) as library:
        return library.Problem.from_yaml(file)


def _check_space(space: Path, home: Path) -> None:
    """Let a model space lead to PEtab problems of version 1 in this folder only."""
    try:
        table = pd.read_csv(space, sep="\t", dtype=str)
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{space.name} is no table: {shortened(str(error))}") from None
    column = "model_subspace_petab_yaml"
    if column not in table or "model_subspace_id" not in table:
        raise InputError(f"{space.name} lacks column 'model_subspace_id' or {column!r}")
    for row, name in enumerate(table[column].fillna(""), start=2):
        file = (space.parent / name).resolve()
        if "://" in name or not name or not file.is_relative_to(home):
            raise InputError(f"{space.name}, line {row}: problem {name!r} does not lie beside it")
        if not str(checked_yaml(file)["format_version"]).startswith("1"):
            raise InputError(f"{space.name}, line {row}: {name!r} is not of version 1 of PEtab")


def _search(problem: Any, fit: Callable[[Any], None], file: Path) -> str:
    """Fit candidates until the method finds no more; return the name of the best."""
    space, over = None, False
    while not over:
        with _library(file.name) as library:
            begun = library.ui.start_iteration(problem=problem, candidate_space=space)
        models, space = begun["uncalibrated_models"], begun["candidate_space"]
        for model in models:
            fit(model)
        with _library(file.name) as library:
            ended = library.ui.end_iteration(
                problem=problem, candidate_space=space, calibrated_models=models
            )
        over = bool(ended["terminate"])
    if not len(problem.state.models):
        raise InputError(f"{file.name} holds no candidate")
    with _library(file.name) as library:
        return str(library.ui.get_best(problem=problem, models=problem.state.models).hash)


def _fitted(model: Any, folder: Path, problem: Any, **settings: Any) -> PetabCandidate:
    """Fit a candidate, and tell the library what came of it."""
    name = str(model.hash)
    with _library(name) as library:
        written = model.to_petab(output_path=folder)["petab_yaml"]
    asked = read_petab(written)
    result = asked.run(**settings) if asked.free else None
    values = {} if result is None else {key: result.values[key] for key in asked.free}
    reached = asked.log_likelihood(values)
    with _library(name) as library:
        model.set_criterion(library.Criterion.NLLH, -reached)
        model.set_criterion(library.Criterion.LLH, reached)
        model.set_estimated_parameters(values)
        criterion = float(model.get_criterion(problem.criterion))
    held = {key: float(value) for key, value in model.parameters.items() if value != "estimate"}
    before = str(model.predecessor_model_hash)
    return PetabCandidate(
        name, "" if before.startswith("virtual_initial_model") else before,
        MappingProxyType(values), MappingProxyType(held), reached, criterion,
    )  # fmt: skip


@contextmanager
def _library(name: str) -> Iterator[Any]:
    """Yield the package; what it stumbles over is said of the file or candidate of this name."""
    try:
        import petab_select
    except ImportError as error:
        raise InputError(
            "PEtab Select needs the package 'petab-select', which is not installed; the extra "
            "'interchange' of this project brings it"
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield petab_select
        except PdmodelError:
            raise
        except Exception as error:  # the library raises whatever it meets
            said = " ".join(str(error).split()) or type(error).__name__
            raise InputError(f"{name} cannot be compared: {shortened(said, 300)}") from error
