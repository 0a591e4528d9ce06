"""What hands do to the plots: two states compared, measured values beside, two hands at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pdmodel import catalogue
from pdmodel.model import Model
from tests.explore.page.conftest import LABORATORY, open_view, settled
from tests.explore.soak.checking import faults_of


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return the model of the laboratory."""
    file = tmp_path_factory.mktemp("hands") / "lab.py"
    file.write_text(LABORATORY)
    return catalogue.load(str(file))


def numbers(page: Any) -> list[float]:
    """Return the values at the end that stand over the first plot."""
    words = settled(page)[0]
    return [float(word) for word in words.split() if re.fullmatch(r"-?[\d.]+(e-?\d+)?", word)]


def test_two_states_and_their_difference(page: Any) -> None:
    """A is what was pinned, B what is now; their difference is B - A, their ratio B over A."""
    before = numbers(page)
    page.click("#pin")
    page.fill("#schedule", "20 mg iv daily")
    now = numbers(page)
    page.get_by_label("A, pinned").check()
    assert numbers(page) == before
    page.get_by_label("B − A").check()
    assert numbers(page) == pytest.approx(
        [b - a for a, b in zip(before, now, strict=True)], rel=0.02
    )
    scale = page.locator(".scales button").first
    scale.click()
    assert numbers(page) == pytest.approx(
        [b / a for a, b in zip(before, now, strict=True)], rel=0.02
    )
    page.get_by_label("B, now").check()
    assert numbers(page) == now
    page.click("#pin")
    assert page.locator("#compared").is_hidden()


def test_a_pinned_state_follows_to_other_quantities(page: Any) -> None:
    """A quantity that was not drawn when it was pinned is asked for then."""
    page.click("#pin")
    page.locator(".card select").first.select_option("gut")
    page.fill("#schedule", "10 mg oral daily")
    settled(page)
    page.get_by_label("A, pinned").check()
    assert numbers(page) == [0, 0], "nothing comes into the gut by vein"


def test_measured_values_stand_on_the_plots(page: Any) -> None:
    """Beside the patient of the same name; others are counted; in the drawing and the file too."""
    first = page.locator(".card").first
    assert first.locator("select").input_value() == "concentration"
    assert first.locator(".key svg.mark").count() == 2
    assert "measured in stranger" in first.locator(".key").inner_text()
    with page.expect_download() as saved:
        page.click("#svg")
    drawing = Path(saved.value.path()).read_text("utf-8")
    assert len(re.findall(r'<path d="M[^"]*" fill="none" stroke="(#[^"]+)"/>', drawing)) >= 3
    with page.expect_download() as saved:
        page.click("#file")
    assert '"subject":"thin","days":[1.0,3.0]' in Path(saved.value.path()).read_text("utf-8")


def test_two_browsers_drag_at_once(browser: Any, address: str, model: Model) -> None:
    """Each gets the answers to its own questions, every one that of `simulate`."""
    replies: list[tuple[dict[str, Any], Any]] = []
    pages = [browser.new_context().new_page() for _ in range(2)]
    for page in pages:
        open_view(page, address)
        page.on("response", lambda r: replies.append((json.loads(r.request.post_data), r.json())))
    sliders = [pages[0].locator(".field[data-dose] input[type=range]").first,
               pages[1].locator(".field[title^='k:'] input[type=range]").first]  # fmt: skip
    boxes = []
    for page, slider in zip(pages, sliders, strict=True):
        slider.scroll_into_view_if_needed()
        boxes.append(slider.bounding_box())
        page.mouse.move(boxes[-1]["x"] + 20, boxes[-1]["y"] + 5)
        page.mouse.down()
    for step in range(15):
        for page, box in zip(pages, boxes, strict=True):
            page.mouse.move(box["x"] + 20 + 3 * step, box["y"] + 5)
    for page in pages:
        settled(page)
        page.context.close()
    assert len(replies) >= 8
    schedules = {view["schedule"] for view, _ in replies}
    assert len(schedules) > 2, "one of them drags the dose"
    for view, answer in replies:
        assert faults_of(model, view, 200, answer) == []
