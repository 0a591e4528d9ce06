"""Which state of its source made a result: the version, and the commit where there is one."""

from __future__ import annotations

import subprocess
from importlib import metadata
from pathlib import Path


def source_state(file: str | Path = "") -> dict[str, str | bool | None]:
    """Return the version of pdmodel, and the commit to which a file belongs.

    Parameters
    ----------
    file
        A file of the code that was run; none where it is not known.

    Returns
    -------
    dict
        `version`; `commit`, None where the file is under no version control or git is not there;
        `changed`, whether tracked files beside it differ from that commit, None where unknown.
    """
    found: dict[str, str | bool | None] = {
        "version": metadata.version("pdmodel"), "commit": None, "changed": None,
    }  # fmt: skip
    place = Path(file)
    # A library that lies in a working tree, as in an environment, does not belong to it.
    if not str(file) or _git(place.parent, "ls-files", "--error-unmatch", place.name) is None:
        return found
    commit = _git(place.parent, "rev-parse", "HEAD")
    changes = _git(place.parent, "status", "--porcelain", "--untracked-files=no")
    if commit:
        found |= {"commit": commit, "changed": None if changes is None else bool(changes)}
    return found


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says in a folder; None where it fails or is not there."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=20,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
