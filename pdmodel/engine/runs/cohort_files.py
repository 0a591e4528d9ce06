"""Where results of a cohort go, chunk by chunk: memory, a netCDF file, or a Zarr folder.

HDF5 does not survive a write that fails: it tries again when the file is closed and when the
program ends, and may crash. So it lays out the file before anything is computed, and what is long
is written by plain writes to the places it has given; a full disk is then an error like any other.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import xarray as xr

from pdmodel.engine.runs.many_patients import Chunk
from pdmodel.errors import InputError
from pdmodel.storage import new_file, new_folder, place_of
from pdmodel.storage.files.netcdf import read_attributes

_BY_PATIENT = {
    "steps": "Steps accepted", "rejected": "Steps rejected",
    "most_negative": "Most negative value of any state",
}  # fmt: skip
# Bytes that the parts of a file take which do not grow with the patients.
_SMALL = 1 << 20


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
            self._add(name, ("patient", "time"), self.values[name], self.labels[name])
        for name, values in self.known.items():
            self._add(name, ("patient",), values, {"long_name": _BY_PATIENT[name]})
        self._add("reason", ("patient",), np.array(self.reasons, dtype=str), {})
        return self.frame

    def _add(self, name: str, dims: tuple[str, ...], values: Any, labels: dict[str, str]) -> None:
        """Add a variable; one that is known to be NumPy's does not make xarray import Dask."""
        self.frame[name] = xr.Variable(dims, values, labels, fastpath=True)


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
        ours = "model_hash" in read_attributes(path)
    except InputError:
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
    foreign = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        part = parts[-1] == "zarr.json" or (len(parts) > 1 and parts[1] == "c")
        if path.is_symlink() or (path.is_file() and not part):
            foreign.append("/".join(parts))
    return foreign


