"""The second application: its numbers have sources, and its science says what it claims."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from arthritis.bibliography import REFERENCES
from arthritis.models import arthritis, inert_antibody, joint_on_tnf
from arthritis.outcomes import eular
from arthritis.patients import refractory, sensitive
from arthritis.question import adalimumab as question
from arthritis.rules import StepUp
from arthritis.trials import adalimumab_40_eow
from pdmodel.inference.targets.target import find_targets
from pdmodel.trial import Book
from pdmodel.trial.patterns.pattern import find_patterns


def _measured(model: pdmodel.Model) -> dict[str, bool]:
    """Return which targets a model meets with its declared values."""
    problem = question.problem(model, null=None)
    values = {setting.name: setting.value for setting in problem.settings}
    pairs = zip(problem.targets, problem.measure(values), strict=True)
    return {target.id: target.met(measured.value) for target, measured in pairs}


def test_both_typical_patients_meet_all_targets() -> None:
    """With its declared values the model of arthritis meets every target of both patients."""
    met = _measured(arthritis)
    assert len(met) == 14
    assert all(met.values()), met


def test_joints_that_follow_tnf_would_improve_in_both_patients() -> None:
    """The rival in which TNF-alpha drives the joint misses the refractory patient's DAS28."""
    assert not _measured(joint_on_tnf)["das_r"]


def test_an_inert_antibody_changes_nothing() -> None:
    """The null model ends where it began: no target that speaks of a fall is met."""
    met = _measured(inert_antibody)
    falls = ("tnf_s", "tnf_r", "il6_s", "crp_s", "das_s")
    assert not any(met[name] for name in falls)
    assert met["das_r"]


def test_every_source_is_in_the_bibliography() -> None:
    """Every source that a parameter, mechanism, patient, target or pattern names is listed."""
    named = [q.source for q in arthritis.vocabulary if q.kind == "parameter"]
    named += [mechanism.source for mechanism in (*arthritis.mechanisms, *arthritis.rivals)]
    named += [patient.source for patient in (sensitive, refractory)]
    named += [target.source for target in find_targets("arthritis_targets.csv")]
    named += [p.source for p in find_patterns("arthritis_patterns.csv", adalimumab_40_eow.name)]
    keys = {key for source in named for key in (source or "").split("; ")}
    assert keys <= REFERENCES.keys()
    assert "ASSUMED" in keys
    assert "VANDEPUTTE2004" in keys


@pytest.mark.parametrize(
    ("score", "response", "good"),
    [(3.2, True, True), (3.3, True, False), (4.8, True, False), (5.2, False, False)],
)
def test_response_by_eular_needs_a_fall_and_a_low_score(
    score: float, response: bool, good: bool
) -> None:
    """From DAS28 6, at least moderate is a fall of 1.2, or of 0.6 to 5.1; good is 3.2 or less."""
    found = eular(np.array([6.0]), np.array([score]))
    assert [bool(answer[0]) for answer in found] == [response, good]


def test_the_dose_is_stepped_up_once_where_the_score_stays_high() -> None:
    """`StepUp` looks at one visit only, and leaves patients of low activity on their dose."""
    book, rule = Book.begin(np.full(2, 40.0)), StepUp(80, after=84)
    rule.apply(book, {"DAS28": np.array([5.0, 5.0])}, 70.0)
    assert book.level.tolist() == [40, 40]
    rule.apply(book, {"DAS28": np.array([5.0, 2.9])}, 84.0)
    assert book.level.tolist() == [80, 40]
    rule.apply(book, {"DAS28": np.array([5.0, 5.0])}, 98.0)
    assert book.level.tolist() == [80, 40]


def test_the_trial_shows_the_reported_rates() -> None:
    """In 256 patients, as declared, at least moderate and good responses are as reported."""
    table = adalimumab_40_eow.run(256, 1).table.set_index("id")
    assert table.loc[["response_40_eow", "good_40_eow", "trough_40_eow"], "inside"].all()
