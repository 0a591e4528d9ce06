"""An independent program solved the same equations: nine scenarios, states, observables, days."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10, HIGH_DOSE, steroid_pack
from pdmodel.dosing import Regimen, no_drug, read_regimen
from pdmodel.engine import simulate
from pdmodel.model import Model

COLUMNS = {
    "Ag": "drug_gut", "Ac": "drug_plasma", "M": "steroid", "K": "ikaros", "TL": "tumour_tissue",
    "TB": "tumour_blood", "R": "resting_t_cells", "A": "activated_effectors", "X": "exhaustion",
    "Z": "desensitisation", "F": "node_swelling", "TNF": "tnf", "I6": "il6", "P": "progenitors",
    "Q1": "transit_1", "Q2": "transit_2", "Q3": "transit_3", "N": "neutrophils", "ALC": "ALC",
    "SPD": "SPD", "Tcount": "t_cells",
}  # fmt: skip
NOISE = ("Ag", "M")  # solver noise before a dose
DAILY, CYCLES = read_regimen(CONTINUOUS_10), read_regimen(HIGH_DOSE)
SURVIVAL = reference.swap("il6_as_survival_factor")
ANTIPROLIFERATIVE = reference.swap("birth_inhibited_by_drug")
SCENARIOS: dict[str, tuple[Model, Regimen, Mapping[str, float]]] = {
    "responder, 10 mg daily": (reference, DAILY, {"tone": 2}),
    "nonresponder, 10 mg daily": (reference, DAILY, {}),
    "responder, 25 mg days 1-21 of 28": (reference, CYCLES, {"tone": 2}),
    "nonresponder, 25 mg days 1-21 of 28": (reference, CYCLES, {}),
    "nonresponder with a 7 cm node, 10 mg daily, steroid pack": (
        reference,
        DAILY + steroid_pack(1.5),
        {"node_diameter_baseline": 7},
    ),
    "myeloma-like (cd80 0), tone 1, 10 mg daily": (reference, DAILY, {"cd80": 0}),
    "IL-6 survival (c6 1, b6 0), tone 1, 10 mg daily": (SURVIVAL, DAILY, {}),
    "direct antiproliferative (Ip 0.3), tone 2, 10 mg daily": (
        ANTIPROLIFERATIVE,
        DAILY,
        {"tone": 2},
    ),
    "no drug, tone 1": (reference, no_drug(), {}),
}


def test_every_scenario_and_column_is_compared(oracle: dict[str, pd.DataFrame]) -> None:
    """None of the table is left out, and none of the model's states."""
    assert list(SCENARIOS) == list(oracle)
    for rows in oracle.values():
        assert {"scenario", "day", *COLUMNS} == set(rows.columns)
        assert len(rows) > 10
    assert {state.name for state in reference.states} < set(COLUMNS.values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_oracle_is_reproduced(scenario: str, oracle: dict[str, pd.DataFrame]) -> None:
    """Within 1e-5 of the value and 1e-6 of the column's maximum; noise within 1e-6."""
    model, regimen, patient = SCENARIOS[scenario]
    rows = oracle[scenario]
    days = rows["day"].to_numpy(dtype=float)
    run = simulate(model, regimen, days=days[-1], patient=patient, times=days)
    np.testing.assert_array_equal(run["time"], days)
    for column, name in COLUMNS.items():
        expected = rows[column].to_numpy(dtype=float)
        largest = np.abs(expected).max()
        relative = column not in NOISE and largest >= 1e-6
        allowed = 1e-5 * np.abs(expected) + 1e-6 * largest if relative else 1e-6
        difference = np.abs(run[name].values - expected)
        assert (difference <= allowed).all(), (name, days[np.argmax(difference)], difference.max())
