"""Where compiled code is kept, and under which fingerprint.

A cache saves time and nothing else: where none can be written or read, everything is compiled in
every process, which takes some seconds, and that is said once.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
import warnings
from functools import cache
from pathlib import Path


def cache_folder() -> Path | None:
    """Return where compiled code is kept, or None if there is no place that can be written.

    That is `NUMBA_CACHE_DIR`, or a folder beside this file, or one in the user's cache.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given and can_be_written(Path(given)):
        return Path(given)
    beside = Path(__file__).parent / "__pycache__"
    if can_be_written(beside):
        return beside
    from pdmodel.storage.files.answers import cache_folder as folder_of_user

    own = folder_of_user() / "machine-code"
    return own if can_be_written(own) else None


def cache_fault() -> str:
    """Return what is wrong with the place of compiled code, and what to do; empty if nothing is."""
    given, folder = os.environ.get("NUMBA_CACHE_DIR"), cache_folder()
    if given and not can_be_written(Path(given)):
        wrong = f"NUMBA_CACHE_DIR is {given!r}, where nothing can be written"
        return f"{wrong}; compiled code is kept in {folder} instead" if folder else _uncached(wrong)
    return "" if folder else _uncached("there is no folder in which compiled code can be kept")


def _uncached(wrong: str) -> str:
    return (
        f"{wrong}: every command compiles the integrator anew, which takes some seconds; set "
        "NUMBA_CACHE_DIR to a folder that can be written to"
    )


@cache
def can_be_written(folder: Path) -> bool:
    """Return whether a folder is there, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def say_once(text: str) -> None:
    """Warn; workers leave it to the process that they work for."""
    if multiprocessing.parent_process() is None:
        warnings.warn(text, stacklevel=2)


@cache
def fingerprint(folder: Path = Path(__file__).parents[1]) -> int:
    """Return a number that changes with the source of any file below a folder: the engine's."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        total.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return int.from_bytes(total.digest()[:7], "big")


__all__ = ["cache_fault", "cache_folder", "can_be_written", "fingerprint", "say_once"]
