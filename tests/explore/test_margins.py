"""Which numbers would bring a target into its range."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.explore.view import read_view
from tests.explore.toy_pages import decay_page, decay_view, reference_page, viewed


def value_of(target: str, **changes: Any) -> float:
    """Return the value of a target in an answer."""
    rows = {row["id"]: row for row in reference_page().answer(viewed(**changes))["targets"]}
    return float(rows[target]["value"])


def test_slopes_are_those_of_the_answers() -> None:
    """d log value / d log parameter against central differences of what the page shows."""
    target = next(
        t.id for t in reference_page().question.problem(reference_page().model).targets  # type: ignore[union-attr]
        if t.observable == "il6" and t.group == "nonresponder"
    )  # fmt: skip
    rows = reference_page().margins(viewed(), target)
    assert [abs(row["slope"]) for row in rows] == sorted(
        (abs(row["slope"]) for row in rows), reverse=True
    )
    assert all(row["factor"] is None for row in rows)  # it is met
    defaults = reference_page().model.defaults
    shared = [row for row in rows if not row["group"] and row["name"] != "tone"][:3]
    assert len(shared) == 3
    for row in shared:
        name, step = row["name"], 0.01
        above, below = (
            value_of(target, values={name: defaults[name] * math.exp(shift)})
            for shift in (step, -step)
        )
        slope = (math.log(above) - math.log(below)) / (2 * step)
        assert row["slope"] == pytest.approx(slope, rel=0.03, abs=0.003), name


def test_a_factor_moves_a_missed_target_towards_its_range() -> None:
    """The number times the factor brings the value nearer to the bound than it was."""
    moved = {"tolerance_tnf": 25.0}
    answer = reference_page().answer(viewed(values=moved))
    missed = next(row for row in answer["targets"] if not row["met"] and row["value"])
    question = reference_page().question
    assert question is not None
    target = next(
        t for t in question.problem(reference_page().model).targets if t.id == missed["id"]
    )
    bound = target.low if missed["value"] < target.low else target.high
    rows = reference_page().margins(viewed(values=moved), missed["id"])
    cures = [row for row in rows if row["factor"] is not None and not row["group"]]
    assert cures
    name, factor = cures[0]["name"], cures[0]["factor"]
    value = {**reference_page().model.defaults, **moved}[name] * factor
    after = value_of(missed["id"], values={**moved, name: value})
    assert abs(after - bound) < abs(missed["value"] - bound)


def test_what_has_no_margins_is_said() -> None:
    """An unknown target, and a model without any."""
    with pytest.raises(UnknownNameError, match="unknown target 'none'"):
        reference_page().margins(viewed(), "none")
    with pytest.raises(InputError, match="no targets"):
        decay_page().margins(read_view(decay_view(), decay_page().model), "a")
