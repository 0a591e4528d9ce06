"""The section on a population fit: estimates, covariance, shrinkage, and each subject's values."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pdmodel.cli import run
from pdmodel.errors import InputError
from pdmodel.inference.population.results.diagnostics import EFFECT_COLUMNS
from pdmodel.inference.population.results.estimates import COLUMNS
from pdmodel.inference.population.results.record import PopulationRecord
from pdmodel.report import sections_of
from pdmodel.report.page import render
from tests.plots.courses.made_up import check_of, made_up

NAN = math.nan
ESTIMATES = (
    ("tone", "typical", "1", 1.1, 0.2, 0.2 / 1.1, 0.25, 0.8, 1.5, 1.0, True, ""),
    ("CL", "typical", "L/day", 280.8, NAN, NAN, NAN, NAN, NAN, 280.8, False, ""),
    ("sd__tone", "random", "1", 0.4, 0.1, 0.25, NAN, 0.26, 0.6, 0.3, True, "low"),
    ("log_sd__il6", "error", "1", 0.25, 0.02, 0.08, 0.03, 0.22, 0.29, 0.3, True, ""),
)


def record_of(subjects: int = 3) -> PopulationRecord:
    """Return a made-up population."""
    result = made_up(subjects, population=True, limit=4.0)
    effects = [
        (str(n + 1), "tone", 0.1 * n, 0.05, 1.0 + n, 0.9 + n, 1.1 + n) for n in range(subjects)
    ]  # fmt: skip
    return PopulationRecord(
        model="reference", model_hash="0" * 64, data="il6.csv", method="focei", status="converged",
        objective=116.80432, quadrature=116.5, estimates=pd.DataFrame(ESTIMATES, columns=COLUMNS),
        omega=pd.DataFrame([[0.16]], index=["tone"], columns=["tone"]),
        shrinkage=pd.DataFrame([("tone", "random", 0.0412)], columns=["of", "kind", "shrinkage"]),
        effects=pd.DataFrame(effects, columns=EFFECT_COLUMNS),
        findings=["The standard deviation of tone is at its lower bound."],
        summary={"subjects": subjects, "measured": subjects, "values": 18, "below": 3, "above": 0,
                 "sought": 3, "aic": 130.25, "bic": 140.5, "steps": 7, "runs": 99},
        measurements=result.measurements, courses=result.courses, doses=result.doses,
        checked=check_of(result),
    )  # fmt: skip


def written(folder: Path, record: PopulationRecord) -> Path:
    """Write a made-up population as its folder holds it."""
    folder.mkdir(exist_ok=True)
    tables = {"parameters": record.estimates, "effects": record.effects,
              "measurements": record.measurements, "visual_check": record.checked,
              "doses": record.doses}  # fmt: skip
    for name, table in tables.items():
        if table is not None:
            table.to_csv(folder / f"{name}.csv", index=False)
    record.courses.to_netcdf(folder / "courses.nc", engine="h5netcdf")
    (folder / "population.json").write_text(json.dumps(record.to_dict()), encoding="utf-8")
    return folder


def test_a_population_has_its_estimates_and_its_courses(tmp_path: Path) -> None:
    """Two sections; what must be known stands first, every number has unit and interval."""
    population, courses = sections_of(written(tmp_path / "fit", record_of()))[1]
    assert (population.title, courses.title) == ("Population", "Measured courses")
    head, statistics, _ = population.paragraphs
    assert "18 values of 3 subjects, by first-order conditional estimation with" in head
    assert "The search has converged." in head
    assert "is 116.804 (116.500 by quadrature) with 3 estimated numbers" in statistics
    assert population.points == ["The standard deviation of tone is at its lower bound."]
    estimates, covariance, shrinkage, subjects = population.tables
    assert estimates.rows[0] == (
        "tone", "typical", "1", "1", "1.1", "18.2 %", "22.7 %", "0.8 to 1.5", "-",
    )  # fmt: skip
    assert estimates.rows[1][5:8] == ("held", "-", "-")
    assert estimates.rows[2][-1] == "low"
    assert covariance.rows == [("tone", "0.16")]
    assert shrinkage.rows == [("tone", "random", "4.12 %")]
    assert subjects.rows[1] == ("2", "2 (1.9 to 2.1)")
    errors = next(table for table in courses.tables if "error" in table.columns)
    assert errors.rows == [("il6", "log standard deviation", "0.25", "1", "0.02")]
    assert render("a population", [population, courses]).count("<table") == 4 + len(courses.tables)


def test_a_search_that_did_not_converge_says_so(tmp_path: Path) -> None:
    """In the first sentence."""
    record = record_of()
    record.status, record.quadrature = "stalled", None
    (population, _) = sections_of(written(tmp_path / "fit", record))[1]
    assert "The search has stalled before it converged." in population.paragraphs[0]
    assert "quadrature" not in population.paragraphs[1]


def test_many_subjects_are_not_all_in_the_table(tmp_path: Path) -> None:
    """It says where the others are."""
    (population, _) = sections_of(written(tmp_path / "fit", record_of(70)))[1]
    assert len(population.tables[-1].rows) == 60
    assert "The first 60 of 70 subjects; all are in effects.csv." in population.tables[-1].caption


def test_plot_draws_the_figures_of_a_population(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From its folder, the visual check where it holds one."""
    folder = written(tmp_path / "fit", record_of())
    assert run(["plot", str(folder)]) == 0
    names = {file.name for file in (folder / "figures").iterdir()}
    assert names == {
        "visual_check.png", "observed_fitted.png", "residuals.png", "individual_panels_il6.png",
    }  # fmt: skip
    assert capsys.readouterr().out.count("wrote") == 4
    (_, courses) = sections_of(folder)[1]
    assert len(courses.pictures) == 4


def test_a_damaged_population_is_refused(tmp_path: Path) -> None:
    """With the name of the file."""
    folder = written(tmp_path / "fit", record_of())
    content: Any = json.loads((folder / "population.json").read_text("utf-8"))
    content["estimates"][0]["value"] = "much"
    (folder / "population.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"population\.json is damaged: estimates\[0\]\.value"):
        sections_of(folder)
