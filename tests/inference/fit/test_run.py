"""Fits: known parameters recovered, one answer for any number of workers, resumption."""

import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pdmodel.errors import FitError, InputError
from pdmodel.inference import FitProblem, Target, read_result
from pdmodel.inference.fit.tables import PARAMETER_COLUMNS, START_COLUMNS, TARGET_COLUMNS
from pdmodel.plots import image, response_panels, target_forest
from tests.inference.conftest import short_targets
from tests.toys import product_decay


def test_known_parameters_are_fitted_back():
    """Targets measured from known values are fitted back from perturbed starts within 1 %."""
    truth = {"il6_induction": 5.0, "tolerance_tnf": 17.0, "tone__responder": 1.6}
    names = ["il6_induction", "tolerance_tnf"]
    blank = [
        Target(f"{what}_{group}_{day}", group, what, "level", day=day, value=1.0, sigma=0.01)
        for group in ("responder", "nonresponder")
        for what in ("il6", "tnf")
        for day in (2.0, 5.0)
    ]
    pair = Target("ratio", "responder/nonresponder", "tnf", "ratio", day=0, value=1, sigma=0.01)
    known = FitProblem(
        "reference", [*blank, pair], days=5, free=names, regimen="10 mg daily", differ=["tone"]
    )
    values = dict(known.params.valuesdict()) | truth
    measured = known.measure(values)
    targets = [replace(t, value=m.value) for t, m in zip(known.targets, measured, strict=True)]
    problem = FitProblem(
        "reference", targets, days=5, free=names, regimen="10 mg daily", differ=["tone"]
    )
    for name, factor in zip(truth, (0.4, 1.5, 1.3), strict=True):
        problem.params[name].set(value=problem.params[name].value * factor)
    result = problem.run(starts=2, seed=3)
    fitted = {name: result.params[name].value for name in truth}
    assert fitted == pytest.approx(truth, rel=1e-2)
    free = result.parameters[result.parameters["vary"]]
    assert (free["identifiability"] == "narrow").all()
    assert (free["stderr"] > 0).all()


def test_workers_do_not_change_a_byte(short_problem, tmp_path):
    """fit.json of 1 and of 2 workers."""
    one, two = tmp_path / "one", tmp_path / "two"
    short_problem.run(starts=3, seed=5, jobs=1, out=one)
    short_problem.run(starts=3, seed=5, jobs=2, out=two)
    assert (one / "fit.json").read_bytes() == (two / "fit.json").read_bytes()
    other = short_problem.run(starts=3, seed=6)
    assert other.starts["seed"].tolist() != read_result(one).starts["seed"].tolist()


def test_fit_json_has_exactly_its_form(short_problem, tmp_path):
    """Keys in order, no NaN, a reason for every missing standard error; it reads back the same."""
    out = tmp_path / "fit"
    result = short_problem.run(starts=2, seed=1, out=out)
    text = (out / "fit.json").read_text()
    data = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert list(data) == [
        "schema_version", "model", "model_hash", "seed", "regimen", "horizon_days", "parameters",
        "targets", "priors", "summary", "starts",
    ]  # fmt: skip
    assert all(list(row) == list(PARAMETER_COLUMNS) for row in data["parameters"])
    assert all(list(row) == list(TARGET_COLUMNS) for row in data["targets"])
    assert all(list(row) == list(START_COLUMNS) for row in data["starts"])
    assert all(
        (row["stderr"] is None) == (row["stderr_reason"] is not None) for row in data["parameters"]
    )
    again = read_result(out)
    assert again.to_dict() == data == result.to_dict()
    assert again.report() == result.report()
    assert {f.name for f in out.iterdir()} >= {
        "manifest.json", "fit.json", "targets.csv", "parameters.csv", "trajectories.nc",
        "report.txt",
    }  # fmt: skip


def test_statistics_come_from_the_data_rows_only(short_problem):
    """Log-likelihood by hand; AICc is not defined where n = k + 1."""
    result = short_problem.run(starts=1)
    values = {n: p.value for n, p in result.params.items()}
    measured = short_problem.measure(values)
    by_hand = math.fsum(
        t.log_likelihood(m.smooth) for t, m in zip(short_problem.targets, measured, strict=True)
    )
    n, k = 3, 2
    assert result.summary["log_likelihood"] == pytest.approx(by_hand)
    assert (result.summary["n_data"], result.summary["n_free"]) == (n, k)
    assert math.isnan(result.summary["aicc"])  # n = k + 1: the correction is not defined


