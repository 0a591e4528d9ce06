"""Events as they are declared: conditions, faults, and what they do to the identity of a model."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import sympy
from sympy import And, Eq, Ne, Or

from pdmodel.errors import InputError, ModelError
from pdmodel.model import Event, Mechanism, Model, Vocabulary
from pdmodel.model.printing.latex import equations_latex
from pdmodel.model.printing.text import equations_text

x, y, k, low, kill, span, zz = sympy.symbols("x y k low kill span zz")


def model(*events: Any) -> Model:
    """Return a state in mg that is lost, with some events."""
    q = Vocabulary()
    for name, unit in (("k", "1/day"), ("low", "mg"), ("span", "hour")):
        q.parameter(name, unit=unit, value=1, bounds=(0, 9), meaning=name, source="ASSUMED")
    q.state("x", unit="mg", initial=low, meaning="")
    q.state("y", unit="mg", initial=low, meaning="")
    q.auxiliary("kill", unit="1/day", meaning="")
    processes = {"loss": {x: -kill * x}}
    mechanism = Mechanism(
        "m", slot=q.slot("s", meaning=""), claim="", processes=processes, defines={kill: 2 * k}
    )
    return Model("lost", q, [mechanism], events=events)


def test_equality_is_written_by_size() -> None:
    """Where two sides are equal neither is larger, so that a run can look for roots."""
    assert Event("e", Eq(x, low), {x: 1}).when == And(x >= low, x <= low)
    assert Event("e", Ne(x, low), {x: 1}).when == Or(x > low, x < low)
    both = sympy.Equivalent(x > low, k > 1)
    assert Event("e", both, {}).when.subs({x: 2, low: 3, k: 0}) == sympy.true


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"when": x}, "is not a condition"),
        ({"when": "x > 1"}, "text is never evaluated"),
        ({"when": x > low, "assign": {"x": 1}}, "assigns 'x', which is no symbol"),
        ({"when": x > low, "assign": {x: "1"}}, "is not an expression"),
        ({"when": x > low, "values_at": "execuction"}, "did you mean 'execution'"),
        ({"when": x > low, "name": " "}, "the name of an event is text"),
    ],
)
def test_what_is_no_event_is_refused(words: dict[str, Any], says: str) -> None:
    """A condition compares, assignments are expressions by symbol, words are of a list."""
    with pytest.raises(InputError, match=says):
        Event(**{"name": "e", "assign": {}} | words)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event("e", x > low, {zz: low}), "sets zz, which is not declared"),
        (Event("e", x > low, {kill: k}), "sets kill, which is of the kind auxiliary"),
        (Event("e", x > low, {y: low}), "sets y, a state that no process governs"),
        (Event("e", x > zz, {x: low}), "when: symbol zz is not declared"),
        (Event("e", x > y, {x: low}), "y is used but no mechanism of the model provides y"),
        (Event("e", x > k, {x: low}), "is in time"),
        (Event("e", x > low, {x: k}), "event 'e', x: is in time"),
        (Event("e", x > low, {x: low}, delay=x), "delay: is in"),
        (Event("e", x > low, {x: low}, delay=span), "delay: right dimension, wrong scale by 0.04"),
        (Event("e", x > low, {x: low}, priority=k), "priority: is in time"),
        (Event("e", sympy.floor(x / low) > 1, {x: low}), "floor jumps whenever a state moves"),
    ],
)
def test_faults_of_events_are_faults_of_the_model(event: Event, says: str) -> None:
    """Targets, symbols, nodes and units of events are checked when the model is built."""
    with pytest.raises(ModelError, match=says):
        model(event)


def test_a_model_in_writing_says_its_events() -> None:
    """Text and LaTeX have the condition, the delay and what is put in place."""
    later = Event(
        "top up", And(x < low, k > 1 / sympy.Symbol("time")), {x: x + low}, delay=1 / k,
        priority=2, persistent=False, values_at="execution",
    )  # fmt: skip
    text = equations_text(model(later))
    assert "Events (1)\n\ntop up\n  when k > 1/time and x < low\n  after 1/k, called off" in text
    assert "  with the values of that moment\n  priority 2\n  x := low + x\n" in text
    latex = equations_latex(model(later))
    assert r"\mathrm{x} \leftarrow{} & \mathrm{low} + \mathrm{x}" in latex


def test_two_events_of_one_name_are_a_fault() -> None:
    """Events are told apart by their names, in results too."""
    with pytest.raises(ModelError, match="two events are called 'e'"):
        model(Event("e", x > low, {x: low}), Event("e", x < low, {x: low}))
    with pytest.raises(InputError, match="must be Event objects, got 3"):
        model(3)


def test_events_are_part_of_what_a_model_is() -> None:
    """They change the hash, as their order does, which decides ties."""
    one, two = Event("one", x > low, {x: low}), Event("two", x > 2 * low, {x: low})
    plain = model()
    assert len({plain.hash, model(one).hash, model(one, two).hash}) == 3
    assert model(one, two) != model(two, one)
    assert pickle.loads(pickle.dumps(model(one))) == model(one)
    assert [event.name for event in model(one).with_values(k=2).events] == ["one"]
