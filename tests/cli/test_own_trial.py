"""`pdmodel trial` on a trial of one's own: another drug, other endpoints, doses every fortnight."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pdmodel.catalogue import find_object
from pdmodel.plots.figures import FIGURES, shared_figures, trial_figures
from pdmodel.trial import Search, Trial, run_search

OWN = """
import numpy as np
import pandas as pd

from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.trial import (
    Biomarker, Cycle, Endpoints, Free, Hold, LogNormal, PatientType, Population, Protocol, Search,
    SizeChange, Trial,
)

q = Vocabulary(words={"crp": "CRP"})


def p(name, unit, value):
    return q.parameter(
        name, unit=unit, value=value, bounds=(0, 1000), meaning=name, source=ASSUMED
    )


ka, k, make, lose, grip, heal = (
    p("ka", "1/day", 0.3), p("k", "1/day", 0.05), p("make", "mg/L/day", 20), p("lose", "1/day", 1),
    p("grip", "1/mg", 0.05), p("heal", "1/day", 0.05),
)
depot = q.state("depot", unit="mg", initial=0, meaning="drug under the skin")
drug = q.state("drug", unit="mg", initial=0, meaning="drug in plasma")
crp = q.state("crp", unit="mg/L", initial=make / lose, meaning="CRP in plasma")
swelling = q.observable("swelling", unit="mg/L", meaning="what swells the joints")
q.slot("exposure", meaning="drug", states=(depot, drug))
q.slot("disease", meaning="disease", states=(crp,), defines=(swelling,))
model = Model("joints", q, [
    Mechanism("exposure", slot="exposure", claim="it comes and goes", doses={"antibody": depot},
              processes={"in": {depot: -ka * depot, drug: ka * depot}, "out": {drug: -k * drug}}),
    Mechanism("disease", slot="disease", claim="the drug holds CRP back", defines={swelling: crp},
              processes={"made": {crp: make / (1 + grip * drug)}, "lost": {crp: -lose * crp}}),
])


def outcomes(records):
    crp = records["crp"].values
    best = np.nanmin(crp[:, 1:], axis=1) / crp[:, 0]
    low = crp < 0.6 * crp[:, :1]
    return pd.DataFrame({
        "remission": best < 0.3, "improved": best < 0.6, "as_before": best >= 0.6,
        "shrunk": 100 * (best - 1), "improved_day": np.where(low.any(1), low.argmax(1), 84),
        "infected": crp[:, 14] < 5, "infected_day": np.where(crp[:, 14] < 5, 14.0, 84.0),
        "crp_14": crp[:, 14], "crp_84": crp[:, 84],
        "improved_margin": -np.log(best / 0.6),
    })


people = Population("people", "people with sore joints", {"grip": LogNormal(0.8)})
fortnightly = Trial(
    "fortnightly", "What does 40 mg every 14 days bring?",
    Protocol("fortnightly", "40 mg every 14 days", 40, cycle=Cycle(1, 14), days=84,
             visits=range(14, 85, 14), rules=(Hold("crp", below=1, resume=2),)),
    people, outcomes, "reported.csv", ("crp",), model=model,
    margins={"improved": "improved_margin"}, free=(Free("median", "grip", 0.01, 0.5),),
    times={"infection_free": ("infected_day", "infected"), "relief": ("improved_day", "improved")},
    endpoints=Endpoints(
        responses={"remission": "remission", "improved": "improvement"},
        no_response="no improvement", groups=("better", "as before"), responded="improved",
        change=SizeChange("crp", "shrunk", "swelling, CRP", mark=("infected", "infection")),
        events={"relief": ("improved", "improved_day"), "infection": ("infected", "infected_day")},
        biomarkers=[Biomarker("CRP", {14: "crp_14", 84: "crp_84"}, "mg/L")],
    ),
)
double = fortnightly.with_(
    name="double", title="And 80 mg?", protocol=fortnightly.protocol.with_(name="double", start=80)
)
doses = Search(
    "doses", "Which dose?", fortnightly, (20, 80), (Cycle(1, 14), Cycle(1, 28)),
    benefit="improved", harm="infected", words={"infected": "infections"},
    types=(PatientType("weak grip", "grip", high=0.05),),
)
"""
REPORTED = (
    "id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning\n"
    "better,fortnightly,rate,improved,,,,30,40,1,calibrate,reported,OWN,improvement\n"
    "open,fortnightly,rate,remission,,0.1,,,40,1,predict,assumed,OWN,remission\n"
    "crp,fortnightly,median,crp_84,improved,1,9,,30,mg/L,predict,assumed,OWN,CRP at day 84\n"
    "double,double,rate,improved,,,,36,40,1,predict,reported,OWN,improvement\n"
)
FOREIGN = re.compile(
    r"responder|\bSPD\b|\bALC\b|IL-6|TNF|\bnodes?\b|flare|neutropen|tumou?r|lenalidomide|mg/day",
    re.IGNORECASE,
)
FIGURE_NAMES = {
    "biomarkers", "dose_map", "kaplan_meier", "pattern_forest", "spider", "swimmer", "waterfall",
}  # fmt: skip


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    """Write the trial and its table into a folder that is not the working folder."""
    home = tmp_path / "study"
    home.mkdir()
    (home / "own.py").write_text(OWN)
    (home / "reported.csv").write_text(REPORTED)
    return "study/own.py"


def words_of(figures: Iterable[Figure]) -> str:
    """Return all texts that figures show."""
    return "\n".join(
        text.get_text() for figure in figures for text in figure.findobj(Text) if text.get_visible()
    )


def test_run_writes_every_figure_that_is_declared(command, elsewhere: str, tmp_path: Path) -> None:
    """A table beside the file of the trial, a protocol of fortnights, words of one's own."""
    told = command("trial", "run", f"{elsewhere}:fortnightly", "-n", "24", "--out", "run")
    assert told.code == 0, told.err
    assert "not drawn" not in told.err
    assert "40 mg every 14 days for 84 days, seen on 6 days" in told.out
    assert "improvement: in a trial of 40 the model expects" in told.out
    assert "nan" not in told.out
    assert not FOREIGN.search(told.out)
    figures = {path.stem for path in (tmp_path / "run" / "figures").glob("*.png")}
    assert figures == FIGURE_NAMES
    page = command("report", "run")
    assert page.code == 0, page.err
    text = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert not FOREIGN.search(re.sub(r"data:image/png;base64,[^\"]*", "", text))


