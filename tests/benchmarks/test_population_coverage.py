"""The benchmark of coverage tells of every number, and what is simulated is what is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.population_coverage import KNOWN, main, simulated


def test_it_tells_of_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    """Shares between 0 and 1, of each number and pooled; the words say how many fits there were."""
    coverage = main(["1", "--subjects", "12"])
    assert set(coverage) == {*KNOWN, "pooled"}
    assert all(0 <= share <= 1 for share in coverage.values())
    assert "1 of 1 fits of 12 subjects" in capsys.readouterr().out


def test_what_is_simulated_is_what_is_known() -> None:
    """Values fall with clearance over volume of the known population, and differ as it does."""
    table = simulated(1, 400)
    late = table[(table["TIME"] == 1.0) & (table["CENS"] == 0)]["DV"].astype(float)
    early = table[table["TIME"] == 0.3]["DV"].astype(float)
    assert np.log(early).median() == pytest.approx(np.log(10 * np.exp(-0.55)), abs=0.15)
    assert np.log(early).std() > KNOWN["log_sd__cp"]
    assert late.min() >= 0.5
