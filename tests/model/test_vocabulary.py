"""Vocabulary: each symbol is declared once, with numbers that make sense."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import sympy

from pdmodel.errors import InputError, ModelError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.storage import describe
from tests.toys import one_compartment


def declare(q: Vocabulary, **changes: object) -> sympy.Symbol:
    """Declare a parameter `k`, with changes."""
    words: dict = {
        "unit": "1/day", "value": 0.5, "bounds": (0.1, 1), "meaning": "loss", "source": ASSUMED,
    }  # fmt: skip
    return q.parameter("k", **(words | changes))


def test_symbols_are_plain_and_carry_their_words() -> None:
    """A declaration returns an ordinary symbol; the table knows the rest."""
    q = Vocabulary()
    k = declare(q, source="MESSMER2005", vary=True, evidence="kk")
    assert type(k) is sympy.Symbol
    quantity = q[k]
    assert quantity is q["k"]
    assert (quantity.name, quantity.unit, quantity.value, quantity.bounds) == (
        "k", "1/day", 0.5, (0.1, 1),
    )  # fmt: skip
    assert (quantity.status, quantity.vary, quantity.evidence) == ("reported", True, "kk")
    assert quantity.title == "loss"
    assert k in q
    assert "z" not in q
    assert [each.name for each in q] == ["time", "k"]


def test_assumed_source_gives_assumed_status() -> None:
    """A number without a source says so; a stated status stands."""
    q = Vocabulary()
    assert q[declare(q)].status == "assumed"
    assert q[q.constant("c", unit="1", value=2, meaning="", source=ASSUMED)].status == "assumed"
    q = Vocabulary()
    assert q[declare(q, status="calibrated", source="MODEL")].status == "calibrated"


def test_two_vocabularies_do_not_share_symbols_metadata() -> None:
    """The same name may have another unit in another model."""
    one, two = Vocabulary(), Vocabulary()
    declare(one)
    declare(two, unit="mg")
    assert (one["k"].unit, two["k"].unit) == ("1/day", "mg")
    assert one != two


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bounds": (1, 0.1)}, r"parameter 'k': bounds \(1, 0\.1\) are reversed"),
        ({"value": 2}, r"parameter 'k': value 2 is outside \[0\.1, 1\]"),
        ({"value": float("nan")}, r"value of parameter 'k' must be a number, got nan"),
        ({"status": "measured"}, r"unknown status of parameter 'k' 'measured'.*known: assumed,"),
        ({"status": "reportd"}, r"did you mean 'reported'"),
    ],
)
def test_numbers_that_contradict_each_other(changes: dict, words: str) -> None:
    """The message names the parameter and the rule; nothing is declared."""
    q = Vocabulary()
    with pytest.raises(InputError, match=words):
        declare(q, **changes)
    assert "k" not in q


def test_nothing_is_declared_twice() -> None:
    """Neither a symbol, of whatever kind, nor a slot; nor is time declared anew."""
    q = Vocabulary()
    declare(q)
    for again in (
        lambda: declare(q),
        lambda: q.state("k", unit="1", initial=0, meaning=""),
        lambda: q.auxiliary("k", unit="1", meaning=""),
        lambda: q.observable("time", unit="day", meaning=""),
    ):
        with pytest.raises(InputError, match="is declared twice"):
            again()
    q.slot("s", meaning="")
    with pytest.raises(InputError, match="slot 's' is declared twice"):
        q.slot("s", meaning="")
    assert q["k"].kind == "parameter"


def test_unknown_names_get_the_nearest_match() -> None:
    """A slip is answered with what was meant, at once, in a slot's contract too."""
    q = Vocabulary()
    q.state("il6", unit="pg/mL", initial=3, meaning="IL-6")
    with pytest.raises(UnknownNameError, match="unknown symbol 'il_6'; did you mean 'il6'"):
        q["il_6"]
    with pytest.raises(UnknownNameError, match="did you mean 'il6'"):
        q.slot("source", meaning="", defines=(sympy.Symbol("il66"),))
    with pytest.raises(UnknownNameError, match="'tnf'"):
        q.at_baseline(sympy.Symbol("tnf"))


def test_baseline_symbols_are_declared_once() -> None:
    """Asking twice gives the same symbol, in the unit of what it stands for."""
    q = Vocabulary()
    k = q.auxiliary("kill", unit="1/day", meaning="killing")
    assert q.at_baseline(k) is q.at_baseline(k)
    assert q["kill_at_baseline"].unit == "1/day"
    assert q["kill_at_baseline"].initial == k


def test_vocabularies_pickle() -> None:
    """Tables, order and references survive."""
    q = Vocabulary(references={"A": "a book"})
    x = q.state("x", unit="mg", initial=declare(q) * 2, meaning="drug")
    q.slot("s", meaning="role", states=(x,))
    copy = pickle.loads(pickle.dumps(q))
    assert list(copy) == list(q)
    assert (dict(copy.slots), dict(copy.references)) == (dict(q.slots), {"A": "a book"})
    assert copy.time == q.time


def test_words_and_main_are_presentation_only() -> None:
    """They travel with the vocabulary, and neither the hash nor the identity of a model knows them.

    What is no text, or one name instead of a list, is refused.
    """
    plain, written = one_compartment(), one_compartment()
    q = written.vocabulary
    q.words, q.main, q.latex = {"iv": "i.v."}, ("concentration",), {"ka": "k_a"}
    assert plain.hash == written.hash
    assert describe(plain) == describe(written)
    travelled = pickle.loads(pickle.dumps(q))
    assert (dict(travelled.words), travelled.main) == ({"iv": "i.v."}, ("concentration",))
    assert dict(travelled.latex) == {"ka": "k_a"}
    wrong: Any
    for wrong in ({"a": 1}, {"": "x"}, ["a"]):
        with pytest.raises(InputError, match="words must"):
            Vocabulary(words=wrong)
        with pytest.raises(InputError, match="latex must"):
            Vocabulary(latex=wrong)
    with pytest.raises(InputError, match="quantities of main must be a list of names, got 'x'"):
        Vocabulary(main="x")


def test_main_names_what_is_declared() -> None:
    """A slip is a fault of the model, with its nearest match."""
    q = Vocabulary(main=("plasm",))
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 5), meaning="rate", source=ASSUMED)
    x = q.state("plasma", unit="mg", initial=1, meaning="drug")
    q.slot("s", meaning="all", states=(x,))
    fall = Mechanism("fall", slot="s", claim="it falls", processes={"fall": {x: -k * x}})
    with pytest.raises(ModelError, match=r"main of the vocabulary names 'plasm'.*'plasma'"):
        Model("m", q, [fall])
