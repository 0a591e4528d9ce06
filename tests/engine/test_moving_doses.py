"""Doses that follow parameters, in every kind of run, and the slopes by those parameters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sympy

from pdmodel.dosing import CompartmentRules, Subject, read_events
from pdmodel.engine import (
    Course,
    check_gradient,
    prepare,
    prepare_subjects,
    simulate,
    simulate_cohort,
)
from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

KA, K, LAG = 3.0, 0.8, 0.3
TIMES = np.array([0.2, 0.55, 1.1, 1.45, 2.0, 2.95])  # at no edge, where a course has a corner
FOLLOWED = {
    "lag": {"depot": "parameter:tlag", "centre": "parameter:tlag"},
    "bioavailability": {"depot": "parameter:part"},
    "duration": {"centre": "parameter:length"},
    "rate": {"centre": "parameter:speed"},
}
ROWS: dict[str, list[dict[str, Any]]] = {
    "boluses": [{"TIME": 0, "AMT": 10, "CMT": "depot", "II": 1, "ADDL": 2}],
    "an infusion of a duration": [{"TIME": 0.1, "AMT": 8, "CMT": "centre", "RATE": -2}],
    "an infusion at a rate": [{"TIME": 0.1, "AMT": 8, "CMT": "centre", "RATE": -1}],
    "a rate in the data": [{"TIME": 0, "AMT": 8, "CMT": "depot", "RATE": 6}],
    "infusions that overlap": [
        {"TIME": 0, "AMT": 8, "CMT": "centre", "RATE": -2},
        {"TIME": 0.4, "AMT": 8, "CMT": "centre", "RATE": -2, "II": 0.7, "ADDL": 1},
        {"TIME": 0.6, "AMT": 3, "CMT": "centre", "RATE": 4},
    ],
    "a reset between": [
        {"TIME": 0, "AMT": 8, "CMT": "centre", "RATE": -2},
        {"TIME": 0.5, "AMT": 0, "EVID": 3},
        {"TIME": 0.7, "AMT": 5, "CMT": "depot"},
    ],
}


def model(kind: str = "linear") -> Model:
    """Return a depot and a centre; what is lost of the centre is linear, saturable or switched."""
    q = Vocabulary()
    wide: dict[str, Any] = {"bounds": (0, 99), "meaning": "a number", "source": ASSUMED}
    ka = q.parameter("ka", unit="1/day", value=KA, **wide)
    k = q.parameter("k", unit="1/day", value=K, **wide)
    half = q.parameter("half", unit="mg", value=4, **wide)
    tlag = q.parameter("tlag", unit="day", value=LAG, **wide)
    part = q.parameter("part", unit="1", value=0.7, **wide)
    length = q.parameter("length", unit="hour", value=12, **wide)
    speed = q.parameter("speed", unit="mg/day", value=12, **wide)
    depot = q.state("depot", unit="mg", initial=0, meaning="depot")
    centre = q.state("centre", unit="mg", initial=0, meaning="centre")
    q.slot("pk", meaning="drug", states=(depot, centre))
    loss = {
        "linear": k * centre * half / half,
        "saturable": k * centre / (1 + centre / half),
        "switched": k * centre * sympy.Piecewise((0.5, centre > half), (1, True)),
        "timed": k * centre * (1 + sympy.cos(k * q.time) / 2),
    }[kind]
    pk = Mechanism(
        "pk", slot="pk", claim="it comes and goes", doses={"oral": depot, "iv": centre},
        processes={"in": {depot: -ka * depot, centre: ka * depot}, "out": {centre: -loss}},
        dose_parameters=(tlag, part, length, speed, half),
    )  # fmt: skip
    return Model(kind, q, [pk])


MODEL = model()


def subject(rows: Sequence[dict[str, Any]], **more: Any) -> Subject:
    """Return a subject with these records; columns that are not named are empty."""
    empty = {"ID": 1, "AMT": 0, "CMT": "centre", "RATE": 0, "II": 0, "ADDL": 0, "EVID": 1}
    frame = pd.DataFrame([empty | {"DV": "."} | row for row in rows])
    there = {*frame["CMT"]}
    rules = {
        kind: {place: rule for place, rule in places.items() if place in there}
        for kind, places in FOLLOWED.items()
    }
    return read_events(frame, time="day", rules=CompartmentRules(**rules), **more)["1"]


BOLUS = subject([{"TIME": 0, "AMT": 10, "CMT": "depot"}])


def bateman(lag: float, part: float) -> np.ndarray:
    """Return what is in the centre after 10 mg into the depot at day 0."""
    since = np.clip(TIMES - lag, 0, None)
    return 10 * part * KA / (KA - K) * (np.exp(-K * since) - np.exp(-KA * since))


def test_a_lag_has_a_closed_form() -> None:
    """The course is that of Bateman, later; by the lag its slope is minus the rate of change."""
    run = prepare(MODEL, BOLUS, days=3, times=TIMES, quantities=["centre"], rtol=1e-10)
    values, slopes = run.run_sensitivities(None, ["tlag", "part", "k"])
    np.testing.assert_allclose(values[:, 0], bateman(LAG, 0.7), rtol=1e-8, atol=1e-10)
    since = np.clip(TIMES - LAG, 0, None)
    rate = 7 * KA / (KA - K) * (KA * np.exp(-KA * since) - K * np.exp(-K * since))
    np.testing.assert_allclose(slopes[:, 0, 0], np.where(TIMES > LAG, -rate, 0), rtol=1e-7)
    np.testing.assert_allclose(slopes[:, 0, 1], bateman(LAG, 1.0), rtol=1e-8, atol=1e-10)
    later = run.run({"tlag": 0.9, "part": 0.2})
    np.testing.assert_allclose(later[:, 0], bateman(0.9, 0.2), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kind", ["linear", "saturable", "switched", "timed"])
@pytest.mark.parametrize("name", ROWS)
def test_slopes_agree_with_differences(name: str, kind: str) -> None:
    """By lag, bioavailability, duration and rate, whatever the loss is like."""
    by = ["tlag", "part", "length", "speed", "k"]
    table = check_gradient(model(kind), subject(ROWS[name]), days=3, by=by, times=TIMES)
    assert table["deviation"].max() < 2e-5
    assert table["largest"].max() > 0.5


def test_every_kind_of_run_follows_its_parameters() -> None:
    """`simulate`, SciPy and a cohort give each patient the doses of that patient's values."""
    lags = [0.1, 0.3, 0.9]
    for lag in lags:
        for engine in ("compiled", "scipy"):
            run = simulate(
                MODEL, BOLUS, days=3, times=TIMES, patient={"tlag": lag}, engine=engine, rtol=1e-8
            )
            np.testing.assert_allclose(run["centre"], bateman(lag, 0.7), rtol=1e-5, atol=1e-7)
    cohort = simulate_cohort(MODEL, BOLUS, {"tlag": lags}, days=3, times=TIMES)
    for number, lag in enumerate(lags):
        np.testing.assert_allclose(
            cohort["centre"][number], bateman(lag, 0.7), rtol=1e-5, atol=1e-6
        )


