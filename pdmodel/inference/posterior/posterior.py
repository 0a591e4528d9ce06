"""Posterior: what the evidence leaves of the prior, and what it predicts, as ArviZ reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.inference.panel import as_attribute
from pdmodel.inference.posterior.likelihood import target_log_likelihoods
from pdmodel.inference.posterior.nested import Nested, combine
from pdmodel.inference.problem.many_points import (
    Runs,
    measure_points,
    measure_subjects,
    setting_columns,
    simulate_points,
    simulate_subject,
)
from pdmodel.inference.targets.residuals import from_scale
from pdmodel.storage import new_file, place_of, read_tree

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import Problem

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_LEVELS = ("low", "median", "high")


@dataclass(frozen=True)
class Posterior:
    """Equally weighted draws of one or more runs of nested sampling.

    Parameters
    ----------
    tree
        Groups `posterior` (a variable a free parameter), `posterior_predictive` (what each target
        looks at), `log_likelihood` (of each target), all with dims (chain, draw), a chain a run;
        `observed_data` (limits and values of the targets), `sample_stats` (`lp`, the
        log-likelihood), and `bands` and `bands_over_baseline` (quantiles of each quantity, and of
        the same over its value before treatment, dims quantile, group, time).
    """

    tree: xr.DataTree

    @property
    def draws(self) -> xr.Dataset:
        """The free parameters, dims (chain, draw)."""
        return self.tree["posterior"].to_dataset()

    @property
    def model(self) -> str:
        """Name of the model that was sampled."""
        return str(self.tree.attrs.get("model", ""))

    @property
    def model_hash(self) -> str:
        """Hash of its equations."""
        return str(self.tree.attrs.get("model_hash", ""))

    def bands(self, *, over_baseline: bool = False) -> xr.Dataset:
        """Return quantiles of the courses, dims (quantile, group, time)."""
        return self.tree["bands_over_baseline" if over_baseline else "bands"].to_dataset()

    @property
    def members(self) -> pd.DataFrame:
        """A row a draw, a column a free parameter."""
        flat = self.draws.stack(every=("chain", "draw"))
        return pd.DataFrame({str(name): flat[name].values for name in flat.data_vars})

    @property
    def parameters(self) -> pd.DataFrame:
        """A row a free parameter: `parameter`, `low`, `median`, `high` (90 %), `runs_apart`.

        `runs_apart` is the largest distance of the medians of two runs, in standard deviations of
        all draws on the logarithmic scale: runs that disagree have missed a part of the posterior.
        """
        rows = []
        for name, draws in self.draws.data_vars.items():
            values = np.log(draws.values) if bool((draws > 0).all()) else draws.values
            spread = float(values.std())
            apart = float(np.ptp(np.median(values, axis=1))) / spread if spread > 0 else 0.0
            levels = np.quantile(draws.values, (0.05, 0.5, 0.95))
            own = dict(zip(_LEVELS, map(float, levels), strict=True))
            rows.append({"parameter": str(name), **own, "runs_apart": apart})
        return pd.DataFrame(rows, columns=["parameter", *_LEVELS, "runs_apart"])

    def save(self, path: str | Path) -> None:
        """Write one netCDF file, which `arviz.from_netcdf` and `xarray.open_datatree` read."""
        with new_file(path) as file:
            self.tree.to_netcdf(file, engine="h5netcdf")


def read_posterior(path: str | Path) -> Posterior:
    """Read what `Posterior.save` wrote.

    Parameters
    ----------
    path
        The file, `posterior.nc`.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    tree = read_tree(place_of(path))
    missing = [name for name in ("posterior", "bands", "bands_over_baseline") if name not in tree]
    if missing or any(set(draws.dims) != {"chain", "draw"} for draws in _drawn(tree)):
        raise InputError(f"{path} is damaged: it holds no posterior of chains and draws")
    return Posterior(tree)


def _drawn(tree: xr.DataTree) -> list[xr.DataArray]:
    return list(tree["posterior"].to_dataset().data_vars.values())


