"""Steps as machine code: against the method in NumPy; a lane alone and among others."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import pdmodel
from pdmodel.engine.compiled_model.machine import Machine, machine_of
from pdmodel.engine.rosenbrock import memory
from pdmodel.engine.rosenbrock.memory import Lanes, make_lanes
from pdmodel.engine.rosenbrock.tableau import METHOD
from tests.engine.calling import call
from tests.toys import initial_value_problems as problems

RTOL, ATOL = 1e-4, 1e-6


class Steps:
    """The machine code of a model on memory of its own, a starting state and a step a lane."""

    def __init__(self, machine: Machine, lanes: int, states: np.ndarray, steps: np.ndarray) -> None:
        self.code, self.n = machine.step_code(lanes), len(machine.states)
        sizes = machine.sizes(lanes, 0)
        self.lanes: Lanes = make_lanes(sizes, np.full(self.n, ATOL), machine.n_factors, 1)
        values = machine.prepared(machine.values(dict(machine.model.defaults)))
        coefficients = values[len(machine.constants) + self.n :]
        first, count = (1 + self.n) * lanes, coefficients.size * lanes
        self.lanes.stage[first:][:count] = np.repeat(coefficients, lanes)
        modes = len(machine.modes) * lanes
        self.lanes.stage[first + count :][:modes] = 0
        limits = self.lanes.stage[first + count + modes :]
        limits[:modes], limits[modes : 2 * modes] = -np.inf, np.inf
        self.put(memory.NOW, states)
        self.clock = self.lanes.clock
        self.clock[memory.TIME], self.clock[memory.STEP] = 0.3, steps
        self.clock[memory.RTOL], self.clock[memory.ACTIVE] = RTOL, 1
        self.clock[memory.NEXT] = self.clock[memory.BUDGET] = np.inf
        self.clock[memory.STOP] = 1e6
        self.clock[memory.TRIES] = 100

    def put(self, row: int, states: np.ndarray) -> None:
        """Write a vector; states have shape (n_states, n_lanes)."""
        self.lanes.vectors[row, : states.size] = states.ravel()

    def row(self, row: int) -> np.ndarray:
        """Read a vector, shape (n_states, n_lanes)."""
        lanes = self.lanes.book.size
        return self.lanes.vectors[row, : self.n * lanes].reshape(self.n, lanes).copy()

    def run(self, *names: str) -> Steps:
        """Call functions one after another; `advance` again where a rejected step ended it."""
        for name in names:
            call(self.code.address(name), self.lanes.vectors, np.empty(0))
            while name == "advance" and self.was_rejected():
                for again in ("accept", "advance"):
                    call(self.code.address(again), self.lanes.vectors, np.empty(0))
        return self

    def was_rejected(self) -> bool:
        """Return whether rejected steps are all that is to be looked at."""
        return not self.due().any()

    def due(self) -> np.ndarray:
        """Return which lanes are to be looked at for more than a rejected step."""
        clock = self.clock
        spent = clock[memory.TAKEN] + clock[memory.REJECTED] >= clock[memory.BUDGET]
        due = spent | (clock[memory.TRIES] <= 0) | (clock[memory.ACCEPTED] >= 0)
        found: np.ndarray = due & (clock[memory.LOOK] > 0)
        return found

    def results(self) -> np.ndarray:
        """Return stages, new state and error of every lane, shape (n_numbers, n_lanes)."""
        vectors = [
            self.row(row) for row in (*range(METHOD.stages), memory.END, memory.NOW, memory.LOWEST)
        ]
        return np.concatenate([*vectors, self.clock])


def by_numpy(
    machine: Machine, state: np.ndarray, step: float, infusion: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the stages of a step from day 0.3 on, shape (8, n_states), and the new state."""
    n, code = len(machine.states), machine.moving_code(1)
    prepared = machine.prepared(machine.values(dict(machine.model.defaults)))
    coefficients = prepared[len(machine.constants) + n :]

    def model(name: str, time: float, y: np.ndarray, size: int) -> np.ndarray:
        inputs = np.concatenate([[time], y, coefficients, np.zeros(len(machine.modes))])
        return call(code.address(name), np.empty(size), inputs)

    places = [(row, column) for row, column, _ in machine.jacobian]
    found = model("slope", 0.3, state, len(places) + n + len(machine.time_slopes))
    w = np.eye(n) / (step * METHOD.gamma)
    for (row, column), entry in zip(places, found, strict=False):
        w[row, column] -= entry
    by_time = found[len(places) + n :] if machine.time_slopes else np.zeros(n)
    u = np.zeros((METHOD.stages, n))
    for s in range(METHOD.stages):
        rate = model("rate", 0.3 + METHOD.nodes[s] * step, state + METHOD.a[s] @ u, n)
        known = rate + infusion + METHOD.c[s] @ u / step + METHOD.time_factors[s] * step * by_time
        u[s] = np.linalg.solve(w, known)
    return u, state + METHOD.a[-1] @ u + u[-1]


CASES: dict[str, Callable[[], pdmodel.Model]] = {
    "reference": lambda: pdmodel.load("reference"),
    "three states": lambda: problems.oregonator().model,
    "time in the equations": lambda: problems.prothero_robinson(10.0).model,
}


@pytest.fixture(params=CASES)
def machine(request: pytest.FixtureRequest) -> Machine:
    """Return the machine code of one of several models."""
    return machine_of(CASES[request.param]())


