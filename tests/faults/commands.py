"""Every long command on toys, by its name: what writes into a folder, and from where it starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pdmodel.cli import run as command_line
from pdmodel.cli.verbs.simulate_output import Wanted
from pdmodel.cli.verbs.trial_runs import TrialComparison, run_together
from pdmodel.engine import simulate, simulate_cohort
from pdmodel.hypotheses import Plan, compare
from pdmodel.hypotheses.discrimination.run import decide
from pdmodel.hypotheses.evidence.run import weigh
from pdmodel.inference import profile_predictions, run_profile
from pdmodel.inference.posterior.run import NestedPlan
from pdmodel.inference.sensitivity.sensitivity import run_sensitivity
from pdmodel.trial import run_search
from tests.toys import slow_laboratory as lab

BEST = {"k": 0.7, "k__fast": 0.7}
PLAN = Plan(starts=2, seed=1, max_evaluations=20, patients=8, refit_evaluations=2)


def figures(*_: object, **__: object) -> dict[str, bytes]:
    """Return what takes the place of pictures."""
    return {f"figures/{name}.png": b"\x89PNG\r\n\x1a\n" for name in ("one", "two")}


@dataclass(frozen=True)
class Command:
    """A command that writes into a folder `out`.

    Parameters
    ----------
    run
        Called with the folder that holds `out`.
    before
        Makes what is there before, in the same folder.
    result
        A file of `out` that is never half-written.
    """

    run: Callable[[Path], object]
    before: Callable[[Path], object] = lambda place: None
    result: str = ""


def prepare(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let all rooms find the toys, and draw nothing; nothing is written by the clock.

    A run of nested sampling notes how far it is twice a second. Here it does so once, however fast
    it is, so that every run of a command has the same operations on files.
    """
    file = lab.write_patterns(folder)
    monkeypatch.setattr("pdmodel.trial.patterns.pattern.find_table", lambda name, near: file)
    monkeypatch.setattr("pdmodel.inference.posterior.watching._PAUSE", 3600.0)
    monkeypatch.setattr("pdmodel.plots.figures.draw_figures", figures)
    monkeypatch.setattr("pdmodel.plots.kept.figures_and_facts", figures)
    monkeypatch.setattr("pdmodel.cli.verbs.trial_runs.trial_images", figures)
    monkeypatch.setattr("pdmodel.plots.figures.shared_figures", lambda results: {})
    monkeypatch.setattr("pdmodel.plots.base.figure.images", figures)


def _simulate(place: Path) -> None:
    run = simulate(lab.TOY, lab.DOSES, days=2)
    Wanted(place / "out", True, "toy", "png", "page", None).write({"toy": run}, {})


def _simulate_several(place: Path) -> None:
    runs = {name: simulate(lab.TOY, lab.DOSES, days=2) for name in ("treated", "control")}
    Wanted(place / "out", True, "toy", "png", "page", None).write(runs, {"treated": "control"})


def _fit(place: Path, **how: Any) -> None:
    lab.problem().run(starts=3, seed=1, out=place / "out", draw=figures, **how)


def _other_fit(place: Path) -> None:
    lab.problem(lab.RIVAL).run(starts=2, seed=7, out=place / "out", draw=figures)


def _profile(place: Path) -> None:
    run_profile(lab.problem(), BEST, out=place / "out", draw=figures)


def _predictions(place: Path) -> None:
    asked = ["fast:plasma:level:2"]
    profile_predictions(lab.problem(), BEST, asked, out=place / "out", draw=figures)


def _sensitivity(place: Path) -> None:
    found = run_sensitivity(lab.problem(), local=True)
    found.save(place / "out", overwrite=True, draw=figures)


def _compare(place: Path, name: str = "out") -> None:
    compare(lab.COMPARISON, plan=PLAN, out=place / name, draw=figures)


def _evidence(place: Path) -> None:
    plan = NestedPlan(live=8, runs=1, draws=5)
    names = [*lab.COMPARISON.hypotheses][:1]
    weigh(lab.COMPARISON, names, place / "lab", place / "out", plan=plan, draw=figures)


def _discriminate(place: Path) -> None:
    decide(
        lab.COMPARISON, list(lab.COMPARISON.hypotheses), place / "lab", lab.ASSAYS, lab.ARMS,
        place / "out", members=3, draw=figures,
    )  # fmt: skip


def _trial(place: Path) -> None:
    lab.TRIAL.run(8, 1, out=place / "out", threads=1, draw=figures)


def _trials(place: Path) -> None:
    wanted = TrialComparison((lab.TRIAL,), 8, 1, None, 1, calibrate=False, weigh=True, draws=0)
    run_together(wanted, place / "out", False, None, True)


def _search(place: Path) -> None:
    run_search(lab.SEARCH, 8, 1, out=place / "out", threads=1, draw=figures)


def _cohort(place: Path, ending: str) -> None:
    found = simulate_cohort(
        lab.TOY, lab.DOSES, {"k": [0.5, 1.0]}, days=2, threads=1, out=place / f"out.{ending}",
        overwrite=True,
    )  # fmt: skip
    found.close()


def _words(*words: str) -> None:
    assert command_line(words) == 0, words


def _export(place: Path) -> None:
    model = "tests.toys.slow_laboratory:TOY"
    file = str(place / "out" / "toy.txt")
    _words("export", model, "-r", lab.DOSES, "-d", "2", "-o", file, "--overwrite")


COMMANDS: Mapping[str, Command] = {
    "simulate": Command(_simulate, result="manifest.json"),
    "simulate again": Command(_simulate, _simulate, "manifest.json"),
    "simulate several": Command(_simulate_several, result="manifest.json"),
    "simulate several again": Command(_simulate_several, _simulate_several, "manifest.json"),
    "fit": Command(_fit, result="fit.json"),
    "fit again": Command(lambda place: _fit(place, overwrite=True), _other_fit, "fit.json"),
    "profile": Command(_profile, result="profile.json"),
    "predictions": Command(_predictions, _profile, "predictions.json"),
    "sensitivity": Command(_sensitivity, result="sensitivity.json"),
    "sensitivity again": Command(_sensitivity, _sensitivity, "sensitivity.json"),
    "compare": Command(_compare, result="verdicts.json"),
    "evidence": Command(_evidence, lambda place: _compare(place, "lab"), "evidence.json"),
    "discriminate": Command(
        _discriminate, lambda place: _compare(place, "lab"), "discrimination.json"
    ),
    "trial run": Command(_trial, result="trial.json"),
    "trial compare": Command(_trials, result="trials.json"),
    "trial schedule": Command(_search, result="trial.json"),
    "plot": Command(lambda place: _words("plot", str(place / "out")), _fit, "fit.json"),
    "report": Command(
        lambda place: _words("report", str(place / "out"), "-q"), _fit, "report.html"
    ),
    "export": Command(_export, result="toy.txt"),
    "cohort.nc": Command(lambda place: _cohort(place, "nc")),
    "cohort.zarr": Command(lambda place: _cohort(place, "zarr"), lambda p: _cohort(p, "zarr")),
}
