"""PEtab problems: what is simulated, how likely it is, how it is fitted, what is refused."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pdmodel
from pdmodel.errors import InputError
from pdmodel.interchange.petab.problem import PetabProblem, read_petab
from tests.conformance.petab_cases import SUITE, case_name, run_case, suite_files
from tests.interchange.petab.written_problems import (
    MODEL,
    PARAMETERS,
    ROWS,
    course,
    write_problem,
)

petab = pytest.importorskip("petab", reason="needs the package petab")
pytest.importorskip("petab.v2")

SAMPLE = {
    "v1 0003", "v1 0007", "v1 0010", "v1 0012", "v1 0016", "v1 0018", "v2 0016", "v2 0022",
    "v2 0023", "v2 0024", "v2 0026", "v2 0030", "v2 0031", "v2 0032",
}  # fmt: skip


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> PetabProblem:
    """Read the problem of our own."""
    return read_petab(write_problem(tmp_path_factory.mktemp("petab"), ROWS))


def test_what_is_simulated(problem: PetabProblem) -> None:
    """Conditions, offsets of a row, steady states before and after, by hand."""
    still = 0.6 / 1.4
    expected = [
        2 * course(1, 1) + 0.3, 2 * course(1.5, 3) + 0.3, 3 - course(2, 3), course(4, 1),
        2 * 3 * still + 0.1, 1 - still,
    ]  # fmt: skip
    assert problem.simulate()["simulation"].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_how_likely_it_is(problem: PetabProblem) -> None:
    """Normal, Laplace and log10-normal rows, with noise of a parameter, a number and a formula."""
    y = problem.simulate()["simulation"]

    def normal(x: float, sd: float) -> float:
        return -0.5 * (x / sd) ** 2 - math.log(sd * math.sqrt(2 * math.pi))

    def laplace(x: float, b: float) -> float:
        return -abs(x) / b - math.log(2 * b)

    logs = normal(math.log10(0.5) - math.log10(y[3]), 0.1) - math.log(0.5 * math.log(10))
    expected = [
        normal(1.9 - y[0], 0.2), normal(4.2 - y[1], 0.3), laplace(1.4 - y[2], 0.1 + 0.2 * y[2]),
        logs, normal(3.1 - y[4], 0.2), laplace(0.6 - y[5], 0.1 + 0.2 * y[5]),
    ]  # fmt: skip
    assert problem.log_likelihood() == pytest.approx(math.fsum(expected), rel=1e-9)
    residuals = problem.simulate()["residual"]
    assert problem.chi2() == pytest.approx(float((residuals**2).sum()), rel=1e-12)


def test_cost_is_the_negative_log_likelihood(problem: PetabProblem) -> None:
    """Half the squares less the offset, at the nominal point and elsewhere."""
    for change in ({}, {"forward": 1.3, "sd_a": 0.05}):
        values = {s.name: s.value for s in problem.settings} | change
        cost = problem.cost(problem.residuals(values))
        assert cost == pytest.approx(-problem.log_likelihood(change), rel=1e-9)


def test_slopes_are_those_of_differences(problem: PetabProblem) -> None:
    """Of the residuals, through steady states and formulas; and of the log-likelihood."""
    assert problem.check_gradient()["deviation"].max() < 1e-5
    exact = problem.gradient({"back": 0.9})
    for name in ("forward", "scale", "offset", "sd_a"):
        value, step = problem.tables.parameters[name].value, 1e-5
        ends = [problem.log_likelihood({"back": 0.9, name: value + d}) for d in (step, -step)]
        assert exact[name] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-5)


def test_a_fit_finds_what_made_the_data(tmp_path: Path) -> None:
    """From another start, back to the rates and the scale that the values were computed with."""
    times = np.linspace(0.1, 4, 12)
    rows = "".join(
        f"of_a\t\t{name}\t{2 * course(t, a0) + 0.3}\t{t}\toffset\t0.05\n"
        for name, a0 in (("low", 1), ("high", 3))
        for t in times
    )
    parameters = PARAMETERS.replace("sd_a\tlog10\t0.001\t10\t0.2\t1\n", "")
    parameters = parameters.replace("10\t0.8\t1", "10\t0.3\t1").replace("0.3\t1\n", "0.2\t1\n")
    file = write_problem(tmp_path / "p", rows, parameters=parameters)
    result = read_petab(file).run(starts=2, seed=1, out=tmp_path / "fit")
    assert result.values["forward"] == pytest.approx(0.8, rel=1e-4)
    assert result.values["back"] == pytest.approx(0.6, rel=1e-4)
    assert result.values["scale"] == pytest.approx(2, rel=1e-4)
    stored = pdmodel.read_result(tmp_path / "fit")
    assert stored.values == result.values
    assert stored.summary["n_measured"] == 24


def test_a_problem_travels_to_workers(problem: PetabProblem) -> None:
    """Pickled, it says the same."""
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.log_likelihood({"back": 1}) == problem.log_likelihood({"back": 1})


def test_results_go_back_into_tables(problem: PetabProblem, tmp_path: Path) -> None:
    """Fitted values as nominal ones, and what is simulated with them, as PEtab reads them."""
    parameters, simulations = problem.write_tables(tmp_path, {"back": 0.9})
    table = petab.v2.ParameterTable.from_tsv(parameters)
    assert {p.id: p.nominal_value for p in table.parameters}["back"] == 0.9
    assert [p.id for p in table.parameters if p.estimate] == list(problem.free)
    written = pd.read_csv(simulations, sep="\t")["simulation"].to_numpy()
    assert written == pytest.approx(problem.simulate({"back": 0.9})["simulation"].to_numpy())


def test_unknown_names_are_refused(problem: PetabProblem) -> None:
    """With the nearest one."""
    with pytest.raises(InputError, match="did you mean 'forward'"):
        problem.log_likelihood({"forwards": 1})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("problem.yaml", "conditions.tsv", "../conditions.tsv"), "does not lie beside it"),
        (("problem.yaml", "model.xml", "https://a.org/model.xml"), "does not lie beside it"),
        (("problem.yaml", "model.xml", "other.xml"), "'other.xml' is missing"),
        (("problem.yaml", "format_version", "version"), "lacks 'format_version'"),
        (("problem.yaml", "problems:", "problems: ["), "no YAML"),
        (("measurements.tsv", "of_b", "of_c"), "of_c"),
        (("observables.tsv", "scale * A", "scale * )"), "problem.yaml"),
    ],
)
def test_what_is_wrong_is_one_message(
    tmp_path: Path, change: tuple[str, str, str], message: str
) -> None:
    """Of the file that is meant."""
    file = write_problem(tmp_path, ROWS)
    name, old, new = change
    place = tmp_path / name
    place.write_text(place.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_petab(file)
    assert "\n" not in str(caught.value)


def test_sample_of_the_suite(external: Path, tmp_path: Path) -> None:
    """Cases of both versions, at the suite's tolerances."""
    if not (external / SUITE).is_file():
        pytest.skip(f"no {SUITE} here")
    chosen = [file for file in suite_files(external, tmp_path) if case_name(file) in SAMPLE]
    assert len(chosen) == len(SAMPLE)
    outcomes = [run_case(file) for file in chosen]
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_evidence_is_the_mean_likelihood_under_the_prior(tmp_path: Path) -> None:
    """Of one parameter log Z is what an integral over the prior of its table gives."""
    pytest.importorskip("dynesty", reason="needs the extra bayes")
    head, first, *others = PARAMETERS.splitlines()
    rows = [f"{head}\tobjectivePriorType\tobjectivePriorParameters", f"{first}\tnormal\t0.7;0.2"]
    table = "\n".join([*rows, *(f"{row}\t\t" for row in others)]) + "\n"
    problem = read_petab(write_problem(tmp_path / "p", ROWS, parameters=table))
    problem.free_only(["forward"])
    plan = pdmodel.NestedPlan(live=32, runs=1, draws=20)
    posterior = pdmodel.sample_posterior(problem, tmp_path / "out", plan)
    density = problem.petab_priors["forward"].log_density
    places = np.linspace(0.3, 2.0, 200)
    heights = [problem.log_likelihood({"forward": x}) + density(x) for x in places]
    exact = float(np.logaddexp.reduce(heights)) + math.log(places[1] - places[0])
    attrs = posterior.tree.attrs
    assert abs(attrs["log_evidence"] - exact) < 4 * attrs["log_evidence_error"]
    assert heights[0] < max(heights) - 15
    assert heights[-1] < max(heights) - 15
    assert posterior.tree["log_likelihood"]["measurements"].shape == (
        1,
        20,
        len(problem.tables.rows),
    )


def test_what_waits_over_a_border_is_refused(tmp_path: Path) -> None:
    """An event with a delay would be lost where a period ends before it is due."""
    math_of = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'.format
    later = "<apply><gt/><ci> B </ci><cn> 0.2 </cn></apply>"
    event = (
        '<listOfEvents><event id="late" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="true" persistent="true">{math_of(later)}</trigger>'
        f"<delay>{math_of('<cn> 1 </cn>')}</delay><listOfEventAssignments>"
        f'<eventAssignment variable="B">{math_of("<cn> 0 </cn>")}</eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents></model>"
    )
    yaml = write_problem(tmp_path, ROWS, model=MODEL.replace("</model>", event))
    with pytest.raises(InputError, match="event 'late' of the model has a delay"):
        read_petab(yaml).log_likelihood()
