"""Every kind of result folder gives its figures again, in every form and size, all words whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from pdmodel.errors import InputError, UnknownNameError
from pdmodel.plots import figures_of_folder, image
from pdmodel.plots.base.figure import new_figure
from pdmodel.plots.figures import draw_trial, drawn_trial
from pdmodel.plots.trials.drawn_trial import FILE, read_drawn, stored_content
from pdmodel.storage import KINDS
from tests.plots.extents import faults_of
from tests.plots.test_trial_figures import made
from tests.plots.trials.test_patients import made_outcomes, made_records
from tests.plots.trials.test_pattern_forest import TABLE
from tests.plots.trials.test_survival import CURVE
from tests.storage.folders.verbs import folder_of

NAMES = {
    "simulation": {"run"}, "simulations": {"runs"},
    "fit": {"response_panels", "target_forest", "start_waterfall"},
    "population": {"observed_fitted", "residuals"},
    "profiles": {"profiles"}, "predictions": {"predictions"},
    "sensitivity": {"identifiability_map"}, "trial": {"pattern_forest"}, "schedules": {"pareto"},
    "trial comparison": {"pattern_forest"}, "hypothesis": {"start_waterfall", "target_forest"},
    "comparison": {"hypothesis_map"}, "rivals": {"rivals"}, "runs": {"bands_finished"},
    "evidence": {"evidence", "bands_toy"}, "discrimination": {"power"},
}  # fmt: skip
"""Of a folder of before, by its kind."""


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Look at every figure that is saved: what cannot be read whole, by its first words."""
    seen: dict[str, list[str]] = {}
    save = Figure.savefig

    def looked_at(figure: Figure, *args: Any, **options: Any) -> None:
        faults = faults_of(figure)
        seen.update({f"figure {len(seen)}": faults} if faults else {})
        save(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", looked_at)
    return seen


def test_every_kind_is_drawn() -> None:
    """No kind of result folder is without figures."""
    assert set(NAMES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_gives_its_figures(kind: str, tmp_path: Path, whole: dict[str, list[str]]) -> None:
    """Of folders of before too; no word is cut by the canvas or lies on a legend."""
    folder = Path(shutil.copytree(folder_of(kind, "finished"), tmp_path / "finished"))
    if kind == "hypothesis":  # the fits within other folders are stored without their courses
        shutil.copytree(folder_of("fit", "finished"), folder / "fit", dirs_exist_ok=True)
    names = {Path(name).stem for name in figures_of_folder(folder, "svg")}
    assert NAMES[kind] <= names
    assert not whole


def test_a_trial_keeps_what_its_figures_are_drawn_from(
    tmp_path: Path, whole: dict[str, list[str]]
) -> None:
    """Drawn again from the folder, every figure has the same bytes, and notes stand clear."""
    result = made(made_outcomes(), TABLE)
    curves = {"progression free": CURVE}
    trial = drawn_trial(result, made_records(), curves)._replace(note="Patients weighted by X")
    (tmp_path / "figures").mkdir()
    stored_content(trial)(tmp_path / FILE)
    (tmp_path / "trial.json").write_text(json.dumps({"trial": "phase2"}))
    TABLE.to_csv(tmp_path / "table.csv", index=False)
    CURVE.to_csv(tmp_path / "progression_free.csv", index=False)
    again = read_drawn(tmp_path)
    assert again is not None
    assert again.endpoints == trial.endpoints
    first, second = draw_trial(trial), draw_trial(again)
    assert list(first) == list(second)
    for name in ("waterfall", "kaplan_meier", "dose_map"):
        assert image(first[name], "svg") == image(second[name], "svg")
    assert not whole


def test_sizes_have_their_shape(whole: dict[str, list[str]]) -> None:
    """A slide is 16 to 9 and as wide as a screen; the figure is left as it was."""
    figure = new_figure(7.0, 2.0)
    figure.add_subplot().set_xlabel("days")
    for size, shape in (("slide", 16 / 9), ("square", 1.0), ("page", 3.5)):
        content = image(figure, size=size)
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        assert width / height == pytest.approx(shape, rel=2e-3)
        assert size != "slide" or width >= 1919
    assert tuple(figure.get_size_inches()) == (7.0, 2.0)
    with pytest.raises(UnknownNameError, match="slide"):
        image(figure, size="slid")
    assert not whole


def test_what_holds_nothing_is_refused(tmp_path: Path) -> None:
    """A folder that is not there, and one without a result."""
    for place, words in ((tmp_path / "none", "does not exist"), (tmp_path, "nothing finished")):
        with pytest.raises(InputError, match=words):
            figures_of_folder(place)
