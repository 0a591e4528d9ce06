"""The page in a browser: what a hand does, and what it sees."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.explore.page.conftest import open_view, settled


def test_a_slider_moves_the_curves_and_undo_brings_them_back(page: Any) -> None:
    """By keyboard; the number is in the table of changes, and gone after undo."""
    before = settled(page)
    page.fill("#search", "volume")
    slider = page.locator("nav .field[title^='volume:'] input[type=range]").last
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


def ends(keys: list[str]) -> list[float]:
    """Return the values at the end of curves."""
    return [
        float(word) for word in " ".join(keys).split() if re.fullmatch(r"[\d.]+(e-?\d+)?", word)
    ]


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
    assert ends(keys[:-1]) == pytest.approx(ends(shown[:-1]), rel=1e-3)
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
