"""`pdmodel evidence` of what was measured: of a folder of `fit-data`, or of a PEtab problem."""

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
        Folder of `pdmodel fit-data`, or the file of a PEtab problem.
    out
        Where to write to; by default `evidence_NAME` beside the folder.
    plan, jobs
        As of `sample_posterior`.
    json, quiet
        What is printed.
    """
    from pdmodel.cli.console.question import find_question, is_petab
    from pdmodel.cli.console.terminal import progress, say, say_first_run
    from pdmodel.inference import sample_posterior

    petab = is_petab(str(answer))
    beside = Path("results") if petab else answer.parent
    name = answer.stem if petab else answer.resolve().name
    place = out if out is not None else beside / f"evidence_{name}"
    asked = [answer] if petab else _folders(answer)
    problems = {folder: find_question(str(folder)).problem() for folder in asked}
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
    for name, _ in ordered:
        say(f"\n{name}: posterior of its parameters, 90 % intervals")
        columns = ("low", "median", "high", "runs_apart")
        held = [(row["parameter"], *(rounded(row[c]) for c in columns))
                for row in plain_rows(runs[name].parameters)]  # fmt: skip
        headings = ("low", "median", "high", "runs apart (SD)")
        say_table(("parameter", *headings), held, right=headings, whole=("parameter",))
    say()
