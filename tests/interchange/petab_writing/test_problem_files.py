"""A fit of ours as a PEtab problem: others find it well-formed, and as likely as we do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.inference import (
    AdditiveError,
    CombinedError,
    FitProblem,
    LogNormalError,
    Prior,
    ProportionalError,
)
from pdmodel.interchange import read_petab, write_petab
from tests.toys import one_compartment

petab = pytest.importorskip("petab.v1", reason="needs the package petab")
# What the library asks of pandas is its own matter.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:The {word}") for word in ("'float_precision'", "inplace")
]
ERRORS = [LogNormalError(), AdditiveError(0.02), ProportionalError(0.2), CombinedError(0.01, 0.1)]


def frame() -> pd.DataFrame:
    """Return three patients: a dose at once, daily doses into the gut, infusions."""
    random, rows = np.random.default_rng(3), list[tuple[Any, ...]]()
    rows += [("1", 0.0, 10.0, 1, "iv", ".", ".", 0, 0)]
    rows += [("2", 0.0, 5.0, 1, "oral", ".", ".", 1.0, 5)]
    rows += [("3", 0.5, 8.0, 1, "iv", ".", 16.0, 0, 0), ("3", 2.0, 4.0, 1, "iv", ".", 2.0, 0, 0)]
    for name in "123":
        for day in (0.75, 1.25, 2.6, 3.1, 5.7):
            value = 0.3 * math.exp(0.1 * random.standard_normal())
            rows.append((name, day, ".", 0, ".", value, ".", 0, 0))
    columns = ["ID", "TIME", "AMT", "EVID", "CMT", "DV", "RATE", "II", "ADDL"]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    return table.sort_values(["ID", "TIME", "EVID"], ascending=[True, True, False])


def problem(error: Any = None, **changes: Any) -> FitProblem:
    """Return a fit of the toy with a volume a patient."""
    given: dict[str, Any] = {
        "observed": "concentration", "free": ["k", "ka"], "own": ["volume"], "rtol": 1e-9
    }  # fmt: skip
    return FitProblem(
        one_compartment(), data=frame(), error=error or LogNormalError(), **given | changes
    )


def ours(asked: FitProblem) -> float:
    """Return the log-likelihood of the measurements, at the starting values."""
    values = {s.name: s.value for s in asked.settings}
    return math.fsum(asked.measured_log_likelihoods(values))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.describe())
def test_others_find_the_same_log_likelihood(error: Any, tmp_path: Path) -> None:
    """PEtab's linter has no complaint; its calculator, on our simulation, finds our number.

    The calculator takes no noise that follows a quantity of the model: there we read it back.
    """
    asked = problem(error)
    file = write_petab(asked, tmp_path)
    written = petab.Problem.from_yaml(str(file))
    assert not petab.lint.lint_problem(written)
    if "proportional_sd" in error.names:
        assert read_petab(file).log_likelihood() == pytest.approx(ours(asked), rel=1e-6)
        return
    simulated = pd.read_csv(tmp_path / "simulations.tsv", sep="\t")
    theirs = petab.calculate.calculate_llh(
        written.measurement_df, simulated, written.observable_df, written.parameter_df
    )
    assert theirs == pytest.approx(ours(asked), rel=1e-9)


def test_what_is_written_simulates_to_the_same(tmp_path: Path) -> None:
    """Read back, doses and all: the model in the file gives what ours gives."""
    asked = problem()
    back = read_petab(write_petab(asked, tmp_path), rtol=1e-10)
    simulated = pd.read_csv(tmp_path / "simulations.tsv", sep="\t")["simulation"]
    assert back.simulate()["simulation"].to_numpy() == pytest.approx(simulated, rel=1e-6)
    assert back.log_likelihood() == pytest.approx(ours(asked), rel=1e-6)
    assert set(back.free) == set(asked.free)
    exact = back.gradient({"k": 0.8})
    ends = [back.log_likelihood({"k": 0.8 + d}) for d in (1e-5, -1e-5)]
    assert exact["k"] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4)


def test_conditions_set_all_that_a_run_needs(tmp_path: Path) -> None:
    """As pyPESTO runs it: the document is read once, then numbers are set and the run is reset.

    Initial assignments may come too late there, so that no time of a dose may follow from one.
    """
    roadrunner = pytest.importorskip("roadrunner", reason="needs the package libroadrunner")
    asked = problem()
    write_petab(asked, tmp_path)
    values = {s.name: s.value for s in asked.settings}
    simulated = pd.read_csv(tmp_path / "simulations.tsv", sep="\t")
    conditions = pd.read_csv(tmp_path / "conditions.tsv", sep="\t", index_col="conditionId")
    runner = roadrunner.RoadRunner(str(tmp_path / "model.xml"))
    runner.integrator.setValue("relative_tolerance", 1e-10)
    runner.integrator.setValue("absolute_tolerance", 1e-14)
    for name, given in conditions.iterrows():
        for key, value in {**given, "k": values["k"], "ka": values["ka"]}.items():
            runner[key] = float(values.get(value, value))
        runner.reset()
        rows = simulated[simulated["simulationConditionId"] == name]
        run = runner.simulate(times=[0, *rows["time"]], selections=["plasma"])[1:, 0]
        theirs = run / float(values[conditions.loc[name, "volume"]])
        assert theirs == pytest.approx(rows["simulation"].to_numpy(), rel=1e-5)


def test_fitted_values_are_the_nominal_ones(tmp_path: Path) -> None:
    """With bounds, scales and priors."""
    asked = problem(priors=[Prior("k", 0.7, 0.3)])
    values = {s.name: s.value for s in asked.settings} | {"k": 0.9, "volume__2": 17.5}
    written = petab.Problem.from_yaml(str(write_petab(asked, tmp_path, values)))
    table = written.parameter_df
    assert table.loc["k", "nominalValue"] == 0.9
    assert table.loc["k", "objectivePriorType"] == "logNormal"
    assert table.loc["volume__2", "nominalValue"] == 17.5
    assert table.loc["volume__2", "parameterScale"] == "log10"
    assert (table["estimate"] == 1).all()


def test_what_petab_cannot_say_is_refused(tmp_path: Path) -> None:
    """Targets and limits, and files that are there; nothing is written."""
    table = frame()
    table["CENS"] = [int(row == 5) for row in range(len(table))]
    with pytest.raises(InputError, match="no values beyond a limit"):
        write_petab(FitProblem(
            one_compartment(), data=table, observed="concentration", free=["k"]
        ), tmp_path / "a")  # fmt: skip
    assert not (tmp_path / "a").exists()
    write_petab(problem(), tmp_path / "b")
    with pytest.raises(InputError, match=r"holds 'model.xml'"):
        write_petab(problem(), tmp_path / "b")
    write_petab(problem(), tmp_path / "b", overwrite=True)
