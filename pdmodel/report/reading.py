"""The sections of a page, from whatever a result folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdmodel.engine.run_folder import SUMMARIES, holds_run, holds_runs, read_run, runs_compared
from pdmodel.engine.run_summary import run_summary
from pdmodel.errors import InputError
from pdmodel.report.comparison import comparison_sections
from pdmodel.report.courses import courses_section, holds_courses
from pdmodel.report.evidence import FILE, evidence_section
from pdmodel.report.fits import (
    fit_section,
    prediction_section,
    profile_section,
    rivals_section,
    sensitivity_section,
)
from pdmodel.report.population import population_section
from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of, read_table
from pdmodel.storage import KINDS, is_ours, maybe, place_of, read_shaped, reading

_FITS = {
    "rivals.json": rivals_section, "fit.json": fit_section,
    "population.json": population_section, "profile.json": profile_section,
    "predictions.json": prediction_section, "sensitivity.json": sensitivity_section,
}  # fmt: skip
"""Results by their file, and what makes a section of them."""
_TRIAL = {
    "trial?": str, "search?": str, "patients": int, "model": str, "model_hash": str, "seed?": int,
    "weighted_by?": str, "effective?": int, "patterns?": [object],
}  # fmt: skip
"""How the record of a trial looks, and that of a search."""
_PREDICTED = {
    "set": str, "model": str, "model_hash": str, "version": str, "commit?": maybe(str),
    "changed?": maybe(object), "supported?": maybe(str),
    "hits": [{
        "reading": str, "calibrated": int, "calibrated_inside": int, "predicted": int,
        "predicted_inside": int,
    }],
}  # fmt: skip
"""How the record of a set of trials looks."""


_USUAL = ("evidence", "fit", "profile", "schedule", "sensitivity", "trial")
"""Folders that are named for what they hold."""


def sections_of(folder: Path) -> tuple[str, list[Section]]:
    """Return the title and the sections of a page on a folder.

    A comparison comes first; then every fit, trial, profile and analysis that lies in the folder
    or below it, but for what the comparison keeps of each hypothesis; last what it all rests on.

    Raises
    ------
    InputError
        If the folder holds nothing finished, or something that is damaged.
    """
    words, folder = folder, place_of(folder)
    if not folder.is_dir():
        raise InputError(f"folder {str(words)!r} does not exist")
    with reading(words):
        return _sections(folder)


def _sections(folder: Path) -> tuple[str, list[Section]]:
    title, sections, last = f"Results in {folder.name}", list[Section](), list[Section]()
    if (folder / "verdicts.json").is_file():
        title, sections, last = comparison_sections(folder)
    for inner in _places(folder):
        sections += _others(inner, folder)
    if not sections:
        raise _nothing(folder)
    return title, [*sections, *last]


def _nothing(folder: Path) -> InputError:
    if is_ours(folder, KINDS["hypothesis"]):
        whole = folder.parent.parent if folder.parent.name == "hypotheses" else folder.parent
        return InputError(
            f"{folder} holds one hypothesis of a comparison, which has a page as a whole; "
            f"report {whole}"
        )
    return InputError(
        f"{folder} holds nothing finished to report; run e.g. `pdmodel compare COMPARISON` first"
    )


def _places(folder: Path) -> list[Path]:
    below = sorted(path for path in folder.rglob("*") if path.is_dir())
    return [folder, *(path for path in below if "hypotheses" not in path.relative_to(folder).parts)]


def _others(inner: Path, folder: Path) -> list[Section]:
    name = _suffix(inner, folder)
    sections: list[Section] = []
    if is_ours(inner, KINDS["hypothesis"]):
        return sections  # its files are parts of a comparison, and judged there
    if holds_runs(inner):
        sections.append(_several(inner, name))
    if holds_run(inner):
        sections.append(_simulation(inner, name))
    if (inner / "predictions.csv").is_file() and (inner / "trials.json").is_file():
        sections.append(_predicted(inner, name))
    if (inner / "trial.json").is_file():
        sections.append(_trial(inner, name))
    if (inner / FILE).is_file():
        sections.append(evidence_section(inner, name))
    sections += [make(inner, name) for file, make in _FITS.items() if (inner / file).is_file()]
    if holds_courses(inner):
        sections.append(courses_section(inner, name))
    return sections


def _suffix(inner: Path, folder: Path) -> str:
    """Return what tells a result from others of its kind; a usual place needs no more words."""
    if inner == folder:
        return ""
    usual = inner.parent == folder and inner.name in _USUAL
    if usual and not (folder / f"{inner.name}.json").is_file():
        return ""
    return f" ({inner.relative_to(folder).as_posix()})"


def _simulation(folder: Path, name: str) -> Section:
    run = read_run(folder)
    table = run_summary(run).rename(columns={
        "lowest_day": "lowest on day", "highest_day": "highest on day",
    })  # fmt: skip
    return Section(
        f"Simulation{name}",
        (f"Model {run.attrs['model']}, {run.attrs.get('patient') or 'default values'}, under "
         f"{run.attrs['regimen']}, {run.attrs['days']:g} days.",),
        tables=[Table.of(table, "Where each quantity begins, between which values it moves, and "
                                "where it ends.")],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def _several(folder: Path, name: str) -> Section:
    """Return what several runs have in common; each follows in a section of its own."""
    held = sorted(set(runs_compared(folder).values()))
    columns = {
        "quantity": "quantity", "unit": "unit", "run": "run", "start": "start", "end": "end",
        **({"ratio": "ratio"} if held else {}), "lowest": "lowest", "lowest_day": "lowest on day",
        "highest": "highest", "highest_day": "highest on day",
    }  # fmt: skip
    ratio = f" The ratio is that of the last day against {' or '.join(held)}." if held else ""
    return Section(
        f"Simulations{name}",
        (f"Runs side by side, drawn over each other.{ratio}",),
        tables=[read_table(folder / SUMMARIES, columns, "Every quantity of every run")],
        pictures=pictures_of(folder / "figures"),
    )


def _trial(folder: Path, name: str) -> Section:
    record = read_shaped(folder / "trial.json", _TRIAL)
    if "search" in record:
        return _search(folder, record, name)
    if "trial" not in record:
        raise InputError(f"{folder / 'trial.json'} is damaged: trial: is missing")
    columns = {
        "meaning": "pattern", "reported": "reported", "low": "from", "high": "to",
        "model": "model", "model_low": "90 % from", "model_high": "90 % to", "inside": "inside",
        "use": "use", "status": "limits", "source": "source",
    }  # fmt: skip
    weighted = (
        f" Weighted by {record['weighted_by']}, in the table and the pictures, they are worth "
        f"{record.get('effective', '-')} that count alike." if record.get("weighted_by") else ""
    )  # fmt: skip
    reported = record.get("patterns") != []  # else there is nothing to hold it against
    caption = "Reported and predicted patterns"
    return Section(
        f"Virtual trial {record['trial']}{name}",
        (f"{record['patients']} virtual patients, model {record['model']} "
         f"({record['model_hash'][:8]}), seed {record.get('seed', '-')}.{weighted}"
         f"{'' if reported else ' No patterns were reported of this trial.'}",),
        tables=[read_table(folder / "table.csv", columns, caption)] if reported else [],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def _predicted(folder: Path, name: str) -> Section:
    """Return the table of predictions of a set of trials, and what came out of it."""
    record = read_shaped(folder / "trials.json", _PREDICTED)
    commit = record.get("commit")
    state = f"at commit {commit[:10]}" if commit else "of no known commit"
    changed = ", changed since" if record.get("changed") else ""
    columns = {
        "reading": "reading", "trial": "trial", "meaning": "pattern", "reported": "reported",
        "low": "from", "high": "to", "model": "model", "model_low": "90 % from",
        "model_high": "90 % to", "inside": "inside", "expected": "expected", "use": "use",
        "source": "source",
    }  # fmt: skip
    said = [
        f"{hit['reading'] or 'as reported'}: {hit['calibrated_inside']} of {hit['calibrated']} "
        f"calibrated and {hit['predicted_inside']} of {hit['predicted']} predicted patterns inside."
        for hit in record["hits"]
    ]
    supported = record.get("supported")
    if supported:
        said.append(f"What was reported without a grade supports the reading: {supported}.")
    return Section(
        f"Predictions of the set {record['set']}{name}",
        (f"Calibrated on the first trial only; model {record['model']} "
         f"({record['model_hash'][:8]}), pdmodel {record['version']} {state}{changed}.",),
        points=said,
        tables=[read_table(folder / "predictions.csv", columns, "Reported, and said by the model")],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def _search(folder: Path, record: Mapping[str, Any], name: str) -> Section:
    columns = {
        "label": "schedule", "benefit": "benefit", "harm": "harm", "front": "none is better",
        "mean_dose": "mean dose",
    }  # fmt: skip
    return Section(
        f"Schedules {record['search']}{name}",
        (f"{record['patients']} virtual patients, model {record['model']} "
         f"({record['model_hash'][:8]}).",),
        tables=[read_table(folder / "schedules.csv", columns, "Benefit against harm")],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip
