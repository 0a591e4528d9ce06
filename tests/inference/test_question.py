"""A question names what it asks, and leaves the rest to its table."""

from __future__ import annotations

import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.inference import Panel, Question
from tests.inference.conftest import short_targets

ASKED = {"model": "reference", "targets": short_targets(), "regimen": "no drug"}


@pytest.mark.parametrize("left_out", list(ASKED))
def test_a_question_without_model_targets_or_regimen_is_refused(left_out: str) -> None:
    """No disease is asked by default; the message names the question and what to give."""
    given = {key: value for key, value in ASKED.items() if key != left_out}
    asked = Question("mine", "?", **given)
    with pytest.raises(InputError, match=f"question 'mine' has no {left_out}: give"):
        asked.problem()
    assert asked.problem(**{left_out: ASKED[left_out]}).days == 7


def test_nothing_differs_and_nothing_is_compared_by_default() -> None:
    """Differing parameters and the null model are declared; days come from the targets."""
    problem = Question("mine", "?", **ASKED).problem()
    assert (problem.differ, problem.null, problem.days) == ((), None, 7.0)
    with pytest.raises(InputError, match="days of question 'mine' must be a number > 0"):
        Question("mine", "?", **ASKED, days=-1).problem()


def test_groups_are_declared_in_order_unless_the_table_is_another() -> None:
    """Another table may speak of other groups."""
    asked = Question("mine", "?", **ASKED, groups=("responder", "nonresponder"))
    assert list(asked.problem().groups) == ["responder", "nonresponder"]
    assert list(asked.problem(targets=short_targets()[:1]).groups) == ["nonresponder"]


def test_panels_go_with_the_problem_and_are_checked_where_they_are_declared() -> None:
    """They are presentation: a wrong one is refused, and none changes what is fitted."""
    panel = Panel("il6", "Interleukin-6", relative=True)
    assert Question("mine", "?", **ASKED, panels=(panel,)).problem().panels == (panel,)
    with pytest.raises(UnknownNameError, match=r"groups of the panel of 'il6': 'par'.*'pair'"):
        Panel("il6", groups="par")
    with pytest.raises(InputError, match="needs an observable"):
        Panel("")
    with pytest.raises(InputError, match="title of a panel is text, got 3"):
        Panel("il6", 3)  # type: ignore[arg-type]
