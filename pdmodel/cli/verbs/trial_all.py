"""`pdmodel trial compare --all`: one trial calibrates, all others are predicted, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.executors import Progress
    from pdmodel.trial import PredictedTrials, ReadingResult, TrialResult, TrialSet

_GROUP = "pdmodel.trials"


@dataclass(frozen=True)
class PredictionWish:
    """What was asked of `trial compare --all`.

    Parameters
    ----------
    names
        The name of a published set, or none where one only is published.
    patients, seed, model, threads, draws, overwrite
        As of `predict_trials`.
    """

    names: Sequence[str]
    patients: int
    seed: int
    model: str | None
    threads: int | None
    draws: int
    overwrite: bool

    def trials(self) -> TrialSet:
        """Return the set that was named, or the only one that is published.

        Raises
        ------
        InputError
            If it is not clear which.
        """
        from pdmodel.catalogue import find_object, published
        from pdmodel.errors import InputError
        from pdmodel.trial import TrialSet

        if len(self.names) > 1:
            raise InputError("--all takes one set of trials, or none where one is published")
        if self.names:
            return find_object(self.names[0], "trial set", _GROUP, TrialSet)
        sets = published(_GROUP, TrialSet)
        if len(sets) != 1:
            listed = ", ".join(sets) or "none; declare a TrialSet beside your trials"
            raise InputError(f"name the set of trials for --all (published: {listed})")
        return next(iter(sets.values()))


def run_all(wish: PredictionWish, folder: Path, pool: Executor | None, quiet: bool) -> Any:
    """Run a set of trials into a folder, with pictures.

    Parameters
    ----------
    wish, folder
        What is run, and where to.
    pool
        Where blocks are run; here if None.
    quiet
        Whether no progress is shown.
    """
    from pdmodel.cli.console.terminal import progress
    from pdmodel.cli.verbs.trial_runs import trial_images
    from pdmodel.trial import predict_trials

    @contextmanager
    def told(words: str) -> Iterator[Progress]:
        with progress(quiet) as report:
            yield lambda done, total, text: report(done, total, f"{words}, {text}")

    trials = wish.trials()
    return predict_trials(
        trials, wish.patients, wish.seed, model=wish.model, draws=wish.draws,
        threads=wish.threads, out=folder, overwrite=wish.overwrite, executor=pool,
        draw=partial(trial_images, together=trials.trials), share=shared_images, progress=told,
    )  # fmt: skip


def shared_images(results: Sequence[TrialResult]) -> dict[str, bytes]:
    """Return the pictures of what all trials of one reading have in common, by path."""
    from pdmodel.plots.base.figure import images
    from pdmodel.plots.figures import shared_figures

    return images(shared_figures(results))


def say_predictions(result: PredictedTrials, folder: Path) -> None:
    """Print the table of predictions by reading, what the patterns support, and the misses."""
    from pdmodel.cli.console.terminal import heading, say, say_table

    heading(f"Predictions of the set {result.name}")
    say(_made_of(result.made_of))
    for reading in result.readings:
        _say_reading(reading)
    hits = result.hits
    heading("What came out")
    rows = [
        (
            row.reading or "as reported", rounded(row.cost),
            *(f"{getattr(row, f'{part}_inside')} of {getattr(row, part)}"
              for part in ("calibrated", "predicted", "ungraded")),
        )
        for row in hits.itertuples(index=False)
    ]  # fmt: skip
    columns = ("reading", "cost", "calibrated", "predicted", "of them without a grade")
    say_table(columns, rows, right=columns[1:])
    if len(result.readings) > 1:
        say(_supported(result))
    for reading in result.readings:
        _say_misses(reading)
    say(f"wrote {folder}: predictions.csv, trials.json, figures, a folder a trial")


def _supported(result: PredictedTrials) -> str:
    if result.supported:
        return (
            f"the patterns support the reading '{result.supported}' of what was reported without "
            "a grade"
        )
    return "the patterns do not tell the readings of what was reported without a grade apart"


def _made_of(made: Any) -> str:
    """Say which model, at which state of its source, predicted on which patients."""
    commit = made.get("commit")
    state = f"commit {commit[:10]}" if commit else "no commit known"
    changed = ", with changes since" if made.get("changed") else ""
    return (
        f"{made['patients']} patients a trial, seed {made['seed']}, model {made['model']} "
        f"({made['model_hash'][:8]}), pdmodel {made['version']}, {state}{changed}"
    )


def _say_reading(reading: ReadingResult) -> None:
    """Say what was calibrated, to whom, and the table of what was predicted."""
    from pdmodel.cli.console.terminal import heading, say, say_table
    from pdmodel.cli.verbs.trial_words import counted, say_calibration

    first = reading.results[0].trial
    if reading.name:
        heading(f"Reports without a grade read as: {reading.name}")
    say_calibration(reading.calibration, first)
    for result in reading.results:
        heading(f"{result.trial.name}: {result.trial.title}")
        for line in result.trial.describe().splitlines():
            say(line)
        _say_people(result)
    table = reading.table
    predicted = table[table["use"] == "predict"]
    heading(f"Predicted without tuning, calibrated on {first.name} only")
    rows = [
        (
            row.trial, row.meaning, counted(row), f"{row.low:.3g} to {row.high:.3g}",
            f"{row.model:.3g}", f"{row.model_low:.3g} to {row.model_high:.3g}",
            "yes" if row.inside else "NO", _expected(row),
        )
        for row in predicted.itertuples()
    ]  # fmt: skip
    columns = (
        "trial", "pattern", "reported", "compatible", "model", "90 % of trials", "inside",
        "expected",
    )  # fmt: skip
    say_table(columns, rows, right=columns[2:6])
    calibrated = table[table["use"] != "predict"]
    say(f"calibrated: {int(calibrated['inside'].sum())} of {len(calibrated)} patterns inside")


def _say_people(result: TrialResult) -> None:
    """Say who was treated, and how far other trials of such patients may lie from these."""
    from pdmodel.cli.console.terminal import say, say_wrapped

    people = dict.fromkeys(population.name for population in result.trial.populations)
    say(f"patients of {' and '.join(people)}; could not be simulated: {result.failures}")
    apart = {
        f"{effect.parameter} x/ {effect.factor:.2f}"
        for population in result.trial.populations
        for effect in population.between
    }
    if apart:
        say_wrapped(f"between trials (in the intervals of predictions): {', '.join(sorted(apart))}")


def _say_misses(reading: ReadingResult) -> None:
    from pdmodel.cli.console.terminal import say

    table = reading.table
    missed = table[~table["inside"].astype(bool)]
    lead = f"misses, {reading.name}" if reading.name else "misses"
    listed = "; ".join(f"{row.trial}: {row.meaning}" for row in missed.itertuples())
    say(f"{lead}: {listed or 'none'}")


def _expected(row: Any) -> str:
    """Say whether the reported count is one of nine in ten that the model predicts."""
    import pandas as pd

    if pd.isna(row.expected):
        return "-"
    return "yes" if row.expected else "NO"
