"""Single doses, and rules that repeat them at fixed times of a cycle."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pdmodel.arguments import as_number, shown
from pdmodel.errors import RegimenError

MOST_DOSES = 1_000_000
"""More than anyone is given; a slip of the keyboard must not fill the memory."""


@dataclass(frozen=True, order=True)
class Dose:
    """One amount of one drug.

    Parameters
    ----------
    time
        Day of the dose, >= 0.
    drug
        Name of the drug; empty for the model's main drug.
    amount, unit
        How much, > 0.
    duration
        Days of infusion at a constant rate; 0 for a bolus or a tablet.
    """

    time: float
    drug: str
    amount: float
    unit: str = "mg"
    duration: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be given."""
        for name in ("time", "duration"):
            number = as_number(getattr(self, name))
            if number is None or not (math.isfinite(number) and number >= 0):
                given = shown(getattr(self, name))
                raise RegimenError(f"dose {name} must be a number of days >= 0, got {given}")
            object.__setattr__(self, name, number)
        amount = as_number(self.amount)
        if amount is None or not (math.isfinite(amount) and amount > 0):
            given = shown(self.amount) if amount is None else f"{amount:g}"
            hint = "; 'no drug' gives nothing" if amount == 0 else ""
            raise RegimenError(f"dose amount must be > 0, got {given} {self.unit}{hint}")
        object.__setattr__(self, "amount", amount)

    def at(self, time: float) -> Dose:
        """Return the same dose at another time, >= 0; what has been checked is not checked again.

        A year of daily doses is unrolled for every run that is prepared.
        """
        moved = object.__new__(Dose)
        moved.__dict__.update(self.__dict__)
        moved.__dict__["time"] = time
        return moved


@dataclass(frozen=True)
class DoseRule:
    """A dose repeated at fixed times of a cycle.

    Parameters
    ----------
    dose
        The first dose; its time shifts the whole rule.
    offsets
        Days within the cycle at which it is given, each in [0, cycle).
    cycle
        Length of the cycle, days.
    stop
        No dose is given at or after this day; infinite for no end.
    """

    dose: Dose
    offsets: tuple[float, ...] = (0.0,)
    cycle: float = 1.0
    stop: float = math.inf

    def __post_init__(self) -> None:
        """Refuse cycles that cannot be repeated."""
        if not (math.isfinite(self.cycle) and self.cycle > 0):
            raise RegimenError(f"a cycle must last more than 0 days, got {self.cycle}")
        if not self.offsets or any(not 0 <= offset < self.cycle for offset in self.offsets):
            raise RegimenError(
                f"dose days {self.offsets} must lie within the cycle of {self.cycle:g} days"
            )
        if not self.stop > self.dose.time:
            raise RegimenError(
                f"a rule must stop after it starts: day {self.dose.time:g} to {self.stop:g}"
            )

    def unroll(self, days: float) -> list[Dose]:
        """Return the doses before `days`, cycle by cycle."""
        end = min(days, self.stop)
        count = max(0, math.ceil((end - self.dose.time) / self.cycle))
        if count * len(self.offsets) > MOST_DOSES:
            raise RegimenError(f"more than {MOST_DOSES} doses are given before day {days:g}")
        cycles = range(count)
        times = (
            self.dose.time + n * self.cycle + offset for n in cycles for offset in self.offsets
        )
        return [self.dose.at(time) for time in times if time < end]
