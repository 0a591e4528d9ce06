"""A protocol: the dose patients begin with, when they are seen, and what a visit may change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from pdmodel.arguments import as_number, by_name, number, shown, whole_number
from pdmodel.arrays import Array, Integers
from pdmodel.dosing import Dose, Regimen, read_regimen, unit_by_weight
from pdmodel.errors import InputError, unknown
from pdmodel.model import Model
from pdmodel.trial.population.dropout import Dropout
from pdmodel.trial.protocol.ladder import Ladder
from pdmodel.trial.protocol.rules import Book, DrugCourse, Escalate, Rule
from pdmodel.units import convert

LONGEST = 36_600
"""Days of a protocol at most: a slip of the keyboard must not fill the memory."""


@dataclass(frozen=True)
class Cycle:
    """Days of a cycle on which the drug is given: the first `on` of `length`.

    Parameters
    ----------
    on, length
        In whole days; by default every day.
    """

    on: int = 1
    length: int = 1

    def __post_init__(self) -> None:
        """Refuse a cycle without days."""
        for name in ("on", "length"):
            what = f"{name} of a cycle"
            object.__setattr__(self, name, whole_number(getattr(self, name), what))
        if not 1 <= self.on <= self.length:
            raise InputError(f"a cycle gives 1 to {self.length} days of {self.length}: {self.on}")

    def gives(self, day: int) -> bool:
        """Whether the drug is given on a day; the first day is 0."""
        return day % self.length < self.on

    def __str__(self) -> str:
        """Write it as titles of schedules do, by which folders of before know them."""
        return "daily" if self.on == self.length else f"days 1-{self.on} of {self.length}"

    @property
    def words(self) -> str:
        """The cycle as a protocol would say it.

        Examples
        --------
        >>> Cycle().words, Cycle(21, 28).words, Cycle(1, 14).words, Cycle(1, 7).words
        ('daily', 'days 1-21 of 28', 'every 14 days', 'weekly')
        """
        if self.on == self.length or self.on > 1:
            return str(self)
        return "weekly" if self.length == 7 else f"every {self.length} days"


WEEK = 7


def spaced(days: int, step: int) -> tuple[int, ...]:
    """Return visits every so many days up to the last day, which is always one.

    Examples
    --------
    >>> spaced(28, 7), spaced(30, 14), spaced(5, 7)
    ((7, 14, 21, 28), (14, 28, 30), (5,))
    """
    visits = tuple(range(step, days + 1, step))
    return visits if visits and visits[-1] == days else (*visits, days)


def revised(visits: Sequence[int], days: int) -> tuple[int, ...]:
    """Return the visits of a protocol of another length: as far apart as they were.

    Parameters
    ----------
    visits
        Of the protocol as it was, the last at its end.
    days
        The other length.

    Examples
    --------
    >>> revised((14, 28, 42), 70), revised((1, 2, 7, 14), 10), revised((1, 2, 7, 14), 28)
    ((14, 28, 42, 56, 70), (1, 2, 7, 10), (1, 2, 7, 14, 21, 28))
    """
    gaps = np.diff([0, *visits]).tolist()
    if len(gaps) < 2:
        return spaced(days, WEEK)
    if set(gaps[:-1]) == {gaps[0]} and gaps[-1] <= gaps[0]:
        return spaced(days, gaps[0])
    later = range(visits[-1], days, gaps[-1])
    return (*(day for day in visits[:-1] if day < days), *later, days)


@dataclass(frozen=True)
class Protocol:
    """The protocol of one arm of a trial.

    Parameters
    ----------
    name, title
        Name, and a title in words.
    start, unit, drug
        The first dose; the drug is the model's main one if empty. A dose in `mg/kg` is multiplied
        with the body weight of each patient, which the population says; rules are in `mg/kg` too.
    cycle
        Days on which it is given.
    rules
        Applied at each visit in this order; day 0 is a visit.
    days
        Length. It must be given.
    visits
        Whole days, increasing, the last at `days`; weekly by default.
    alongside
        Other drugs, given to all.
    assay
        Coefficient of variation of what a visit measures, by quantity (log-normal).
    dropout
        Patients who leave early; such a patient is last seen at the visit before.
    source
        Key of the bibliography.

    Examples
    --------
    >>> from pdmodel.trial import Escalate, Hold, Protocol
    >>> hold = Hold("platelets", below=50, resume=75)
    >>> more = Escalate(5, every=28, most=25, quantity="platelets", at_least=100)
    >>> print(Protocol("mine", "a trial", 10, rules=(hold, more), days=336).describe())
    10 mg daily for 336 days, seen on 48 days
    - hold at platelets below 50, resume from 75 on 5 mg lower, but not below 5 mg
    - +5 mg every 28 days to 25 mg if platelets is at least 100 and the drug was never held
    """

    name: str
    title: str
    start: float
    unit: str = "mg"
    drug: str = ""
    cycle: Cycle = field(default_factory=Cycle)
    rules: Sequence[Rule] = ()
    days: int = 0
    visits: Sequence[int] = ()
    alongside: Regimen = field(default_factory=Regimen)
    assay: Mapping[str, float] = field(default_factory=dict)
    dropout: Dropout | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse doses, visits and errors that cannot be."""
        who = f"protocol {self.name!r}"
        self._check_kinds(who)
        start = as_number(self.start)
        if start is None or not (np.isfinite(start) and start >= 0):
            raise InputError(f"{who}: start must be a dose >= 0, got {shown(self.start)}")
        object.__setattr__(self, "start", start)
        if self.days is None or self.days == 0:
            raise InputError(f"{who}: say how long it lasts, e.g. days=84")
        days = whole_number(self.days, f"{who}: days", least=1, most=LONGEST)
        object.__setattr__(self, "days", days)
        visits = [0]
        for visit in self._listed(who):
            day = as_number(visit)
            if day is None or not day.is_integer() or day <= visits[-1]:
                given = shown(visit) if day is None else f"{day:g}"
                raise InputError(
                    f"{who}: visits are whole days, increasing from 1 on; "
                    f"day {given} comes after day {visits[-1]}"
                )
            visits.append(int(day))
        object.__setattr__(self, "visits", tuple(visits[1:]))
        if visits[-1] != self.days:
            raise InputError(
                f"{who}: the last visit is on day {visits[-1]}, the end is {self.days}"
            )
        assay = by_name(self.assay, "quantity")
        for name, error in assay.items():
            assay[name] = number(error, f"{who}: assay error of {name}", least=0)
        object.__setattr__(self, "assay", assay)

    def _check_kinds(self, who: str) -> None:
        """Refuse what stands in the place of something else, and read the words of a regimen."""
        for name in ("unit", "drug"):
            if not isinstance(given := getattr(self, name), str):
                raise InputError(f"{who}: {name} is a text, got {shown(given)}")
        if "/" in self.unit and unit_by_weight(self.unit) is None:
            raise InputError(f"{who}: {self.unit!r} is no unit of a dose; write e.g. mg or mg/kg")
        if not isinstance(self.cycle, Cycle):
            raise InputError(f"{who}: cycle is a Cycle, e.g. Cycle(1, 14), got {shown(self.cycle)}")
        if not isinstance(self.rules, list | tuple):
            raise InputError(f"{who}: rules are a list, got {shown(self.rules)}")
        for rule in self.rules:
            if not (hasattr(rule, "quantity") and callable(getattr(rule, "apply", None))):
                raise InputError(f"{who}: {shown(rule)} is no rule, e.g. Hold(...)")
        object.__setattr__(self, "alongside", read_regimen(self.alongside))

    def _listed(self, who: str) -> Sequence[Any]:
        """Return the visits as they were given; weekly ones where none were."""
        try:
            return tuple(self.visits) or spaced(self.days, WEEK)
        except TypeError:
            example = f"range(14, {self.days + 1}, 14)"
            raise InputError(
                f"{who}: visits are a list of days, e.g. {example}, got {shown(self.visits)}"
            ) from None

    def with_(self, **changes: Any) -> Protocol:
        """Return the protocol with something changed; visits of another length keep their gaps."""
        days = changes.get("days")
        if "visits" not in changes and isinstance(days, int) and 0 < days <= LONGEST:
            changes["visits"] = revised(self.visits, days)
        return replace(self, **changes)

    @property
    def planned(self) -> float:
        """Mean dose a day if no rule changes it."""
        given = sum(self.cycle.gives(day) for day in range(self.days))
        return self.start * given / self.days

    def describe(self) -> str:
        """Return the protocol in words."""
        first = f"{self.start:g} {self.unit} {self.cycle.words} for {self.days} days"
        other = "" if str(self.alongside) == "no drug" else f", with {self.alongside}"
        lines = [f"{first}{other}, seen on {len(self.visits)} days"]
        if self.dropout is not None:
            lines.append(f"- {self.dropout.describe()}")
        return "\n".join([*lines, *(f"- {self._told(rule)}" for rule in self.rules)])

    def _told(self, rule: Rule) -> str:
        """Say what a rule does; where visits do not meet its steps, on which days it acts."""
        said = rule.describe(self.unit)
        if not isinstance(rule, Escalate | Ladder):
            return said
        steps = rule.steps(self.visits)
        if isinstance(rule, Ladder):
            meant = [day for day in rule.on_time if day <= self.days]
        else:
            meant = [n * rule.every for n in range(1, len(steps) + 1)]
        if steps == meant:
            return said
        first = ", ".join(str(day) for day in steps[:4]) + (", ..." if len(steps) > 4 else "")
        return f"{said}; by the visits on day {first}"

    def measured(self, model: Model, covariates: Collection[str] = ()) -> tuple[str, ...]:
        """Return the quantities of the model that visits measure.

        Parameters
        ----------
        model
            Rules and assays may use its quantities and parameters.
        covariates
            What else rules may ask for.

        Raises
        ------
        UnknownNameError
            If a rule or an assay refers to something that the model does not know.
        """
        names = [*(rule.quantity for rule in self.rules if rule.quantity), *self.assay]
        measurable = {q.name for q in model.vocabulary if q.kind in ("observable", "auxiliary")}
        measurable |= {state.name for state in model.states}
        for name in names:
            if name not in measurable and name not in model.defaults and name not in covariates:
                raise unknown(
                    f"quantity of protocol {self.name!r}:", name, {*measurable, *covariates}
                )
        return tuple(dict.fromkeys(name for name in names if name in measurable))

    def given(self) -> list[Regimen]:
        """Return what it may give: a dose of its own, what goes alongside, and each course.

        The amount of the dose is 1 where doses are per kilogram.
        """
        unit, by_weight = unit_by_weight(self.unit) or (self.unit, "")
        amount = self.start if self.start > 0 and not by_weight else 1.0
        courses = [rule.regimen for rule in self.rules if isinstance(rule, DrugCourse)]
        return [Regimen(doses=_doses(self.drug, amount, unit, (0,))), self.alongside, *courses]

    @property
    def by_weight(self) -> bool:
        """Whether its doses are per kilogram of body weight."""
        return unit_by_weight(self.unit) is not None

    def orders(
        self, book: Book, day: int, length: int, weights: Array | None = None
    ) -> tuple[list[Regimen], Integers, Array]:
        """Return the doses until the next visit.

        Parameters
        ----------
        book
            What is prescribed.
        day, length
            The day of the visit, and the days until the next.
        weights
            Body weight of each patient in kg, shape (n_patients,); doses per kilogram need it.

        Returns
        -------
        regimens, which, amounts
            The distinct regimens, whose time 0 is this visit; the number of that of each patient;
            and the dose of each patient on each day, shape (n_patients, length).
        """
        on = np.array([self.cycle.gives(day + n) for n in range(length)])
        level = np.where(book.treated, book.level, 0.0)
        keys = [level * self._amount_of_one(weights)]
        courses = [rule for rule in self.rules if isinstance(rule, DrugCourse)]
        for course in courses:
            since = day - book.courses[course.key]
            keys.append(np.where((since >= 0) & (since < course.days), since, -1.0))
        if len(keys) == 1:
            alone, which = np.unique(keys[0], return_inverse=True)
            distinct = alone[:, None]
        else:
            distinct, which = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
        regimens = [self._regimen(row, courses, on, day, length) for row in distinct]
        return regimens, which.reshape(-1).astype(np.int64), level[:, None] * on

    def _amount_of_one(self, weights: Array | None) -> Array:
        """Return the amount, in the unit of the dose, that one unit of the protocol is."""
        parts = unit_by_weight(self.unit)
        if parts is None:
            return np.ones(1)
        if weights is None:
            raise InputError(f"protocol {self.name!r}: doses in {self.unit} need body weights")
        return weights * convert(1.0, "kg", to=parts[1])

    def _regimen(
        self, row: Array, courses: Sequence[DrugCourse], on: Array, day: int, length: int
    ) -> Regimen:
        unit, _ = unit_by_weight(self.unit) or (self.unit, "")
        amount = float(row[0])
        given = _doses(self.drug, amount, unit, tuple(np.flatnonzero(on))) if amount > 0 else ()
        others = _shifted(self.alongside, day, length, day + length)
        for course, since in zip(courses, row[1:], strict=True):
            if since >= 0:
                others += _shifted(course.regimen, float(since), length, course.days)
        return Regimen(doses=tuple(sorted([*given, *others])) if others else given)


@lru_cache(maxsize=1024)
def _doses(drug: str, amount: float, unit: str, days: tuple[int, ...]) -> tuple[Dose, ...]:
    """Return equal doses on some days; a trial gives the same ones at many visits."""
    return tuple(Dose(float(day), drug, amount, unit) for day in days)


def _shifted(regimen: Regimen, begin: float, length: float, end: float) -> list[Dose]:
    """Return the doses of a regimen in [begin, begin + length), as seen from its begin."""
    doses = regimen.unroll(min(begin + length, end))
    return [replace(dose, time=dose.time - begin) for dose in doses if dose.time >= begin]
