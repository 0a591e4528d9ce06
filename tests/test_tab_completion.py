"""The tab key offers names of models, patients, mechanisms and quantities, within their quotes."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from pdmodel.tab_completion import names_after, offer_names


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("m = pdmodel.load('refer", "reference"),
        ('pdmodel.load_patient("nonr', "nonresponder"),
        ('pdmodel.simulate(m, "10 mg daily", patient="nonr', "nonresponder"),
        ('m.swap("il6_from_tum', "il6_from_tumour"),
        ("m.without('", "il6_from_stroma"),
        ('simulate(m, quantities=["il6", "tn', "tnf"),
        ("influence_diagram(m, around='il", "il6"),
        ('flux_table(run, "il', "il6"),
    ],
)
def test_names_are_offered_where_they_are_written(line: str, name: str) -> None:
    """By what stands before the quote; only those that begin as typed."""
    offered = names_after(line)
    begun = line.replace("'", '"').rpartition('"')[2]
    assert name in offered
    assert all(one.startswith(begun) for one in offered)


def test_nothing_is_offered_elsewhere() -> None:
    """In other strings, and outside of quotes."""
    for line in ('print("ref', "pdmodel.load(ref", 'open("il', ""):
        assert names_after(line) == []


def test_a_shell_is_asked_once_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython gets a matcher, whose names carry what else belongs to the token."""
    completer: Any = types.SimpleNamespace(custom_matchers=[], text_until_cursor="load('tumour_i")
    shell = types.SimpleNamespace(Completer=completer)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    offer_names()
    (matcher,) = completer.custom_matchers
    assert matcher("tumour_i") == ["tumour_il6"]
    assert matcher("'tumour_i") == ["'tumour_il6"]
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace())
    offer_names()
    assert len(completer.custom_matchers) == 1
