"""Where results of a cohort go, chunk by chunk: memory, a netCDF file, or a Zarr folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import xarray as xr

from pdmodel.engine.cohort_run import Chunk
from pdmodel.errors import InputError
from pdmodel.storage import new_file, new_folder, place_of

_BY_PATIENT = {
    "steps": "Steps accepted", "rejected": "Steps rejected",
    "most_negative": "Most negative value of any state",
}  # fmt: skip


def by_patient(chunk: Chunk) -> dict[str, Any]:
    """Return what is known of each patient of a chunk besides the quantities."""
    return {
        "steps": chunk.reports["accepted"],
        "rejected": chunk.reports["rejected"],
        "most_negative": np.minimum(chunk.reports["lowest"], 0.0),
    }


class MemoryStore(AbstractContextManager["MemoryStore"]):
    """Results in one array a quantity.

    Parameters
    ----------
    frame
        The Dataset without results; `labels` in its attributes are those of the quantities.
    names
        Quantities.
    """

    def __init__(self, frame: xr.Dataset, names: Sequence[str]) -> None:
        self.frame, self.names = frame, tuple(names)
        self.labels = frame.attrs.pop("labels")
        shape = frame.sizes["patient"], frame.sizes["time"]
        self.values = {name: np.empty(shape) for name in names}
        self.known = {name: np.zeros(shape[0]) for name in _BY_PATIENT}
        self.reasons: list[str] = []

    def __exit__(self, *exception: object) -> None:
        """Nothing is open."""

    def write(self, chunk: Chunk) -> None:
        """Take the results of a chunk; chunks come in order."""
        part = slice(chunk.first, chunk.first + len(chunk.reasons))
        for column, name in enumerate(self.names):
            self.values[name][part] = chunk.values[:, :, column]
        for name, values in by_patient(chunk).items():
            self.known[name][part] = values
        self.reasons.extend(chunk.reasons)

    def result(self) -> xr.Dataset:
        """Return all results."""
        for name in self.names:
            self.frame[name] = (("patient", "time"), self.values[name], self.labels[name])
        for name, values in self.known.items():
            self.frame[name] = ("patient", values, {"long_name": _BY_PATIENT[name]})
        self.frame["reason"] = ("patient", np.array(self.reasons, dtype=str))
        return self.frame


def check_cohort(path: Path, overwrite: bool) -> None:
    """Refuse a file that is there, if it may not be replaced or is none that pdmodel wrote.

    Raises
    ------
    InputError
        If the place is taken.
    """
    if not path.exists():
        return
    if not overwrite:
        raise InputError(f"{str(path)!r} is there already; overwrite=True replaces it")
    if path.suffix != ".nc":
        return
    try:
        with xr.open_dataset(path, engine="h5netcdf") as stored:
            ours = "model_hash" in stored.attrs
    except (OSError, ValueError, KeyError):
        ours = False
    if not ours:
        raise InputError(f"{str(path)!r} is no cohort that pdmodel wrote; choose another place")


def foreign_to_zarr(folder: Path) -> list[str]:
    """Return what a folder holds that is no part of a cohort that pdmodel wrote as Zarr."""
    try:
        head = (folder / "zarr.json").read_text(encoding="utf-8")
    except (OSError, ValueError):
        head = ""
    if '"model_hash"' not in head:
        return sorted(path.name for path in folder.iterdir())
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        part = parts[-1] == "zarr.json" or (len(parts) > 1 and parts[1] == "c")
        if path.is_symlink() or (path.is_file() and not part):
            found.append("/".join(parts))
    return found


class FileStore(AbstractContextManager["FileStore"]):
    """Results streamed to a netCDF file, which is there whole or not at all."""

    def __init__(
        self, frame: xr.Dataset, names: Sequence[str], path: Path, overwrite: bool
    ) -> None:
        check_cohort(path, overwrite)
        self.frame, self.names, self.path, self.overwrite = frame, tuple(names), path, overwrite
        self.labels = frame.attrs.pop("labels")
        self._stack = ExitStack()
        self._file: Any = None

    def __enter__(self) -> FileStore:
        """Write coordinates and parameters, and open the file for the rest."""
        import h5netcdf

        temporary = self._stack.enter_context(new_file(self.path))
        self.frame.to_netcdf(temporary, engine="h5netcdf")
        self._file = self._stack.enter_context(h5netcdf.File(temporary, "a"))
        times = self.frame.sizes["time"]
        for name in self.names:
            chunks = (min(128, self.frame.sizes["patient"]), times)
            variable = self._file.create_variable(name, ("patient", "time"), "f8", chunks=chunks)
            variable.attrs.update(self.labels[name])
        for name, title in _BY_PATIENT.items():
            self._file.create_variable(name, ("patient",), "f8").attrs["long_name"] = title
        import h5py

        self._file.create_variable("reason", ("patient",), h5py.string_dtype())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; after an error nothing is left of it."""
        self._stack.__exit__(kind, error, trace)

    def write(self, chunk: Chunk) -> None:
        """Append the results of a chunk."""
        part = slice(chunk.first, chunk.first + len(chunk.reasons))
        for column, name in enumerate(self.names):
            self._file[name][part] = chunk.values[:, :, column]
        for name, values in by_patient(chunk).items():
            self._file[name][part] = values
        self._file["reason"][part] = np.array(chunk.reasons, dtype=object)

    def result(self) -> xr.Dataset:
        """Return the file as a Dataset that reads as it is used."""
        return xr.open_dataset(self.path, engine="h5netcdf")


