"""Which sections a folder gives: their order, their titles, and whose pictures are whose."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pdmodel
from pdmodel import catalogue
from pdmodel.errors import InputError
from pdmodel.inference import Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.report import sections_of
from pdmodel.report.why import _values_of, why_section

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
    assert why_section({"hypotheses": [row]}, tmp_path) == []


def decay_of(name: str) -> Model:
    """Return a decay whose state has a name, and no parameter that others have."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0.1, 9), meaning="rate", source=ASSUMED,
                    vary=True)  # fmt: skip
    x = q.state(name, unit="1", initial=1, meaning="something")
    q.slot("decay", meaning="how it goes", states=(x,))
    decay = Mechanism("decay", slot="decay", claim="it goes", processes={"decay": {x: -k * x}})
    return Model("decay", q, [decay])


def test_fluxes_are_those_of_the_fitted_groups(tmp_path: Path, monkeypatch) -> None:
    """The groups are as the hypothesis was fitted, and what moves is what targets look at."""
    model = decay_of("il6")
    targets = [
        Target("half", "fast", "il6", "level", day=1.0, value=0.4, sigma=0.05),
        Target("two", "fast/slow", "il6", "ratio", day=1.0, low=0.5, high=0.7),
    ]
    problem = pdmodel.FitProblem(
        model, targets, "no drug", days=5, differ=("k",), groups={"fast": {}, "slow": {}}
    )
    fit = problem.run(starts=1, seed=1, out=tmp_path / "hypotheses" / "mine" / "fit")
    monkeypatch.setattr(catalogue, "models", lambda: {"decay": model})
    row = {"name": "mine", "model": "decay", "model_hash": model.hash,
           "verdict": {"kind": "survives"}}  # fmt: skip
    (section,) = why_section({"hypotheses": [row]}, tmp_path)
    assert "in the groups as they were fitted, on no drug" in section.paragraphs[0]
    captions = [picture.caption for picture in section.pictures]
    assert [caption.split(",")[0] for caption in captions[:2]] == [
        "Processes that move something in the fast of mine",
        "Processes that move something in the slow of mine",
    ]
    values = _values_of(fit, "fast")["k"], _values_of(fit, "slow")["k"]
    assert values[0] == pytest.approx(-np.log(0.4), rel=0.1)
    assert np.exp(values[1] - values[0]) == pytest.approx(0.6, rel=0.2)
    (tmp_path / "hypotheses" / "mine" / "fit" / "fit.json").unlink()
    (section,) = why_section({"hypotheses": [row]}, tmp_path)
    assert "keeps no fit" in section.paragraphs[0]
