"""Rules of a protocol: what a visit changes, for all patients at once.

A rule sees what is measured at the visit, with the error of the assay, and changes the book of the
trial. It never sees the state of the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol as Interface

import numpy as np

from pdmodel.arguments import as_number, number, shown
from pdmodel.arrays import Array, Flags
from pdmodel.dosing import Regimen, read_regimen
from pdmodel.errors import InputError

UNSAID = math.inf
"""A threshold that was not given."""


@dataclass
class Book:
    """The state of each patient between visits; arrays of shape (n_patients,).

    Parameters
    ----------
    level
        Dose that is prescribed, in the unit of the protocol.
    held
        Whether it is withheld now.
    ever_held
        Whether it has been withheld before.
    stopped
        Day on which treatment ended; infinite while it goes on.
    left
        Day on which the patient leaves the trial; infinite for those who stay.
    courses
        By rule: day on which its course began; infinite before.
    best, first
        By quantity: the lowest value of any visit so far, and the value before treatment.
    looked
        By rule that acts every so many days: the day of its last visit.
    """

    level: Array
    held: Flags
    ever_held: Flags
    stopped: Array
    left: Array
    courses: dict[str, Array]
    best: dict[str, Array]
    first: dict[str, Array]
    looked: dict[str, float] = field(default_factory=dict)

    @classmethod
    def begin(cls, level: Array, left: Array | None = None) -> Book:
        """Return the book of the first day."""
        none, never = np.zeros(level.size, dtype=bool), np.full(level.size, math.inf)
        gone = never.copy() if left is None else left
        return cls(level.copy(), none, none.copy(), never, gone, {}, {}, {})

    @property
    def treated(self) -> Flags:
        """Which patients get the drug now."""
        return ~self.held & np.isinf(self.stopped)

    def note(self, seen: dict[str, Array]) -> None:
        """Remember the values of a visit."""
        for name, values in seen.items():
            self.first.setdefault(name, values)
            self.best[name] = np.fmin(self.best.get(name, values), values)


def _numbers(
    rule: object, who: str, names: Sequence[str], *, least: float | None = None,
    above: float | None = None,
) -> None:  # fmt: skip
    """Make numbers of a rule's fields, or refuse them by name."""
    for name in names:
        value = number(getattr(rule, name), f"{who}: {name}", least=least, above=above)
        object.__setattr__(rule, name, value)


def _say_all(rule: object, who: str, names: Sequence[str], example: str) -> None:
    """Refuse a rule that leaves open which quantity it looks at, or from where on it acts."""
    open_ones = [name for name in names if getattr(rule, name) in ("", None, UNSAID)]
    if open_ones:
        raise InputError(f"{who}: say {' and '.join(open_ones)}, e.g. {example}")


class Rule(Interface):
    """Something that a visit may change."""

    @property
    def quantity(self) -> str:
        """The quantity that it depends on."""

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Change the book after the measurements of a day."""

    def describe(self, unit: str) -> str:
        """Return the rule in words."""


@dataclass(frozen=True)
class Hold:
    """Withhold the drug while a quantity is low, and go on at a lower dose.

    Parameters
    ----------
    quantity, below
        It is withheld where the quantity is below. Both must be given.
    resume
        And given again from here on. It must be given.
    reduce, least
        By how much the dose is then lower, and how low it may get, in the unit of the protocol; 0
        for both to go on with the same dose.
    """

    quantity: str = ""
    below: float = UNSAID
    resume: float = UNSAID
    reduce: float = 5.0
    least: float = 5.0

    def __post_init__(self) -> None:
        """Refuse a rule that resumes and holds at once, or would raise the dose."""
        names = ("quantity", "below", "resume")
        _say_all(self, "hold", names, "Hold('platelets', below=50, resume=75)")
        _numbers(self, "hold", ("below", "resume"))
        _numbers(self, "hold", ("reduce", "least"), least=0)
        if not self.resume >= self.below:
            raise InputError(f"hold: resume ({self.resume:g}) must be >= below ({self.below:g})")

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Resume first, so that a dose is never given in the week it is withheld."""
        values = seen[self.quantity]
        again = book.held & (values >= self.resume)
        level = book.level[again]
        # A dose below the least is not raised.
        book.level[again] = np.minimum(level, np.maximum(level - self.reduce, self.least))
        book.held[again] = False
        low = (values < self.below) & ~book.held & np.isinf(book.stopped)
        book.held[low] = True
        book.ever_held[low] = True

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return (
            f"hold at {self.quantity} below {self.below:g}, resume from {self.resume:g} on "
            f"{self.reduce:g} {unit} lower, but not below {self.least:g} {unit}"
        )