def make_posterior(
    problem: Problem, runs: Sequence[Nested], draws: int = 200, seed: int = 1
) -> Posterior:
    """Draw from each run and simulate what the draws predict.

    Parameters
    ----------
    problem
        The problem that was sampled.
    runs
        Independent runs; a chain each.
    draws, seed
        Draws of each run, and their seed.
    """
    rows = [run.draw(draws, seed + chain) for chain, run in enumerate(runs)]
    points = np.concatenate([run.points[own] for run, own in zip(runs, rows, strict=True)])
    values = {setting.name: setting.value for setting in problem.settings}
    measured = measure_points(problem, points, values, threads=1)
    likelihood = target_log_likelihoods(problem, measured)
    of_rows, _ = measure_subjects(problem, points, values)
    chains = {"chain": np.arange(len(runs)), "draw": np.arange(draws)}
    ids = [target.id for target in problem.targets]
    groups = {
        "posterior": _by_draw(dict(zip(problem.free, points.T, strict=True)), chains),
        "posterior_predictive": _by_target(_on_own_scale(problem, measured.values), chains, ids),
        "log_likelihood": _by_target(likelihood, chains, ids).merge(_by_row(of_rows, chains)),
        "sample_stats": _by_draw({"lp": likelihood.sum(axis=1) + of_rows.sum(axis=1)}, chains),
        "observed_data": _observed(problem),
        **_bands(problem, points, values),
    }
    evidence = combine(runs)
    tree = xr.DataTree.from_dict(groups, name="posterior")
    tree.attrs = {
        "model": problem.model.name, "model_hash": problem.model.hash,
        "regimen": problem.regimen_words, "days": problem.days, "seed": seed,
        "inference_library": "dynesty", "log_evidence": evidence.log,
        "log_evidence_error": evidence.error, **problem.model.presentation,
        **as_attribute(problem.panels),
    }  # fmt: skip
    return Posterior(tree)


def _on_own_scale(problem: Problem, values: Array) -> Array:
    """Return what targets look at as it is read, not by its logarithm."""
    columns = [
        [from_scale(value, target.scale) for value in column]
        for target, column in zip(problem.targets, values.T, strict=True)
    ]
    return np.array(columns).T.reshape(values.shape)


def _by_draw(columns: Mapping[str, Array], chains: Mapping[str, Any]) -> xr.Dataset:
    shape = tuple(map(len, chains.values()))
    held = {name: (("chain", "draw"), column.reshape(shape)) for name, column in columns.items()}
    return xr.Dataset(held, coords=chains)


def _by_target(table: Array, chains: Mapping[str, Any], ids: Sequence[str]) -> xr.Dataset:
    shape = (*map(len, chains.values()), len(ids))
    return xr.Dataset(
        {"targets": (("chain", "draw", "target"), table.reshape(shape))},
        coords={**chains, "target": list(ids)},
    )


def _by_row(table: Array, chains: Mapping[str, Any]) -> xr.Dataset:
    """Return log L of measured rows, in their order; nothing where none was measured."""
    if not table.shape[1]:
        return xr.Dataset()
    shape = (*map(len, chains.values()), table.shape[1])
    return xr.Dataset(
        {"measurements": (("chain", "draw", "measurement"), table.reshape(shape))}, coords=chains
    )


def _observed(problem: Problem) -> xr.Dataset:
    columns = {
        name: ("target", [float(getattr(target, name)) for target in problem.targets])
        for name in ("low", "high", "value")
    }
    return xr.Dataset(columns, coords={"target": [target.id for target in problem.targets]})


def _bands(problem: Problem, points: Array, values: Mapping[str, float]) -> dict[str, xr.Dataset]:
    """Return quantiles of the courses of each group and measured subject; NaN after its run."""
    columns = setting_columns(problem.settings, problem.free, points, values)
    runs: dict[str, Runs] = {}
    for name, group in problem.groups.items():
        times = np.unique(np.concatenate([_fine_days(group.days), group.times]))
        runs[name] = simulate_points(problem, name, columns, times=times, threads=1)
    measured = problem.measured
    for subject, days in () if measured is None else measured.days:
        times = np.unique(np.concatenate([_fine_days(float(days.max())), days]))
        runs[f"subject {subject}"] = simulate_subject(problem, subject, columns, times=times)
    if not runs:  # rows of their own, which no group or subject has
        return {"bands": xr.Dataset(), "bands_over_baseline": xr.Dataset()}
    plain = [_quantiles(name, run, run.values) for name, run in runs.items()]
    relative = [
        _quantiles(name, run, {q: _over_start(course) for q, course in run.values.items()})
        for name, run in runs.items()
    ]
    return {
        "bands": xr.concat(plain, dim="group", join="outer"),
        "bands_over_baseline": xr.concat(relative, dim="group", join="outer"),
    }


def _fine_days(end: float) -> Array:
    """Return half days at first, then weeks, to the end of a run."""
    fine = np.concatenate([np.arange(0.0, 42.0, 0.5), np.arange(42.0, 1e3, 7.0)])
    days: Array = fine[fine <= end]
    return days


def _over_start(course: Array) -> Array:
    """Return courses over their first values; NaN where that is 0."""
    start = np.broadcast_to(course[:, :1], course.shape)
    fold: Array = np.divide(course, start, out=np.full_like(course, np.nan), where=start != 0)
    return fold


def _quantiles(name: str, run: Runs, courses: Mapping[str, Array]) -> xr.Dataset:
    held: dict[str, Any] = {
        quantity: (
            ("quantile", "time"), np.quantile(course, QUANTILES, axis=0), run.attrs[quantity]
        )
        for quantity, course in courses.items()
    }  # fmt: skip
    bands = xr.Dataset(held, coords={"quantile": list(QUANTILES), "time": run.times})
    return bands.expand_dims(group=[name])
