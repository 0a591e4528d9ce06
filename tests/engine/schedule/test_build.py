"""Schedules: doses become edges, each amount into its state in the state's unit."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from pdmodel.dosing import (
    Action,
    Dose,
    Regimen,
    SteadyState,
    daily,
    no_drug,
    once,
    pack,
    read_regimen,
)
from pdmodel.dosing.action import snap as moment
from pdmodel.engine.rosenbrock.memory import (
    ADD,
    ADD_STATE,
    MULTIPLY,
    RATE,
    REPLACE,
    RESET,
    SET,
    STATE,
)
from pdmodel.engine.runs.outcome import Outcome, account
from pdmodel.engine.schedule.build import make_schedule, schedule_actions
from pdmodel.engine.schedule.edges import Change, RunSchedule, snap
from pdmodel.errors import RegimenError, SimulationError, UnknownNameError
from tests.engine.timetables import Given
from tests.toys import one_compartment, rate_of_change

GUT, PLASMA = 0, 1
MODEL = one_compartment()


def boluses(schedule: RunSchedule) -> list[tuple[float, int, float]]:
    """Return time, state and amount of every bolus."""
    steps = [(edge.time, step) for edge in schedule.edges for step in edge.steps]
    return [(time, step.target, step.value) for time, step in steps if step.kind == ADD]


def test_a_run_without_doses_has_no_edge() -> None:
    """Nothing happens, nothing arrives."""
    schedule = make_schedule(MODEL, no_drug(), 10)
    assert (schedule.edges, schedule.steady, schedule.horizon) == ((), (), 10)
    assert schedule.delivered(2).tolist() == [0, 0]
    assert schedule.delivered_by_name(MODEL) == {}


def test_boluses_go_where_their_drug_goes() -> None:
    """Amounts are converted; the first drug is meant by none; states are named by their drug."""
    regimen = daily(10) + daily(0.002, "iv", unit="g") + daily(5, "oral", start=1)
    schedule = make_schedule(MODEL, regimen, 2)
    assert [edge.time for edge in schedule.edges] == [0, 1]
    assert sorted(boluses(schedule)) == [
        (0, GUT, 10), (0, PLASMA, 2), (1, GUT, 5), (1, GUT, 10), (1, PLASMA, 2),
    ]  # fmt: skip
    assert schedule.delivered(2).tolist() == [25, 4]
    assert schedule.delivered_by_name(MODEL) == {"oral": 25, "iv": 4}


def test_infusions_overlap_and_end_exactly() -> None:
    """Rates are sums of what runs, so nothing is left over when the last one ends."""
    regimen = Regimen(doses=tuple(Dose(n / 10, "iv", 0.1 + n, duration=0.3) for n in range(9)))
    edges = make_schedule(MODEL, regimen, 5).edges
    assert all([step.kind for step in edge.steps] == [RATE] for edge in edges)
    assert all(step.target == PLASMA for edge in edges for step in edge.steps)
    running = [edge.steps[0].value for edge in edges]
    assert len(edges) == 12
    assert running[0] == pytest.approx(0.1 / 0.3)
    assert running[4] == pytest.approx((2.1 + 3.1 + 4.1) / 0.3)
    assert running[-1] == 0.0


def test_the_end_of_the_run_cuts_an_infusion() -> None:
    """Only what goes in before the end counts; a dose at the end is not given."""
    schedule = make_schedule(MODEL, once(Dose(1, "iv", 10, duration=2)), 2)
    assert schedule.delivered_by_name(MODEL) == {"iv": 5}
    assert [edge.time for edge in schedule.edges] == [1]
    assert make_schedule(MODEL, once(Dose(2, "iv", 10)), 2).arriving == {}


def test_times_a_rounding_apart_are_one() -> None:
    """`0.1 + 0.2` is 0.3, and a dose a rounding before the end is at the end."""
    schedule = make_schedule(MODEL, daily(10, start=0.3) + daily(5, start=0.1 + 0.2), 2)
    assert [edge.time for edge in schedule.edges] == [0.3, 1.3]
    late = once(Dose(np.nextafter(2, 0), "", 10))
    assert make_schedule(MODEL, late, 2).edges == ()
    thirds = pack((9,), "iv", times_a_day=3, start=2 / 3)
    assert len(make_schedule(MODEL, thirds + daily(1, "iv", times_a_day=3), 3).edges) == 9
    times = [0.1 + 0.2, 1e-12, 0.0, 0.01234567891234, 7.1 * 3, 99_999.1234567891, 123_456.7]
    assert snap(np.array(times)).tolist() == [moment(t) for t in times]
    assert snap(np.array(times[:2])).tolist() == [0.3, 1e-12]  # short times are kept


def test_an_infusion_of_no_length_is_a_bolus() -> None:
    """Nothing is divided by zero."""
    schedule = make_schedule(MODEL, once(Dose(1, "iv", 10, duration=1e-12)), 2)
    assert boluses(schedule) == [(1, PLASMA, 10)]


def test_every_kind_of_action_becomes_a_step() -> None:
    """In the order of the list; a parameter that is set on day 0 is set before the start."""
    doses = SteadyState(5, 0, 2, 0)
    actions = [
        Action(0, "set", "k", 0.5), Action(1, "set", "ka", 2), Action(1, "reset"),
        Action(1, "steady", "iv", steady=doses),
        Action(1, "steady", "1", unit="g", steady=SteadyState(0, 0, 0, 0.1, added=True)),
        Action(2, "replace", "gut", 0.004, "g"), Action(2, "multiply", "plasma", 0.5),
        Action(2, "add", "2", 3, ""),
    ]  # fmt: skip
    schedule = schedule_actions(MODEL, actions, 3)
    ka, k = ([quantity.name for quantity in MODEL.parameters].index(name) for name in ("ka", "k"))
    assert schedule.first_values == ((k, 0.5),)
    assert [(edge.time, edge.steps) for edge in schedule.edges] == [
        (1, (Change(SET, ka, 2), Change(RESET), Change(STATE, 0), Change(ADD_STATE, 1))),
        (2, (Change(REPLACE, GUT, 4), Change(MULTIPLY, PLASMA, 0.5), Change(ADD, PLASMA, 3))),
    ]  # fmt: skip
    assert [(dose.state, dose.factor, dose.time) for dose in schedule.steady] == [
        (PLASMA, 1, 1), (GUT, 1000, 1),
    ]  # fmt: skip
    assert schedule.steady[0].doses is doses


@pytest.mark.parametrize("kind", ["reset", "steady"])
def test_what_ends_all_infusions_ends_them_once(kind: str) -> None:
    """What begins after a reset or SS=1 runs alone, and until its own end."""
    cut = Action(1, kind, "iv", steady=SteadyState(1, 0, 1, 0) if kind == "steady" else None)
    actions = [
        Action(0, "rate", "iv", 4), Action(0.5, "rate", "iv", 2), cut,
        Action(1, "rate", "iv", 3), Action(4, "rate", "iv", -3),
    ]  # fmt: skip
    schedule = schedule_actions(MODEL, actions, 5)
    rates = [(edge.time, step.value) for edge in schedule.edges for step in edge.steps
             if step.kind == RATE]  # fmt: skip
    assert rates == [(0, 4), (0.5, 6), (1, 3), (4, 0)]
    assert schedule.delivered(2).tolist() == [0, 4 * 1 + 2 * 0.5 + 3 * 3]


def test_a_timetable_that_contradicts_itself_is_refused() -> None:
    """What is prescribed must be what its actions bring."""
    told = Given(Action(0, "add", "iv", 5), says={"iv": 6})
    with pytest.raises(RegimenError, match="plasma: 6 is prescribed but 5 would be given"):
        make_schedule(MODEL, told, 2)
    little = Given(Action(0, "add", "iv", 5e-13), says={"iv": 6e-13})
    with pytest.raises(RegimenError, match="plasma: 6e-13 is prescribed but 5e-13 would be given"):
        make_schedule(MODEL, little, 2)


def outcome_of(given: np.ndarray) -> Outcome:
    """Return the outcome of a run that brought some amounts."""
    nothing = np.zeros(2)
    return Outcome(nothing, 1, 0, 0.0, 0, given, nothing, np.zeros((2, 2)), None)


def test_a_small_dose_that_is_lost_is_missed() -> None:
    """Amounts are compared by their own size: in mol, a dose may be a millionth of a millionth."""
    schedule = schedule_actions(MODEL, [Action(0, "add", "iv", 5e-13)], 2)
    wanted = schedule.delivered(2)
    account(MODEL, schedule, outcome_of(wanted * (1 + 1e-12)), {})
    with pytest.raises(SimulationError, match="delivered 0 but 5e-13 was prescribed"):
        account(MODEL, schedule, outcome_of(0 * wanted), {})


@pytest.mark.parametrize(
    ("action", "kind", "message"),
    [
        (Action(0, "add", "3", 1), RegimenError, "compartment 3: model .* has 2 states"),
        (Action(0, "add", "0", 1), RegimenError, "compartment 0: model .* has 2 states"),
        (Action(1, "set", "kk", 1), UnknownNameError, "unknown parameter of .*; did you mean 'k"),
        (Action(0, "set", "kk", 1), UnknownNameError, "unknown parameter of .*; did you mean 'k"),
        (Action(0, "steady", "iv"), RegimenError, "a steady state at day 0 of nothing that"),
        (Action(0, "multiply", "gutt", 2, ""), RegimenError, "did you mean 'gut'"),
    ],
)
def test_actions_that_cannot_be_done(action: Action, kind: type, message: str) -> None:
    """Compartments, parameters and states that are not there."""
    with pytest.raises(kind, match=message):
        schedule_actions(MODEL, [action], 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("10 mg ivv daily", "unknown drug of model 'one_compartment': 'ivv'; did you mean 'iv'"),
        ("10 nmol daily", "dose of oral: 'nmol' cannot be given where 'mg' is needed"),
        ("10 mg/L daily", "dose of oral: 'mg/L' cannot be given"),
    ],
)
def test_what_the_model_does_not_take(words: str, message: str) -> None:
    """Unknown drugs and units that are no amount of it."""
    with pytest.raises(RegimenError, match=message):
        make_schedule(MODEL, read_regimen(words), 2)


def test_an_unknown_drug_names_what_would_take_it() -> None:
    """The drugs there are, with their mechanisms, and the rival that takes it."""
    model = pdmodel.load("reference")
    with pytest.raises(RegimenError) as caught:
        make_schedule(model, read_regimen("400 mg tnf_antibody once"), 2)
    told = str(caught.value)
    assert "swap in 'tnf_blocked' of slot 'tnf_signal', which takes it" in told
    assert "did you mean" not in told
    assert "methylprednisolone (by 'steroid_block', slot 'steroid')" in told


def test_units_follow_the_state() -> None:
    """A state without unit takes no milligrams."""
    with pytest.raises(RegimenError, match="dose of d: 'mg' cannot be given where '1' is needed"):
        make_schedule(rate_of_change(lambda x, k, t: -k * x), daily(1), 2)
