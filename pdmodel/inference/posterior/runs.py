"""Runs of nested sampling on the disk: each is committed when it ends, none is drawn twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from pdmodel.errors import InputError
from pdmodel.inference.fit.folder import problem_content
from pdmodel.inference.posterior.likelihood import LogLikelihood
from pdmodel.inference.posterior.nested import Nested, Watch, check_live, exact, sample_nested
from pdmodel.inference.posterior.prior import PriorSpace
from pdmodel.storage import ResultFolder, new_file, read_dataset

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

_RUNS = "runs"
_NUMBERS = ("log_evidence", "error", "information", "calls", "failures")


@dataclass(frozen=True)
class NestedPlan:
    """How hard nested sampling tries.

    Parameters
    ----------
    live
        Live points of a run.
    runs
        Independent runs; what they are apart is the check on the error that each states.
    seed
        Of all of them.
    draws
        Equally weighted draws of each run.
    """

    live: int = 64
    runs: int = 2
    seed: int = 1
    draws: int = 200

    def __post_init__(self) -> None:
        """Refuse numbers that make no plan."""
        for name, least in (("live", 8), ("runs", 1), ("seed", 0), ("draws", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, got {getattr(self, name)}")

    def seed_of(self, run: int) -> tuple[int, int]:
        """Return the seed of a run; it does not depend on how many there are."""
        return self.seed, run


def check_prior(problem: Problem, plan: NestedPlan) -> None:
    """Refuse what cannot be sampled, before anything is written.

    Raises
    ------
    InputError
        If a free parameter has no bounds to draw between, or there are too few live points.
    """
    if problem.free:
        check_live(plan.live, len(PriorSpace.of(problem).names))


def open_store(place: Path, problem: Problem, plan: NestedPlan) -> None:
    """Take up the folder of a problem; runs of another problem or plan are removed.

    Raises
    ------
    InputError
        If it holds anything that pdmodel did not write.
    """
    identity = {"problem": problem_content(problem), "live": plan.live, "seed": plan.seed}
    ResultFolder.take(place, _RUNS, identity, overwrite=True, keep=True).close()


def run_file(place: Path, run: int) -> Path:
    """Return where a run is kept."""
    return place / f"run_{run:02d}.nc"


def make_run(
    problem: Problem, plan: NestedPlan, run: int, place: Path, progress: Watch | None = None
) -> None:
    """Sample once and commit the run, unless it is there.

    Raises
    ------
    InputError, SimulationError
        If the problem cannot be sampled.
    """
    file = run_file(place, run)
    if file.is_file():
        return
    likelihood = LogLikelihood(problem, {s.name: s.value for s in problem.settings})
    if not problem.free:
        found = exact(likelihood)
    else:
        found = sample_nested(
            likelihood, PriorSpace.of(problem), live=plan.live, seed=plan.seed_of(run),
            progress=progress,
        )  # fmt: skip
    _write(file, found, {"failures": likelihood.failures, "reason": likelihood.reason})


def _write(file: Path, found: Nested, told: Mapping[str, Any]) -> None:
    data = xr.Dataset(
        {
            "points": (("point", "parameter"), found.points),
            "log_likelihood": ("point", found.log_likelihood),
            "log_weight": ("point", found.log_weight),
        },
        attrs={
            "log_evidence": found.log_evidence, "error": found.error,
            "information": found.information, "calls": found.calls, **told,
        },
    )  # fmt: skip
    with new_file(file) as temporary:
        data.to_netcdf(temporary, engine="h5netcdf")


def read_run(file: Path) -> tuple[Nested, dict[str, Any]]:
    """Return a run, and how many of its points were impossible and why.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    names = ("points", "log_likelihood", "log_weight")
    data = read_dataset(file, names, (*_NUMBERS, "reason"))
    try:
        numbers = {name: data.attrs[name].item() for name in _NUMBERS}
        failures, reason = numbers.pop("failures"), str(data.attrs["reason"])
        held: dict[str, Any] = {**numbers, **{name: data[name].values for name in names}}
        return Nested(**held), {"failures": int(failures), "reason": reason}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error
