"""A result folder: whose it is, taken up, refused or replaced; parts one by one, the result last.

Its manifest says of what kind it is and to which question it belongs, and lists what was written
whose names are not known beforehand. What is to be replaced is marked in the manifest first, so
that a process that was killed while it removed the old result is followed by one that goes on.
A file that pdmodel did not write is never removed: a folder that holds one is not replaced.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.atomic import Content, place_of, unwritable, write_content, write_json
from pdmodel.storage.files.json_rows import read_object
from pdmodel.storage.files.temporary_names import is_partial, sweep
from pdmodel.storage.folders.contents import listed_files, manifest_of, survey
from pdmodel.storage.folders.decision import CLEARING, Decision, agree, decide
from pdmodel.storage.folders.kinds import KINDS, Kind
from pdmodel.storage.folders.locks import Lock, free_stale
from pdmodel.storage.identity.fingerprint import fingerprint

FIGURE_MARK = b"Software\x00pdmodel"
"""In every PNG file that pdmodel draws."""


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

    def _prepare(self, step: Decision) -> None:
        for root, names, _ in os.walk(self.path):
            names[:] = [name for name in names if not is_partial(name)]
            sweep(Path(root))
        if step is Decision.RESUME:
            self._manifest = manifest_of(self.path, self.kind) or self._manifest
            return
        if step is Decision.REPLACE:
            self.clear()
        write_json(self.path / self.kind.manifest, self._manifest)

    def clear(self, coming: Iterable[str] = ()) -> None:
        """Remove what pdmodel wrote, the results first, but for the manifest that says so.

        Parameters
        ----------
        coming
            Names of files that take their places next; the manifest lists them as ours already.
        """
        listed = listed_files(manifest_of(self.path, self.kind))
        marked = self._manifest | {"files": [*dict.fromkeys([*listed, *coming])], CLEARING: True}
        write_json(self.path / self.kind.manifest, marked)
        neighbour = KINDS[self.kind.beside] if self.kind.beside else None
        if neighbour is not None and not agree(self.path, neighbour, self._manifest):
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
        listed = listed_files(self._manifest)
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

    Raises
    ------
    InputError
        If a file is there that pdmodel did not draw, or the place cannot be written to.
    """
    place = place_of(folder)
    kind, stored = _kind_there(place)
    listed = listed_files(stored)
    own_names = {*listed, *(kind.patterns if kind is not None else ())}
    for name in figures:
        if name not in own_names and not _is_figure(place / name):
            raise InputError(
                f"{str(Path(folder) / name)!r} is no figure that pdmodel drew; choose another --out"
            )
    files = [*(name for name in listed if name not in figures), *figures]
    if kind is not None and files != listed:
        write_json(place / kind.manifest, stored | {"files": files})
    for name, content in figures.items():
        write_content(place / name, content)
    return [Path(folder).expanduser() / name for name in figures]


def _kind_there(place: Path) -> tuple[Kind | None, dict[str, Any]]:
    """Return of what kind the result in a folder is, with its manifest; None and empty without."""
    for kind in KINDS.values():
        stored = manifest_of(place, kind)
        if stored is not None and stored["kind"] == kind.name:
            return kind, stored
    return None, {}


def _is_figure(file: Path) -> bool:
    """Whether a place is free, or a figure is there that says who drew it."""
    if not file.is_file():
        return True
    with file.open("rb") as stream:
        return FIGURE_MARK in stream.read(1000)


def _asked(kind: Kind, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    if identity is None:
        return {"kind": kind.name}
    return {"kind": kind.name, "fingerprint": fingerprint(identity), "identity": dict(identity)}


def _remove_all(place: Path, kind: Kind) -> None:
    """Remove the files of a kind, results first, and the folders that are empty then."""
    holdings = survey(place, kind)
    manifest = place / kind.manifest
    results = {KINDS[name].result for name in kind.nested.values()} | {kind.result}
    for path in sorted([*holdings.own, *holdings.inner], key=lambda path: path.name not in results):
        if path != manifest:
            path.unlink(missing_ok=True)
    for folder in reversed(holdings.folders):
        sweep(folder)
        try:
            folder.rmdir()
        except OSError:
            continue  # something is left in it that is not ours, or the neighbour's
