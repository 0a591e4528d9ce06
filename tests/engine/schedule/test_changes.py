"""Covariates that set parameters: one of two decides, and none is passed over without a word."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import pdmodel
from pdmodel.errors import InputError
from pdmodel.inference import read_measurements
from tests.toys import one_compartment

MODEL = one_compartment()


def subject(first: float = 2.0, second: float = 1.0, **reading):
    """Return 10 mg into plasma on days 0 and 1, with a column of the name of the loss."""
    rows = pd.DataFrame(
        {"ID": 1, "TIME": [0, 1], "AMT": 10, "CMT": "iv", "EVID": 1, "k": [first, second]}
    )
    return pdmodel.read_events(rows, **reading)["1"]


def test_a_value_that_records_replace_is_refused() -> None:
    """The run of the patient's own value was returned without it: it did nothing at all."""
    given = subject(parameters={"k": "k"})
    words = "'k': the patient has 0.1, but the records set it to 2 from day 0 on"
    with pytest.raises(InputError, match=words):
        pdmodel.simulate(MODEL, given, days=2, patient={"k": 0.1})
    with pytest.raises(InputError, match=words):
        pdmodel.prepare(MODEL, given, days=2).run({"k": 0.1})
    with pytest.raises(InputError, match="'k': patient 'b' has 3, but the records set it to 2"):
        pdmodel.simulate_cohort(
            MODEL, given, pd.DataFrame({"k": [2.0, 3.0]}, index=["a", "b"]), days=2
        )
    run = pdmodel.simulate(MODEL, given, days=1, patient={"k": 2.0, "ka": 9.0})
    assert float(run["plasma"][-1]) == pytest.approx(10 * math.exp(-2.0), rel=1e-5)


def test_a_column_named_like_a_parameter_is_not_passed_over() -> None:
    """All were run at the default, as if the table said nothing."""
    words = "column 'k' of the events is named like a parameter of model '.*', but does not set it"
    given = subject()
    with pytest.warns(UserWarning, match=words):
        pdmodel.simulate(MODEL, given, days=2)
    with pytest.warns(UserWarning, match=words):
        pdmodel.prepare(MODEL, given, days=2)
    with pytest.warns(UserWarning, match=words):
        pdmodel.simulate_cohort(MODEL, [given, "no drug"], days=2)
    measured = pd.DataFrame(
        {"ID": 1, "TIME": [0, 1], "AMT": [10, 0], "CMT": "iv", "EVID": [1, 0], "DV": [0, 3], "k": 2}
    )
    with pytest.warns(UserWarning, match=words):
        read_measurements(measured, "concentration", None, MODEL)
    pdmodel.simulate(MODEL, subject(parameters={"k": "k"}), days=2)  # warnings are errors here


@pytest.mark.parametrize("day", [0, 1])
def test_a_covariate_has_the_bounds_of_its_parameter(day: int) -> None:
    """A loss below nothing grew the drug, while the same value of a patient is refused."""
    values = [1.0, 1.0]
    values[day] = -0.5
    with pytest.raises(InputError, match=f"parameter 'k' at day {day}: -0.5 is outside"):
        pdmodel.simulate(MODEL, subject(*values, parameters={"k": "k"}), days=2)
