"""The events of a model as machine code: what they compare, and what they put in place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from pdmodel.arrays import Integers
from pdmodel.engine.codegen.expressions import kernel_values
from pdmodel.engine.codegen.program import Program
from pdmodel.engine.codegen.scalar_code import ScalarCode
from pdmodel.engine.codegen.symengine_door import (
    Expression,
    names_in,
    number,
    slope,
    symbol,
)
from pdmodel.engine.compiled_model.machine import Machine
from pdmodel.engine.rosenbrock.memory import REPLACE, SET
from pdmodel.engine.symbolic.event_conditions import Condition, event_conditions


class Assignments(NamedTuple):
    """What an event changes, and where its numbers stand in what the code writes.

    Parameters
    ----------
    delay, priority
        Places; -1 for no priority.
    targets
        `SET` and the index of a parameter, or `REPLACE` and the index of a state.
    first
        Place of the first value.
    """

    delay: int
    priority: int
    targets: tuple[tuple[int, int], ...]
    first: int


class EventCode:
    """What is computed of the events of a model, from time, states, parameters and constants.

    Attributes
    ----------
    conditions, strict
        The condition of each event over comparisons, and which of these are strict.
    lines, watched
        Comparisons that follow time alone in a straight line, so that it is known when they
        change; and those whose roots must be looked for.
    facts
        Code of all that is known of events: the height of each comparison; its high and its low
        side; its slope by time and its height at time 0 where it is a line; and what `assignments`
        names. The integrator watches the heights by the same code, so that both read the same.
    assignments
        One an event.
    """

    def __init__(self, machine: Machine) -> None:
        comparisons, conditions = event_conditions(machine.model)
        self.conditions: tuple[Condition, ...] = conditions
        self.strict = np.array([c.strict for c in comparisons], dtype=bool)
        sides = [(machine.inlined(c.high), machine.inlined(c.low)) for c in comparisons]
        heights = [high - low for high, low in sides]
        time = symbol(machine.time)
        lines = [_line(height, time, machine) for height in heights]
        moving = {machine.time, *machine.states}
        self.lines: Integers = _places(line is not None for line in lines)
        self.watched: Integers = _places(
            line is None and bool(names_in(height) & moving)
            for line, height in zip(lines, heights, strict=True)
        )
        facts = [side for pair in sides for side in pair]
        for line in lines:
            facts += [number(0), number(0)] if line is None else line
        self.assignments = tuple(_assignments(machine, facts, len(sides)))
        self.facts: ScalarCode = _compile_facts(machine.observed_inputs, facts, len(sides))

    @property
    def n_comparisons(self) -> int:
        """How many comparisons there are."""
        return int(self.strict.size)


def _places(flags: Iterable[bool]) -> Integers:
    return np.flatnonzero(np.array(list(flags), dtype=bool)).astype(np.int64)


def _line(height: Expression, time: Expression, machine: Machine) -> list[Expression] | None:
    """Return slope and height at time 0 of what follows time alone in a straight line."""
    used = names_in(height)
    if machine.time not in used or used & set(machine.states):
        return None
    by_time = slope(height, time)
    if machine.time in names_in(by_time) or "Piecewise" in str(height):
        return None
    return [by_time, height.xreplace({time: number(0)})]


def _compile_facts(
    inputs: list[Expression], facts: list[Expression], n_comparisons: int
) -> ScalarCode:
    """Compile facts, with the heights of comparisons before them.

    A height is the difference of the two numbers, not that of the two expressions, whose terms
    would be added up in another order: so it is above 0 just where one number is larger.
    """
    program = Program(1)
    f = program.function("f")
    values = kernel_values(f, inputs, facts)
    heights = [f.sub(values[2 * i], values[2 * i + 1]) for i in range(n_comparisons)]
    for row, value in enumerate((*heights, *values)):
        f.store(row, value)
    code = program.compile()
    return ScalarCode(code.address("f"), n_comparisons + len(facts), code)


def _assignments(machine: Machine, facts: list[Expression], before: int) -> list[Assignments]:
    """Append delays, priorities and values of all events; return where they stand."""
    result = []
    for event in machine.model.events:
        delay, priority = before + len(facts), -1
        facts.append(machine.inlined(event.delay))
        if event.priority is not None:
            priority = before + len(facts)
            facts.append(machine.inlined(event.priority))
        first = before + len(facts)
        facts += [machine.inlined(value) for value in event.assign.values()]
        targets = tuple(_target(machine, target.name) for target in event.assign)
        result.append(Assignments(delay, priority, targets, first))
    return result


def _target(machine: Machine, name: str) -> tuple[int, int]:
    if name in machine.states:
        return REPLACE, machine.states.index(name)
    return SET, machine.parameters.index(name)


def event_code_of(machine: Machine) -> EventCode:
    """Return the code of the events of a model, made once."""
    code: EventCode = machine.events.take(0, lambda: EventCode(machine))
    return code