class ZarrStore(FileStore):
    """Results streamed to a Zarr folder."""

    def __enter__(self) -> ZarrStore:
        """Write coordinates, parameters and empty quantities."""
        try:
            import zarr
        except ImportError as error:
            raise InputError(
                "a .zarr file needs the library zarr: install pdmodel with the extra 'zarr'"
            ) from error
        folder = self._stack.enter_context(new_folder(self.path, self.overwrite, foreign_to_zarr))
        self.frame.to_zarr(folder, mode="a", consolidated=False)
        self._file = zarr.open_group(str(folder), mode="a")
        patients, times = self.frame.sizes["patient"], self.frame.sizes["time"]
        for name in self.names:
            self._create(name, (patients, times), ("patient", "time"), self.labels[name])
        for name, title in _BY_PATIENT.items():
            self._create(name, (patients,), ("patient",), {"long_name": title})
        self._create("reason", (patients,), ("patient",), {}, dtype="str")
        return self

    def _create(
        self,
        name: str,
        shape: tuple[int, ...],
        dimensions: tuple[str, ...],
        labels: dict[str, str],
        dtype: str = "f8",
    ) -> None:
        chunks = (min(128, shape[0]), *shape[1:])
        array = self._file.create_array(
            name, shape=shape, dtype=dtype, chunks=chunks, dimension_names=dimensions
        )
        array.attrs.update(labels)

    def result(self) -> xr.Dataset:
        """Return the folder as a Dataset that reads as it is used."""
        stored: xr.Dataset = xr.open_zarr(self.path, consolidated=False)
        return stored


def open_store(
    frame: xr.Dataset, names: Sequence[str], out: str | Path | None, *, overwrite: bool
) -> MemoryStore | FileStore:
    """Return where results go.

    Raises
    ------
    InputError
        If the file is there, or ends neither in .nc nor in .zarr.
    """
    if out is None:
        return MemoryStore(frame, names)
    path = place_of(out)
    if path.suffix == ".zarr":
        return ZarrStore(frame, names, path, overwrite)
    if path.suffix != ".nc":
        raise InputError(f"out must end in .nc or .zarr, got {str(out)!r}")
    return FileStore(frame, names, path, overwrite)
