"""Results that are written at once: whole beside their place first, or within it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pdmodel.storage.files.atomic import (
    place_of,
    sync_all,
    sync_folder,
    umask,
    unwritable,
    write_json,
)
from pdmodel.storage.files.json_rows import read_object
from pdmodel.storage.files.temporary_names import remove, sweep, temporary_folder
from pdmodel.storage.folders.decision import check_place
from pdmodel.storage.folders.kinds import KINDS, Kind
from pdmodel.storage.folders.result_folder import ResultFolder


@contextmanager
def new_result(path: Path | str, kind: str, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary folder whose files become a result folder when the block ends well.

    An older result of the kind stays until the new one is whole.

    Parameters
    ----------
    path, kind, overwrite
        As in `ResultFolder.take`.

    Yields
    ------
    Path
        An empty folder; the block writes the manifest too.

    Raises
    ------
    InputError
        If the place is taken or cannot be written to.
    """
    place, own = place_of(path), KINDS[kind]
    check_place(path, kind, overwrite)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent, place.name)
        within = place.is_dir()
        temporary = temporary_folder(place, within)
        temporary.chmod(0o777 & ~umask())
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield temporary
        _list_files(temporary, own)
        sync_all(temporary)
        if not within and not place.exists():
            os.replace(temporary, place)
            sync_folder(place.parent)
        else:
            _install(temporary, place, own, str(path), overwrite)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        remove(temporary)


def _list_files(folder: Path, kind: Kind) -> None:
    """List in the manifest all that a folder holds; results within list their own."""
    stored = read_object(folder / kind.manifest)
    inner = [path.parent for path in folder.glob(f"*/{kind.manifest}")] if kind.nested else []
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent not in inner]
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    write_json(folder / kind.manifest, stored | {"files": names})


def _install(temporary: Path, path: Path, kind: Kind, words: str, overwrite: bool) -> None:
    """Let files take their places in a folder that is there, the manifest last.

    Until then the manifest that is there lists them and says that the folder is being replaced, so
    that the next process, if this one is killed, knows them as ours and begins anew.
    """
    moved = sorted(p for p in temporary.rglob("*") if p.is_file())
    with ResultFolder.take(path, kind.name, overwrite=overwrite) as folder:
        folder.clear(file.relative_to(temporary).as_posix() for file in moved)
        for file in sorted(moved, key=lambda p: p == temporary / kind.manifest):
            target = path / file.relative_to(temporary)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target)
            sync_folder(target.parent)
