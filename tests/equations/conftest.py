"""Tables and runs that the tests of the science share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from equations import patients
from equations.hypotheses import reference
from equations.regimens import CONTINUOUS_10, HIGH_DOSE
from pdmodel.engine import simulate

EVIDENCE = Path(__file__).parents[1] / "evidence"


@pytest.fixture(scope="session")
def symbols() -> pd.DataFrame:
    """Return the calibrated set, by symbol."""
    return pd.read_csv(EVIDENCE / "symbols.csv").set_index("symbol")


@pytest.fixture(scope="session")
def oracle() -> dict[str, pd.DataFrame]:
    """Return the trajectories of the independent program, by scenario."""
    table = pd.read_csv(EVIDENCE / "typical_patients.csv")
    return {str(name): rows for name, rows in table.groupby("scenario", sort=False)}


@pytest.fixture(scope="session")
def responder_year() -> xr.Dataset:
    """Return 48 weeks of 10 mg daily in the responder."""
    return simulate(reference, CONTINUOUS_10, days=336, patient=patients.responder)


@pytest.fixture(scope="session")
def nonresponder_year() -> xr.Dataset:
    """Return 48 weeks of 10 mg daily in the nonresponder."""
    return simulate(reference, CONTINUOUS_10, days=336, patient=patients.nonresponder)


@pytest.fixture(scope="session")
def high_dose() -> xr.Dataset:
    """Return three cycles of 25 mg on days 1-21 of 28 in the nonresponder."""
    return simulate(reference, HIGH_DOSE, days=84, patient=patients.nonresponder)
