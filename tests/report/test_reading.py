"""Which sections a folder gives: their order, their titles, and whose pictures are whose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pdmodel.errors import InputError
from pdmodel.report import sections_of
from pdmodel.report.why import why_section

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


def test_usual_places_need_no_more_words(tmp_path: Path) -> None:
    """`profile/` holds profiles; a second one, or one elsewhere, says where it is."""
    for place in ("profile", "other/profile"):
        put(tmp_path / place, "profile.json", "profiles")
    put(tmp_path, "fit.json")
    put(tmp_path / "fit", "fit.json")
    titles = [section.title for section in sections_of(tmp_path)[1]]
    assert titles == ["Fit", "Fit (fit)", "Profiles (other/profile)", "Profiles"]


def test_profiles_and_predictions_share_a_folder(tmp_path: Path) -> None:
    """Each has its own words and its own picture."""
    put(tmp_path / "profile", "profile.json", "profiles")
    put(tmp_path / "profile", "predictions.json", "predictions")
    (tmp_path / "profile" / "report.txt").write_text("of parameters", encoding="utf-8")
    (tmp_path / "profile" / "predictions.txt").write_text("of predictions", encoding="utf-8")
    first, second = sections_of(tmp_path)[1]
    assert (first.title, list(first.points)) == ("Profiles", ["of parameters"])
    assert (second.title, list(second.points)) == ("Predictions", ["of predictions"])
    assert [picture.caption for picture in first.pictures] == [
        "Profile likelihood of each parameter."
    ]
    assert len(second.pictures) == 1
    assert second.pictures[0].caption.startswith("How far each prediction can go")


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
    row = {"name": "x", "model": f"{tmp_path}/bad.py:model", "model_hash": "0",
           "verdict": {"kind": "survives"}}  # fmt: skip
    assert why_section({"hypotheses": [row]}) == []
