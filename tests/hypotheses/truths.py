"""Known truths: evidence made from one hypothesis, another fitted to it."""

from __future__ import annotations

from copy import copy

from fits.comparisons import response
from pdmodel.hypotheses.verdicts.misses import target_misses
from pdmodel.hypotheses.verdicts.verdict import REFUTES
from tests.hypotheses.synthetic import draw_truth, synthetic_targets


def refutes(truth: str, rival: str, seed: int) -> list[str]:
    """Return what refutes a rival where a truth, moved at random, made the targets."""
    source = response.problem(response.choose([truth])[0])
    problem = copy(response.problem(response.choose([rival])[0]))
    problem.targets = tuple(synthetic_targets(source, draw_truth(source, seed)))
    result = problem.run(1, seed, 1, max_evaluations=60)
    found = dict(zip(result.targets["id"], result.targets["simulated"], strict=True))
    return [miss.id for miss in target_misses(problem.targets, found) if miss.by > REFUTES]
