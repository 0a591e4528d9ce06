"""The equations of a model as a module of JavaScript, from the same symbols as the engine's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

import sympy

from pdmodel.engine.rosenbrock.tableau import METHOD
from pdmodel.engine.symbolic.model_functions import ModelFunctions, compile_model
from pdmodel.errors import InputError
from pdmodel.explore.one_file.javascript import in_turn, statements
from pdmodel.model import Model
from pdmodel.model.expressions.functions import lower


class SymbolPlaces(NamedTuple):
    """Where each symbol of a model stands: `p` parameters, then constants; `y` states; `q` others.

    Parameters
    ----------
    fixed
        Parameters and then constant auxiliaries, in the order in which they are computed.
    states, moving
        States, and auxiliaries that move.
    """

    fixed: tuple[sympy.Symbol, ...]
    states: tuple[sympy.Symbol, ...]
    moving: tuple[sympy.Symbol, ...]

    @classmethod
    def of(cls, model: Model) -> SymbolPlaces:
        """Return the places of the symbols of a model."""
        parameters = [quantity.symbol for quantity in model.parameters]
        constants = [symbol for symbol in model.definitions if symbol not in model.moving]
        moving = [symbol for symbol in model.definitions if symbol in model.moving]
        return cls((*parameters, *constants), tuple(model.states), tuple(moving))

    def code(self, time: sympy.Symbol) -> dict[sympy.Symbol, str]:
        """Return what each symbol is written as."""
        arrays = {"p": self.fixed, "y": self.states, "q": self.moving}
        written = {s: f"{a}[{n}]" for a, symbols in arrays.items() for n, s in enumerate(symbols)}
        return {**written, time: "t"}

    def by_name(self) -> dict[str, list[Any]]:
        """Return array and place by name of what can be drawn."""
        arrays = {"p": self.fixed, "y": self.states, "q": self.moving}
        return {s.name: [a, n] for a, symbols in arrays.items() for n, s in enumerate(symbols)}


def equations_module(model: Model) -> str:
    """Return the equations as a module of JavaScript.

    Parameters
    ----------
    model
        Without events, and without conditions of time.

    Returns
    -------
    str
        Exports the functions `constants`, `start`, `rate`, `slope`, `others` and `fluxes`,
        and `size`.

    Raises
    ------
    InputError
        If the model has what the file cannot run.
    """
    functions = compile_model(model)
    _refuse_switches(model, functions)
    places = SymbolPlaces.of(model)
    code = places.code(model.vocabulary.time)
    parameters = len(functions.parameters)
    constants = [lower(model.definitions[symbol]) for symbol in places.fixed[parameters:]]
    others = [lower(model.definitions[symbol]) for symbol in places.moving]
    starts = [lower(expression) for expression in model.initials.values()]
    fluxes = [lower(process.rate) for process in model.processes]
    entries = functions.jacobian_entries
    slopes = [*functions.derivatives, *(slope for _, _, slope in entries)]
    if functions.timed:
        slopes += [rate.diff(model.vocabulary.time) for rate in functions.derivatives]
    size = {
        "states": len(places.states), "fixed": len(places.fixed), "others": len(places.moving),
        "processes": len(fluxes),
        "rows": [row for row, _, _ in entries], "columns": [column for _, column, _ in entries],
        "timed": functions.timed,
    }  # fmt: skip
    return "\n".join(
        [
            f"export const size = {json.dumps(size)};",
            _function("constants(p)", in_turn("p", parameters, constants, code)),
            _function("start(p, y)", statements("y", starts, code)),
            _function("rate(t, y, p, f)", statements("f", functions.derivatives, code)),
            _function("slope(t, y, p, f)", statements("f", slopes, code)),
            _function("others(t, y, p, q)", in_turn("q", 0, others, code)),
            _function("fluxes(t, y, p, q, f)", statements("f", fluxes, code)),
        ]
    )


def method_data() -> dict[str, Any]:
    """Return the coefficients of the engine's own method, as plain data."""
    return {
        "name": METHOD.name, "order": METHOD.order, "gamma": METHOD.gamma,
        "a": METHOD.a.tolist(), "c": METHOD.c.tolist(), "nodes": METHOD.nodes.tolist(),
        "timeFactors": METHOD.time_factors.tolist(), "dense": METHOD.dense.tolist(),
    }  # fmt: skip


def _function(head: str, body: str) -> str:
    return f"export function {head} {{\n{body}\n}}"


def _refuse_switches(model: Model, functions: ModelFunctions) -> None:
    """Refuse events, and conditions of time: a step of the file could pass over a short one."""
    if model.events:
        names = ", ".join(event.name for event in model.events)
        raise InputError(f"this model cannot be one file: it has events ({names})")
    if model.vocabulary.time in _decisive(functions.derivatives):
        raise InputError(
            "this model cannot be one file: a condition in its rates depends on time, "
            "which a step in the file could pass over"
        )


def _decisive(rates: Iterable[sympy.Expr]) -> set[sympy.Basic]:
    """Return the symbols on which conditions depend."""
    conditions = [
        condition
        for rate in rates
        for branches in rate.atoms(sympy.Piecewise)
        for _, condition in branches.args
    ]
    return {symbol for condition in conditions for symbol in condition.free_symbols}
