"""A fixed handful of the random cases, and what the reference itself is held to."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sympy
from scipy.linalg import expm

from pdmodel.engine import simulate
from pdmodel.errors import SimulationError
from tests.differential.asking import A_MODEL, KINDS, ask, make_case
from tests.differential.cases import ALLOWED, Apart
from tests.differential.models import Drawn, draw_model
from tests.differential.rates import NoSteadyState, Rates
from tests.differential.records import Course, Row, draw_course
from tests.differential.reference import Question, Walk, tell
from tests.differential.repeated import steady_state
from tests.differential.triggers import Condition, check_firing

SEED = 2026


@pytest.mark.parametrize("number", range(3 * A_MODEL))
def test_a_random_case_agrees_with_the_reference(number: int) -> None:
    """Three models, each asked for runs, slopes, steady states, a cohort and a trigger."""
    answer = ask(SEED, number)
    assert answer.verdict in ("agrees", "unsure"), f"{answer.kind}: {answer.words}"


def test_every_kind_of_question_is_asked() -> None:
    """Eight cases in a row share a model and ask six kinds of questions."""
    kinds = {make_case(SEED, number)[0] for number in range(A_MODEL)}
    assert kinds == {*KINDS} == {"run", "scipy", "slopes", "steady", "cohort", "trigger"}
    models = {make_case(SEED, number)[1].drawn.name for number in range(A_MODEL)}
    assert len(models) == 1


def test_the_same_number_is_the_same_case() -> None:
    """A line of a long run can be repeated: model, doses, times and tolerance."""
    (_, first), (_, again) = make_case(SEED, 5), make_case(SEED, 5)
    assert first.course == again.course
    assert first.times.tolist() == again.times.tolist()
    assert first.drawn.processes == again.drawn.processes


def test_the_reference_agrees_with_a_matrix_exponential() -> None:
    """Linear models under boluses and infusions, walked through by hand."""
    found = 0
    for number in range(400):
        drawn = draw_model(f"linear/{number}")
        if not drawn.linear or drawn.stiff:
            continue
        found += 1
        rates, n = Rates(drawn), len(drawn.states)
        values = list(drawn.values.values())
        zero = np.array(rates.derivatives(0.0, [0.0] * n, values))
        columns = [
            np.array(rates.derivatives(0.0, row, values)) - zero for row in np.eye(n).tolist()
        ]
        wide = np.zeros((n + 1, n + 1))
        wide[:n, :n], wide[:n, n] = np.array(columns).T, zero
        place = drawn.states.index(next(iter(drawn.drugs.values())))
        rows = (Row(0.5, amount=3.0, place=next(iter(drawn.drugs)), duration=0.25),)
        infused = wide.copy()
        infused[place, n] += 12.0
        at = np.append(rates.start(drawn.values), 1.0)
        expected = expm(wide * 0.25) @ expm(infused * 0.25) @ expm(wide * 0.5) @ at
        told = tell(rates, Course(rows, 1.0), Question(drawn.values), np.array([1.0]), [False])
        np.testing.assert_allclose(told.states[0], expected[:n], rtol=1e-9, atol=1e-12)
    assert found > 5


def test_the_reference_differentiates_its_own_runs() -> None:
    """Its variational equations agree with differences, through every kind of record."""
    rng = random.Random(11)
    for number in (3, 8, 21):
        drawn = draw_model(f"smooth/{number}", switches=False)
        rates, course = Rates(drawn), draw_course(rng, drawn)
        name = next(iter(drawn.values))
        times, side = np.array([course.days]), [False]
        slopes = tell(rates, course, Question(drawn.values, by=name), times, side).slopes[0]
        step = 1e-4 * drawn.values[name]
        runs = [
            tell(
                rates,
                course,
                Question({**drawn.values, name: drawn.values[name] + by}),
                times,
                side,
            )
            for by in (-step, step)
        ]
        changed = any(name in row.values for row in course.rows)
        expected = 0 * slopes if changed else (runs[1].states[0] - runs[0].states[0]) / (2 * step)
        if not changed:
            size = np.abs(runs[0].largest) / drawn.values[name]
            np.testing.assert_allclose(slopes, expected, rtol=1e-5, atol=1e-6 * size.max())


def test_the_reference_waits_for_what_is_still_growing() -> None:
    """A state that is half-way to its capacity after 300 doses comes to rest at it after 1,500."""
    kind, case = make_case(7, 1027)
    assert kind == "steady"
    expected = case.drawn.values["p11"]
    place = [state.name for state in case.drawn.states].index("f")
    assert case.tell().states[-1, place] == pytest.approx(expected, rel=1e-9)


def test_the_reference_lets_what_is_used_up_rest_at_nothing() -> None:
    """A power below 1 uses its state up in 0.2 days; a tiny negative error is no other level."""
    kind, case = make_case(11, 1923)
    assert kind == "steady"
    row = next(row for row in case.course.rows if row.steady)
    walk = Walk(case.rates, case.course, Question(case.drawn.values))
    resting = steady_state(walk, row, walk.place(row.place), row.time)
    assert row.duration == 2 * row.interval  # two infusions run at any time: the level is constant
    rate, loss = row.factor * row.amount / row.duration, case.drawn.values["p3"]
    np.testing.assert_allclose(resting, [0.0, 2 * rate / loss, 0.0], rtol=1e-9)
    assert ask(11, 1923).verdict == "agrees"


def test_what_dwindles_for_ever_rests_at_nothing() -> None:
    """A state that is 0 after doses for ever is so to the error of the secant, not of itself."""
    kind, case = make_case(7, 1507)
    assert kind == "steady"
    course = case.tell()
    f = [state.name for state in case.drawn.states].index("f")
    assert course.states[1:, f].max() < course.blur[f] < 1e-16
    assert ask(7, 1507).verdict == "agrees"


def test_what_keeps_its_doses_has_no_steady_state() -> None:
    """Doses that nothing takes out again, and on which a rate depends: both sides refuse."""
    x, y, z, k = sympy.symbols("a b c p0")
    drawn = Drawn(
        "keeps", [x, y, z], {"p0": 0.5}, [sympy.Integer(0)] * 3,
        {"moves": {x: -k * x, y: k * x}, "seen": {z: y - z}}, drugs={"drug_a": x},
    )  # fmt: skip
    course = Course((Row(0.0, amount=1.0, place="drug_a", interval=1.0, steady=1),), 2.0)
    times = np.array([0.0, 1.0])
    with pytest.raises(NoSteadyState, match="stretches by 1"):
        tell(Rates(drawn), course, Question(drawn.values), times, [False, False])
    with pytest.raises(SimulationError, match="no steady state"):
        simulate(drawn.model, course.timetable, days=2.0, times=times)


def test_a_threshold_within_the_allowed_error_is_judged_neither_way() -> None:
    """The level drawn is an error of 1e-12 about 0: the reference's own errors pass it."""
    kind, case = make_case(11, 1381)
    assert kind == "trigger"
    assert ask(11, 1381).verdict == "agrees"
    beyond = 2 * ALLOWED * case.rtol * float(case.tell().largest[0])
    with pytest.raises(Apart, match=r"fires at \[\], the reference is past"):
        check_firing(case, Condition(0, beyond, "below"), [])
    check_firing(case, Condition(0, -beyond, "below"), [])
