"""Which sections a folder gives: their order, their titles, and whose pictures are whose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pdmodel import catalogue
from pdmodel.errors import InputError
from pdmodel.report import sections_of
from pdmodel.report.page import render
from pdmodel.report.section import Section, Table
from pdmodel.report.why import why_section

FOLDERS = Path(__file__).parents[1] / "storage" / "folders"
PNG = b"\x89PNG\r\n\x1a\n"
EVIDENCE = {
    "plan": {"live": 64, "runs": 2, "seed": 1},
    "agreement": "Of 1 pairs, AICc and the evidence rank 1 alike.",
    "table": [
        {"hypothesis": name, "log_evidence": z, "error": 0.3, "weight": weight, "aicc_weight": 0.5,
         "log_likelihood": -1.0, "n_free": 7, "aicc": 24.0, "information": 9.0, "calls": 10,
         "impossible": 0, "failure": ""}
        for name, z, weight in (("reference", -13.0, 0.9), ("null", None, None))
    ],
    "pairs": [],
}  # fmt: skip


def put(folder: Path, file: str, *figures: str, told: object = None) -> None:
    """Write a result and its figures."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(json.dumps(told or {}), encoding="utf-8")
    for name in figures:
        (folder / "figures" / f"{name}.png").write_bytes(PNG)


def copy(kind: str, place: Path, *figures: str) -> None:
    """Put a result folder of before at a place, with figures."""
    shutil.copytree(FOLDERS / kind / "finished", place, dirs_exist_ok=True)
    (place / "figures").mkdir(exist_ok=True)
    for name in figures:
        (place / "figures" / f"{name}.png").write_bytes(PNG)


def test_usual_places_need_no_more_words(tmp_path: Path) -> None:
    """`profile/` holds profiles; a second one, or one elsewhere, says where it is."""
    for place in ("profile", "other/profile"):
        copy("profiles", tmp_path / place, "profiles")
    copy("fit", tmp_path)
    copy("fit", tmp_path / "fit")
    titles = [section.title for section in sections_of(tmp_path)[1]]
    assert titles == ["Fit", "Fit (fit)", "Profiles (other/profile)", "Profiles"]


def test_profiles_and_predictions_share_a_folder(tmp_path: Path) -> None:
    """Each has its own words, its own table and its own picture."""
    copy("profiles", tmp_path / "profile", "profiles", "predictions")
    copy("predictions", tmp_path / "profile")
    first, second = sections_of(tmp_path)[1]
    assert (first.title, second.title) == ("Profiles", "Predictions")
    assert first.paragraphs[0].endswith("Fit again, from more starts.")
    assert list(first.tables[0].rows[0]) == [
        "k", "1/day", "0.6959", "0.137 to 1.1", "identified", "k__fast (+)"
    ]  # fmt: skip
    assert "so that they predict it. Best cost 0.000363514" in second.paragraphs[0]
    assert second.tables[0].rows[0][:3] == ("fast:plasma:level:2", "mg", "3.649")
    assert [picture.caption for picture in first.pictures] == [
        "Profile likelihood of each parameter."
    ]
    assert len(second.pictures) == 1
    assert second.pictures[0].caption.startswith("How far each prediction can go")


def test_a_profile_on_the_page_says_what_is_identified(tmp_path: Path) -> None:
    """Beside the width, which is local, stands the word of the profile, and which one counts."""
    copy("fit", tmp_path)
    copy("profiles", tmp_path / "profile", "profiles")
    fit = sections_of(tmp_path)[1][0]
    table = next(table for table in fit.tables if "by profile" in table.columns)
    told = {(row[0], row[1]): row[8] for row in table.rows}
    assert told["k", "all"] == "identified [0.137, 1.1]"
    assert told["k", "fast"] == "identified [0.677, 2.39]"
    assert "its word is the one that counts" in table.caption


def test_a_profile_of_another_model_with_the_same_equations_is_not_taken(tmp_path: Path) -> None:
    """Models that differ in values alone have one hash; the name tells whose profile it is."""
    copy("fit", tmp_path)
    copy("profiles", tmp_path / "profile", "profiles")
    file = tmp_path / "profile" / "profile.json"
    record = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(record | {"model": "another"}), "utf-8")
    tables = sections_of(tmp_path)[1][0].tables
    assert not any("by profile" in table.columns for table in tables)


def test_words_between_backticks_are_code_and_never_markup() -> None:
    """A command in a sentence is set as code; a lonely backtick and tags stay text."""
    sentences = ("Ask `pdmodel profile <b>`.", "A ` alone <i>.")
    html = render("a page", [Section("One", sentences)])
    assert "Ask <code>pdmodel profile &lt;b&gt;</code>." in html
    assert "A ` alone &lt;i&gt;." in html


def test_short_cells_stay_on_a_line() -> None:
    """Ranges do not wrap; sentences may."""
    words = "a week after the last dose most of it has come back"
    html = render("a page", [Section("One", tables=[Table(("a", "b"), [("0.7 to 1.5", words)])])])
    assert '<td class="whole">0.7 to 1.5</td>' in html
    assert f"<td>{words}</td>" in html


def test_a_fit_has_tables_and_no_lines_of_a_report(tmp_path: Path) -> None:
    """Targets with their unit, parameters with where they began, and starts, each in its cell."""
    copy("fit", tmp_path)
    (section,) = sections_of(tmp_path)[1]
    targets, parameters, starts = section.tables
    assert list(targets.columns)[3:9] == ["kind", "day", "unit", "allowed", "simulated", "met"]
    assert list(targets.rows[0]) == [
        "t1", "fast", "plasma", "level", "1", "mg", "1.5 to 6", "2.991", "yes", "X"
    ]  # fmt: skip
    assert targets.rows[3][5] == "1"  # a ratio has none
    assert list(parameters.rows[1][:5]) == ["k", "fast", "1/day", "0.7", "1.544"]
    assert starts.caption.startswith("Of the starts, 3 of 3 came within 1 %")
    assert len(starts.rows) == 3
    assert all(table.caption.endswith(".") for table in section.tables)
    assert list(section.points) == [
        "The direction of the targets is assumed for all.",
        "The threshold of the targets is assumed for all.",
    ]
    html = render("a fit", [section])
    assert html.count("<table") == 3
    assert "----" not in html


