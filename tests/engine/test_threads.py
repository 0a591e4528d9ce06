"""Machine code is used by whoever holds it, from any thread; the numbers are a fresh process's."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pdmodel.engine import prepare, simulate, simulate_cohort
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.keeping import Shelf
from pdmodel.errors import InputError
from pdmodel.inference import FitProblem
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.inference.conftest import short_targets
from tests.toys import rate_of_change

ROOT = Path(__file__).parents[2]


def in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, so that a crash is a failed test."""
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def turnover(order: tuple[str, str]) -> Model:
    """Return `dx/dt = k_in - k_out x` with k_in 1 and k_out 2 a day, declared in an order."""
    q = Vocabulary()
    values = {"k_in": 1.0, "k_out": 2.0}
    k = {
        name: q.parameter(
            name, unit="1/day", value=values[name], bounds=(0, 9), meaning="", source=ASSUMED
        )
        for name in order
    }
    x = q.state("x", unit="1", initial=1, meaning="")
    slot = q.slot("s", meaning="", states=(x,))
    rates = {"in": {x: k["k_in"]}, "out": {x: -k["k_out"] * x}}
    return Model("m", q, [Mechanism("m", slot=slot, claim="", processes=rates)])


@pytest.mark.parametrize("engine", ["compiled", "scipy"])
def test_the_order_of_parameters_is_not_mixed_up(engine: str) -> None:
    """x(5) = 0.5 + 0.5 exp(-10) in both orders: the models mean the same, their code differs."""
    one, other = turnover(("k_in", "k_out")), turnover(("k_out", "k_in"))
    assert one.hash == other.hash
    assert one.layout != other.layout
    for model in (one, other):
        run = simulate(model, days=5, engine=engine, rtol=1e-9)
        assert float(run["x"][-1]) == pytest.approx(0.5 + 0.5 * math.exp(-10), rel=1e-7)
    assert machine_of(one) is not machine_of(other)


def test_a_cohort_and_slopes_follow_the_order_too() -> None:
    """A table with one column, and d x / d k_out of the second model."""
    for order in (("k_in", "k_out"), ("k_out", "k_in")):
        model = turnover(order)
        run = simulate_cohort(model, parameters={"k_out": [2.0, 4.0]}, days=20)
        assert run["x"].values[:, -1] == pytest.approx([0.5, 0.25], rel=1e-5)
        _, slopes = prepare(model, days=20, quantities=["x"]).run_sensitivities(None, ["k_out"])
        assert slopes[-1, 0, 0] == pytest.approx(-0.25, rel=1e-5)


def test_a_limit_belongs_to_its_own_model() -> None:
    """Of two models that differ in the least value of a constant only, each keeps its own."""

    def limited(least: float | None) -> Model:
        q = Vocabulary()
        rate: dict[str, Any] = {"unit": "1/day", "bounds": (0, 9), "meaning": "", "source": ASSUMED}
        k, loss = q.parameter("k", value=1, **rate), q.parameter("loss", value=0.5, **rate)
        x = q.state("x", unit="1", initial=1, meaning="")
        half = q.auxiliary("half", unit="1/day", meaning="", minimum=least)
        slot = q.slot("s", meaning="", states=(x,), defines=(half,))
        rates = {"out": {x: -half * x}}
        mechanism = Mechanism("m", slot=slot, claim="", processes=rates, defines={half: k - loss})
        return Model("m", q, [mechanism])

    free, bound = limited(None), limited(0)
    assert free.hash == bound.hash
    reasons = [
        str(simulate_cohort(m, parameters={"k": [0.2]}, days=1)["reason"].values[0])
        for m in (free, bound, free)
    ]
    assert [bool(reason) for reason in reasons] == [False, True, False]
    with pytest.raises(InputError, match="must be >= 0"):
        simulate(bound, days=1, patient={"k": 0.2})


def test_code_lives_as_long_as_anybody_may_call_it() -> None:
    """Twelve models and 200 sets of quantities are prepared; then the first of each is run."""
    done = in_a_process("""
        import gc
        from pdmodel.engine import prepare
        from pdmodel.engine.keeping import Shelf
        from tests.toys import rate_of_change, one_compartment
        Shelf.most = property(lambda self: 1, lambda self, most: None)
        models = [rate_of_change(lambda x, k, t, i=i: -k * x * (1 + i)) for i in range(12)]
        held = [prepare(model, days=1, quantities=["x"]) for model in models]
        names = ["gut", "plasma", "concentration"]
        many = [prepare(one_compartment(), days=1, quantities=names[:1 + i % 3] * (1 + i // 3))
                for i in range(30)]
        gc.collect()
        print(*(float(one.run()[-1, 0]) for one in held))
        print(*(float(one.run_sensitivities(None, ["k"])[1][-1, 0, 0]) for one in held))
        print({one.run().shape[1] for one in many} == {len(one.quantities) for one in many})
    """)
    assert done.returncode == 0, done.stderr[-2000:]
    values, slopes, shapes = done.stdout.splitlines()
    exact = np.exp(-np.arange(1.0, 13.0))
    assert [float(v) for v in values.split()] == pytest.approx(exact, rel=1e-4)
    assert [float(v) for v in slopes.split()] == pytest.approx(-np.arange(1, 13) * exact, rel=1e-4)
    assert shapes == "True"


def falling(number: int, x: Any, k: Any, time: Any) -> Any:
    """Return a rate that differs from that of any other number."""
    return -k * x * (1 + number) / 1000


def test_many_models_do_not_fill_the_memory() -> None:
    """Machines that nobody holds are let go."""
    shelf = sys.modules["pdmodel.engine.compiled_model.machine"]._MACHINES
    assert isinstance(shelf, Shelf)
    for i in range(shelf.most + 5):
        machine_of(rate_of_change(partial(falling, i)))
    assert len(shelf._recent) == shelf.most


def test_a_fit_gives_each_thread_its_own_point() -> None:
    """Eight threads ask one problem for the residuals of their own values, again and again."""
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    start = {setting.name: setting.value for setting in problem.settings}
    points = [start | {"il6_induction": start["il6_induction"] * (1 + n / 8)} for n in range(8)]
    alone = [problem.residuals(point) for point in points]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(problem.residuals, points * 5))
    for number, found in enumerate(together):
        np.testing.assert_array_equal(found, alone[number % 8])


def stress(*words: object) -> dict[str, Any]:
    """Return what `tests.engine.stress` prints."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.engine.stress", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    answers: dict[str, Any] = json.loads(done.stdout)["answers"]
    return answers


def test_every_bit_is_that_of_a_fresh_process() -> None:
    """Published models, fits and cohorts from 8 threads; `PDMODEL_STRESS=ROUNDS` runs all of them.

    Without it a few models are asked once, which takes seconds.
    """
    rounds = int(os.environ.get("PDMODEL_STRESS", "0"))
    models = [] if rounds else [2]
    fresh = stress(1, 1, 1, *models)
    assert len(fresh) >= 14
    for seed in range(max(1, rounds // 10)):
        assert stress(8, min(rounds, 10) or 1, seed, *models) == fresh
