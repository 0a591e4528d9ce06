"""Peaks and nadirs of targets are those within the day, not those of the days' samples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pdmodel.dosing import Events, Record
from pdmodel.inference import FitProblem, Target
from pdmodel.inference.problem.many_points import measure_points
from pdmodel.inference.targets.course import TimeCourse, Window
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.toys import one_compartment

FAST = {"ka": 45.0, "k": 6.0}
DOSES = {
    "one dose": ([0.0], 3.0),
    "one dose, long after": ([0.0], 60.0),
    "every day": ([float(day) for day in range(28)], 28.0),
    "three times a day, not at midnight": ([0.1 + n / 3 for n in range(21)], 7.0),
}


def bateman(times, doses, ka, k):
    """Return what 10 mg at each time leaves in plasma, mg."""
    since = np.clip(np.asarray(times)[:, None] - np.asarray(doses), 0.0, None)
    return 10 * ka / (ka - k) * (np.exp(-k * since) - np.exp(-ka * since)).sum(axis=1)


def given(doses, state="gut"):
    """Return 10 mg into a state at each time."""
    return Events(tuple(Record(day, amount=10, compartment=state) for day in doses))


def fit_of(kind, doses, days, state="gut", quantity="plasma", **settings):
    """Return a problem with one target of a fast drug."""
    target = Target("it", "anyone", quantity, kind, value=10, sigma=0.1)
    return FitProblem(
        one_compartment(FAST), [target], given(doses, state), days=days, differ=[],
        free=["k", "ka"], groups={"anyone": {}}, **settings,
    )  # fmt: skip


def all_of(problem):
    """Return its parameters as they are declared."""
    return dict(problem.params.valuesdict())


@pytest.mark.parametrize("case", DOSES)
def test_a_peak_of_a_fast_drug_is_the_maximum_of_its_closed_form(case):
    """Absorbed and gone within hours: the peak lies far above what stands before the doses."""
    doses, days = DOSES[case]
    problem = fit_of("peak", doses, days)
    times = np.unique(np.concatenate([d + np.linspace(0, 0.333, 5000) for d in doses]))
    course = bateman(times[times <= days], doses, **FAST)
    exact = float(course.max())
    assert problem.measure(all_of(problem))[0].value == pytest.approx(exact, rel=1e-3)
    assert exact > 10 * float(bateman([doses[-1] + 1.0], doses, **FAST)[0])


@pytest.mark.parametrize("day", [3.0, math.nan])
def test_a_bolus_counts_from_the_moment_it_is_given_and_not_before(day):
    """10 mg a day straight into plasma: the peak of three days is just after their last dose."""
    target = Target("it", "anyone", "plasma", "peak", day=day, value=10, sigma=0.1)
    problem = FitProblem(
        one_compartment({"k": 0.7}), [target], given([0.0, 1.0, 2.0, 3.0], "plasma"), days=5,
        differ=[], free=["k"], groups={"anyone": {}},
    )  # fmt: skip
    doses = 3 if day == 3 else 4
    exact = 10 * (1 - math.exp(-0.7 * doses)) / (1 - math.exp(-0.7))
    assert problem.measure(all_of(problem))[0].value == pytest.approx(exact, rel=1e-5)


def test_the_peak_of_an_infusion_is_at_its_end():
    """No curve is drawn across the end, where the slope jumps."""
    record = Record(0.2, amount=10, compartment="plasma", duration=0.13)
    target = Target("it", "anyone", "plasma", "peak", value=10, sigma=0.1)
    problem = FitProblem(
        one_compartment(FAST), [target], Events((record,)), days=3, differ=[], free=["k"],
        groups={"anyone": {}},
    )  # fmt: skip
    exact = 10 / 0.13 / 6 * (1 - math.exp(-6 * 0.13))
    assert problem.measure(all_of(problem))[0].value == pytest.approx(exact, rel=1e-5)


def test_a_nadir_between_the_days_is_found():
    """What a dose a day holds down and lets go within hours is back at each morning."""
    q = Vocabulary()
    drug = q.state("drug", unit="mg", initial=0, meaning="drug")
    k = q.parameter("k", unit="1/day", value=10, bounds=(0, 50), meaning="out", source=ASSUMED)
    whole = q.parameter("whole", unit="mg", value=1, bounds=(0, 9), meaning="all", source=ASSUMED)
    effect = q.state("effect", unit="mg", initial=whole, meaning="what it holds down")
    q.slot("all", meaning="all", states=(drug, effect))
    change = Mechanism(
        "all", slot="all", claim="it holds down", doses={"d": drug},
        processes={
            "out": {drug: -k * drug}, "effect": {effect: k * (3 * whole - 3 * effect - drug / 10)},
        },
    )  # fmt: skip
    target = Target("it", "anyone", "effect", "nadir", value=1, sigma=0.1)
    problem = FitProblem(
        Model("holds", q, [change]), [target], given(range(14), "drug"), days=14, differ=[],
        free=["k"], groups={"anyone": {}},
    )  # fmt: skip
    since = np.linspace(0, 1, 100_001)
    lost = 10 / (30 - 10) * (np.exp(-10 * since) - np.exp(-30 * since))
    exact = 1 - float(lost.max())
    found = problem.measure(all_of(problem))[0].value
    assert found == pytest.approx(exact, rel=1e-3)
    assert exact < 0.82


def test_a_fit_to_a_peak_finds_the_rate_behind_it():
    """The peak of the closed form at k = 9 gives k = 9 back, slopes and all."""
    doses = [float(day) for day in range(7)]
    times = np.unique(np.concatenate([d + np.linspace(0, 1, 20_001) for d in doses]))
    exact = float(bateman(times, doses, 45.0, 9.0).max())
    target = Target("it", "anyone", "plasma", "peak", value=exact, sigma=0.01)
    problem = FitProblem(
        one_compartment(FAST), [target], given(doses), days=7, differ=[], free=["k"],
        groups={"anyone": {}},
    )  # fmt: skip
    assert problem.check_gradient()["deviation"].max() < 1e-4
    assert problem.run(starts=1).params["k"].value == pytest.approx(9.0, rel=5e-3)


def test_many_points_measure_what_one_does():
    """A cohort of draws looks at the same rows as a fit."""
    problem = fit_of("peak", [0.0, 1.0, 2.0], 3.0)
    values = dict(problem.params.valuesdict())
    point = np.array([[values[name] for name in problem.free]])
    many = measure_points(problem, point, values)
    one = problem.measure(values)[0].smooth
    assert math.exp(float(many.values[0, 0])) == pytest.approx(one, rel=1e-6)


def test_only_peaks_and_nadirs_cost_rows():
    """A level needs no rows within its days; a peak of 28 days has some for each dose."""
    doses = [float(day) for day in range(28)]
    level = Target("it", "anyone", "plasma", "level", day=28, value=10, sigma=0.1)
    problem = FitProblem(
        one_compartment(), [level], given(doses), days=28, differ=[], free=["k"],
        groups={"anyone": {}},
    )  # fmt: skip
    assert problem.groups["anyone"].within.size == 0
    within = fit_of("peak", doses, 28.0).groups["anyone"].within
    assert 28 * 8 < within.size < 28 * 20


@pytest.mark.parametrize("kind", ["peak", "nadir"])
def test_a_jump_is_no_top_to_draw_a_curve_over(kind):
    """A course of two levels has no value beyond them."""
    times = np.linspace(0.0, 10.0, 41)
    values = np.where((times > 3) & (times < 6), 1.0, 0.0)
    found = KINDS[kind].measure([TimeCourse(times, values)], Window(10.0, math.nan)).value
    assert found == (1.0 if kind == "peak" else 0.0)


def test_time_in_seconds_changes_no_peak():
    """The same drug twenty times as fast, given and looked at as much oftener: the same peak."""
    slow = fit_of("peak", [0.0, 20.0, 40.0], 60.0, visit_interval=560.0)
    slow.params["ka"].value, slow.params["k"].value = 45.0 / 20, 6.0 / 20
    fast = fit_of("peak", [0.0, 1.0, 2.0], 3.0)
    peaks = [problem.measure(all_of(problem))[0].value for problem in (slow, fast)]
    assert peaks[0] == pytest.approx(peaks[1], rel=1e-5)


def test_a_threshold_that_is_passed_within_the_day_is_passed():
    """A drug above 5 mg for three hours after each dose was never above it, and its peak was 10."""
    hours = math.log(2) / FAST["k"]
    found = {}
    for kind in ("onset", "duration", "peak"):
        above = 5.0 if kind != "peak" else math.nan
        target = Target("it", "anyone", "plasma", kind, threshold=above, value=1, sigma=0.1)
        problem = FitProblem(
            one_compartment(FAST), [target], given([0.4, 1.4, 2.4], "plasma"), days=5, differ=[],
            free=["k"], groups={"anyone": {}},
        )  # fmt: skip
        found[kind] = problem.measure(all_of(problem))[0].value
    assert found["onset"] == pytest.approx(0.4, abs=1e-6)
    assert found["duration"] == pytest.approx(2.0 + hours, rel=2e-3)
    assert found["peak"] > 9.99
