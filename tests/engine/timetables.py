"""Timetables made by hand of actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pdmodel.dosing import Action
from pdmodel.dosing.action import delivered


@dataclass(frozen=True, init=False)
class Given:
    """A timetable of these actions, sorted by time; `says` is what it claims to bring."""

    listed: tuple[Action, ...]
    says: Mapping[str, float] | None

    def __init__(self, *listed: Action, says: Mapping[str, float] | None = None) -> None:
        object.__setattr__(self, "listed", listed)
        object.__setattr__(self, "says", says)

    def __str__(self) -> str:
        """Name it."""
        return "by hand"

    def actions(self, days: float) -> list[Action]:
        """Return what happens before a day."""
        return [action for action in self.listed if action.time < days]

    def prescribed(self, days: float) -> dict[str, float]:
        """Return what arrives before a day by target."""
        if self.says is not None:
            return dict(self.says)
        arrived = delivered(self.actions(days), days)
        return {target: amount for (target, _), amount in arrived.items()}
