"""Whole population fits: what comes back, what is refused, what is said, what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import FitError, InputError, SimulationError
from pdmodel.inference import (
    LogNormalError,
    Power,
    RandomEffect,
    fit_population,
    read_population,
)
from pdmodel.inference.population.likelihood.predictions import Predictions
from pdmodel.inference.population.search import positive
from tests.toys.populations import intravenous, problem

FAST: dict[str, Any] = {"simulations": 0, "nodes": 0}


def without_measurements(table: pd.DataFrame, subject: int) -> pd.DataFrame:
    """Return a table in which a subject has only doses."""
    return table[(table["ID"] != subject) | (table["EVID"] == 1)]


def test_a_twin_comes_back() -> None:
    """Simulated from a known population, much of it below a limit: 90 % intervals hold it."""
    result = fit_population(problem(intravenous(40, limit=2.6, seed=4)), **FAST)
    assert result.converged
    assert result.summary["below"] > 50
    known = {"CL": 2.0, "V": 20.0, "sd__CL": 0.3, "sd__V": 0.2, "log_sd__cp": 0.15}
    table = result.estimates.set_index("name")
    covered = [table.low[name] <= value <= table.high[name] for name, value in known.items()]
    assert sum(covered) >= 4
    for name, value in known.items():
        assert table.value[name] == pytest.approx(value, rel=0.25)


@pytest.mark.parametrize("method", ["focei", "laplace"])
def test_the_end_is_a_minimum(method: str) -> None:
    """The gradient vanishes, the curvature is positive, and nothing near by is lower."""
    result = fit_population(problem(intravenous(12)), method, **FAST)
    assert result.converged
    assert (np.linalg.eigvalsh(result.uncertainty.hessian) > 0).all()
    objective, x = result.fit.objective, result.fit.x
    for place in range(x.size):
        for side in (-0.05, 0.05):
            near = x.copy()
            near[place] += side
            assert objective(near, result.fit.patients.etas).objective > result.objective


def test_threads_do_not_matter() -> None:
    """Two threads give the same bytes as one."""
    toy = problem(intravenous(8))
    one, two = (fit_population(toy, jobs=jobs, simulations=40) for jobs in (1, 2))
    assert one.to_dict() == two.to_dict()
    pd.testing.assert_frame_equal(one.measurements, two.measurements, check_exact=True)


def test_an_interrupted_fit_goes_on(tmp_path: Path) -> None:
    """Stopped after any step it comes to the same bytes, and makes no step twice."""
    toy = problem(intravenous(8))
    fit_population(toy, out=tmp_path / "whole", simulations=20)
    whole = json.loads((tmp_path / "whole" / "population.json").read_text("utf-8"))
    assert whole["summary"]["steps"] > 3
    for stop in (1, 3, whole["summary"]["steps"]):

        def interrupt(done: int, total: int, text: str, stop: int = stop) -> None:
            if done == stop and text.startswith("objective"):
                raise KeyboardInterrupt

        out = tmp_path / f"after {stop}"
        with pytest.raises(KeyboardInterrupt):
            fit_population(toy, out=out, simulations=20, progress=interrupt)
        steps = sorted((out / "steps").iterdir())
        stamps = [step.stat().st_mtime_ns for step in steps]
        fit_population(toy, out=out, simulations=20)
        assert json.loads((out / "population.json").read_text("utf-8")) == whole
        assert [step.stat().st_mtime_ns for step in steps] == stamps
        for table in ("parameters.csv", "measurements.csv", "effects.csv", "report.txt"):
            assert (out / table).read_bytes() == (tmp_path / "whole" / table).read_bytes()


def test_a_folder_is_read_back(tmp_path: Path) -> None:
    """Record and tables are those that were written; another question is refused."""
    toy = problem(intravenous(6))
    result = fit_population(toy, out=tmp_path / "fit", simulations=20, check_simulations=20)
    record = read_population(tmp_path / "fit")
    assert record.to_dict() == result.to_dict()
    assert record.report() == result.report()
    for name in ("estimates", "effects", "omega", "shrinkage", "measurements", "checked"):
        pd.testing.assert_frame_equal(
            getattr(record, name), getattr(result, name), check_dtype=False, rtol=1e-12
        )
    np.testing.assert_array_equal(record.courses["cp"].values, result.courses["cp"].values)
    with pytest.raises(InputError, match="holds a finished population fit"):
        fit_population(toy, out=tmp_path / "fit", simulations=20, check_simulations=20)
    other = problem(intravenous(6), effects=["CL"])
    with pytest.raises(InputError, match="population fit of another problem"):
        fit_population(other, out=tmp_path / "fit", **FAST)


def test_a_patient_that_fails_shortens_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a patient cannot be simulated the search goes on with a shorter step, to the end."""
    toy, call, refused = problem(intravenous(8)), Predictions.__call__, list[float]()
    whole = fit_population(toy, **FAST)

    def fragile(self, values, *, slopes=True, only=None):
        predicted = call(self, values, slopes=slopes, only=only)
        if len(refused) < 5 and abs(values[2, 0] - 2.5) > 0 and self.runs > 300:
            refused.append(values[2, 0])
            predicted.f[self.rows.of(2)] = np.nan
            return predicted._replace(failures={2: SimulationError("too stiff", {})})
        return predicted

    monkeypatch.setattr(Predictions, "__call__", fragile)
    result = fit_population(toy, **FAST)
    assert len(refused) == 5
    assert result.converged
    assert result.objective == pytest.approx(whole.objective, abs=1e-4)


