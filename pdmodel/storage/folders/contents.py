"""What a folder holds, file by file: ours, of a result within, of the neighbour, or the user's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.json_rows import read_object
from pdmodel.storage.files.temporary_names import is_partial
from pdmodel.storage.folders.kinds import KINDS, Kind
from pdmodel.storage.folders.locks import LOCK

_DROPPINGS = {LOCK, ".DS_Store", "Thumbs.db", "desktop.ini"}
"""What locks and file managers leave; it is nobody's work."""


@dataclass
class Holdings:
    """Files of a folder and below.

    Parameters
    ----------
    own
        What pdmodel wrote of this kind.
    inner
        What it wrote of results that this kind holds.
    foreign
        Names of all else, a folder as a whole; links are never ours.
    folders
        Folders that are ours, the inmost last.
    """

    own: list[Path] = field(default_factory=list)
    inner: list[Path] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)


def manifest_of(path: Path, kind: Kind) -> dict[str, Any] | None:
    """Return the manifest of a folder, None where there is none or an old one without a kind.

    Raises
    ------
    InputError
        If it is damaged.
    """
    file = path / kind.manifest
    if not file.is_file():
        return None
    stored = read_object(file)
    return stored if isinstance(stored.get("kind"), str) else None


def listed_files(manifest: Mapping[str, Any] | None) -> list[str]:
    """Return the names that a manifest lists as written by pdmodel; without what is no name."""
    listed = (manifest or {}).get("files")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def survey(place: Path, kind: Kind) -> Holdings:
    """Look at all that a folder holds.

    Raises
    ------
    InputError
        If a manifest in it is damaged, or a folder cannot be read.
    """
    neighbour = KINDS[kind.beside] if kind.beside else None
    if neighbour is not None and manifest_of(place, neighbour) is None:
        neighbour = None
    holdings = Holdings()
    beside = _names(place, neighbour) if neighbour is not None else []
    try:
        _walk(place, (), (kind, _names(place, kind), beside), holdings)
    except OSError as error:
        raise InputError(f"folder {place} cannot be read: {error.strerror or error}") from error
    return holdings


def is_ours(path: Path, kind: Kind) -> bool:
    """Whether a folder says of itself that it is of a kind; an old one by the file it had."""
    stored = manifest_of(path, kind)
    if stored is not None:
        return bool(stored["kind"] == kind.name)
    file = path / kind.old
    return bool(kind.old) and file.is_file() and _says_so(file)


def _says_so(file: Path) -> bool:
    """Whether a file is what pdmodel wrote before there were kinds; others have such names, too."""
    try:
        stored = read_object(file)
    except InputError:
        return False
    return bool({"fingerprint", "schema_version", "comparison"} & set(stored))


def _names(path: Path, kind: Kind) -> list[str]:
    """Return patterns of what a folder of a kind may hold, those of its own manifest too."""
    stored = manifest_of(path, kind) or {}
    return [*kind.patterns, *(listed_files(stored) if stored.get("kind") == kind.name else [])]


def _walk(
    folder: Path,
    prefix: Sequence[str],
    listing: tuple[Kind, list[str], list[str]],
    holdings: Holdings,
) -> None:
    kind, own, beside = listing
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        parts, path = (*prefix, entry.name), Path(entry.path)
        if entry.name in _DROPPINGS or is_partial(entry.name):
            continue
        if entry.is_symlink():
            holdings.foreign.append("/".join(parts))
        elif not entry.is_dir():
            if _fits(parts, beside):
                continue
            if _fits(parts, own):
                holdings.own.append(path)
            else:
                holdings.foreign.append("/".join(parts))
        elif _leads(parts, [*own, *beside]):
            holdings.folders.append(path)
            _walk(path, parts, listing, holdings)
        elif inner := _inner(path, parts, kind):
            _take_in(survey(path, inner), path, parts, holdings)
        elif _leads(parts, kind.nested):
            holdings.folders.append(path)
            _walk(path, parts, listing, holdings)
        else:
            holdings.foreign.append("/".join(parts))


def _take_in(inside: Holdings, path: Path, parts: Sequence[str], holdings: Holdings) -> None:
    holdings.inner += [*inside.own, *inside.inner]
    holdings.foreign += ["/".join((*parts, name)) for name in inside.foreign]
    holdings.folders += [path, *inside.folders]


def _inner(path: Path, parts: Sequence[str], kind: Kind) -> Kind | None:
    """Return the kind of a result within, if the folder is one, or nothing yet."""
    for pattern, name in kind.nested.items():
        if _fits(parts, [pattern]):
            inner = KINDS[name]
            if is_ours(path, inner) or not survey(path, inner).own:
                return inner
    return None


def _fits(parts: Sequence[str], patterns: Iterable[str]) -> bool:
    """Whether a path fits a pattern, part by part."""
    for pattern in patterns:
        wanted = pattern.split("/")
        if len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted)):
            return True
    return False


def _leads(parts: Sequence[str], patterns: Iterable[str]) -> bool:
    """Whether something below a folder would fit a pattern."""
    heads = (pattern.split("/")[: len(parts)] for pattern in patterns if "/" in pattern)
    return any(
        len(head) == len(parts) and all(map(fnmatchcase, parts, head)) for head in heads
    )  # fmt: skip
