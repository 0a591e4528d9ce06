"""Events, algebraic rules and whole parts of a file run as they mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pdmodel
from pdmodel.interchange import read_sbml
from tests.interchange.roadrunner_run import roadrunner_values
from tests.interchange.sbml_reading.written_files import (
    DECAY,
    GROWING_VOLUME,
    TIME,
    apply,
    document,
    maths,
    parameter,
    written,
)

TIMES = np.linspace(0, 6, 13)


def event(name: str, when: str, assign: dict[str, str], more: str = "") -> str:
    """Return the list of one event of Level 3."""
    assignments = "".join(
        f'<eventAssignment variable="{target}">{maths(value)}</eventAssignment>'
        for target, value in assign.items()
    )
    return (
        f'<listOfEvents><event id="{name}" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="true" persistent="true">{maths(when)}</trigger>{more}'
        f"<listOfEventAssignments>{assignments}</listOfEventAssignments></event></listOfEvents>"
    )


DELAY = f"<delay>{maths('<cn>1.25</cn>')}</delay>"
EVENTS = {
    "of time": DECAY + event("dose", apply("geq", TIME, "2.2"), {"A": apply("plus", "A", "1")}),
    "delayed": DECAY + event("dose", apply("lt", "A", "2"), {"A": apply("plus", "A", "1")}, DELAY),
    "of a parameter": DECAY.replace(
        'id="k" value="0.5" constant="true"', 'id="k" value="0.5" constant="false"'
    )
    + event("slow", apply("lt", "A", "1.1"), {"k": apply("divide", "k", "5")}),
    "of a volume": GROWING_VOLUME + event("halve", apply("gt", "c", "5"), {"c": "<cn>2.5</cn>"}),
}


@pytest.mark.parametrize("name", EVENTS)
def test_libroadrunner_agrees_on_events(name: str, tmp_path: Path) -> None:
    """Amounts after events are those of another program, to 1e-6."""
    model = read_sbml(written(tmp_path, EVENTS[name]), time_unit="day")
    moving = name == "of a volume"
    wanted = ["amount_of_A", "amount_of_B", "c"] if moving else ["A", "B"]
    ours = pdmodel.simulate(model, days=6, times=TIMES, quantities=wanted, rtol=1e-10, atol=1e-13)
    asked = ["A", "B", "c"] if moving else ["[A]", "[B]"]
    theirs = roadrunner_values(document(EVENTS[name]), TIMES.tolist(), asked)
    mine = np.column_stack([ours[one].values for one in wanted])
    assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-9)
    assert ours.attrs["events"]


def test_concentrations_follow_a_volume_that_jumps(tmp_path: Path) -> None:
    """Where an event halves a compartment, amounts stay and concentrations double."""
    model = read_sbml(written(tmp_path, EVENTS["of a volume"]), time_unit="day")
    run = pdmodel.simulate(model, days=6, times=TIMES, quantities=["A", "c", "amount_of_A"])
    assert run["A"].values * run["c"].values == pytest.approx(run["amount_of_A"].values)


def test_what_a_rule_determines_is_not_set(tmp_path: Path) -> None:
    """An event that sets what a rule determines is named with its target."""
    rule = f'<listOfRules><assignmentRule variable="r">{maths("<ci>k</ci>")}</assignmentRule>'
    body = DECAY.replace("<listOfReactions>", f"{rule}</listOfRules><listOfReactions>").replace(
        "</listOfParameters>", parameter("r", "", False) + "</listOfParameters>"
    )
    body += event("odd", apply("gt", TIME, "1"), {"r": "<cn>1</cn>"})
    with pytest.raises(pdmodel.PdmodelError, match="event 'odd' sets 'r', which a rule determines"):
        read_sbml(written(tmp_path, body))


def test_a_start_does_not_follow_later_events(tmp_path: Path) -> None:
    """An initial assignment is made once: what an event sets later does not change it."""
    start = maths(apply("times", "2", "p"))
    body = (
        f"<listOfParameters>{parameter('p', '3', False)}{parameter('q')}</listOfParameters>"
        f'<listOfInitialAssignments><initialAssignment symbol="q">{start}</initialAssignment>'
        "</listOfInitialAssignments>"
    ) + event("later", apply("geq", TIME, "1"), {"p": "<cn>7</cn>"})
    model = read_sbml(written(tmp_path, body))
    run = pdmodel.simulate(model, days=2, times=[0, 2], quantities=["q"])
    assert run["q"].values.tolist() == [6.0, 6.0]


def test_algebraic_rule(tmp_path: Path) -> None:
    """What an algebraic rule leaves free follows from it at every moment."""
    rule = maths(apply("minus", apply("plus", "x", "y"), "10"))
    body = (
        f"<listOfParameters>{parameter('x', '4', False)}{parameter('y', '', False)}"
        f"</listOfParameters><listOfRules><algebraicRule>{rule}</algebraicRule>"
        f'<rateRule variable="x">{maths(apply("minus", "x"))}</rateRule></listOfRules>'
    )
    model = read_sbml(written(tmp_path, body))
    run = pdmodel.simulate(model, days=1, times=[0, 1], quantities=["y"], rtol=1e-9)
    assert run["y"].values == pytest.approx([6, 10 - 4 * np.exp(-1)])


def test_algebraic_rule_that_determines_nothing(tmp_path: Path) -> None:
    """A rule of constants is refused by its number."""
    rule = maths(apply("minus", "k", "1"))
    body = DECAY.replace(
        "<listOfReactions>",
        f"<listOfRules><algebraicRule>{rule}</algebraicRule></listOfRules><listOfReactions>",
    )
    with pytest.raises(pdmodel.PdmodelError, match="algebraic rule 1"):
        read_sbml(written(tmp_path, body))


def test_whole_parts_of_states(tmp_path: Path) -> None:
    """`floor` of a state is a rate that jumps where the state passes a whole number."""
    fall = maths(apply("minus", apply("floor", apply("times", "s", "x"))))
    body = (
        f"<listOfParameters>{parameter('x', '3.5', False)}{parameter('s', '2')}"
        f'</listOfParameters><listOfRules><rateRule variable="x">{fall}</rateRule></listOfRules>'
    )
    model = read_sbml(written(tmp_path, body))
    # 2 x is a whole number at the start, and falls: at the rates 6, 5 and 4, for 1/2 of x each.
    passed = [0.5 / 6, 0.5 / 5, 0.5 / 4]
    run = pdmodel.simulate(model, days=1, times=[0, *np.cumsum(passed)], rtol=1e-9)
    assert run["x"].values == pytest.approx([3.5, 3.0, 2.5, 2.0], rel=1e-6)
