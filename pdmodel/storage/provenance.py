"""What makes two questions the same: values as plain data, code of users, and their fingerprint.

Also with what a result was made: command and versions, which do not count.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from pdmodel.storage.describing import Described
from pdmodel.storage.user_modules import code_of


def describe(*values: Any) -> Any:
    """Return values as plain data that differ where an answer could.

    Parameters
    ----------
    values
        Numbers, text, dates, arrays, tables, symbols, functions, classes and objects with
        attributes, and lists and mappings of them. No address in memory gets into the data.

    Returns
    -------
    plain data
        Of the value; a list of them where there are several.

    Examples
    --------
    >>> describe((1, 2.5, None))
    [1, 2.5, None]
    """
    data = [Described().plain(value) for value in values]
    return data[0] if len(data) == 1 else data


def user_code(*values: Any) -> dict[str, list[str]]:
    """Return fingerprints of the code that values bring with them, by the name of the file.

    Parameters
    ----------
    values
        As of `describe`. Counted are the modules that define their functions and classes, and
        all modules of the user that those import; pdmodel and libraries are not.
    """
    found = Described()
    for value in values:
        found.plain(value)
    return code_of(found.modules, found.loose)


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return the hash of plain data; their order counts."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def made_with(packages: Sequence[str]) -> dict[str, Any]:
    """Return with what a result was made: command, Python, versions; for manifests."""
    return {
        "command": " ".join(sys.argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: metadata.version(name) for name in packages},
    }