def starts(machine: Machine, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return eight states around the start, shape (n_states, 8), and eight steps."""
    random = np.random.default_rng(seed)
    prepared = machine.prepared(machine.values(dict(machine.model.defaults)))
    start = prepared[len(machine.constants) :][: len(machine.states)]
    states = (start[:, None] + 0.1) * np.exp(random.normal(size=(start.size, 8)))
    return states, 10 ** random.uniform(-4, -1, 8)


def test_a_step_is_that_of_the_method(machine: Machine) -> None:
    """All stages and the new state; infusions, and time in the equations, included."""
    states, steps = starts(machine, 1)
    infusion = np.random.default_rng(2).uniform(0, 3, states.shape)
    run = Steps(machine, 8, states, steps)
    run.put(memory.RATES, infusion)
    run.run("slope", "step")
    for lane in range(8):
        u, end = by_numpy(machine, states[:, lane], steps[lane], infusion[:, lane])
        found = np.array([run.row(s)[:, lane] for s in range(METHOD.stages)])
        size = np.abs(u).max(axis=0)
        np.testing.assert_allclose(found / size, u / size, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(run.row(memory.END)[:, lane], end, rtol=1e-9, atol=1e-12)
        largest = np.maximum(np.abs(states[:, lane]), np.abs(run.row(memory.END)[:, lane]))
        error = math.sqrt(np.mean((found[-1] / (ATOL + RTOL * largest)) ** 2))
        assert run.clock[memory.ERROR, lane] == pytest.approx(error, rel=1e-12)


@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize("functions", [("slope", "step"), ("advance",), ("advance", "accept")])
def test_a_lane_has_the_bits_of_a_patient_alone(
    machine: Machine, functions: tuple[str, ...], lanes: int
) -> None:
    """One step, and a hundred of a size chosen by the error; single runs rely on it."""
    states, steps = starts(machine, 3)
    states, steps = np.ascontiguousarray(states[:, :lanes]), steps[:lanes]
    run = Steps(machine, lanes, states, steps).run(*functions)
    together = run.results()
    assert np.isfinite(run.row(memory.NOW)).all()  # a stage that is tried may well overflow
    assert "advance" not in functions or (run.clock[memory.TRIES] == 0).all()
    for lane in range(lanes):
        alone = Steps(machine, 1, states[:, [lane]], steps[[lane]])
        assert alone.run(*functions).results().tobytes() == together[:, lane].tobytes()


def test_a_lane_knows_nothing_of_the_others(machine: Machine) -> None:
    """NaN, infinity and zero in the other lanes leave its bits as they were."""
    states, steps = starts(machine, 4)
    before = Steps(machine, 8, states, steps).run("slope", "step", "accept").results()
    for lane in range(8):
        others = np.resize([math.nan, math.inf, -1.0, 0.0, 1e300], states.shape)
        others[:, lane] = states[:, lane]
        after = Steps(machine, 8, others, steps).run("slope", "step", "accept").results()
        assert after[:, lane].tobytes() == before[:, lane].tobytes()


def test_only_the_lanes_that_were_accepted_move() -> None:
    """The others keep their state, and their lowest values; all take the proposed step."""
    machine = machine_of(CASES["three states"]())
    states, steps = starts(machine, 5)
    run = Steps(machine, 8, states, steps).run("slope", "step")
    judged = np.array([1, -1, 0, 1, 0, -1, 1, 1])
    run.put(memory.LOWEST, states)
    run.clock[memory.ACCEPTED], run.clock[memory.PROPOSED] = judged, 7 * steps
    run.clock[memory.REACHED] = 0.3 + steps
    run.run("accept")
    end = run.row(memory.END)
    np.testing.assert_array_equal(run.row(memory.NOW), np.where(judged > 0, end, states))
    lowest = np.where(judged > 0, np.minimum(end, states), states)
    np.testing.assert_array_equal(run.row(memory.LOWEST), lowest)
    np.testing.assert_array_equal(run.clock[memory.TIME], 0.3 + steps * (judged > 0))
    np.testing.assert_array_equal(run.clock[memory.STEP], np.where(judged == 0, 1, 7) * steps)
    np.testing.assert_array_equal(run.clock[memory.FAILED], judged < 0)
    np.testing.assert_array_equal(run.clock[memory.ACCEPTED], 0)


def test_a_lane_is_looked_at_when_something_is_due() -> None:
    """At the first step that reaches it; the lane that is due later is not looked at."""
    machine = machine_of(CASES["three states"]())
    states, steps = starts(machine, 6)
    run = Steps(machine, 8, states, steps)
    run.clock[memory.NEXT, 2] = run.clock[memory.STOP, 2] = 0.30005
    run.run("advance")
    np.testing.assert_array_equal(run.due(), np.arange(8) == 2)
    assert run.clock[memory.REACHED, 2] == 0.30005
    assert run.clock[memory.TIME, 2] < 0.30005


def test_a_budget_ends_the_steps() -> None:
    """Of the lane whose it is; accepted and rejected steps count alike."""
    machine = machine_of(CASES["three states"]())
    states, _ = starts(machine, 7)
    run = Steps(machine, 8, states, np.full(8, 1e3))
    run.clock[memory.BUDGET, 5] = 6
    run.run("advance")
    np.testing.assert_array_equal(run.due(), np.arange(8) == 5)
    total = run.clock[memory.TAKEN] + run.clock[memory.REJECTED]
    np.testing.assert_array_equal(total, np.full(8, 6))
    assert run.clock[memory.REJECTED].sum() > 0
