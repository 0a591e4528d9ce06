"""Without drug every state stays put but the tumour, in every model of lenalidomide."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

import pdmodel
from pdmodel.engine.drug_free import drift, moving_states, start_faults, start_table
from pdmodel.errors import InputError, SimulationError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.equations import published

TUMOUR = ("tumour_tissue", "tumour_blood")
MODELS, PATIENTS = list(published.MODELS.values()), list(published.PATIENTS.values())


def name_of(item: object) -> str:
    """Return the name of a model or patient."""
    return str(getattr(item, "name", item))


@pytest.fixture(scope="module", params=MODELS, ids=name_of)
def model(request: pytest.FixtureRequest) -> Model:
    """Return each model in turn: all tests of one model follow each other, so it is made once."""
    made: Model = request.param
    return made


@pytest.mark.parametrize("patient", PATIENTS, ids=name_of)
def test_only_the_tumour_moves_at_the_start(model: Model, patient) -> None:
    """Derivatives are 0 to 1e-12 of their turnover; both pools grow at the declared rate."""
    table = start_table(model, patient)
    assert moving_states(table) == list(TUMOUR)
    growth = model.defaults["tumour_growth"]
    np.testing.assert_allclose(table.loc[list(TUMOUR), "relative_rate"], growth, rtol=1e-12)
    assert len(table) == len(model.states) > 10


@pytest.mark.parametrize("model", published.FEW.values(), ids=name_of)
def test_slopes_are_finite_at_the_start(model: Model) -> None:
    """The Jacobian and the derivatives by every parameter are numbers."""
    assert start_faults(model, growing=TUMOUR) == []


def test_the_run_without_drug_holds(model: Model) -> None:
    """For 200 days all states hold to 1e-6 and the tumour is exp(g t), when IL-6 is not its own.

    The tumour's share of IL-6 grows with it, IL-6 that lets it survive acts on it, and it crowds
    the marrow: all three are switched off here.
    """
    values = {"il6_tumour_share": 0.0, "il6_survival": 0.0, "marrow_crowding": 0.0}
    table = drift(model, {k: v for k, v in values.items() if k in model.vocabulary})
    grown = table.loc[list(TUMOUR), "ratio"]
    np.testing.assert_allclose(grown, np.exp(200 * model.defaults["tumour_growth"]), rtol=1e-6)
    others = table.drop(index=list(TUMOUR))
    assert len(others) == len(model.states) - 2
    assert others["change"].abs().max() < 1e-6


def test_drift_is_the_tumour_s_own_il6(model: Model) -> None:
    """With the tumour's share on, IL-6 is what drifts, and the tumour hardly by its doing.

    Where there are platelets and haemoglobin, a growing tumour crowds them out.
    """
    table = drift(model)
    moved = table.index[table["change"].abs() > 1e-6]
    crowded = {"megakaryocytes", "platelets", "haemoglobin"} & set(table.index)
    assert set(moved) == {*TUMOUR, "il6"} | crowded
    assert all(0.9 < table.loc[name, "ratio"] < 1 for name in crowded)
    expected = np.exp(200 * model.defaults["tumour_growth"])
    share = model.defaults["il6_tumour_share"]
    # IL-6 follows tumour_tissue within hours: 1 - share + share * growth, slightly behind
    growth = table.loc["tumour_tissue", "ratio"]
    assert table.loc["il6", "ratio"] == pytest.approx(1 + share * (growth - 1), rel=1e-3)
    assert growth == pytest.approx(expected, rel=0.03)


def test_il6_of_the_reference_rises_by_8_per_cent() -> None:
    """The number that `pdmodel check` reports."""
    table = drift(pdmodel.load("reference"))
    assert table.loc["il6", "ratio"] == pytest.approx(1.083, abs=0.001)


def decay_model(rate: sympy.Expr | None = None, initial: float = 1.0) -> Model:
    """Return one state with a rate of its own."""
    q = Vocabulary()
    x = q.state("x", unit="1", initial=initial, meaning="x")
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 9), meaning="k", source=ASSUMED)
    a = q.parameter("a", unit="1", value=0.5, bounds=(0, 9), meaning="a", source=ASSUMED)
    q.slot("x", meaning="x", states=(x,))
    chosen = -k * x if rate is None else rate.subs({"x": x, "k": k, "a": a})
    return Model("decay", q, [Mechanism("m", slot="x", claim="", processes={"p": {x: chosen}})])


def test_a_state_that_moves_is_a_fault_unless_it_may() -> None:
    """It is named, with its rate."""
    model = decay_model()
    assert start_faults(model) == ["state 'x' moves without drug, by -1 per day"]
    assert start_faults(model, growing=["x"]) == []
    assert start_faults(model, growing=None) == []
    assert start_table(model).loc["x", "relative_rate"] == -1.0


def test_infinite_slopes_are_faults() -> None:
    """A bare power has none at 0: by the state it is infinite, by its exponent no number."""
    rate = -sympy.Symbol("k") * sympy.Symbol("x") ** sympy.Symbol("a")
    faults = start_faults(decay_model(rate, initial=0.0))
    assert len(faults) == 2
    assert "derivative of d x/dt by a is nan" in faults[0]
    assert "derivative of d x/dt by x is" in faults[1]


def test_drift_of_a_known_solution() -> None:
    """Exponential decay: the end is where it should be."""
    table = drift(decay_model(), {"k": 0.01}, days=100)
    assert table.loc["x", "ratio"] == pytest.approx(np.exp(-1), rel=1e-8)
    assert table.loc["x", "change"] == pytest.approx(np.exp(-1) - 1, rel=1e-8)


def test_drift_refuses_an_empty_run(monkeypatch) -> None:
    """A run without a second time proves nothing."""
    with pytest.raises(InputError, match="days must be a number > 0"):
        drift(decay_model(), days=0)
    true = pdmodel.simulate
    monkeypatch.setattr(
        "pdmodel.engine.drug_free.simulate", lambda *a, **k: true(*a, **k).isel(time=[0])
    )
    with pytest.raises(SimulationError, match="'decay' is empty"):
        drift(decay_model())
