"""No number knows how large a state is or how long a day: scaled models give the scaled answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pdmodel.dosing import Regimen
from pdmodel.dosing.action import snap
from pdmodel.dosing.nonmem.record import Record
from pdmodel.dosing.nonmem.timetable import Events
from pdmodel.dosing.regimen.dose import Dose, DoseRule
from pdmodel.engine import prepare, simulate, simulate_cohort
from pdmodel.engine.sensitivities import simulate_sensitivities
from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

RTOL = 1e-7
Rates = Callable[[Any, Any, Any], Sequence[Any]]


def _chain(k: Any, t: Any, y: Any) -> list[Any]:
    """Pass a dose on through twelve compartments; all begin at nothing."""
    return [-5 * k * y[0], *(5 * k * (before - now) for before, now in pairwise(y))]


def _regrowth(k: Any, t: Any, y: Any) -> list[Any]:
    """Let a drug take a tumour to a millionth, from where it comes back."""
    return [-0.3 * y[0], k * y[1] * (1 - y[1]) - 1.5 * y[0] * y[1]]


def _out_of_nothing(k: Any, t: Any, y: Any) -> list[Any]:
    """Feed states by a product and a power of others that begin at nothing: no slope shows it."""
    return [-k * y[0], k * y[0] - y[1], 3 * y[0] * y[1] - y[2], y[1] ** 4 / (1 + y[1] ** 4) - y[3]]


def _through_nothing(k: Any, t: Any, y: Any) -> list[Any]:
    """Oscillate about 0, and let a third state follow within minutes."""
    return [k * y[1], -9 * y[0], 1000 * (y[0] - y[2])]


def _by_time(k: Any, t: Any, y: Any) -> list[Any]:
    """Grow by a power of time from nothing."""
    return [k * t**7 - y[0]]


SYSTEMS: dict[str, tuple[Rates, list[float]]] = {
    "chain": (_chain, [0.0] * 13),
    "regrowth": (_regrowth, [0.0, 0.01]),
    "out of nothing": (_out_of_nothing, [0.0] * 4),
    "through nothing": (_through_nothing, [1.0, 0.0, 1.0]),
    "by time": (_by_time, [0.0]),
}
TIMES = np.array([0.1, 0.5, 1.0, 1.5, 2.0, 2.7, 4.0, 9.0, 20.0])


@cache
def scaled_model(name: str) -> Model:
    """Return a system whose states are multiplied by `s1` ... and its time by `tau`."""
    rates, start = SYSTEMS[name]
    q = Vocabulary()
    scale = dict(unit="1", value=1, bounds=(1e-40, 1e40), meaning="scale", source=ASSUMED)
    tau = q.parameter("tau", **scale)  # type: ignore[arg-type]
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 9), meaning="k", source=ASSUMED)
    sizes = [q.parameter(f"s{n}", **scale) for n in range(len(start))]  # type: ignore[arg-type]
    states = [
        q.state(f"y{n}", unit="1", initial=value * size, meaning="y")
        for n, (value, size) in enumerate(zip(start, sizes, strict=True))
    ]
    q.slot("all", meaning="all", states=tuple(states))
    one = q.constant("one", unit="1/day", value=1, meaning="a day")
    plain = [y / s for y, s in zip(states, sizes, strict=True)]
    found = rates(k / one, q.time * one / tau, plain)
    processes = {y: one * s / tau * f for y, s, f in zip(states, sizes, found, strict=True)}
    mechanism = Mechanism(
        "all", "all", "it changes", processes={"change": processes}, doses={"d": states[0]}
    )
    return Model(f"scaled {name}", q, [mechanism])


def asked(name: str, sizes: np.ndarray, tau: float) -> dict[str, Any]:
    """Return patient, regimen, days and times of a scaled run."""
    doses = [DoseRule(Dose(tau * day, "d", float(sizes[0] * 2), unit="1"), cycle=100 * tau)
             for day in (1.0, 2.0)]  # fmt: skip
    values = {f"s{n}": float(size) for n, size in enumerate(sizes)} | {"tau": tau}
    return {"patient": values, "days": 20.0 * tau, "times": TIMES * tau,
            "regimen": Regimen(tuple(doses))}  # fmt: skip


def relative(states: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return states in units of their scale."""
    return np.asarray(states) / sizes


def scales(name: str, seed: int) -> tuple[np.ndarray, float]:
    """Return a factor of each state within 1e-15 and 1e15, and one of time."""
    random = np.random.default_rng(seed)
    count = len(SYSTEMS[name][1])
    return 10 ** random.uniform(-15, 15, count), float(10 ** random.uniform(-4, 4))


