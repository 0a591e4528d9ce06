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
    state: dict[str, str | bool | None] = {
        "version": metadata.version("pdmodel"), "commit": None, "changed": None,
    }  # fmt: skip
    path = Path(file)
    # A library that lies in a working tree, as in an environment, does not belong to it.
    if not str(file) or _git(path.parent, "ls-files", "--error-unmatch", path.name) is None:
        return state
    commit = _git(path.parent, "rev-parse", "HEAD")
    changes = _git(path.parent, "status", "--porcelain", "--untracked-files=no")
    if commit:
        state |= {"commit": commit, "changed": None if changes is None else bool(changes)}
    return state


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
