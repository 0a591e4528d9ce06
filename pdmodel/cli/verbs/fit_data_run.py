"""The work of `pdmodel fit-data`: the fit, its profiles where they are asked for, its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from pdmodel.cli.verbs.profile_work import (
    ProfileWork,
    check_work,
    profile_place,
    run_work,
    say_work,
)
from pdmodel.errors import InputError

if TYPE_CHECKING:
    from pdmodel.inference import FitProblem, Question, RandomEffect
    from pdmodel.inference.profile.record import ProfileRecord

Level = Annotated[
    float | None,
    typer.Option(help="Profile what was fitted, with intervals of this confidence level."),
]
SIMULATIONS = 300
"""Of a population, where nothing is said."""
STARTS, BUDGET = 4, 120
"""Of other fits, where nothing is said."""
_FILES = "report.txt, parameters.csv, measurements.csv, doses.csv, courses.nc, fit.json"
_FILES_OF_POPULATION = (
    "report.txt, parameters.csv, effects.csv, measurements.csv, courses.nc, population.json"
)


class PopulationOptions(NamedTuple):
    """What is said of a population alone; all that is None has its default.

    Parameters
    ----------
    covariance, effect, scale, spread, hold, likelihood, simulations
        As they were written.
    """

    covariance: Sequence[str] | None = None
    effect: Sequence[str] | None = None
    scale: Sequence[str] | None = None
    spread: Sequence[str] | None = None
    hold: str | None = None
    likelihood: str | None = None
    simulations: int | None = None

    def refuse(self) -> None:
        """Refuse them where no population is fitted."""
        for name, given in self._asdict().items():
            if given is not None and given != []:
                raise InputError(f"--{name} belongs to --method population")

    def read(self) -> dict[str, Any]:
        """Return them as keywords of `FitProblem.run`."""
        from pdmodel.cli.console.data_words import read_covariance, read_effects
        from pdmodel.cli.console.options import split_names

        given: dict[str, Any] = {}
        if self.covariance:
            given["covariance"] = read_covariance(self.covariance)
        if self.effect:
            given["covariates"] = read_effects(self.effect)
        if self.hold:
            given["held"] = split_names(self.hold)
        if self.likelihood:
            given["likelihood"] = self.likelihood
        count = SIMULATIONS if self.simulations is None else self.simulations
        return given | {"simulations": count, "check_simulations": count}

    def random_effects(self, own: Sequence[str]) -> list[RandomEffect]:
        """Return what is own as random effects."""
        from pdmodel.cli.console.data_words import read_random

        return read_random(own, self.scale or (), self.spread or ())


@dataclass(frozen=True)
class DataFit:
    """A fit to data as the command line asks for it.

    Parameters
    ----------
    question
        What is asked.
    patients
        What is said of a population alone.
    starts, seed, budget, jobs
        As of `FitProblem.run`; None for a worker a processor.
    place, overwrite
        The folder, and whether it may replace one.
    level
        Confidence level of profiles; None for none.
    against
        Rival models on the same data.
    json, quiet
        What is printed.
    """

    question: Question
    patients: PopulationOptions
    starts: int | None
    seed: int
    budget: int | None
    jobs: int | None
    place: Path
    overwrite: bool
    level: float | None
    against: tuple[str, ...]
    json: bool
    quiet: bool

    @property
    def of_population(self) -> bool:
        """Whether a population is fitted."""
        return self.question.method == "population"

    def check(self, problem: FitProblem) -> None:
        """Refuse what cannot be done, before any work is done for it."""
        from pdmodel.storage import check_place

        self._check_method()
        kind = "population" if self.of_population else "rivals" if self.against else "fit"
        check_place(self.place, kind, self.overwrite)
        if self.level is not None:
            check_work(problem, self._profile_work)

    def _check_method(self) -> None:
        """Refuse options that belong to another method."""
        if not self.of_population:
            self.patients.refuse()
            if self.against and self.level is not None:
                raise InputError(
                    "profiles are of one model: pdmodel profile DIR of a folder that --against made"
                )
            return
        if self.against:
            raise InputError("--against compares fits with --method pooled or each")
        if self.level is not None:
            raise InputError(
                "profiles are of fits with --method pooled or each; a population has standard "
                "errors in parameters.csv"
            )
        for name, given in (("starts", self.starts), ("max-evaluations", self.budget)):
            if given is not None:
                raise InputError(f"--{name} belongs to --method pooled or each")

    def run(self, problem: FitProblem) -> None:
        """Fit, write, print; then the profiles."""
        from pdmodel.cli.console.terminal import progress, say, say_first_run

        say_first_run(self.quiet or self.json)
        if self.against:
            self._compare()
            return
        with progress(self.quiet or self.json) as report:
            result = self.fit(problem, report)
        if self.level is None:
            self._say(result)
            return
        records = self._profiles(problem, result)
        self._say(result, {"profile": records[0].to_dict()})
        if not self.json:
            say()
            say_work(records, profile_place(self.place), self.json, self.quiet)

    def fit(self, problem: FitProblem, report: Any) -> Any:
        """Return the result, written to its folder."""
        from pdmodel.executors import cpus

        how = {"out": self.place, "overwrite": self.overwrite, "progress": report}
        if self.of_population:
            jobs = cpus() if self.jobs is None else self.jobs
            return problem.run(
                method="population", seed=self.seed, jobs=jobs, draw=self._drawn, **how,
                **{**self.patients.read(), **self.question.population},
            )  # fmt: skip
        return problem.run(
            method=self.question.method, draw=partial(_files, self.question), **how, **self.search
        )

    @property
    def search(self) -> dict[str, Any]:
        """From how many starts, in how many workers, a fit is sought."""
        from pdmodel.executors import cpus

        starts = STARTS if self.starts is None else self.starts
        jobs = min(cpus(), max(starts, 1)) if self.jobs is None else self.jobs
        return {
            "starts": starts, "seed": self.seed, "jobs": jobs, "max_evaluations": self.evaluations,
        }  # fmt: skip

    def _compare(self) -> None:
        """Fit the model and its rivals, each into a folder of its name, and print the table."""
        from pdmodel.catalogue import load
        from pdmodel.cli.console.terminal import progress, say, say_json
        from pdmodel.hypotheses import compare_on_data
        from pdmodel.plots.figures import draw_figures

        asked = {load(model).name: self.question.about(model) for model in self.models}
        with progress(self.quiet or self.json) as report:
            result = compare_on_data(
                self.question, self.models, out=self.place, overwrite=self.overwrite,
                files=lambda name: partial(_files, asked[name]),
                draw=partial(draw_figures, "rivals"), progress=report, **self.search,
            )  # fmt: skip
        if self.json:
            say_json(result.to_dict())
            return
        if not self.quiet:
            say(result.report())
        say(f"wrote {self.place}: rivals.csv, report.txt, rivals.json; a folder a model")

    @property
    def models(self) -> list[str]:
        """The model and its rivals, as they were written."""
        return [self.question.model, *self.against]

    @property
    def evaluations(self) -> int:
        """Budget of a start or a profile's fit."""
        return BUDGET if self.budget is None else self.budget

    @staticmethod
    def _drawn(result: Any) -> dict[str, bytes]:
        from pdmodel.plots.figures import draw_figures

        return draw_figures("population", result)

    def _profiles(self, problem: FitProblem, result: Any) -> list[ProfileRecord]:
        """Profile what was fitted, into the folder beside."""
        from pdmodel.cli.console.terminal import progress

        with progress(self.quiet or self.json) as report:
            return run_work(problem, result, self._profile_work, report)

    @property
    def _profile_work(self) -> ProfileWork:
        from pdmodel.executors import cpus

        assert self.level is not None
        jobs = cpus() if self.jobs is None else self.jobs
        place = profile_place(self.place)
        return ProfileWork(None, (), self.level, jobs, self.evaluations, place, self.overwrite)

    def _say(self, result: Any, more: Mapping[str, Any] | None = None) -> None:
        """Print the fit, and what else is known of it where all is printed as JSON."""
        from pdmodel.cli.console.terminal import say, say_json

        if self.json:
            say_json(result.to_dict() | dict(more or {}))
            return
        if not self.quiet:
            say(result.report().rstrip())
            say()
            say(f"took {result.seconds:.1f} s")
        say(f"wrote {self.place}: {_FILES_OF_POPULATION if self.of_population else _FILES}")
        say(f"figures: {self.place / 'figures'}")


def _files(question: Question, result: Any) -> dict[str, bytes]:
    """Return the figures of a fit, and the file by which others ask the same."""
    from pdmodel.inference.question_file import QUESTION, question_content
    from pdmodel.plots.figures import draw_figures
    from pdmodel.storage.files.atomic import as_json

    asked = as_json(question_content(question)).encode()
    return {QUESTION: asked, **draw_figures("fit", result)}
