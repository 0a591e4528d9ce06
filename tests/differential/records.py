"""Random event records, and how they stand in a table that pdmodel reads."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pandas as pd

import pdmodel
from pdmodel.dosing import CompartmentRules, Timetable
from tests.differential.models import Drawn


@dataclass(frozen=True)
class Row:
    """One event record, in days; words as in `pdmodel.dosing.nonmem.record`."""

    time: float
    evid: int = 1
    amount: float = 0.0
    place: str = ""
    rate: float = 0.0
    duration: float = 0.0
    interval: float = 0.0
    additional: int = 0
    steady: int = 0
    lag: float = 0.0
    factor: float = 1.0
    values: dict[str, float] = field(default_factory=dict, hash=False)

    @property
    def gives(self) -> bool:
        """Whether it is a dose."""
        return self.evid in (1, 4)


@dataclass(frozen=True)
class Course:
    """What happens to one patient, up to a day."""

    rows: tuple[Row, ...]
    days: float

    @property
    def steady(self) -> bool:
        """Whether there are steady-state doses."""
        return any(row.steady for row in self.rows)

    @property
    def timetable(self) -> Timetable | str:
        """As pdmodel reads it, from a table."""
        if not self.rows:
            return "no drug"
        frame = pd.DataFrame([_cells(row) for row in self.rows])
        places = sorted({row.place for row in self.rows})
        rules = CompartmentRules(
            lag=dict.fromkeys(places, "LATE"), bioavailability=dict.fromkeys(places, "PART")
        )
        changed = {name: name for row in self.rows for name in row.values}
        return pdmodel.read_events(frame, amount="1", rules=rules, parameters=changed)["1"]


def _cells(row: Row) -> dict[str, object]:
    return {
        "ID": 1, "TIME": row.time, "EVID": row.evid, "AMT": row.amount, "CMT": row.place,
        "RATE": row.rate, "DUR": row.duration, "II": row.interval, "ADDL": row.additional,
        "SS": row.steady, "LATE": row.lag, "PART": row.factor, **row.values,
    }  # fmt: skip


def draw_course(rng: random.Random, drawn: Drawn, *, steady: bool = False) -> Course:
    """Draw what happens to one patient.

    Parameters
    ----------
    steady
        Whether there is at least one steady-state dose; without, there is none.
    """
    days = rng.choice([1.0, 2.0, 3.5, 7.0, 15.0])
    count = rng.choice([1, 1, 2, 3, 4, 6]) if steady else rng.choice([0, 1, 2, 3, 4, 6])
    times = sorted(_time(rng, days) for _ in range(count))
    if times and rng.random() < 0.4:
        times[0] = 0.0
    rows = [_row(rng, drawn, time) for time in times]
    if steady:
        place = rng.randrange(len(rows))
        rows[place] = _steady_row(rng, drawn, min(times[place], days / 2))
        rows = sorted(rows, key=lambda row: row.time)
    if rows and rng.random() < 0.3:
        rows = _with_covariate(rng, drawn, rows)
    return Course(tuple(rows), days)


def _time(rng: random.Random, days: float) -> float:
    if rng.random() < 0.5:
        return rng.randrange(int(4 * days) + 1) / 4
    return round(rng.uniform(0, days), 4)


def _place(rng: random.Random, drawn: Drawn) -> str:
    if rng.random() < 0.7:
        return rng.choice(list(drawn.drugs))
    return rng.choice([state.name for state in drawn.states])


def _amount(rng: random.Random) -> float:
    return float(f"{math.exp(rng.uniform(math.log(0.3), math.log(50))):.3g}")


def _row(rng: random.Random, drawn: Drawn, time: float) -> Row:
    kind = rng.choices(
        ["bolus", "infusion", "reset", "reset and dose", "replace", "multiply", "other"],
        [8, 8, 1, 1, 1.5, 1.5, 0.5],
    )[0]
    place, amount = _place(rng, drawn), _amount(rng)
    if kind == "reset":
        return Row(time, 3, place=place)
    if kind == "other":
        return Row(time, 2, place=place)
    if kind == "replace":
        return Row(time, 5, rng.choice([0.0, amount]), place)
    if kind == "multiply":
        return Row(time, 6, rng.choice([0.0, 0.5, 1.7, 3.0]), place)
    evid = 4 if kind == "reset and dose" else 1
    rate = duration = 0.0
    if kind == "infusion":
        length = rng.choice([0.1, 0.25, 0.5, 1.0, 1.3, 3.0])
        rate, duration = rng.choice([(float(f"{amount / length:.4g}"), 0.0), (0.0, length)])
    repeated = rng.random() < 0.4
    return Row(
        time, evid, amount, place, rate, duration,
        interval=rng.choice([0.25, 0.5, 1.0, 1.7]) if repeated else 0.0,
        additional=rng.choice([1, 2, 5]) if repeated else 0,
        lag=rng.choice([0.0, 0.0, 0.1, 0.25, 0.8]), factor=rng.choice([1.0, 1.0, 0.6, 1.3]),
    )  # fmt: skip


def _steady_row(rng: random.Random, drawn: Drawn, time: float) -> Row:
    """Draw doses that have gone on for ever; infusions may last longer than the interval."""
    place, amount = _place(rng, drawn), _amount(rng)
    kind = rng.choice(["bolus", "bolus", "infusion", "long infusion", "constant"])
    steady, interval = rng.choice([1, 1, 2]), rng.choice([0.25, 0.5, 1.0, 2.0, 7.0])
    if kind == "constant":
        return Row(time, 1, 0.0, place, rate=amount, steady=steady)
    length = {"bolus": 0.0, "infusion": rng.choice([0.1, 0.5, 1.0]) * interval}.get(
        kind, rng.choice([1.3, 2.0, 2.6]) * interval
    )
    additional = rng.choice([0, 0, 2, 5])
    factor = rng.choice([1.0, 1.0, 0.6])
    lag = rng.choice([0.0, 0.0, 0.3, 1.4]) * interval
    return Row(
        time, rng.choice([1, 1, 1, 4]) if steady == 1 else 1, amount, place, duration=length,
        interval=interval, additional=additional, steady=steady, lag=lag, factor=factor,
    )  # fmt: skip


def _with_covariate(rng: random.Random, drawn: Drawn, rows: list[Row]) -> list[Row]:
    """Let one parameter change from record to record."""
    name = rng.choice(list(drawn.values))
    value, found = drawn.values[name], []
    for row in rows:
        value = value if rng.random() < 0.4 else float(f"{value * rng.uniform(0.6, 1.6):.4g}")
        found.append(Row(**{**row.__dict__, "values": {name: value}}))
    return found
