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
    place = place_of(path)
    _check(place, str(path), overwrite, foreign)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent, place.name)
        temporary = temporary_folder(place)
        temporary.chmod(0o777 & ~umask())
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield temporary
        sync_all(temporary)
        _check(place, str(path), overwrite, foreign)
        _take_place(temporary, place)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        remove(temporary)


def _check(
    place: Path, words: str, overwrite: bool, foreign: Callable[[Path], Sequence[str]]
) -> None:
    if place.exists() and not place.is_dir():
        raise InputError(f"{words!r} is a file, not a folder; choose another place")
    if not place.is_dir() or not os.listdir(place):
        return
    if not overwrite:
        raise InputError(
            f"folder {words!r} exists and is not empty; choose another folder or allow it to "
            "be replaced (--overwrite, overwrite=True)"
        )
    if names := foreign(place):
        raise InputError(
            f"folder {words!r} holds {', '.join(map(repr, names[:4]))}, which pdmodel did not "
            "write: nothing is replaced; move what is yours, or choose another place"
        )


def _take_place(temporary: Path, place: Path) -> None:
    """Rename; a folder that is there steps aside first and goes when the new one stands."""
    if not place.exists():
        os.replace(temporary, place)
    else:
        aside = temporary_folder(place)
        os.replace(place, aside / "old")
        try:
            os.replace(temporary, place)
        except OSError:
            os.replace(aside / "old", place)
            raise
        finally:
            remove(aside)
    sync_folder(place.parent)
