"""Runs as files that are read back: netCDF, CSV, manifest; several runs in one folder."""

from __future__ import annotations

import platform
import re
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pdmodel.engine.run_summary import compare_runs, in_time_unit, run_table
from pdmodel.errors import InputError
from pdmodel.storage import (
    holds,
    place_of,
    read_dataset,
    read_shaped,
    write_json,
    write_text,
)

TRAJECTORIES, TABLE, MANIFEST = "trajectories.nc", "trajectories.csv", "manifest.json"
SUMMARIES = "runs.csv"
_LONGEST_NAME = 60
_SEVERAL = {"runs": [{"name": str, "folder": str, "against": str}]}
_PACKAGES = ("numpy", "scipy", "sympy", "pandas", "xarray")


def write_run(run: xr.Dataset, folder: Path, command: str, time_unit: str = "day") -> None:
    """Write the files of a run into a folder that is there.

    Parameters
    ----------
    run
        A result of `simulate`.
    folder
        Where to; the caller makes it whole or not at all.
    command
        What made the run, for the manifest.
    time_unit
        In which the table has its time; netCDF is in days.
    """
    run.to_netcdf(folder / TRAJECTORIES, engine="h5netcdf")
    table = run_table(run, time_unit)
    write_text(folder / TABLE, table.to_csv(index=False, float_format="%.10g"))
    write_json(folder / MANIFEST, _manifest(run, command))


def _manifest(run: xr.Dataset, command: str) -> dict[str, Any]:
    values = zip(run["parameter"].values, run["parameter_values"].values.tolist(), strict=True)
    return {
        "kind": "simulation",
        "command": command,
        **{key: _plain(value) for key, value in run.attrs.items()},
        "values": {str(name): value for name, value in values},
        **_made_with(),
    }


def _made_with() -> dict[str, Any]:
    versions = {name: metadata.version(name) for name in ("pdmodel", *_PACKAGES)}
    return {"python": platform.python_version(), "versions": versions}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def holds_run(folder: Path | str) -> bool:
    """Return whether a folder is one that `write_run` wrote."""
    place = place_of(folder)
    return (place / MANIFEST).is_file() and holds(place, "simulation")


def read_run(folder: Path | str) -> xr.Dataset:
    """Read a run back from a folder that `write_run` wrote.

    Raises
    ------
    InputError
        If the folder holds no run, or its file is damaged.
    """
    path = place_of(folder) / TRAJECTORIES
    if not holds_run(folder):
        raise InputError(f"folder {str(folder)!r} holds no simulation")
    return read_dataset(path, ("time",), ("model", "regimen", "days"))


def write_runs(
    runs: Mapping[str, xr.Dataset], against: Mapping[str, str], folder: Path, command: str,
    time_unit: str = "day",
) -> None:  # fmt: skip
    """Write several runs, each into a folder of its own, and a table of all of them.

    Parameters
    ----------
    runs
        Results of `simulate` by name.
    against
        By the name of a run the name of that which it is held against.
    folder, command, time_unit
        As for `write_run`.
    """
    taken: dict[str, str] = {}
    for name, run in runs.items():
        taken[name] = _folder_name(name, taken.values())
        (folder / taken[name]).mkdir()
        write_run(run, folder / taken[name], command, time_unit)
    table = in_time_unit(compare_runs(runs, against), time_unit)
    write_text(folder / SUMMARIES, table.to_csv(index=False, float_format="%.10g"))
    listed = [
        {"name": name, "folder": taken[name], "against": against.get(name, "")} for name in runs
    ]
    manifest = {"kind": "simulations", "command": command, "runs": listed, **_made_with()}
    write_json(folder / MANIFEST, manifest)


def _folder_name(name: str, taken: Collection[str]) -> str:
    """Return a name for the folder of a run that every file system takes, and that is free."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:_LONGEST_NAME] or "run"
    lowered = {other.lower() for other in (*taken, "figures")}
    free, count = plain, 2
    while free.lower() in lowered:
        free, count = f"{plain}_{count}", count + 1
    return free


def holds_runs(folder: Path | str) -> bool:
    """Return whether a folder is one that `write_runs` wrote."""
    place = place_of(folder)
    return (place / MANIFEST).is_file() and holds(place, "simulations")


def read_runs(folder: Path | str) -> dict[str, xr.Dataset]:
    """Read runs back, by name: the several of `write_runs`, or the one of `write_run`.

    Raises
    ------
    InputError
        If the folder holds no run, or a file is damaged.
    """
    if not holds_runs(folder):
        run = read_run(folder)
        return {str(run.attrs.get("patient") or "") or "run": run}
    listed = read_shaped(place_of(folder) / MANIFEST, _SEVERAL)["runs"]
    return {each["name"]: read_run(Path(folder) / _inner(each["folder"])) for each in listed}


def _inner(name: str) -> str:
    """Return the name of a folder within another; a damaged manifest must not lead elsewhere."""
    if Path(name).name != name:
        raise InputError(f"{MANIFEST} is damaged: {name!r} is no folder within this one")
    return name


def runs_compared(folder: Path | str) -> dict[str, str]:
    """Return by the name of a run in a folder the name of that which it is held against."""
    listed = read_shaped(place_of(folder) / MANIFEST, _SEVERAL)["runs"]
    return {each["name"]: each["against"] for each in listed if each["against"]}
