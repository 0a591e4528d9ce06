"""Every command works on the second application, shows its quantities and none of the first's."""

from __future__ import annotations

import re

import pytest

from tests.applications.laboratory import OF_ARTHRITIS, OF_LENALIDOMIDE, Laboratory, words_in

ASKED = (
    "simulate arthritis --days 56 --regimen {regimen} --intervention il6_receptor_blockade"
    " --patient refractory --against control --out asked"
)
COMMANDS = (
    "check arthritis joint_on_tnf antidrug",
    "show arthritis",
    "simulate arthritis --days 56 --regimen {regimen} --patient sensitive --out run --quiet",
    "plot run --out drawn_again",
    ASKED,
    "fit adalimumab --starts 1 --jobs 1 --out fit --quiet",
    "profile adalimumab --fit fit --parameters autonomy --jobs 1 --out profile --quiet",
    "sensitivity adalimumab --fit fit --local --out sensitivity --quiet",
    "trial run adalimumab_stepped --patients 48 --out stepped --quiet",
    "trial compare adalimumab_40_eow adalimumab_20_eow --patients 48 --out trials --quiet",
    "trial schedule adalimumab --patients 48 --out schedules --quiet",
    "compare arthritis arthritis joint_on_tnf --starts 1 --patients 64 --jobs 1 --out compared"
    " --quiet",
    "discriminate arthritis arthritis joint_on_tnf --from compared --out compared/discriminated",
    "evidence arthritis joint_on_tnf --from compared --live 10 --runs 1 --draws 8 --jobs 1"
    " --out evidence --quiet",
    "report compared",
    "report fit",
    "report stepped",
    "report run",
)
REGIMEN = "40 mg every 14 days"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """Run all commands in one folder; each ends with 0."""
    laboratory = Laboratory(tmp_path_factory.mktemp("arthritis"))
    for line in COMMANDS:
        laboratory.run(*(word.format(regimen=REGIMEN) for word in line.split()))
    return laboratory


def test_every_figure_has_words_of_the_application(done: Laboratory) -> None:
    """All but the costs of the starts show a quantity, group, response or model of arthritis."""
    own = ("sensitive", "autonomy", "responses?", "joint_on_tnf", "joint on TNF-α", "mg a dose")
    figures = done.figures()
    bare = [path for path, text in figures.items() if not words_in(text, OF_ARTHRITIS + own)]
    assert bare == ["fit/figures/start_waterfall.png"]
    assert len(figures) > 35


def test_figures_show_quantities_in_their_units(done: Laboratory) -> None:
    """Courses are in points, mg/L and pg/mL, doses in mg a dose; nothing is a fraction."""
    figures = done.figures()
    courses = (
        "run/figures/run.png", "asked/figures/runs.png", "drawn_again/run.png",
        "evidence/figures/bands_joint_on_tnf.png",
    )  # fmt: skip
    wanted: dict[str, tuple[str, ...]] = dict.fromkeys(
        courses, ("DAS28", "points", "CRP", "mg/L", "Free TNF-α", "pg/mL")
    )
    wanted |= {
        "fit/figures/response_panels.png": ("DAS28", "points", "CRP", "mg/L", "40 mg a dose"),
        "fit/figures/target_forest.png": ("DAS28", "CRP", "mg/L", "sensitive", "refractory"),
        "compared/figures/fluxes_refractory.png": ("CRP", "mg/L per day", "refractory"),
        "stepped/figures/waterfall.png": ("DAS28", "good response", "moderate response"),
        "stepped/figures/spider.png": ("DAS28", "good response"),
        "stepped/figures/swimmer.png": ("dose stepped up", "mg a dose"),
        "stepped/figures/dose_map.png": ("mg a dose",),
        "stepped/figures/kaplan_meier.png": ("Without first response",),
        "stepped/figures/biomarkers.png": ("CRP", "IL-6", "day 14", "day 84"),
        "trials/figures/pattern_forest.png": ("EULAR", "CRP", "mg/L"),
        "schedules/figures/pareto.png": ("EULAR responses", "Troughs above 8 mg/L"),
        "compared/figures/hypothesis_map.png": ("das_r", "joint on TNF-α: refuted"),
        "compared/discriminated/figures/power.png": ("DAS28 on day 182", "refractory"),
    }
    assert re.search(r"^DAS28 +points ", done.said[ASKED.format(regimen=REGIMEN)], re.MULTILINE)
    missing = {
        path: [word for word in words if word not in figures[path]]
        for path, words in wanted.items()
    }
    assert not {path: words for path, words in missing.items() if words}
    assert not [path for path, text in figures.items() if words_in(text, ("fraction", "mg/day"))]


def test_nothing_of_lenalidomide_is_shown(done: Laboratory) -> None:
    """No word of the first application stands in what is printed, on a page or in a figure."""
    shown = {**done.said, **done.pages(), **done.figures()}
    assert len(shown) > 30
    strange = {where: words_in(text, OF_LENALIDOMIDE) for where, text in shown.items()}
    assert not {where: words for where, words in strange.items() if words}


def test_the_rival_is_refuted_by_what_it_claims(done: Laboratory) -> None:
    """The comparison refutes joints that follow TNF-alpha, by DAS28, and not the model."""
    report = done.pages()["compared/report.txt"]
    assert "joint_on_tnf: refuted by high disease activity" in report
    assert "arthritis: refuted" not in report
