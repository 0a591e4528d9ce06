"""Machine code on disk, so that a second process need not compile it again.

Files hold plain object code under a digest of what it was made from: the program, the compiler and
the processor. They lie in `cache_folder()`, and are to be trusted like the rest of the
installation.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pdmodel.engine.codegen.code_folder import cache_folder, fingerprint

_SUFFIX = ".machine-code"
_DIGEST = 32
# A file takes some 100 kB.
MOST_FILES = 200
# Those of an entry point take 300 kB each, one for each kind of arguments; no others push them out.
_ENTRIES, _MOST_ENTRIES = ".integrator", 12


def kept(key: str, make: Callable[[], bytes]) -> bytes:
    """Return the machine code of a model that was made for a key before, else make and keep it.

    A file that is damaged is made again; a folder that cannot be written to keeps nothing.

    Parameters
    ----------
    key
        Everything that the result depends on.
    make
        Called where nothing is kept.
    """
    place = cache_folder()
    if place is None:
        return make()
    path = place / _name(key, _SUFFIX)
    return _kept(path, make, _quiet, lambda: _forget_oldest(place, f"*{_SUFFIX}", MOST_FILES))


def kept_entry(
    name: str, key: str, make: Callable[[], bytes], say: Callable[[str], object]
) -> bytes:
    """Return the machine code of an entry point, made from the engine's sources as they are.

    Parameters
    ----------
    name
        Of the function.
    key, make
        As in `kept`; the sources of the engine are part of the key.
    say
        Called with what is wrong with the file.
    """
    place = cache_folder()
    if place is None:
        return make()
    path, alike = place / f"{_beginning(name)}{_name(key, _ENTRIES)}", f"{name}-*{_ENTRIES}"
    return _kept(path, make, say, lambda: _forget_oldest(place, alike, _MOST_ENTRIES))


def is_kept(name: str) -> bool:
    """Return whether an entry point is kept as the engine's sources are now."""
    place = cache_folder()
    return place is not None and any(place.glob(f"{_beginning(name)}*{_ENTRIES}"))


def _beginning(name: str) -> str:
    return f"{name}-{fingerprint():014x}-"


def _name(key: str, suffix: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32] + suffix


def _quiet(text: str) -> None:
    """Say nothing: what a model lacks is made in a tenth of a second."""


def _kept(
    path: Path,
    make: Callable[[], bytes],
    say: Callable[[str], object],
    forget: Callable[[], None],
) -> bytes:
    with contextlib.suppress(OSError):
        stored = path.read_bytes()
        content = stored[_DIGEST:]
        if hashlib.sha256(content).digest() == stored[:_DIGEST]:
            return content
        say(f"compiled code in {path} is damaged and made anew")
    content = make()
    try:
        _write(path, hashlib.sha256(content).digest() + content)
        forget()
    except OSError as error:
        say(f"compiled code cannot be kept in {path.parent}: {error}")
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _forget_oldest(place: Path, alike: str, most: int) -> None:
    files = [(file.stat().st_mtime, file) for file in place.glob(alike)]
    for _, old in sorted(files)[:-most]:
        old.unlink(missing_ok=True)
