"""Values of parameters, as callers give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy
import xarray as xr

import pdmodel
from pdmodel.engine.cohort import read_parameters
from pdmodel.engine.symbolic.values import resolve_values
from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Mechanism, Model, Patient, Vocabulary


def decay() -> Model:
    """dx/dt = -k x."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 50), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("loss", meaning="", states=(x,))
    return Model("decay", q, [Mechanism("loss", "loss", "", processes={"loss": {x: -k * x}})])


@pytest.mark.parametrize(
    "patient",
    [
        {"k": 0.5}, pd.Series({"k": 0.5}), {sympy.Symbol("k"): 0.5}, {"k": np.array(0.5)},
        {"k": xr.DataArray(0.5)}, {"k": sympy.Float(0.5)},
    ],
)  # fmt: skip
def test_values_by_name_are_taken_from_whatever_holds_them(patient: Any) -> None:
    """A Series, symbols as keys, and numbers of other libraries give the same."""
    run = pdmodel.simulate(decay(), days=1, patient=patient, quantities=[sympy.Symbol("x")])
    plain = pdmodel.simulate(decay(), days=1, patient={"k": 0.5})
    assert run["x"].values.tolist() == plain["x"].values.tolist()


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ({"k": "0.5"}, "parameter 'k': '0.5' is not a number"),
        ({"k": [0.5]}, r"parameter 'k': \[0.5\] is not a number"),
        ({"k": 51}, r"parameter 'k': 51 is outside \[0, 50\] 1/day"),
        ({"k": float("nan")}, r"parameter 'k': nan is outside"),
        ({3: 0.5}, "a parameter is named by text or by its symbol, got 3"),
        (3, "patient must be a Patient or parameter values by name, got 3"),
    ],
)
def test_what_is_no_value_is_refused_by_name(patient: object, words: str) -> None:
    """What is no number is not said to be outside."""
    with pytest.raises(InputError, match=words):
        resolve_values(decay(), patient)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame([[0.5, 0.6]], columns=["k", "k"]), "parameter 'k' has two columns"),
        (pd.DataFrame({"k": ["0.5", "1"]}), "parameter 'k' of patient 0 .*'0.5' is not a number"),
        (pd.DataFrame({"k": [1.0, None]}), "parameter 'k' of patient 1: nan is outside"),
        (
            pd.DataFrame({"k": [1.0, 99]}, ["a", "b"]),
            "parameter 'k' of patient 'b': 99 is outside",
        ),
        (pd.DataFrame({0: [1.0]}), "a parameter is named by text or by its symbol, got 0"),
        (pd.DataFrame({"k": [1.0, 2.0]}, [2, "2"]), "two labels of patients read '2'"),
        (pd.DataFrame({"k": [1.0]}, pd.MultiIndex.from_tuples([("a", 1)])), "several levels"),
    ],
)
def test_tables_of_patients_are_checked_as_a_whole(table: pd.DataFrame, words: str) -> None:
    """Columns, cells and labels, before anything is run."""
    with pytest.raises(InputError, match=words):
        read_parameters(decay(), table, None)


def test_labels_of_mixed_types_become_text(tmp_path) -> None:
    """A file holds one type; numbers alone stay numbers."""
    mixed = pd.DataFrame({"k": [0.5, 1.0]}, index=["p1", 2])
    cohort = pdmodel.simulate_cohort(
        decay(), parameters=mixed, days=1, out=tmp_path / "cohort.nc", threads=1
    )
    with cohort:
        assert cohort["patient"].values.tolist() == ["p1", "2"]
    numbers = read_parameters(decay(), pd.DataFrame({"k": [0.5, 1.0]}, index=[7, 3]), None)
    assert numbers.index.tolist() == [7, 3]


def test_rivals_take_the_same_patient() -> None:
    """What only other models of the vocabulary use changes nothing; what none knows is refused."""
    rival, given = pdmodel.load("no_tolerance"), {"tone": 1.5, "tolerance_tnf": 5.0}
    assert "tolerance_tnf" in rival.vocabulary
    assert "tolerance_tnf" not in rival.defaults
    without = pdmodel.simulate(rival, "10 mg daily", days=2, patient={"tone": 1.5})
    for patient in (given, Patient("of all", values=given)):
        run = pdmodel.simulate(rival, "10 mg daily", days=2, patient=patient)
        assert run["il6"].values.tolist() == without["il6"].values.tolist()
    with pytest.raises(InputError, match="'tolerance_tnff'; did you mean 'tolerance_tnf'"):
        pdmodel.simulate(rival, days=2, patient={"tolerance_tnff": 5.0})
