"""`pdmodel evidence` of a fit to measured data, or of rival models on them, from their folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pdmodel.errors import InputError

if TYPE_CHECKING:
    from pdmodel.inference import NestedPlan, Posterior


def weigh_answer(
    answer: Path, out: Path | None, plan: NestedPlan, jobs: int, *, json: bool, quiet: bool
) -> None:
    """Sample the posterior of each model of a folder, and print the evidence.

    Parameters
    ----------
    answer
        Folder of `pdmodel fit-data`.
    out
        Where to write to; by default `evidence_NAME` beside the folder.
    plan, jobs
        As of `sample_posterior`.
    json, quiet
        What is printed.
    """
    from pdmodel.cli.console.terminal import progress, say, say_first_run
    from pdmodel.inference import sample_posterior
    from pdmodel.inference.question_file import read_question

    place = out if out is not None else answer.parent / f"evidence_{answer.resolve().name}"
    problems = {folder: read_question(folder).problem() for folder in _folders(answer)}
    say_first_run(quiet or json)
    runs: dict[str, Posterior] = {}
    with progress(quiet or json) as report:
        for folder, problem in problems.items():
            own = place if folder == answer else place / folder.name
            runs[problem.model.name] = sample_posterior(
                problem, own, plan, jobs=jobs, progress=report
            )
    _say(runs, json=json, quiet=quiet)
    if not json:
        say(f"wrote {place}: posterior.nc and the runs" + (" of each" if len(runs) > 1 else ""))


def _folders(answer: Path) -> list[Path]:
    """Return the folder of a fit, or those of rival models within."""
    if not (answer / "rivals.json").is_file():
        return [answer]
    own = sorted(path.parent for path in answer.glob("*/question.json"))
    if not own:
        raise InputError(f"{answer} holds no fit that tells of itself what was asked")
    return own


def _say(runs: dict[str, Posterior], *, json: bool, quiet: bool) -> None:
    from pdmodel.cli.console.terminal import say, say_json, say_table
    from pdmodel.storage import plain_rows
    from pdmodel.text import rounded

    logs = {name: (p.tree.attrs["log_evidence"], p.tree.attrs["log_evidence_error"])
            for name, p in runs.items()}  # fmt: skip
    if json:
        say_json({
            name: {"log_evidence": log, "error": error,
                   "parameters": plain_rows(runs[name].parameters)}
            for name, (log, error) in logs.items()
        })  # fmt: skip
        return
    if quiet:
        return
    ordered = sorted(logs.items(), key=lambda item: -item[1][0])
    rows = [(name, rounded(log), rounded(error)) for name, (log, error) in ordered]
    say_table(("model", "log Z", "error"), rows, right=("log Z", "error"), whole=("model",))
    say()
