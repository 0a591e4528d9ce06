"""The page of the figures is written by what measured them, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engines import OURS, PEER
from benchmarks.page import ROOT, write_page
from benchmarks.problem import Result

MARK = "<!-- performance: written by python -m benchmarks --write-page -->"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project whose page and README have something old between their marks."""
    (tmp_path / "docs").mkdir()
    for name in ("docs/performance.md", "README.md"):
        text = f"before\n{MARK}\nold\n<!-- end -->\nafter\n<!-- end -->\n"
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def report() -> Result:
    """Return what a run tells, in short."""
    rows = {OURS: {"ms": 5.0, "error": 9e-6, "trajectories": 3.0}, PEER: {"ms": 50.0}}
    names = ("trajectory", "cohort_1000", "trial_1000", "fit_12", "sensitivities_20")
    growth = {"states": {str(n): {OURS: {"ms": 1.0 * n}, PEER: {"ms": 9.0 * n}} for n in (8, 64)}}
    return {
        "workloads": dict.fromkeys(names, rows), "failed": {"memory": "OSError: full"},
        "growth": growth, "targets": [], "notes": {"Myokit": "needs a compiler"},
        "machine": {"processor": "P", "processors": 2, "system": "S", "python": "3", "load": 9.0},
        "versions": {"numpy": "2"}, "date": "2026-11-27", "minutes": 12.0,
    }  # fmt: skip


def test_figures_stand_between_the_marks(project: Path) -> None:
    """Tables, failures and engines on the page; one sentence in the README; the growth is drawn."""
    written = write_page(report(), project)
    page, readme = (
        (project / name).read_text("utf-8") for name in ("docs/performance.md", "README.md")
    )
    assert [path.name for path in written] == ["performance.md", "README.md", "performance.png"]
    assert page.startswith(f"before\n{MARK}\nMeasured on 2026-11-27 with 2 processors (P)")
    assert page.endswith("<!-- end -->\nafter\n<!-- end -->\n")
    assert "| pdmodel | 5 | 0.100 | 9e-06 |  | trajectories 3 |" in page
    assert "| Myokit | needs a compiler |" in page
    assert "`memory` failed: OSError: full" in page
    assert "**The machine was busy with other work**: 9.0 tasks" in page
    assert "old" not in page + readme
    assert "one trajectory takes 0.1, 1,000 patients 0.1" in readme
    again = write_page(report(), project)
    assert again == written
    assert page == (project / "docs" / "performance.md").read_text("utf-8")


def test_a_run_of_some_workloads_leaves_the_sentence(project: Path) -> None:
    """The README tells of a whole run only."""
    some = report()
    some["workloads"] = {"trajectory": some["workloads"]["trajectory"]}
    some["growth"] = {}
    assert [path.name for path in write_page(some, project)] == ["performance.md"]
    assert "old" in (project / "README.md").read_text("utf-8")


def test_a_page_without_marks_is_refused(project: Path) -> None:
    """Nothing is written where it would not be found again."""
    (project / "docs" / "performance.md").write_text("nothing here\n", "utf-8")
    with pytest.raises(SystemExit, match=r"performance\.md has 0 marks"):
        write_page(report(), project)


def test_the_page_and_the_readme_have_their_marks() -> None:
    """What is committed can be written to."""
    for name in ("docs/performance.md", "README.md"):
        assert (ROOT / name).read_text("utf-8").count(MARK) == 1
