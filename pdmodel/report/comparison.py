"""The sections on a comparison: the answer first, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pdmodel.catalogue import model_of
from pdmodel.errors import InputError
from pdmodel.report.evidence import evidence_point
from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of, read_table
from pdmodel.report.why import SHAPE, is_reason, why_section
from pdmodel.storage import cell, each, read_shaped
from pdmodel.text import counted

PREDICTIONS_MAP = "predictions_map"
_VERDICTS = {
    "title": str, "seed": int, "plan": each(float), "table": [each(cell)],
    "findings": [each(cell)], "predicted?": [each(cell)], "groups?": [str],
    "references?": each(str), **SHAPE,
    "hypotheses": [{
        **dict.fromkeys(("name", "model", "model_hash", "claim", "refuted_by"), str),
        "verdict": {"kind": str, "words": str}, "fragile": [str],
    }],
}  # fmt: skip
_DECIDING = {
    "best": [str], "patients": int, "hypotheses": [{"name": str, "members": int}],
}  # fmt: skip
_MOST = 15
"""Measurements in the table of those that would decide."""
_MANIFEST = {
    "command": str, "python": str, "versions": each(str), "jobs": int, "seconds": float,
}  # fmt: skip


def comparison_sections(folder: Path) -> tuple[str, list[Section], list[Section]]:
    """Return the title of a comparison's page, its first sections and its last.

    Raises
    ------
    InputError
        If the folder is damaged.
    """
    verdicts = read_shaped(folder / "verdicts.json", _VERDICTS)
    try:
        first = [
            _summary(verdicts, folder), _verdicts(verdicts), _map(folder), _robust(verdicts),
            _likelihood(verdicts), _predicted(verdicts, folder), _found_before(verdicts),
            *_deciding(folder),
            *why_section(verdicts, folder),
        ]  # fmt: skip
        last = [_assumptions(folder, verdicts), _provenance(folder, verdicts)]
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder} is damaged: {error!r} is missing") from error
    return verdicts["title"], [section for section in first if section is not None], last


def _summary(verdicts: Mapping[str, Any], folder: Path) -> Section:
    """Say which survive, which fall and by what, which are fragile, and what would decide."""
    groups = {
        kind: [row for row in verdicts["hypotheses"] if row["verdict"]["kind"] == kind]
        for kind in ("survives", "borderline", "refuted", "not judged")
    }
    fragile = [row["name"] for row in verdicts["hypotheses"] if row["fragile"]]
    points = [
        f"Survive: {_names(groups['survives'])}.",
        f"Borderline, which miss something by less than the width of its edge: "
        f"{_names(groups['borderline'])}.",
        f"Fall, each by the patterns below: {_names(groups['refuted'])}.",
        *(f"{row['name']} {row['verdict']['words']}." for row in groups["not judged"]),
        f"Fragile, turned by an assumed threshold within its range: "
        f"{', '.join(fragile) or 'none'}.",
    ]
    file = folder / "discriminate" / "discrimination.json"
    if file.is_file():
        best = read_shaped(file, _DECIDING)["best"]
        points += [f"Most telling measurement {n}: {text}." for n, text in enumerate(best, 1)]
    points += evidence_point(folder / "evidence")
    count = len(verdicts["hypotheses"])
    were = "was" if count == 1 else "were"
    stand = len(groups["survives"]) + len(groups["borderline"])
    return Section(
        "In short",
        (
            f"{counted(count, 'hypothesis', 'hypotheses')} {were} held against what was reported: "
            f"on "
            f"{_typical(verdicts.get('groups', ()))}, and in a virtual trial. {_are(stand)} not "
            f"refuted, {_are(len(groups['refuted']))}.",
            "A hypothesis that survives suffices to explain the patterns; it need not be true. "
            "The evidence is patterns of groups, not time courses of patients.",
        ),
        points,
        [_fallen(groups["refuted"])] if groups["refuted"] else [],
    )


def _are(count: int) -> str:
    return f"{count or 'none'} {'is' if count == 1 else 'are'}"


def _typical(groups: Sequence[str]) -> str:
    """Say how many typical patients there are, and who they are."""
    count = len(groups)
    number = ("no", "one", "two", "three", "four", "five", "six")[count] if count < 7 else count
    plural = "" if count == 1 else "s"
    return (
        f"{number} typical patient{plural} ({', '.join(groups)})" if groups else "typical patients"
    )


def _fallen(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Say by which pattern each hypothesis falls."""
    words = [(row["name"], row["verdict"]["words"].removeprefix("refuted by ")) for row in rows]
    return Table(
        ("falls", "misses what was reported (found; allowed)"), words,
        "Which fall, and by which pattern",
    )  # fmt: skip