def test_more_free_parameters_than_targets_withhold_errors():
    """Two targets cannot carry four parameters; the report says so."""
    free = ["il6_induction", "kill_max", "tolerance_tnf"]
    problem = FitProblem(
        "reference", short_targets()[:2], days=7, free=free, differ=(), regimen="10 mg daily"
    )
    problem.params["tone"].vary = True
    result = problem.run(starts=1, max_evaluations=30)
    varied = result.parameters[result.parameters["vary"]]
    assert varied["stderr"].isna().all()
    assert "more free parameters than targets" in set(varied["stderr_reason"])
    assert "standard errors are withheld" in result.report()


def test_a_fit_stopped_at_its_budget_claims_nothing(short_problem):
    """No curvature was computed: a verdict of any kind would be made up."""
    short_problem.params["tone__responder"].value = 6
    result = short_problem.run(starts=1, max_evaluations=2)
    varied = result.parameters[result.parameters["vary"]]
    assert set(result.starts["status"]) == {"budget"}
    assert set(varied["identifiability"]) == {"not assessed"}
    assert set(varied["stderr_reason"]) == {"the last minimisation stopped at its budget"}


def test_a_parameter_stuck_at_its_bound_is_told_from_one_without_effect():
    """IL-6 wants more induction than allowed; marrow_slope moves no target."""
    targets = [replace(short_targets()[0], low=20.0, high=30.0), short_targets()[2]]
    targets.append(replace(short_targets()[1], low=0.1, high=10.0))
    problem = FitProblem(
        "reference",
        targets,
        days=7,
        free=["il6_induction", "marrow_slope"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    problem.params["il6_induction"].max = 4
    result = problem.run(starts=1, max_evaluations=60)
    rows = result.parameters.set_index("name")
    stuck, flat = rows.loc["il6_induction"], rows.loc["marrow_slope"]
    assert (stuck["at_bound"], stuck["identifiability"]) == ("upper", "at bound")
    assert stuck["stderr_reason"] == "stuck at its upper bound"
    assert flat["identifiability"] == "not curved"
    assert not result.all_met


def test_a_tied_parameter_follows_its_expression(short_problem):
    """lmfit's `expr` works on linear values."""
    short_problem.params["il6_acute_weight"].expr = "2*il6_induction"
    result = short_problem.run(starts=1)
    weight, gain = (result.params[n].value for n in ("il6_acute_weight", "il6_induction"))
    assert weight == pytest.approx(2 * gain)
    row = result.parameters.set_index("name").loc["il6_acute_weight"]
    assert row["identifiability"] == "tied"
    assert "2*il6_induction" in row["stderr_reason"]


def test_lmfit_result_is_at_hand(short_problem):
    """`.lmfit` is the MinimizerResult, with its usual words."""
    result = short_problem.run(starts=1)
    assert result.lmfit.success
    assert result.lmfit.nvarys == 2
    assert result.lmfit.nfev > 0


def test_no_start_that_can_be_evaluated_is_an_error():
    """Killing above the measured death cannot be simulated anywhere: a typed failure."""
    problem = FitProblem(
        "reference",
        short_targets(),
        days=7,
        free=["il6_induction"],
        regimen="10 mg daily",
        differ=["tone"],
    )
    problem.params["kill_without_drug"].set(value=0.4)
    problem.params["kill_max"].set(value=0.07)
    with pytest.raises(FitError, match="death_natural"):
        problem.run(starts=2)


@pytest.mark.parametrize("plan", [{"starts": 0}, {"jobs": 0}, {"seed": -1}, {"max_evaluations": 0}])
def test_numbers_that_make_no_plan_are_refused(short_problem, plan):
    """Starts, workers, seed, budget."""
    with pytest.raises(InputError, match=next(iter(plan))):
        short_problem.run(**plan)


def test_a_finished_or_foreign_folder_is_not_touched(short_problem, tmp_path):
    """A finished fit, another problem's fit and a user's own folder are each refused."""
    out = tmp_path / "fit"
    short_problem.run(starts=1, out=out)
    before = (out / "fit.json").read_bytes()
    with pytest.raises(InputError, match="a finished fit"):
        short_problem.run(starts=1, out=out)
    with pytest.raises(InputError, match="another problem"):
        short_problem.run(starts=2, out=out)
    assert (out / "fit.json").read_bytes() == before
    short_problem.run(starts=2, out=out, overwrite=True)
    assert len(read_result(out).starts) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("keep me")
    with pytest.raises(InputError, match="holds no fit"):
        short_problem.run(starts=1, out=tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "diary.txt").read_text() == "keep me"


_SCRIPT = """
import os, signal, sys
from pdmodel.inference import FitProblem
from tests.inference.conftest import short_targets

def kill(done, total, text):
    if done == 1:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    problem = FitProblem(
        "reference", short_targets(), days=7, free=["il6_induction"], regimen="10 mg daily",
        differ=["tone"],
    )
    problem.run(starts=3, seed=2, jobs=int(sys.argv[2]), out=sys.argv[1], progress=kill)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_fit_resumes_where_it_was(short_problem, tmp_path, jobs):
    """SIGKILL after the first start: it is not computed again and fit.json is the same."""
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    out = tmp_path / "killed"
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, str(script), str(out), str(jobs)]
    killed = subprocess.run(command, env=environment, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    committed = sorted((out / "starts").glob("*.json"))
    assert len(committed) == 1
    assert not (out / "fit.json").exists()
    stamps = {path: path.stat().st_mtime_ns for path in committed}
    short_problem.run(starts=3, seed=2, jobs=1, out=out, overwrite=True)  # as `make fit` does
    assert {path: path.stat().st_mtime_ns for path in committed} == stamps
    short_problem.run(starts=3, seed=2, jobs=1, out=tmp_path / "whole")
    assert (out / "fit.json").read_bytes() == (tmp_path / "whole" / "fit.json").read_bytes()


def test_trajectories_end_where_a_group_ends(tmp_path):
    """Dims (group, time), units in attrs, NaN after the run of a short group."""
    late = replace(short_targets()[1], day=14.0)
    rows = (short_targets()[0], late, short_targets()[2])
    result = FitProblem(
        "reference", rows, days=14, free=["il6_induction"], regimen="10 mg daily", differ=["tone"]
    ).run(starts=1)
    il6 = result.trajectories["il6"]
    assert il6.dims == ("group", "time")
    assert il6.attrs["units"] == "pg/mL"
    assert np.isnan(il6.sel(group="nonresponder", time=14).item())
    assert il6.sel(group="responder", time=14).item() > 0


def test_a_measured_value_is_told_and_drawn(tmp_path):
    """Value, what 2 sigma allow and what is simulated, in the report, the file and the figures."""
    model = product_decay()
    targets = [
        Target("log", "arm", "x", "level", day=1.0, value=0.5, sigma=0.05),
        Target("linear", "arm", "x", "level", day=2.0, value=0.2, sigma=0.02, scale="linear"),
    ]
    question: Any = {"days": 5, "differ": (), "free": ["k1"], "groups": {"arm": {}}}
    result = FitProblem(model, targets, "no drug", **question).run(starts=1, out=tmp_path / "fit")
    assert "0.5, 2 sigma 0.4524 to 0.5526" in result.report()
    assert "0.2, 2 sigma 0.16 to 0.24" in result.report()
    again = read_result(tmp_path / "fit").targets
    assert again["value"].tolist() == [0.5, 0.2]
    assert again["low"].tolist() == pytest.approx([0.5 * math.exp(-0.1), 0.16])
    assert ((again["low"] <= again["simulated"]) == again["met"]).all()
    for draw in (target_forest, response_panels):
        assert image(draw(result)).startswith(b"\x89PNG")
    said = [text.get_text() for text in target_forest(result).axes[1].texts]
    assert "0.5 (0.452 to 0.553)" in said
    (line,) = response_panels(result).axes[1].lines[:1]
    assert np.diff(np.asarray(line.get_xdata(), float)).max() <= 0.25


def test_the_report_says_what_did_not_move():
    """A parameter that differs but is not free keeps its value in the other group."""
    targets = [
        Target("level", "a", "x", "level", day=1.0, value=0.5, sigma=0.05),
        Target("ratio", "a/b", "x", "ratio", day=1.0, low=1.1, high=1.3),
    ]
    question: Any = {"days": 5, "free": ["k1"], "groups": {"a": {}, "b": {}}}
    held = FitProblem(product_decay(), targets, "no drug", differ=["k2"], **question)
    words = "k2 was fitted for a alone; all others keep 0.5, which did not move"
    assert words in held.run(starts=1).report()
    question["free"] = ["k1", "k2"]
    both = FitProblem(product_decay(), targets, "no drug", differ=["k2"], **question)
    assert "did not move" not in both.run(starts=1).report()


def test_the_report_says_unit_and_kind_of_each_target(short_problem):
    """A number without its unit says nothing; who chose what is a sentence below the table."""
    lines = short_problem.run(starts=1, seed=1).report().splitlines()
    heads = lines[lines.index("Targets") + 1].split()
    assert heads == ["target", "group", "kind", "unit", "allowed", "simulated", "met"]
    assert any("fold_change  1 " in line for line in lines)
    assert any(line.startswith("  The threshold of the targets is ") for line in lines)


def test_a_parameter_of_several_groups_is_counted_once(short_problem):
    """The report counts parameters as the model does."""
    told = short_problem.run(starts=1, seed=1).report()
    known = [q.status for q in short_problem.model.parameters if q.kind == "parameter"]
    assert f"{known.count('calibrated')} calibrated, {known.count('assumed')} assumed" in told
    assert short_problem.model.counted.startswith(f"{len(known)} parameters (")
