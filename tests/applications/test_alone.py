"""Installed beside another application or alone: the results of the first are the same bytes."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.applications.laboratory import OF_ARTHRITIS, page_text, words_in

ROOT = Path(__file__).parents[2]
TARGETS = ("il6_r_d7", "il6_nr_d7", "tnf_ratio", "tcell_r")
COMMANDS = (
    "list --hypotheses",
    "fit response --targets targets.csv --days 84 --free il6_induction --starts 1 --jobs 1"
    " --max-evaluations 3 --out fit --quiet",
    "trial run phase2 --patients 8 --out trial --quiet",
    "compare response reference null --starts 1 --patients 8 --jobs 1 --out compared --quiet",
    "report compared",
    "report fit",
)
SCRIPT = """
import functools
import os
import sys
from importlib import metadata
from pdmodel import hypotheses
from pdmodel.cli import run
from pdmodel.plots.base import figure
figure.DPI = 60
found = {entry.value for entry in metadata.entry_points(group="pdmodel.models")}
assert ("arthritis.models" in found) == (os.environ["HOW"] == "beside"), found
hypotheses.ComparisonSettings = functools.partial(
    hypotheses.ComparisonSettings, max_evaluations=3, refit_evaluations=1
)
for line in sys.argv[1:]:
    assert run(line.split()) == 0, line
"""


def _alone(folder: Path) -> Path:
    """Make an environment that has all that this one has, but no second application.

    Its packages are links to those that are installed here.
    """
    links = folder / "packages"
    links.mkdir()
    here = Path(str(importlib.metadata.distribution("numba").locate_file("")))
    for entry in here.iterdir():
        if "arthritis" not in entry.name and entry.name != "__pycache__":
            (links / entry.name).symlink_to(entry)
    venv.create(folder / "environment", with_pip=False)
    (site,) = (folder / "environment").rglob("site-packages")
    (site / "all.pth").write_text(f"{ROOT}\n{links}\n", "utf-8")
    return folder / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"


def _results(python: Path | str, how: str, folder: Path) -> dict[str, bytes]:
    """Run all commands in an environment, and return every file that they wrote."""
    folder.mkdir()
    rows = (ROOT / "fits/data/response.csv").read_text("utf-8").splitlines()
    chosen = [rows[0], *(row for row in rows if row.split(",")[0] in TARGETS)]
    (folder / "targets.csv").write_text("\n".join(chosen) + "\n", "utf-8")
    done = subprocess.run(
        [str(python), "-c", SCRIPT, *COMMANDS], cwd=folder, text=True, check=False,
        capture_output=True, env={**os.environ, "PYTHONPATH": "", "HOW": how},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {path: _timeless(path, content) for path, content in files.items()}


def _timeless(path: str, content: bytes) -> bytes:
    """Return a file; manifests and pages without how many seconds the work took."""
    if path.endswith(".html"):
        return re.sub(rb"(workers?), [0-9.]+ s\b", rb"\1", content)
    if path.endswith("manifest.json"):
        return re.sub(rb'"seconds": [0-9.e+-]+', b'"seconds": 0', content)
    return content


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files of both environments: beside the second application, and alone."""
    folder = tmp_path_factory.mktemp("environments")
    alone = _alone(folder)
    return _results(sys.executable, "beside", folder / "beside"), _results(
        alone, "alone", folder / "alone"
    )


def test_results_are_the_same_bytes(both: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    """Fit, trial, comparison, figures and pages do not know what else is installed."""
    beside, alone = both
    assert beside.keys() == alone.keys()
    assert {"fit/fit.json", "trial/table.csv", "compared/table.csv"} <= beside.keys()
    assert {"compared/report.html", "trial/figures/waterfall.png"} <= beside.keys()
    assert not [path for path in beside if beside[path] != alone[path]]


def test_nothing_of_arthritis_is_shown(both: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    """No word of the second application stands in tables, reports and pages of the first."""
    beside, _ = both
    shown = {}
    for path, content in beside.items():
        if path.endswith((".csv", ".txt", ".json")):
            shown[path] = words_in(content.decode("utf-8"), OF_ARTHRITIS)
    assert len(shown) > 15
    assert not {path: words for path, words in shown.items() if words}


def test_pages_show_nothing_of_arthritis(
    both: tuple[dict[str, bytes], dict[str, bytes]], tmp_path: Path
) -> None:
    """Nor in what the pages say."""
    beside, _ = both
    for name in ("compared/report.html", "fit/report.html"):
        page = tmp_path / "page.html"
        page.write_bytes(beside[name])
        assert words_in(page_text(page), OF_ARTHRITIS) == []
