"""netCDF files, which may be damaged: whatever the libraries raise ends in one error."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def read_dataset(
    path: Path, names: Iterable[str] = (), attributes: Iterable[str] = ()
) -> xr.Dataset:
    """Read a netCDF file into memory.

    Parameters
    ----------
    path
        The file.
    names, attributes
        Variables or coordinates, and attributes, that it must have.

    Raises
    ------
    InputError
        If it cannot be read, or lacks one of them.
    """
    import xarray as xr

    dataset: xr.Dataset = _read(path, lambda: xr.open_dataset(path, engine="h5netcdf"))
    missing = [name for name in names if name not in dataset.variables]
    missing += [name for name in attributes if name not in dataset.attrs]
    if missing:
        raise InputError(f"{path} is damaged: {', '.join(missing)} is missing")
    return dataset


def read_tree(path: Path) -> xr.DataTree:
    """Read a netCDF file with groups into memory.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    import xarray as xr

    tree: xr.DataTree = _read(path, lambda: xr.open_datatree(path, engine="h5netcdf"))
    return tree


def read_attributes(path: Path) -> dict[str, Any]:
    """Read the attributes of a netCDF file, and nothing else of it.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    import xarray as xr

    open_it = partial(xr.open_dataset, path, engine="h5netcdf")
    attributes: dict[str, Any] = _read(path, open_it, lambda stored: dict(stored.attrs))
    return attributes


def _read(
    path: Path, load: Callable[[], Any], take: Callable[[Any], Any] = lambda stored: stored.load()
) -> Any:
    if not path.is_file():
        raise InputError(f"{path} cannot be read: it is no file, or missing")
    try:
        with load() as stored:
            return take(stored)
    except MemoryError as error:
        raise InputError(f"{path} cannot be read: it says it is larger than memory") from error
    except Exception as error:  # HDF5 and its readers raise almost anything on a damaged file
        _release(error)
        lines = str(error).splitlines()
        raise InputError(
            f"{path} cannot be read: {lines[0][:200] if lines else type(error).__name__}"
        ) from error


def _release(error: Exception) -> None:
    """Let go of what a reader held when it failed.

    A file of h5netcdf that was never open fails once more when it is collected. Nobody could catch
    that; it would be written to the terminal.
    """
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        traceback.clear_frames(error.__traceback__)
        gc.collect()
    finally:
        sys.unraisablehook = hook