def test_subjects_follow_their_own_parameters() -> None:
    """Each has the bits of a run of its own, whatever others were asked for before."""
    subjects = [subject(rows) for rows in ROWS.values()]
    made = [Course(one, TIMES, np.zeros(TIMES.size, dtype=bool)) for one in subjects]
    together = prepare_subjects(MODEL, made, quantities=["centre"], threads=2)
    drawn = np.random.default_rng(8).uniform(0.8, 1.2, (2, len(made), len(together.names)))
    by = ["tlag", "part", "length", "speed"]
    for factors in drawn:
        points = factors * together.array()
        runs = together.run_sensitivities(points, by)
        plain = together.run(points)
        assert runs.slopes is not None
        assert not runs.failures
        for number, one in enumerate(subjects):
            alone = prepare(MODEL, one, days=TIMES[-1], times=TIMES, quantities=["centre"])
            values, slopes = alone.run_sensitivities(points[number], by)
            np.testing.assert_array_equal(runs.values[number], values)
            np.testing.assert_array_equal(runs.slopes[number], slopes)
            np.testing.assert_array_equal(plain.values[number], alone.run(points[number]))


def test_edges_behind_each_row_are_those_of_the_parameters() -> None:
    """A row at the time of a dose is before it; one taken after it has it behind."""
    table = pd.DataFrame([{"ID": n, "TIME": 0, "AMT": 10, "CMT": "depot"} for n in (1, 2)])
    rules = CompartmentRules(**{"lag": {"depot": "parameter:tlag"}})
    subjects = read_events(table, rules=rules).subjects.values()
    times, after = np.array([0.2, 0.3, 0.3, 0.5]), np.array([False, False, True, False])
    runs = prepare_subjects(model(), [Course(subject, times, after) for subject in subjects])
    parameters = np.tile(runs.array(), (2, 1))
    parameters[1, runs.names.index("tlag")] = 0.4
    assert runs.edges_behind(parameters).tolist() == [0, 0, 1, 1, 0, 0, 0, 1]


