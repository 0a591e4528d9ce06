"""What is given, as events of Antimony: a rule that repeats is one event, however often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import sympy

from pdmodel.engine.rosenbrock.memory import ADD, MULTIPLY, RATE, REPLACE, RESET, SET
from pdmodel.engine.schedule.edges import Change, Edge, RunSchedule
from pdmodel.errors import InputError
from pdmodel.interchange.formula import Formulas, finite_number
from pdmodel.interchange.names import Names
from pdmodel.interchange.pulse_train import Train, split_trains
from pdmodel.model import Model

# True at the start counts as becoming true; of two events at one moment the second sees what the
# first has done.
_MANNER = "t0=false, fromTrigger=false"


class DoseEvents:
    """Writes a schedule.

    Parameters
    ----------
    model, schedule
        What is given to what.
    names, formulas
        Names and formulas of the file.

    Attributes
    ----------
    infusions
        Symbol of the rate of infusion by the symbol of its state.
    changed
        Symbols of the parameters that the schedule changes.

    Raises
    ------
    InputError
        If the schedule holds steady states, which no event can reach.
    """

    def __init__(
        self, model: Model, schedule: RunSchedule, names: Names, formulas: Formulas
    ) -> None:
        if schedule.steady:
            raise InputError(
                "doses at steady state (SS) cannot be written as events; write the doses that "
                "lead there"
            )
        self.model, self.names, self.formulas = model, names, formulas
        self.edges = schedule.edges
        steps = [step for edge in self.edges for step in edge.steps]
        infused = sorted({step.target for step in steps if step.kind == RATE})
        self.infusions = {
            model.states[target]: _symbol(f"infusion_into_{model.states[target].name}", model)
            for target in infused
        }
        parameters = [quantity.symbol for quantity in model.parameters]
        self.changed = {parameters[step.target] for step in steps if step.kind == SET}
        self._parameters, self._count = parameters, Counter[str]()

    def lines(self) -> Iterator[str]:
        """Yield events and the counters that they need."""
        yield from self._repeated()
        for edge in self.edges:
            if not _is_plain(edge):
                yield from self._moment(edge)

    # Doses and infusions, which commute --------------------------------------------------------

    def _repeated(self) -> Iterator[str]:
        for (kind, target, value), times in self._groups().items():
            state = self.model.states[target]
            amount = finite_number(value)
            if kind == ADD:
                name = self.formulas.write(state)
                change = f"{name} = {name} + {amount}"
                what = f"{amount} {self.model.vocabulary[state].unit} into {state.name}"
            else:
                change = f"{self.formulas.write(self.infusions[state])} = {amount}"
                unit = f"{self.model.vocabulary[state].unit}/{self.model.vocabulary.time_unit}"
                what = f"infusion of {amount} {unit} into {state.name}"
            for train in split_trains(times):
                yield f"// {what}, {_words(train)}"
                yield from self._train(train, change)

    def _groups(self) -> dict[tuple[int, int, float], list[float]]:
        groups: dict[tuple[int, int, float], list[float]] = {}
        for edge in self.edges:
            for step in edge.steps if _is_plain(edge) else ():
                groups.setdefault((step.kind, step.target, step.value), []).append(edge.time)
        return groups

    def _event(self, what: str) -> str:
        """Return `dose_1`, `dose_2`, ..."""
        self._count[what] += 1
        return self.names.take(f"{what}_{self._count[what]}")

    def _train(self, train: Train, change: str) -> Iterator[str]:
        event = self._event("dose")
        if train.count == 1:
            yield f"{event}: at time >= {finite_number(train.first)}, {_MANNER}: {change};"
            return
        given, following = (self.names.take(f"{event}_{word}") for word in ("given", "next"))
        yield f"var {given} = 0; var {following} = {finite_number(train.first)};"
        when = f"(time >= {following}) && ({given} < {train.count})"
        yield (
            f"{event}: at {when}, {_MANNER}: {change}, {given} = {given} + 1, "
            f"{following} = {_next_time(train, given)};"
        )

    # Everything else, one event a moment ---------------------------------------------------------

    def _moment(self, edge: Edge) -> Iterator[str]:
        """Put the steps of a moment together in their order, as one event."""
        changes: dict[sympy.Symbol, sympy.Expr] = {}
        for step in edge.steps:
            for symbol, expression in self._change(step).items():
                known = {s: changes[s] for s in expression.free_symbols if s in changes}
                changes[symbol] = expression.xreplace(known)
        assignments = ", ".join(
            f"{self.formulas.write(symbol)} = {self.formulas.write(expression)}"
            for symbol, expression in changes.items()
        )
        event = self._event("change")
        yield f"{event}: at time >= {finite_number(edge.time)}, {_MANNER}: {assignments};"

    def _change(self, step: Change) -> dict[sympy.Symbol, sympy.Expr]:
        value = sympy.Float(step.value, 17)
        if step.kind == SET:
            return {self._parameters[step.target]: value}
        if step.kind == RESET:
            return {**self.model.initials, **dict.fromkeys(self.infusions.values(), sympy.S.Zero)}
        state = self.model.states[step.target]
        changes: dict[int, Callable[[], dict[sympy.Symbol, sympy.Expr]]] = {
            ADD: lambda: {state: state + value},
            MULTIPLY: lambda: {state: state * value},
            REPLACE: lambda: {state: value},
            RATE: lambda: {self.infusions[state]: value},
        }
        return changes[step.kind]()


def _symbol(wanted: str, model: Model) -> sympy.Symbol:
    """Return a symbol that the model does not have."""
    while wanted in model.vocabulary:
        wanted += "_"
    return sympy.Symbol(wanted)


def _is_plain(edge: Edge) -> bool:
    return all(step.kind in (ADD, RATE) for step in edge.steps)


def _next_time(train: Train, given: str) -> str:
    """Return the day of the next dose by how many are given; sums would gather rounding."""
    place = f"({given} + 1)"
    terms = [(train.interval, place)]
    if train.inner:
        cycle = f"floor({place}/{train.inner})"
        terms = [(train.cycle, cycle), (train.interval, f"({place} - {train.inner}*{cycle})")]
    parts = [finite_number(train.first)] if train.first else []
    parts += [term if size == 1 else f"{finite_number(size)}*{term}" for size, term in terms]
    return " + ".join(parts)


def _words(train: Train) -> str:
    if train.count == 1:
        return f"at day {finite_number(train.first)}"
    first = f"{train.count} times, first at day {finite_number(train.first)}"
    often = f"{first}, then every {_span(train.interval)}"
    return often + (f", {train.inner} in {_span(train.cycle)}" if train.inner else "")


def _span(days: float) -> str:
    return "day" if days == 1 else f"{days:.10g} days"
