"""How hypotheses fare on trials that nobody fitted them to; their verdicts know nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pdmodel.hypotheses.verdicts.misses import pattern_beyond, pattern_misses
from pdmodel.hypotheses.verdicts.parts import HypothesisParts
from pdmodel.hypotheses.verdicts.verdict import REFUTES

COLUMNS = ("hypothesis", "trial", "id", "words", "unit", "value", "low", "high", "by", "inside")
SUMMARY = ("hypothesis", "predicted", "inside", "near", "far", "farthest", "why_not", "numbers")


def prediction_table(stored: Mapping[str, HypothesisParts]) -> pd.DataFrame:
    """Return a row a hypothesis and reported pattern of another trial.

    Parameters
    ----------
    stored
        The parts of each hypothesis, by name.

    Returns
    -------
    DataFrame
        `hypothesis`, `trial`, `id`, `words`, `unit`; the predicted `value`, NaN where the trial
        shows none; `low` and `high`, which were reported; `by` how many widths of its edge it is
        outside; and `inside`.
    """
    rows = [
        {
            "hypothesis": name, "trial": trial, "id": p.id, "words": p.meaning, "unit": p.unit,
            "value": p.value, "low": p.low, "high": p.high, "by": pattern_beyond(p),
            "inside": not pattern_beyond(p),
        }
        for name, parts in stored.items()
        for trial, patterns in (parts.predicted.trials if parts.predicted else ())
        for p in patterns
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def prediction_summary(stored: Mapping[str, HypothesisParts]) -> pd.DataFrame:
    """Return a row a hypothesis that predicted: how much came out, and what is farthest off.

    Parameters
    ----------
    stored
        The parts of each hypothesis, by name.

    Returns
    -------
    DataFrame
        `hypothesis`; of the patterns `predicted` how many are `inside`, `near` (missed by less than
        the width of their edge) and `far`; the `farthest` miss in words; `why_not` where trials
        could not be run; `numbers` that were moved.
    """
    rows = [_summary(name, parts) for name, parts in stored.items() if parts.predicted]
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _summary(name: str, parts: HypothesisParts) -> dict[str, Any]:
    part = parts.predicted
    assert part is not None
    count = sum(len(patterns) for _, patterns in part.trials)
    missed = [(m, trial) for trial, patterns in part.trials for m in pattern_misses(patterns)]
    misses = [miss for miss, _ in missed]
    farthest, where = max(missed, key=lambda each: each[0].by, default=(None, ""))
    near = sum(miss.by <= REFUTES for miss in misses)
    why = [part.failure] if part.failure else [f"{t}: {w}" for t, w in part.failures.items()]
    return {
        "hypothesis": name, "predicted": count, "inside": count - len(misses),
        "near": near, "far": len(misses) - near,
        "farthest": f"{farthest.sentence}, {where}" if farthest else "",
        "why_not": "; ".join(why),
        "numbers": ", ".join(f"{key} {value:.3g}" for key, value in part.numbers.items()),
    }  # fmt: skip
