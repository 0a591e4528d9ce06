"""What makes a folder of each kind, whole or interrupted: for the stored ones and for their tests.

The laboratory beside may not change; this file follows the public names of pdmodel.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pdmodel.cli import run as command_line
from pdmodel.hypotheses import Plan, compare, compare_on_data, weigh
from pdmodel.inference import (
    NestedPlan,
    PopulationProblem,
    Question,
    fit_population,
    profile_predictions,
    read_measurements,
    run_profile,
    run_sensitivity,
    sample_posterior,
)
from pdmodel.trial import run_search
from tests.storage.folders import laboratory as lab

HERE = Path(__file__).parent
BEST = {"k": 0.7, "k__fast": 0.7}
PLAN = Plan(starts=2, seed=1, max_evaluations=20, patients=8, refit_evaluations=2)
NESTED = NestedPlan(live=8, runs=2, draws=5)
COMPARED = Path("compared")
"""Folder of a comparison, on which evidence and discrimination build."""
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Verb:
    """What makes a folder of one kind.

    Parameters
    ----------
    make
        Called with the folder, and with what is told of its progress; resumes what is there.
        The working directory is that of `at_work`.
    result
        The file that is written last.
    stop
        Interrupts at the first progress that it is true of; None where another way is taken.
    stop_at
        Call of the trial's outcomes that is interrupted; 0 for none.
    halves
        Whether an interruption leaves a folder: otherwise the kind is written whole, or not at
        all, and there is nothing to resume.
    """

    make: Callable[[Path, Progress | None], object]
    result: str
    stop: Callable[[int, str], bool] | None = None
    stop_at: int = 0
    halves: bool = True

    def interrupt(self, place: Path) -> None:
        """Make the folder until it is interrupted."""
        lab.CALLS.clear()
        lab.STOP_AT.update({self.stop_at} if self.stop_at else {})

        def progress(done: int, total: int, text: str) -> None:
            if self.stop is not None and self.stop(done, text):
                raise KeyboardInterrupt

        try:
            self.make(place, progress)
        except KeyboardInterrupt:
            return
        finally:
            lab.STOP_AT.clear()
        raise AssertionError(f"nothing interrupted {place}")


@contextmanager
def at_work(place: Path) -> Iterator[None]:
    """Work in a folder in which the laboratory finds what was reported, and its assays."""
    before = Path.cwd()
    for name in ("patterns.csv", "assays.csv"):
        shutil.copy(HERE / name, place)
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def _words(*words: str | Path) -> None:
    """Run the command line; an interruption goes on as one."""
    code = command_line([str(word) for word in words])
    if code == 130:
        raise KeyboardInterrupt
    assert code == 0, words


def _simulate(place: Path, progress: Progress | None) -> None:
    del progress
    _words("simulate", f"{lab.HERE}:TOY", "-r", lab.DOSES, "-d", "2", "-o", place, "-q")


def _simulate_several(place: Path, progress: Progress | None) -> None:
    del progress
    words = (
        "simulate", f"{lab.HERE}:TOY", "-d", "2", "-q", "--quantities", "plasma", "--every", "1 day"
    )  # fmt: skip
    _words(*words, "-r", lab.DOSES, "-o", "usual")
    _words(*words, "-r", "20 mg every 2 days", "--against", "usual", "-o", place)


def _fit(place: Path, progress: Progress | None) -> None:
    lab.problem().run(starts=3, seed=1, out=place, progress=progress)


def _profiles(place: Path, progress: Progress | None) -> None:
    run_profile(lab.problem(), BEST, out=place, progress=progress)


def _predictions(place: Path, progress: Progress | None) -> None:
    asked = ["fast:plasma:level:2"]
    profile_predictions(lab.problem(), BEST, asked, out=place, progress=progress)


def _sensitivity(place: Path, progress: Progress | None) -> None:
    run_sensitivity(lab.problem(), local=True, progress=progress).save(place)


def _trial(place: Path, progress: Progress | None) -> None:
    lab.TRIAL.run(8, 1, draws=[lab.OTHERS], out=place, threads=1, progress=progress)


def _schedules(place: Path, progress: Progress | None) -> None:
    run_search(lab.SEARCH, 8, 1, out=place, threads=1, progress=progress)


def _trials(place: Path, progress: Progress | None) -> None:
    del progress
    names = (f"{lab.HERE}:TRIAL", f"{lab.HERE}:LOW")
    _words("trial", "compare", *names, "-n", "8", "--weigh", "--threads", "1", "-o", place, "-q")


def _compare(place: Path, progress: Progress | None) -> None:
    compare(lab.COMPARISON, plan=PLAN, out=place, progress=progress)


def _runs(place: Path, progress: Progress | None) -> None:
    sample_posterior(lab.problem(), place, NESTED, progress=progress)


def _evidence(place: Path, progress: Progress | None) -> None:
    weigh(lab.COMPARISON, ["toy"], COMPARED, place, plan=NESTED, progress=progress)


def _discriminate(place: Path, progress: Progress | None) -> None:
    del progress
    _words(
        "discriminate", f"{lab.HERE}:COMPARISON", "toy", "rival", "--from",
        COMPARED, "--arms", "drug_alone", "--assays", "assays.csv",
        "--members", "3", "-o", place, "-q",
    )  # fmt: skip


def _table() -> pd.DataFrame:
    """Return what was measured in three patients."""
    return pd.DataFrame(
        {
            "ID": [1, 1, 1, 2, 2, 2, 3, 3, 3],
            "TIME": [0, 1, 2] * 3,
            "AMT": [10, 0, 0] * 3,
            "EVID": [1, 0, 0] * 3,
            "DV": [".", 5.1, 2.6, ".", 4.2, 1.1, ".", 6.3, 3.9],
        }
    )


def _rivals(place: Path, progress: Progress | None) -> None:
    asked = Question("toys", "?", data=_table(), observed="plasma", free=())
    models = [f"{lab.HERE}:TOY", f"{lab.HERE}:RIVAL"]
    compare_on_data(asked, models, starts=2, out=place, progress=progress)


def _population(place: Path, progress: Progress | None) -> None:
    measured = read_measurements(_table(), "plasma", None, lab.TOY)
    problem = PopulationProblem(lab.TOY, measured, ["k"])
    fit_population(problem, out=place, simulations=10, progress=progress)


VERBS: Mapping[str, Verb] = {
    "simulation": Verb(_simulate, "trajectories.nc", halves=False),
    "simulations": Verb(_simulate_several, "runs.csv", halves=False),
    "fit": Verb(_fit, "fit.json", lambda done, text: done == 2),
    "population": Verb(_population, "population.json", lambda done, text: done == 2),
    "profiles": Verb(_profiles, "profile.json", lambda done, text: done == 2),
    "predictions": Verb(_predictions, "predictions.json", lambda done, text: done == 1),
    "sensitivity": Verb(_sensitivity, "sensitivity.json", halves=False),
    "trial": Verb(_trial, "trial.json", stop_at=2),
    "schedules": Verb(_schedules, "trial.json", stop_at=2),
    "trial comparison": Verb(_trials, "trials.json", stop_at=2),
    "hypothesis": Verb(_compare, "verdicts.json", stop_at=1),
    "comparison": Verb(_compare, "verdicts.json", lambda done, text: done == 1),
    "rivals": Verb(_rivals, "rivals.json", halves=False),
    "runs": Verb(_runs, "posterior.nc", lambda done, text: done == 1),
    "evidence": Verb(_evidence, "evidence.json", lambda done, text: done == 1),
    "discrimination": Verb(_discriminate, "discrimination.json", halves=False),
}
"""By kind. A hypothesis is one folder of a comparison, and is made and resumed by its verb."""
WITHIN = {"hypothesis": "comparison", "runs": "evidence"}
"""Kinds of which a finished folder lies within the finished one of another kind."""


def folder_of(kind: str, state: str) -> Path:
    """Return where a folder is stored, by its kind and `finished` or `unfinished`."""
    if state == "finished" and kind in WITHIN:
        return folder_of(WITHIN[kind], state) / "hypotheses" / "toy"
    return HERE / kind.replace(" ", "_") / state
