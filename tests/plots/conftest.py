"""A run and a result to draw: real trajectories of the typical patients, made-up verdicts."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pdmodel

REGIMEN = "10 mg daily"
GROUPS = ("responder", "nonresponder", "node_7cm", "node_3cm", "myeloma_like")
QUANTITIES = (
    "SPD", "blood_cll", "activated_effectors", "t_cells", "ANC", "il6", "tnf", "node_swelling",
)  # fmt: skip
COLUMNS = ("id", "group", "observable", "kind", "day", "low", "high", "simulated", "met")
NAN = math.nan

# One row of every kind; il6_nr and flare_onset are missed, the second because it does not exist.
TARGETS = (
    ("il6_r", "responder", "il6", "fold_change", 28, 0.7, 1.5, 0.95, True),
    ("il6_nr", "nonresponder", "il6", "fold_change", 28, 9.0, NAN, 4.1, False),
    ("tnf_r", "responder", "tnf", "fold_change", 28, 0.7, 1.4, 1.1, True),
    ("tnf_nr", "nonresponder", "tnf", "fold_change", 28, 0.7, 1.4, 1.2, True),
    ("tnf_ratio", "responder/nonresponder", "tnf", "ratio", 0, 1.6, 2.5, 2.0, True),
    ("spd_r", "responder", "SPD", "best", NAN, NAN, 0.5, 0.45, True),
    ("best_r", "responder", "SPD", "time_to_best", NAN, 56, 100, 84, True),
    ("anc_r", "responder", "ANC", "nadir", NAN, 0.5, 1.5, 1.24, True),
    ("anc_nr", "nonresponder", "ANC", "nadir", NAN, 0.5, 1.5, 1.24, True),
    ("flare_onset", "node_7cm", "node_swelling", "onset", 42, NAN, 1.0, NAN, False),
    ("flare_duration", "node_7cm", "node_swelling", "duration", 42, 10, 26, 14, True),
    ("flare_small", "node_3cm", "node_swelling", "peak", 28, NAN, 0.4, 0.17, True),
    ("flare_equal", "responder/nonresponder", "node_swelling", "peak_difference", 42, -0.1, 0.1,
     0.001, True),
    ("il6_myeloma", "myeloma_like", "il6", "fold_change", 28, NAN, 0.95, 0.81, True),
)  # fmt: skip

STARTS = (
    (3, 0.90, "budget"), (1, 0.35, "converged"), (4, NAN, "failed"), (2, 0.3505, "converged"),
    (5, 7.5, "failed"),
)  # fmt: skip


@pytest.fixture(scope="session")
def run() -> xr.Dataset:
    """Simulate a responder for three weeks."""
    patient = pdmodel.load_patient("responder")
    return pdmodel.simulate(pdmodel.load("reference"), REGIMEN, days=21, patient=patient)


@pytest.fixture(scope="session")
def trajectories() -> xr.Dataset:
    """Simulate the typical patients over 112 days, the flare and myeloma ones for 42."""
    model, runs = pdmodel.load("reference"), []
    for group in GROUPS:
        days = 112.0 if group in GROUPS[:2] else 42.0
        times = np.unique(np.append(np.arange(0, 3, 0.25), np.arange(0.0, days + 1)))
        run = pdmodel.simulate(
            model, REGIMEN, days=days, patient=pdmodel.load_patient(group), times=times,
            quantities=QUANTITIES,
        )  # fmt: skip
        runs.append(run[list(QUANTITIES)].drop_vars(["state", "parameter"], errors="ignore"))
    joined: xr.Dataset = xr.concat(
        runs, dim=pd.Index(GROUPS, name="group"), join="outer", combine_attrs="override"
    )
    return joined


@pytest.fixture
def result(trajectories: xr.Dataset) -> Any:
    """Return what plots read of a result."""
    starts = pd.DataFrame(STARTS, columns=["seed", "cost", "status"])
    return SimpleNamespace(
        model="reference",
        summary={},
        regimen=REGIMEN,
        horizon_days=112.0,
        targets=pd.DataFrame(TARGETS, columns=list(COLUMNS)),
        starts=starts.assign(message="", nfev=10),
        trajectories=trajectories,
    )
