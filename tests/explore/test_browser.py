"""The page in a browser: what a hand does, and what it sees."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LABORATORY = """\
from tests.toys import one_compartment, rate_of_change

model = one_compartment()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a small model in a process of its own, as the command does."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "lab.py").write_text(LABORATORY)
    root = Path(__file__).parents[2]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from pdmodel.cli import main; main()"
    command = [sys.executable, "-c", code, "explore", "lab.py", "--no-browser"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        match = re.search(r"http://\S+", server.stdout.readline())
        assert match is not None
        yield match[0]
        server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a browser that knows no host but this machine."""
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", ALONE]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """Return the page with its first answer; nothing it asks may go elsewhere or fail."""
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", lambda r: faults.append(r.url) if not r.url.startswith(address) else None)
    open_view(opened, address)
    yield opened
    opened.close()
    assert [fault for fault in faults if not fault.startswith(("data:", "blob:"))] == []


def open_view(page: Any, address: str) -> None:
    """Load an address and wait for the first answer."""
    page.goto(address)
    page.wait_for_selector("#lag:not(:empty)", timeout=120_000)


def settled(page: Any) -> list[str]:
    """Return what stands over the plots when the last question is answered."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(150)
    keys: list[str] = page.locator(".card .key").all_inner_texts()
    return keys


def test_a_slider_moves_the_curves_and_undo_brings_them_back(page: Any) -> None:
    """By keyboard; the number is in the table of changes, and gone after undo."""
    before = settled(page)
    page.fill("#search", "volume")
    slider = page.get_by_role("slider", name="Volume, slider")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    moved = settled(page)
    assert moved != before
    assert "volume" in page.locator("#changes").inner_text().lower()
    page.click("#undo")
    assert settled(page) == before
    assert "None: this is the model as it was loaded" in page.locator("#changes").inner_text()


def test_a_link_brings_the_same_numbers(page: Any, address: str) -> None:
    """Another schedule and a second patient come back from the address alone."""
    page.fill("#schedule", "20 mg iv every 7 days")
    page.get_by_role("button", name="Add a patient").click()
    before = settled(page)
    page.click("#link")
    page.wait_for_timeout(100)
    linked = page.url
    assert "#" in linked
    page.goto("about:blank")
    open_view(page, linked)
    assert settled(page) == before
    assert page.input_value("#schedule") == "20 mg iv every 7 days"


def test_a_schedule_that_cannot_be_read_is_said_beside_it(page: Any) -> None:
    """In words that quote it; the next one works."""
    page.fill("#schedule", "10 mg iv dayly")
    page.wait_for_selector(".wrong:not(:empty)")
    assert "cannot be read: 'iv dayly'" in page.locator(".wrong").first.inner_text()
    assert page.locator(".card.stale").count() > 0
    page.fill("#schedule", "10 mg iv daily")
    page.wait_for_selector(".card.stale", state="detached")
    assert page.locator(".wrong").first.inner_text() == ""


def test_what_leaves_the_page(page: Any) -> None:
    """Table, picture and drawing are files of their kind; the lines of Python are shown."""
    heads = {"#csv": b"patient,day,", "#png": b"\x89PNG", "#svg": b"<svg"}
    for button, head in heads.items():
        with page.expect_download() as saved:
            page.click(button)
        assert Path(saved.value.path()).read_bytes().startswith(head), button
    page.click("#python")
    page.wait_for_selector("dialog[open]")
    assert "pdmodel.load('lab.py')" in page.locator("dialog pre").inner_text()


def test_one_file_shows_the_same_and_moves_without_a_server(
    page: Any, browser: Any, tmp_path: Path
) -> None:
    """The page as it stands, saved and opened: the same numbers, which follow the dose slider."""
    page.fill("#schedule", "20 mg iv every 7 days")
    shown = settled(page)
    with page.expect_download() as saved:
        page.click("#file")
    saved.value.save_as(tmp_path / "sent.html")
    sent = browser.new_page()
    faults: list[str] = []
    sent.on("pageerror", lambda error: faults.append(str(error)))
    sent.on("request", lambda r: faults.append(r.url) if not r.url.startswith("data:") else None)
    sent.goto((tmp_path / "sent.html").as_uri())
    sent.wait_for_selector("#lag:not(:empty)")
    keys = sent.locator(".card .key").all_inner_texts()
    there = [float(key.split()[-1]) for key in shown[:-1]]
    assert [float(key.split()[-1]) for key in keys[:-1]] == pytest.approx(there, rel=1e-3)
    assert keys[-1] == shown[-1], "the processes that move a state"
    slider = sent.get_by_role("slider", name="Iv, slider")
    slider.focus()
    sent.keyboard.press("ArrowRight")
    sent.wait_for_timeout(150)
    assert sent.locator(".card .key").all_inner_texts() != keys
    sent.click("#undo")
    sent.wait_for_timeout(150)
    assert sent.locator(".card .key").all_inner_texts() == keys
    sent.close()
    assert faults == [(tmp_path / "sent.html").as_uri()]
