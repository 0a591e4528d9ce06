"""A fit of one's own is drawn by its own words: no drug, disease or group is known beforehand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from pdmodel.engine import simulate
from pdmodel.inference import (
    FitProblem,
    FitResult,
    Panel,
    Target,
    profile_predictions,
    read_result,
    run_profile,
    run_sensitivity,
)
from pdmodel.model import ASSUMED, Mechanism, Model, Patient, Vocabulary
from pdmodel.plots import (
    FIRST,
    SECOND,
    image,
    plot_runs,
    posterior_bands,
    posterior_forest,
    prediction_grid,
    profile_grid,
    response_panels,
    start_waterfall,
    target_forest,
)
from pdmodel.plots.figures import draw_figures
from pdmodel.plots.fits.panels import panels_of

FOREIGN = (
    "responder", "SPD", "ALC", "ANC", "CLL", "IL-6", "TNF", "lenalidomide", "node", "flare",
    "swelling", "tone", "fraction", "mg/day",
)  # fmt: skip
EVERY_TWO_WEEKS = "40 mg days 1-1 of 14"
NOT_KNOWN = ("unheard_of", "reference", "reference+swapped")
"""Names that a model of one's own may have: of nobody else, or of what a package publishes."""


def serum() -> Model:
    """Return CRP that an antibody, given every two weeks, brings down; the score follows."""
    q = Vocabulary(words={"crp": "CRP", "ab": "antibody"}, main=("score", "crp"))
    known: Any = {"bounds": (0.01, 99), "source": ASSUMED}
    loss = q.parameter("ab_loss", unit="1/day", value=0.1, meaning="loss", vary=True, **known)
    out = q.parameter("crp_loss", unit="1/day", value=0.5, meaning="loss of crp", **known)
    half = q.parameter("half", unit="mg", value=20, meaning="half", vary=True, **known)
    base = q.parameter("crp_base", unit="mg/L", value=20, meaning="crp before", **known)
    drug = q.state("ab_body", unit="mg", initial=0, meaning="antibody in the body")
    crp = q.state("crp", unit="mg/L", initial=base, meaning="crp in serum")
    score = q.observable("score", unit="1", meaning="disease score", unit_label="points")
    q.slot("all", meaning="everything", states=(drug, crp), defines=(score,))
    course = Mechanism(
        "course", slot="all", claim="it falls", doses={"etapatercept": drug},
        processes={
            "loss": {drug: -loss * drug},
            "making": {crp: out * base * half / (half + drug)},
            "clearance": {crp: -out * crp},
        },
        defines={score: 5 * crp / base},
    )  # fmt: skip
    return Model("serum", q, [course])


def targets() -> list[Target]:
    """Two weeks in CRP, twelve in the score: the late lose the antibody sooner."""
    return [
        Target("crp_early", "early", "crp", "fold_change", day=14, high=0.8),
        Target("crp_late", "late", "crp", "fold_change", day=14, low=0.7, high=1.0),
        Target("peak_early", "early", "ab_body", "peak", day=14, low=30, high=50),
        Target("same", "early/late", "crp", "ratio", day=0, low=0.9, high=1.1),
        Target("score_early", "early", "score", "level", day=84, high=4.0),
        Target("score_late", "late", "score", "level", day=84, low=4.0),
    ]


def problem_of(**changes: Any) -> FitProblem:
    """Return the fit of both groups, which differ in how they lose the antibody."""
    groups = {"early": {"ab_loss": 0.05}, "late": {"ab_loss": 0.3}}
    return FitProblem(
        serum(), targets(), EVERY_TWO_WEEKS, differ=["ab_loss"], groups=groups, **changes
    )


@pytest.fixture(scope="module")
def result() -> FitResult:
    """Fit it once."""
    return problem_of().run(starts=2, seed=1)


