"""A small comparison of the reference and a rival that runs in seconds."""

from __future__ import annotations

from dataclasses import replace

from fits.comparisons import response
from pdmodel.hypotheses import Comparison, Finding, Plan

PLAN = Plan(starts=1, seed=3, max_evaluations=6, patients=12, refit_evaluations=2)


def tiny() -> Comparison:
    """Return it: a short fit, and a trial of 28 days."""
    protocol = replace(response.trial.protocol, days=336)
    return replace(
        response, trial=response.trial.with_(protocol=protocol),
        hypotheses=("reference", "no_tolerance"),
        findings=(Finding("no split", fall=("no_tolerance",)), Finding("other", fall=("null",))),
    )  # fmt: skip
