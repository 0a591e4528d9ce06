"""What notebooks show of a fit problem: what is fitted to what, before anything is run."""

from __future__ import annotations

from collections.abc import Iterator

from pdmodel.dosing.regimen.describe import count
from pdmodel.inference.problem.problem import Problem
from pdmodel.inference.targets.target import Target
from pdmodel.markup import card, folded, paragraph, table
from pdmodel.text import range_text, rounded


def problem_card(problem: Problem) -> str:
    """Return the targets of a problem, its free parameters, priors and groups.

    Parameters
    ----------
    problem
        Nothing of it is run.

    Returns
    -------
    str
        HTML of at most `markup.LARGEST` bytes.
    """
    free = [
        (s.name, rounded(s.value), f"{s.min:g} to {s.max:g}", problem.unit_of(s))
        for s in problem.settings
        if s.vary
    ]
    return card(
        f"Fit problem of model {problem.model.name}",
        f"{problem.regimen_words}; {problem.days:g} days",
        *(paragraph(line) for line in _facts(problem)),
        table(
            ("target", "group", "observable", "kind", "allowed", "scale"),
            [_target_row(target) for target in problem.targets],
        ),
        folded(
            f"Free parameters ({len(free)})",
            table(("parameter", "starts at", "bounds", "unit"), free, {1}),
        ),
    )


def problem_words(problem: Problem) -> str:
    """Return one line on a problem: its model and how much it is fitted to."""
    sizes = {
        "target": len(problem.targets),
        "measured value": problem.n_measured,
        "free parameter": len(problem.free),
    }
    counts = ", ".join(count(size, noun) for noun, size in sizes.items() if size)
    return f"<FitProblem of model {problem.model.name}: {counts}>"


def _facts(problem: Problem) -> Iterator[str]:
    """Yield what is said above the tables, a sentence each."""
    if problem.groups:
        yield f"Groups: {', '.join(problem.groups)}."
    if problem.differ:
        yield f"Between the compared groups may differ: {', '.join(problem.differ)}."
    if problem.n_measured:
        beyond = f", {problem.n_censored} of them beyond a limit" if problem.n_censored else ""
        yield f"Measured values: {problem.n_measured}{beyond}."
    if problem.priors:
        yield f"Priors on {', '.join(prior.parameter for prior in problem.priors)}."


def _target_row(target: Target) -> tuple[str, ...]:
    if target.value == target.value:
        allowed = f"{rounded(target.value)}, sigma {rounded(target.sigma)}"
    else:
        allowed = range_text(target.low, target.high)
    return target.id, target.group, target.observable, target.kind, allowed, target.scale
