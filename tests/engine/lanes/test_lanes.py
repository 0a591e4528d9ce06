"""The compiled integrator on problems with known solutions: order, stiffness, dense output."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.linalg import expm

from pdmodel.dosing import Dose, once
from pdmodel.engine import simulate
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.lanes.dense_output import along, follow
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    ACTIVE,
    BUDGET,
    END,
    NEXT,
    NOW,
    ROW,
    RTOL,
    STEP,
    STOP,
    TIME,
    TRIES,
    make_lanes,
)
from pdmodel.engine.rosenbrock.tableau import METHOD
from tests.engine.calling import call
from tests.toys import initial_value_problems as problems, rate_of_change
from tests.toys.initial_value_problems import Problem

LOGISTIC = problems.logistic(), lambda t: 1 / (1 + 9 * np.exp(-t))
FALLING = problems.falling(), lambda t: 1 / (1 + t**2)
KNOWN = [LOGISTIC, FALLING]


class Stepper:
    """Steps of a given length through the machine code of one problem."""

    def __init__(self, problem: Problem) -> None:
        machine = machine_of(problem.model)
        names = [state.name for state in problem.model.states]
        self.code = machine.run_code(names)
        self.kernels, self.sizes = self.code.kernels, machine.sizes(1, len(names))
        self.lanes = make_lanes(self.sizes, np.ones(len(names)), machine.n_factors, 1)
        prepared = machine.prepared(machine.values(dict(problem.model.defaults)))
        start, coefficients = np.split(prepared[len(machine.constants) :], [len(names)])
        self.state, self.end = (self.lanes.vectors[row, : len(names)] for row in (NOW, END))
        self.state[:] = start
        self.lanes.stage[1 + len(names) :] = coefficients
        self.time = 0.0

    def try_step(self, length: float, rtol: float = 1e9) -> np.ndarray:
        """Return the state after a step that is not yet accepted, whatever it errs by."""
        clock = self.lanes.clock
        clock[TIME], clock[STEP], clock[STOP] = self.time, length, np.inf
        clock[NEXT], clock[ROW], clock[BUDGET], clock[RTOL] = np.inf, np.inf, np.inf, rtol
        clock[ACTIVE], clock[TRIES], clock[ACCEPTED] = 1, 1, 0
        call(self.kernels.advance[0], self.lanes.vectors, np.zeros(1))
        assert (clock[ACCEPTED, 0], clock[STEP, 0]) == (1, length)
        return self.end.copy()

    def within(self, share: float) -> np.ndarray:
        """Return the state a share of the step that was tried after its beginning."""
        state = np.full(self.sizes.states, np.nan)
        follow(self.lanes, self.sizes, 0)
        along(self.lanes, self.sizes, share, state)
        return state

    def go(self, until: float, steps: int) -> np.ndarray:
        """Return the state after equal steps."""
        for _ in range(steps):
            self.state[:] = self.try_step(until / steps)
            self.time += until / steps
        return self.state.copy()


def orders(errors: list[float]) -> np.ndarray:
    """Return the order that each halving of the step shows."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


@pytest.mark.parametrize("known", KNOWN, ids=["logistic", "falling"])
def test_equal_steps_converge_with_order_5(known: tuple[Problem, Callable]) -> None:
    """With and without time in the equations; half the step, a 32nd of the error."""
    problem, exact = known
    errors = [abs(float(Stepper(problem).go(2, n)[0]) - exact(2)) for n in (8, 16, 32, 64)]
    assert orders(errors)[-1] == pytest.approx(5, abs=0.35)
    assert errors[-1] < 1e-9


@pytest.mark.parametrize("known", KNOWN, ids=["logistic", "falling"])
def test_one_step_has_local_order_6_and_its_dense_output_5(known: tuple[Problem, Callable]) -> None:
    """The error of one step is of order h^6 at its end, and of h^5 or more within."""
    problem, exact = known
    ends, middles = [], []
    for length in (0.4, 0.2, 0.1):
        stepper = Stepper(problem)
        stepper.go(0.5, 40)
        ends.append(abs(stepper.try_step(length)[0] - exact(0.5 + length)))
        shares = np.linspace(0.1, 0.9, 9)
        found = [stepper.within(share)[0] for share in shares]
        middles.append(np.abs(found - exact(0.5 + shares * length)).max())
    assert orders(ends)[-1] > 5.3
    assert orders(middles)[-1] > 4.5


@pytest.mark.parametrize("rate", [0.3, 1.0, 2.0])
def test_within_a_step_a_linear_state_errs_by_next_to_nothing_of_the_error(rate: float) -> None:
    """By less than 0.08 of the step's estimate, where the method's own dense output errs by 0.3."""
    stepper = Stepper(problems.linear(np.array([[-rate]]), [1.0]))
    stepper.try_step(1.0, rtol=0.1)
    estimate = abs(stepper.lanes.vectors[METHOD.stages - 1, 0])
    shares = np.linspace(0.02, 0.98, 49)
    exact = np.exp(-rate * shares)
    refined = [abs(stepper.within(share)[0] - y) for share, y in zip(shares, exact, strict=True)]
    stages, end = stepper.lanes.vectors[: METHOD.stages, 0], stepper.end[0]
    plain = [
        abs((1 - s) + s * (end + (1 - s) * np.dot(METHOD.weights(s), stages)) - y)
        for s, y in zip(shares, exact, strict=True)
    ]
    assert max(plain) > 0.25 * estimate
    assert max(refined) < 0.08 * estimate


