"""The sections on a fit, on profiles and on a sensitivity: their stored tables as tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pdmodel.hypotheses.data_rivals import COLUMNS, read_rivals
from pdmodel.inference.fit.folder import read_result
from pdmodel.inference.fit.record import (
    FitRecord,
    agreement,
    allowed_of,
    assumptions,
    held_values,
    rows_in_words,
    target_unit,
    who_chose,
)
from pdmodel.inference.profile.folder import read_predictions, read_profile
from pdmodel.inference.profile.record import ProfileRecord
from pdmodel.inference.sensitivity.sensitivity import factor_text
from pdmodel.report.courses import is_of_courses
from pdmodel.report.section import Section, Table, shown
from pdmodel.report.sources import pictures_of, read_table
from pdmodel.storage import read_frame, read_shaped
from pdmodel.text import capitalised, counted, days_text, range_text

_PREDICTIONS = "predictions"
_SENSITIVITY = {
    "model": str, "model_hash": str, "regimen": str, "horizon_days": float, "point": str,
    "rank": int,
}  # fmt: skip


Verdicts = Mapping[tuple[str, str, str, str], str]
"""By name and hash of a model, parameter and group what a profile says of it, in words.

Models that differ in their values alone have one hash.
"""


def profiled(folders: Iterable[Path]) -> Verdicts:
    """Return the verdicts of all profiles of parameters that lie in some folders."""
    verdicts: dict[tuple[str, str, str, str], str] = {}
    for folder in folders:
        if (folder / "profile.json").is_file():
            record = read_profile(folder)
            for row in record.parameters.itertuples():
                who = record.model, record.model_hash
                verdicts[*who, row.parameter, row.group or ""] = row.words
    return verdicts


def fit_section(folder: Path, name: str, verdicts: Verdicts | None = None) -> Section:
    """Return the section on the fit in a folder, `name` being what tells it from others.

    Parameters
    ----------
    folder, name
        The folder, and words.
    verdicts
        Of profiles on the same page; where there is one, it is the answer.
    """
    record = read_result(folder)
    tables = [_targets(record), _parameters(record, verdicts or {}), _starts(record)]
    return Section(
        f"Fit{name}",
        (_head(record), _statistics(record), f"{assumptions(record)} {_evidence(record)}"),
        [*who_chose(record), *(f"{line}." for line in held_values(record))],
        [table for table in (*tables, _moved(record), _null(record)) if table.rows],
        pictures_of(folder / "figures", lambda stem: not is_of_courses(stem)),
    )


def _head(record: FitRecord) -> str:
    """Say what was fitted under what, and how many targets are met, where there are any."""
    summary = record.summary
    met = (
        f": {summary['targets_met']} of {counted(summary['targets'], 'target')} {_are(summary)} met"
    )
    return (
        f"Model {record.model} under {record.regimen}, {days_text(record.horizon_days)}"
        f"{met if summary['targets'] else ''}. "
        f"Seed {record.seed}, model hash {record.model_hash[:12]}."
    )


def _are(summary: Mapping[str, Any]) -> str:
    return "is" if summary["targets"] == 1 else "are"


def _statistics(record: FitRecord) -> str:
    """Say how likely the rows are, patterns and measured values counted apart."""
    summary = record.summary
    alone = f"The measured values alone have {shown(summary.get('measured_log_likelihood'))}; "
    of_data = "" if record.data is None else (
        f" {alone if summary['targets'] else ''}BIC is {shown(summary['bic'])}."
    )  # fmt: skip
    return (
        f"The log-likelihood of {rows_in_words(record)} is {shown(summary['log_likelihood'])} with "
        f"{counted(summary['n_free'], 'free parameter')}; AICc is {shown(summary['aicc'])}."
        f"{of_data}"
    )


def _evidence(record: FitRecord) -> str:
    """Say of what kind the evidence is."""
    what = "The evidence is patterns, not time courses: agreement shows"
    if "n_measured" in record.summary:
        both = "patterns and measured values" if len(record.targets) else "measured values"
        what = f"The evidence is {both}: agreement shows"
    return f"{what} that the model suffices, not that it is true."


def _targets(record: FitRecord) -> Table:
    rows = [
        (t.id, t.group, t.observable, t.kind, shown(t.day), target_unit(record, t), allowed_of(t),
         shown(t.simulated), "yes" if t.met else "NO", shown(t.source))
        for t in record.targets.itertuples()
    ]  # fmt: skip
    return Table(
        ("target", "group", "observable", "kind", "day", "unit", "allowed", "simulated", "met",
         "source"), rows,
        "What each target allows, and what the model gives with the best parameters.",
    )  # fmt: skip


def _parameters(record: FitRecord, verdicts: Verdicts) -> Table:
    varied, who = record.parameters[record.parameters["vary"]], (record.model, record.model_hash)
    said = [
        verdicts.get((*who, str(p.name).partition("__")[0], p.group or ""), "")
        for p in varied.itertuples()
    ]
    rows = [
        (p.name, p.group or "all", p.unit, shown(p.init), shown(p.value), _error(p),
         range_text(p.min, p.max), shown(p.identifiability), *([words or "-"] if any(said) else []),
         shown(p.status))
        for p, words in zip(varied.itertuples(), said, strict=True)
    ]  # fmt: skip
    local = "The width is local: what the curvature at the best value says."
    profiled = (
        "Where a profile was made, it looked at the whole range, and its word is the one that "
        "counts." if any(said) else
        "Whether a parameter is identified only its profile says (`pdmodel profile`)."
    )  # fmt: skip
    return Table(
        ("parameter", "group", "unit", "start", "best", "std. error", "bounds", "width",
         *(["by profile"] if any(said) else []), "status"), rows,
        "Each free parameter: where it began, its best value, and how well it is known. "
        f"{local} {profiled}",
    )  # fmt: skip


def _error(parameter: Any) -> str:
    """Return the standard error of a parameter, or why it has none."""
    if math.isnan(parameter.stderr):
        return f"- ({parameter.stderr_reason})"
    return shown(parameter.stderr)


def _starts(record: FitRecord) -> Table:
    rows = [
        (str(number), f"{start.cost:.6g}" if not math.isnan(start.cost) else "-", start.status,
         shown(start.nfev), shown(start.njev), start.message.replace("`", ""))
        for number, start in enumerate(record.starts.itertuples())
    ]  # fmt: skip
    return Table(
        ("start", "cost", "status", "evaluations", "Jacobians", "how it ended"), rows,
        f"Of the starts, {agreement(record)}.",
    )  # fmt: skip


def _moved(record: FitRecord) -> Table:
    rows = [] if record.moved is None else [
        (row.id, row.bound, shown(row.default), f"{row[4]:g} to {row.to:g}", shown(row.simulated),
         row.verdict)
        for row in record.moved.itertuples()
    ]  # fmt: skip
    return Table(
        ("target", "bound", "default", "moved over", "simulated", "verdict"), rows,
        "Each assumed bound was moved over its range at the best parameters; nothing was refitted.",
    )  # fmt: skip


def _null(record: FitRecord) -> Table:
    null = record.targets[:0] if record.null_targets is None else record.null_targets
    rows = [
        (t.id, t.group, target_unit(record, t), allowed_of(t), shown(t.simulated))
        for t in null[~null["met"]].itertuples()
    ]
    return Table(
        ("target", "group", "unit", "allowed", "simulated"), rows,
        f"The null model, without any effect of the drug, misses {len(rows)} of {len(null)} "
        "targets with the same parameters.",
    )  # fmt: skip


def rivals_section(folder: Path, name: str) -> Section:
    """Return the section on rival models fitted to the same data; each fit follows in its own."""
    rivals = read_rivals(folder)
    words = {"log_likelihood": "log L", "aicc": "AICc", "bic": "BIC", "delta_aicc": "delta AICc",
             "delta_bic": "delta BIC"}  # fmt: skip
    return Section(
        f"Rival models{name}",
        (rivals.conclusion,),
        tables=[Table.of(
            rivals.table[list(COLUMNS)].rename(columns=words),
            f"The same values of {rivals.data} for all: n values, k numbers estimated, the error's "
            "included; values beyond a limit count as one each.",
        )],
        pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def profile_section(folder: Path, name: str) -> Section:
    """Return the section on the profiles of parameters in a folder."""
    caption = "The best value of each parameter, and how far the evidence lets it go."
    return _profiles(read_profile(folder), folder, f"Profiles{name}", caption)


def prediction_section(folder: Path, name: str) -> Section:
    """Return the section on the profiles of predictions in a folder."""
    caption = "What the best fit predicts, and how far the evidence lets the prediction go."
    return _profiles(read_predictions(folder), folder, f"Predictions{name}", caption)


def _profiles(record: ProfileRecord, folder: Path, title: str, caption: str) -> Section:
    own = record.SUBJECT == _PREDICTIONS  # both kinds may lie in one folder
    columns, rows = record.summary()
    return Section(
        title, (" ".join(map(capitalised, _sentences(record))),),
        [line for line in record.remarks() if line], [Table(columns, rows, caption)],
        pictures_of(folder / "figures", lambda stem: (stem == _PREDICTIONS) == own),
    )  # fmt: skip


def _sentences(record: ProfileRecord) -> list[str]:
    """Return what stands above the table of a report; its second sentence may be two lines."""
    first, *meaning, cost = record.heading()[: -1 if record.improved else None]
    last = record.heading()[-1:] if record.improved else []
    return [f"{first}.", f"{' '.join(meaning)}.", f"{cost}.", *last]


def sensitivity_section(folder: Path, name: str) -> Section:
    """Return the section on the sensitivity in a folder."""
    said = read_shaped(folder / "sensitivity.json", _SENSITIVITY)
    tables = [_known(folder), _combinations(folder)]
    if (folder / "sobol.csv").is_file():
        columns = {
            "target": "target", "parameter": "parameter", "first": "alone", "total": "in all",
            "total_error": "+-",
        }  # fmt: skip
        tables.append(read_table(
            folder / "sobol.csv", columns,
            "Share of the spread of each target that is due to a parameter, alone and with others, "
            "and half of its 95 % interval (Sobol indices).",
        ))  # fmt: skip
    return Section(
        f"Sensitivity{name}",
        (f"Model {said['model']} under {said['regimen']}, {days_text(said['horizon_days'])}, near "
         f"the {said['point']}; rank {said['rank']}, model hash {said['model_hash'][:12]}.",
         "This is what measurements as precise as the soft edges of the targets would say; the "
         "windows say less. So what is not identified here is not identified by these targets."),
        tables=tables, pictures=pictures_of(folder / "figures"),
    )  # fmt: skip


def _known(folder: Path) -> Table:
    names = ("name", "value", "unit", "log", "influence", "stderr", "verdict")
    rows = [
        (row["name"], shown(row["value"]), shown(row["unit"]), shown(row["influence"]),
         factor_text(row["stderr"]) if row["log"] else shown(row["stderr"]), shown(row["verdict"]))
        for row in read_frame(folder / "parameters.csv", names).to_dict("records")
    ]  # fmt: skip
    return Table(
        ("parameter", "value", "unit", "slope", "known within", "verdict"), rows,
        "How strongly the targets answer to each parameter, and how well they would know it: one "
        "standard error, by the slopes alone.",
    )  # fmt: skip


def _combinations(folder: Path) -> Table:
    names = ("number", "singular_value", "spread", "verdict", "written")
    rows = [
        (shown(row["number"]), shown(row["singular_value"]), factor_text(row["spread"]),
         shown(row["verdict"]), shown(row["written"]))
        for row in read_frame(folder / "local.csv", names).to_dict("records")
    ]  # fmt: skip
    return Table(
        ("", "slope", "known within", "verdict", "combination"),
        rows,
        "Combinations of parameters, the best known first, with exponents above 0.2 in size.",
    )
