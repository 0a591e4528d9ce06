"""What notebooks show of a regimen: its words and a strip of doses."""

import re

import pytest

from pdmodel.dosing import Dose, Regimen, every, no_drug, read_regimen
from tests.notebook_cards import sound_card

PACK = "10 mg daily + pack 24-20-16-12-8-4 mg methylprednisolone in 2 doses after 1.5 days"


def bars(html: str) -> list[tuple[float, ...]]:
    """Return left edge, width and height of each bar."""
    found = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"', html)
    return [tuple(map(float, bar)) for bar in found]


def test_two_cycles_of_a_regimen_without_end() -> None:
    """Three weeks of four are three quarters of the strip, twice, equally high."""
    html = sound_card(read_regimen("25 mg days 1-21 of 28"))
    assert "25 mg a day" in html
    assert "day 56" in html
    (first, width, height), (second, *same) = bars(html)
    assert [width, height] == same
    assert width == pytest.approx(480 * 21 / 56)
    assert second - first == pytest.approx(480 * 28 / 56)


def test_a_row_a_drug() -> None:
    """The pack falls from day to day, below the main drug."""
    html = sound_card(read_regimen(PACK))
    heights = [height for *_, height in bars(html)]
    assert len(heights) == 7
    assert heights[1:] == sorted(heights[1:], reverse=True)
    assert "methylprednisolone" in html


def test_single_doses_are_as_high_as_their_amount() -> None:
    """A dose a fortnight is a line, not a bar of a day."""
    html = sound_card(read_regimen("10 mg days 1-1 of 14"))
    assert "10 mg a dose" in html
    assert {width for _, width, _ in bars(html)} == {1.5}


def test_strips_stay_small() -> None:
    """Nothing has no strip; a strip of a thousand different doses ends where it is full."""
    assert "<svg" not in sound_card(no_drug())
    many = Regimen(doses=tuple(Dose(float(n), "a<b", 1.0 + n) for n in range(1000)))
    html = sound_card(many)
    assert 100 < len(bars(html)) <= 250
    assert "a&lt;b" in html
    assert repr(many) == "<Regimen own doses>"
    assert bars(sound_card(every(1 / 24, 1.0)))