@dataclass(frozen=True)
class Escalate:
    """Raise the dose every so many days where a quantity allows it and it was never withheld.

    Parameters
    ----------
    step, every, most
        By how much, after how many days, and how high. It is raised at the first visit at least
        `every` days after the last one at which the rule was applied, or after the beginning.
    quantity, at_least
        Where the quantity is at least this.

    Notes
    -----
    All of them must be given.
    """

    step: float = UNSAID
    every: float = UNSAID
    most: float = UNSAID
    quantity: str = ""
    at_least: float = UNSAID

    def __post_init__(self) -> None:
        """Refuse steps and intervals of 0 or less."""
        names = ("step", "every", "most", "quantity", "at_least")
        example = "Escalate(5, every=28, most=25, quantity='platelets', at_least=100)"
        _say_all(self, "escalate", names, example)
        _numbers(self, "escalate", ("most", "at_least"))
        for name in ("step", "every"):
            value = as_number(getattr(self, name))
            if value is None or not 0 < value < math.inf:
                given = f"{shown(self.step)}, {shown(self.every)}"
                raise InputError(f"escalate: step and every must be > 0: {given}")
            object.__setattr__(self, name, value)

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Raise the dose of the patients who may have more."""
        if not self._due(book.looked.get(repr(self), 0.0), day):
            return
        book.looked[repr(self)] = day
        fit = book.treated & ~book.ever_held & (seen[self.quantity] >= self.at_least)
        fit &= book.level < self.most
        book.level[fit] = np.minimum(book.level[fit] + self.step, self.most)

    def _due(self, last: float, day: float) -> bool:
        return day - last >= self.every * (1 - 1e-9)

    def steps(self, visits: Sequence[int]) -> list[int]:
        """Return the visits at which the dose may be raised."""
        raised = [0]
        for day in visits:
            if self._due(raised[-1], day):
                raised.append(day)
        return raised[1:]

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return (
            f"+{self.step:g} {unit} every {self.every:g} days to {self.most:g} {unit} if "
            f"{self.quantity} is at least {self.at_least:g} and the drug was never held"
        )


@dataclass(frozen=True)
class Reduce:
    """Begin at a share of the dose where a value before treatment is low, as in renal impairment.

    Parameters
    ----------
    quantity, below
        A parameter or quantity of the patient, and its limit. Both must be given.
    share
        Share of the dose, in [0, 1].
    """

    quantity: str = ""
    below: float = UNSAID
    share: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a share outside [0, 1]."""
        _say_all(self, "reduce", ("quantity", "below"), "Reduce('weight', below=50)")
        _numbers(self, "reduce", ("below", "share"))
        if not 0 <= self.share <= 1:
            raise InputError(f"reduce: share must lie in [0, 1], got {self.share:g}")

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Lower the dose on the first day."""
        if day == 0:
            book.level[seen[self.quantity] < self.below] *= self.share

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return f"{self.share:.0%} of the dose where {self.quantity} is below {self.below:g}"


@dataclass(frozen=True)
class DrugCourse:
    """Give a short course of another drug once, when a quantity is high.

    Parameters
    ----------
    regimen
        The course; its time 0 is the visit.
    days
        How long it lasts.
    quantity, at_least
        It is given where the quantity is at least this.
    """

    regimen: Regimen
    days: float
    quantity: str
    at_least: float

    def __post_init__(self) -> None:
        """Read the words of a regimen, and refuse a length of 0 or less."""
        object.__setattr__(self, "regimen", read_regimen(self.regimen))
        _numbers(self, "course", ("at_least",))
        _numbers(self, "course", ("days",), above=0)

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """Begin the course in patients who have not had it."""
        begun = book.courses.setdefault(self.key, np.full(book.level.size, math.inf))
        begun[np.isinf(begun) & (seen[self.quantity] >= self.at_least)] = day

    @property
    def key(self) -> str:
        """What the course is called in the book."""
        return str(self.regimen)

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return f"{self.regimen} once, where {self.quantity} is at least {self.at_least:g}"


Course = DrugCourse
"""The name of before."""


@dataclass(frozen=True)
class Stop:
    """End treatment when a quantity has risen so far over its lowest value of any visit.

    Parameters
    ----------
    quantity, fold
        It ends where the quantity is at least `fold` times its lowest. Both must be given.
    after
        Not before this day; a rise that comes earlier may be a reaction to the drug. It must be
        given, 0 for from the beginning.
    """

    quantity: str = ""
    fold: float = UNSAID
    after: float = UNSAID

    def __post_init__(self) -> None:
        """Refuse a fold or a day that cannot be."""
        _say_all(self, "stop", ("quantity", "fold", "after"), "Stop('size', fold=1.5, after=56)")
        _numbers(self, "stop", ("fold",), above=0)
        _numbers(self, "stop", ("after",), least=0)

    def apply(self, book: Book, seen: dict[str, Array], day: float) -> None:
        """End the treatment of patients who have progressed."""
        if day >= self.after:
            risen = seen[self.quantity] >= self.fold * book.best[self.quantity]
            book.stopped[risen & np.isinf(book.stopped)] = day

    def describe(self, unit: str) -> str:
        """Return the rule in words."""
        return f"stop from day {self.after:g} on at {self.fold:g} times the lowest {self.quantity}"
