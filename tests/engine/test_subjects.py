"""Many subjects, each with a schedule and times of their own, in one call."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from pdmodel.dosing import Dose, Regimen, daily, read_events
from pdmodel.engine import Course, PreparedSubjects, prepare, prepare_subjects
from pdmodel.errors import InputError, RegimenError, SimulationError, UnknownNameError
from tests.toys import one_compartment, rate_of_change

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
    with pytest.raises(UnknownNameError, match="volume"):
        subjects.run_sensitivities(parameters(subjects), ["volum"])
    with pytest.raises(UnknownNameError, match="ka"):
        subjects.array({"kaa": 1})
