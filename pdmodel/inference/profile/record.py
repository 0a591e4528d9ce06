"""The profiles of parameters and of predictions as plain rows and tables, written and read back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import pandas as pd

from pdmodel.markup import card, paragraph, table
from pdmodel.storage import each, maybe
from pdmodel.text import rounded, table_lines

SCHEMA_VERSION = 1
PARAMETER_COLUMNS = (
    "name", "parameter", "group", "unit", "best", "min", "max", "low", "high", "verdict", "words",
    "partner", "partner_slope",
)  # fmt: skip
POINT_COLUMNS = (
    "name", "direction", "value", "cost", "rise", "status", "message", "at_bound", "nfev", "njev",
    "values",
)  # fmt: skip
_NUMBERS = {"best", "min", "max", "low", "high", "partner_slope", "value", "cost", "rise"}
_POINT = {
    "name": str, "direction": str, "value": float, "cost": maybe(float), "rise": maybe(float),
    "status": str, "message": str, "at_bound": [str], "nfev": int, "njev": int,
    "values": each(float),
}  # fmt: skip
# A cost that is lower by more than this share of the rise says that the fit was no minimum.
_CLEARLY = 1e-2


@dataclass(frozen=True, repr=False)
class ProfileRecord:
    """What profiles found, whatever was profiled.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        What was fitted, under what; the seed is that of the fit, None if there was none.
    level, rise
        Confidence level, and the rise of the cost it stands for: half a chi-square quantile.
    given_cost, best_cost
        Cost of the fit that was handed over, and the lowest that was found.
    free
        Free parameters at the lowest cost.
    rows
        A row a profile; the class says which columns.
    curve
        A row a point, with `POINT_COLUMNS`; a failed one has no cost. Directions are `down`, `up`,
        `start` (where both begin) and `best` (the lowest cost, where another profile found it).
    """

    model: str
    model_hash: str
    seed: int | None
    regimen: str
    horizon_days: float
    level: float
    rise: float
    given_cost: float
    best_cost: float
    free: Mapping[str, float]
    rows: Sequence[Mapping[str, Any]]
    curve: Sequence[Mapping[str, Any]]

    SUBJECT: ClassVar[str]
    """What the rows are, as it is written in files."""
    ROW: ClassVar[Mapping[str, Any]]
    """How a row looks."""

    @property
    def improved(self) -> bool:
        """Whether a cost was found that is lower than that of the fit: it was no minimum."""
        return clearly_lower(self.given_cost - self.best_cost, self.rise)

    @property
    def points(self) -> pd.DataFrame:
        """A row a point, with a column `at NAME` for every free parameter."""
        table = make_frame(self.curve, POINT_COLUMNS[:-1], _NUMBERS)
        table["at_bound"] = [";".join(names) for names in table["at_bound"]]
        values = [row["values"] for row in self.curve]
        others = {f"at {name}": [row[name] for row in values] for name in self.free}
        return table.assign(**others)

    def to_dict(self) -> dict[str, Any]:
        """Return what is stored: plain data, null where there is no number."""
        own = {key: value for key, value in self.__dict__.items() if key not in ("rows", "curve")}
        return {
            "schema_version": SCHEMA_VERSION,
            **own,
            "free": dict(self.free),
            "improved": self.improved,
            self.SUBJECT: [dict(row) for row in self.rows],
            "points": [dict(row) for row in self.curve],
        }

    @classmethod
    def shape(cls) -> dict[str, Any]:
        """Return how the stored record looks."""
        return {
            "model": str, "model_hash": str, "seed": maybe(int), "regimen": str,
            "horizon_days": float, "level": float, "rise": float, "given_cost": float,
            "best_cost": float, "free": each(float), cls.SUBJECT: [cls.ROW],
            "points": [_POINT],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build a record from what `to_dict` gave."""
        named = {"rows": cls.SUBJECT, "curve": "points"}
        return cls(**{field.name: data[named.get(field.name, field.name)] for field in fields(cls)})

    def report(self) -> str:
        """Return the verdicts in words and a table."""
        table = table_lines(*self.summary(), right={2})
        return "\n".join([*self.heading(), "", *table, *self.remarks()]) + "\n"

    def heading(self) -> list[str]:
        """Return what stands above the table: what was profiled, what an interval is, the cost."""
        points, failed = len(self.curve), sum(row["status"] == "failed" for row in self.curve)
        lines = [
            f"Profiles of model {self.model!r} under {self.regimen!r}, {self.horizon_days:g} days",
            *self._meaning(),
            f"best cost {self.best_cost:.6g}, {points} points, {failed} failed; "
            f"seed {'-' if self.seed is None else self.seed}; model hash {self.model_hash[:12]}",
        ]
        if self.improved:
            lines.append(
                f"The fit was no minimum: its cost {self.given_cost:.6g} was undercut, and "
                "intervals count from the lower one. Fit again, from more starts."
            )
        return lines

    def _meaning(self) -> Sequence[str]:
        """Say what an interval is."""
        return (
            f"{self.level:.0%} intervals: the cost rises by {rounded(self.rise)}; all other free "
            "parameters are fitted again at every point",
        )

    def summary(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return headings and cells of a table that is printed."""
        raise NotImplementedError

    def remarks(self) -> Sequence[str]:
        """Return what is said below the table."""
        return ()

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the verdicts, and what an interval is."""
        facts = self.heading()[1 + len(self._meaning()) :]
        words = map(paragraph, (" ".join(self._meaning()), *facts, *self.remarks()))
        title = f"Profiles of model {self.model}"
        verdicts = table(*self.summary(), right={2}, largest=20_000)
        return card(title, f"{self.regimen}; {self.horizon_days:g} days", verdicts, *words)

    def __repr__(self) -> str:
        """Name the model, and say how many profiles there are."""
        return (
            f"<{type(self).__name__} of model {self.model}: {len(self.rows)} {self.SUBJECT}, "
            f"{len(self.curve)} points>"
        )

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


@dataclass(frozen=True, repr=False)
class Profile(ProfileRecord):
    """The profiles of the free parameters of a fit.

    The rows have `PARAMETER_COLUMNS`; `partner` is the other parameter that moves most along the
    profile, `partner_slope` by how much, on the logarithms of both.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        What was fitted, under what.
    level, rise
        Of the intervals, and by how much the cost may rise within them.
    given_cost, best_cost
        Of the fit that was profiled, and the lowest that any profile came upon.
    free
        The fitted values.
    rows, curve
        A row a profile, and a row a point of each.

    Examples
    --------
    >>> import pdmodel
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "ID": 1, "TIME": [0, 0.05, 0.1, 0.3], "EVID": [1, 0, 0, 0], "AMT": [10, 0, 0, 0],
    ...     "CMT": "lenalidomide", "DV": [0, 7.9, 6.9, 2.7],
    ... })
    >>> problem = pdmodel.FitProblem(
    ...     "reference", data=table, observed="drug_plasma", free=["CL"]
    ... )
    >>> profile = pdmodel.run_profile(problem, problem.run(starts=1), ["CL"])
    >>> row = profile.parameters.iloc[0]
    >>> bool(row["low"] < row["best"] < row["high"])
    True
    """

    SUBJECT: ClassVar[str] = "parameters"
    ROW: ClassVar[Mapping[str, Any]] = {
        "name": str, "parameter": str, "group": maybe(str), "unit": str, "best": float,
        "min": maybe(float), "max": maybe(float), "low": maybe(float), "high": maybe(float),
        "verdict": str, "words": str, "partner": maybe(str), "partner_slope": maybe(float),
    }  # fmt: skip

    @property
    def parameters(self) -> pd.DataFrame:
        """A row a parameter; a missing number is NaN."""
        return make_frame(self.rows, PARAMETER_COLUMNS, _NUMBERS)

    def summary(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return headings and cells of a table that is printed."""
        names = ("parameter", "unit", "best", "interval", "verdict", "partner")
        return names, [
            (row["name"], row["unit"], rounded(row["best"]), interval_cell(row), verdict_cell(row),
             partner_cell(row))
            for row in self.rows
        ]  # fmt: skip


def clearly_lower(drop: float, rise: float) -> bool:
    """Whether a cost is so much lower that it is more than the tolerance of the fit."""
    return drop > _CLEARLY * rise


def make_frame(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], numbers: Collection[str]
) -> pd.DataFrame:
    """Return a table of rows; in the columns of numbers a missing one is NaN."""
    kinds = {column: float if column in numbers else object for column in columns}
    return pd.DataFrame(
        {c: pd.Series([row[c] for row in rows], dtype=kinds[c]) for c in columns}
    )  # fmt: skip


def interval_cell(row: Mapping[str, Any]) -> str:
    """Return the interval of a row, closed or not."""
    low, high = row["low"], row["high"]
    if low is not None and high is not None:
        return f"{low:.3g} to {high:.3g}"
    if low is not None:
        return f"> {low:.3g}"
    return "-" if high is None else f"< {high:.3g}"


def verdict_cell(row: Mapping[str, Any]) -> str:
    """Return the verdict without the numbers, which stand beside it, but with a reason."""
    return str(row["words"] if row["verdict"] == "not bracketed" else row["verdict"])


def partner_cell(row: Mapping[str, Any]) -> str:
    """Return what moves most along a profile, and whether it rises with it."""
    if row["partner"] is None:
        return "-"
    return f"{row['partner']} ({'+' if row['partner_slope'] > 0 else '-'})"


PREDICTION_COLUMNS = (
    "name", "group", "observable", "kind", "day", "threshold", "scale", "unit", "best", "judged",
    "low", "high", "lowest", "highest", "verdict", "words", "stuck_below", "stuck_above",
    "partner", "partner_slope",
)  # fmt: skip
_PREDICTION_NUMBERS = {
    "day", "threshold", "best", "judged", "low", "high", "lowest", "highest", "partner_slope",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class PredictionProfile(ProfileRecord):
    """The profiles of predictions of a fit.

    The rows have `PREDICTION_COLUMNS`. `best` is what the best fit predicts; `judged` what would be
    reported there, which differs where a kind moves in steps, and is missing where it does not
    exist. `low` and `high` are the confidence bounds, None where there is none; `lowest` and
    `highest` how far the prediction was brought. `stuck_below` and `stuck_above` name the
    parameters that are at a bound at the outermost point within the interval: what is beyond them
    is not known. `partner` is the parameter that moves most.

    Parameters
    ----------
    model, model_hash, seed, regimen, horizon_days
        What was fitted, under what.
    level, rise
        Of the intervals, and by how much the cost may rise within them.
    given_cost, best_cost
        Of the fit that was profiled, and the lowest that any profile came upon.
    free
        The fitted values.
    rows, curve
        A row a profile, and a row a point of each.
    """

    SUBJECT: ClassVar[str] = "predictions"
    ROW: ClassVar[Mapping[str, Any]] = {
        **dict.fromkeys(("name", "group", "observable", "kind", "scale", "unit"), str),
        **dict.fromkeys(("verdict", "words"), str),
        **dict.fromkeys(("best", "lowest", "highest"), float),
        **dict.fromkeys(("day", "threshold", "judged", "low", "high"), maybe(float)),
        "stuck_below": [str], "stuck_above": [str], "partner": maybe(str),
        "partner_slope": maybe(float),
    }  # fmt: skip

    @property
    def predictions(self) -> pd.DataFrame:
        """A row a prediction; a missing number is NaN."""
        table = make_frame(self.rows, PREDICTION_COLUMNS, _PREDICTION_NUMBERS)
        for column in ("stuck_below", "stuck_above"):
            table[column] = [";".join(names) for names in table[column]]
        return table

    def summary(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return headings and cells of a table that is printed."""
        names = ("prediction", "unit", "best", "interval", "reached", "verdict", "moves most")
        return names, [
            (row["name"], row["unit"], rounded(row["best"]), interval_cell(row), _reached(row),
             verdict_cell(row), partner_cell(row))
            for row in self.rows
        ]  # fmt: skip

    def remarks(self) -> Sequence[str]:
        """Return what an interval leans on, a line each."""
        lines = [line for row in self.rows for line in _remarks(row)]
        return ["", *lines] if lines else []

    def _meaning(self) -> Sequence[str]:
        return (
            f"Predictions, {self.level:.0%} intervals: the cost rises by {rounded(self.rise)}; all "
            "free parameters",
            "are fitted again at every point, so that they predict it",
        )


def _reached(row: Mapping[str, Any]) -> str:
    return f"{row['lowest']:.3g} to {row['highest']:.3g}"


def _remarks(row: Mapping[str, Any]) -> Iterator[str]:
    for end, side in (("low", "below"), ("high", "above")):
        if names := row[f"stuck_{side}"]:
            yield f"{row['name']}: its {end} end rests on the bounds of {', '.join(names)}"
    if row["judged"] is None:
        yield f"{row['name']}: does not exist at the best fit; its smooth twin was profiled"
    elif row["judged"] != row["best"]:
        yield f"{row['name']}: judged as {rounded(row['judged'])}; its smooth twin was profiled"
