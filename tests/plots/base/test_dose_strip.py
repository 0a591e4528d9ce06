"""The dose strip shows what the regimen gives."""

from __future__ import annotations

from typing import Any

import pytest

from pdmodel.dosing import Dose, Regimen, once, read_regimen
from pdmodel.dosing.regimen.spells import Spell, spells
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.plots import dose_strip
from pdmodel.plots.base.dose_strip import Strip, draw_strips, drug_rows

PACK = "10 mg daily + pack 24-20-16-12-8-4 mg methylprednisolone in 2 doses after 1.5 days"


def test_one_labelled_row_for_each_drug() -> None:
    """The main drug is named by the caller; the first drug stands on top."""
    strip: Any = dose_strip(PACK, 28, drug="lenalidomide")
    labels = [text.get_text() for text in strip.get_yticklabels()]
    assert labels == ["lenalidomide\n10 mg/day", "methylprednisolone\n4–24 mg/day"]
    heights = strip.get_yticks()
    assert heights[0] > heights[1]
    assert next(iter(drug_rows("10 mg daily", 3))) == "drug"


def test_bars_are_the_spells_of_the_regimen() -> None:
    """Each bar covers the days of its amount; its height is its share of the largest."""
    strip: Any = dose_strip("ramp 5-10 mg every 28 days", 84)
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in strip.patches]
    assert [(x, width) for x, width, _ in bars] == [(0, 28), (28, 56)]
    assert bars[0][2] / bars[1][2] == pytest.approx(0.5)


def test_divided_doses_keep_their_daily_amount() -> None:
    """A pack in two doses a day is as high as one in single doses."""
    doses = drug_rows(PACK, 28)["methylprednisolone"]
    assert [spell.rate for spell in spells(doses, 28)] == [24, 20, 16, 12, 8, 4]
    assert spells(doses, 28)[0] == Spell(1.5, 2.5, 24)


def test_amount_under_the_strip_is_the_amount_prescribed() -> None:
    """Area of the bars, in mg, is what the regimen prescribes."""
    regimen = read_regimen("25 mg days 1-21 of 28")
    found = spells(drug_rows(regimen, 84)["drug"], 84)
    area = sum((spell.end - spell.start) * spell.rate for spell in found)
    assert area == pytest.approx(regimen.prescribed(84)[""])


def test_infusions_last_as_long_as_they_do() -> None:
    """A dose with a duration is drawn over it."""
    doses = once(Dose(2.0, "drug", 10.0, duration=0.25)).unroll(7)
    assert spells(doses, 7) == [Spell(2.0, 2.25, 40.0)]


def test_no_drug_is_said() -> None:
    """An empty strip has no bar and a label."""
    strip: Any = dose_strip("no drug", 28)
    assert not strip.patches
    assert [text.get_text() for text in strip.get_yticklabels()] == ["no drug"]


def test_spells_of_short_days_are_not_joined_over_their_gaps() -> None:
    """Two infusions of a tenth of a second, with as long a pause between them, are two."""
    doses = [Dose(time, "", 5.0, duration=1e-7) for time in (0, 2e-7, 3e-7)]
    assert [spell.start for spell in spells(doses, 1e-6)] == [0, 2e-7]


def test_doses_more_than_a_day_apart_are_single_ones() -> None:
    """An injection every two weeks is so much a dose, at its days, and nothing a day."""
    strip: Any = dose_strip("40 mg days 1-1 of 14", 84, drug="antibody")
    assert [text.get_text() for text in strip.get_yticklabels()] == ["antibody\n40 mg a dose"]
    assert not strip.patches
    (lines,) = strip.collections
    assert [segment[0][0] for segment in lines.get_segments()] == [0, 14, 28, 42, 56, 70]


def test_the_height_of_a_single_dose_is_its_amount() -> None:
    """A first dose of twice the amount is twice as high; the label gives both."""
    doses = Regimen(
        doses=tuple(Dose(day, "a", mg) for day, mg in ((0, 80.0), (7, 40.0), (21, 40.0)))
    )
    strip: Any = dose_strip(doses, 28)
    heights = [top - bottom for (_, bottom), (_, top) in strip.collections[0].get_segments()]
    assert heights == pytest.approx([heights[0], heights[0] / 2, heights[0] / 2])
    assert strip.get_yticklabels()[0].get_text() == "a\n40–80 mg a dose"


def test_an_infusion_of_days_is_no_single_dose() -> None:
    """What runs in over a day or more has a rate."""
    strip: Any = dose_strip(once(Dose(0.0, "a", 70.0, duration=7.0)), 28)
    assert strip.get_yticklabels()[0].get_text() == "a\n10 mg/day"


def test_time_is_read_in_the_unit_that_is_asked_for() -> None:
    """Data stay in days; a short run is read in hours, a long one in weeks if somebody asks."""
    short: Any = dose_strip("10 mg daily", 2)
    assert short.get_xlabel() == "Time on treatment (hours)"
    assert [text.get_text() for text in short.get_xticklabels()] == ["0", "12", "24", "36", "48"]
    assert list(short.get_xticks()) == [0, 0.5, 1, 1.5, 2]
    weeks: Any = dose_strip("10 mg daily", 84, time_unit="week")
    assert weeks.get_xlabel() == "Time on treatment (weeks)"
    assert list(weeks.get_xticks()) == [0, 14, 28, 42, 56, 70, 84]
    with pytest.raises(UnknownNameError, match=r"unit of time 'weak'.*did you mean 'week'"):
        dose_strip("10 mg daily", 84, time_unit="weak")


def heights(strip: Any) -> list[float]:
    """Return how high the bars of a strip are."""
    return [bar.get_height() for bar in strip.patches]


def test_doses_of_one_drug_share_their_scale() -> None:
    """Of two regimens that differ in the dose alone, the bars of the larger are as much higher."""
    strips = [Strip("5 mg daily", "a", "low"), Strip("20 mg daily", "a", "high")]
    low, high = heights(draw_strips(strips, 28))
    assert high == pytest.approx(4 * low)
    assert heights(draw_strips(strips[:1], 28)) == pytest.approx([high])
    assert heights(draw_strips(strips[:1], 28, among=strips)) == pytest.approx([low])


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_a_strip_has_a_length(days: float) -> None:
    """An axis of no days would have no end."""
    with pytest.raises(InputError, match="days must be a number > 0"):
        dose_strip("10 mg daily", days)
