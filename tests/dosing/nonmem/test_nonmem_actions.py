"""The actions alone give NONMEM's numbers: carried out in closed form, without our engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel.dosing import CompartmentRules, EventTable, read_events
from tests.dosing.linear_model import carry_out

# As the control stream of the run has it: all four act on compartment 2.
RULES = CompartmentRules(
    lag={"2": "LAGT"}, bioavailability={"2": "BIOAV"}, duration={"2": "DUR2"}, rate={"2": "RAT2"}
)


@pytest.fixture(scope="module")
def table(external: Path) -> EventTable:
    """Read the 29 scenarios."""
    file = external / "nonmem_dosing" / "doses_and_observations.csv"
    return read_events(file, time="hour", rules=RULES)


@pytest.fixture(scope="module")
def printed(external: Path) -> pd.DataFrame:
    """Read what NONMEM printed, a row a record."""
    return pd.read_csv(external / "nonmem_dosing" / "nonmem_output.csv")


@pytest.mark.parametrize("scenario", range(1, 30))
def test_actions_agree_with_nonmem(table: EventTable, printed: pd.DataFrame, scenario: int) -> None:
    """Every observation of every scenario, to the digits that NONMEM prints."""
    subject = table[scenario]
    seen = subject.observations
    states = carry_out(subject.actions(subject.days + 1), seen["day"], seen["after"])
    expected = printed.loc[seen.index - 2, "CP"].to_numpy()
    assert len(expected) == 131
    np.testing.assert_allclose(1000 * states[:, 1] / 20, expected, rtol=2e-3, atol=1e-3)


def test_the_table_has_every_scenario(table: EventTable) -> None:
    """29 subjects, each with its doses and 131 observations; written and read back alike."""
    assert [subject.id for subject in table] == [str(n) for n in range(1, 30)]
    assert table.covariates == ("LAGT", "MODE", "DUR2", "RAT2", "BIOAV")
    assert len(table.frame) == 3837


def test_round_trip(table: EventTable, tmp_path: Path) -> None:
    """The whole file, written and read back, is equal."""
    file = table.write(tmp_path / "again.csv")
    assert read_events(file, time="hour", rules=RULES) == table
