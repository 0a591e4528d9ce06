"""COMBINE archives: a model or a problem with all its files in one."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from xml.sax.saxutils import quoteattr

from pdmodel.errors import InputError

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
    try:
        with zipfile.ZipFile(place) as archive, TemporaryDirectory() as folder:
            _check(archive, place.name)
            archive.extractall(folder)
            yield Path(folder)
    except zipfile.BadZipFile:
        raise InputError(f"{place.name} is no COMBINE archive") from None


def _check(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    if len(entries) > _MOST or sum(entry.file_size for entry in entries) > LARGEST:
        raise InputError(f"{name} unpacks to more than {LARGEST // 1_000_000} MB or {_MOST} files")
    for entry in entries:
        inside = PurePosixPath(entry.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts:
            raise InputError(f"{name} holds {entry.filename!r}, which would lie elsewhere")


def problem_in(folder: Path, name: str) -> Path:
    """Return the PEtab problem of an unpacked archive.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    problems = sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")])
    if len(problems) != 1:
        count = "no PEtab problem" if not problems else f"{len(problems)} YAML files"
        raise InputError(f"{name} holds {count}; one is read")
    return problems[0]
