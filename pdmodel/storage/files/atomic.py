"""Files that are there in full or not at all.

A file is written beside its place under a temporary name, flushed to the disk and renamed, so
that a killed process leaves either the old file or the new one; what it left beside is removed by
the next that writes there. No pickle is written.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.temporary_names import sweep, temporary_file

Content = str | bytes | Mapping[str, Any] | Callable[[Path], object]
"""Text, bytes, plain data for JSON, or what writes a file that is given."""


def place_of(path: Path | str) -> Path:
    """Return where a path leads: `~` is the home folder, links are followed, nothing is relative.

    Parameters
    ----------
    path
        As the user gave it.

    Raises
    ------
    InputError
        If it is empty, names no home, runs in circles, or is longer than a file system allows.

    Examples
    --------
    >>> place_of("results/../run") == Path.cwd() / "run"
    True
    """
    if not str(path).strip():
        raise InputError("a place to write to is empty; name a file or folder")
    try:
        place = Path(path).expanduser().resolve()
        _check_length(place)
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{str(path)!r} names no place: {why}") from error
    return place


def _check_length(place: Path) -> None:
    """Ask the system whether a path can be, also below a folder that is not there yet.

    Raises
    ------
    OSError
        If the path, or a name in it, is too long.
    """
    longest = max(place.parts, key=lambda part: len(os.fsencode(part)))
    for path in (place, Path(place.anchor, longest)):
        try:
            path.lstat()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise


@contextmanager
def new_file(path: Path | str) -> Iterator[Path]:
    """Yield a temporary file that takes its place when the block ends without an error.

    Parameters
    ----------
    path
        File to write; its folder is made when it is missing. A file that is there is replaced; of
        a link, the file it leads to.

    Yields
    ------
    Path
        An empty file beside `path`; it is removed when the block raises.

    Raises
    ------
    InputError
        If the place cannot be written to.
    """
    place = place_of(path)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not place.is_file():
            what = "a folder" if place.is_dir() else "a device"
            raise InputError(f"{str(path)!r} is {what}, not a file; choose another place")
        sweep(place.parent, place.name)
        temporary = temporary_file(place)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield temporary
        sync_file(temporary)
        temporary.chmod(0o666 & ~umask())
        os.replace(temporary, place)
        sync_folder(place.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _let_go(temporary)


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
    return Path(path).expanduser()


def write_json(path: Path | str, data: Any) -> Path:
    """Write plain data as JSON: keys in their own order, one blank of indent, a final newline.

    Raises
    ------
    ValueError
        If a number is NaN or infinite; write None and say why in another field.
    """
    return write_text(path, as_json(data))


def as_json(data: Any) -> str:
    """Return plain data as the text that `write_json` writes."""
    return json.dumps(data, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def write_content(path: Path, content: Content) -> None:
    """Write a file of any content, whole or not at all."""
    with new_file(path) as temporary:
        if isinstance(content, str):
            temporary.write_bytes(content.encode("utf-8"))
        elif isinstance(content, bytes):
            temporary.write_bytes(content)
        elif callable(content):
            content(temporary)
        else:
            temporary.write_bytes(as_json(content).encode("utf-8"))


def sync_file(file: Path) -> None:
    """Make the content of a file last."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename last; folders cannot be opened on every system."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(folder: Path) -> None:
    """Make the content of every file in a folder last."""
    for file in folder.rglob("*"):
        if file.is_file():
            sync_file(file)


def umask() -> int:
    """Return the process's mask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def unwritable(path: Path | str, error: OSError) -> InputError:
    """Return what a user is told of a place that cannot be written to."""
    return InputError(f"cannot write to {str(path)!r}: {error.strerror or error}")


def _let_go(temporary: Path) -> None:
    """Remove a temporary file; its folder may be gone or locked, which was told of already."""
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return
