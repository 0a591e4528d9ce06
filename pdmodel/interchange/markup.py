"""XML of others as a tree: no document types, no entities, no more than a set size."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from pdmodel.errors import InputError

MOST_BYTES = 50_000_000
"""Larger files are refused before they are parsed."""
DOCUMENT_TYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)")
"""What no file may declare: entities can make a few lines huge, or name other files."""


def read_markup(path: Path) -> ElementTree.Element:
    """Return the root of an XML file.

    Parameters
    ----------
    path
        A file in UTF-8 of at most 50 MB.

    Raises
    ------
    InputError
        If it is missing, larger, not in UTF-8, no XML, or declares a document type or entities.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} has more than {MOST_BYTES / 1e6:.0f} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not in UTF-8") from error
    if DOCUMENT_TYPE.search(text):
        raise InputError(f"{path.name} declares a document type or entities; none are read")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{path.name} is no XML: {error}") from error


def word(element: ElementTree.Element) -> str:
    """Return the name of an element, such as `model`, without its namespace."""
    return str(element.tag).rpartition("}")[2]