def run(name: str, sizes: np.ndarray, tau: float, **how: Any) -> np.ndarray:
    """Return the states of a scaled run in units of their scale, shape (n_times, n_states)."""
    wanted = asked(name, sizes, tau) | how
    found = simulate(scaled_model(name), wanted.pop("regimen"), rtol=RTOL, **wanted)
    return relative(found["state_values"].values, sizes)


@cache
def reference(name: str) -> np.ndarray:
    """Return the states of the run at scale 1, to all digits."""
    ones = np.ones(len(SYSTEMS[name][1]))
    wanted = asked(name, ones, 1.0)
    found = simulate(scaled_model(name), wanted.pop("regimen"), rtol=1e-12, **wanted)
    return np.asarray(found["state_values"].values)


def misses(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest error over the largest value of its state, in units of `RTOL`."""
    return float((np.abs(found - exact) / np.abs(exact).max(axis=0)).max() / RTOL)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("seed", range(4))
def test_a_scaled_run_is_the_run_scaled(name: str, seed: int) -> None:
    """Each state by its own factor, 1e-15 to 1e15, and time by 1e-4 to 1e4."""
    assert misses(run(name, *scales(name, seed)), reference(name)) < 30


@pytest.mark.parametrize("name", SYSTEMS)
def test_scales_cost_no_steps(name: str) -> None:
    """By powers of two, which round nothing, the steps are the same."""
    steps = set()
    for power in (0, -40, 40):
        sizes = 2.0 ** (power * (1 + np.arange(len(SYSTEMS[name][1])) % 2))
        wanted = asked(name, sizes, 1.0)
        found = simulate(scaled_model(name), wanted.pop("regimen"), rtol=RTOL, **wanted)
        steps.add(found.attrs["steps"])
    assert len(steps) == 1


@pytest.mark.parametrize("method", ["LSODA", "Radau"])
@pytest.mark.parametrize("name", ["chain", "regrowth", "out of nothing"])
def test_scipy_follows_the_sizes_too(name: str, method: str) -> None:
    """The same rules through SciPy's integrators: as at scale 1, which is near the exact one."""
    plain = run(name, np.ones(len(SYSTEMS[name][1])), 1.0, method=method)
    assert misses(plain, reference(name)) < 1000
    assert misses(run(name, *scales(name, 7), method=method), plain) < 100


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_cohort_of_scales(name: str) -> None:
    """Patients of many scales side by side; each has the bits of one alone."""
    sizes = [scales(name, seed)[0] for seed in range(10)]
    rows = [asked(name, size, 1.0) for size in sizes]
    table = {key: [row["patient"][key] for row in rows] for key in rows[0]["patient"]}
    found = simulate_cohort(
        scaled_model(name), [row["regimen"] for row in rows], table, days=20, times=TIMES, rtol=RTOL
    )
    assert not any(found["reason"].values)
    for number, size in enumerate(sizes):
        states = np.stack([found[f"y{n}"].values[number] for n in range(size.size)], axis=1)
        assert misses(relative(states, size), reference(name)) < 30
        alone = prepare(scaled_model(name), rows[number]["regimen"], days=20, times=TIMES,
                        rtol=RTOL).run(rows[number]["patient"])  # fmt: skip
        assert alone.tobytes() == states.tobytes()


@pytest.mark.parametrize("name", SYSTEMS)
def test_slopes_scale_with_the_states(name: str) -> None:
    """The slope by a rate is that at scale 1, in units of the state's scale."""

    def slopes(sizes: np.ndarray, tau: float, rtol: float) -> np.ndarray:
        wanted = asked(name, sizes, tau)
        found = simulate_sensitivities(
            scaled_model(name), wanted.pop("regimen"), by=["k"], rtol=rtol, **wanted
        )
        columns = [found[f"y{n}"].values[:, 0] for n in range(sizes.size)]
        return relative(np.stack(columns, axis=1), sizes)

    exact = slopes(np.ones(len(SYSTEMS[name][1])), 1.0, 1e-12)
    moving = np.abs(exact).max(axis=0) > 0
    found = slopes(*scales(name, 3), RTOL)
    assert misses(found[:, moving], exact[:, moving]) < 100
    assert not found[:, ~moving].any()


def test_a_state_that_stays_at_nothing_costs_nothing() -> None:
    """A chain that no dose reaches makes no more steps than there are times to stop at."""
    found = simulate(scaled_model("chain"), days=1000, times=[1000], rtol=RTOL)
    assert not found["state_values"].values.any()
    assert found.attrs["steps"] + found.attrs["rejected"] < 30


def test_sizes_that_were_overestimated_are_found_out() -> None:
    """Uptake that saturates far below the dose: a linear forecast is a billion times too large."""
    q = Vocabulary()
    scale = q.parameter("scale", unit="1", value=1, bounds=(0, 9), meaning="k", source=ASSUMED)
    day = q.constant("day", unit="1/day", value=1, meaning="a day")
    depot = q.state("depot", unit="1", initial=0, meaning="depot")
    effect = q.state("effect", unit="1", initial=0, meaning="effect")
    q.slot("all", meaning="all", states=(depot, effect))
    uptake = 1e-9 * depot / (depot + 1e-9)
    rates = {depot: -day * depot, effect: day * scale * (uptake - effect)}
    model = Model("saturating", q, [
        Mechanism("all", "all", "it saturates", processes={"change": rates}, doses={"d": depot})
    ])  # fmt: skip
    given = Regimen((DoseRule(Dose(0.0, "d", 1000.0, unit="1"), cycle=100),))
    wanted: dict[str, Any] = {"days": 5, "times": [0.5, 1, 3, 5], "quantities": ["effect"]}
    exact = 1e-9 * (1 - np.exp(-np.array([0.5, 1, 3, 5])))
    for method in (None, "LSODA"):
        found = simulate(model, given, method=method, **wanted)
        np.testing.assert_allclose(found["effect"].values, exact, rtol=1e-5)


def test_a_declared_tolerance_is_kept() -> None:
    """A number, or numbers by state; the attribute says which, and that of the others."""
    model, ones = scaled_model("regrowth"), np.ones(2)
    wanted = asked("regrowth", ones, 1.0)
    given = wanted.pop("regimen")
    said = simulate(model, given, atol=1e-3, **wanted)
    assert said.attrs["atol"] == "0.001"
    assert said.attrs["steps"] < simulate(model, given, **wanted).attrs["steps"]
    said = simulate(model, given, atol={"y0": 1e-3}, **wanted)
    assert said.attrs["atol"] == "1e-15 of the largest value so far (y1); 0.001 (y0)"


def test_moments_of_a_run_of_a_hundred_millionth_of_a_day() -> None:
    """Outputs and doses nearer than 1e-9 day are apart; those computed in two ways are one."""
    model = scaled_model("through nothing")
    times = [1e-10, 3e-10, 1e-9, 1e-8]
    found = simulate(model, days=1e-8, times=times, patient={"tau": 1e-9}, rtol=RTOL)
    exact = np.cos(3 * np.array(times) / 1e-9)
    np.testing.assert_allclose(found["y0"].values, exact, atol=1e-5)
    assert snap(0.1 + 0.2) == snap(0.3)
    assert snap((0.1 + 0.2) * 1e-9) == snap(0.3 * 1e-9)
    assert snap(1000.3 - 1000) == snap(0.3)


def test_times_are_answered_as_asked_or_not_at_all() -> None:
    """Times that repeat or go back would come back in another number or order."""
    for times in ([2, 1], [1, 1, 2]):
        with pytest.raises(InputError, match="times must increase, and 1 follows"):
            simulate(scaled_model("by time"), days=3, times=times)


@pytest.mark.parametrize("time", [1e-7, 1e-4, 1e3])
def test_steady_states_of_short_intervals_keep_their_lag_and_infusion(time: float) -> None:
    """An interval of milliseconds has the parts that one of days has."""

    def course(time: float) -> Any:
        q = Vocabulary()
        k = q.parameter("k", unit="1/day", value=1 / time, bounds=(0.1 / time, 10 / time),
                        meaning="k", source=ASSUMED)  # fmt: skip
        x = q.state("x", unit="mg", initial=0, meaning="x")
        q.slot("c", meaning="c", states=(x,))
        loss = Mechanism("c", slot="c", claim="c", doses={"drug": x}, processes={"c": {x: -k * x}})
        dose = Record(0, amount=5, duration=0.003 * time, interval=2 * time, steady=1,
                      additional=2, lag=1e-4 * time)  # fmt: skip
        times = np.array([5e-5, 2e-3, 1, 2, 2.002, 5]) * time
        run = simulate(Model("m", q, [loss]), Events((dose,)), days=5 * time, times=times)
        return run["x"].values

    np.testing.assert_allclose(course(time), course(1.0), rtol=1e-9)
