"""Measured subjects in a fit: residuals, slopes, own values, and what comes back from own data."""

import math
import tempfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from pdmodel.errors import InputError
from pdmodel.inference import (
    AdditiveError,
    FitProblem,
    LogNormalError,
    NestedPlan,
    Prior,
    ProportionalError,
    RandomEffect,
    Target,
    read_result,
    run_profile,
    run_sensitivity,
    sample_posterior,
)
from pdmodel.inference.posterior.likelihood import LogLikelihood
from pdmodel.inference.problem.many_points import measure_subjects
from pdmodel.inference.subject_methods import population_of
from tests.toys import one_compartment

DAYS = (0.25, 0.5, 1.0, 2.0, 3.0)
GIVEN: dict[str, Any] = {"observed": "concentration", "free": ["k"], "own": ["volume"]}
VOLUMES = {"1": 15.0, "2": 22.0, "3": 30.0}


def data(error=0.1, limit=0.0, seed=3, volumes=VOLUMES):
    """Return measured courses after 10 mg, log-normal around the toy's exact answer."""
    random, rows = np.random.default_rng(seed), list[tuple[Any, ...]]()
    for name, volume in volumes.items():
        rows.append((name, 0.0, 10.0, 1, "iv", ".", 0))
        for day in DAYS:
            value = 10 / volume * math.exp(-0.7 * day + error * random.standard_normal())
            hidden = value < limit
            rows.append((name, day, ".", 0, ".", limit if hidden else value, int(hidden)))
    return pd.DataFrame(
        rows, columns=["ID", "TIME", "AMT", "EVID", "CMT", "DV", "CENS"], dtype=object
    )


def problem(frame=None, **changes):
    """Return a problem of the toy with measurements."""
    given: dict[str, Any] = {
        "observed": "concentration",
        "free": ["k"],
        "own": ["volume"],
        "rtol": 1e-9,
    }
    return FitProblem(one_compartment(), data=data() if frame is None else frame, **given | changes)


@pytest.mark.parametrize("error", [LogNormalError(), AdditiveError(0.02), ProportionalError()])
@pytest.mark.parametrize("limit", [0.0, 0.1])
def test_slopes_are_those_of_differences(error, limit):
    """The exact Jacobian of values and limits agrees with central differences, each error model."""
    asked = problem(data(limit=limit), error=error)
    table = asked.check_gradient()
    assert len(table) == len(asked.residuals(values_of(asked))) * len(asked.free)
    assert table["deviation"].max() < 1e-5


def values_of(asked):
    """Return the value of every setting."""
    return {s.name: s.value for s in asked.settings}


def test_cost_is_the_negative_log_likelihood():
    """What is minimised is -log L of the rows, whatever constants the residuals hold."""
    asked = problem(data(limit=0.1))
    values = values_of(asked)
    expected = -math.fsum(asked.measured.log_likelihoods(values))
    assert asked.cost(asked.residuals(values)) == pytest.approx(expected, rel=1e-12)


def test_pooled_is_what_least_squares_finds():
    """With one additive error the pooled fit is ordinary least squares: values, sd and errors."""
    frame = data()
    found = problem(frame, own=(), free=["k", "volume"], error=AdditiveError()).run(
        starts=1, method="pooled"
    )
    rows = frame[frame["EVID"] == 0]
    days, values = rows["TIME"].to_numpy(float), rows["DV"].to_numpy(float)
    (k, volume), covariance = curve_fit(
        lambda t, k, v: 10 / v * np.exp(-k * t), days, values, p0=(0.5, 20.0)
    )
    fitted = found.values
    assert fitted["k"] == pytest.approx(k, rel=1e-4)
    assert fitted["volume"] == pytest.approx(volume, rel=1e-4)
    rss = float(((values - 10 / volume * np.exp(-k * days)) ** 2).sum())
    assert fitted["additive_sd__concentration"] == pytest.approx(
        math.sqrt(rss / values.size), rel=1e-3
    )
    errors = found.parameters.set_index("name")["stderr"]
    unbiased = math.sqrt(values.size / (values.size - 2))  # curve_fit divides by n - 2, not by n
    for place, name in enumerate(("k", "volume")):
        expected = math.sqrt(covariance[place, place]) / unbiased
        assert errors[name] == pytest.approx(expected, rel=2e-3)
    sd = fitted["additive_sd__concentration"]
    assert errors["additive_sd"] == pytest.approx(sd / math.sqrt(2 * values.size), rel=1e-3)


