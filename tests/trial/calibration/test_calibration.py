"""Calibration: it finds the population that made the report, and says how uncertain it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import pdmodel
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.storage import write_json
from pdmodel.trial import (
    Free,
    LogNormal,
    Pattern,
    Population,
    Protocol,
    Trial,
    calibrate,
    read_calibration,
)
from pdmodel.trial.calibration.run import movable
from pdmodel.trial.patterns.soft import residual, smooth_value
from tests.toys import one_compartment

MODEL = one_compartment()
LEVELS = {"high": 0.6, "low": 0.2}
N = 400


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Whether the concentration after a day is above two levels, and by how much."""
    value = records["concentration"].values[:, 1]
    found = {f"{name}_margin": np.log(value / level) for name, level in LEVELS.items()}
    return pd.DataFrame({**{name: value > level for name, level in LEVELS.items()}, **found})


def trial(median: float, sd: float) -> Trial:
    """Return a trial of one dose into plasma; who eliminates slowly stays above a level."""
    population = Population("p", "", {"k": LogNormal(sd, median)})
    protocol = Protocol("toy", "one day", 20, drug="iv", days=1)
    margins = {name: f"{name}_margin" for name in LEVELS}
    return Trial(
        "toy", "", protocol, population, outcomes, "", ["concentration"], model="toy",
        margins=margins,
    )  # fmt: skip


def reports(median: float, sd: float) -> list[Pattern]:
    """Return the exact rates of a population: exp(-k) > level where k < -log(level)."""
    from scipy.stats import norm

    found = []
    for name, level in LEVELS.items():
        rate = norm.cdf((np.log(-np.log(level)) - np.log(median)) / sd)
        found.append(
            Pattern(
                name,
                "toy",
                "rate",
                name,
                (),
                0,
                1,
                round(rate * N),
                N,
                "1",
                "calibrate",
                "",
                "",
                "",
            )
        )
    return found


FREE = (Free("median", "k", 0.1, 5), Free("sd", "k", 0.05, 2))


def test_a_known_spread_is_recovered(tmp_path: Path) -> None:
    """Median 0.8 and spread 0.5, from two rates, begun elsewhere; the error is binomial."""
    found = calibrate(trial(0.5, 0.2), FREE, model=MODEL, patterns=reports(0.8, 0.5), patients=512)
    assert found.status == "converged"
    assert found.parameters["value"].tolist() == pytest.approx([0.8, 0.5], rel=0.05)
    assert found.population.spreads["k"].sd == found.parameters["value"][1]
    assert (found.table["model"] - found.table["reported"]).abs().max() < 0.01
    errors = found.parameters["log_error"]
    assert errors.between(0.01, 0.2).all()
    draws = [population.spreads["k"].sd for population in found.draws(200)]
    assert np.log(draws).std() == pytest.approx(errors[1], rel=0.2)
    file = write_json(tmp_path / "calibration.json", found.to_dict())
    again = read_calibration(file, trial(0.5, 0.2).with_(free=FREE))
    assert again.population == found.population
    assert again.draws(3, 2) == found.draws(3, 2)
    with pytest.raises(UnknownNameError, match="free number 'sd_k'"):
        read_calibration(file, trial(0.5, 0.2).with_(free=FREE[:1]))


def test_no_trial_is_run_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best values are asked for again by the search and for the table; they are remembered."""
    run, seen = Trial.outcomes_of, list[float]()

    def counted(self: Trial, *how: Any) -> pd.DataFrame:
        spread = self.population.spreads["k"]
        assert isinstance(spread, LogNormal)
        seen.append(hash((spread.sd, spread.median)))
        return run(self, *how)

    monkeypatch.setattr(Trial, "outcomes_of", counted)
    found = calibrate(trial(0.5, 0.2), FREE, model=MODEL, patterns=reports(0.8, 0.5), patients=64)
    assert len(set(seen)) == len(seen) < found.evaluations


def test_a_smooth_rate_is_the_rate() -> None:
    """To a few parts in a hundred, and without jumps."""
    toy, patterns = trial(0.8, 0.5), reports(0.8, 0.5)
    table = toy.outcomes_of(MODEL, 512, 1, 1)
    for pattern in patterns:
        assert pattern.events is not None
        assert smooth_value(pattern, table, toy.margins) == pytest.approx(
            pattern.value(table), abs=0.01
        )
        assert abs(residual(pattern, pattern.events / pattern.n)) < 1e-3


def test_what_cannot_be_calibrated() -> None:
    """A rate that could only jump, nothing free, names and bounds that are wrong."""
    toy = trial(0.5, 0.2)
    with pytest.raises(InputError, match="'high' has no margin"):
        calibrate(toy.with_(margins={}), FREE, model=MODEL, patterns=reports(0.8, 0.5))
    lacking = toy.with_(margins={**toy.margins, "high": "high_margn"})
    with pytest.raises(UnknownNameError, match=r"margin of 'high'.*did you mean 'high_margin'"):
        calibrate(lacking, FREE, patients=8, model=MODEL, patterns=reports(0.8, 0.5))
    with pytest.raises(InputError, match="needs a free number"):
        calibrate(toy, (), model=MODEL, patterns=reports(0.8, 0.5))
    with pytest.raises(UnknownNameError, match="spread"):
        calibrate(toy, [Free("sd", "ka", 1, 2)], model=MODEL, patterns=reports(0.8, 0.5))
    with pytest.raises(InputError, match="bounds must be"):
        Free("sd", "k", 2, 1)
    with pytest.raises(UnknownNameError, match="did you mean 'median'"):
        Free("medain", "k", 1, 2)


def test_numbers_that_only_other_models_have_are_not_moved() -> None:
    """Of the vocabulary, but not of the model: left out; of neither: refused by name."""
    reference, clone = (pdmodel.load(name) for name in ("reference", "resistant_clone"))
    lacking = sorted(set(reference.defaults) - set(clone.defaults))[0]
    both = [Free("median", "kill_max", 1e-3, 1), Free("median", lacking, 1e-6, 1e6)]
    assert movable(both, clone) == both[:1]
    assert movable(both, reference) == both
    with pytest.raises(UnknownNameError, match="'kill_maks'; did you mean 'kill_max'"):
        movable([Free("median", "kill_maks", 1, 2)], clone)


def test_without_known_uncertainty_nothing_is_drawn() -> None:
    """A calibration that stopped at its budget says so, and gives its values."""
    found = calibrate(
        trial(0.5, 0.2), FREE, model=MODEL, patterns=reports(0.8, 0.5), patients=32,
        max_evaluations=2,
    )  # fmt: skip
    assert (found.status, found.uncertainty_known) == ("budget", False)
    assert found.parameters["log_error"].isna().all()
    with pytest.raises(InputError, match=r"not known \(stopped at the budget.*\): no draws"):
        found.draws(2)
