"""Many subjects, each with a schedule and times of their own, in one call."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sympy

from pdmodel.dosing import Dose, Regimen, daily, read_events
from pdmodel.engine import Course, PreparedSubjects, prepare, prepare_subjects
from pdmodel.engine.runs import many_subjects
from pdmodel.errors import InputError, RegimenError, SimulationError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary, safe_power
from tests.toys import one_compartment, rate_of_change
from tests.toys.initial_value_problems import Problem
from tests.toys.switches import one

MODEL = one_compartment()
BY = ["ka", "k", "volume"]
QUANTITIES = ["plasma", "concentration"]


def courses() -> list[Course]:
    """Return five subjects: a bolus, an infusion, event records, the first again, nothing."""
    frame = pd.DataFrame(
        {"ID": 1, "TIME": [0, 1.0, 2], "AMT": [10, 20, "."], "CMT": ["gut", "plasma", "plasma"],
         "RATE": [0, 40, "."], "EVID": [1, 1, 0], "DV": "."}
    )  # fmt: skip
    first = Course(daily(10, "oral"), np.array([0.0, 0.5, 1, 3]), np.array([True] * 4))
    infusion = Regimen(doses=(Dose(0.5, "iv", 8, duration=2),))
    return [
        first,
        Course(infusion, np.array([1.0, 2.5]), np.array([False, True])),
        Course(read_events(frame, time="day")["1"], np.array([0.7, 2.0]), np.array([False, False])),
        first,
        Course("no drug", np.array([2.0]), np.array([False])),
    ]


def parameters(subjects: PreparedSubjects) -> np.ndarray:
    """Return other values for each subject."""
    drawn = np.random.default_rng(5).uniform(0.7, 1.3, (len(subjects), len(subjects.names)))
    return drawn * subjects.array()


def test_every_subject_is_what_a_run_of_its_own_gives() -> None:
    """Values and slopes of each are, bit for bit, those of `prepare` for its schedule and times."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    points = parameters(subjects)
    runs = subjects.run_sensitivities(points, BY)
    assert runs.slopes is not None
    assert not runs.failures
    for number, course in enumerate(courses()):
        for row, (time, after) in enumerate(zip(course.times, course.after, strict=True)):
            # One run with that side of all rows; where both sides are asked for, they are mixed.
            alone = prepare(
                MODEL, course.timetable, days=course.times[-1], times=course.times,
                quantities=QUANTITIES, at_dose="after" if after else "before",
            )  # fmt: skip
            values, slopes = alone.run_sensitivities(points[number], BY)
            np.testing.assert_array_equal(runs.values[number][row], values[row], err_msg=f"{time}")
            np.testing.assert_array_equal(runs.slopes[number][row], slopes[row])


