"""Two engines that share no code of integration give the same numbers, for all models and doses.

Both run with a relative tolerance of 1e-8 a step; every state and observable must agree to 1e-6 of
its largest value, plus ten times the absolute tolerance.
"""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import xarray as xr
from scipy.linalg import expm

import pdmodel
from pdmodel.dosing import (
    Action,
    Dose,
    Regimen,
    Timetable,
    cyclic,
    daily,
    no_drug,
    once,
    pack,
    ramp,
)
from pdmodel.engine import simulate
from pdmodel.engine.scipy_runs.integrators import Integrator
from pdmodel.engine.simulation import ENGINES, METHODS
from pdmodel.engine.symbolic.model_functions import BoundFunctions
from pdmodel.model import Model
from tests.engine.timetables import Given
from tests.equations import published
from tests.toys import one_compartment, rate_of_change

MODELS = list(published.FEW.values())
REFERENCE = pdmodel.load("reference")
STEROID = "methylprednisolone"
ATOL = 1e-10
OVERLAPPING = tuple(Dose(0.7 * n, "", 10 + n, duration=1.1) for n in range(5))
REGIMENS: dict[str, Timetable] = {
    "none": no_drug(),
    "daily": daily(10),
    "cyclic": cyclic(25, on=3, cycle=5),
    "ramp": ramp((5, 10, 15), every=2),
    "pack": pack((24, 20, 16, 12, 8, 4), STEROID, start=1.5),
    "divided": daily(15, times_a_day=3, start=0.1),
    "two drugs": daily(10) + pack((24, 20, 16), STEROID, start=0.25, times_a_day=2),
    "infusions": Regimen(doses=(*OVERLAPPING, Dose(1.05, STEROID, 40, duration=0.5))),
    "infusion and bolus": daily(10) + once(Dose(0.5, "", 10, duration=2.5)),
    "once": once(Dose(0.3, "", 25)),
    "actions": Given(
        Action(0, "add", "", 25), Action(0.5, "set", "tumour_growth", 0.02),
        Action(0.5, "add", "", 5), Action(1, "multiply", "tumour_blood", 0.5, ""),
        Action(1, "rate", "steroid", 8), Action(2, "replace", "il6", 9, ""),
        Action(2.5, "reset"), Action(3, "add", STEROID, 24), Action(3.5, "rate", "steroid", 2),
    ),
}  # fmt: skip


def both(
    model: Model, regimen: Timetable, times: np.ndarray, side: str
) -> tuple[xr.Dataset, xr.Dataset]:
    """Run both engines."""
    first, second = (
        simulate(
            model, regimen, days=float(times[-1]), times=times, at_dose=side, engine=engine,
            rtol=1e-8, atol=ATOL,
        )
        for engine in ENGINES
    )  # fmt: skip
    return first, second


def assert_agree(first: xr.Dataset, second: xr.Dataset, within: float = 1e-6) -> None:
    """Every state and observable, relative to its largest value."""
    names = [str(name) for name in first.data_vars if not str(name).endswith("_values")]
    assert len(names) > 1
    for name in names:
        size = float(np.abs(second[name]).max())
        np.testing.assert_allclose(
            first[name], second[name], rtol=0, atol=within * size + 10 * ATOL, err_msg=name
        )
    given = {key: value for key, value in second.attrs.items() if key.startswith("delivered_")}
    assert given == pytest.approx({key: first.attrs[key] for key in given}, rel=1e-12)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("kind", REGIMENS)
def test_every_kind_of_regimen(kind: str, side: str) -> None:
    """Six days of the reference model, looked at on edges and off them, from both sides."""
    times = np.unique(np.round([*np.arange(0, 6.01, 0.25), 0.3, 1.05, 1.8, 2.23, 3.9], 9))
    assert_agree(*both(REFERENCE, REGIMENS[kind], times, side))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model(model: Model) -> None:
    """Three days of two drugs."""
    times = np.linspace(0, 3, 25)
    assert_agree(*both(model, REGIMENS["two drugs"], times, "after"))


@pytest.mark.parametrize(
    "regimen",
    [
        cyclic(25, on=21, cycle=28) + pack((24, 20, 16, 12, 8, 4), STEROID, start=7),
        ramp((5, 10, 15), every=14, start=0.4) + once(Dose(30.2, STEROID, 500, duration=10)),
    ],
    ids=["cycles", "ramp"],
)
def test_two_months(regimen: Regimen) -> None:
    """Differences do not grow over 60 days."""
    assert_agree(*both(REFERENCE, regimen, np.linspace(0, 60, 201), "before"))


def test_other_patients() -> None:
    """A tumour that IL-6 feeds, strong steroids, no tolerance: patients far from the defaults."""
    values = {"tone": 3.0, "tumour_growth": 0.02, "il6_tumour_gain": 2.0, "birth_Imax": 0.5}
    first, second = (
        simulate(
            REFERENCE, "25 mg daily", days=20, patient=values, engine=engine, rtol=1e-8, atol=ATOL
        )
        for engine in ENGINES
    )
    assert_agree(first, second)


def test_infusions_into_a_small_model() -> None:
    """Twelve that overlap, begin and end together, and are cut by the end of the run."""
    doses = tuple(Dose(n / 4, "iv", 1 + n, duration=0.25 * (1 + n % 3)) for n in range(12))
    regimen = Regimen(doses=doses) + daily(10, "oral", start=0.25, times_a_day=2)
    for side in ("before", "after"):
        assert_agree(*both(one_compartment(), regimen, np.linspace(0, 3.1, 125), side))


