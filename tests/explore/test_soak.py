"""Random states from two browsers at once: every answer is that of `simulate`."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("starlette")

from pdmodel.explore.facts import facts_of
from pdmodel.explore.laboratory import Laboratory
from pdmodel.explore.server import application
from tests.explore.soak.asking import Ask, soak
from tests.explore.toy_pages import asked, reference_page
from tests.toys import one_compartment


def browser_of(app: Any) -> Ask:
    """Return what asks an application without a network."""

    def ask(view: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        reply = asked(app, "POST", "/answer", json.dumps(view).encode())
        return reply.status, reply.data

    return ask


@pytest.mark.parametrize(("name", "states"), [("reference", 24), ("one_compartment", 30)])
def test_answers_under_two_hands_are_those_of_simulate(name: str, states: int) -> None:
    """Drags of numbers and doses, swaps and slips; `make soak` asks 2,000 of all models."""
    laboratory = reference_page() if name == "reference" else Laboratory(one_compartment())
    app = application(laboratory, name)
    facts = facts_of(laboratory.model, laboratory.question)
    soaked = soak(laboratory.model, facts, [browser_of(app), browser_of(app)], states, seed=3)
    assert soaked.faults == []
    assert soaked.states == states
    assert soaked.refused < states / 3