@pytest.mark.parametrize(("threads", "lanes"), [(1, 8), (2, 4), (2, 8)])
def test_more_subjects_than_lanes_are_what_few_are(
    threads: int, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifteen subjects share lanes, in one thread or two; nobody's bits depend on either."""
    monkeypatch.setattr(many_subjects, "_WORTH_A_THREAD", 0.0)
    few = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    monkeypatch.setattr(many_subjects, "LANES", lanes)
    many = few.repeated(3)
    many.threads = threads
    points = parameters(many)
    every = many.run_sensitivities(points, BY)
    assert every.slopes is not None
    for first in (0, 5, 10):
        part = few.run_sensitivities(points[first : first + 5], BY)
        assert part.slopes is not None
        for number in range(5):
            np.testing.assert_array_equal(every.values[first + number], part.values[number])
            np.testing.assert_array_equal(every.slopes[first + number], part.slopes[number])
    np.testing.assert_array_equal(
        np.concatenate(many.run(points).values), np.concatenate(
            [row for first in (0, 5, 10) for row in few.run(points[first : first + 5]).values]
        )
    )  # fmt: skip


def test_values_alone_agree_with_prepare() -> None:
    """`run` gives, bit for bit, what `Prepared.run` gives, and no slopes."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    points = parameters(subjects)
    runs = subjects.run(points)
    assert runs.slopes is None
    course = courses()[0]
    alone = prepare(
        MODEL, course.timetable, days=3, times=course.times, quantities=QUANTITIES, at_dose="after"
    )
    np.testing.assert_array_equal(runs.values[0], alone.run(points[0]))
    np.testing.assert_array_equal(runs.values[3], alone.run(points[3]))
    assert (runs.values[0] != runs.values[3]).any()


def test_each_row_has_its_own_side_of_a_dose_and_times_may_repeat() -> None:
    """At one time a row before the dose and one after it stand in any order, as often as wanted."""
    course = Course(
        Regimen(doses=(Dose(1, "iv", 8),)),
        np.array([1.0, 1, 1, 2, 2]),
        np.array([True, False, True, False, False]),
    )
    runs = prepare_subjects(MODEL, [course], quantities=["plasma"]).run(
        np.array([list(MODEL.defaults.values())])
    )
    np.testing.assert_allclose(
        runs.values[0][:, 0], [8, 0, 8, 8 * np.exp(-0.7), 8 * np.exp(-0.7)], rtol=1e-5
    )


def test_only_a_row_at_day_0_is_enough() -> None:
    """A subject seen at day 0 alone, after the dose, has the dose; one never seen has no rows."""
    dose = Regimen(doses=(Dose(0, "iv", 8),))
    none = np.array([])
    subjects = prepare_subjects(
        MODEL,
        [Course(dose, np.array([0.0]), np.array([True])), Course(dose, none, none.astype(bool))],
        quantities=["plasma"],
    )
    runs = subjects.run_sensitivities(parameters(subjects), BY)
    assert runs.values[0].tolist() == [[8.0]]
    assert runs.values[1].shape == (0, 1)
    assert runs.slopes is not None
    assert runs.slopes[1].shape == (0, 1, 3)


def test_who_cannot_be_simulated_stops_nobody() -> None:
    """A state that runs away is that subject's failure: its numbers are NaN, no others are."""
    model = rate_of_change(lambda x, k, t: k * x**2)
    course = Course("no drug", np.array([0.5, 2.0]), np.array([False, False]))
    subjects = prepare_subjects(model, [course] * 3)
    for runs in (
        subjects.run(np.array([[0.1], [3.0], [0.2]])),
        subjects.run_sensitivities(np.array([[0.1], [3.0], [0.2]]), ["k"]),
    ):
        assert list(runs.failures) == [1]
        assert isinstance(runs.failures[1], SimulationError)
        assert np.isnan(runs.values[1]).all()
        np.testing.assert_allclose(runs.values[2][:, 0], [1 / 0.9, 1 / 0.6], rtol=1e-5)
        if runs.slopes is not None:
            assert np.isnan(runs.slopes[1]).all()
            assert np.isfinite(runs.slopes[2]).all()


def mixed(count: int) -> list[Course]:
    """Return subjects of the drug `d` whose doses, times and sides were drawn."""
    drawn = np.random.default_rng(11)
    made = []
    for _ in range(count):
        days = np.sort(drawn.uniform(0, 3, drawn.integers(1, 4)).round(2))
        doses = tuple(
            Dose(day, "d", amount, unit="1", duration=length)
            for day, amount, length in zip(
                days, drawn.uniform(0.2, 2, days.size), drawn.choice([0, 0.3], days.size),
                strict=True,
            )
        )  # fmt: skip
        times = np.sort(np.concatenate([drawn.uniform(0, 5, drawn.integers(1, 6)), days[:1]]))
        made.append(Course(Regimen(doses=doses), times, drawn.random(times.size) < 0.5))
    return made


def jumping() -> Model:
    """Return a state that is lost twice as fast above 1 as below."""
    faster = lambda x, p, t: -p["k"] * x * sympy.Piecewise((2, x > 1), (1, True))  # noqa: E731
    return one(faster, 0.4)


HARD = {
    "switches": jumping(),
    "powers": rate_of_change(lambda x, k, t: k * (0.3 - safe_power(x, 0.75))),
    "time": rate_of_change(lambda x, k, t: k * (sympy.exp(-200 * (k * t - 1) ** 2) - 0.2 * x)),
    "runs away": rate_of_change(lambda x, k, t: k * (x**2 - 1.6 * x)),
}


@pytest.mark.parametrize("name", HARD)
def test_nobody_depends_on_who_was_there_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among others and alone, in one thread and in three, the bits are those of `Prepared`.

    So they are for models whose steps end at switches or at marks of time, and after a subject has
    failed half-way and left its numbers behind.
    """
    model, made = HARD[name], mixed(9)
    monkeypatch.setattr(many_subjects, "_WORTH_A_THREAD", 0.0)
    one_thread = prepare_subjects(model, made, threads=1)
    points = np.random.default_rng(3).uniform(0.3, 2.5, (9, 1))
    runs = one_thread.run_sensitivities(points, ["k", "initial:x", "dose:d"])
    assert runs.slopes is not None
    assert bool(runs.failures) == (name == "runs away")
    for again in (
        one_thread.run_sensitivities(points, ["k", "initial:x", "dose:d"]),
        prepare_subjects(model, made, threads=3).run_sensitivities(
            points, ["k", "initial:x", "dose:d"]
        ),
    ):
        assert again.slopes is not None
        assert list(again.failures) == sorted(runs.failures)
        for number in range(9):
            np.testing.assert_array_equal(again.values[number], runs.values[number])
            np.testing.assert_array_equal(again.slopes[number], runs.slopes[number])
    plain = one_thread.run(points)
    for number, course in enumerate(made):
        for side in (False, True):
            rows = course.after == side
            if not rows.any():
                continue
            alone = prepare(
                model, course.timetable, days=course.times[-1], times=course.times,
                at_dose="after" if side else "before",
            )  # fmt: skip
            if number in runs.failures:
                with pytest.raises(SimulationError) as caught:
                    alone.run_sensitivities(points[number], ["k", "initial:x", "dose:d"])
                assert str(caught.value) == str(runs.failures[number])
                continue
            values, slopes = alone.run_sensitivities(points[number], ["k", "initial:x", "dose:d"])
            # `prepare` gives what is due on the last day only where rows after it are asked for.
            np.testing.assert_array_equal(runs.values[number][rows], values[rows])
            np.testing.assert_array_equal(runs.slopes[number][rows], slopes[rows])
            np.testing.assert_array_equal(
                plain.values[number][rows], alone.run(points[number])[rows]
            )


def test_only_who_is_asked_for_is_run() -> None:
    """The others are NaN and no failures, and the numbers of those asked for are the same bits."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    points = parameters(subjects)
    points[4] = np.nan  # nobody looks at it
    asked = np.array([True, False, True, False, False])
    some, whole = subjects.run(points, only=asked), subjects.run(points)
    sloped = subjects.run_sensitivities(points, BY, only=asked)
    assert list(whole.failures) == [4]
    assert not some.failures
    assert not sloped.failures
    for number, values in enumerate(some.values):
        if asked[number]:
            np.testing.assert_array_equal(values, whole.values[number])
        else:
            assert np.isnan(values).all()
    with pytest.raises(InputError, match=r"only must have shape \(5,\), got \(2,\)"):
        subjects.run(points, only=np.array([True, False]))


def test_values_are_written_where_those_of_a_call_before_stand() -> None:
    """The same numbers in the same memory; nothing of the call before is left."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    points = parameters(subjects)
    first = subjects.run(points)
    whole, room = first.all_values.copy(), first.all_values
    asked = np.arange(len(subjects)) == 1
    again = subjects.run(points, only=asked, into=room)
    assert np.isfinite(again.values[1]).all()
    assert np.isnan(again.values[0]).all()
    assert np.array_equal(subjects.run(points, into=again.all_values).all_values, whole)
    with pytest.raises(InputError, match="into must have shape"):
        subjects.run(points, into=np.zeros((2, 1)))


def test_the_rows_of_all_are_there_as_one_array() -> None:
    """`ends` says which of them are whose."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    runs = subjects.run_sensitivities(parameters(subjects), BY)
    assert subjects.differentiable
    assert subjects.ends.tolist() == [0, 4, 6, 8, 12, 13]
    np.testing.assert_array_equal(runs.all_values, np.concatenate(runs.values))
    assert runs.slopes is not None
    assert runs.all_slopes is not None
    np.testing.assert_array_equal(runs.all_slopes, np.concatenate(runs.slopes))


def test_covariates_and_steady_doses_are_those_of_each_subject() -> None:
    """A column that sets a parameter, and doses that have gone on for ever, are a subject's own."""
    frame = pd.DataFrame(
        {"ID": [1, 1, 1, 2, 2], "TIME": [0, 1.0, 2, 0, 1.5], "AMT": [10, ".", ".", 20, "."],
         "CMT": "plasma", "EVID": [1, 0, 0, 1, 0], "SS": [1, ".", ".", 1, "."],
         "II": [0.5, ".", ".", 1.0, "."], "RATE": ".", "DV": ".", "KOUT": [0.5, 0.5, 0.9, 0.7, 0.7]}
    )  # fmt: skip
    table = read_events(frame, time="day", parameters={"KOUT": "k"})
    made = [Course(subject, np.array([0.5, 1.5]), np.array([False, False])) for subject in table]
    subjects = prepare_subjects(MODEL, made, quantities=["plasma"])
    runs = subjects.run(np.tile(subjects.array(), (2, 1)))
    for number, course in enumerate(made):
        alone = prepare(
            MODEL, course.timetable, days=1.5, times=course.times, quantities=["plasma"]
        )
        np.testing.assert_array_equal(runs.values[number], alone.run())
    first = 10 / -np.expm1(-0.5 * 0.5)
    assert runs.values[0][0, 0] == pytest.approx(first * np.exp(-0.25), rel=1e-5)


def test_budgets_are_those_of_each_subject() -> None:
    """Too many steps, or too long, is that subject's failure, in the words of a run of its own."""
    course = Course("no drug", np.array([500.0]), np.array([False]))
    short = Course("no drug", np.array([0.01]), np.array([False]))
    fast = Problem("fast", lambda t, y: [6000 * y[1], -6000 * y[0]], [1, 0]).model
    for words, budget in (
        ("budget of steps", {"max_steps": 5000}), ("budget of 0.001 s", {"max_seconds": 1e-3}),
    ):  # fmt: skip
        subjects = prepare_subjects(fast, [short, course, short], threads=1, **budget)
        runs = subjects.run(np.ones((3, 1)))
        assert list(runs.failures) == [1]
        assert words in str(runs.failures[1])
        assert np.isfinite(runs.values[2]).all()
        assert np.isnan(runs.values[1]).all()


def test_constants_that_contradict_each_other_are_said() -> None:
    """The message is that of a run: which constant, what it is, and what it must be."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 9), meaning="k", source=ASSUMED)
    total = q.parameter("all", unit="1/day", value=2, bounds=(0, 9), meaning="a", source=ASSUMED)
    rest = q.auxiliary("rest", unit="1/day", meaning="what is left", minimum=0)
    x = q.state("x", unit="1", initial=1, meaning="x")
    q.slot("decay", meaning="how x goes", states=(x,), defines=(rest,))
    decay = Mechanism(
        "decay", slot="decay", claim="it goes", processes={"decay": {x: -rest * x}},
        defines={rest: total - k},
    )  # fmt: skip
    model = Model("rest", q, [decay])
    assert [parameter.name for parameter in model.parameters] == ["k", "all"]
    course = Course("no drug", np.array([1.0]), np.array([False]))
    runs = prepare_subjects(model, [course] * 2).run_sensitivities(
        np.array([[1.0, 2.0], [3.0, 2.0]]), ["k"]
    )
    assert list(runs.failures) == [1]
    assert str(runs.failures[1]) == "the parameters give rest = -1, must be >= 0"


def test_prepared_subjects_travel() -> None:
    """Pickled and read again they give the same numbers, in other processes too."""
    subjects = prepare_subjects(MODEL, courses(), quantities=QUANTITIES)
    again = pickle.loads(pickle.dumps(subjects))
    points = parameters(subjects)
    for mine, theirs in zip(subjects.run(points).values, again.run(points).values, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_wrong_input_is_refused_by_subject() -> None:
    """What is wrong names the subject, or the shape, or the parameter with its nearest match."""
    right = courses()[1]
    for times, words in (
        ([2.0, 1.0], "subject 1: times must ascend, and 1 follows 2"),
        ([-1.0, 1.0], "subject 1: times must be numbers of days >= 0, got -1"),
        ([1.0, np.nan], "subject 1: times must be numbers of days >= 0, got nan"),
    ):
        wrong = Course("no drug", np.array(times), np.array([False, False]))
        with pytest.raises(InputError, match=words):
            prepare_subjects(MODEL, [right, wrong])
    with pytest.raises(RegimenError, match="subject 1: unknown drug"):
        prepare_subjects(MODEL, [right, right._replace(timetable=daily(1, "orall"))])
    subjects = prepare_subjects(MODEL, [right, right])
    with pytest.raises(InputError, match=r"must have shape \(2, 3\), got \(3, 3\)"):
        subjects.run(np.ones((3, 3)))
    with pytest.raises(InputError, match="no subject"):
        prepare_subjects(MODEL, [])
    with pytest.raises(UnknownNameError, match="volume"):
        subjects.run_sensitivities(parameters(subjects), ["volum"])
    with pytest.raises(UnknownNameError, match="ka"):
        subjects.array({"kaa": 1})
