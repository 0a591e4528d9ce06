"""A model with the values of a patient and a regimen, as Antimony text.

States are species of one compartment of size 1, amounts only, so that their symbols mean what they
mean in the equations. Named processes are reactions, auxiliaries assignment rules, doses events.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import sympy

from pdmodel.dosing import Timetable
from pdmodel.engine.schedule.edges import RunSchedule
from pdmodel.errors import InputError
from pdmodel.interchange.dose_events import DoseEvents
from pdmodel.interchange.dose_plan import DosePlan
from pdmodel.interchange.formula import Formulas, finite_number
from pdmodel.interchange.names import Names
from pdmodel.interchange.written_case import WrittenCase, written_symbols
from pdmodel.model import Model, Patient
from pdmodel.model.equations import Process
from pdmodel.model.expressions.functions import lower
from pdmodel.model.printing.text import expression_text, split_sign


class Reaction(NamedTuple):
    """One arrow.

    Parameters
    ----------
    name
        The process, and the state too where the process is several arrows.
    losing, gaining
        States before and behind the arrow.
    rate
        Amount a unit of time, of each of them.
    mechanism
        Where it comes from.
    """

    name: str
    losing: tuple[sympy.Symbol, ...]
    gaining: tuple[sympy.Symbol, ...]
    rate: sympy.Expr
    mechanism: str


def reactions(model: Model) -> list[Reaction]:
    """Return the processes of a model as reactions, in the order of the model."""
    arrows: dict[tuple[str, str, sympy.Expr], list[Process]] = {}
    for process in model.processes:
        size = split_sign(process)[1]
        name = process.name.removeprefix(f"{process.mechanism}.")
        arrows.setdefault((process.mechanism, name, size), []).append(process)
    often = Counter(name for _, name, _ in arrows)
    return [
        _reaction(name if often[name] == 1 else f"{name}__{parts[0].state}", size, parts)
        for (_, name, size), parts in arrows.items()
    ]


def _reaction(name: str, size: sympy.Expr, parts: Sequence[Process]) -> Reaction:
    losing = tuple(part.state for part in parts if split_sign(part)[0] == "-")
    gaining = tuple(part.state for part in parts if split_sign(part)[0] == "+")
    return Reaction(name, losing, gaining, size, parts[0].mechanism)


_WIDTH = 96


def to_antimony(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    patient: Patient | Mapping[str, float] | None = None,
) -> str:
    """Write a model under a regimen as Antimony.

    Parameters
    ----------
    model
        The equations and their default values.
    regimen
        A Regimen, event records, or words such as `10 mg daily`.
    days
        Doses before this day are written.
    patient
        A Patient, or parameter names and values that differ from the defaults.

    Returns
    -------
    str
        One model. A name that Antimony keeps for itself is changed; a comment says so.

    Raises
    ------
    InputError
        If a value or name is not allowed, or something has no counterpart in SBML.
    RegimenError
        If the regimen cannot be given to this model.
    """
    case = WrittenCase.of(model, regimen, days, patient)
    return _AntimonyWriter(model, case.values, case.schedule).text(case.head)


class _AntimonyWriter:
    """Writes one file."""

    def __init__(self, model: Model, values: Mapping[str, float], schedule: RunSchedule) -> None:
        self.model, self.values, self.schedule = model, values, schedule
        self.names = Names()
        self.identifiers: dict[sympy.Symbol, str] = {model.vocabulary.time: "time"}
        for symbol in written_symbols(model):
            self.identifier(symbol)
        self.formulas = Formulas(self.names, self.identifier)
        self.plan = DosePlan(model, schedule)
        self.events = DoseEvents(self.plan, self.names, self.formulas)

    def identifier(self, symbol: sympy.Symbol) -> str:
        """Return the name of a symbol in the file."""
        if symbol not in self.identifiers:
            self.identifiers[symbol] = self.names.take(symbol.name)
        return self.identifiers[symbol]

    def text(self, head: list[str]) -> str:
        """Return the whole file; what comes first depends on what is needed later."""
        body = [*self._sections()]
        title = self.names.take(self.model.name)
        lines = [*self._head(head), "", *self.formulas.definitions]
        if self.formulas.definitions:
            lines.append("")
        lines += [f"model {title}()", *(f"  {line}".rstrip() for line in body), "end"]
        return "\n".join(lines) + "\n"

    def _head(self, head: list[str]) -> Iterator[str]:
        claim = f": {self.model.claim}" if self.model.claim else ""
        unit = self.model.vocabulary.time_unit
        about = [f"{self.model.name}{claim}", *head, f"time in {unit}; equations {self.model.hash}"]
        if self.names.renamed:
            changed = ", ".join(f"{old} -> {new}" for old, new in self.names.renamed.items())
            about.append(f"names that had to change: {changed}")
        for line in about:
            yield from textwrap.wrap(line, _WIDTH, initial_indent="// ", subsequent_indent="//   ")

    def _sections(self) -> Iterator[str]:
        yield f"compartment {self._body} = 1;"
        titles = {
            "Parameters": self._parameters, "States": self._states,
            "Auxiliary quantities": self._definitions, "Processes": self._processes,
            "Events": self._events, "Doses": self.events.lines, "Meanings": self._meanings,
        }  # fmt: skip
        for title, lines in titles.items():
            written = [*lines()]
            if written:
                yield from ("", f"// {title}", *written)

    @cached_property
    def _body(self) -> str:
        return self.names.take("body")

    def _parameters(self) -> Iterator[str]:
        set_by_events = {symbol for event in self.model.events for symbol in event.assign}
        varying = {*self.plan.changed, *set_by_events}
        for quantity in self.model.parameters:
            kind = "var" if quantity.symbol in varying else "const"
            value = finite_number(self.values[quantity.name])
            yield f"{kind} {self.identifier(quantity.symbol)} = {value}; // {quantity.unit}"

    def _states(self) -> Iterator[str]:
        values = {sympy.Symbol(name): sympy.Float(v, 17) for name, v in self.values.items()}
        values[self.model.vocabulary.time] = sympy.Integer(0)
        for state, expression in self.model.initials.items():
            start = lower(expression).xreplace(values).evalf(17)
            if not start.is_number:
                raise InputError(f"state {state}: its start {expression} is not a number")
            why = "" if expression.is_number else f", = {expression_text(expression)}"
            unit = self.model.vocabulary[state].unit
            yield (
                f"substanceOnly species {self.identifier(state)} in {self._body} = "
                f"{finite_number(float(start))}; // {unit}{why}"
            )

    def _definitions(self) -> Iterator[str]:
        for symbol, expression in self.model.definitions.items():
            unit = self.model.vocabulary[symbol].unit
            yield f"{self.identifier(symbol)} := {self.formulas.write(expression)}; // {unit}"

    def _processes(self) -> Iterator[str]:
        for reaction in reactions(self.model):
            yield f"{self._arrow(reaction)} // {reaction.mechanism}"
        for state, rate in self.plan.infusions.items():
            infusion = Reaction(f"delivery__{state}", (), (state,), rate, "")
            yield f"var {self.identifier(rate)} = 0;"
            yield self._arrow(infusion)

    def _arrow(self, reaction: Reaction) -> str:
        before, behind = (
            " + ".join(map(self.identifier, states))
            for states in (reaction.losing, reaction.gaining)
        )
        clear = reaction.name not in self.names
        first = (*reaction.losing, *reaction.gaining)[0]
        name = self.names.take(reaction.name if clear else f"{reaction.name}__{first}")
        return f"{name}: {f'{before} -> {behind}'.strip()}; {self.formulas.write(reaction.rate)};"

    def _events(self) -> Iterator[str]:
        for event in self.model.events:
            late = f" {self.formulas.write(event.delay)} after" if event.delay != 0 else ""
            manner = [
                f"t0={str(event.initially).lower()}", f"persistent={str(event.persistent).lower()}",
                f"fromTrigger={str(event.values_at == 'trigger').lower()}",
            ]  # fmt: skip
            if event.priority is not None:
                manner.append(f"priority = {self.formulas.write(event.priority)}")
            assignments = ", ".join(
                f"{self.identifier(symbol)} = {self.formulas.write(value)}"
                for symbol, value in event.assign.items()
            )
            name, when = self.names.take(event.name), self.formulas.write(event.when)
            yield f"{name}: at{late} ({when}), {', '.join(manner)}: {assignments};"

    def _meanings(self) -> Iterator[str]:
        for symbol, name in self.identifiers.items():
            if symbol != self.model.vocabulary.time and symbol in self.model.vocabulary:
                quantity = self.model.vocabulary[symbol]
                meaning = " ".join(f"{quantity.meaning} [{quantity.unit}]".split())
                yield f'{name} is "{meaning.replace(chr(34), chr(39))}";'
