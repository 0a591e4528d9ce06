"""A comparison: which hypotheses are held against which evidence; published for all verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pdmodel.arguments import names_of
from pdmodel.errors import InputError, UnknownNameError, unknown
from pdmodel.hypotheses.hypothesis import (
    Difference,
    Hypothesis,
    differences,
    on_common_patients,
    read_difference,
    read_hypothesis,
)
from pdmodel.imports import Declared
from pdmodel.inference import Question
from pdmodel.markup import card, folded, paragraph, table
from pdmodel.trial import FreeNumber, Population, Trial, TrialSet

if TYPE_CHECKING:
    from pdmodel.inference import FitProblem


@dataclass(frozen=True)
class Finding:
    """A finding of before, to be reproduced or refuted.

    Parameters
    ----------
    words
        The finding.
    survive, fall
        Hypotheses that it says survive, and that fall.
    source
        Publication or model run that reported it.
    """

    words: str
    survive: Sequence[str] = ()
    fall: Sequence[str] = ()
    source: str = "MODEL"


@dataclass(frozen=True, repr=False)
class Comparison(Declared):
    """Rival hypotheses, each judged on typical patients and on a virtual trial.

    Parameters
    ----------
    name, title
        Name of the comparison, and the question in words.
    question
        The fit question of the typical patients.
    trial, rate
        The trial that each hypothesis is judged on, and the pattern that is met by moving one
        number before it is judged.
    usual
        The default difference, which a name may leave out.
    hypotheses
        Names, `model` or `model@difference`.
    scales
        Numbers that may be moved to meet the rate; the first that the model has is. They are taken
        to raise the rate where they rise, but for those of `lowers`.
    patients
        Patients of the trial.
    findings
        Findings that are to be reproduced.
    differences
        The differences that belong to it: in a trial all their parameters have deviates, so that
        patients are alike whichever difference is tried. By default those that its hypotheses
        name. What else is published counts for nothing.
    assays, interventions, control
        The menu of what would decide: the table of assays, the names of interventions, and that of
        the control. By default `assays.csv` and all interventions of the same application or file;
        the control is the first of these that gives the regimen of the question and adds nothing.
    lowers
        Parameters of `scales` that lower the rate where they rise, such as a concentration of half
        effect.
    predicted
        Reported trials that nobody was fitted to. Each hypothesis predicts them once its rate is
        met in the first trial of the set; what comes out is shown apart from the verdict.

    Raises
    ------
    UnknownNameError
        If one of `lowers` is not among the parameters of `scales`.
    """

    name: str
    title: str
    question: Question
    trial: Trial
    rate: str
    usual: Difference
    hypotheses: Sequence[str]
    scales: Sequence[FreeNumber]
    patients: int = 512
    findings: Sequence[Finding] = field(default=())
    differences: Sequence[Difference] = field(default=())
    assays: str = "assays.csv"
    interventions: Sequence[str] = ()
    control: str = ""
    lowers: Sequence[str] = ()
    predicted: TrialSet | None = None

    def __post_init__(self) -> None:
        """Note where it is declared; refuse a direction of a number that is not moved."""
        super().__post_init__()
        object.__setattr__(self, "lowers", names_of(self.lowers, "parameters"))
        moved = [number.parameter for number in self.scales]
        for name in self.lowers:
            if name not in moved:
                what = f"parameter in the scales of comparison {self.name!r}:"
                raise unknown(what, name, moved)

    def __repr__(self) -> str:
        """Name it, and count its hypotheses."""
        return f"<Comparison {self.name}: {len(self.hypotheses)} hypotheses>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the hypotheses and what they are judged on."""
        judged = f"Judged on the fit {self.question.name} and the trial {self.trial.name}, of "
        findings = [(f.words, ", ".join(f.survive), ", ".join(f.fall)) for f in self.findings]
        return card(
            f"Comparison {self.name}", "", paragraph(self.title),
            paragraph(f"{judged}{self.patients} patients; usual difference {self.usual.name}."),
            table(("hypothesis",), [(name,) for name in self.hypotheses]),
            folded("Findings of before", table(("finding", "survive", "fall"), findings)),
        )  # fmt: skip

    def own_differences(self) -> dict[str, Difference]:
        """Return the differences that belong to the comparison by name, the usual one last.

        Raises
        ------
        UnknownNameError
            If a hypothesis of the comparison names one that nobody publishes.
        """
        declared = tuple(self.differences)
        if not declared:
            published = differences(near=self)
            read = [read_difference(name, published, self.usual, self) for name in self.hypotheses]
            declared = tuple(
                difference for difference in read if difference.name != self.usual.name
            )
        return {difference.name: difference for difference in (*declared, self.usual)}

    def choose(self, names: Sequence[str] | None = None) -> list[Hypothesis]:
        """Return hypotheses by name; all that the comparison lists by default.

        Raises
        ------
        UnknownNameError, InputError
            If a name is unknown, or a model lacks a parameter that is to differ.
        """
        wanted = dict.fromkeys(self.hypotheses if names is None else names)
        chosen = [self._read(name) for name in wanted]
        chosen = _without_doubles(chosen)
        for hypothesis in chosen:
            if lacking := hypothesis.missing():
                raise InputError(
                    f"hypothesis {hypothesis.name!r}: model {hypothesis.model.name!r} has no "
                    f"{', '.join(lacking)}, which is to differ"
                )
        return chosen

    def grid(self, models: Sequence[str], names: Sequence[str]) -> list[str]:
        """Return the names of all pairs of models and differences that the models allow."""
        pairs = []
        for model in models:
            for name in names:
                own = model if name == self.usual.name else f"{model}@{name}"
                if not self._read(own).missing():
                    pairs.append(own)
        return pairs

    def _read(self, name: str) -> Hypothesis:
        every_difference = {**differences(near=self), **self.own_differences()}
        try:
            return read_hypothesis(name, every_difference, self.usual, self)
        except UnknownNameError:
            # Of a model in another file, results keep its own name.
            for reference in (text for text in self.hypotheses if ":" in text):
                hypothesis = read_hypothesis(reference, every_difference, self.usual, self)
                if hypothesis.name == name:
                    return hypothesis
            raise

    def problem(self, hypothesis: Hypothesis) -> FitProblem:
        """Return the fit of a hypothesis to the typical patients."""
        return self.question.problem(
            hypothesis.model, differ=tuple(hypothesis.difference.parameters), null=None
        )

    def trial_of(self, hypothesis: Hypothesis) -> Trial:
        """Return the trial in patients who differ as the hypothesis says; deviates are common."""
        return self.as_said_by(hypothesis, self.trial)

    def as_said_by(self, hypothesis: Hypothesis, trial: Trial) -> Trial:
        """Return any trial in patients who differ as a hypothesis says, with its model."""
        own = list(self.own_differences().values())

        def differing(population: Population) -> Population:
            common = on_common_patients(population, own)
            if hypothesis.usual:
                return common
            return hypothesis.difference.applied(common, self.usual.parameters)

        return trial.in_patients(differing).with_(model=hypothesis.model.name)


