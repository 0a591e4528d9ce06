"""What the profiles of predictions found; written and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from pdmodel.inference.profile.record import (
    ProfileRecord,
    interval_cell,
    make_frame,
    partner_cell,
    verdict_cell,
)
from pdmodel.storage import maybe
from pdmodel.text import rounded

PREDICTION_COLUMNS = (
    "name", "group", "observable", "kind", "day", "threshold", "scale", "unit", "best", "judged",
    "low", "high", "lowest", "highest", "verdict", "words", "stuck_below", "stuck_above",
    "partner", "partner_slope",
)  # fmt: skip
_NUMBERS = {
    "day", "threshold", "best", "judged", "low", "high", "lowest", "highest", "partner_slope",
}  # fmt: skip


@dataclass(frozen=True)
class PredictionProfile(ProfileRecord):
    """The profiles of predictions of a fit.

    The rows have `PREDICTION_COLUMNS`. `best` is what the best fit predicts; `judged` what would be
    reported there, which differs where a kind moves in steps, and is missing where it does not
    exist. `low` and `high` are the confidence bounds, None where there is none; `lowest` and
    `highest` how far the prediction was brought. `stuck_below` and `stuck_above` name the
    parameters that are at a bound at the outermost point within the interval: what is beyond them
    is not known. `partner` is the parameter that moves most.
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
        found = make_frame(self.rows, PREDICTION_COLUMNS, _NUMBERS)
        for column in ("stuck_below", "stuck_above"):
            found[column] = [";".join(names) for names in found[column]]
        return found

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
        found = [line for row in self.rows for line in _remarks(row)]
        return ["", *found] if found else []

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
