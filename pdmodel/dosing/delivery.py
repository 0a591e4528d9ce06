"""One amount on its way into one place: bolus or infusion, and where a reset stops it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pdmodel.dosing.action import Action, snap
from pdmodel.errors import RegimenError, UnitError
from pdmodel.units import convert

Slopes = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Delivery:
    """What arrives of one dose.

    Parameters
    ----------
    time
        Day it begins to arrive, lag included.
    target, unit
        As in `Action`.
    amount
        Bioavailability included.
    duration
        Days of infusion; 0 for a bolus.
    stop
        Day at which a reset ends an infusion.
    slopes
        Parameters of the model that it follows, each with d time, d amount and d duration by it.
    """

    time: float
    target: str
    amount: float
    unit: str = "mg"
    duration: float = 0.0
    stop: float = math.inf
    slopes: tuple[tuple[str, float, float, float], ...] = ()

    @property
    def begin(self) -> float:
        """First moment, day."""
        return snap(self.time)

    @property
    def end(self) -> float:
        """Last moment if nothing stops it, day; that of a bolus is its first."""
        return snap(self.time + self.duration)

    @property
    def infused(self) -> bool:
        """Whether it takes time."""
        return self.end > self.begin

    def actions(self) -> Iterator[Action]:
        """Yield its beginning and, unless a reset comes first, its end."""
        if not self.infused:
            slopes = tuple((name, moment, amount) for name, moment, amount, _ in self.slopes)
            yield Action(self.begin, "add", self.target, self.amount, self.unit, slopes=slopes)
            return
        rate = self.amount / (self.end - self.begin)
        first, last = self._infusion_slopes(rate)
        yield Action(self.begin, "rate", self.target, rate, self.unit, slopes=first)
        if self.end <= self.stop:
            yield Action(self.end, "rate", self.target, -rate, self.unit, slopes=last)

    def _infusion_slopes(self, rate: float) -> tuple[Slopes, Slopes]:
        """Return what the beginning and the end of an infusion follow."""
        first, last = [], []
        for name, moment, amount, duration in self.slopes:
            change = (amount - rate * duration) / (self.end - self.begin)
            first.append((name, moment, change))
            last.append((name, moment + duration, -change))
        return tuple(first), tuple(last)

    def before(self, days: float) -> float:
        """Return how much of it has arrived before a day."""
        if self.begin >= days:
            return 0.0
        if not self.infused:
            return self.amount
        last = min(self.end, self.stop, days)
        return self.amount * (last - self.begin) / (self.end - self.begin)


def in_order(deliveries: Iterable[Delivery], days: float) -> list[Action]:
    """Return the actions before a day, sorted by time; at one time, infusions end first."""
    last = snap(days)
    actions = [action for delivery in deliveries for action in delivery.actions()]
    return sorted((a for a in actions if a.time < last), key=lambda a: (a.time, a.amount >= 0))


def arrived(deliveries: Iterable[Delivery], days: float) -> dict[str, float]:
    """Return what arrives before a day by target, in the unit of the target's first delivery.

    Raises
    ------
    RegimenError
        If one target is given in units that cannot be converted into each other.
    """
    end = snap(days)
    units: dict[str, str] = {}
    parts: dict[str, list[float]] = {}
    for delivery in deliveries:
        if delivery.begin < end:
            unit = units.setdefault(delivery.target, delivery.unit)
            amount = _converted(delivery, delivery.before(end), unit)
            parts.setdefault(delivery.target, []).append(amount)
    return {target: math.fsum(amounts) for target, amounts in parts.items()}


def _converted(delivery: Delivery, amount: float, unit: str) -> float:
    if delivery.unit == unit:
        return amount
    try:
        return convert(amount, delivery.unit, to=unit)
    except UnitError as error:
        raise RegimenError(f"doses of {delivery.target or 'the main drug'}: {error}") from error
