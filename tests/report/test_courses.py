"""The section on measured courses: counts, errors, the worst residuals, and who has none."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pdmodel.inference import FitProblem, Target, read_result
from pdmodel.plots.figures import draw_figures
from pdmodel.report import sections_of
from pdmodel.report.courses import courses_section, holds_courses, is_of_courses
from pdmodel.report.page import render
from tests.plots.courses.made_up import made_up
from tests.toys import one_compartment

PNG = b"\x89PNG\r\n\x1a\n"
FIGURES = ("observed_fitted", "residuals", "individual_panels_il6", "target_forest")


def written(folder: Path, result: Any) -> Path:
    """Write what a fit to measured courses leaves in its folder."""
    (folder / "figures").mkdir()
    result.measurements.to_csv(folder / "measurements.csv", index=False)
    pd.DataFrame(
        [
            {"name": "k", "group": "", "unit": "1/day", "value": 0.7, "stderr": 0.1, "vary": True},
            {"name": "log_sd__il6", "group": "", "unit": "1", "value": 0.25123, "stderr": 0.04,
             "vary": True},
            {"name": "additive_sd", "group": "ANC", "unit": "1e9 cells/L", "value": 0.3,
             "stderr": math.nan, "vary": False},
        ]
    ).to_csv(folder / "parameters.csv", index=False)  # fmt: skip
    (folder / "population.json").write_text("{}", encoding="utf-8")
    for name in FIGURES:
        (folder / "figures" / f"{name}.png").write_bytes(PNG)
    return folder


def table(section: Any, first: str) -> Any:
    """Return the table with a heading."""
    return next(each for each in section.tables if first in each.columns)


def test_values_and_censored_ones_are_counted_by_quantity(tmp_path: Path) -> None:
    """In all, and of each quantity, with the limits."""
    result = made_up(6, ("il6", "ANC"), limit=5.0, highest=22.0)
    own = result.measurements
    section = courses_section(written(tmp_path, result), "")
    below, above = ((own["censored"] == side).sum() for side in ("below", "above"))
    assert section.title == "Measured courses"
    assert section.paragraphs[0].startswith(
        f"72 values of 6 subjects count in the likelihood, of which {below} below a limit and "
        f"{above} above one; patterns are none of them."
    )
    counts = table(section, "limits")
    assert [row[0] for row in counts.rows] == ["il6", "ANC"]
    il6 = own[own["quantity"] == "il6"]
    assert counts.rows[0][4:9] == (
        "6", str((il6["censored"] == "").sum()), str((il6["censored"] == "below").sum()),
        str((il6["censored"] == "above").sum()), "5, 22",
    )  # fmt: skip


def test_standard_deviations_of_the_errors_are_those_of_the_fit(tmp_path: Path) -> None:
    """Of each quantity, with unit and error; one that was held says so."""
    section = courses_section(written(tmp_path, made_up(3)), "")
    assert list(table(section, "std. error").rows) == [
        ("il6", "log standard deviation", "0.2512", "1", "0.04"),
        ("ANC", "additive standard deviation", "0.3", "1e9 cells/L", "held"),
    ]
    (tmp_path / "parameters.csv").unlink()
    assert "std. error" not in {c for t in courses_section(tmp_path, "").tables for c in t.columns}


def test_the_worst_values_are_named_by_subject_and_row_of_the_file(tmp_path: Path) -> None:
    """The worst first, with sign, and how many there are."""
    result = made_up(6)
    own = result.measurements
    own["residual"] = 0.5
    own.loc[[3, 20], "residual"] = [-2.5, 3.123]
    section = courses_section(written(tmp_path, result), "")
    worst = table(section, "row of the file")
    assert [(row[0], row[6], row[7]) for row in worst.rows] == [
        ("4", "+3.12", "22"), ("1", "−2.50", "5"),
    ]  # fmt: skip
    assert worst.caption == "All values whose residual lies beyond ±1.96."
    own["residual"] = 2.0
    own.to_csv(tmp_path / "measurements.csv", index=False)
    worst = table(courses_section(tmp_path, ""), "row of the file")
    assert len(worst.rows) == 10
    assert worst.caption.startswith("The worst 10 of the 36 values")
    own["residual"] = 0.1
    own.to_csv(tmp_path / "measurements.csv", index=False)
    assert "No residual lies beyond ±1.96." in courses_section(tmp_path, "").points


def test_subjects_are_in_order_of_how_badly_they_are_met(tmp_path: Path) -> None:
    """Who has no residual comes last, and is named above the tables."""
    result = made_up(3)
    own = result.measurements
    own["residual"] = own["subject"].map({"1": 0.5, "2": -1.5, "3": math.nan})
    own.loc[own["subject"] == "3", ["censored", "low", "high"]] = ["below", -math.inf, 3.0]
    section = courses_section(written(tmp_path, result), "")
    assert list(table(section, "root mean square").rows) == [
        ("2", "6", "0", "−1.50", "1.5"), ("1", "6", "0", "+0.50", "0.5"), ("3", "6", "6", "-", "-"),
    ]  # fmt: skip
    assert section.points == [
        "All 6 values of il6 in subject 3 lie below the limit: they bound to one side what is "
        "fitted to this subject.",
        "No residual lies beyond ±1.96.",
    ]


def test_a_subject_with_nearly_all_values_below_a_limit_is_named(tmp_path: Path) -> None:
    """Five of six are; three of six are worth no line."""
    result = made_up(2)
    own = result.measurements
    own.loc[[*range(5), *range(6, 9)], ["censored", "low", "high"]] = ["below", -math.inf, 3.0]
    (first, *_) = courses_section(written(tmp_path, result), "").points
    assert first.startswith("5 of 6 values of il6 in subject 1 lie below the limit")
    assert not any("subject 2" in point for point in courses_section(tmp_path, "").points)


TARGET = Target("t1", "one", "concentration", "level", 1.0, low=0.1, high=2.0)


@pytest.mark.parametrize("targets", [False, True])
def test_a_page_of_a_fit_counts_patterns_and_measured_values_apart(
    tmp_path: Path, targets: bool
) -> None:
    """A fit of a toy to three subjects, by the verbs that users have."""
    random, rows = np.random.default_rng(3), list[tuple[Any, ...]]()
    for name, volume in {"01": 15.0, "2": 22.0, "3": 30.0}.items():
        rows.append((name, 0.0, 10.0, 1, "iv", "."))
        for day in (0.25, 1.0, 3.0):
            value = 10 / volume * math.exp(-0.7 * day + 0.1 * random.standard_normal())
            rows.append((name, day, ".", 0, ".", value))
    frame = pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "CMT", "DV"], dtype=object)
    given: dict[str, Any] = {"observed": "concentration", "free": ["k"], "own": ["volume"]}
    if targets:
        given |= {"targets": [TARGET], "regimen": "10 mg once", "groups": {"one": {}}}
    problem = FitProblem(one_compartment(), data=frame, **given)
    problem.run(starts=2, out=tmp_path / "fit", draw=partial(draw_figures, "fit"))
    fit, courses = sections_of(tmp_path / "fit")[1]
    assert (fit.title, courses.title) == ("Fit", "Measured courses")
    words = " ".join(fit.paragraphs)
    counted = "1 target row and 9 measured values" if targets else "of 9 measured values is"
    assert counted in words
    assert ("1 of 1 target is met" in words) == targets
    assert "not time courses" not in words
    assert (
        "volume of each subject, all others shared. 9 values of 3 subjects" in courses.paragraphs[0]
    )
    assert {row[0] for row in table(courses, "root mean square").rows} == {"01", "2", "3"}
    assert table(courses, "std. error").rows[0][:2] == ("concentration", "log standard deviation")
    doses = read_result(tmp_path / "fit").doses
    assert doses is not None
    assert list(doses["subject"]) == ["01", "2", "3"]
    assert len(courses.pictures) == 3
    assert len(fit.pictures) == (3 if targets else 1)


def test_figures_of_courses_are_in_this_section_alone(tmp_path: Path) -> None:
    """Those of targets stay with the fit."""
    section = courses_section(written(tmp_path, made_up(2)), " (fit)")
    assert section.title == "Measured courses (fit)"
    assert [picture.caption for picture in section.pictures] == [
        "Every measured value against the fitted one.",
        "Standardised residuals of the measured values.",
        "Measured and fitted course of each subject: il6.",
    ]
    assert not is_of_courses("response_panels")


def test_subjects_keep_their_names(tmp_path: Path) -> None:
    """`01` and `1` are two."""
    result = made_up(2)
    result.measurements["subject"] = result.measurements["subject"].map({"1": "01", "2": "1"})
    section = courses_section(written(tmp_path, result), "")
    assert {row[0] for row in table(section, "root mean square").rows} == {"01", "1"}
    html = render("a fit", [section])
    assert html.count("<table") == len(section.tables)


@pytest.mark.parametrize("file", ["discrimination.json", "fit.json", "population.json"])
def test_only_fits_have_measured_courses(tmp_path: Path, file: str) -> None:
    """A discrimination writes a `measurements.csv` of another kind."""
    (tmp_path / "measurements.csv").write_text("assay\n", encoding="utf-8")
    (tmp_path / file).write_text("{}", encoding="utf-8")
    assert holds_courses(tmp_path) == (file != "discrimination.json")
