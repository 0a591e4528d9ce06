"""Faults of a model, all of them at once: symbols, slots, cycles, names, dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any, SupportsFloat
from weakref import WeakKeyDictionary

import sympy

from pdmodel.errors import InputError, UnitError, nearest
from pdmodel.model.baseline import find_cycle, moving_symbols
from pdmodel.model.equations import Equations
from pdmodel.model.event_checks import event_faults, event_unit_faults
from pdmodel.model.expressions.dimensions import unit_faults
from pdmodel.model.expressions.refusals import expression_faults, strange_symbols
from pdmodel.model.expressions.symbols import symbols_of
from pdmodel.model.vocabulary import Vocabulary
from pdmodel.units import Unit, parse_unit

_GIVEN, _PROVIDED = ("parameter", "constant"), ("auxiliary", "observable", "state")
_SOUND: WeakKeyDictionary[Vocabulary, set[tuple[sympy.Expr, sympy.Symbol, bool]]] = (
    WeakKeyDictionary()
)
"""Expressions whose units were found right: models of one vocabulary share most of them."""


def find_faults(model: Equations) -> list[str]:
    """Return one line for every fault of a model; an empty list if there is none."""
    # Where a symbol is not the declared one of that name, the other faults would only mislead.
    strange = list(_strangers(model))
    if strange:
        return strange
    symbols = (_names, _slots, _definitions, _undefined, _cycles, _initials)
    rest = (_values, _doses, _main, event_faults)
    refused = list(_refused(model))
    faults = [fault for check in symbols for fault in check(model)]
    faults += [f"{where}: {fault}" for where, fault in refused]
    faults += [fault for check in rest for fault in check(model)]
    # A start can be looked for only where every symbol stands for something.
    baselines = [] if faults else list(_baselines(model))
    return [*faults, *baselines, *_dimensions(model, {where for where, _ in refused})]


def _names(model: Equations) -> Iterator[str]:
    names = [mechanism.name for mechanism in model.mechanisms]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two mechanisms are called {name!r}"


def _strangers(model: Equations) -> Iterator[str]:
    """Look for symbols that only have the name of a declared one, wherever one may stand."""
    declared = {quantity.symbol for quantity in model.vocabulary}
    for where, expression, symbol, _ in _equations(model):
        if {symbol, *symbols_of(expression)} <= declared:
            continue
        for fault in strange_symbols(sympy.Tuple(symbol, expression), declared):
            yield f"{where}: {fault}"
    for slot in model.vocabulary.slots.values():
        for fault in strange_symbols(sympy.Tuple(*slot.states, *slot.defines), declared):
            yield f"slot {slot.name!r}: {fault}"
    for mechanism in model.mechanisms:
        for drug, state in mechanism.doses.items():
            for fault in strange_symbols(state, declared):
                yield f"{mechanism.name}, dose of {drug!r}: {fault}"
        for fault in strange_symbols(sympy.Tuple(*mechanism.dose_parameters), declared):
            yield f"{mechanism.name}, dose_parameters: {fault}"


def _slots(model: Equations) -> Iterator[str]:
    slots = model.vocabulary.slots
    filled: dict[str, str] = {}
    for mechanism in model.mechanisms:
        slot = slots.get(mechanism.slot)
        if slot is None:
            hint = nearest(mechanism.slot, slots)
            yield f"mechanism {mechanism.name!r} is for the unknown slot {mechanism.slot!r}{hint}"
            continue
        if slot.name in filled:
            both = f"{filled[slot.name]!r} and {mechanism.name!r}"
            yield f"slot {slot.name!r} is filled twice: by {both}"
        filled[slot.name] = mechanism.name
        for symbol in slot.defines:
            if symbol not in mechanism.defines:
                yield f"mechanism {mechanism.name!r} must define {symbol} for slot {slot.name!r}"
        for symbol in slot.states:
            if symbol not in mechanism.states:
                yield f"mechanism {mechanism.name!r} must govern {symbol} for slot {slot.name!r}"
    for slot in slots.values():
        needed = slot.states or any(model.vocabulary[s].neutral is None for s in slot.defines)
        if slot.name not in filled and needed:
            yield f"slot {slot.name!r} is empty: {slot.meaning}"


def _definitions(model: Equations) -> Iterator[str]:
    owner: dict[sympy.Symbol, str] = {}
    for mechanism in model.mechanisms:
        for symbol in mechanism.defines:
            kind = model.vocabulary[symbol].kind if symbol in model.vocabulary else None
            if kind not in ("auxiliary", "observable", None):
                yield f"mechanism {mechanism.name!r} defines {symbol}, which is a {kind}"
            if symbol in owner:
                yield f"{symbol} is defined twice: by {owner[symbol]!r} and {mechanism.name!r}"
            owner[symbol] = mechanism.name
        for state in mechanism.states:
            kind = model.vocabulary[state].kind if state in model.vocabulary else None
            if kind not in ("state", None):
                yield f"mechanism {mechanism.name!r} has a process for {state}, which is a {kind}"


def _undefined(model: Equations) -> Iterator[str]:
    declared = {quantity.name for quantity in model.vocabulary}
    defined = set(model.raw_definitions) | set(model.states)
    sound = {
        q.symbol
        for q in model.vocabulary
        if q.kind in _GIVEN or (q.kind in _PROVIDED and q.symbol in defined)
    }
    for mechanism in model.mechanisms:
        expressions = {f"{symbol}": e for symbol, e in mechanism.defines.items()}
        for process, rates in mechanism.processes.items():
            expressions |= {f"process {process!r}": sympy.Add(*rates.values())}
            for state in rates:
                if state not in model.vocabulary:
                    hint = nearest(str(state), declared)
                    yield f"{mechanism.name}: state {state} is not declared{hint}"
        for where, expression in expressions.items():
            for symbol in sorted(symbols_of(expression) - sound, key=str):
                yield from _unresolved(
                    model, defined, f"{mechanism.name}, {where}", symbol, declared
                )


def _unresolved(
    model: Equations,
    defined: set[sympy.Symbol],
    where: str,
    symbol: sympy.Symbol,
    declared: set[str],
) -> Iterator[str]:
    if symbol not in model.vocabulary:
        hint = nearest(str(symbol), declared)
        if str(symbol) in ("t", "T", "tau"):
            hint = "; the time is the symbol `time` of the vocabulary"
        yield f"{where}: symbol {symbol} is not declared{hint}"
        return
    quantity = model.vocabulary[symbol]
    if quantity.kind in _PROVIDED and symbol not in defined:
        yield f"{where}: {quantity.kind} {symbol} is used but no mechanism of the model provides it"
    if quantity.kind == "baseline" and quantity.initial not in defined:
        yield f"{where}: {symbol} is used but no mechanism of the model provides {quantity.initial}"


def _cycles(model: Equations) -> Iterator[str]:
    cycle = find_cycle(model.raw_definitions)
    if cycle:
        yield "auxiliary quantities define each other in a circle: " + " -> ".join(cycle)


def _initials(model: Equations) -> Iterator[str]:
    declared = {quantity.name for quantity in model.vocabulary}
    defined = set(model.raw_definitions) | set(model.states)
    for state in model.states:
        initial = model.vocabulary[state].initial if state in model.vocabulary else None
        for symbol in sorted(initial.free_symbols if initial is not None else (), key=str):
            yield from _unresolved(model, defined, f"initial value of {state}", symbol, declared)
            if symbol in model.states:
                yield f"initial value of {state} uses the state {symbol}; use its own expression"


def _baselines(model: Equations) -> Iterator[str]:
    try:
        moving = model.moving
    except InputError as error:
        yield str(error)
        return
    for state, initial in model.initials.items():
        for symbol in sorted(symbols_of(initial) & moving - set(model.states), key=str):
            yield f"initial value of {state} uses {symbol}, which changes during a run"


def _refused(model: Equations) -> Iterator[tuple[str, str]]:
    """Yield where there is something that cannot stand in an expression, and why."""
    by_state = _following(model, set(model.states))
    moving = by_state | _following(model, {model.vocabulary.time})
    governed = {symbol.name for symbol in (*model.states, *model.raw_definitions)}
    for where, expression, *_ in _equations(model):
        for fault in expression_faults(expression, governed, by_state, moving):
            yield where, fault


def _values(model: Equations) -> Iterator[str]:
    given: list[tuple[str, sympy.Symbol, Any]] = [
        (mechanism.name, s, v)
        for mechanism in model.mechanisms
        for s, v in mechanism.values.items()
    ]
    given += [(model.name, sympy.Symbol(name), value) for name, value in model.values.items()]
    for owner, symbol, value in given:
        if symbol not in model.vocabulary or model.vocabulary[symbol].kind != "parameter":
            names = [q.name for q in model.vocabulary if q.kind == "parameter"]
            yield f"{owner} sets {symbol}, which is not a parameter{nearest(str(symbol), names)}"
            continue
        low, high = model.vocabulary[symbol].bounds or (float("-inf"), float("inf"))
        if not isinstance(value, SupportsFloat):
            yield f"{owner} sets {symbol} to {value!r}, which is not a number"
        elif not low <= float(value) <= high:
            yield f"{owner} sets {symbol} to {value:g}, outside [{low:g}, {high:g}]"


def _doses(model: Equations) -> Iterator[str]:
    owner: dict[str, str] = {}
    for mechanism in model.mechanisms:
        for drug, state in mechanism.doses.items():
            if drug in owner:
                yield f"{drug} is dosed twice: by {owner[drug]!r} and {mechanism.name!r}"
            owner[drug] = mechanism.name
            if state not in model.states:
                yield f"{mechanism.name}: {drug} is dosed into {state}, which no process governs"
        names = [q.name for q in model.vocabulary if q.kind == "parameter"]
        for symbol in mechanism.dose_parameters:
            if str(symbol) not in names:
                near = nearest(str(symbol), names)
                yield f"{mechanism.name}: doses follow {symbol}, which is not a parameter{near}"


def _following(model: Equations, symbols: set[sympy.Symbol]) -> set[sympy.Symbol]:
    """Return symbols and every auxiliary that follows them."""
    raw = model.raw_definitions
    first, *others = symbols or {model.vocabulary.time}
    return set(symbols) if find_cycle(raw) else moving_symbols(raw, set(others), first)


def _equations(model: Equations) -> Iterator[tuple[str, sympy.Expr, sympy.Symbol, bool]]:
    """Yield where an expression stands, the expression, its symbol, and whether it is a rate."""
    for mechanism in model.mechanisms:
        for symbol, expression in mechanism.defines.items():
            yield f"{mechanism.name}, {symbol}", expression, symbol, False
        for process, rates in mechanism.processes.items():
            for state, rate in rates.items():
                yield f"{mechanism.name}, process {process!r} of {state}", rate, state, True
    for state in model.states:
        initial = model.vocabulary[state].initial if state in model.vocabulary else None
        if initial is not None:
            yield f"initial value of {state}", initial, state, False


def _main(model: Equations) -> Iterator[str]:
    """Look for undeclared names among what a run is drawn by."""
    declared = [quantity.name for quantity in model.vocabulary]
    for name in model.vocabulary.main:
        if name not in declared:
            hint = nearest(name, declared)
            yield f"main of the vocabulary names {name!r}, which is not declared{hint}"


def _dimensions(model: Equations, refused: Collection[str]) -> Iterator[str]:
    """Check every expression whose symbols are all declared in units that exist.

    What is sound is so in every model of the vocabulary, whose quantities never change.
    """
    units: dict[sympy.Symbol, Unit] = {}
    for quantity in model.vocabulary:
        try:
            units[quantity.symbol] = parse_unit(quantity.unit)
        except UnitError as error:
            yield f"symbol {quantity.name}: {error}"
    day = parse_unit("day")
    if not units.get(model.vocabulary.time, day).matches(day):
        yield f"time is in days everywhere, not in {model.vocabulary.time_unit!r}"
    if not model.vocabulary.unit_checks:
        return
    sound = _SOUND.setdefault(model.vocabulary, set())
    for where, expression, symbol, is_rate in _equations(model):
        key = expression, symbol, is_rate
        if key in sound or where in refused:
            continue
        if {symbol, *symbols_of(expression)} <= units.keys():
            wanted = units[symbol] * day ** Fraction(-1) if is_rate else units[symbol]
            faults = list(unit_faults(where, expression, wanted, units.__getitem__))
            yield from faults
            if not faults:
                sound.add(key)
    yield from event_unit_faults(model, units, day)
