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

from pdmodel.storage.identity.plain_data import Described
from pdmodel.storage.identity.user_modules import OURS, code_of

FORMER_NAMES = {"DrugCourse": "Course", "FreeNumber": "Free", "ObservedGroup": "Group"}
"""By the name of a class or function of pdmodel that was renamed: what stored folders call it."""


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
    described = Described()
    for value in values:
        described.plain(value)
    return code_of(described.modules, described.loose)


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return the hash of plain data; their order counts."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def same_content(stored: Any, asked: Any) -> bool:
    """Whether plain data that were stored describe the same as data of today.

    Parameters
    ----------
    stored, asked
        Plain data of `describe`; the former perhaps by an older pdmodel, which named a class of
        ours after the file that it was in, so that the same class had another name once moved.
    """
    return json.dumps(_as_named_today(stored, asked)) == json.dumps(asked)


def _as_named_today(stored: Any, asked: Any) -> Any:
    """Return stored data with the names that the data of today have for classes of ours."""
    if isinstance(stored, dict) and isinstance(asked, Mapping):
        return {key: _as_named_today(part, asked.get(key)) for key, part in stored.items()}
    if isinstance(stored, list) and isinstance(asked, list | tuple) and len(stored) == len(asked):
        return [_as_named_today(*pair) for pair in zip(stored, asked, strict=True)]
    if isinstance(stored, str) and isinstance(asked, str) and _is_of_ours(stored, asked):
        return asked
    return stored


def _is_of_ours(stored: str, asked: str) -> bool:
    """Whether a stored name is one that a class or function of ours has had.

    A user's class of the same name in a file of the same kind brings its code, by which the data
    differ in another place.
    """
    ours, _, name = asked.partition(":")
    home, _, former = stored.partition(":")
    if ours != OURS or not name or former not in (name, FORMER_NAMES.get(name)):
        return False
    return home.partition(".")[0] == OURS or home.endswith(".py")


def made_with(packages: Sequence[str]) -> dict[str, Any]:
    """Return with what a result was made: command, Python, versions; for manifests."""
    return {
        "command": " ".join(sys.argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: metadata.version(name) for name in packages},
    }
