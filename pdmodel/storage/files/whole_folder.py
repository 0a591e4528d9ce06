"""A folder of another library's making, such as a Zarr store: it takes its place as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pdmodel.errors import InputError
from pdmodel.storage.files.atomic import place_of, sync_all, sync_folder, umask, unwritable
from pdmodel.storage.files.temporary_names import remove, sweep, temporary_folder


@contextmanager
def new_folder(
    path: Path | str,
    overwrite: bool = False,
    foreign: Callable[[Path], Sequence[str]] = os.listdir,
) -> Iterator[Path]:
    """Yield a temporary folder that takes its place when the block ends without an error.

    Parameters
    ----------
    path
        Where the folder shall be; the folders above it are made when missing.
    overwrite
        Whether a folder that is there may be replaced. It stays until the new one is whole.
    foreign
        Names what a folder holds that pdmodel did not write; by default everything.

    Yields
    ------
    Path
        An empty folder beside `path`; it is removed when the block raises.

    Raises
    ------
    InputError
        If the place is taken or cannot be written to.
    """
    folder = place_of(path)
    _check(folder, str(path), overwrite, foreign)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, folder.name)
        temporary = temporary_folder(folder)
        temporary.chmod(0o777 & ~umask())
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield temporary
        sync_all(temporary)
        _check(folder, str(path), overwrite, foreign)
        _take_place(temporary, folder)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        remove(temporary)


def _check(
    folder: Path, words: str, overwrite: bool, foreign: Callable[[Path], Sequence[str]]
) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{words!r} is a file, not a folder; choose another place")
    if not folder.is_dir() or not os.listdir(folder):
        return
    if not overwrite:
        raise InputError(
            f"folder {words!r} exists and is not empty; choose another folder or allow it to "
            "be replaced (--overwrite, overwrite=True)"
        )
    if names := foreign(folder):
        raise InputError(
            f"folder {words!r} holds {', '.join(map(repr, names[:4]))}, which pdmodel did not "
            "write: nothing is replaced; move what is yours, or choose another place"
        )


def _take_place(temporary: Path, folder: Path) -> None:
    """Rename; a folder that is there steps aside first and goes when the new one stands."""
    if not folder.exists():
        os.replace(temporary, folder)
    else:
        aside = temporary_folder(folder)
        os.replace(folder, aside / "old")
        try:
            os.replace(temporary, folder)
        except OSError:
            os.replace(aside / "old", folder)
            raise
        finally:
            remove(aside)
    sync_folder(folder.parent)