@pytest.mark.parametrize("method", METHODS)
def test_scipy_is_as_exact_between_its_steps(method: str) -> None:
    """An infusion and its decay in closed form, at times where no step of its own would end."""
    times = np.sort(np.random.default_rng(3).uniform(0, 6, 60))
    regimen = Regimen(doses=(Dose(0.5, "iv", 12, duration=1.5),))
    run = simulate(one_compartment(), regimen, days=6, times=times, method=method)
    k, since = 0.7, np.clip(times - 0.5, 0, None)
    running = np.minimum(since, 1.5)
    expected = 8 / k * (1 - np.exp(-k * running)) * np.exp(-k * (since - running))
    np.testing.assert_allclose(run["plasma"], expected, rtol=0, atol=1e-5 * expected.max() / 5)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_lowest_value_is_reported(engine: str) -> None:
    """A state that falls below 0 is named, with how far; where none does the number is 0."""
    falling = rate_of_change(lambda x, k, t: -k)
    run = simulate(falling, days=3, engine=engine)
    assert run.attrs["most_negative"] == pytest.approx(-2)
    assert run.attrs["most_negative_state"] == "x"
    run = simulate(rate_of_change(lambda x, k, t: -k * x), days=3, engine=engine)
    assert run.attrs["most_negative"] == 0
    assert "most_negative_state" not in run.attrs


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("day", [0.0, 10.3, 1000.7])
def test_a_state_that_begins_at_nothing_late_needs_no_coarse_clock(day: float, method: str) -> None:
    """An infusion into the empty gut while there is drug in plasma, days after the beginning."""
    doses = (Dose(0.0, "iv", 60), Dose(day, "oral", 60, duration=1.0))
    run = simulate(
        one_compartment({"ka": 40.0, "k": 1e-3}), Regimen(doses=doses), days=day + 1,
        times=[day + 0.01, day + 1], at_dose="before", method=method, rtol=1e-8,
    )  # fmt: skip
    since = run["time"].values - day
    np.testing.assert_allclose(run["gut"].values, -1.5 * np.expm1(-40 * since), rtol=1e-6)


class Exchange:
    """Two compartments that exchange fast, as an integrator is given them."""

    kernels = SimpleNamespace(timed=False)
    matrix = np.array([[-725614.7968, 175100.0], [725614.4, -175100.06883]])

    def rate(self, time: float, state: np.ndarray) -> list[float]:
        """Return the derivatives, an infusion into the first included."""
        return list(self.matrix @ state + [31.69230769, 0.0])

    def jacobian(self, time: float, state: np.ndarray) -> np.ndarray:
        """Return the matrix."""
        return self.matrix


def test_lsoda_is_not_stuck_where_it_does_not_see_that_it_is_stiff() -> None:
    """Begun on the slow manifold it crept for ever: 20,000 steps of 7e-7 days."""
    start, exchange = np.array([60.45363681, 250.51981637]), Exchange()
    allowed = np.array([3.43639009e-12, 1.42404016e-11])
    integrator = Integrator("LSODA", rtol=1e-10, atol=allowed)
    found = integrator.run(cast(BoundFunctions, exchange), start, None, np.array([0.0, 0.075]))
    rest = -np.linalg.solve(exchange.matrix, [31.69230769, 0.0])
    expected = rest + expm(0.075 * exchange.matrix) @ (start - rest)
    np.testing.assert_allclose(found[-1], expected, rtol=1e-8)


FALLBACK = """
import sys, warnings
sys.modules[{missing!r}] = None
import pdmodel
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run = pdmodel.simulate(pdmodel.load("reference"), "10 mg daily", days=3)
    pdmodel.simulate(pdmodel.load("reference"), days=1)
print(len(caught), caught[0].message)
print(run.attrs["engine"], run.attrs["method"])
print(*run["tumour_blood"].values.tolist())
for wanted in (
    lambda: pdmodel.simulate(pdmodel.load("reference"), days=1, engine="compiled"),
    lambda: pdmodel.simulate_cohort,
):
    try:
        wanted()
    except pdmodel.PdmodelError as error:
        print(error)
"""


@pytest.mark.parametrize("missing", ["numba", "symengine"])
def test_scipy_does_it_where_a_compiler_is_missing(missing: str) -> None:
    """One warning a process, the same answer; what only the compiled engine can do says so."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FALLBACK.format(missing=missing)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, engine, values, refused, cohort = done.stdout.splitlines()
    assert count.startswith(f"1 {missing} is not installed: runs go through SciPy")
    assert engine == "scipy LSODA"
    expected = simulate(REFERENCE, "10 mg daily", days=3, engine="compiled")["tumour_blood"]
    assert [float(value) for value in values.split()] == pytest.approx(expected, rel=1e-5)
    assert refused == f"engine 'compiled' needs {missing}, which is not installed"
    assert cohort == f"simulate_cohort needs {missing}, which is not installed"


def test_asking_for_what_is_missing_is_one_error() -> None:
    """Without a warning that something else is done instead: nothing else is."""
    code = "import sys; sys.modules['numba'] = None\nimport pdmodel\n" + (
        "pdmodel.simulate(pdmodel.load('reference'), days=1, engine='compiled')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert last.endswith("InputError: engine 'compiled' needs numba, which is not installed")
    assert "Warning" not in done.stderr


def test_switches_of_every_day_cost_no_more_than_the_days() -> None:
    """43 switches in 28 days: SciPy needs less than twice the evaluations of a run that meets 1."""
    runs = [
        pdmodel.simulate(pdmodel.load("reference"), regimen, days=28, engine="scipy").attrs
        for regimen in ("10 mg daily", "25 mg days 1-21 of 28")
    ]
    assert [run["switches"] for run in runs] == [1, 43]
    assert runs[1]["evaluations"] < 2 * runs[0]["evaluations"]
