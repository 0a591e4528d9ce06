"""Mechanism: one claim, frozen."""

from __future__ import annotations

import pickle

import pytest
import sympy

from pdmodel.errors import InputError
from pdmodel.model import Mechanism, Patient

x, y, k = sympy.symbols("x y k")


def mechanism() -> Mechanism:
    """Return a mechanism that uses every field."""
    return Mechanism(
        "decay", slot="loss", claim="it goes", refuted_by="it stays", source="A; B",
        processes={"out": {x: -k * x, y: k * x}, "in": {x: 1}}, defines={k: 2},
        doses={"d": x}, values={k: 0.5},
    )  # fmt: skip


def test_numbers_become_expressions() -> None:
    """A rate of 1 is SymPy's 1; states are listed in order of first mention."""
    it = mechanism()
    assert it.processes["in"][x] is sympy.Integer(1)
    assert it.defines[k] == sympy.Integer(2)
    assert it.states == (x, y)


def test_text_is_never_evaluated() -> None:
    """A rate that is text is refused, not parsed."""
    with pytest.raises(InputError, match=r"'k\*x' is not an expression"):
        Mechanism("m", slot="s", claim="c", processes={"p": {x: "k*x"}})
    with pytest.raises(InputError, match="never evaluated"):
        Mechanism("m", slot="s", claim="c", defines={k: "__import__('os')"})


def test_it_cannot_be_changed() -> None:
    """Neither its fields nor its tables, nor through the dictionaries it was made from."""
    defines: dict = {k: 2}
    it = Mechanism("m", slot="s", claim="c", defines=defines)
    defines[k] = 3
    assert it.defines[k] == 2
    with pytest.raises(AttributeError):
        it.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        it.defines[k] = 3  # type: ignore[index]
    with pytest.raises(TypeError):
        mechanism().processes["out"][x] = 0  # type: ignore[index]


def test_it_pickles() -> None:
    """Every field comes back."""
    it, copy = mechanism(), pickle.loads(pickle.dumps(mechanism()))
    for field in ("name", "slot", "claim", "refuted_by", "defines", "doses", "values", "source"):
        assert getattr(copy, field) == getattr(it, field), field
    assert {p: dict(r) for p, r in copy.processes.items()} == {
        p: dict(r) for p, r in it.processes.items()
    }


def test_patients_are_frozen_and_pickle() -> None:
    """So are the values of a patient."""
    patient = Patient("p", "someone", {"k": 1.0}, source="A")
    with pytest.raises(TypeError):
        patient.values["k"] = 2.0  # type: ignore[index]
    copy = pickle.loads(pickle.dumps(patient))
    assert (copy.name, dict(copy.values), copy.source) == ("p", {"k": 1.0}, "A")