def test_a_sensitivity_and_a_simulation_have_tables(tmp_path: Path) -> None:
    """What is known of each parameter and combination; where each quantity goes."""
    copy("sensitivity", tmp_path / "sensitivity")
    copy("simulation", tmp_path / "run", "run")
    run, sensitivity = sections_of(tmp_path)[1]
    assert run.title == "Simulation (run)"
    assert [row[0] for row in run.tables[0].rows] == ["gut", "plasma"]
    assert len(run.pictures) == 1
    known, combinations = sensitivity.tables
    assert list(known.rows[0]) == ["k", "0.7", "1/day", "12.35", "factor 1.1", "narrow"]
    assert combinations.rows[0][4] == "k^0.85 * k__fast^-0.52"


def test_a_hypothesis_is_no_trial(tmp_path: Path) -> None:
    """Its files are parts of a comparison: its fit is shown, else it says where the page is."""
    copy("comparison", tmp_path)
    place = tmp_path / "hypotheses" / "toy"
    copy("fit", place / "fit")
    assert [section.title for section in sections_of(place)[1]] == ["Fit (fit)"]
    shutil.rmtree(place / "fit")
    with pytest.raises(InputError, match=rf"one hypothesis of a comparison.*; report {tmp_path}$"):
        sections_of(place)


def test_evidence_has_tables_and_its_chart_first(tmp_path: Path) -> None:
    """The bands of each hypothesis come after what compares them; none is a dash."""
    put(tmp_path / "evidence", "evidence.json", "bands_reference", "evidence", told=EVIDENCE)
    (section,) = sections_of(tmp_path)[1]
    assert section.title == "Evidence by nested sampling"
    assert section.paragraphs[0].startswith("Of 1 pairs")
    assert [row[1] for row in section.tables[0].rows] == ["-13", "-"]
    assert section.pictures[1].caption == "What the posterior of reference predicts."


def test_damage_is_told(tmp_path: Path) -> None:
    """A file that lacks what it should hold, one that is no picture, a folder of nothing."""
    put(tmp_path / "evidence", "evidence.json", told={"plan": {}})
    with pytest.raises(InputError, match=r"evidence\.json is damaged: .* is missing"):
        sections_of(tmp_path)
    put(tmp_path / "evidence", "evidence.json", told=EVIDENCE)
    (tmp_path / "evidence" / "figures" / "x.png").write_text("<script>", encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.png is no PNG file"):
        sections_of(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds nothing finished to report"):
        sections_of(tmp_path / "empty")


def test_a_name_in_a_file_runs_no_code(tmp_path: Path) -> None:
    """Only published models are looked up; a path in a result is a name like any other."""
    (tmp_path / "bad.py").write_text("raise SystemExit('run')", encoding="utf-8")
    assert catalogue.model_of(f"{tmp_path}/bad.py:model", "0") is None


def test_reasons_are_read_from_the_folder(tmp_path: Path) -> None:
    """Words, table and pictures are those that comparing wrote; an older pdmodel wrote none."""
    verdicts = {"hypotheses": [{"name": "mine"}], "apart": [["other", "slot", "a", "b"]],
                "moved": "Which process moves x."}  # fmt: skip
    put(tmp_path, "verdicts.json", "hypothesis_map", "influences", "fluxes_fast")
    (section,) = why_section(verdicts, tmp_path)
    assert section.paragraphs[0] == "Which process moves x."
    assert section.tables[0].rows == [("other", "slot", "a", "b")]
    captions = [picture.caption for picture in section.pictures]
    assert captions[0].startswith("Who acts on whom")
    assert "in fast of the first hypothesis" in captions[1]
    (section,) = why_section(verdicts | {"moved": "", "apart": []}, tmp_path)
    assert "No fluxes are drawn of mine" in section.paragraphs[0]
    assert why_section({"hypotheses": [{"name": "mine"}]}, tmp_path) == []


def test_what_was_asked_together_comes_in_that_order(tmp_path: Path) -> None:
    """Trials in the order asked, not by name, below what they share; their forest comes first."""
    shutil.copytree(FOLDERS / "trial_comparison" / "finished", tmp_path, dirs_exist_ok=True)
    put(tmp_path, "trials.json", "alive", "pattern_forest",
        told={"trials": ["toy", "low"], "patients": 1, "seed": 1})  # fmt: skip
    for name in ("toy", "low"):
        (tmp_path / name / "figures").mkdir(exist_ok=True)
        for figure in ("biomarkers", "kaplan_meier", "pattern_forest", "waterfall"):
            (tmp_path / name / "figures" / f"{figure}.png").write_bytes(PNG)
    together, first, second = sections_of(tmp_path)[1]
    assert together.title == "Trials together"
    assert "1 virtual patient in each" in together.paragraphs[0]
    assert [picture.caption for picture in together.pictures] == [
        "Predicted against reported.", "Alive: the time to the event in all trials.",
    ]  # fmt: skip
    assert (first.title, second.title) == ("Virtual trial toy", "Virtual trial low")
    assert [picture.caption[:9] for picture in first.pictures] == [
        "Predicted", "Time to a", "Best chan", "Biomarker",
    ]  # fmt: skip