def _names(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(row["name"] for row in rows) or "none"


def _verdicts(verdicts: Mapping[str, Any]) -> Section:
    rows = [
        (row["name"], row["verdict"]["words"], row["claim"], row["refuted_by"])
        for row in verdicts["hypotheses"]
    ]
    columns = ("hypothesis", "verdict", "claims that", "would be refuted by")
    return Section("Verdicts", tables=[Table(columns, rows)])


def _map(folder: Path) -> Section:
    return Section(
        "Hypotheses and targets",
        ("A number says by how many widths of its edge a target is missed; beyond 1 it refutes. "
         "The verdict stands beside each name.",),
        pictures=pictures_of(
            folder / "figures", lambda stem: not is_reason(stem) and stem != PREDICTIONS_MAP
        ),
    )  # fmt: skip


def _robust(verdicts: Mapping[str, Any]) -> Section:
    points = [
        f"{row['name']}: {flip}." for row in verdicts["hypotheses"] for flip in row["fragile"]
    ] or ["No verdict turns."]
    return Section(
        "What the verdicts owe to our assumptions",
        ("Each assumed threshold was moved to either end of its range, and the fit run again "
         "where that could change the verdict.",),
        points,
    )  # fmt: skip


def _likelihood(verdicts: Mapping[str, Any]) -> Section:
    columns = {
        "hypothesis": "hypothesis", "targets_met": "targets met", "targets": "of",
        "patterns_met": "patterns met", "patterns": "of ", "log_likelihood": "log L",
        "n_free": "free", "aicc": "AICc", "bic": "BIC", "weight": "evidence weight",
        "numbers": "moved in the trial", "why_not": "why no criterion",
    }  # fmt: skip
    table = pd.DataFrame(verdicts["table"])[list(columns)].rename(columns=columns)
    return Section(
        "Likelihood and evidence weights",
        ("Rows of data only; priors and assumed thresholds are no data. AICc = 2k - 2 log L + "
         "2k(k+1)/(n-k-1); BIC = k log n - 2 log L; weights are exp(-d/2) over their sum, d the "
         "distance of AICc to the lowest (Burnham & Anderson 2002, Schwarz 1978). The weights "
         "know nothing of the virtual trial.",),
        tables=[Table.of(table)],
    )  # fmt: skip


def _predicted(verdicts: Mapping[str, Any], folder: Path) -> Section | None:
    """Show what each says of trials that nobody was fitted to, apart from the verdicts."""
    rows = verdicts.get("predicted")
    if not rows:
        return None
    columns = {
        "hypothesis": "hypothesis", "inside": "inside", "predicted": "of",
        "near": "missed by less than an edge", "far": "by more", "farthest": "farthest off",
        "numbers": "moved to the rate", "why_not": "not run",
    }  # fmt: skip
    table = pd.DataFrame(rows)[list(columns)]
    empty = [name for name in columns if table[name].eq("").all()]
    return Section(
        "Other trials, predicted without tuning",
        ("Each hypothesis had its rate of responses met in one trial, and was then asked about the "
         "others. The verdicts above know nothing of it: what was fitted and what was predicted "
         "are kept apart.",),
        tables=[Table.of(table.drop(columns=empty).rename(columns=columns))],
        pictures=pictures_of(folder / "figures", lambda stem: stem == PREDICTIONS_MAP),
    )  # fmt: skip


def _found_before(verdicts: Mapping[str, Any]) -> Section | None:
    if not verdicts["findings"]:
        return None
    table = pd.DataFrame(verdicts["findings"])[["finding", "expected", "found", "reproduced"]]
    asked = table[table["reproduced"] != "not asked"]
    left = len(table) - len(asked)
    are = "is" if left == 1 else "are"
    words = (
        [f"{counted(left, 'further finding')} of before {are} left out: not all hypotheses that "
         "they name were compared here."] if left else []
    )  # fmt: skip
    if asked.empty:
        return None
    return Section("Found before, and found again?", words, tables=[Table.of(asked)])


def _deciding(folder: Path) -> list[Section]:
    place = folder / "discriminate"
    if not (place / "discrimination.json").is_file():
        return []
    record = read_shaped(place / "discrimination.json", _DECIDING)
    columns = {
        "measurement": "measurement", "power": "power", "least": "of the hardest pair",
        "worst_pair": "hardest pair", "needed": "patients for 0.8",
    }  # fmt: skip
    table = read_table(place / "measurements.csv", columns)
    names = ", ".join(
        f"{h['name']} ({counted(h['members'], 'parameter set')})" for h in record["hypotheses"]
    )
    return [
        Section(
            "What would decide",
            (f"Told apart: {names}. Power is the mean chance, over pairs and over which of the two "
             f"is true, that the other is rejected at the 5 % level with "
             f"{counted(record['patients'], 'patient')} in each group and arm. The spread between "
             "patients and the errors of the assays are assumed.",),
            tables=[Table(table.columns, table.rows[:_MOST], _most_powerful(len(table.rows)))],
            pictures=pictures_of(place / "figures"),
        )
    ]  # fmt: skip


def _most_powerful(count: int) -> str:
    return f"The {_MOST} most powerful of {count}" if count > _MOST else "All measurements"


def _assumptions(folder: Path, verdicts: Mapping[str, Any]) -> Section:
    """List what the verdicts rest on, every number with its source and status."""
    fit = next(
        (place for row in verdicts["hypotheses"] if _is_name(row["name"])
         if (place := folder / "hypotheses" / row["name"] / "fit" / "targets.csv").is_file()),
        None,
    )  # fmt: skip
    tables = []
    if fit is not None:
        targets = {
            "id": "target", "group": "group", "observable": "observable", "kind": "kind",
            "day": "day", "low": "from", "high": "to", "direction_status": "direction",
            "threshold_status": "threshold", "source": "source",
        }  # fmt: skip
        parameters = {
            "name": "parameter", "group": "group", "unit": "unit", "value": "value", "min": "from",
            "max": "to", "vary": "fitted", "status": "status", "source": "source",
        }  # fmt: skip
        name = fit.parent.parent.name
        tables = [
            read_table(fit, targets, "Targets of the typical patients"),
            read_table(fit.parent / "parameters.csv", parameters, f"Parameters, fitted to {name}"),
        ]
    return Section(
        "Assumptions and sources",
        ("Status of a number: reported, derived, calibrated or assumed. Keys of sources are those "
         "of the bibliography of the models, listed below.",),
        [f"{key}: {text}" for key, text in _references(verdicts).items()],
        tables,
    )  # fmt: skip


def _is_name(name: str) -> bool:
    """Whether a name leads to no other folder."""
    return not set(name) & {"/", "\\", "\0"} and name not in (".", "..")


def _references(verdicts: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the references of the models that were compared, not of all that are published."""
    if "references" in verdicts:
        return dict(verdicts["references"])
    sources: dict[str, str] = {}
    for row in verdicts["hypotheses"]:  # what an older pdmodel compared
        model = model_of(row["model"], row["model_hash"])
        sources |= {} if model is None else model.vocabulary.references
    return sources


def _provenance(folder: Path, verdicts: Mapping[str, Any]) -> Section:
    manifest = read_shaped(folder / "manifest.json", _MANIFEST)
    points = [
        f"Command: {manifest['command']}",
        f"Seed {verdicts['seed']}; {', '.join(f'{k} {v}' for k, v in verdicts['plan'].items())}",
        f"Python {manifest['python']}; "
        + ", ".join(f"{name} {version}" for name, version in manifest["versions"].items()),
        f"{counted(manifest['jobs'], 'worker')}, {manifest['seconds']:.0f} s",
    ]
    rows = [(row["name"], row["model_hash"]) for row in verdicts["hypotheses"]]
    return Section("Where it comes from", (), points, [Table(("hypothesis", "model hash"), rows)])