def test_what_no_dose_can_have_is_that_subject_s_failure() -> None:
    """An infusion of no length fails its subject and nobody else; alone it is wrong input."""
    one = subject(ROWS["an infusion of a duration"])
    made = [Course(one, TIMES, np.zeros(TIMES.size, dtype=bool))] * 2
    together = prepare_subjects(MODEL, made)
    points = np.array([together.array(), together.array({"length": 0.0})])
    runs = together.run(points)
    assert list(runs.failures) == [1]
    assert "must be > 0" in str(runs.failures[1])
    assert np.isfinite(runs.values[0]).all()
    with pytest.raises(InputError, match="must be > 0"):
        prepare(MODEL, one, days=3).run({"length": 0.0})


def test_covariates_that_set_other_parameters_leave_the_slopes_right() -> None:
    """Where a column sets `k` on the way, slopes by all others agree with differences."""
    rows: list[dict[str, Any]] = [
        {"TIME": 0, "AMT": 10, "CMT": "depot", "KOUT": 0.5},
        {"TIME": 1, "EVID": 2, "KOUT": 1.4},
        {"TIME": 2, "AMT": 6, "CMT": "centre", "RATE": -2, "KOUT": 0.9},
    ]
    given = subject(rows, parameters={"KOUT": "k"})
    table = check_gradient(
        model("saturable"), given, days=3, by=["tlag", "part", "length", "ka", "half"], times=TIMES
    )
    assert table["deviation"].max() < 2e-5
    assert table["largest"].max() > 0.5
    with pytest.raises(InputError, match="'k' changes during the run"):
        prepare(MODEL, given, days=3).run_sensitivities(None, ["k"])


def test_steady_doses_that_follow_a_parameter_have_no_slope_by_it() -> None:
    """Values follow it; the slope is refused in words, that by others is not."""
    rows = [{"TIME": 0, "AMT": 10, "CMT": "depot", "II": 1, "SS": 1, "ADDL": 2}]
    run = prepare(MODEL, subject(rows), days=2, times=[0.5, 1.5], quantities=["centre"])
    np.testing.assert_allclose(run.run({"part": 1.0}), run.run({"part": 0.5}) * 2, rtol=1e-5)
    with pytest.raises(InputError, match=r"steady-state doses .SS. follow 'part'"):
        run.run_sensitivities(None, ["part"])
    _, slopes = run.run_sensitivities(None, ["k"])
    moved = [run.run({"k": K + change}) for change in (1e-3, -1e-3)]
    np.testing.assert_allclose(slopes[..., 0], (moved[0] - moved[1]) / 2e-3, rtol=1e-3)


def test_threads_that_share_subjects_do_not_mix_their_doses() -> None:
    """Two callers with other lags, at the same time, each get what they would get alone."""
    course = Course(BOLUS, TIMES, np.zeros(TIMES.size, dtype=bool))
    together = prepare_subjects(MODEL, [course] * 3, quantities=["centre"], threads=1)

    def run(number: int) -> np.ndarray:
        points = np.tile(together.array({"tlag": 0.01 * number}), (3, 1))
        return together.run(points).all_values

    alone = [run(number) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        for mine, theirs in zip(alone, pool.map(run, range(40)), strict=True):
            np.testing.assert_array_equal(mine, theirs)
