"""Slopes through events are those of the runs: held to differences, and to an exact answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pdmodel import Event, FitProblem, LogNormalError, Model
from pdmodel.dosing import Regimen
from pdmodel.engine import Course, prepare, prepare_subjects
from pdmodel.errors import SimulationError
from tests.engine.runs.test_with_events import Pool, boluses

TIMES = np.linspace(0.05, 4.83, 15)
NO_DOSES = Regimen(doses=())


def refilled(pool: Pool) -> Model:
    """Return a pool that is refilled where it is low."""
    return pool.model(Event("refill", pool.x < pool.low, {pool.x: 4 * pool.low + pool.start / 5}))


def dosed(pool: Pool) -> Model:
    """Return a pool into which events give doses, one every `day`."""
    given = {pool.x: pool.x + 3 * pool.low, pool.due: pool.due + pool.day}
    return pool.model(Event("give", pool.q.time >= pool.due, given))


def quickened(pool: Pool) -> Model:
    """Return a pool whose rate of loss an event sets to what it reads from the state."""
    faster = {pool.loss: pool.loss * pool.start * pool.x / 80, pool.x: pool.start}
    return pool.model(Event("faster", pool.x < pool.low, faster))


def delayed(pool: Pool) -> Model:
    """Return delays that follow states, values of both moments, and a chain that changes a rate."""
    low = pool.x < pool.low
    read = {pool.a: pool.x + pool.start, pool.b: pool.low * pool.x / pool.start}
    return pool.model(
        Event("read", low, read, delay=pool.day * pool.x / 5 / pool.low),
        Event("later", low, {pool.x: pool.x + pool.start}, delay=pool.day, values_at="execution"),
        Event("chain", pool.a > pool.start, {pool.b: pool.b + pool.x, pool.loss: 2 * pool.loss}),
    )


def lifted(pool: Pool) -> Model:
    """Return an event that a dose sets off, at a moment that nothing moves."""
    over = pool.x > 6 * pool.low
    return pool.model(Event("over", over, {pool.a: pool.a + pool.x, pool.loss: 2 * pool.loss}))


@pytest.mark.parametrize(
    ("make", "names", "regimen"),
    [
        (refilled, ("start", "low", "loss"), NO_DOSES),
        (dosed, ("day", "due", "loss", "low"), NO_DOSES),
        (quickened, ("start", "low", "loss"), NO_DOSES),
        (delayed, ("start", "low", "loss", "day"), NO_DOSES),
        (lifted, ("start", "loss"), boluses(8, 1, 2.5)),
    ],
)
def test_slopes_are_those_of_differences(
    make: Callable[[Pool], Model], names: tuple[str, ...], regimen: Regimen
) -> None:
    """Every slope, of states and of what follows parameters, agrees with central differences."""
    model = make(Pool())
    quantities = ["x", "a", "b", "double"]
    prepared = prepare(model, regimen, days=5, times=TIMES, quantities=quantities, rtol=1e-9)
    at = prepared.array(None)
    values, slopes = prepared.run_sensitivities(at, names)
    np.testing.assert_allclose(values, prepared.run(at), rtol=1e-6, atol=1e-8)
    parameters = [quantity.name for quantity in model.parameters]
    for column, name in enumerate(names):
        index = parameters.index(name)
        step = np.zeros_like(at)
        step[index] = 1e-5 * abs(at[index])
        difference = (prepared.run(at + step) - prepared.run(at - step)) / (2 * step[index])
        size = np.abs(slopes[..., column]).max()
        np.testing.assert_allclose(slopes[..., column], difference, rtol=0, atol=2e-6 * size + 1e-6)


def test_the_first_refill_moves_as_it_must() -> None:
    """With tau = log(start/low)/loss, x after the refill is 5 low exp(-loss (t - tau))."""
    pool = Pool()
    model = pool.model(Event("refill", pool.x < pool.low, {pool.x: 5 * pool.low}))
    prepared = prepare(model, days=2.5, times=[1.0, 2.5], quantities=["x"], rtol=1e-9)
    _, slopes = prepared.run_sensitivities(None, ["start", "initial:x", "loss"])
    before, after = np.exp(-1.0), 10 * np.exp(-(2.5 - np.log(5)))
    np.testing.assert_allclose(slopes[0, 0], [before, before, -10 * before], rtol=1e-6)
    by_loss = -after * (2.5 - np.log(5)) - after * np.log(5)
    np.testing.assert_allclose(slopes[1, 0], [after / 10, after / 10, by_loss], rtol=1e-6)


def test_subjects_have_slopes_through_events() -> None:
    """Slopes of subjects are those of single runs."""
    model = delayed(Pool())
    times = np.array([0.5, 3.0, 4.0])
    course = Course(boluses(3, 1.0), times, np.zeros(3, dtype=bool))
    subjects = prepare_subjects(model, [course], quantities=["x", "b"])
    runs = subjects.run_sensitivities(subjects.array()[np.newaxis], ["loss", "low"])
    own = prepare(model, boluses(3, 1.0), days=4, times=times, quantities=["x", "b"])
    assert runs.slopes is not None
    np.testing.assert_array_equal(runs.slopes[0], own.run_sensitivities(None, ["loss", "low"])[1])


def test_where_there_are_no_slopes() -> None:
    """Where a condition becomes true but its sides do not move apart no moment has a slope."""
    pool = Pool()
    above = pool.a >= 1
    model = pool.model(Event("first", pool.x < pool.low, {pool.a: 1}), Event("then", above, {}))
    prepare(model, days=3).run_sensitivities(None, ["loss"])
    flat = (pool.q.time - pool.due) ** 3 / pool.day**3 >= 0
    with pytest.raises(SimulationError, match="only touched: no slopes there"):
        prepare(pool.model(Event("flat", flat, {pool.b: 1})), days=3).run_sensitivities(
            None, ["loss"]
        )


def test_a_fit_has_gradients_through_events() -> None:
    """Residuals of measured values curve as their differences say, where events lie between."""
    days = np.linspace(0.2, 6, 8)
    rows = [("1", day, 0, ".", value) for day, value in zip(days, 3 + np.sin(days), strict=True)]
    data = pd.DataFrame(rows, columns=["ID", "TIME", "EVID", "AMT", "DV"], dtype=object)
    problem = FitProblem(
        quickened(Pool()), data=data, observed="x", free=["loss", "low"], error=LogNormalError(),
        rtol=1e-8,
    )  # fmt: skip
    assert problem.check_gradient()["deviation"].max() < 1e-5
