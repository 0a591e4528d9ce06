"""Cases that long runs have found, each with its own argument for what is right."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from pdmodel.engine import simulate
from pdmodel.engine.runs import with_triggers
from pdmodel.engine.schedule.triggers import watches
from tests.differential import triggers
from tests.differential.asking import ask, make_case
from tests.differential.cases import ALLOWED, Apart

ON_A_PLATEAU, NEARLY_AT_REST, STEEP = (2129, 1685), (2129, 4685), (2026, 13)


def asked_again(place: tuple[int, int]) -> triggers.Firing:
    """Ask for the trigger of a case."""
    return triggers.fire(make_case(*place)[1])


def test_a_level_on_a_plateau_may_be_passed_or_not() -> None:
    """An area comes to rest at 5.56/12.97, 3e-15 of itself above the level that is asked for.

    The exact course passes it on day 2.84, the reference, whose roundings are larger, with the
    next dose on day 5.25; the engine is anywhere between.
    """
    firing = asked_again(ON_A_PLATEAU)
    plateau = mpmath.mpf("5.56") / mpmath.mpf("12.97")
    assert 0 < plateau - mpmath.mpf(firing.condition.level) < 1e-14 * plateau
    assert ask(*ON_A_PLATEAU).verdict == "agrees"
    for moment, words in (([0.5], "is still"), ([5.4], "is past"), ([], "is past")):
        with pytest.raises(Apart, match=words):
            triggers.check_firing(firing.case, firing.condition, moment)


def test_a_moment_is_as_exact_as_the_slope_there_lets_it_be() -> None:
    """What comes to rest passes the level at 8e-6 a day: its exact moment is an integral.

    The engine's is 1.4e-6 days from it, which is 1e-11 of the state and a two-thousandth of
    `rtol`; the dose that is given then moves the state by more than the reference allows.
    """
    firing = asked_again(NEARLY_AT_REST)
    drawn = firing.case.drawn
    loss, gain = mpmath.mpf(str(drawn.values["p0"])), mpmath.mpf(str(drawn.values["p3"]))
    level, start = mpmath.mpf(firing.condition.level), mpmath.mpf("1.097") + mpmath.mpf("1.14")
    exact = mpmath.quad(
        lambda a: 1 / (loss * a**1.5 - gain), [level, 1.000001 * level, 1.001 * level, 0.1, start]
    )
    slope = loss * level**1.5 - gain
    assert firing.given is not None
    assert abs(firing.given - exact) * slope < firing.case.rtol * level
    assert ask(*NEARLY_AT_REST).verdict == "agrees"


def test_a_moment_that_is_wrong_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the level is passed steeply, an engine whose moment is off by 1e-4 days is a mismatch.

    The engine is given another threshold than was asked for, the height of the course 1e-4 days
    later: it gives its dose then, and says so.
    """
    case = make_case(*STEEP)[1]
    firing = asked_again(STEEP)
    assert ask(*STEEP).verdict == "agrees"
    assert firing.given is not None
    later = np.array([firing.given, firing.given + 1e-4])
    name = case.drawn.states[firing.condition.place].name
    run = simulate(case.model, case.course.timetable, **{**case.asked, "times": later})
    steep = float(np.ptp(run[name].values))
    assert steep > ALLOWED * case.rtol * float(case.tell().largest[firing.condition.place])

    def moved(asked: Any) -> Any:
        records = watches(asked)
        records["threshold"] += records["sign"] * steep
        return records

    monkeypatch.setattr(with_triggers, "watches", moved)
    answer = ask(*STEEP)
    assert answer.verdict == "mismatch"
    assert "the reference is past the threshold" in answer.words
