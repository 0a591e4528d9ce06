"""The tutorial is true: its commands run one after the other, and print what the page quotes."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pdmodel.cli import run

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|python|text)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def words_of(text: str) -> str:
    """Return a text on one line, blanks counted once, without the rules of tables."""
    return " ".join(text.replace("─", " ").split())


def printed_by(kind: str, block: str) -> str:
    """Return what a block prints; a file that it names in its first line is written."""
    if kind == "python" and (named := re.match(r"# (\w+\.py)\n", block)):
        Path(named[1]).write_text(block, "utf-8")
        return ""
    if kind == "python":
        return _started([sys.executable, "-c", block])
    printed = io.StringIO()
    for line in block.splitlines():
        words = shlex.split(line)
        if words[0] != "pdmodel":
            printed.write(_started(["sh", "-c", line]))
            continue
        with contextlib.redirect_stdout(printed):
            assert run(words[1:]) == 0, line
    return printed.getvalue()


def _started(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_block_runs_and_prints_what_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an empty folder on; each quoted line stands in what the blocks before it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    printed = ""
    for before, (kind, block) in zip([("", ""), *BLOCKS], BLOCKS, strict=False):
        if kind != "text":
            printed = printed_by(kind, block)
            continue
        assert before[0] != "text"
        for line in block.splitlines():
            assert words_of(line) in words_of(printed), line
    assert (tmp_path / "results" / "decided" / "report.html").is_file()


def test_the_page_goes_from_an_empty_folder_to_a_report() -> None:
    """All verbs of that way are on it, and its quotes are many enough to mean something."""
    verbs = re.findall(r"^pdmodel (\w+)", TEXT, re.MULTILINE)
    way = ["new", "check", "show", "simulate", "fit", "trial", "compare", "discriminate", "report"]
    assert [verb for verb in dict.fromkeys(verbs)] == way
    assert sum(kind == "text" for kind, _ in BLOCKS) >= 9


def test_it_explains_the_words_that_it_uses() -> None:
    """The words in bold are those of the glossary."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    bold = {word.rstrip("s") for word in re.findall(r"\*\*(\w+)\*\*", TEXT)}
    assert {"slot", "mechanism", "rival", "target", "difference", "verdict"} <= bold
    known = set(re.findall(r"^\| ([\w ]+)", glossary, re.MULTILINE))
    assert {word for word in bold if word not in {name.strip() for name in known}} == set()


def test_links_lead_somewhere() -> None:
    """Pages that it links to are there."""
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", TEXT)]
    assert len(links) > 5
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_its_table_is_that_of_the_template() -> None:
    """Targets that it shows are rows of the table that is written."""
    table = (ROOT / "pdmodel/templates/indirect-response/targets.csv").read_text("utf-8")
    rows = [line.split(",") for line in table.splitlines()]
    kept = [
        rows[0].index(name)
        for name in ("id", "group", "observable", "kind", "day", "low", "high", "meaning")
    ]
    shown = re.findall(r"^\| (\w+ \| .*fold_change.*|\w+ \| .*ratio.*) \|$", TEXT, re.MULTILINE)
    written = {" | ".join(row[column] for column in kept) for row in rows[1:]}
    assert len(shown) == 4
    assert {line.replace("|  |", "| |") for line in shown} <= {
        line.replace("|  |", "| |") for line in written
    }
