"""The exact Jacobian of a fit: against differences, through ties and groups, inside lmfit."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from pdmodel.dosing import Events, Record
from pdmodel.engine.subjects import PreparedSubjects
from pdmodel.errors import InputError, SimulationError
from pdmodel.inference import FitProblem, Prior, Target
from pdmodel.inference.fit.minimise import jacobian_of, minimise
from pdmodel.inference.problem.parameters import Setting, linear_values, scale_factors
from pdmodel.inference.problem.ties import Ties
from pdmodel.inference.targets.course import EvaluationFailure
from tests.inference.conftest import short_targets
from tests.toys import one_compartment

POINTS = {
    "declared": {},
    "strong killing": {"kill_max": 0.02, "tone__responder": 3.0},
    "little tolerance": {"exhaustion_gain": 0.03, "marrow_slope": 0.0021, "tolerance_tnf": 10.0},
}


@pytest.mark.parametrize("point", POINTS)
def test_the_shipped_question_agrees_with_differences(point):
    """Every residual by every free parameter, relative to the norm of its row: 1e-5."""
    table = FitProblem(
        "reference",
        "response.csv",
        regimen="10 mg daily",
        differ=["tone"],
        days=336,
        visit_interval=28,
    ).check_gradient(POINTS[point])
    assert len(table) == 22 * 7
    assert table["deviation"].max() < 1e-5
    moves = table.groupby("row")["exact"].apply(lambda row: row.abs().max() > 1e-6)
    assert moves.mean() > 0.9


def free_more(problem):
    """Free a parameter, tie two: one to a free one, one to a new one of the user's own."""
    problem.params["il6_brake"].vary = True
    problem.params["il6_acute_weight"].expr = "0.5*il6_induction*sqrt(il6_brake)"
    problem.params.add("gain", value=1.1, min=0.1, max=10)
    problem.params["tolerance_tnf"].expr = "14*gain"
    return problem


def test_tied_parameters_are_chained_and_dropped(short_problem):
    """Rows by parameters tied with `expr` go into the columns of what they are tied to."""
    problem = free_more(short_problem)
    assert set(problem.free) == {"il6_brake", "il6_induction", "tone__responder", "gain"}
    table = problem.check_gradient({"il6_brake": 0.4})
    assert set(table["parameter"]) == set(problem.free)
    assert table["deviation"].max() < 1e-5
    assert (table.groupby("parameter")["exact"].apply(lambda c: c.abs().max()) > 1e-3).all()


def test_lmfit_is_given_the_columns_of_its_own_parameters(short_problem):
    """Its last Jacobian is ours at the point where it ended, by the logarithms."""
    problem = free_more(short_problem)
    found = problem.run(starts=1, max_evaluations=40)
    names, jacobian = jacobian_of(found.lmfit) or ([], np.array([]))
    assert tuple(names) == problem.free
    values = dict(found.params.valuesdict())
    expected = problem.residual_slopes(values) * scale_factors(problem.settings, values)
    np.testing.assert_allclose(jacobian, expected, rtol=1e-4, atol=1e-7)


def test_a_parameter_that_may_be_negative_keeps_its_scale():
    """Bounds that reach 0 or below mean no logarithm: a residual `x - 1` has the slope 1."""
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    settings = [
        replace(s, min=-5.0, value=0.5) if s.name == "il6_induction" else s
        for s in problem.settings
    ]

    def residuals(values):
        return np.array([values["il6_induction"] - 1.25, np.log(values["tone__responder"])])

    def slopes(values):
        return np.array([[1.0, 0.0], [0.0, 1 / values["tone__responder"]]])

    free = [s.name for s in settings if s.vary]
    order = [free.index(name) for name in ("il6_induction", "tone__responder")]
    found = minimise(residuals, settings, 30, lambda values: slopes(values)[:, order])
    assert found.status == "converged"
    assert found.values["il6_induction"] == pytest.approx(1.25)
    assert found.values["tone__responder"] == pytest.approx(1.0)
    assert (found.nfev, found.njev) <= (6, 5)


def test_a_failed_step_is_worse_than_any_good_one():
    """A step into a region that fails is taken back, however large the residuals are."""
    setting = Setting("x", "x", None, 1.5, -5.0, 5.0, vary=True)

    def inside(values):
        if values["x"] > 1.95:
            raise ArithmeticError("no such place")
        return values["x"]

    found = minimise(
        lambda values: np.array([1e3 * (inside(values) ** 2 - 3.8)]), [setting], 50,
        lambda values: np.array([[2e3 * inside(values)]]),
    )  # fmt: skip
    assert (found.status, found.failures) == ("converged", 1)
    assert found.values["x"] == pytest.approx(3.8**0.5)


def test_groups_with_their_own_context_do_not_move_with_it():
    """`node_7cm` has its own diameter; freeing the shared one leaves its rows still."""
    rows = (
        Target("flare", "node_7cm", "node_swelling", "peak", day=7, high=0.1),
        *short_targets(),
    )
    free = ["node_diameter_baseline", "swelling_max"]
    problem = FitProblem(
        "reference", rows, days=7, free=free, regimen="10 mg daily", differ=["tone"]
    )
    table = problem.check_gradient().set_index(["row", "parameter"])
    assert table.loc[("flare", "node_diameter_baseline"), "exact"] == 0
    assert table.loc[("flare", "swelling_max"), "exact"] != 0
    assert table["deviation"].max() < 1e-5


def test_priors_are_rows_of_the_jacobian():
    """After the targets; by its own parameter one over the spread, by others nothing."""
    prior = Prior("il6_clearance", 3.0, 0.4)
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        priors=[prior],
        regimen="10 mg daily",
        differ=["tone"],
    )
    table = problem.check_gradient().set_index(["row", "parameter"])
    row = table.loc["prior il6_clearance"]
    assert row.loc["il6_clearance", "exact"] == pytest.approx(1 / prior.spread)
    assert (row.drop("il6_clearance")["exact"] == 0).all()
    assert table["deviation"].max() < 1e-5


