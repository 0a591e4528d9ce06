"""A result folder: whose it is, taken up, refused or replaced; parts one by one, the result last.

Its manifest says of what kind it is and to which question it belongs, and lists what was written
whose names are not known beforehand. What is to be replaced is marked in the manifest first, so
that a process that was killed while it removed the old result is followed by one that goes on.
A file that pdmodel did not write is never removed: a folder that holds one is not replaced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.atomic import (
    as_json,
    new_file,
    place_of,
    sync_all,
    sync_folder,
    umask,
    unwritable,
    write_json,
)
from pdmodel.storage.holdings import is_ours, manifest_of, survey
from pdmodel.storage.kinds import KINDS, Kind
from pdmodel.storage.locks import Lock, free_stale
from pdmodel.storage.partial import is_partial, remove, sweep, temporary_folder
from pdmodel.storage.provenance import fingerprint
from pdmodel.storage.rows import read_object

Content = str | bytes | Mapping[str, Any] | Callable[[Path], object]
"""Text, bytes, plain data for JSON, or what writes a file that is given."""
_CLEARING = "clearing"
_TOLD = 4
"""Files of a user that a message names; the others are counted."""


class _Step(Enum):
    BEGIN = "begin"
    RESUME = "resume"
    REPLACE = "replace"


class ResultFolder:
    """A folder that belongs to one kind of result and one question, held by one process."""

    def __init__(self, path: Path, kind: Kind, lock: Lock, manifest: dict[str, Any]) -> None:
        self.path, self.kind = path, kind
        self._lock, self._manifest = lock, manifest

    @classmethod
    def take(
        cls,
        path: Path | str,
        kind: str,
        identity: Mapping[str, Any] | None = None,
        *,
        overwrite: bool = False,
        keep: bool = False,
    ) -> ResultFolder:
        """Begin a folder, or take up an unfinished one that belongs to the same question.

        Parameters
        ----------
        path
            The folder; it and those above it are made when missing.
        kind
            Name of the kind of result.
        identity
            All that decides on the answer, as plain data; None where nothing is ever resumed.
        overwrite
            Whether what pdmodel wrote there may be replaced.
        keep
            Whether a finished result of the same question is taken up as well.

        Raises
        ------
        InputError
            If the folder holds anything else, cannot be written to, or another process is at it.
        """
        place, own = place_of(path), KINDS[kind]
        asked = _asked(own, identity)
        free_stale(place)
        decide(place, own, str(path), asked, overwrite=overwrite, keep=keep)
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock = Lock(place, str(path))
        except OSError as error:
            raise unwritable(path, error) from error
        folder = cls(place, own, lock, asked)
        try:
            # what held a moment ago may not hold any more
            step = decide(place, own, str(path), asked, overwrite=overwrite, keep=keep)
            folder._prepare(step)
        except OSError as error:
            folder.close()
            raise unwritable(path, error) from error
        except BaseException:
            folder.close()
            raise
        return folder

    def _prepare(self, step: _Step) -> None:
        for root, names, _ in os.walk(self.path):
            names[:] = [name for name in names if not is_partial(name)]
            sweep(Path(root))
        if step is _Step.RESUME:
            self._manifest = manifest_of(self.path, self.kind) or self._manifest
            return
        if step is _Step.REPLACE:
            self._clear()
        write_json(self.path / self.kind.manifest, self._manifest)

    def _clear(self) -> None:
        """Remove what pdmodel wrote, the results first, but for the manifest that says so."""
        listed = (manifest_of(self.path, self.kind) or {}).get("files", [])
        marked = self._manifest | {"files": listed, _CLEARING: True}
        write_json(self.path / self.kind.manifest, marked)
        neighbour = KINDS[self.kind.beside] if self.kind.beside else None
        if neighbour is not None and not _agree(self.path, neighbour, self._manifest):
            _remove_all(self.path, neighbour)
        _remove_all(self.path, self.kind)

    def __enter__(self) -> ResultFolder:
        """Return the folder."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let other processes in."""
        self.close()

    def close(self) -> None:
        """Let other processes in."""
        self._lock.release()

    def parts(self, name: str) -> Parts:
        """Return the parts in a folder within; one that is assigned is committed."""
        return Parts(self, name)

    def write(self, name: str, content: Content) -> None:
        """Commit one file.

        Raises
        ------
        InputError
            If it cannot be written, or the folder has gone.
        """
        if not (self.path / self.kind.manifest).is_file():
            raise InputError(
                f"folder {str(self.path)!r} was moved or removed while pdmodel was writing to it; "
                "run it again"
            )
        write_content(self.path / name, content)

    def claim(self, names: Iterator[str] | list[str]) -> None:
        """List files in the manifest before they are written, so that they are known as ours."""
        listed = self._manifest.get("files", [])
        new = [name for name in names if name not in listed]
        if new:
            self._manifest["files"] = [*listed, *new]
            self.write(self.kind.manifest, self._manifest)

    def finish(
        self,
        files: Mapping[str, Content],
        result: Content,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """Write all tables and figures, then the manifest, then the result.

        Parameters
        ----------
        files
            Content by name.
        result
            Content of the file whose presence says that all is there.
        told
            What the manifest tells besides: versions, seconds.
        """
        self.claim(list(files))
        for name, content in files.items():
            self.write(name, content)
        self._manifest |= told or {}
        self.write(self.kind.manifest, self._manifest)
        self.write(self.kind.result, result)


class Parts:
    """Files of one folder within a result folder, each committed when it is assigned."""

    def __init__(self, folder: ResultFolder, name: str) -> None:
        self._folder, self._name = folder, name

    def file(self, name: str) -> Path:
        """Return where a part is kept."""
        return self._folder.path / self._name / name

    def __contains__(self, name: str) -> bool:
        """Whether a part has been committed."""
        return self.file(name).is_file()

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the parts in order."""
        place = self._folder.path / self._name
        return iter(sorted(path.name for path in place.glob("[!.]*") if path.is_file()))

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Return a part that is JSON."""
        return read_object(self.file(name))

    def __setitem__(self, name: str, content: Content) -> None:
        """Commit a part."""
        self._folder.write(f"{self._name}/{name}", content)


def check_place(path: Path | str, kind: str, overwrite: bool = False) -> None:
    """Refuse a folder that cannot be written to as a kind, before any work is done for it.

    Raises
    ------
    InputError
        If it holds a finished result or anything else, and `overwrite` does not help.
    """
    decide(place_of(path), KINDS[kind], str(path), None, overwrite=overwrite)


def holds(path: Path | str, kind: str) -> bool:
    """Whether a folder holds a finished result of a kind.

    Raises
    ------
    InputError
        If its manifest is damaged.
    """
    place, own = place_of(path), KINDS[kind]
    if not (place / own.result).is_file():
        return False
    stored = manifest_of(place, own)
    return stored is None or (stored["kind"] == own.name and not stored.get(_CLEARING))


def read_manifest(path: Path | str, kind: str) -> dict[str, Any]:
    """Return the manifest of a folder, empty where there is none of that kind.

    Raises
    ------
    InputError
        If it is damaged.
    """
    stored = manifest_of(place_of(path), KINDS[kind]) or {}
    return stored if stored.get("kind") == kind else {}


def write_figures(folder: Path | str, figures: Mapping[str, bytes]) -> list[Path]:
    """Write figures that were drawn again; a result folder lists them as its own.

    Parameters
    ----------
    folder
        Where to.
    figures
        Images by path within the folder.

    Returns
    -------
    list
        The files.
    """
    place = place_of(folder)
    for kind in KINDS.values():
        stored = manifest_of(place, kind)
        if stored is not None and stored["kind"] == kind.name:
            listed = [name for name in stored.get("files", []) if name not in figures]
            if [*listed, *figures] != stored.get("files"):
                write_json(place / kind.manifest, stored | {"files": [*listed, *figures]})
            break
    for name, content in figures.items():
        write_content(place / name, content)
    return [Path(folder).expanduser() / name for name in figures]


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
    """List in the manifest all that a folder holds."""
    stored = read_object(folder / kind.manifest)
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    write_json(folder / kind.manifest, stored | {"files": names})


def _install(temporary: Path, place: Path, kind: Kind, words: str, overwrite: bool) -> None:
    """Let files take their places in a folder that is there, the manifest last."""
    with ResultFolder.take(place, kind.name, overwrite=overwrite) as folder:
        folder._clear()
        moved = sorted(p for p in temporary.rglob("*") if p.is_file())
        for file in sorted(moved, key=lambda p: p == temporary / kind.manifest):
            target = place / file.relative_to(temporary)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target)
            sync_folder(target.parent)


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


