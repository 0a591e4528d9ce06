"""Kills a process at its k-th operation on files, as a power cut or `kill -9` would."""

from __future__ import annotations

import builtins
import hashlib
import io
import json
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

KILLED = 9
_OPERATIONS = (
    "open", "replace", "rename", "mkdir", "unlink", "remove", "rmdir", "symlink", "fsync", "write",
    "ftruncate", "chmod", "link", "truncate",
)  # fmt: skip
_TIMES = {"seconds", "command", "platform", "python", "versions"}


class Killer:
    """Counts operations on files in this process and ends it at one of them.

    Parameters
    ----------
    last
        The operation that is not carried out any more; 0 counts only.
    """

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def tick(self) -> None:
        """Count one operation; at the last one the process is gone, nothing is cleaned up."""
        self.count += 1
        if self.count == self.last:
            os._exit(KILLED)

    def install(self) -> None:
        """Watch this process; it must be a child that ends soon."""
        for name in _OPERATIONS:
            setattr(os, name, self._watched(getattr(os, name)))
        opened = io.open

        def watched_open(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if set(mode) & set("wax+"):
                self.tick()
            return opened(file, mode, *args, **options)

        builtins.open = io.open = watched_open
        whole = Path.write_bytes

        def in_two(path: Path, data: bytes) -> int:
            if len(data) > 1:
                whole(path, data[: len(data) // 2])
            return whole(path, data)

        Path.write_bytes = in_two  # type: ignore[assignment, method-assign]
        for kind in (xr.Dataset, xr.DataTree):
            for name in ("to_netcdf", "to_zarr"):
                setattr(kind, name, self._watched(getattr(kind, name)))

    def _watched(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            self.tick()
            return operation(*args, **options)

        return watched


def in_child(work: Callable[[], object], last: int = 0) -> tuple[int, int]:
    """Run work in a child process that is killed at an operation.

    Returns
    -------
    tuple
        The exit status (0, or `KILLED`) and the number of operations where it was not killed.

    Raises
    ------
    AssertionError
        If the work failed; with its traceback.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            send, leave = os.write, os._exit
            killer = Killer(last)
            killer.install()
            work()
            send(writing, str(killer.count).encode())
            leave(0)
        except BaseException:
            send(writing, traceback.format_exc().encode()[-4000:])
            leave(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), told
    return status, int(told) if status == 0 else 0


def contents(folder: Path) -> dict[str, str]:
    """Return every file and empty folder below a folder; of manifests, what is no time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            if not any(path.iterdir()):
                found[name] = "empty folder"
        elif path.name.endswith("manifest.json"):
            data = json.loads(path.read_text("utf-8"))
            found[name] = json.dumps({k: v for k, v in data.items() if k not in _TIMES})
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
