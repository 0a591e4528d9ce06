"""Temporary names that say whose they are: those of dead processes are removed, no others.

A name ends in host, process, the moment the process began, and chance. Where the system does not
tell when a process began, its number alone says whether it lives.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

_MARK = ".partial-"
_OWNER = re.compile(r"\.partial-([0-9a-f]{8})-(\d+)-(\d+)-")
_LONGEST = 60
"""Letters of a name that go into its temporary name: file systems allow 255 bytes."""


def is_partial(name: str) -> bool:
    """Whether a name is that of something unfinished, of whatever process."""
    return name.startswith(".") and _OWNER.search(name) is not None


def temporary_file(path: Path) -> Path:
    """Make an empty file beside one that is to be written."""
    descriptor, name = tempfile.mkstemp(prefix=_prefix(path.name), dir=path.parent)
    os.close(descriptor)
    return Path(name)


def temporary_folder(path: Path, inside: bool = False) -> Path:
    """Make an empty folder beside one that is to be written, or in it."""
    return Path(tempfile.mkdtemp(prefix=_prefix(path.name), dir=path if inside else path.parent))


def sweep(parent: Path, name: str | None = None) -> None:
    """Remove what dead processes left in a folder, of one name or of all.

    What cannot be removed stays: it is in nobody's way.
    """
    begin = "." if name is None else f".{name[:_LONGEST]}{_MARK}"
    try:
        entries = [Path(entry.path) for entry in os.scandir(parent) if entry.name.startswith(begin)]
    except OSError:
        return
    for path in entries:
        if is_partial(path.name) and not _lives(path.name):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder of ours, if that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _prefix(name: str) -> str:
    own = os.getpid()
    return f".{name[:_LONGEST]}{_MARK}{_host()}-{own}-{_begun(own)}-"


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _begun(process: int) -> int:
    """Return when a process began, in ticks since the system did; 0 where that is not told."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def _lives(name: str) -> bool:
    """Whether the process that made a temporary name may still be at it."""
    owner = _OWNER.search(name)
    if owner is None or owner[1] != _host() or os.name == "nt":
        return True
    process, begun = int(owner[2]), int(owner[3])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return not begun or _begun(process) == begun
