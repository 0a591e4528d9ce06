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
from pdmodel.engine.simulation import ENGINES
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


# Cancer cells at three days: as published with the case, and to six digits, on which Radau, DOP853
# and Rodas5P agree at a relative tolerance of 1e-11.
RIGHT = {42: ("5.118e+09", 5.11805e9), 126: ("3.447e+08", 3.44658e8), 2000: ("2.49", 2.48750)}


@pytest.mark.parametrize("engine", ENGINES)
def test_three_values_with_default_settings(engine: str) -> None:
    """Within 1e-3, with neither a largest step nor tolerances chosen for the case."""
    run = simulate(model(), INFUSIONS, days=2000, times=list(RIGHT), engine=engine)
    cells = run["cancer"].values.tolist()
    assert cells == pytest.approx([exact for _, exact in RIGHT.values()], rel=1e-3)
    for found, (published, _) in zip(cells, RIGHT.values(), strict=True):
        digits = len(published.partition("e")[0]) - 1
        assert f"{found:.{digits}g}" == published
    assert run.attrs["delivered_chemotherapy"] == pytest.approx(7 * 1080)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_drug_has_a_closed_form(engine: str) -> None:
    """Seven times `rate/k (1 - exp(-k t))` and its decay; nothing else moves it."""
    times = np.unique([*np.linspace(0, 150, 601), *np.arange(0, 150, 21) + 0.06])
    run = simulate(model(), INFUSIONS, days=150, times=times, engine=engine, rtol=1e-9)
    since = times[:, np.newaxis] - 21.0 * np.arange(7)
    end = np.clip(since, 0, 0.125)
    exact = 8640 / 4.16 * -np.expm1(-4.16 * end) * np.exp(-4.16 * np.clip(since - end, 0, None))
    np.testing.assert_allclose(run["drug"], exact.sum(axis=1), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("method", [None, "LSODA", "Radau", "BDF"])
def test_every_day_of_the_reference(external: Path, method: str | None) -> None:
    """All three states, against another program's solution."""
    expected = pd.read_csv(external / "biomd879" / "reference.csv")
    days = expected["time"].to_numpy(dtype=float)
    run = simulate(
        model(), INFUSIONS, days=days[-1], times=days, method=method, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(run["cancer"], expected["N"], rtol=1e-4)
    np.testing.assert_allclose(run["immune"], expected["I"], rtol=1e-5)
    np.testing.assert_allclose(run["drug"], expected["Q"], rtol=1e-5, atol=1e-8)
