"""The sections on virtual trials, several of them together, predictions and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of, read_table
from pdmodel.storage import maybe, read_frame, read_shaped
from pdmodel.text import capitalised, counted

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
_TOGETHER = {"trials": [str], "patients": int, "seed": int}
"""How the record of trials that were run together looks."""


def trial_section(folder: Path, name: str) -> Section:
    """Return the section on a virtual trial, or on a search of schedules, in a folder."""
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
    name = "" if name == f" ({record['trial']})" else name  # its folder says no more
    reported = record.get("patterns") != []  # else there is nothing to hold it against
    caption = "Reported and predicted patterns"
    return Section(
        f"Virtual trial {record['trial']}{name}",
        (f"{counted(record['patients'], 'virtual patient')}, model {record['model']} "
         f"({record['model_hash'][:8]}), seed {record.get('seed', '-')}.{weighted}"
         f"{'' if reported else ' No patterns were reported of this trial.'}",),
        tables=[read_table(folder / "table.csv", columns, caption)] if reported else [],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def trials_section(folder: Path, name: str) -> Section:
    """Return the section on several trials together: what they share, before each of them."""
    if (folder / "predictions.csv").is_file():
        return _predicted(folder, name)
    record = read_shaped(folder / "trials.json", _TOGETHER)
    asked = [str(trial).replace("_", " ") for trial in record["trials"]]
    weighted = (
        [f"Patients count as often as {asked[0]} had such patients; their weights are in "
         "weights.csv."] if (folder / "weights.csv").is_file() else []
    )  # fmt: skip
    moved = folder / "calibration.csv"
    if moved.is_file():
        weighted.append(f"The population was calibrated on {asked[0]}, and on nothing else.")
    return Section(
        f"Trials together{name}",
        (f"{', '.join(asked)}: {counted(record['patients'], 'virtual patient')} in each, the same "
         f"where their populations are the same; seed {record['seed']}.", *weighted),
        tables=[_calibrated(moved)] if moved.is_file() else [],
        pictures=pictures_of(folder / "figures", captions=_time_to),
    )  # fmt: skip


def _time_to(stem: str) -> str:
    """Return the caption of a figure of the time to an event, of all trials, by its name."""
    words = stem.replace("_", " ")
    return f"{capitalised(words)}: the time to the event in all trials."


def _calibrated(file: Path) -> Table:
    """Return what the calibration moved."""
    return Table.of(read_frame(file, ()), "What the calibration moved.")


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
        pictures=pictures_of(folder / "figures", captions=_time_to),
    )  # fmt: skip


def _search(folder: Path, record: Mapping[str, Any], name: str) -> Section:
    columns = {
        "label": "schedule", "benefit": "benefit", "harm": "harm", "front": "none is better",
        "mean_dose": "mean dose",
    }  # fmt: skip
    return Section(
        f"Schedules {record['search']}{name}",
        (f"{counted(record['patients'], 'virtual patient')}, model {record['model']} "
         f"({record['model_hash'][:8]}).",),
        tables=[read_table(folder / "schedules.csv", columns, "Benefit against harm")],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip
