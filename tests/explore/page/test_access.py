"""The page for everybody: no serious fault that axe-core knows, and all of it by keyboard."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from tests.explore.page.conftest import open_view, settled

SERIOUS = ("serious", "critical")
CHECK = """async () => (await axe.run()).violations.map((each) =>
  [each.impact, each.id, each.nodes.map((node) => node.html.slice(0, 120)).join(" | ")])"""


def faults(page: Any) -> list[str]:
    """Return what axe-core finds serious."""
    axe = pytest.importorskip("axe_playwright_python")
    page.evaluate((resources.files(axe) / "axe.min.js").read_text("utf-8"))
    return [f"{rule}: {where}" for impact, rule, where in page.evaluate(CHECK) if impact in SERIOUS]


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_axe_finds_no_serious_fault(page: Any, address: str, shade: str) -> None:
    """As loaded; then with a pinned state, a swapped mechanism, a target opened and an error."""
    page.emulate_media(color_scheme=shade)
    open_view(page, address)
    settled(page)
    assert faults(page) == []
    page.click("#pin")
    page.select_option("#slot-exposure", "quick")
    page.locator(".target").first.click()
    settled(page)
    page.fill("#schedule", "10 mg iv dayly")
    page.wait_for_selector(".wrong:not(:empty)")
    assert faults(page) == []
    page.click("#python")
    page.wait_for_selector("dialog[open]")
    assert faults(page) == []


def reach(page: Any, selector: str, key: str = "Tab") -> None:
    """Press a key until what is looked for has the focus."""
    for _ in range(200):
        if page.evaluate("(it) => document.activeElement?.matches(it) ?? false", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not get to {selector}")


def test_everything_by_keyboard(page: Any) -> None:
    """Pin, schedule, slider, mechanism, a plot looked at closer, a target opened, undo."""
    before = settled(page)
    reach(page, "#pin")
    page.keyboard.press("Enter")
    reach(page, "#schedule")
    page.keyboard.press("Control+a")
    page.keyboard.type("20 mg iv daily")
    assert settled(page) != before
    reach(page, ".field[data-dose] input[type=range]")
    page.keyboard.press("ArrowRight")
    settled(page)
    assert page.input_value("#schedule") != "20 mg iv daily"
    reach(page, "#slot-exposure")
    page.keyboard.press("ArrowDown")
    settled(page)
    assert page.input_value("#slot-exposure") == "quick"
    assert page.evaluate("document.activeElement.id") == "slot-exposure", "the focus stays"
    reach(page, "#compared input")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "A"
    assert settled(page) == before
    page.keyboard.press("ArrowLeft")
    assert settled(page) != before
    reach(page, ".card [role=group]")
    whole = days_shown(page)
    page.keyboard.press("+")
    page.wait_for_timeout(100)
    closer = days_shown(page)
    assert closer[1] - closer[0] < whole[1] - whole[0]
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert days_shown(page) == whole
    reach(page, ".target")
    page.keyboard.press("Enter")
    assert page.locator(".target").first.get_attribute("aria-expanded") == "true"
    for _ in range(8):
        page.keyboard.press("Control+z")
    assert settled(page) == before


def days_shown(page: Any) -> list[float]:
    """Return the first and the last day that the first plot shows, of its own labels' places."""
    shown: list[float] = page.evaluate(
        "() => import('/page/panel.js').then((panel) => panel.daysShown())"
    )
    return shown


def test_read_at_the_sizes_of_a_tablet_and_a_small_screen(page: Any) -> None:
    """Nothing is wider than the page, and every button can be hit."""
    for width, height in ((1024, 768), (1280, 720), (768, 1024)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in page.locator("header .buttons button").all():
            box = button.bounding_box()
            assert box["x"] + box["width"] <= width, button.inner_text()
