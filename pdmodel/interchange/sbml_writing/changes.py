"""What changes states and parameters at once: doses, and the events of the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from pdmodel.interchange.dose_events import train_words
from pdmodel.interchange.pulse_train import Train
from pdmodel.interchange.sbml_writing.sheet import SbmlSheet
from pdmodel.units import ONE, Unit


def write_doses(sheet: SbmlSheet) -> None:
    """Write what is given as events: a rule that repeats is one event, however often."""
    for number, giving in enumerate(sheet.plan.givings(), 1):
        if giving.infusion is None:
            changes = {giving.state: giving.state + sympy.Float(giving.amount, 17)}
            what = f"dose into {giving.state.name}"
        else:
            changes = {giving.infusion: sympy.Float(giving.amount, 17)}
            what = f"rate of infusion into {giving.state.name}"
        words = f"{what}, {train_words(giving.train)}"
        _write_train(sheet, f"dose_{number}", giving.train, changes, words)
    time = sheet.model.vocabulary.time
    for number, (moment, changes) in enumerate(sheet.plan.moments(), 1):
        write_event(sheet, f"change_{number}", sympy.Ge(time, sympy.Float(moment, 17)), changes)


def _write_train(
    sheet: SbmlSheet, name: str, train: Train, changes: Mapping[sympy.Symbol, Any], words: str
) -> None:
    time = sheet.model.vocabulary.time
    identifier = sheet.names.take(name)
    if train.count == 1:
        when = sympy.Ge(time, sympy.Float(train.first, 17))
        write_event(sheet, identifier, when, changes, words, taken=True)
        return
    time_unit = sheet.unit(time)

    def own(word: str, value: float, unit: Unit, text: str, constant: bool) -> sympy.Symbol:
        symbol = sympy.Symbol(sheet.names.take(f"{identifier}_{word}"))
        sheet.own(symbol, symbol.name, unit)
        sheet.parameter(symbol, value, unit, constant=constant, name=text)
        return symbol

    given = own("given", 0.0, ONE, "how often it was given", False)
    following = own("next", train.first, time_unit, "when it is given next", False)
    first = own("first", train.first, time_unit, "when it is given first", True)
    interval = own("interval", train.interval, time_unit, "from one to the next", True)
    coming = given + 1
    next_time = first + interval * coming
    if train.inner:
        cycle = own("cycle", train.cycle, time_unit, "from one cycle to the next", True)
        turn = sympy.floor(coming / train.inner)
        next_time = first + cycle * turn + interval * (coming - train.inner * turn)
    when = sympy.And(sympy.Ge(time, following), sympy.Lt(given, train.count))
    counting = {given: coming, following: next_time}
    write_event(sheet, identifier, when, {**changes, **counting}, words, taken=True)


def write_event(
    sheet: SbmlSheet, name: str, when: sympy.Basic, changes: Mapping[sympy.Symbol, Any],
    words: str = "", *, taken: bool = False, at_trigger: bool = False, initially: bool = False,
    persistent: bool = True,
) -> Any:  # fmt: skip
    """Write one event.

    True at the start counts as becoming true unless said otherwise; of two doses at one moment the
    second sees what the first has done.
    """
    event = sheet.sbml.createEvent()
    event.setId(name if taken else sheet.names.take(name))
    if words:
        event.setName(words)
    event.setUseValuesFromTriggerTime(at_trigger)
    trigger = event.createTrigger()
    trigger.setInitialValue(initially), trigger.setPersistent(persistent)
    trigger.setMath(sheet.mathematics.write(when))
    for symbol, expression in changes.items():
        assignment = event.createEventAssignment()
        assignment.setVariable(sheet.identifier(symbol))
        math = sheet.mathematics.write(sympy.sympify(expression), sheet.unit(symbol))
        assignment.setMath(math)
    return event


def write_events(sheet: SbmlSheet) -> None:
    """Write the events of the model itself."""
    for event in sheet.model.events:
        element = write_event(
            sheet, event.name, event.when, event.assign, at_trigger=event.values_at == "trigger",
            initially=event.initially, persistent=event.persistent,
        )  # fmt: skip
        time = sheet.unit(sheet.model.vocabulary.time)
        if event.delay != 0:
            element.createDelay().setMath(sheet.mathematics.write(event.delay, time))
        if event.priority is not None:
            element.createPriority().setMath(sheet.mathematics.write(event.priority, ONE))
