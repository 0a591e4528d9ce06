"""The section on evidence by nested sampling."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pdmodel.errors import InputError
from pdmodel.report.section import Section, Table
from pdmodel.report.sources import pictures_of
from pdmodel.storage import cell, each, read_shaped
from pdmodel.text import counted

FILE = "evidence.json"
_SHAPE = {
    "plan": each(float), "table": [each(cell)], "pairs": [each(cell)], "agreement": str,
}  # fmt: skip
_TABLE = {
    "hypothesis": "hypothesis", "log_evidence": "log Z", "error": "standard error",
    "weight": "weight", "aicc_weight": "weight by AICc", "log_likelihood": "best log L",
    "n_free": "free", "aicc": "AICc", "information": "learnt (nats)", "calls": "points",
    "impossible": "of them impossible", "failure": "why none",
}  # fmt: skip
_PAIRS = {
    "first": "first", "second": "over second", "log_bayes": "log Bayes factor",
    "error": "standard error", "half_aicc": "half the AICc between", "agreement": "ranked alike",
}  # fmt: skip


def evidence_section(folder: Path, name: str = "") -> Section:
    """Return the section of a folder of `pdmodel evidence`.

    Raises
    ------
    InputError
        If the folder is damaged.
    """
    record = read_shaped(folder / FILE, _SHAPE)
    try:
        plan = record["plan"]
        tables = [
            Table.of(pd.DataFrame(record["table"])[list(_TABLE)].rename(columns=_TABLE)),
            Table.of(
                pd.DataFrame(record["pairs"], columns=list(_PAIRS)).rename(columns=_PAIRS),
                "Pairs of hypotheses",
            ),
        ]
        words = (
            f"{record['agreement']} log Z is the logarithm of the mean likelihood of the rows of "
            "data under the prior, found by nested sampling "
            f"({counted(int(plan['runs']), 'run')} of {plan['live']} live points, "
            f"seed {plan['seed']}). Weights "
            "suppose that these hypotheses, and no other, were equally likely before. Z depends "
            "on how wide the priors are: they are the bounds of the fit, which are assumed.",
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder / FILE} is damaged: {error!r} is missing") from error
    pictures = pictures_of(folder / "figures")
    shown = [table for table in tables if table.rows]
    return Section(f"Evidence by nested sampling{name}", words, (), shown, pictures)


def evidence_point(folder: Path) -> list[str]:
    """Return the evidence in one sentence for the summary; none where there is none."""
    if not (folder / FILE).is_file():
        return []
    record = read_shaped(folder / FILE, _SHAPE)
    rows = [row for row in record["table"] if row["weight"] is not None]
    weights = ", ".join(f"{row['hypothesis']} {row['weight']:.2f}" for row in rows)
    return [f"Probability by nested sampling, if one of these is true: {weights}."]
