"""The pages are true: their commands exist, their links lead somewhere, the shortest one runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from docs.checks.blocks import blocks_of, pages, run
from docs.extensions.api_pages import ROOMS, public_names
from pdmodel.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = list(pages())
HOW_TO = ROOT / "docs" / "howto"


def commands_of(text: str) -> list[list[str]]:
    """Return the words of every command in a block of a terminal."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("pdmodel ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_exist(page: Path) -> None:
    """Each verb and option that a page prints is one of the command line."""
    verbs: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    for _, verb, *words in commands_of(page.read_text("utf-8")):
        chosen = verbs[verb]
        if hasattr(chosen, "commands"):
            chosen = chosen.commands[words[0]]
        options = {o for p in chosen.params for o in (*p.opts, *p.secondary_opts)}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= options, (verb, words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Files that a page links to are there, also where nobody built the site.

    Pictures are looked for when the site is built: one that is missing fails it.
    """
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)", text)]
    own = [link for link in links if link and "://" not in link]
    assert [link for link in own if not (page.parent / link).exists()] == []


def test_every_page_has_its_place() -> None:
    """Each page of the folder stands in a list of pages, each entry of a list is a page."""
    listed = set()
    for page in PAGES:
        for block in re.findall(
            r"^```\{toctree\}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S
        ):
            for line in block.splitlines():
                name = re.sub(r".*<(.*)>", r"\1", line.strip())
                if name and not name.startswith(":"):
                    listed.add((page.parent / name).resolve())
    docs = {page.with_suffix("") for page in PAGES if page.parent != ROOT}
    docs -= {ROOT / "docs" / "index"}
    assert {name for name in listed if "made" not in name.parts} == docs


def test_how_to_pages_show_code() -> None:
    """Every question gets an answer that can be run, and says what comes next or how to send it."""
    questions = [page for page in PAGES if page.parent == HOW_TO and page.stem != "index"]
    assert len(questions) >= 9
    for page in questions:
        text = page.read_text("utf-8")
        assert blocks_of(page) or commands_of(text), page
        assert len(text.splitlines()) < 130, page


def test_a_model_of_ones_own_runs_as_it_stands() -> None:
    """The page that others build on; `make docs-check` runs all of them."""
    assert run(HOW_TO / "own_model.md") == ""


def test_a_page_that_fails_says_which_block(tmp_path: Path) -> None:
    """Later blocks know earlier names, and a block that stops is named."""
    page = tmp_path / "page.md"
    page.write_text("```python\na = 1\n```\n\n```python\nassert a == 2\n```\n", "utf-8")
    assert "page.md, block 2" in run(page)


def test_every_room_has_its_names() -> None:
    """The interface lists every public name once, in the room that one imports it from."""
    entries = public_names()
    assert {entry.room for entry in entries} == set(ROOMS)
    names = [f"{entry.room}.{entry.name}" for entry in entries]
    assert len(names) == len(set(names)) > 180
    assert [entry for entry in entries if entry.kind != "data" and not entry.summary] == []