def test_each_subject_comes_back():
    """Own values are those that the courses were made with, to a few of their standard errors."""
    found = problem(data(limit=0.08)).run(starts=2, method="each")
    rows = found.parameters[found.parameters["name"] == "volume"].dropna(subset=["group"])
    for row in rows.itertuples():
        assert abs(row.value - VOLUMES[row.group]) < 3 * row.stderr
    assert found.values["log_sd__concentration"] == pytest.approx(0.1, rel=0.5)
    assert found.summary["n_measured"] == 15
    assert found.summary["n_censored"] > 0


def test_the_folder_gives_the_same_back(tmp_path):
    """Values, limits, residuals, courses and doses are read as they were written."""
    found = problem(data(limit=0.08)).run(starts=1, out=tmp_path / "fit")
    back = read_result(tmp_path / "fit")
    assert back.report() == found.report()
    pd.testing.assert_frame_equal(back.measurements, found.measurements)
    pd.testing.assert_frame_equal(back.doses, found.doses, check_dtype=False)
    assert back.courses is not None
    assert back.courses.equals(found.courses)
    assert "15 measured values (4 beyond a limit) of 3 subjects" in found.report()


@pytest.mark.parametrize("error", [LogNormalError(), AdditiveError(), ProportionalError()])
def test_the_search_takes_steps_of_newtons_length(error):
    """Few evaluations lead to the minimum, for the squares alone would overshoot in each sd."""
    found = problem(error=error).run(starts=1)
    assert found.starts["nfev"].iloc[0] <= 14
    asked, values = found.problem, found.values
    slopes = asked.residual_slopes(values)
    gradient = asked.residuals(values) @ slopes * [values[name] for name in asked.free]
    assert np.abs(gradient).max() < 1e-2


def test_sensitivity_of_targets_is_refused_without_them():
    """Nothing is returned that looks like an answer about measurements."""
    with pytest.raises(InputError, match="this problem has measurements alone"):
        run_sensitivity(problem())


def test_an_interrupted_fit_of_other_data_is_not_resumed(tmp_path):
    """A folder of other measurements is refused; the same measurements go on there."""
    problem().run(starts=1, out=tmp_path / "fit")
    with pytest.raises(InputError, match="another"):
        problem(data(seed=4)).run(starts=2, out=tmp_path / "fit")


def test_patterns_and_courses_are_one_likelihood():
    """Targets and measurements are added up, and counted apart."""
    target = Target("c1", "one", "concentration", "level", day=1.0, value=0.3, sigma=0.05)
    both: dict[str, Any] = {"targets": [target], "regimen": "10 mg once", "groups": {"one": {}}}
    found = problem(own=(), free=["k", "volume"], **both).run(starts=1)
    alone = problem(own=(), free=["k", "volume"]).run(starts=1)
    assert found.summary["targets"] == 1
    assert found.summary["n_data"] == 16
    assert found.values["volume"] != pytest.approx(alone.values["volume"], rel=1e-6)
    whole = found.summary["log_likelihood"] - found.summary["measured_log_likelihood"]
    simulated = float(found.targets["simulated"].iloc[0])
    assert whole == pytest.approx(target.log_likelihood(simulated), rel=1e-9)


@pytest.mark.parametrize(
    ("method", "changes", "words"),
    [
        ("pooled", {}, "volume is own"),
        ("each", {"own": ()}, "needs `own`"),
        ("ech", {}, "did you mean 'each'"),
    ],
)
def test_a_method_that_does_not_fit_is_refused(method, changes, words):
    """Pooled with own values, each without, and a slip of the keyboard."""
    with pytest.raises(InputError, match=words):
        problem(**changes).run(starts=1, method=method)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"free": ["volume"]}, "'volume' is free and own"),
        ({"own": ["volum"]}, "did you mean 'volume'"),
        ({"data": None}, "observed is about measurements"),
        ({"observed": None}, "data need `observed`"),
    ],
)
def test_what_contradicts_itself_is_refused(changes, words):
    """A parameter that is both, an unknown one, and data without what is needed."""
    given: dict[str, Any] = {
        "data": data(),
        "observed": "concentration",
        "own": ["volume"],
        "free": ["k"],
    }
    with pytest.raises(InputError, match=words):
        FitProblem(one_compartment(), **given | changes)


def test_a_prediction_that_is_no_number_names_the_subject():
    """Nothing that is not finite enters a likelihood: the subject and its day are named."""
    asked = problem(data(volumes={"odd": 15.0}), own=(), free=["volume"])
    with pytest.raises(ArithmeticError, match=r"subject odd: a prediction of day 0\.25"):
        asked.residuals(values_of(asked) | {"volume": 0.0})


