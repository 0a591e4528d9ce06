"""The dose strip shows what the regimen gives."""

from __future__ import annotations

from typing import Any

import pytest

from pdmodel.dosing import Dose, once, read_regimen
from pdmodel.plots import dose_strip
from pdmodel.plots.base.dose_strip import Spell, drug_rows, spells

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
