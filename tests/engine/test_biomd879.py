"""BIOMD0000000879: seven short infusions between long rests, against an independent solution.

Chemo-immunotherapy of CLL (Rodrigues et al. 2019). A solver that steps over the infusions reports
success and ends eleven orders of magnitude too high.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel.dosing import Dose, Regimen
from pdmodel.engine import simulate
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

INFUSIONS = Regimen(
    doses=tuple(Dose(21.0 * n, "chemotherapy", 1080, "1", duration=0.125) for n in range(7))
)


def model() -> Model:
    """Return the equations: cancer cells N, immune cells I, chemotherapy Q."""
    q = Vocabulary()

    def p(name: str, value: float, unit: str = "1"):
        bounds = (value / 10, value * 10)
        return q.parameter(name, unit=unit, value=value, bounds=bounds, meaning="", source=ASSUMED)

    r, capacity, c_1 = p("r", 0.01, "1/day"), p("capacity", 1e12), p("c_1", 5e-11, "1/day")
    c_2, s_0, d = p("c_2", 1e-13, "1/day"), p("s_0", 7e5, "1/day"), p("d", 0.001, "1/day")
    rho, half_n, mu = p("rho", 1e-12, "1/day"), p("half_n", 100), p("mu", 8, "1/day")
    delta, a, b = p("delta", 1e4, "1/day"), p("a", 2000), p("b", 5e6)
    decay = p("decay", 4.16, "1/day")
    cancer = q.state("cancer", unit="1", initial=2e10, meaning="cancer cells")
    immune = q.state("immune", unit="1", initial=5e7, meaning="immune cells")
    drug = q.state("drug", unit="1", initial=0, meaning="chemotherapy")
    q.slot("all", meaning="everything", states=(cancer, immune, drug))
    processes = {
        "growth": {cancer: r * cancer * (1 - cancer / capacity)},
        "immune_kill": {cancer: -c_1 * cancer * immune},
        "chemotherapy_kill": {cancer: -mu * cancer * drug / (a + drug)},
        "source": {immune: s_0},
        "death": {immune: -d * immune},
        "stimulation": {immune: rho * cancer * immune / (half_n + cancer)},
        "death_by_cancer": {immune: -c_2 * cancer * immune},
        "death_by_drug": {immune: -delta * immune * drug / (b + drug)},
        "decay": {drug: -decay * drug},
    }
    everything = Mechanism("all", "all", "c", processes=processes, doses={"chemotherapy": drug})
    return Model("biomd879", q, [everything])


@pytest.mark.parametrize("method", ["LSODA", "Radau", "BDF"])
def test_infusions_are_not_stepped_over(external: Path, method: str) -> None:
    """All three states at every day of the reference, without a largest step."""
    expected = pd.read_csv(external / "biomd879" / "reference.csv")
    days = expected["time"].to_numpy(dtype=float)
    times = [*days, 2000]
    whole = simulate(
        model(), INFUSIONS, days=2000, times=times, method=method, rtol=1e-9, atol=1e-9
    )
    run = whole.isel(time=slice(None, -1))
    np.testing.assert_allclose(run["cancer"], expected["N"], rtol=1e-4)
    np.testing.assert_allclose(run["immune"], expected["I"], rtol=1e-5)
    np.testing.assert_allclose(run["drug"], expected["Q"], rtol=1e-5, atol=1e-8)
    for day, cells in ((42, 5.118e9), (126, 3.447e8), (2000, 2.49)):
        assert float(whole["cancer"].sel(time=day)) == pytest.approx(cells, rel=2e-3)
    assert run.attrs["delivered_chemotherapy"] == pytest.approx(7 * 1080)
