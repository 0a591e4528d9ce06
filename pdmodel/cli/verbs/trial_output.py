"""What `pdmodel trial` says: patients, calibrations, tables, and the sentence on each rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pdmodel.cli.console.terminal import heading, say, say_table, say_wrapped
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.trial import Calibration, TrialDesign, TrialResult


def say_comparison(
    results: Sequence[TrialResult], known: Calibration | None, effective: float | None
) -> None:
    """Say what was calibrated or weighted, and of each trial who, how and what."""
    if known is not None:
        say_calibration(known, results[0].trial)
    if effective is not None:
        say_weights(effective, results[0])
    for result in results:
        say_patients(result)
        say_patterns(result)


def say_calibration(found: Calibration, trial: TrialDesign) -> None:
    """Say how a calibration ended and what it moved."""
    heading(f"Calibrated to {trial.name}")
    say(f"{found.status} after {found.evaluations} evaluations, cost {found.cost:.3g}")
    rows = [
        (
            row.name, rounded(row.before), rounded(row.value),
            "-" if row.log_error != row.log_error else f"x/ {math.exp(row.log_error):.2f}",
            "at its bound" if row.at_bound else "",
        )
        for row in found.parameters.itertuples(index=False)
    ]  # fmt: skip
    say_table(
        ("free number", "before", "after", "uncertain by", ""), rows, right=("before", "after")
    )
    still = [free.name for free in trial.free if free not in found.free]
    if still:
        say(f"not moved, for the model does not have it: {', '.join(still)}")


def say_weights(effective: float, result: TrialResult) -> None:
    """Say how much of the patients the weights leave."""
    heading(f"Weighted by the rates of {result.trial.name}")
    say(f"effective sample size {effective:.0f} of {len(result.outcomes)} patients")


def say_patients(result: TrialResult) -> None:
    """Say what was done to whom, what was rejected, and what is assumed."""
    trial, rejected = result.trial, dict(result.drawn.rejected)
    heading(f"{trial.name}: {trial.title}")
    say(trial.protocol.describe())
    told = ", ".join(f"{count} for {name}" for name, count in rejected.items()) or "none"
    say(f"{len(result.outcomes)} patients of {trial.population.name}, model {result.model.name}")
    say(f"drawn and rejected as implausible: {told}; could not be simulated: {result.failures}")
    assumed = ", ".join(trial.population.assumed) or "none"
    say_wrapped(f"spreads and effects without a study behind them: {assumed}")


def say_patterns(result: TrialResult) -> None:
    """Print the table of patterns, and what a trial of that size expects."""
    table = result.table
    if table.empty:
        say("nothing was reported of this trial")
        return
    rows = [
        (
            row.meaning, _reported(row), f"{row.low:.3g} to {row.high:.3g}",
            f"{row.model:.3g}", f"{row.model_low:.3g} to {row.model_high:.3g}",
            "yes" if row.inside else "NO", row.use,
        )
        for row in table.itertuples()
    ]  # fmt: skip
    say()
    columns = ("pattern", "reported", "compatible", "model", "90 % of trials", "inside", "use")
    say_table(columns, rows, right=columns[1:5])
    say()
    for row in table.itertuples():
        if row.kind == "rate":
            say(
                f"{row.meaning}: in a trial of {row.n} the model expects {row.model * row.n:.0f} "
                f"(90 % of replicates {row.model_low * row.n:.0f}-{row.model_high * row.n:.0f}); "
                f"{row.events:.0f} were seen"
            )
    say(f"{int(table['inside'].sum())} of {len(table)} patterns inside")


def _reported(row: object) -> str:
    events, n = getattr(row, "events"), getattr(row, "n")  # noqa: B009 - a row of a table
    return "" if events is None or events != events else f"{events:.0f}/{n}"
