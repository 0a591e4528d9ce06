"""What `pdmodel trial` says: of calibrations, weights and patients, and the table of patterns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.trial import Calibration, TrialDesign, TrialResult


def say_calibration(calibration: Calibration, trial: TrialDesign) -> None:
    """Say how a calibration ended and what it moved."""
    from pdmodel.cli.console.terminal import heading, say, say_table

    heading(f"Calibrated to {trial.name}")
    spent = f"after {calibration.evaluations} evaluations, cost {calibration.cost:.3g}"
    say(f"{calibration.status} {spent}")
    rows = [
        (
            row.name, rounded(row.before), rounded(row.value),
            "-" if row.log_error != row.log_error else f"x/ {math.exp(row.log_error):.2f}",
            "at its bound" if row.at_bound else "",
        )
        for row in calibration.parameters.itertuples(index=False)
    ]  # fmt: skip
    say_table(
        ("free number", "before", "after", "uncertain by", ""), rows, right=("before", "after")
    )
    still = [free.name for free in trial.free if free not in calibration.free]
    if still:
        say(f"not moved, for the model does not have it: {', '.join(still)}")


def say_weights(effective: float, result: TrialResult) -> None:
    """Say how much of the patients the weights leave."""
    from pdmodel.cli.console.terminal import heading, say

    heading(f"Weighted by the rates of {result.trial.name}")
    say(f"effective sample size {effective:.0f} of {len(result.outcomes)} patients")


def say_patients(result: TrialResult) -> None:
    """Say what was done to whom, what was rejected, and what is assumed."""
    from pdmodel.cli.console.terminal import heading, say, say_wrapped

    trial, rejected = result.trial, dict(result.drawn.rejected)
    heading(f"{trial.name}: {trial.title}")
    for line in trial.describe().splitlines():
        say(line)
    counts = ", ".join(f"{count} for {name}" for name, count in rejected.items()) or "none"
    people = " and ".join(dict.fromkeys(population.name for population in trial.populations))
    say(f"{len(result.outcomes)} patients of {people}, model {result.model.name}")
    say(f"drawn and rejected as implausible: {counts}; could not be simulated: {result.failures}")
    every = dict.fromkeys(name for people in trial.populations for name in people.assumed)
    assumed = ", ".join(every) or "none"
    say_wrapped(f"spreads and effects without a study behind them: {assumed}")


def say_patterns(result: TrialResult) -> None:
    """Print the table of patterns, and what a trial of that size expects."""
    import pandas as pd

    from pdmodel.cli.console.terminal import say, say_table

    table = result.table
    if table.empty:
        say("nothing was reported of this trial")
        return
    rows = [
        (
            row.meaning, counted(row), f"{row.low:.3g} to {row.high:.3g}",
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
        if row.kind == "rate" and not math.isnan(row.model):
            seen = "" if pd.isna(row.events) else f"; {row.events:.0f} were seen"
            say(
                f"{row.meaning}: in a trial of {row.n} the model expects {row.model * row.n:.0f} "
                f"(90 % of replicates {row.model_low * row.n:.0f}-{row.model_high * row.n:.0f})"
                f"{seen}"
            )
    say(f"{int(table['inside'].sum())} of {len(table)} patterns inside")


def counted(row: object) -> str:
    """Return what a row of a table of patterns reports as counts, empty where it does not."""
    events, n = getattr(row, "events"), getattr(row, "n")  # noqa: B009 - a row of a table
    return "" if events is None or events != events else f"{events:.0f}/{n}"
