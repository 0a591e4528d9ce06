"""Known truths: a hypothesis that made the evidence is not refuted, one that cannot make it is."""

from __future__ import annotations

from copy import copy

import pytest

from fits.comparisons import response
from pdmodel.hypotheses.misses import target_misses
from pdmodel.hypotheses.synthetic import draw_truth, synthetic_targets
from pdmodel.hypotheses.verdict import REFUTES
from pdmodel.inference import FitProblem, Target

DIFFER = (
    ("reference", "no_tolerance"),
    ("reference", "tumour_il6"),
    ("reference", "no_desensitisation"),
    ("reference", "no_exhaustion"),
    ("reference", "direct_kill_only"),
    ("reference", "antiproliferative_only"),
    ("reference", "null"),
    ("reference", "reference@effector_competence"),
    ("no_tolerance", "reference@il6_inducibility"),
    ("tumour_il6", "tnf_bystander_no_tolerance"),
)
ALIKE = (
    ("reference", "reference"),
    ("reference", "il6_survival"),
    ("il6_survival", "il6_marker"),
    ("il6_marker", "reference"),
    ("reference", "inducibility"),
    ("no_tolerance", "no_tolerance"),
    ("tumour_il6", "tumour_il6"),
)


def refutes(truth: str, rival: str, seed: int) -> list[str]:
    """Return what refutes a rival where a truth, moved at random, made the targets."""
    true_one, other = response.choose([truth, rival]) if truth != rival else (
        response.choose([truth]) * 2
    )  # fmt: skip
    source = response.problem(true_one)
    targets = synthetic_targets(source, draw_truth(source, seed))
    problem = asking(response.problem(other), targets)
    result = problem.run(2, seed, 1)
    found = dict(zip(result.targets["id"], result.targets["simulated"], strict=True))
    return [miss.id for miss in target_misses(targets, found) if miss.by > REFUTES]


def asking(problem: FitProblem, targets: list[Target] | tuple[Target, ...]) -> FitProblem:
    """Return the same fit to other targets of the same groups and days."""
    changed = copy(problem)
    changed.targets = tuple(targets)
    return changed


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize(("truth", "rival"), DIFFER, ids=lambda name: name)
def test_a_rival_that_differs_falls(truth: str, rival: str, seed: int) -> None:
    """Whatever the values of the truth, the rival misses something by more than an edge."""
    assert refutes(truth, rival, seed)


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize(("truth", "rival"), ALIKE, ids=lambda name: name)
def test_a_rival_that_does_not_differ_stands(truth: str, rival: str, seed: int) -> None:
    """The truth itself, and rivals that these measurements cannot tell from it, are not refuted."""
    assert not refutes(truth, rival, seed)
