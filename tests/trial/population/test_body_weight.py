"""Body weights of a population: where they come from, and what is said where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.trial import Covariate, Cycle, LogNormal, Population, Protocol, Search, Trial
from pdmodel.trial.population.body_weight import weights_of
from pdmodel.trial.schedules.run import run_search


def by_weight(*, used: bool = True, declared: bool = True) -> Model:
    """Return a drug whose volume may grow with the body weight, a parameter in grams."""
    q = Vocabulary()
    known: dict[str, Any] = {"bounds": (0, 1e9), "source": ASSUMED}
    loss = q.parameter("k", unit="1/day", value=1, meaning="loss", **known)
    volume = q.parameter("volume", unit="L", value=5, meaning="volume", **known)
    if declared:
        weight = q.parameter("body_weight", unit="g", value=60_000, meaning="weight", **known)
        usual = q.parameter("usual", unit="g", value=70_000, meaning="usual weight", **known)
        volume = volume * weight / usual if used else volume
    drug = q.state("drug", unit="mg", initial=0, meaning="drug in the body")
    level = q.observable("level", unit="mg/L", meaning="drug in plasma")
    q.slot("all", meaning="all", states=(drug,), defines=(level,))
    given = Mechanism(
        "given", "all", "it comes and goes", processes={"loss": {drug: -loss * drug}},
        defines={level: drug / volume}, doses={"antibody": drug},
    )  # fmt: skip
    return Model("by_weight", q, [given])


def weights(population: Population, model: Model) -> Any:
    """Return the weights of four patients, and what was drawn."""
    drawn = population.draw(model, 4)
    return weights_of(population, model, drawn.patients, drawn.covariates), drawn


def test_a_covariate_of_the_population_comes_first() -> None:
    """In its own unit; a covariate of that name that is no mass is none."""
    pounds = {"weight": Covariate("body weight", "g", LogNormal(0.2, 70_000))}
    found, drawn = weights(Population("p", "", {}, covariates=pounds), by_weight())
    np.testing.assert_allclose(found, drawn.covariates["weight"] / 1000)
    strange = {"weight": Covariate("body weight", "points", LogNormal(0.2, 3))}
    found, _ = weights(Population("p", "", {}, covariates=strange), by_weight())
    assert found.tolist() == [60.0] * 4


def test_a_parameter_of_the_model_is_taken_as_the_patient_has_it() -> None:
    """Its spread, the value of the population, or its default."""
    found, drawn = weights(Population("p", "", {"body_weight": LogNormal(0.2)}), by_weight())
    np.testing.assert_allclose(found, drawn.patients["body_weight"] / 1000)
    assert len(set(found)) == 4
    for used in (True, False):
        shared = Population("p", "", {}, values={"body_weight": 90_000})
        assert weights(shared, by_weight(used=used))[0].tolist() == [90.0] * 4


def test_without_a_weight_the_population_is_named() -> None:
    """So is one whose spread would be lost, since the equations do not use it."""
    with pytest.raises(InputError, match=r"'p' has none; give it a covariate, .*Covariate\('body"):
        weights(Population("p", "", {}), by_weight(declared=False))
    spread = Population("p", "", {"body_weight": LogNormal(0.2)})
    with pytest.raises(InputError, match="'by_weight' do not use it; make it a covariate"):
        weights(spread, by_weight(used=False))


def outcomes(records: Any) -> pd.DataFrame:
    """Return the level after the last dose, and whether it is high."""
    last = records["drug"].values[:, 1]
    return pd.DataFrame({"last": last, "high": last > 50})


def test_a_trial_and_a_search_give_by_weight(tmp_path: Any) -> None:
    """Amounts are 2 mg for each kilogram; without weights nothing is written."""
    heavy = Population(
        "heavy", "", {}, covariates={"body_weight": Covariate("weight", "kg", LogNormal(0.3, 90))}
    )
    protocol = Protocol("p", "by weight", 2, "mg/kg", cycle=Cycle(1, 7), days=7)
    trial = Trial(
        "t", "?", protocol, heavy, outcomes, "", ("drug",), model="unused", free=(),
    )  # fmt: skip
    result = trial.run(6, 1, model=by_weight(declared=False), threads=1)
    given = 2 * result.outcomes["body_weight"]
    np.testing.assert_allclose(result.outcomes["last"], given * np.exp(-1), rtol=1e-3)
    np.testing.assert_allclose(result.outcomes["mean_dose"], 2 / 7)
    assert protocol.describe().startswith("2 mg/kg weekly for 7 days")
    bare = trial.with_(population=Population("bare", "", {}))
    with pytest.raises(InputError, match="population 'bare' has none"):
        bare.run(6, 1, model=by_weight(declared=False), out=tmp_path / "out")
    search = Search(
        "s", "?", bare, doses=(1.0, 2.0), cycles=(Cycle(1, 7),), benefit="high", harm="high"
    )
    with pytest.raises(InputError, match="population 'bare' has none"):
        run_search(search, 6, 1, model=by_weight(declared=False), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
