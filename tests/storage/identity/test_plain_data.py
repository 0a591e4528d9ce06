"""Values as plain data: what makes a question another one, and what does not."""

from __future__ import annotations

from dataclasses import replace

from pdmodel.dosing import Action, Record
from pdmodel.model import Mechanism
from pdmodel.storage import describe


def test_a_field_that_stored_questions_lack_counts_only_if_it_holds_something() -> None:
    """A dose that follows no parameter is the one that folders of before describe."""
    plain = Record(0, amount=10)
    assert "follows" not in describe(plain)
    assert "slopes" not in describe(Action(0, "add"))
    assert "dose_parameters" not in describe(Mechanism("a", slot="a", claim="it is"))
    moving = replace(plain, follows={"lag": "tlag"})
    assert describe(moving) == describe(plain) | {"follows": {"lag": "tlag"}}
    assert repr(moving) == repr(plain)[:-1] + ", follows={'lag': 'tlag'})"