def test_a_population_takes_what_the_problem_holds():
    """Own parameters become random effects, starts and bounds those of the problem's parameters."""
    asked = problem(volume_data(), own=[RandomEffect("volume", sd=0.2)])
    asked.params["volume"].set(value=21.0)
    asked.bound("k", 0.1, 5.0)
    handed = population_of(asked, {"held": ["volume"]})
    assert [effect.sd for effect in handed.random] == [0.2]
    assert (handed.value_of("volume"), handed.bounds_of("k")) == (21.0, (0.1, 5.0))
    assert "volume" not in [sought.name for sought in handed.sought]
    found = asked.run(method="population", simulations=0)
    assert found.estimates.set_index("name").loc["sd__volume", "value"] == pytest.approx(
        0.25, abs=0.15
    )


def test_one_patient_is_placed_under_a_known_population():
    """Between what the patient's own values say and the population: the most likely volume."""
    asked = problem(data(volumes={"7": 30.0}), own=[RandomEffect("volume", sd=0.25)], free=[])
    known = {"volume": 20.0, "sd__volume": 0.25, "log_sd__concentration": 0.1}
    found = asked.run(method="map", values=known)
    assert 20 < found.individuals.loc["7", "volume"] < 33
    with pytest.raises(InputError, match=r"unknown number.*volum"):
        asked.run(method="map", values={"volum": 20.0})


def volume_data():
    """Return measured courses of ten patients whose volumes differ."""
    volumes = 20 * np.exp(0.25 * np.random.default_rng(5).standard_normal(10))
    return data(volumes={str(n): volume for n, volume in enumerate(volumes)})


@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        ({"own": ()}, {}, "method 'population' needs `own`"),
        ({}, {"covarianc": "full"}, "did you mean 'covariance'"),
        ({"priors": [Prior("k", 0.7, 0.3)]}, {}, "to measurements alone"),
    ],
)
def test_what_is_no_population_is_refused(changes, more, words):
    """Without random effects, with a slip of the keyboard, or with priors."""
    with pytest.raises(InputError, match=words):
        problem(**changes).run(method="population", **more)


def test_the_evidence_of_measurements_is_their_integral():
    """With one free parameter log Z is the integral of the likelihood over its prior."""
    held = LogNormalError(0.1, fixed=True)
    asked = problem(data(volumes={"1": 20.0}), own=(), free=["k"], error=held)
    asked.bound("k", 0.3, 1.5)
    values = values_of(asked)
    places = np.linspace(math.log(0.3), math.log(1.5), 400)
    logs, reasons = measure_subjects(asked, np.exp(places)[:, np.newaxis], values)
    assert not any(reasons)
    whole = logs.sum(axis=1)
    mean = float(np.mean(np.exp(whole - whole.max())))
    found = LogLikelihood(asked, values)(np.array([[0.7]]))
    assert found[0] == pytest.approx(math.fsum(asked.measured.log_likelihoods(values)), rel=1e-9)
    pytest.importorskip("dynesty")
    with tempfile.TemporaryDirectory() as folder:
        posterior = sample_posterior(asked, folder, NestedPlan(live=60, runs=1, draws=20))
    error = posterior.tree.attrs["log_evidence_error"]
    expected = whole.max() + math.log(mean)
    assert posterior.tree.attrs["log_evidence"] == pytest.approx(expected, abs=4 * error)
    assert posterior.tree["log_likelihood"]["measurements"].shape == (1, 20, 5)


def test_profiles_of_own_values_cover_and_open_where_nothing_tells():
    """A patient whose values all lie below the limit has a bound on one side only."""
    frame = data(limit=0.11, volumes={"1": 20.0, "2": 90.0})
    asked = problem(frame, free=[], error=LogNormalError(0.1, fixed=True))
    hidden = asked.measurements.of("2")["censored"] != ""
    assert hidden.all()
    best = asked.run(starts=1)
    rows = {row["group"]: row for row in run_profile(asked, best, level=0.9).rows}
    assert rows["1"]["low"] < 20 < rows["1"]["high"]
    assert rows["2"]["verdict"] == "open above"
    assert rows["2"]["low"] < 90
    assert rows["2"]["unit"] == "L"


def test_a_prediction_of_0_is_said_where_logarithms_are_compared():
    """A sample before the first dose has no predicted logarithm; the result names its row."""
    frame = data(volumes={"1": 15.0})
    early = pd.DataFrame([["1", -1.0, ".", 0, ".", 0.2, 0]], columns=frame.columns, dtype=object)
    before = problem(pd.concat([early, frame], ignore_index=True), own=[])
    notes = before.run(starts=1, max_evaluations=3).data.notes
    assert "1 value (row 2) is predicted as 0, which has no logarithm" in " ".join(notes)
    assert problem(own=[]).run(starts=1, max_evaluations=3).data.notes == ()