@pytest.mark.parametrize("stiffness", [1e2, 1e4, 1e6])
def test_a_stiff_transient_moves_no_value_by_more_than_its_error(stiffness: float) -> None:
    """The defect of what falls at once is beyond all bounds; what is added is not."""
    stepper = Stepper(problems.prothero_robinson(stiffness))
    stepper.state[:] = 2.0
    stepper.try_step(0.2, rtol=1e3)
    stages = stepper.lanes.vectors[: METHOD.stages, 0]
    for share in np.linspace(0.05, 0.95, 19):
        bend = (1 - share) * np.dot(METHOD.weights(share), stages)
        plain = (1 - share) * stepper.state[0] + share * (stepper.end[0] + bend)
        assert abs(stepper.within(share)[0] - plain) <= abs(stages[-1])


def test_dense_output_meets_both_ends_of_a_step() -> None:
    """To rounding."""
    stepper = Stepper(problems.oregonator())
    start = stepper.state.copy()
    end = stepper.try_step(1e-3)
    np.testing.assert_allclose(stepper.within(0.0), start, rtol=1e-15)
    np.testing.assert_allclose(stepper.within(1.0), end, rtol=1e-14)


def test_time_in_the_equations_keeps_the_order() -> None:
    """Prothero and Robinson's problem where it is not stiff: time counts in every stage."""
    problem = problems.prothero_robinson(1)
    errors = [abs(float(Stepper(problem).go(2, n)[0]) - np.cos(2)) for n in (4, 8, 16, 32)]
    np.testing.assert_allclose(orders(errors), 5, atol=0.3)


@pytest.mark.parametrize("stiffness", [1e3, 1e4, 1e6])
def test_stiffness_does_not_ruin_the_order(stiffness: float) -> None:
    """Where it is stiff the error is of order h^3/L: far below the tolerance when L is large."""
    problem = problems.prothero_robinson(stiffness)
    for n in (2, 4, 8, 16, 32):
        error = abs(float(Stepper(problem).go(2, n)[0]) - np.cos(2))
        assert error < 5e-3 * (2 / n) ** 3 / stiffness


def test_the_infinitely_stiff_component_is_gone_after_a_step() -> None:
    """L-stability: a start far off the solution does not ring."""
    problem = problems.prothero_robinson(1e6)
    stepper = Stepper(problem)
    stepper.state[:] = 1000.0
    stepper.go(0.2, 2)
    assert stepper.state[0] == pytest.approx(np.cos(0.2), abs=1e-4)


@pytest.mark.parametrize("known", KNOWN, ids=["logistic", "falling"])
def test_the_error_follows_the_tolerance(known: tuple[Problem, Callable]) -> None:
    """By step control too the error falls with the fifth power of the number of steps."""
    problem, exact = known
    times = np.linspace(0, 5, 401)
    steps, errors = [], []
    for rtol in 10.0 ** -np.arange(4, 12):
        run = simulate(problem.model, days=5, times=times, rtol=rtol, atol=rtol * 1e-3)
        steps.append(run.attrs["steps"])
        errors.append(np.abs(run["y1"].values / exact(times) - 1).max())
        assert errors[-1] < 10 * rtol
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert -6.5 < slope < -4.3


def test_a_row_is_as_exact_where_one_state_of_many_moves() -> None:
    """The mean over 16 states would let the one that moves err by four tolerances."""
    rates = np.zeros((16, 16))
    rates[0, 0] = -1
    model = problems.linear(rates, [1.0] * 16).model
    for rtol in (1e-4, 1e-6):
        times = np.linspace(0.05, 12, 240)
        run = simulate(model, days=12, times=times, rtol=rtol, atol=1e-12)
        assert np.abs(run["y1"].values / np.exp(-times) - 1).max() < 0.2 * rtol


def test_a_step_ends_at_an_output_in_its_last_part() -> None:
    """Alone it costs next to nothing; where there are many they cost a quarter more steps."""
    rates = np.zeros((16, 16))
    rates[0, 0] = -1
    model = problems.linear(rates, [1.0] * 16).model

    def steps(times: list[float]) -> int:
        return int(simulate(model, days=12, times=times, rtol=1e-6, atol=1e-12).attrs["steps"])

    alone, once, often = (
        steps([12.0]),
        steps([3.21, 12.0]),
        steps(np.linspace(0.02, 12, 600).tolist()),
    )
    assert alone <= once <= alone + 2
    assert 1.1 * alone < often < 1.5 * alone


