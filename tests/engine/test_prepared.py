"""A prepared run takes other amounts at the same moments without being prepared anew."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from pdmodel.dosing import daily, read_regimen
from pdmodel.engine import prepare
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.errors import InputError
from tests.toys import one_compartment, rate_of_change

MODEL = one_compartment()


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("10 mg iv daily", "25 mg iv daily"),
        ("80 mg oral once", "0.5 mg oral once"),
        ("100 mg iv on day 1 over 2 hours + 20 mg oral daily",
         "30 mg iv on day 1 over 2 hours + 75 mg oral daily"),
    ],
)  # fmt: skip
def test_other_amounts_are_those_of_a_fresh_run(first: str, then: str) -> None:
    """To the last bit; the run that they were put into stays as it was."""
    times = np.linspace(0, 9, 91)
    run = prepare(MODEL, first, days=9, times=times)
    before = run.run()
    plan = read_regimen(then, model=MODEL)
    moved = run.at_amounts(make_schedule(MODEL, plan, 9))
    assert np.array_equal(
        moved.run({"k": 0.4}), prepare(MODEL, then, days=9, times=times).run({"k": 0.4})
    )
    assert np.array_equal(run.run(), before)
    assert moved.compiled is not run.compiled
    assert moved.compiled.code is run.compiled.code


def test_marks_of_time_are_found_in_both() -> None:
    """A model whose rate follows the time has further edges, of either schedule."""
    model = rate_of_change(lambda x, k, t: sympy.sin(3 * k * t) ** 2 * k - k * x)
    run = prepare(model, daily(1, "d", unit="1"), days=5)
    run.run()
    plan = daily(3, "d", unit="1")
    moved = run.at_amounts(make_schedule(model, plan, 5))
    assert np.array_equal(moved.run(), prepare(model, plan, days=5).run())


def test_other_moments_are_refused() -> None:
    """The rows are of the moments that were prepared."""
    run = prepare(MODEL, "10 mg iv daily", days=9)
    plan = read_regimen("10 mg iv every 2 days", model=MODEL)
    with pytest.raises(InputError, match="at the moments that were prepared"):
        run.at_amounts(make_schedule(MODEL, plan, 9))