def fails_beyond(monkeypatch: pytest.MonkeyPatch, volume: float) -> None:
    """Let the third patient fail wherever the mean volume of all is above a limit."""
    call = Predictions.__call__

    def fragile(self, values, *, slopes=True, only=None):
        predicted = call(self, values, slopes=slopes, only=only)
        if values[:, 1].mean() < volume:
            return predicted
        predicted.f[self.rows.of(2)] = np.nan
        return predicted._replace(failures={2: SimulationError("too stiff", {})})

    monkeypatch.setattr(Predictions, "__call__", fragile)


def test_a_patient_that_keeps_failing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """If nowhere lower can be simulated the fit ends there, and says who it was and why."""
    fails_beyond(monkeypatch, 18.5)
    result = fit_population(problem(intravenous(8), effects=["CL"], free=["V"]), **FAST)
    assert result.status == "failed"
    assert "subject 3 cannot be simulated (too stiff)" in said(result)
    assert result.values["V"] == pytest.approx(18.5, abs=0.01)


def test_a_patient_that_fails_at_once_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the search cannot begin there is no fit; the message names the patient."""
    fails_beyond(monkeypatch, 17.0)
    with pytest.raises(FitError, match=r"subject 3 cannot be simulated where .* too stiff"):
        fit_population(problem(intravenous(8), effects=["CL"], free=["V"]), **FAST)


TOO_FEW = [
    (lambda t: t[t["ID"] == 1], {}, "1 patient was measured, and differences .* need several"),
    (
        lambda t: t[(t["TIME"] == 0) | (t["TIME"] == 1)],
        {"effects": ["CL", "V"], "covariance": "full"},
        "6 numbers are sought of 6 values",
    ),
]


@pytest.mark.parametrize(("change", "changes", "words"), TOO_FEW)
def test_too_few_data_are_refused(change, changes, words: str) -> None:
    """One patient, and more numbers than values: the message says what can be done."""
    with pytest.raises(InputError, match=words):
        fit_population(problem(change(intravenous(6)), **changes), **FAST)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effects": ["Cl"]}, "unknown random effect on parameter .* 'Cl'; did you mean 'CL'"),
        ({"free": ["k"]}, "unknown free parameter .* 'k'"),
        ({"held": ["k"]}, "unknown held typical value: 'k'"),
        ({"starts": {"CL": -1.0}}, "'CL' starts at -1, outside its bounds 0 to 1e"),
        ({"bounds": {"CL": (3.0, 1.0)}}, r"bounds of 'CL' must be \(low, high\)"),
        ({"bounds": {"CL": 3.0}}, r"bounds of 'CL' must be \(low, high\), got 3"),
        ({"bounds": {"CL": (1.0, "x")}}, r"bounds of 'CL' must be \(low, high\), got \(1.0, 'x'\)"),
        ({"effects": []}, "needs random effects"),
        (
            {"covariates": [Power("CL", "WGT", 70.0), Power("CL", "WGT", 60.0)]},
            "two covariate effects have the coefficient 'WGT_on_CL'",
        ),
    ],
)
def test_problems_that_are_none_are_refused(changes, words: str) -> None:
    """A message names the parameter, and the nearest match."""
    with pytest.raises(InputError, match=words):
        problem(intravenous(4), **changes)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("nodes must be a whole number from 0 to 100, got 2.5", {"nodes": 2.5}),
        ("nodes must be a whole number >= 0", {"nodes": -1}),
        ("nodes must be a whole number <= 100", {"nodes": 1000}),
        ("seed must be a whole number >= 0", {"seed": -1}),
        ("seed must be a whole number >= 0, got 'a'", {"seed": "a"}),
    ],
)
def test_numbers_of_a_fit_are_checked_before_it(words: str, changes) -> None:
    """They ended in NumPy's words after the search, or in a likelihood out of weights of 0."""
    with pytest.raises(InputError, match=words):
        fit_population(problem(intravenous(4)), **(FAST | changes))