def _asked(kind: Kind, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    if identity is None:
        return {"kind": kind.name}
    return {"kind": kind.name, "fingerprint": fingerprint(identity), "identity": dict(identity)}


def decide(
    place: Path,
    kind: Kind,
    words: str,
    asked: Mapping[str, Any] | None,
    *,
    overwrite: bool = False,
    keep: bool = False,
) -> _Step:
    """Return what is to be done with a folder.

    Parameters
    ----------
    place, kind, words
        The folder, what it shall be, and how the user named it.
    asked
        The manifest that it would get; None where the question is not known yet.
    overwrite, keep
        As in `ResultFolder.take`.

    Raises
    ------
    InputError
        If nothing can be done; it names what is in the way.
    """
    if place.exists() and not place.is_dir():
        raise InputError(f"{words!r} is a file, not a folder; choose another place")
    if not place.is_dir():
        return _Step.BEGIN
    found = survey(place, kind)
    stored = manifest_of(place, kind)
    if stored is None and not found.own and not found.foreign:
        step = _Step.BEGIN
    elif stored is None and not is_ours(place, kind):
        raise InputError(f"folder {words} exists and holds {kind.nothing}; choose another --out")
    else:
        step = _taken_up(place, kind, words, stored, asked, overwrite=overwrite, keep=keep)
    if not _agree(place, KINDS[kind.beside] if kind.beside else None, asked or {}):
        if not overwrite:
            raise _taken(words, kind, f"{kind.beside} of another problem")
        step = _Step.REPLACE
    if step is _Step.REPLACE and found.foreign:
        raise _foreign(words, found.foreign)
    return step


def _taken_up(
    place: Path,
    kind: Kind,
    words: str,
    stored: Mapping[str, Any] | None,
    asked: Mapping[str, Any] | None,
    *,
    overwrite: bool,
    keep: bool,
) -> _Step:
    """Return what is to be done with a folder that has a manifest."""
    known = stored or {}
    if stored is not None and stored["kind"] != kind.name:
        there = KINDS[stored["kind"]].other if stored["kind"] in KINDS else "something else"
        raise InputError(
            f"folder {words} exists and holds {kind.nothing} but {there}; choose another --out"
        )
    same = asked is None or (
        stored is not None and known.get("fingerprint") == asked.get("fingerprint")
    )
    clearing = bool(known.get(_CLEARING))
    finished = (place / kind.result).is_file() and not clearing
    if same and (keep or not finished):
        return _Step.REPLACE if clearing else _Step.RESUME
    if overwrite:
        return _Step.REPLACE
    if stored is None:
        raise _taken(words, kind, f"{kind.finished.removeprefix('a ')} of an older pdmodel")
    told = [*([kind.finished] if finished else []), *([] if same else [kind.other])]
    raise _taken(words, kind, ", ".join(told) or "what is left of another")


def _agree(place: Path, neighbour: Kind | None, asked: Mapping[str, Any]) -> bool:
    """Whether what lies in the same folder is of the same problem."""
    stored = manifest_of(place, neighbour) if neighbour is not None else None
    if stored is None or "identity" not in asked:
        return True
    known = stored.get("identity")
    return isinstance(known, dict) and known.get("problem") == asked["identity"].get("problem")


def _taken(words: str, kind: Kind, what: str) -> InputError:
    hint = ", or --overwrite" if kind.replaceable else ""
    return InputError(f"folder {words} exists and holds {what}; choose another --out{hint}")


def _foreign(words: str, names: list[str]) -> InputError:
    told = ", ".join(map(repr, names[:_TOLD]))
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return InputError(
        f"folder {words} holds {told}{more}, which pdmodel did not write: nothing is replaced; "
        "move what is yours, or choose another --out"
    )


def _remove_all(place: Path, kind: Kind) -> None:
    """Remove the files of a kind, results first, and the folders that are empty then."""
    found = survey(place, kind)
    manifest = place / kind.manifest
    results = {KINDS[name].result for name in kind.nested.values()} | {kind.result}
    for path in sorted([*found.own, *found.inner], key=lambda path: path.name not in results):
        if path != manifest:
            path.unlink(missing_ok=True)
    for folder in reversed(found.folders):
        sweep(folder)
        try:
            folder.rmdir()
        except OSError:
            continue  # something is left in it that is not ours, or the neighbour's