def _without_doubles(chosen: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Return hypotheses once each.

    Raises
    ------
    InputError
        If two that differ share a name, or one has a name that no folder can have.
    """
    by_name: dict[str, Hypothesis] = {}
    for hypothesis in chosen:
        other = by_name.setdefault(hypothesis.name, hypothesis)
        if other != hypothesis:
            raise InputError(
                f"two different hypotheses are called {hypothesis.name!r}; give their models "
                "names of their own, e.g. Model(...).with_values('another_name', ...)"
            )
        if set(hypothesis.name) & {"/", "\\", "\0"} or hypothesis.name in (".", ".."):
            raise InputError(
                f"hypothesis {hypothesis.name!r} cannot have a folder of its name; name its model "
                "with letters, digits and _"
            )
    return [*by_name.values()]


@dataclass(frozen=True)
class ComparisonSettings:
    """How much work goes into each hypothesis of a comparison.

    Parameters
    ----------
    starts, seed, max_evaluations
        Starts, seed and budget of the fit; the trial has the same seed.
    patients
        Patients of the trial; the search of its scale takes half as many, at most 256.
    refit_evaluations
        Budget of a fit to moved thresholds.
    """

    starts: int = 4
    seed: int = 1
    max_evaluations: int = 120
    patients: int = 512
    refit_evaluations: int = 40

    def __post_init__(self) -> None:
        """Refuse numbers that no fit or trial can be run with."""
        from pdmodel.inference.fit.starts import StartPlan  # brings lmfit: not to list comparisons

        StartPlan(self.starts, self.seed, self.max_evaluations)
        if self.patients < 1:
            raise InputError(f"a trial needs at least one patient, got {self.patients}")


Plan = ComparisonSettings
"""The name of before."""