def test_a_search_that_has_lost_its_way_ends_in_one_line() -> None:
    """Zeros under a proportional error lead it to where nothing has a curvature."""
    with pytest.raises(FitError, match=r"no finite curvature.* \(0 under a proportional error\)"):
        positive(np.array([[1.0, np.inf], [np.inf, 1.0]]))


def said(result) -> str:
    """Return the findings as one text."""
    return " ".join(result.findings)


def test_it_says_that_it_did_not_converge() -> None:
    """After too few steps status, findings and report say so."""
    result = fit_population(problem(intravenous(6)), max_steps=1, **FAST)
    assert not result.converged
    assert "did not converge within 1 steps" in said(result)
    assert "did not converge" in result.report()


def test_it_says_that_an_effect_is_not_there() -> None:
    """An omega that wants to be zero is named, and what can be done."""
    result = fit_population(problem(intravenous(20, sds=(0.4, 0.0), seed=2)), **FAST)
    assert "no difference between patients in V" in said(result)
    assert "no difference between patients in CL" not in said(result)


def test_it_says_that_the_covariance_is_singular() -> None:
    """Two effects that are one have a correlation of 1, which is said."""
    table = intravenous(12, sds=(0.4, 0.0), sd=0.05, seed=2)
    measured = table["EVID"] == 0
    factors = np.exp(0.3 * np.random.default_rng(1).standard_normal(12))
    # all values of a subject by the same factor: clearance and volume by its inverse
    table.loc[measured, "DV"] *= factors[table["ID"][measured] - 1]
    result = fit_population(problem(table, covariance="full", effects=["CL", "V"]), **FAST)
    text = said(result)
    assert result.converged
    assert "singular" not in text  # CL has a spread of its own
    alone = intravenous(12, sds=(0.0, 0.0), sd=0.02, seed=2)
    alone.loc[measured, "DV"] *= factors[alone["ID"][measured] - 1]
    result = fit_population(problem(alone, covariance="full", effects=["CL", "V"]), **FAST)
    assert "The covariance is singular: the effects on CL and V have a correlation" in said(result)


def test_it_says_what_is_at_its_bound() -> None:
    """A typical value at its bound has no standard error, and is named."""
    result = fit_population(problem(intravenous(8), bounds={"V": (17.0, 18.5)}), **FAST)
    row = result.estimates.set_index("name").loc["V"]
    assert (row["at_bound"], row["value"]) == ("high", pytest.approx(18.5))
    assert np.isnan(row["stderr"])
    assert "V ended at its upper bound, 18.5 L" in said(result)
    assert result.estimates.set_index("name")["stderr"]["CL"] > 0


def test_it_says_who_was_not_measured() -> None:
    """A patient without values is kept, at the typical values, and named."""
    result = fit_population(problem(without_measurements(intravenous(6), 4)), **FAST)
    assert "ID 4 has no measured value" in said(result)
    assert (result.summary["subjects"], result.summary["measured"]) == (6, 5)
    typical = result.values
    own = result.individuals.loc["4"]
    assert [own["CL"], own["V"]] == pytest.approx([typical["CL"], typical["V"]])
    row = result.effects.query("subject == '4' and parameter == 'CL'").iloc[0]
    assert row["eta_sd"] == pytest.approx(typical["sd__CL"])


def test_it_says_that_effects_and_errors_cannot_be_told_apart() -> None:
    """As many effects as values a patient are said."""
    table = intravenous(8)
    table = table[table["TIME"].isin([0.0, 1.0, 6.0])]
    effects = [RandomEffect("CL"), RandomEffect("V", fixed=True)]
    result = fit_population(problem(table, LogNormalError(), ["CL", "V"]), **FAST)
    assert "No patient has more than 2 values, and 2 random effects" in said(result)
    held = fit_population(problem(table, LogNormalError(sd=0.15, fixed=True), effects), **FAST)
    assert "can hardly be" not in said(held)