def words_of(drawn: Any) -> str:
    """Return all text of a figure, a line each."""
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    ticks = [tick for ax in figure.axes for tick in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return "\n".join(text.get_text() for text in (*figure.findobj(Text), *ticks))


def check_own(drawn: Any, *expected: str) -> None:
    """Check that a figure speaks of the fit, and of no other application."""
    assert image(drawn, "svg").startswith(b"<?xml")
    told = words_of(drawn)
    for word in expected:
        assert word in told
    for word in FOREIGN:
        assert not re.search(rf"\b{re.escape(word)}\b", told, re.IGNORECASE), word


def test_panels_come_from_the_targets(result: FitResult) -> None:
    """What is looked at over baseline is drawn so; the first quarter of the run stands apart."""
    drawn = {(p.observable, p.relative): p for p in panels_of(result)}
    assert set(drawn) == {
        ("crp", True), ("crp", False), ("ab_body", False), ("score", False)
    }  # fmt: skip
    assert drawn["crp", True].title == "CRP in serum over baseline"
    assert [key for key, panel in drawn.items() if not panel.early] == [
        ("crp", False), ("score", False)
    ]  # fmt: skip
    assert drawn["ab_body", False].fine
    assert not drawn["crp", True].fine


def test_every_figure_of_a_fit_speaks_its_own_words(result: FitResult) -> None:
    """Groups, drug, amounts of each dose, labels and units are those of the model."""
    courses = response_panels(result)
    check_own(courses, "CRP in serum", "points", "etapatercept\n40 mg a dose", "early", "late")
    (score,) = [ax for ax in courses.axes if ax.get_title(loc="left") == "Disease score"]
    colours = {line.get_gid(): line.get_color() for line in score.lines}
    assert (colours["early"], colours["late"]) == (FIRST, SECOND)
    check_own(target_forest(result), "CRP, fold at day 14 (early)", "Score, at day 84 (late)")
    check_own(start_waterfall(result))
    for name, content in draw_figures("fit", result, time_unit="week").items():
        assert content.startswith(b"\x89PNG"), name


def test_profiles_predictions_and_sensitivity_speak_them_too(result: FitResult) -> None:
    """Parameters and predictions are written with the words of the vocabulary."""
    problem = problem_of()
    profile = run_profile(problem, result, ["half"])
    check_own(profile_grid(profile), "half")
    asked = profile_predictions(problem, result, ["late:crp:level:14"])
    check_own(prediction_grid(asked), "CRP, late", "mg/L")
    found = run_sensitivity(problem, result, draws=8, threads=1)
    assert len(draw_figures("sensitivity", found)) == 2


def test_a_posterior_is_drawn_in_panels_of_its_quantities(result: FitResult) -> None:
    """Each quantity has one; the first two groups have the pair of looks."""
    courses = result.trajectories[["crp", "score"]]
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    bands = xr.concat([courses * (0.5 + level) for level in levels], dim="quantile")
    for name in bands:
        bands[name].attrs = courses[name].attrs
    bands = bands.assign_coords(quantile=levels)
    posterior: Any = SimpleNamespace(
        model=result.model, model_hash=result.model_hash, bands=lambda over_baseline=False: bands
    )
    figure = posterior_bands(posterior)
    check_own(figure, "CRP in serum", "Disease score", "points", "late: median, 50 and 90 %")
    assert [line.get_color() for line in figure.axes[0].lines] == [FIRST, SECOND]
    learnt = {"parameter": ["crp_loss__late"], "low": [9.0], "median": [10.0], "high": [11.0],
              "low_prior": [1.0], "high_prior": [99.0]}  # fmt: skip
    forest = posterior_forest({"crp_rival": pd.DataFrame(learnt)}, words={"crp": "CRP"})
    check_own(forest, "CRP rival", "CRP loss, late")


def test_declared_panels_come_first_and_others_follow(result: FitResult) -> None:
    """A title, a unit and an axis of one's own; what is not declared is not left out."""
    mine = Panel("score", "How they feel", log=True, unit="points of 5")
    own = response_panels(result, panels=[mine])
    assert [ax.get_title(loc="left") for ax in own.axes if not ax.get_xlabel()] == ["How they feel"]
    declared = problem_of(panels=[mine]).run(starts=1)
    titles = [panel.title for panel in panels_of(declared)]
    assert titles[0] == "How they feel"
    assert len(titles) == 4


def test_a_fit_read_back_is_drawn_alike_where_its_model_is_not_known(tmp_path: Path) -> None:
    """The result holds the words of its model and the panels of its question.

    So it does where another package publishes a model of that name.
    """
    mine = Panel("score", "How they feel")
    problem_of(panels=[mine]).run(starts=1, out=tmp_path / "fit")
    record = read_result(tmp_path / "fit")
    for name in NOT_KNOWN:
        unknown = replace(record, model=name, model_hash="")
        drawn = response_panels(unknown)
        check_own(
            drawn, "How they feel", "CRP in serum over baseline", "etapatercept\n40 mg a dose"
        )
    damaged = record.trajectories.assign_attrs(words="[1", panels='[{"observable": 3}]')
    bare = replace(unknown, trajectories=damaged)
    check_own(response_panels(bare), "Disease score", "Crp in serum over baseline")


def test_runs_of_patients_that_nobody_publishes_have_the_pair_of_looks() -> None:
    """So do they in the figure of a run that is read back where its model is not known."""
    patients = {"early": {"ab_loss": 0.05}, "late": {"ab_loss": 0.3}}
    runs = {
        name: simulate(serum(), EVERY_TWO_WEEKS, days=28, patient=Patient(name, "?", values))
        for name, values in patients.items()
    }
    for other in NOT_KNOWN:
        lost = {n: run.assign_attrs(model=other, model_hash="") for n, run in runs.items()}
        figure = plot_runs(lost)
        check_own(figure, "CRP in serum", "Disease score", "etapatercept\n40 mg a dose")
        titles = [ax.get_title(loc="left") for ax in figure.axes if not ax.get_xlabel()]
        assert titles == ["Disease score", "CRP in serum"], other
        for ax in figure.axes:
            assert [line.get_color() for line in ax.lines] in ([], [FIRST, SECOND])


def test_the_message_of_a_prediction_shows_one_of_the_problem() -> None:
    """Groups and quantities of the message are those of the fit."""
    with pytest.raises(Exception, match=r"write e\.g\. early:crp:fold_change:84"):
        profile_predictions(problem_of(), {}, ["late"])
