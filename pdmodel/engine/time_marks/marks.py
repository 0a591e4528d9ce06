"""Times at which the steps of a run must end, so that nothing that follows time alone is missed.

Found anew for each run, because parameters move pulses; only models whose equations hold the time
have any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.engine.keeping import MAKING
from pdmodel.engine.rosenbrock.memory import SET
from pdmodel.engine.schedule.edges import Edge, RunSchedule
from pdmodel.engine.symbolic.callables import array_function
from pdmodel.engine.symbolic.time_parts import TimeParts, Watched, has_jumps, time_parts
from pdmodel.engine.time_marks.panels import Panels, TooMany
from pdmodel.engine.time_marks.seeds import Course, Samples, polynomial_seeds
from pdmodel.errors import InputError, shortened
from pdmodel.model import Model
from pdmodel.model.expressions.functions import whole_part

MOST_MARKS = 200_000
"""Marks that one run may have."""
_FIRST_PANELS = 16
# Two times nearer than this, in shares of the run, are one.
_APART = 1e-13
# Halvings of the run around a time at which something may happen, and for how many of them.
_NEAREST, _FEW_COEFFICIENTS, _FEW_SEEDS = 34, 60, 20
# How far from a jump the steps before and after it end and begin, in shares of the run.
_BESIDE = 1e-12


class Marker:
    """Finds the marks of a model's runs.

    Parameters
    ----------
    model
        Its equations hold the time.
    parts
        What in them follows time alone.
    """

    def __init__(self, model: Model, parts: TimeParts) -> None:
        self.model, self.parts = model, parts
        self.names = tuple(symbol.name for symbol in parts.parameters)
        self.jumps = has_jumps(parts)
        time, parameters = parts.time, list(parts.parameters)
        inputs = [time, *parameters]
        flat = [number for coefficients in parts.polynomials for number in coefficients]
        self._coefficients = array_function(parameters, flat)
        self._courses = array_function([time, *parameters], list(parts.courses))
        self._kept = [
            (_coefficients(expression, time, parameters), array_function(inputs, [expression]))
            for expression in parts.kept
        ]
        self.between = lru_cache(maxsize=32)(self._within)
        self._looks = [
            (
                look,
                _line(look.expression, time, parameters),
                array_function(inputs, [look.expression]),
            )
            for look in parts.looks
        ]

    def schedule(
        self, schedule: RunSchedule, values: Mapping[str, float], since: float = 0.0
    ) -> RunSchedule:
        """Return a schedule with an edge at every mark, at which nothing happens.

        Parameters
        ----------
        schedule
            What happens when; its covariates move marks.
        values
            Parameters by name, as they are from the beginning on.
        since
            Day of the beginning; no mark is before it.

        Raises
        ------
        InputError
            If there are more marks than a run can have.
        """
        names = [quantity.name for quantity in self.model.parameters]
        now = [float(values[name]) for name in self.names]
        begin, marks = since, [np.zeros(0)]
        for edge in (*schedule.edges, Edge(schedule.horizon, ())):
            changes = {
                self.names.index(names[step.target]): step.value
                for step in edge.steps
                if step.kind == SET and names[step.target] in self.names
            }
            if (changes or edge.time == schedule.horizon) and edge.time > begin:
                marks.append(self.between(begin, edge.time, tuple(now)))
                begin = edge.time
            for parameter, value in changes.items():
                now[parameter] = value
        there = {edge.time for edge in schedule.edges}
        new = [Edge(t, ()) for t in np.concatenate(marks).tolist() if t not in there]
        if not new:
            return schedule
        edges = sorted([*schedule.edges, *new], key=lambda edge: edge.time)
        return replace(schedule, edges=tuple(edges))

    def _within(self, begin: float, end: float, values: tuple[float, ...]) -> Array:
        """Return the marks within a time, sorted, at parameters in the order of `names`."""
        try:
            marks = self._marks(begin, end, [np.float64(value) for value in values])
        except TooMany:
            marks = np.zeros(MOST_MARKS + 1)
        if marks.size > MOST_MARKS:
            raise InputError(
                f"model {self.model.name!r} changes with time more than {MOST_MARKS:,} times in "
                f"{end - begin:g} days ({_words(self.parts)}): run fewer days, or write what "
                "repeats so fast as its mean"
            )
        return marks

    def _marks(self, begin: float, end: float, values: list[Any]) -> Array:
        ends, fixed, jumps = self._seeded(begin, end, values)
        stays = np.isin(ends, fixed).astype(np.int64)
        fixed = ends[stays != 0]
        courses = _stacked(self._courses, values, len(self.parts.courses))
        marks = Panels(courses, ends, stays, MOST_MARKS).ends()
        marks = np.union1d(marks, _between(begin, end, fixed))
        # No mode holds a whole part on its side: a step of next to no length passes over its jump.
        beside = _BESIDE * (end - begin)
        marks = _with(marks, np.concatenate([jumps - beside, jumps + beside]), begin, end)
        for polynomial, kept in self._kept:
            seeds = _kept(polynomial, _bound(kept, values), values, ends)
            marks = _with(marks, seeds, begin, end)
        return _apart(marks[~np.isin(marks, fixed)], begin, end)

    def _seeded(
        self, begin: float, end: float, values: list[Any]
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        """Return where something may happen, where courses jump or bend, and where whole parts do.

        Around each such time others are added, nearer and nearer, so that what happens soon after
        it is seen at whatever scale it does.
        """
        ends = _with(np.linspace(begin, end, _FIRST_PANELS + 1), _around(begin, end), begin, end)
        flat, at = np.array([float(c) for c in self._coefficients(*values)]), 0
        for coefficients in self.parts.polynomials:
            seeds = polynomial_seeds(flat[at : at + len(coefficients)])
            at += len(coefficients)
            near = _around(begin, end, seeds) if flat.size < _FEW_COEFFICIENTS else seeds
            ends = _with(_with(ends, near, begin, end), seeds, begin, end)
        fixed = jumps = np.zeros(0)
        for look, line, function in self._looks:
            seeds, corners = _look(look.kind, line, _bound(function, values), values, ends)
            seeds = np.concatenate([seeds, corners])
            near = _around(begin, end, seeds) if seeds.size < _FEW_SEEDS else seeds
            ends = _with(_with(ends, near, begin, end), seeds, begin, end)
            fixed = np.concatenate([fixed, corners])
            if look.expression.has(whole_part) or look.kind == "jump":
                jumps = np.concatenate([jumps, corners])
        return ends, fixed, jumps


def _coefficients(
    expression: sympy.Expr, time: sympy.Symbol, parameters: list[sympy.Symbol]
) -> Callable[..., Any] | None:
    """Return the coefficients of a polynomial, the highest power first, by the parameters."""
    if not expression.is_polynomial(time):
        return None
    return array_function(parameters, sympy.Poly(expression, time).all_coeffs())


def _line(
    expression: sympy.Expr, time: sympy.Symbol, parameters: list[sympy.Symbol]
) -> Callable[..., Any] | None:
    """Return slope and value at time 0 of a straight line, as a function of the parameters."""
    straight = expression.is_polynomial(time) and sympy.degree(expression, time) == 1
    return _coefficients(expression, time, parameters) if straight else None


def _look(
    kind: str, line: Callable[..., Any] | None, course: Course, values: list[Any], ends: Array
) -> tuple[Array, Array]:
    """Return times that matter, and those at which a course jumps or bends."""
    none = np.zeros(0)
    if line is not None:
        slope, start = (float(number) for number in line(*values))
        if kind == "bend":
            return none, polynomial_seeds(np.array([slope, start]))
        passed = _whole_on_line(slope, start, ends[0], ends[-1])
        return (none, passed) if kind == "jump" else (passed, none)
    samples = Samples(course, ends, MOST_MARKS)
    if kind == "turn":
        return np.concatenate([samples.zeros(), samples.turns()]), none
    if kind == "bend":
        return samples.turns(), samples.zeros()
    return (none, samples.whole()) if kind == "jump" else (samples.whole(), none)


def _whole_on_line(slope: float, start: float, begin: float, end: float) -> Array:
    first, last = sorted((slope * begin + start, slope * end + start))
    if not np.isfinite(last - first) or slope == 0:
        return np.zeros(0)
    if last - first > MOST_MARKS:
        raise TooMany
    numbers = np.arange(np.ceil(first), np.floor(last) + 1)
    result: Array = (numbers - start) / slope
    return result


def _kept(
    coefficients: Callable[..., Any] | None, course: Course, values: list[Any], ends: Array
) -> Array:
    """Return zeros and turning points of a course."""
    if coefficients is not None:
        return polynomial_seeds(np.array([float(c) for c in coefficients(*values)]))
    samples = Samples(course, ends, MOST_MARKS)
    return np.concatenate([samples.zeros(), samples.turns(), ends[samples.turns_at_end()]])


def _bound(function: Callable[..., Any], values: list[Any]) -> Course:
    def course(times: Array) -> Array:
        (value,) = function(times, *values)
        return np.broadcast_to(np.asarray(value, dtype=float), times.shape)

    return course


def _stacked(function: Callable[..., Any], values: list[Any], count: int) -> Course:
    def courses(times: Array) -> Array:
        rows = np.empty((count, times.size))
        for row, value in zip(rows, function(times, *values), strict=True):
            row[:] = value
        return rows

    return courses


def _with(times: Array, seeds: Array, begin: float, end: float) -> Array:
    """Return times with further ones between begin and end of the run, none twice."""
    least = _APART * (end - begin)
    inside = seeds[np.isfinite(seeds) & (seeds > begin + least) & (seeds < end - least)]
    if inside.size == 0:
        return times
    if inside.size + times.size > MOST_MARKS:
        raise TooMany
    return np.union1d(times, inside)


def _around(begin: float, end: float, seeds: Array | None = None) -> Array:
    """Return times on both sides of others, each twice as near as the one before."""
    away: Array = np.asarray((end - begin) * 0.5 ** np.arange(4, _NEAREST), dtype=float)
    if seeds is None:
        return begin + away
    inside = seeds[(seeds >= begin) & (seeds < end)]
    result: Array = (inside[:, np.newaxis] + np.concatenate([-away, away])).reshape(-1)
    return result


def _apart(times: Array, begin: float, end: float) -> Array:
    """Return times without those that are another one but for rounding, or an end of the run."""
    least = _APART * (end - begin)
    inside = times[(times > begin + least) & (times < end - least)]
    result: Array = inside[np.diff(inside, prepend=-np.inf) > least]
    return result


def _between(begin: float, end: float, fixed: Array) -> Array:
    """Return a time between any two at which a course jumps, so that no step passes both."""
    if not fixed.size:
        return fixed
    corners = np.concatenate([[begin], fixed, [end]])
    middle: Array = 0.5 * (corners[:-1] + corners[1:])
    return middle


def _words(parts: TimeParts) -> str:
    return shortened(str(parts.courses[0] if parts.courses else parts.looks[0].expression), 70)


def marker_of(model: Model, watched: Sequence[Watched] = ()) -> Marker | None:
    """Return what finds the marks of a model, or None if nothing in it follows time alone."""
    with MAKING:
        parts = time_parts(model, watched)
        return None if parts is None else _marker(model, parts)


@lru_cache(maxsize=64)
def _marker(model: Model, parts: TimeParts) -> Marker:
    return Marker(model, parts)