def test_figures_speak_of_the_trial_alone(command, elsewhere: str) -> None:
    """Every quantity, response, event and day that is declared, and none of another disease."""
    del command  # it brings the working folder
    trial = find_object(f"{elsewhere}:fortnightly", "trial", "pdmodel.trials", Trial)
    result = trial.run(24, 1)
    figures = trial_figures(result, result.records(), result.curves())
    assert set(figures) == FIGURE_NAMES
    shown = words_of([*figures.values(), *shared_figures([result]).values()])
    for words in (
        "Best change of swelling, CRP (%)", "Swelling of 24 patients over time", "infection (",
        "remission (", "improvement (", "CRP", "mg/L", "day 14", "day 84", "Medians in mg/L",
        "patients improved (", "Dose (mg a dose)", "better", "Infection free", "Without relief (%)",
    ):  # fmt: skip
        assert words in shown, words
    assert not FOREIGN.search(shown)


@pytest.mark.usefixtures("blank_figures")
def test_trials_are_compared_calibrated_and_weighed(
    command, elsewhere: str, tmp_path: Path
) -> None:
    """Two of the user's; what they share is drawn above them."""
    names = [f"{elsewhere}:{name}" for name in ("fortnightly", "double")]
    for how in ("--calibrate", "--weigh"):
        told = command("trial", "compare", *names, "-n", "24", how, "--draws", "1", "-o", how[2:])
        assert told.code == 0, told.err
        assert not FOREIGN.search(told.out)
        shared = {path.stem for path in (tmp_path / how[2:] / "figures").glob("*.png")}
        assert shared == {"pattern_forest", "infection_free", "relief"}
        own = {path.stem for path in (tmp_path / how[2:] / "double" / "figures").glob("*.png")}
        assert own == FIGURE_NAMES


def test_schedules_of_fortnights_are_compared(command, elsewhere: str, tmp_path: Path) -> None:
    """Outcomes need no column that nobody declared; a search must be named."""
    told = command("trial", "schedule", f"{elsewhere}:doses", "-n", "24", "--limit", "1")
    assert told.code == 0, told.err
    assert "80 mg every 14 days" in told.out
    assert "infections within 100%" in told.out
    assert "mean dose" in told.out
    assert "nan" not in told.out
    assert not FOREIGN.search(told.out)
    data = json.loads((tmp_path / "results" / "schedule" / "trial.json").read_text())
    assert [row["label"] for row in data["schedules"]] == [
        "20 mg every 14 days", "80 mg every 14 days", "20 mg every 28 days", "80 mg every 28 days",
    ]  # fmt: skip
    assert command("report", "results/schedule").code == 0
    assert command("trial", "schedule").code == 2
    search = find_object(f"{elsewhere}:doses", "search", "pdmodel.searches", Search)
    figure = FIGURES["search"]["pareto"].draw(run_search(search, 24))
    assert isinstance(figure, Figure)
    shown = words_of([figure])
    assert "Improved (% of patients)" in shown
    assert "every 28 days" in shown
    assert not FOREIGN.search(shown)
