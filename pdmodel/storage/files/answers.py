"""Answers kept in the user's cache folder, until a source changes that they were made from.

A cache saves time and nothing else: where nothing can be kept, every command makes its answer anew.
The folder is that of `PDMODEL_CACHE`, or the one which the system has for caches of a user.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.atomic import write_json
from pdmodel.storage.files.json_rows import read_object

_MOST_FILES = 20


def cache_folder() -> Path:
    """Return where answers are kept; it need not be there."""
    given = os.environ.get("PDMODEL_CACHE")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_cache_path("pdmodel", appauthor=False)


def kept_answer(
    question: Sequence[str], make: Callable[[], Any], may_keep: Callable[[], bool]
) -> Any:
    """Return an answer of before, or make and keep it.

    Parameters
    ----------
    question
        What is asked, and all that the answer depends on beside sources and this Python.
    make
        Returns the answer as plain data. All modules that it depends on must be imported by then.
    may_keep
        Asked when it is made.
    """
    facts = [*question, sys.version, sys.prefix, *sys.path]
    digest = hashlib.sha256("\0".join(facts).encode(errors="surrogateescape")).hexdigest()
    file = cache_folder() / f"{digest[:32]}.json"
    with suppress(InputError, OSError, KeyError, TypeError, AttributeError):
        kept = read_object(file)
        if all(_state(Path(name)) == state for name, state in kept["sources"].items()):
            return kept["answer"]
    answer = make()
    if may_keep():
        with suppress(InputError, OSError, ValueError):
            write_json(file, {"sources": _sources(), "answer": answer})
            _forget_oldest(file.parent)
    return answer


def _sources() -> dict[str, list[int]]:
    """Return the files of all modules that are imported, but for Python's own, and their state."""
    library, packages = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    states = {}
    for module in [*sys.modules.values()]:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            continue
        path = os.path.abspath(file)
        if path.startswith(packages) or not path.startswith(library):
            states[path] = _state(Path(path))
    return states


def _state(file: Path) -> list[int]:
    """Return what tells two states of a file apart; nothing where it is gone."""
    try:
        state = os.stat(file)
    except OSError:
        return []
    return [state.st_mtime_ns, state.st_size]


def _forget_oldest(folder: Path) -> None:
    files = [(file.stat().st_mtime, file) for file in folder.glob("*.json")]
    for _, old in sorted(files)[:-_MOST_FILES]:
        old.unlink(missing_ok=True)


__all__ = ["cache_folder", "kept_answer"]
