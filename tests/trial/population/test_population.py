"""Populations: the spread that was asked for, the same patients from a seed, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.trial import (
    BetweenTrials,
    Correlation,
    Covariate,
    Effect,
    LogitNormal,
    LogNormal,
    Population,
    Share,
)
from tests.toys import one_compartment

MODEL = one_compartment()
SPREADS = {"ka": LogNormal(0.3, 4.0), "k": LogNormal(0.5), "volume": LogNormal(0.2)}


def test_the_spread_is_recovered() -> None:
    """Median, spread and correlation of 4,096 patients."""
    population = Population("p", "", SPREADS, [Correlation("ka", "k", -0.6)])
    logs = np.log(population.draw(MODEL, 4096).patients)
    assert np.exp(logs.median()).tolist() == pytest.approx([4, 0.7, 20], rel=0.01)
    assert logs.std().tolist() == pytest.approx([0.3, 0.5, 0.2], rel=0.02)
    assert logs.corr().loc["ka", "k"] == pytest.approx(-0.6, abs=0.02)
    assert logs.corr().loc["ka", "volume"] == pytest.approx(0, abs=0.02)


def test_patient_n_does_not_depend_on_how_many() -> None:
    """Larger trials hold the smaller ones; another seed is other patients."""
    population = Population("p", "", SPREADS)
    many, few = (population.draw(MODEL, n, seed=3).patients for n in (1500, 40))
    pd.testing.assert_frame_equal(many.iloc[:40], few)
    assert not population.draw(MODEL, 40, seed=4).patients.equals(few)


def test_implausible_patients_are_counted() -> None:
    """Half of them lie above the median."""
    population = Population("p", "", {"ka": LogNormal(0.3, 4.0, high=4.0)})
    drawn = population.draw(MODEL, 500)
    assert drawn.patients["ka"].max() <= 4
    assert drawn.rejected["ka"] == pytest.approx(500, rel=0.05)


def test_shares() -> None:
    """A logit-normal share keeps its median and stays within 0 and 1."""
    values = LogitNormal(2.0, 0.2).values(np.array([-9.0, 0, 9]), 0.2)
    assert values[1] == pytest.approx(0.2)
    assert (values > 0).all()
    assert (values < 1).all()


def test_what_no_population_can_be() -> None:
    """Spread below 0, correlations that contradict each other, unknown names, nobody."""
    with pytest.raises(InputError, match="spread must be a number >= 0, got -1"):
        LogNormal(-1)
    pairs = [Correlation("ka", "k", 0.9), Correlation("k", "volume", 0.9)]
    with pytest.raises(InputError, match=r"ka-volume -0.9.*not positive definite"):
        Population("p", "", SPREADS, [*pairs, Correlation("ka", "volume", -0.9)])
    with pytest.raises(UnknownNameError, match="did you mean 'volume'"):
        Population("p", "", {"volum": LogNormal(1)}).draw(MODEL, 1)
    for count in (0, -1, 2.5):
        with pytest.raises(InputError, match="patients of a trial must be a whole number"):
            Population("p", "", SPREADS).draw(MODEL, count)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="hardly any patient"):
        Population("p", "", {"ka": LogNormal(0.1, 4.0, low=49)}).draw(MODEL, 1)


COVARIATES = {
    "weight": Covariate("body weight", "kg", LogNormal(0.2, 70, low=40, high=120)),
    "carrier": Covariate("carries the allele", "1", Share(0.3)),
}


def test_covariates_move_parameters() -> None:
    """Power, straight line and factor; the rest of the spread is left alone."""
    effects = [
        Effect("volume", "weight", "power", 1.0, 70),
        Effect("k", "weight", "linear", 0.01, 70),
        Effect("k", "carrier", "factor", 0.5),
    ]
    population = Population(
        "p", "", {"k": LogNormal(0.0)}, [Correlation("weight", "carrier", 0.5)],
        covariates=COVARIATES, effects=effects,
    )  # fmt: skip
    drawn = population.draw(MODEL, 2048)
    weight, carrier = drawn.covariates["weight"], drawn.covariates["carrier"]
    np.testing.assert_allclose(drawn.patients["volume"], 20 * weight / 70)
    expected = 0.7 * (1 + 0.01 * (weight - 70)) * np.where(carrier == 1, 0.5, 1)
    np.testing.assert_allclose(drawn.patients["k"], expected)
    assert carrier.mean() == pytest.approx(0.3, abs=0.01)
    assert weight[carrier == 1].mean() < weight[carrier == 0].mean() - 5
    assert drawn.rejected["weight"] > 0
    assert weight.between(40, 120).all()
    assert "carrier on k" in population.assumed


def test_what_no_covariate_can_be() -> None:
    """No median, no share, an effect of or on nothing, a kind that is none."""
    with pytest.raises(InputError, match="needs a spread with a median"):
        Covariate("age", "year", LogNormal(0.2))
    with pytest.raises(InputError, match="a share must be a number from 0 to 1"):
        Share(1.2)
    with pytest.raises(UnknownNameError, match="did you mean 'weight'"):
        Population("p", "", {}, covariates=COVARIATES, effects=[Effect("k", "wieght", "factor", 2)])
    with pytest.raises(UnknownNameError, match="kind of an effect"):
        Effect("k", "weight", "cubic", 1.0)
    with pytest.raises(InputError, match="a power needs a reference > 0"):
        Effect("k", "weight", "power", 1.0)
    population = Population(
        "p", "", {}, covariates=COVARIATES, effects=[Effect("kk", "weight", "linear", 0.1, 70)]
    )
    with pytest.raises(UnknownNameError, match="parameter of population 'p'"):
        population.draw(MODEL, 4)


RIVAL = "saturable_marrow"


def test_a_rival_gets_the_same_patients() -> None:
    """What a rival does not have is drawn and left out; what nobody knows is refused."""
    import pdmodel

    spreads = {"tone": LogNormal(0.5), "marrow_IC50": LogNormal(0.4), "CL": LogNormal(0.3)}
    population = Population("p", "", spreads)
    here, rival = (
        population.draw(pdmodel.load(name), 64).patients for name in ("reference", RIVAL)
    )
    assert list(here) == ["tone", "CL"]
    assert list(rival) == ["tone", "marrow_IC50", "CL"]
    pd.testing.assert_frame_equal(here, rival[["tone", "CL"]])
    parameter = Population("p", "", {}, covariates={"k": COVARIATES["weight"]})
    with pytest.raises(InputError, match="'k' is a parameter of the model"):
        parameter.draw(MODEL, 4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spreads": {"k": 0.5}}, "0.5 is no spread of 'k'"),
        ({"spreads": {3: LogNormal(0.5)}}, "named by text or by its symbol, got 3"),
        ({"covariates": {"age": LogNormal(0.5, 60)}}, "is no covariate of 'age'"),
        ({"values": {"k": "1"}}, "the value of 'k' must be a number, got '1'"),
        ({"values": {"k": 1.0}}, "'k' has a value for all patients and a spread"),
        ({"correlations": [Correlation("k", "k", 0.2)]}, "'k' cannot be correlated with itself"),
        (
            {"correlations": [Correlation("k", "volume", 0.2), Correlation("volume", "k", 0.1)]},
            "the correlation of 'volume' and 'k' is given twice",
        ),
        ({"correlations": [("k", "volume", 0.2)]}, "is no Correlation"),
    ],
)
def test_what_a_population_would_have_without_effect_is_refused(changes, words: str) -> None:
    """Where it is made, by the name of the population."""
    given = {"spreads": {"k": LogNormal(0.5), "volume": LogNormal(0.2)}} | changes
    with pytest.raises(InputError, match=words):
        Population("p", "", **given)


@pytest.mark.parametrize("value", [1, -1, 1.5, "0.5", None, float("nan")])
def test_correlations_lie_within_one(value) -> None:
    """Both names and what was given stand in the message."""
    with pytest.raises(InputError, match=r"correlation of 'a' and 'b' lies in \(-1, 1\), got"):
        Correlation("a", "b", value)


def test_a_spread_around_nothing_is_refused_by_its_parameter() -> None:
    """A log-normal spread of a default of 0 would draw nothing but 0."""
    still = MODEL.with_values(k=0.0)
    with pytest.raises(InputError, match="spread of 'k' stands around 0, its value in model"):
        Population("p", "", {"k": LogNormal(0.5)}).draw(still, 10)
    covariates = {"age": Covariate("age", "year", LogNormal(0.2, 60))}
    effect = Effect("k", "age", "power", 1.0, 60)
    with pytest.raises(InputError, match="effect of 'age' multiplies 'k', which is 0"):
        Population("p", "", {}, covariates=covariates, effects=(effect,)).draw(still, 10)
    drawn = Population("p", "", {"k": LogNormal(0.0)}).draw(still, 10, 1)
    assert drawn.patients["k"].tolist() == [0.0] * 10


def test_patients_may_be_all_alike() -> None:
    """Without any spread, with values for all or none, there are as many as were asked for."""
    alike = Population("p", "", {}, values={"k": 0.5})
    assert alike.draw(MODEL, 3).patients.to_dict("list") == {"k": [0.5] * 3}
    assert len(Population("p", "", {}).draw(MODEL, 3).patients) == 3


def test_what_is_to_be_a_list_is_one() -> None:
    """One correlation, or one effect, ended in a TypeError."""
    pair = Correlation("ka", "k", 0.5)
    with pytest.raises(InputError, match="population 'p': correlations must be a list, got Corr"):
        Population("p", "", SPREADS, pair)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="effects must be a list"):
        Population("p", "", SPREADS, effects=Effect("k", "age", "linear", 1.0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="population 'p': 'age' is no Effect"):
        Population("p", "", SPREADS, effects=["age"])  # type: ignore[list-item]
    with pytest.raises(UnknownNameError, match="parameter of population 'p': 'kk'"):
        Population("p", "", SPREADS, between=[BetweenTrials("kk", 0.2)]).draw(MODEL, 4)
