"""`python -m tests.storage.folders [KIND ...]`: make the stored folders of kinds that have none.

Stored folders are of the past: what is there is never made again, because it shows that folders of
an older pdmodel still open and resume. A new kind gets an entry in `verbs.py`, and its folders
from here. Figures are left out; they may be drawn again at any time.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from tests.storage.folders.verbs import COMPARED, VERBS, WITHIN, Verb, at_work, folder_of


def main(kinds: list[str]) -> None:
    """Make the folders of some kinds; of all that have none by default."""
    # Stored manifests tell neither where the command lay nor on which machine.
    with patch("sys.argv", ["pdmodel"]), patch("platform.platform", platform.system):
        for kind in kinds or VERBS:
            with tempfile.TemporaryDirectory() as name, at_work(Path(name)):
                _make(kind, VERBS[kind])


def _make(kind: str, verb: Verb) -> None:
    compared = folder_of("comparison", "finished")
    if compared.is_dir():
        shutil.copytree(compared, COMPARED)
    whole, half = folder_of(kind, "finished"), folder_of(kind, "unfinished")
    if kind not in WITHIN and not whole.exists():
        verb.make(Path("finished"), None)
        _keep(Path("finished"), whole)
    if verb.halves and not half.exists():
        verb.interrupt(Path("unfinished"))
        _keep(Path("unfinished"), half)


def _keep(made: Path, place: Path) -> None:
    """Copy a folder without its figures and lock, and without the courses of fits within."""
    shutil.copytree(made, place, ignore=shutil.ignore_patterns("figures", ".pdmodel.lock"))
    of_rivals = place.glob("*/*.nc") if (place / "rivals.json").is_file() else ()
    for courses in (*place.glob("hypotheses/*/fit/trajectories.nc"), *of_rivals):
        courses.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
