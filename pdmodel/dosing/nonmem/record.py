"""NONMEM's event records, a row of data each, in days. The rules, written down once.

What is in the data stays fixed
    Bioavailability F scales the amount. With RATE in the data, or a modelled rate (RATE = -1), the
    rate stays and F changes the duration; with DUR in the data, or a modelled duration (RATE = -2),
    the duration stays and F changes the rate. A constant infusion is not scaled.
Lag time
    A dose arrives `lag` after its record. A reset happens, and a steady state is reached, at the
    record itself: with SS the state there is that `lag` before the dose of the series, of which
    earlier doses still arrive or run.
Additional doses
    ADDL more doses every II, each with the lag and F of its record. An EVID 4 resets once, and
    SS counts once: the additional doses are plain.
Reset
    EVID 3 and 4, and SS=1, end every infusion and cancel every dose that is still to arrive from
    earlier records, be it late or additional.
Equal times (right-continuous: a value at a time is that after what happened there)
    First what comes from earlier records (infusions end, then late and additional doses arrive),
    then the records in their order; within one record: covariates, reset, steady state, dose.
    So an observation written before a dose at the same time is a trough, and one at the time of an
    additional dose is a peak.
Covariates
    Hold from their record on (last observation carried forward), or, where that is asked for, from
    the record before (next observation carried backward, NONMEM's way); the first holds from day 0.
    Of several records at day 0 the last stands, for the drug-free start too: records of one time
    take effect in their order, and nothing can have happened in between.

Checked against NONMEM's output: lag, F, ADDL, SS with and without lag, SS=2, constant infusion,
EVID 3 and 4. It does not decide what a reset does to doses that have not arrived; NONMEM's manual
says of SS=1 that they are cancelled, and the same is done for EVID 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from pdmodel.arguments import as_number, shown, whole_number
from pdmodel.dosing.action import decimals
from pdmodel.errors import InputError, RegimenError

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE, REPLACE, MULTIPLY = range(7)
MOST_ADDITIONAL = 1_000_000
_UNLESS_EMPTY = {"identity": "unless empty"}
"""Of fields that records of stored questions did not have."""
_MOMENTS = 1000
"""In the shortest interval of doses: fewer, and rounding of times would show in it."""


@dataclass(frozen=True)
class Record:
    """One event record; NONMEM's columns in words, times in days, rates a day.

    Parameters
    ----------
    time
        Day, >= 0.
    evid
        0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose, 5 replace, 6 multiply.
    amount
        AMT: of a dose, the new amount (EVID 5) or the factor (EVID 6).
    compartment
        CMT: a number from "1", or a name; empty for the model's main drug.
    rate, duration
        RATE and DUR of an infusion, one of them; both 0 for a bolus.
    interval, additional
        II and ADDL.
    steady
        SS: 0, 1 or 2. With amount 0 and a rate: an infusion that ran for ever and ends here.
    lag, bioavailability
        Of this record's doses: days >= 0, and a factor >= 0.
    parameters
        Values that parameters of the model take from here on.
    row
        Where it stands in its file; 0 if nowhere.
    follows
        Parameters of the model by what follows them: `lag`, `bioavailability`, `duration`, `rate`.
    factors
        What one of such a parameter's unit is in that of the record, once the number is in place.

    Raises
    ------
    RegimenError
        If the values do not make sense together.
    """

    time: float
    evid: int = DOSE
    amount: float = 0.0
    compartment: str = ""
    rate: float = 0.0
    duration: float = 0.0
    interval: float = 0.0
    additional: int = 0
    steady: int = 0
    lag: float = 0.0
    bioavailability: float = 1.0
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)
    row: int = 0
    follows: Mapping[str, str] = field(default_factory=dict, hash=False, metadata=_UNLESS_EMPTY)
    factors: Mapping[str, float] = field(default_factory=dict, hash=False, metadata=_UNLESS_EMPTY)

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        for name in ("time", "amount", "rate", "duration", "interval", "lag", "bioavailability"):
            value = as_number(getattr(self, name))
            if value is None or not (math.isfinite(value) and value >= 0):
                given = shown(getattr(self, name)) if value is None else f"{value:g}"
                raise RegimenError(f"{_COLUMNS[name]} must be a number >= 0, got {given}")
            object.__setattr__(self, name, value)
        for name, most in (("evid", 6), ("steady", 2), ("additional", MOST_ADDITIONAL)):
            given = shown(getattr(self, name))
            allowed = "0, 1 or 2" if most == 2 else f"0 to {most}"
            try:
                count = whole_number(getattr(self, name), name, least=0, most=most)
            except InputError as error:
                column = _COLUMNS.get(name, name.upper())
                raise RegimenError(f"{column} must be {allowed}, got {given}") from error
            object.__setattr__(self, name, count)
        if self.gives:
            self._check_dose()
        else:
            self._check_other()

    def __repr__(self) -> str:
        """Say all of it; what follows parameters only where something does."""
        shown = [own for own in fields(self) if getattr(self, own.name) or not own.metadata]
        return f"Record({', '.join(f'{own.name}={getattr(self, own.name)!r}' for own in shown)})"

    def _check_dose(self) -> None:
        if self.rate and self.duration:
            raise RegimenError("RATE and DUR are both given: an infusion takes one of them")
        if self.constant:
            if self.interval or self.additional:
                raise RegimenError("a constant infusion (SS, RATE, AMT = 0) takes no II or ADDL")
            if self.lag or "lag" in self.follows:
                raise RegimenError("a constant infusion (SS, RATE, AMT = 0) takes no lag time")
        elif not self.amount:
            raise RegimenError("AMT must be > 0 for a dose; AMT = 0 goes with SS and RATE > 0 only")
        elif not self.interval and (self.steady or self.additional):
            raise RegimenError(f"II must be > 0 with {'SS' if self.steady else 'ADDL'}")
        elif 0 < self.interval < (least := self._shortest_interval()):
            raise RegimenError(
                f"II must be at least {least:g} day in doses until day {self._last:g}, "
                f"got {self.interval:g} day"
            )

    @property
    def _last(self) -> float:
        """When the last dose of the series begins; one of a steady state begins an interval."""
        return max(self.time, self.interval) + self.additional * self.interval

    def _shortest_interval(self) -> float:
        return _MOMENTS * 10.0 ** -decimals(self._last)

    def _check_other(self) -> None:
        allowed = {"amount"} if self.evid in (REPLACE, MULTIPLY) else set()
        for name in ("amount", "rate", "duration", "interval", "additional", "steady"):
            value = getattr(self, name)
            if value and name not in allowed:
                raise RegimenError(f"{_COLUMNS[name]} must be 0 with EVID {self.evid}, got {value}")

    @property
    def gives(self) -> bool:
        """Whether it is a dose."""
        return self.evid in (DOSE, RESET_AND_DOSE)

    @property
    def constant(self) -> bool:
        """Whether it is an infusion that ran for ever and ends at the record."""
        return bool(self.gives and self.steady and self.rate and not self.amount)

    @property
    def clears(self) -> bool:
        """Whether nothing of earlier records goes on."""
        return self.evid in (RESET, RESET_AND_DOSE) or (self.gives and self.steady == 1)

    @property
    def delivered(self) -> float:
        """Return the amount of one dose that arrives, F included."""
        return self.amount * self.bioavailability

    @property
    def infused_over(self) -> float:
        """Return the days one dose takes to arrive; 0 for a bolus."""
        return self.delivered / self.rate if self.rate else self.duration

    @property
    def infused_at(self) -> float:
        """Return the rate a day at which one dose, or a constant infusion, arrives."""
        if self.rate or not self.duration:
            return self.rate
        return self.delivered / self.duration


_COLUMNS = {
    "time": "TIME", "amount": "AMT", "rate": "RATE", "duration": "DUR", "interval": "II",
    "additional": "ADDL", "steady": "SS", "lag": "a lag time",
    "bioavailability": "a bioavailability",
}  # fmt: skip
