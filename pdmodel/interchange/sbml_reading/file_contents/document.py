"""An SBML file as one of libSBML's documents: safe to parse, consistent, one flat model."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from pdmodel.interchange.markup import DOCUMENT_TYPE, MOST_BYTES
from pdmodel.interchange.sbml_reading.file_contents.library import (
    SbmlError,
    SbmlRefusal,
    each,
    libsbml,
)

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']""")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_AS_READ = '<?xml version="1.0" encoding="UTF-8"?>'
# SBML must be in UTF-8, but older programs wrote what they had; each is decoded by what it says.
_UNICODE = frozenset(("utf-8", "utf8", "utf-16"))
_LATIN = frozenset(("us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "latin1", "windows-1252"))
# What would change the numbers of a run, or has no equations that could be run.
_REFUSED = {
    "arrays": "arrays of elements",
    "distrib": "random draws",
    "multi": "rules for complexes of species",
    "qual": "logical networks without rates",
    "spatial": "equations in space",
}


def read_document(path: str | os.PathLike[str]) -> Any:
    """Return a file as a document of libSBML, its submodels flattened.

    Parameters
    ----------
    path
        An SBML file of at most 50 MB.

    Raises
    ------
    SbmlError
        If there is no such file, it is too large, or no consistent SBML.
    SbmlRefusal
        If it needs a package of SBML that pdmodel does not run.
    """
    return parse_document(_checked_text(Path(path)), Path(path))


def parse_document(text: str, path: Path) -> Any:
    """Return the text of a file as a document; `path` names it in messages, and its neighbours.

    Raises
    ------
    SbmlError, SbmlRefusal
        As `read_document`.
    """
    document = libsbml.readSBMLFromString(text)
    _refuse_faults(document, path)
    packages = [document.getPlugin(i).getPackageName() for i in range(document.getNumPlugins())]
    for package in packages:
        if package in _REFUSED and document.getPackageRequired(package):
            raise SbmlRefusal(
                f"package {package}",
                f"{path.name} needs the package {package!r} of SBML ({_REFUSED[package]}), "
                "which pdmodel does not run",
            )
    if "comp" in packages:
        _flatten(document, path)
    if document.getModel() is None:
        raise SbmlError(f"{path.name} holds no model")
    _refuse_fluxes(document.getModel(), path)
    return document


def _checked_text(path: Path) -> str:
    """Return the text of a file that no parser can be led astray by."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise SbmlError(
                f"{path} has {size / 1e6:.0f} MB; SBML files of up to {MOST_BYTES / 1e6:.0f} MB "
                "are read"
            )
        content = path.read_bytes()
    except OSError as error:
        raise SbmlError(f"{path} cannot be read: {error.strerror or error}") from error
    text = _decoded(content, path.name)
    if DOCUMENT_TYPE.search(text):
        raise SbmlError(f"{path.name} declares a document type or entities; SBML has none")
    if "<sbml" not in text and ":sbml" not in text:
        raise SbmlError(f"{path.name} is not SBML: it has no element 'sbml'")
    return text


def _decoded(content: bytes, name: str) -> str:
    """Return the text of a file, whose XML declaration says no longer what encoding it had."""
    encoding = _encoding(content)
    if encoding not in _UNICODE | _LATIN:
        raise SbmlError(f"{name} is in {encoding}; SBML must be in UTF-8")
    try:
        text = content.decode("utf-8-sig" if encoding in ("utf-8", "utf8") else encoding)
    except UnicodeError as error:
        raise SbmlError(f"{name} is not in {encoding.upper()}, as it says or must be") from error
    declaration = _DECLARATION.match(text)
    end = declaration.end() if declaration else 0
    # Lines stay where they are, for messages count them.
    return _AS_READ + "\n" * text[:end].count("\n") + text[end:]


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    said = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    # What declares two bytes a letter in one byte a letter is wrong about itself.
    return "utf-16, in letters of one byte" if said.startswith("utf-16") else said


def _refuse_faults(document: Any, path: Path) -> None:
    """Stop at what libSBML could not make sense of; a faulty unit or date is let through."""
    faults = [document.getError(i) for i in range(document.getNumErrors())]
    fatal = [fault for fault in faults if fault.getSeverity() >= libsbml.LIBSBML_SEV_FATAL]
    severe = [fault for fault in faults if fault.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    if fatal or (severe and document.getModel() is None):
        first = (fatal or severe)[0]
        said = " ".join(first.getMessage().split()) or first.getShortMessage()
        raise SbmlError(f"{path.name}, line {first.getLine()}: {said}")
    if document.getModel() is None:
        raise SbmlError(f"{path.name} holds no model")


def _flatten(document: Any, path: Path) -> None:
    _check_external(document, path, {path.resolve()})
    wanted = libsbml.ConversionProperties()
    wanted.addOption("flatten comp", True)
    wanted.addOption("leavePorts", False)
    wanted.addOption("performValidation", False)
    wanted.addOption("abortIfUnflattenable", "none")
    wanted.addOption("basePath", str(path.resolve().parent))
    if document.convert(wanted) != libsbml.LIBSBML_OPERATION_SUCCESS:
        said = " ".join(document.getErrorLog().toString().split())
        raise SbmlError(f"{path.name}: the submodels cannot be put together: {said[:300]}")


def _check_external(document: Any, path: Path, seen: set[Path]) -> None:
    """Let submodels come from files beside this one only, and check those as this one was."""
    plugin = document.getPlugin("comp")
    for external in each(plugin.getListOfExternalModelDefinitions()) if plugin is not None else ():
        source = external.getSource()
        other = (path.parent / source).resolve()
        if re.match(r"[A-Za-z][\w+.-]*:", source) or other.parent != path.resolve().parent:
            raise SbmlError(
                f"{path.name} takes a submodel from {source!r}; only files in its own folder "
                "are read"
            )
        if other not in seen:
            seen.add(other)
            _check_external(libsbml.readSBMLFromString(_checked_text(other)), other, seen)


def _refuse_fluxes(model: Any, path: Path) -> None:
    """Refuse a flux balance problem: its fluxes are sought, not computed from rates."""
    plugin = model.getPlugin("fbc")
    if plugin is None or not plugin.getNumObjectives():
        return
    if not all(reaction.isSetKineticLaw() for reaction in each(model.getListOfReactions())):
        raise SbmlRefusal(
            "package fbc",
            f"{path.name} is a flux balance problem (package 'fbc'): its reactions have no rates",
        )
