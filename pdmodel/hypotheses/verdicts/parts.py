"""The parts of a hypothesis that its folder holds: its fit, its trial, the moved thresholds.

Each part has the shape of its file, which is checked when it is read, and one way from there to
an object: numbers that JSON cannot hold are null in a file, and NaN or infinite here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pdmodel.storage import each, maybe

FIT_SHAPE = {
    "failure": str, "simulated?": each(maybe(float)), "at_bound?": [str],
    "summary?": {"n_data": int, "n_free": int, "log_likelihood": maybe(float)},
    "values?": each(float),
}  # fmt: skip
_PATTERN_SHAPE = {
    "id": str, "meaning": str, "unit": str, "use": str, "n": int, "model": maybe(float),
    "low": maybe(float), "high": maybe(float),
}  # fmt: skip
TRIAL_SHAPE = {
    "failure": str,
    "patterns": [_PATTERN_SHAPE],
    "numbers": each(float), "patients?": int, "failures?": int, "with_one_number?": [str],
}  # fmt: skip
MOVED_SHAPE = {"rows": [{
    "ids": [str], "bound": str, "default": float, "to": float, "kind": str, "words": str,
    "refitted": bool,
}]}  # fmt: skip
PREDICTED_SHAPE = {
    "question": str, "failure": str, "numbers": each(float),
    "trials": [{"trial": str, "failure": str, "patterns": [_PATTERN_SHAPE]}],
}  # fmt: skip


@dataclass(frozen=True)
class FitPart:
    """The fit of a hypothesis to the typical patients.

    Parameters
    ----------
    failure
        Why there is no fit; empty where there is one.
    simulated
        Simulated value by target; NaN where there is none.
    at_bound
        Parameters that ended at a bound.
    values
        Values of all parameters.
    n_data, n_free, log_likelihood
        Rows of data, free parameters, and the likelihood of these rows; NaN where it is unknown.
    """

    failure: str = ""
    simulated: Mapping[str, float] = field(default_factory=dict)
    at_bound: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    n_data: int = 0
    n_free: int = 0
    log_likelihood: float = math.nan

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> FitPart:
        """Return the part that plain data of its shape stand for."""
        if data["failure"]:
            return cls(data["failure"])
        summary = data["summary"]
        return cls(
            "", numbers_of(data["simulated"]), tuple(data["at_bound"]), data["values"],
            summary["n_data"], summary["n_free"], _number(summary["log_likelihood"], math.nan),
        )  # fmt: skip


@dataclass(frozen=True)
class PatternPart:
    """What the trial of a hypothesis shows of one reported pattern.

    Parameters
    ----------
    id, meaning, unit, use, n
        Fields of the pattern, as in `trial.Pattern`.
    value
        What the trial shows; NaN where it shows nothing.
    low, high
        What is allowed; infinite where open.
    """

    id: str
    meaning: str
    unit: str
    use: str
    n: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> PatternPart:
        """Return the part that a row of the table of a trial stands for."""
        return cls(
            row["id"], row["meaning"], row["unit"], row["use"], row["n"],
            _number(row["model"], math.nan), _number(row["low"], -math.inf),
            _number(row["high"], math.inf),
        )  # fmt: skip

    @property
    def calibrates(self) -> bool:
        """Whether a hypothesis is judged by it; the other patterns are predictions."""
        return self.use == "calibrate"


@dataclass(frozen=True)
class TrialPart:
    """The virtual trial of a hypothesis.

    Parameters
    ----------
    failure
        Why there is no trial; empty where there is one.
    patterns
        What it shows of each reported pattern.
    numbers
        Numbers of the population that were moved, by name.
    """

    failure: str = ""
    patterns: tuple[PatternPart, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> TrialPart:
        """Return the part that plain data of its shape stand for."""
        patterns = tuple(PatternPart.of(row) for row in data["patterns"])
        return cls(data["failure"], patterns, data["numbers"])


@dataclass(frozen=True)
class MovedPart:
    """The verdict on a hypothesis after an assumed threshold was moved.

    Parameters
    ----------
    ids, bound, default, to
        Targets, which of their bounds was moved, and from where to where.
    kind, words
        The verdict there.
    refitted
        Whether the fit was run again.
    """

    ids: tuple[str, ...]
    bound: str
    default: float
    to: float
    kind: str
    words: str
    refitted: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> MovedPart:
        """Return the part that a row of plain data stands for."""
        return cls(**{**row, "ids": tuple(row["ids"])})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**vars(self), "ids": list(self.ids)}


@dataclass(frozen=True)
class PredictedPart:
    """What a hypothesis says of trials that nobody fitted it to.

    Parameters
    ----------
    failure
        Why there are no predictions; empty where there are some.
    trials
        Name of a trial, and what it shows of each reported pattern; one row a trial.
    failures
        Why single trials show nothing, by their names.
    numbers
        Numbers that were moved to the rate of the first trial of the set.
    """

    failure: str = ""
    trials: tuple[tuple[str, tuple[PatternPart, ...]], ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PredictedPart:
        """Return the part that plain data of its shape stand for."""
        rows = data["trials"]
        return cls(
            data["failure"],
            tuple((r["trial"], tuple(map(PatternPart.of, r["patterns"]))) for r in rows),
            {row["trial"]: row["failure"] for row in rows if row["failure"]}, data["numbers"],
        )  # fmt: skip


@dataclass(frozen=True)
class HypothesisParts:
    """All that is stored of a hypothesis; a verdict on it is made of its fit and its trial."""

    fit: FitPart
    trial: TrialPart
    moved: tuple[MovedPart, ...] = ()
    predicted: PredictedPart | None = None


def numbers_of(values: Mapping[str, float | None]) -> dict[str, float]:
    """Return numbers by name, NaN where there is null."""
    return {name: _number(value, math.nan) for name, value in values.items()}


def _number(value: float | None, otherwise: float) -> float:
    return otherwise if value is None or math.isnan(value) else float(value)
