"""Machine code of models on disk, so that a second process need not compile them again.

Files hold plain object code under a digest of what it was made from: the program, the compiler and
the processor. They lie in `NUMBA_CACHE_DIR`, or where numba keeps its own (beside this file, or in
the user's cache), and are to be trusted like the rest of the installation.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pdmodel.engine.codegen.numba_door import cache_folder, can_be_written

_SUFFIX = ".machine-code"
_DIGEST = 32
# A file takes some 100 kB.
MOST_FILES = 200


def folder() -> Path | None:
    """Return where machine code is kept; None if there is no such place."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    return Path(given) if given and can_be_written(Path(given)) else cache_folder()


def kept(key: str, make: Callable[[], bytes]) -> bytes:
    """Return what was made for a key before, else make and keep it.

    A file that is damaged is made again; a folder that cannot be written to keeps nothing.

    Parameters
    ----------
    key
        Everything that the result depends on.
    make
        Called where nothing is kept.
    """
    place = folder()
    if place is None:
        return make()
    path = place / (hashlib.sha256(key.encode()).hexdigest()[:32] + _SUFFIX)
    with contextlib.suppress(OSError):
        stored = path.read_bytes()
        content = stored[_DIGEST:]
        if hashlib.sha256(content).digest() == stored[:_DIGEST]:
            return content
    content = make()
    with contextlib.suppress(OSError):
        _write(path, hashlib.sha256(content).digest() + content)
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; forget the oldest ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    files = [(file.stat().st_mtime, file) for file in path.parent.glob(f"*{_SUFFIX}")]
    for _, old in sorted(files)[:-MOST_FILES]:
        old.unlink(missing_ok=True)
