"""What in a model follows time alone, and where in symbols it may change quickly.

A pulse of time is nothing to a step that passes over it. Its place and width stand in its symbols,
though: where the argument of an exponential turns, a sigmoid's is zero, a sine's has gone on by a
quarter turn, a condition changes. `marks` looks there before a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import sympy
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair

from pdmodel.engine.symbolic.event_conditions import event_conditions
from pdmodel.model import Model
from pdmodel.model.expressions.functions import larger, lower, whole_part

_WAVES = (sympy.sin, sympy.cos, sympy.tan)
_MOST_DEGREE = 12
_QUARTER = sympy.pi / 2
# A polynomial up to this degree is followed by any step.
_PLAIN_DEGREE = 4


class TimeFeature(NamedTuple):
    """An expression of time, and what of it matters.

    Parameters
    ----------
    kind
        `turn`: where it is zero or turns. `quarter`: where it passes a whole number, too. `jump`:
        where it passes a whole number the course jumps. `bend`: where it is zero a condition
        changes, so that the course may jump or bend.
    expression
        In time and parameters.
    """

    kind: str
    expression: sympy.Expr


class TimeParts(NamedTuple):
    """The parts of a model that follow time alone; all hold time and parameters only.

    Parameters
    ----------
    time, parameters
        The symbols they hold.
    courses
        The largest such expressions, but for those that any step follows.
    polynomials
        Coefficients by powers of time, the highest first, of polynomials that may turn or vanish
        where something happens.
    looks
        What else to look at, inner expressions first.
    kept
        Expressions at whose zeros and turning points a step must end whatever the courses do: they
        stand beside states, in a function or in what a trigger watches.
    """

    time: sympy.Symbol
    parameters: tuple[sympy.Symbol, ...]
    courses: tuple[sympy.Expr, ...]
    polynomials: tuple[tuple[sympy.Expr, ...], ...]
    looks: tuple[TimeFeature, ...]
    kept: tuple[sympy.Expr, ...]


class Watched(NamedTuple):
    """A quantity and a threshold that a trigger waits for."""

    quantity: str
    threshold: float


def has_jumps(parts: TimeParts) -> bool:
    """Return whether a whole part of time jumps, alone or in a condition."""
    return any(look.kind == "jump" for look in parts.looks)


def time_parts(model: Model, watched: Sequence[Watched] = ()) -> TimeParts | None:
    """Return what follows time alone in what a run needs, or None if nothing does.

    Parameters
    ----------
    model
        Its rates, and the auxiliaries that they use.
    watched
        What triggers watch besides.
    """
    if not uses_time(model) and model.vocabulary.time not in model.in_events:
        return None
    return _time_parts(model, tuple(watched))


def uses_time(model: Model) -> bool:
    """Return whether any equation of a model holds the time."""
    return model.timed


@lru_cache(maxsize=64)
def _time_parts(model: Model, watched: tuple[Watched, ...]) -> TimeParts | None:
    finder = _Finder(model)
    for rate in finder.rates():
        finder.look_into(rate)
    for comparison in event_conditions(model).comparisons:
        finder.look_into_height(lower(comparison.high - comparison.low))
    for watch in watched:
        finder.look_into(finder.expression(watch.quantity), watch.threshold)
    return finder.parts()


class _Finder:
    """Collects the parts of one model."""

    def __init__(self, model: Model) -> None:
        self.model, self.time = model, model.vocabulary.time
        states = set(model.states)
        self.known: dict[sympy.Symbol, sympy.Expr] = {}
        # Auxiliaries that follow states stay as they are and are looked into on their own.
        self.by_state: dict[sympy.Symbol, sympy.Expr] = {}
        for symbol, expression in model.definitions.items():
            written = lower(expression).xreplace(self.known)
            if written.free_symbols & (states | self.by_state.keys()):
                self.by_state[symbol] = written
            else:
                self.known[symbol] = written
        self.states = states | self.by_state.keys()
        self.start = _at_start(model, self.known, self.by_state)
        self.courses: dict[sympy.Expr, None] = {}
        self.kept: dict[sympy.Expr, None] = {}
        self.thresholds: dict[sympy.Expr, None] = {}

    def rates(self) -> Iterator[sympy.Expr]:
        """Yield the rates, and the auxiliaries that they use and that follow states."""
        rates = [lower(rate).xreplace(self.known) for rate in self.model.odes.values()]
        yield from rates
        yield from self._used_by(rates)

    def _used_by(self, expressions: Sequence[sympy.Expr]) -> Iterator[sympy.Expr]:
        used = {symbol for expression in expressions for symbol in expression.free_symbols}
        for symbol, expression in reversed(list(self.by_state.items())):
            if symbol in used:
                used |= expression.free_symbols
                yield expression

    def expression(self, name: str) -> sympy.Expr:
        """Return a quantity."""
        symbol = sympy.Symbol(name)
        return self.known.get(symbol, self.by_state.get(symbol, symbol))

    def look_into(self, expression: sympy.Expr, threshold: float | None = None) -> None:
        """Collect the largest parts of an expression that follow time alone."""
        if threshold is None:
            self._walk(expression, kept=False)
            return
        if self._is_course(expression):
            self.thresholds[expression - sympy.Float(threshold)] = None
        for part in (expression, *self._used_by([expression])):
            self._walk(part, kept=True)

    def look_into_height(self, height: sympy.Expr) -> None:
        """Look into what an event compares; when a straight line of time passes 0 is known."""
        written = height.xreplace(self.known)
        straight = self._is_course(written) and written.is_polynomial(self.time)
        if not (straight and sympy.degree(written, self.time) == 1):
            self.look_into(written, 0.0)

    def _is_course(self, node: sympy.Basic) -> bool:
        return self.time in node.free_symbols and not node.free_symbols & self.states

    def _walk(self, node: sympy.Basic, *, kept: bool) -> None:
        if self.time not in node.free_symbols:
            return
        if isinstance(node, ExprCondPair):  # a branch is no quantity, though its parts are
            for argument in node.args:
                self._walk(argument, kept=kept)
        elif self._is_course(node):
            self._note(node, kept=kept)
        elif isinstance(node, sympy.Add | sympy.Mul):
            alone = [argument for argument in node.args if self._is_course(argument)]
            if alone:
                self._note(node.func(*alone), kept=kept)
            for argument in node.args:
                if argument not in alone:
                    self._walk(argument, kept=kept)
        else:
            # How fast a function of time and states changes is seen with the states at their start.
            inside = isinstance(node, sympy.Function | sympy.Pow | Relational)
            inside = inside and not isinstance(node, sympy.Piecewise)
            if inside and isinstance(node, sympy.Expr):
                self.courses[node.xreplace(self.start)] = None
            for argument in node.args:
                self._walk(argument, kept=kept or inside)

    def _note(self, node: sympy.Basic, *, kept: bool) -> None:
        course = node if isinstance(node, sympy.Expr) else sympy.Piecewise((1, node), (0, True))
        self.courses[course] = None
        if kept and isinstance(node, sympy.Expr):
            self.kept[course] = None

    def parts(self) -> TimeParts | None:
        """Return what was collected; None where steps of any size can follow it."""
        nodes = _Nodes(self.time)
        for course in (*self.courses, *self.thresholds, *self.kept):
            nodes.look_into(course)
        for course in self.thresholds:
            nodes.bend(course)
        courses = [c for c in (*self.courses, *self.thresholds) if not _is_plain(c, self.time)]
        looks = (look.expression for look in nodes.looks if look.kind != "turn")
        all_courses = (*courses, *looks, *self.kept)
        if not all_courses:
            return None
        used = {symbol for course in all_courses for symbol in course.free_symbols} - {self.time}
        return TimeParts(
            self.time, tuple(sorted(used, key=str)), tuple(courses), tuple(nodes.polynomials),
            tuple(nodes.looks), tuple(self.kept),
        )  # fmt: skip


def _at_start(
    model: Model,
    definitions: dict[sympy.Symbol, sympy.Expr],
    by_state: dict[sympy.Symbol, sympy.Expr],
) -> dict[sympy.Symbol, sympy.Expr]:
    """Return states, and what follows them, with every state at its start."""
    start = {state: lower(e).xreplace(definitions) for state, e in model.initials.items()}
    for symbol, expression in by_state.items():
        start[symbol] = expression.xreplace(start)
    return start


def _is_plain(course: sympy.Expr, time: sympy.Symbol) -> bool:
    if not course.is_polynomial(time):
        return False
    return bool(sympy.degree(course, time) <= _PLAIN_DEGREE)


class _Nodes:
    """Sorts the nodes of courses by what may happen at them; inner ones come first."""

    def __init__(self, time: sympy.Symbol) -> None:
        self.time = time
        self.polynomials: dict[tuple[sympy.Expr, ...], None] = {}
        self.looks: dict[TimeFeature, None] = {}
        self._seen: set[sympy.Basic] = set()

    def look_into(self, node: sympy.Basic) -> None:
        """Note a node and what it is made of."""
        if node in self._seen or self.time not in node.free_symbols:
            return
        self._seen.add(node)
        for argument in node.args:
            self.look_into(argument)
        if isinstance(node, Relational | larger):
            self.bend(node.args[0] - node.args[1])
        elif isinstance(node, whole_part):
            self._note("jump", node.args[0])
        elif isinstance(node, _WAVES):
            self._note("quarter", node.args[0] / _QUARTER)
        elif isinstance(node, sympy.Piecewise):
            return  # what its branches and conditions are made of is noted
        elif isinstance(node, sympy.Add | sympy.Mul):
            self._turn_of_polynomial(node)
        elif isinstance(node, sympy.Function | sympy.Pow):
            for argument in node.args:
                self._note("turn", argument)

    def bend(self, height: sympy.Expr) -> None:
        """Note where a condition changes."""
        self._note("bend", height)

    def _note(self, kind: str, expression: sympy.Basic) -> None:
        if self.time not in expression.free_symbols:
            return
        if self._turn_of_polynomial(expression) and kind == "turn":
            return
        if kind != "turn":
            self._note("turn", expression)
        self.looks[TimeFeature(kind, expression)] = None

    def _turn_of_polynomial(self, expression: sympy.Basic) -> bool:
        if not expression.is_polynomial(self.time):
            return False
        polynomial = sympy.Poly(expression, self.time)
        if polynomial.degree() > _MOST_DEGREE:
            return False
        self.polynomials[tuple(polynomial.all_coeffs())] = None
        return True
