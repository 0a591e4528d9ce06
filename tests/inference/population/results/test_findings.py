"""What a reader of a population fit is told in words."""

from __future__ import annotations

from pdmodel.inference import Power, RandomEffect, fit_population
from tests.toys.populations import intravenous, problem


def test_a_covariate_that_changes_is_named_with_the_way_to_follow_it() -> None:
    """An effect takes its first value; equations with a parameter that the data set follow it."""
    table = intravenous(4)
    table["WGT"] = [70.0 + row for row in range(len(table))]
    asked = problem(
        table, effects=[RandomEffect("CL", sd=0.3)], covariates=[Power("CL", "WGT", reference=70)]
    )
    findings = fit_population(asked, max_steps=0, simulations=0, nodes=0).findings
    (said,) = [each for each in findings if each.startswith("WGT changes within patients")]
    assert "takes the first value for the whole course" in said
    assert "parameters={'WGT': 'PARAMETER'}" in said
