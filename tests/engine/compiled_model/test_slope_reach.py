"""What is left out of slopes is 0 for good, and what shares a block reaches much the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

import pdmodel
from pdmodel.engine.compiled_model.machine import machine_of
from pdmodel.engine.compiled_model.sensitivity_code import sensitivity_of
from pdmodel.engine.compiled_model.slope_reach import COLUMNS, plan_blocks, plan_of, reached

STATES = 14
UP, DOWN, ALL = frozenset(range(7)), frozenset(range(10, 14)), frozenset(range(1, 14))


def test_states_downstream_are_reached_and_no_others() -> None:
    """0 feeds 1, 1 and 2 feed each other, 3 is fed by 2: what enters 1 never moves 0."""
    dependences = [(1, 0), (1, 2), (2, 1), (3, 2), (0, 0)]
    every, beyond_0, last = reached(dependences, [{0}, {1}, {3}])
    assert every == {0, 1, 2, 3}
    assert beyond_0 == {1, 2, 3}
    assert last == {3}


def test_columns_that_reach_the_same_share_a_block() -> None:
    """Of 20 columns the five that reach something else of their own stand together."""
    reach = [ALL, UP, DOWN, ALL, *[UP] * 14, DOWN, UP]
    plan = plan_blocks(STATES, reach)
    assert sorted(plan.order) == list(range(20))
    assert sorted(map(len, plan.rows)) == [*[len(UP)] * (16 // COLUMNS), len(ALL)]


@given(
    st.lists(st.frozensets(st.integers(0, STATES - 1)), min_size=1, max_size=40),
)
def test_every_column_stands_once_where_all_its_states_are(reach: list[frozenset[int]]) -> None:
    """No block more than are needed; every block has the states of its columns."""
    plan = plan_blocks(STATES, reach)
    assert sorted(plan.order) == list(range(len(reach)))
    assert len(plan.rows) == -(-len(reach) // COLUMNS)
    for place, column in enumerate(plan.order):
        assert reach[column] <= set(plan.rows[place // COLUMNS])


def test_slopes_are_those_of_all_states() -> None:
    """With and without what is left out, in whatever order the names are asked for."""
    model = pdmodel.load("reference")
    names = (
        "MTT", "kill_max", "initial:il6", "il6_induction", "dose:lenalidomide", "CL", "tone",
        "swelling_max", "marrow_slope", "exhaustion_gain",
    )  # fmt: skip
    prepared = pdmodel.prepare(model, "10 mg daily", days=28)
    machine = machine_of(model)
    few, every = (
        sensitivity_of(machine, names, prepared.observed, moving) for moving in (False, True)
    )
    assert sum(map(len, few.plan.rows)) < sum(map(len, every.plan.rows))
    assert {*few.columns.names} == {*names}
    given = prepared.array(None)
    one, other = (prepared._run_sensitivities(given, code)[1] for code in (few, every))
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * abs(other).max())
    plasma = [state.name for state in model.states].index("drug_plasma")
    for slopes in (one, other):
        assert not slopes[:, plasma, names.index("kill_max")].any()
        assert slopes[:, plasma, names.index("CL")].any()


def test_a_parameter_of_a_readout_alone_moves_no_state() -> None:
    """Its block has no rows at all, and it is a slope of the readout only."""
    model = pdmodel.load("reference")
    machine = machine_of(model)
    names = [q.name for q in model.parameters]
    alone = next(name for name in names if not plan_of(machine, {0: name}, {}).rows[0])
    states = [state.name for state in model.states]
    prepared = pdmodel.prepare(model, "10 mg daily", days=7)
    slopes = prepared.run_sensitivities(None, [alone])[1]
    for name, of_quantity in zip(prepared.observed, slopes.transpose(1, 0, 2), strict=True):
        assert name not in states or not of_quantity.any()
    assert slopes.any()
