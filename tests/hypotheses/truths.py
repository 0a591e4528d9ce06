"""Known truths: evidence made from one hypothesis, another fitted to it."""

from __future__ import annotations

import math
from copy import copy

from fits.comparisons import response
from pdmodel.hypotheses.verdicts.misses import target_misses
from pdmodel.hypotheses.verdicts.verdict import REFUTES
from pdmodel.inference.fit.run import polish
from pdmodel.inference.fit.starts import Start
from tests.hypotheses.synthetic import draw_truth, synthetic_targets


def refutes(truth: str, rival: str, seed: int, evaluations: int) -> list[str]:
    """Return what refutes a rival where a truth, moved at random, made the targets.

    The fewer evaluations the fit has, the more refutes it.
    """
    source = response.problem(response.choose([truth])[0])
    problem = copy(response.problem(response.choose([rival])[0]))
    problem.targets = tuple(synthetic_targets(source, draw_truth(source, seed)))
    declared = {setting.name: setting.value for setting in problem.settings}
    free = {name: declared[name] for name in problem.free}
    # One fit with exact slopes: courses and figures of it are nobody's question here.
    best = polish(problem, Start(0, 0, math.inf, "", "", 0, 0, 0, free), evaluations)
    measured = problem.measure(best.values)
    found = {t.id: m.value for t, m in zip(problem.targets, measured, strict=True)}
    return [miss.id for miss in target_misses(problem.targets, found) if miss.by > REFUTES]