@pytest.mark.parametrize("seed", range(4))
def test_linear_systems_follow_the_matrix_exponential(seed: int) -> None:
    """Rates over five decades, oscillation included; sparse matrices, infusions, every state."""
    rng = np.random.default_rng(seed)
    n = 6
    matrix = np.where(rng.random((n, n)) < 0.5, rng.normal(size=(n, n)), 0)
    matrix -= np.diag(np.abs(matrix).sum(axis=1) + 10.0 ** rng.uniform(-2, 3, n))
    matrix[0, 1], matrix[1, 0] = 8, -8
    start = rng.uniform(0.5, 2, n)
    times = np.linspace(0, 3, 31)
    run = simulate(
        problems.linear(matrix, start.tolist()).model, days=3, times=times, rtol=1e-9, atol=1e-12
    )
    exact = np.array([expm(matrix * time) @ start for time in times])
    np.testing.assert_allclose(run["state_values"], exact, rtol=1e-7, atol=1e-9)


TIMES: dict[str, list[float]] = {
    "robertson": [0.4, 4, 40, 400, 4000, 1e4],
    "van_der_pol": [500, 1000, 1500, 2000],
    "oregonator": [30, 100, 200, 300, 360],
}
# Hairer and Wanner II, section IV.10, and Mazzia and Magherini, Test Set for IVP Solvers (2008).
PUBLISHED: dict[str, tuple[float, list[float]]] = {
    "robertson": (1e11, [0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]),
    "van_der_pol": (2000, [0.1706167732170483e1, -0.8928097010247975e-3]),
    "oregonator": (360, [0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3]),
}
# Absolute tolerances far below the smallest value of each state.
SMALL = {
    "robertson": {"y1": 1e-16, "y2": 1e-21, "y3": 1e-12},
    "van_der_pol": {"y1": 1e-12, "y2": 1e-12},
    "oregonator": {"y1": 1e-10, "y2": 1e-10, "y3": 1e-10},
}


@pytest.mark.parametrize("name", TIMES)
def test_stiff_problems_against_radau(name: str) -> None:
    """All states, with the tolerances that a user would give and with tight ones."""
    problem, times = getattr(problems, name)(), TIMES[name]
    exact = problem.radau(times, 1e-10, min(SMALL[name].values()))
    for rtol, allowed in ((1e-6, 1e-4), (1e-9, 2e-7)):
        run = simulate(problem.model, days=times[-1], times=times, rtol=rtol, atol=SMALL[name])
        np.testing.assert_allclose(run["state_values"], exact, rtol=allowed)
        assert run.attrs["steps"] < 6000


@pytest.mark.parametrize("name", PUBLISHED)
def test_stiff_problems_against_published_values(name: str) -> None:
    """Six digits and more, in one run; Robertson's over eleven decades of time."""
    time, exact = PUBLISHED[name]
    problem = getattr(problems, name)()
    run = simulate(problem.model, days=time, times=[time], rtol=1e-9, atol=SMALL[name])
    np.testing.assert_allclose(run["state_values"][0], exact, rtol=1e-6)


def test_what_is_conserved_stays() -> None:
    """The sum of Robertson's three substances, whatever the tolerance."""
    times = np.logspace(-3, 6, 60)
    run = simulate(problems.robertson().model, days=1e6, times=times, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(run["state_values"].sum("state"), 1, rtol=1e-13)


def test_tolerances_are_those_of_each_state() -> None:
    """A tight tolerance on the state that is small makes it right; a loose one saves steps."""
    matrix, start = np.array([[-1, 0], [1e-6, -30]]), [1, 0]
    times = np.linspace(0.02, 1, 50)
    exact = np.array([expm(matrix * time) @ start for time in times])[:, 1]
    errors, steps = {}, {}
    for size in (1e-14, 1.0):
        run = simulate(
            problems.linear(matrix, start).model, days=1, times=times, rtol=1e-7,
            atol={"y1": 1e-6, "y2": size},
        )  # fmt: skip
        errors[size] = np.abs(run["y2"].values / exact - 1).max()
        steps[size] = run.attrs["steps"]
    assert errors[1e-14] < 1e-6
    assert errors[1.0] > 1e-3
    assert steps[1.0] < steps[1e-14]


def test_a_single_state_ends_its_segments_where_they_end() -> None:
    """A row within the last step moves the end by not even a rounding: one state is not cut."""
    model, random = rate_of_change(lambda x, k, t: -k * x, initial=0.0), np.random.default_rng(5)
    for _ in range(110):
        day = round(float(random.uniform(0.1, 2)), 4)
        times = np.unique([0.0, *np.round(random.uniform(0, day + 1, 3), 5), day + 1])
        dose = once(Dose(day, "d", 0.5, unit="1"))
        run = simulate(model, dose, days=day + 1, times=times, patient={"k": 1.0})
        exact = np.where(times > day, 0.5 * np.exp(day - times), 0.0)
        np.testing.assert_allclose(run["x"], exact, rtol=1e-5, atol=1e-9)