def test_both_jacobians_find_the_same_minimum(short_problem):
    """With exact slopes in fewer evaluations; the report says which were used."""
    for name in ("il6_induction", "tone__responder"):
        short_problem.params[name].value *= 1.3
    exact = short_problem.run(starts=1)
    short_problem.jacobian = "differences"
    differences = short_problem.run(starts=1)
    costs = [float(found.starts["cost"].iloc[0]) for found in (exact, differences)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-3)
    assert costs[0] <= costs[1] * (1 + 1e-6)
    assert exact.summary["evaluations"] < differences.summary["evaluations"]
    assert exact.summary["jacobians"] > 0 == differences.summary["jacobians"]
    assert "exact Jacobians" in exact.report()
    assert "Jacobians by differences" in differences.report()


def test_an_unknown_kind_of_jacobian_is_refused():
    """The nearest one is offered."""
    with pytest.raises(InputError, match="did you mean 'exact'"):
        FitProblem(
            "reference",
            short_targets(),
            days=7,
            jacobian="exakt",
            regimen="10 mg daily",
            differ=["tone"],
        )


def test_a_failure_inside_a_jacobian_stays_a_failure(short_problem, monkeypatch):
    """No zeros, no differences in its place: the start ends as failed and claims nothing."""

    def fail(self, parameters, names):
        error = SimulationError("too many steps", {"time": 3.0})
        return self.run(parameters)._replace(failures={0: error})

    monkeypatch.setattr(PreparedSubjects, "run_sensitivities", fail)
    values = dict(short_problem.params.valuesdict())
    with pytest.raises(EvaluationFailure, match="too many steps") as caught:
        short_problem.residual_slopes(values)
    assert isinstance(caught.value.cause, SimulationError)
    result = short_problem.run(starts=1)
    assert set(result.starts["status"]) == {"failed"}
    assert "too many steps" in result.starts["message"].iloc[0]
    assert result.failures == 2  # of the start and of the polishing
    varied = result.parameters[result.parameters["vary"]]
    assert set(varied["stderr_reason"]) == {"the last minimisation failed"}
    assert set(varied["identifiability"]) == {"not assessed"}


def test_contradicting_parameters_fail_with_their_reason(short_problem):
    """A point where no simulation can begin has no Jacobian either."""
    values = dict(short_problem.params.valuesdict()) | {"kill_without_drug": 0.4}
    with pytest.raises(EvaluationFailure, match="death_natural") as caught:
        short_problem.residual_slopes(values)
    assert isinstance(caught.value.cause, InputError)


def test_runs_are_prepared_once_and_do_not_travel(short_problem):
    """Machine code stays here; a copy in a worker makes its own and gives the same bits."""
    values = dict(short_problem.params.valuesdict())
    here = short_problem.residuals(values), short_problem.residual_slopes(values)
    made = dict(short_problem.simulator._prepared)
    short_problem.residuals(values | {"il6_induction": 4.0})
    assert short_problem.simulator._prepared == made
    there = pickle.loads(pickle.dumps(short_problem))
    assert there._simulator is None
    assert (there.residuals(values) == here[0]).all()
    assert (there.residual_slopes(values) == here[1]).all()


def test_scipy_alone_fits_by_differences(short_problem, monkeypatch):
    """Without a compiler: the same residuals, no exact Jacobian, and no pretence of one."""
    values = dict(short_problem.params.valuesdict())
    compiled = short_problem.residuals(values)
    monkeypatch.setattr(
        "pdmodel.inference.problem.simulator.choose_engine", lambda engine, method: "scipy"
    )
    alone = pickle.loads(pickle.dumps(short_problem))
    np.testing.assert_allclose(alone.residuals(values), compiled, atol=2e-4)
    assert not alone.exact
    with pytest.raises(InputError, match="compiled engine"):
        alone.residual_slopes(values)
    assert alone.run(starts=1).summary["jacobians"] == 0


def test_steady_state_doses_are_fitted_with_exact_slopes(tmp_path):
    """Through SS=1 the fit finds `k` of a closed form, by sensitivities of the steady state.

    10 mg into plasma every day at steady state: just before a dose there are
    `10 exp(-k) / (1 - exp(-k))` mg.
    """
    dose = Record(0, amount=10, compartment="plasma", interval=1, steady=1, additional=3)
    trough = 10 * np.exp(-0.9) / (1 - np.exp(-0.9))
    target = Target("t", "anyone", "plasma", "level", day=2, value=trough, sigma=0.01)
    problem = FitProblem(
        one_compartment(), [target], Events((dose,)), days=3, differ=[], free=["k"],
        groups={"anyone": {}},
    )  # fmt: skip
    assert problem.exact
    result = problem.run(starts=1, out=tmp_path / "fit")
    assert result.summary["jacobians"] > 0
    assert result.params["k"].value == pytest.approx(0.9, rel=1e-3)


@pytest.mark.parametrize(("ceiling", "slope"), [(np.inf, 2), (1.0, 0)])
def test_a_tied_value_is_differentiated_at_a_bound(ceiling, slope):
    """At the bound of what it is tied to it still moves; held by a bound of its own it does not."""
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    problem.params["il6_acute_weight"].set(expr="2*il6_induction", max=ceiling)
    high = problem.params["il6_induction"].max
    values = linear_values(problem.settings, {"il6_induction": high})
    slopes = Ties(problem.settings).slopes(values)
    assert slopes["il6_acute_weight"][problem.free.index("il6_induction")] == pytest.approx(slope)