class FileStore(AbstractContextManager["FileStore"]):
    """Results streamed to a netCDF file, which is there whole or not at all."""

    def __init__(
        self, frame: xr.Dataset, names: Sequence[str], path: Path, overwrite: bool
    ) -> None:
        check_cohort(path, overwrite)
        self.frame, self.names, self.path, self.overwrite = frame, tuple(names), path, overwrite
        self.labels = frame.attrs.pop("labels")
        self._stack = ExitStack()

    def __enter__(self) -> FileStore:
        """Lay out the file, and open it for the results."""
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def _open(self, stack: ExitStack) -> None:
        self._temporary = stack.enter_context(new_file(self.path))
        patients, times = self.frame.sizes["patient"], self.frame.sizes["time"]
        self._reasons: list[str] = []
        long = 8 * patients * (len(self.names) * times + len(_BY_PATIENT) + 2)
        _require_room(self._temporary, long + self.frame.nbytes + _SMALL)
        self.frame.to_netcdf(self._temporary, engine="h5netcdf")
        self._offsets = self._lay_out(patients, times)
        self._file = stack.enter_context(self._temporary.open("r+b", buffering=0))
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._file.fileno(), 0, self._temporary.stat().st_size)

    def _lay_out(self, patients: int, times: int) -> dict[str, int]:
        """Create all variables; return where in the file the values of each begin."""
        import h5netcdf
        import h5py

        with h5netcdf.File(self._temporary, "a") as file:
            shapes: dict[str, tuple[int, ...]] = dict.fromkeys(self.names, (patients, times))
            shapes |= dict.fromkeys(_BY_PATIENT, (patients,))
            for name, shape in shapes.items():
                dimensions = ("patient", "time")[: len(shape)]
                variable = file.create_variable(name, dimensions, "<f8")
                words = self.labels.get(name) or {"long_name": _BY_PATIENT[name]}
                variable.attrs.update(words)
                variable[(0,) * len(shape)] = np.nan  # which gives it its place
            file.create_variable("reason", ("patient",), h5py.string_dtype())
        with h5py.File(self._temporary, "r") as file:
            return {name: int(file[name].id.get_offset()) for name in shapes}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; after an error nothing is left of it."""
        with self._stack:
            if error is not None:
                raise error
            self._finish()

    def _finish(self) -> None:
        """Write what is known at the end only: why patients failed."""
        import h5netcdf

        self._file.close()
        _require_room(self._temporary, _SMALL + sum(2 * len(text) + 64 for text in self._reasons))
        with h5netcdf.File(self._temporary, "a") as file:
            file["reason"][:] = np.array(self._reasons, dtype=object)

    def write(self, chunk: Chunk) -> None:
        """Write the results of a chunk; chunks come in order."""
        times = self.frame.sizes["time"]
        for column, name in enumerate(self.names):
            self._put(name, chunk.first * times, chunk.values[:, :, column])
        for name, values in by_patient(chunk).items():
            self._put(name, chunk.first, values)
        self._reasons.extend(chunk.reasons)

    def _put(self, name: str, first: int, values: Any) -> None:
        content = memoryview(np.asarray(values, dtype="<f8").tobytes())
        self._file.seek(self._offsets[name] + 8 * first)
        while content:
            content = content[self._file.write(content) :]

    def result(self) -> xr.Dataset:
        """Return the file as a Dataset that reads as it is used."""
        return xr.open_dataset(self.path, engine="h5netcdf")


def _require_room(beside: Path, size: int) -> None:
    """Raise what a full disk raises before HDF5 meets it."""
    with tempfile.TemporaryFile(dir=beside.parent) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        elif shutil.disk_usage(beside.parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class ZarrStore(FileStore):
    """Results streamed to a Zarr folder."""

    def _open(self, stack: ExitStack) -> None:
        """Write coordinates, parameters and empty quantities."""
        try:
            import zarr
        except ImportError as error:
            raise InputError(
                "a .zarr file needs the library zarr: install pdmodel with the extra 'zarr'"
            ) from error
        stack.enter_context(_told_in_a_line(self.path))
        folder = stack.enter_context(new_folder(self.path, self.overwrite, foreign_to_zarr))
        self.frame.to_zarr(folder, mode="a", consolidated=False)
        self._group: Any = zarr.open_group(str(folder), mode="a")
        patients, times = self.frame.sizes["patient"], self.frame.sizes["time"]
        for name in self.names:
            self._create(name, (patients, times), ("patient", "time"), self.labels[name])
        for name, title in _BY_PATIENT.items():
            self._create(name, (patients,), ("patient",), {"long_name": title})
        self._create("reason", (patients,), ("patient",), {}, dtype="str")

    def _finish(self) -> None:
        """All is written."""

    def write(self, chunk: Chunk) -> None:
        """Write the results of a chunk."""
        part = slice(chunk.first, chunk.first + len(chunk.reasons))
        for column, name in enumerate(self.names):
            self._group[name][part] = chunk.values[:, :, column]
        for name, values in by_patient(chunk).items():
            self._group[name][part] = values
        self._group["reason"][part] = np.array(chunk.reasons, dtype=object)

    def _create(
        self,
        name: str,
        shape: tuple[int, ...],
        dimensions: tuple[str, ...],
        labels: dict[str, str],
        dtype: str = "f8",
    ) -> None:
        chunks = (min(128, shape[0]), *shape[1:])
        array = self._group.create_array(
            name, shape=shape, dtype=dtype, chunks=chunks, dimension_names=dimensions
        )
        array.attrs.update(labels)

    def result(self) -> xr.Dataset:
        """Return the folder as a Dataset that reads as it is used."""
        stored: xr.Dataset = xr.open_zarr(self.path, consolidated=False)
        return stored


@contextmanager
def _told_in_a_line(path: Path) -> Iterator[None]:
    """Say where something could not be written, as `new_file` does."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot write to {str(path)!r}: {error.strerror or error}") from error


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
