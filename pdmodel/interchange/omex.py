"""COMBINE archives: a model or a problem with all its files in one."""

from __future__ import annotations

import os
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

from pdmodel.errors import InputError, unknown
from pdmodel.interchange.markup import read_markup, word

LARGEST = 200_000_000
"""Bytes of all files of an archive together."""
_MOST = 1000
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content is the same archive
_SPECIFICATIONS = "http://identifiers.org/combine.specifications"
_FORMATS = {
    ".xml": f"{_SPECIFICATIONS}/sbml",
    ".yaml": "https://petab.readthedocs.io/en/latest/v1/documentation_data_format.html",
    ".tsv": "http://purl.org/NET/mediatypes/text/tab-separated-values",
}


def omex_bytes(files: Mapping[str, str], main: str) -> bytes:
    """Return an archive.

    Parameters
    ----------
    files
        Texts by name.
    main
        The file that a reader begins with.
    """
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as held:
        for name, text in {"manifest.xml": _manifest(files, main), **files}.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            held.writestr(entry, text)
    return archive.getvalue()


def _manifest(files: Mapping[str, str], main: str) -> str:
    own = f"{_SPECIFICATIONS}/omex"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<omexManifest xmlns={quoteattr(f'{own}-manifest')}>",
        f"  <content location={quoteattr('.')} format={quoteattr(own)}/>",
    ]
    for name in files:
        kind = _FORMATS.get(PurePosixPath(name).suffix, "http://purl.org/NET/mediatypes/text/plain")
        master = ' master="true"' if name == main else ""
        place = quoteattr(f"./{name}")
        lines.append(f"  <content location={place} format={quoteattr(kind)}{master}/>")
    return "\n".join([*lines, "</omexManifest>", ""])


@contextmanager
def unpacked(path: str | Path) -> Iterator[Path]:
    """Unpack an archive into a folder that is there for a while.

    Raises
    ------
    InputError
        If it is no archive, too large, or holds files that would lie elsewhere.
    """
    place = Path(path)
    if not place.is_file():
        raise InputError(f"file {str(path)!r} is missing")
    with TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(place) as archive:
                _check(archive, place.name)
                archive.extractall(folder)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise InputError(f"{place.name} is no COMBINE archive, or a broken one") from None
        except (NotImplementedError, OSError, RuntimeError, ValueError) as error:
            said = getattr(error, "strerror", None) or error  # without the name of our folder
            raise InputError(f"{place.name} cannot be unpacked: {said}") from error
        yield Path(folder)


def _check(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    # No entry unpacks to more than the size it declares.
    if len(entries) > _MOST or sum(entry.file_size for entry in entries) > LARGEST:
        raise InputError(f"{name} unpacks to more than {LARGEST // 1_000_000} MB or {_MOST} files")
    for entry in entries:
        inside = PurePosixPath(entry.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts:
            raise InputError(f"{name} holds {entry.filename!r}, which would lie elsewhere")


@contextmanager
def file_of(path: str | os.PathLike[str], kind: ArchiveKind) -> Iterator[Path]:
    """Yield the file that a path names: as it is, or one of an archive.

    Parameters
    ----------
    path
        A file; an archive, `study.omex`, that holds one file of the kind; or a file of an archive,
        `study.omex/model.xml`.
    kind
        What is looked for.

    Raises
    ------
    InputError
        If the archive cannot be unpacked, or holds no such file, or several of them.
    """
    place = Path(path)
    archive = next(
        (parent for parent in (place, *place.parents) if _is_archive(parent, place)), None
    )
    if archive is None:
        yield place
        return
    with unpacked(archive) as folder:
        own = kind.files_in(folder)
        if archive != place:
            inside = place.relative_to(archive).as_posix()
            file = (folder / inside).resolve()
            if not (file.is_file() and file.is_relative_to(folder.resolve())):
                raise unknown(f"file in {archive.name}", inside, own)
            yield file
        elif len(own) != 1:
            raise InputError(_none_or_several(archive, kind, own))
        else:
            yield folder / own[0]


def _is_archive(file: Path, whole: Path) -> bool:
    """Whether a part of a path is an archive: a folder of that name is none, if more follows."""
    return file.suffix.lower() == ".omex" and (file == whole or not file.is_dir())


def _none_or_several(archive: Path, kind: ArchiveKind, own: list[str]) -> str:
    if not own:
        return f"{archive.name} holds no {kind.noun}"
    return (
        f"{archive.name} holds {len(own)} {kind.noun}s ({', '.join(own)}); name one, such as "
        f"{str(archive / own[0])!r}"
    )


@dataclass(frozen=True)
class ArchiveKind:
    """A kind of file that archives hold.

    Parameters
    ----------
    noun
        What it is called in messages.
    word
        Its word in the formats of a manifest, such as `sbml`; empty where there is none.
    endings
        Endings of such files, for archives whose manifest lists none.
    mark
        A pattern of what stands near the beginning of such a file.
    """

    noun: str
    word: str
    endings: tuple[str, ...]
    mark: bytes = b""

    def files_in(self, folder: Path) -> list[str]:
        """Return the files of this kind in an unpacked archive, by their path in it.

        Where the manifest calls one of several its master, only that one.
        """
        entries = _contents(folder) if self.word else ()
        listed = [(name, master) for name, words, master in entries if self.word in words]
        masters = [name for name, master in listed if master]
        if len(masters) == 1:
            return masters
        return sorted({name for name, _ in listed}) or sorted(
            file.relative_to(folder).as_posix() for file in folder.rglob("*") if self._is(file)
        )

    def _is(self, file: Path) -> bool:
        if file.suffix.lower() not in self.endings or not file.is_file():
            return False
        with file.open("rb") as content:
            return re.search(self.mark, content.read(10_000)) is not None


SBML = ArchiveKind("SBML model", "sbml", (".xml", ".sbml"), rb"<(\w+:)?sbml\s")
SEDML = ArchiveKind("SED-ML file", "sed-ml", (".sedml", ".xml"), rb"<(\w+:)?sedML\s")
PETAB = ArchiveKind("PEtab problem", "", (".yaml", ".yml"), rb"\bparameter_files?\b")
PETAB_SELECT = ArchiveKind("PEtab Select problem", "", (".yaml", ".yml"), rb"model_space_files")


def _contents(folder: Path) -> Iterator[tuple[str, list[str], bool]]:
    """Yield path, words of the format and mastery of what a manifest lists and there is."""
    if not (folder / "manifest.xml").is_file():
        return
    for element in read_markup(folder / "manifest.xml").iter():
        name = posixpath.normpath(element.get("location", ""))
        listed = word(element) == "content" and not name.startswith((".", "/"))
        if listed and _is_file(folder / name):
            # Such as .../combine.specifications/sbml.level-3, ...:sbml, application/sbml+xml.
            words = re.split(r"[/:.+]", element.get("format", ""))
            yield name, words, element.get("master") in ("true", "1")


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False  # a name that no file can have
