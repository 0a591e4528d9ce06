"""Files and folders that are there in full or not at all.

Everything is written beside its place under a temporary name, flushed to the disk and renamed, so
that a killed process leaves either the old state or the new one. No pickle is written.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_TEMPORARY = ".partial-"


@contextmanager
def new_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary file that takes its place when the block ends without an error.

    Parameters
    ----------
    path
        File to write; its folder is made when it is missing. A file that is there is replaced.

    Yields
    ------
    Path
        An empty file beside `path`; it is removed when the block raises.

    Raises
    ------
    InputError
        If the place cannot be written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}{_TEMPORARY}", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        _sync_file(temporary)
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> Path:
    """Write a text file, UTF-8, in place of one that may be there.

    Parameters
    ----------
    path
        File to write; its folder is made when it is missing.
    text
        The whole content; line ends are written as they are.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the place cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "a.txt", "IL-6").read_text()
    'IL-6'
    """
    with new_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
    return Path(path)


def write_json(path: Path | str, data: Any) -> Path:
    """Write plain data as JSON: keys in their own order, one blank of indent, a final newline.

    Raises
    ------
    ValueError
        If a number is NaN or infinite; write None and say why in another field.
    """
    return write_text(path, json.dumps(data, allow_nan=False, ensure_ascii=False, indent=1) + "\n")


def plain(value: Any) -> Any:
    """Return JSON's own types: NumPy's numbers as Python's, NaN and infinities as None."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain data."""
    rows = table.to_dict("records")
    return [{str(key): plain(value) for key, value in row.items()} for row in rows]


def made_with(packages: Sequence[str]) -> dict[str, Any]:
    """Return with what a result was made: command, Python, versions; for manifests."""
    return {
        "command": " ".join(sys.argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: metadata.version(name) for name in packages},
    }


@contextmanager
def new_folder(path: Path | str, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that takes its place when the block ends without an error.

    Parameters
    ----------
    path
        Where the folder shall be; the folders above it are made when missing.
    overwrite
        Whether a folder that is there may be replaced. It stays until the new one is whole.

    Yields
    ------
    Path
        An empty folder beside `path`; it is removed when the block raises.

    Raises
    ------
    InputError
        If the place is taken or cannot be written to.
    """
    path = Path(path)
    check_free(path, overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}{_TEMPORARY}", dir=path.parent))
        temporary.chmod(0o777 & ~_umask())
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield temporary
        _sync_all(temporary)
        check_free(path, overwrite)
        try:
            _take_place(temporary, path)
        except OSError as error:
            raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_free(path: Path | str, overwrite: bool = False) -> None:
    """Refuse a place that is taken, before any work is done for it.

    Raises
    ------
    InputError
        If a folder with files is there and may not be replaced, or a file is in the way.
    """
    path = Path(path)
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise InputError(f"{str(path)!r} is a file, not a folder; choose another place")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise InputError(
            f"folder {str(path)!r} exists and is not empty; choose another folder or allow it to "
            "be replaced (--overwrite, overwrite=True)"
        )


def _take_place(temporary: Path, path: Path) -> None:
    """Rename; a folder that is there steps aside first and goes when the new one stands."""
    if not path.exists():
        os.replace(temporary, path)
    else:
        aside = Path(tempfile.mkdtemp(prefix=f".{path.name}{_TEMPORARY}", dir=path.parent))
        os.replace(path, aside / "old")
        try:
            os.replace(temporary, path)
        except OSError:
            os.replace(aside / "old", path)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    _sync_folder(path.parent)


def _sync_all(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            _sync_file(file)


def _sync_file(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last; folders cannot be opened on every system."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    """Return the process's mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot write to {str(path)!r}: {error.strerror or error}")
