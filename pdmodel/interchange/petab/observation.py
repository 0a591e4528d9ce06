"""Measured rows against an experiment: what is simulated of each, its noise, and slopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy

from pdmodel.arrays import Array
from pdmodel.errors import InputError
from pdmodel.interchange.petab.noise import Scatter, scatter
from pdmodel.interchange.petab.sloped import Sloped, SlopedFormula
from pdmodel.interchange.petab.tables import PetabObservable, PetabRow, PetabTables


class SimulatedRows(NamedTuple):
    """What a problem says of its rows at some values, in the order of the rows.

    Parameters
    ----------
    simulated, noise
        Shape (n_rows,).
    scatter
        How the measured values lie around these.
    slopes, noise_slopes
        Slopes of `simulated` and `noise` by the free parameters, shape (n_rows, n_free).
    """

    simulated: Array
    noise: Array
    scatter: Scatter
    slopes: Array
    noise_slopes: Array


class RowGroup:
    """Rows of one experiment that one pair of formulas says.

    Parameters
    ----------
    tables
        All tables.
    places
        Where the rows stand among all.
    """

    def __init__(self, tables: PetabTables, places: Sequence[int]) -> None:
        self.places = np.array(places)
        self.rows = [tables.rows[number] for number in places]
        first = self.rows[0]
        if first.observable not in tables.observables:
            raise InputError(f"a measurement names an unknown observable {first.observable!r}")
        observable = tables.observables[first.observable]
        self.distribution = observable.distribution
        value, noise = _formulas(tables, observable, first)
        self.value, self.noise = SlopedFormula(value), SlopedFormula(noise)
        self.names = {*self.value.names, *self.noise.names}
        self.measured = np.array([row.value for row in self.rows])
        self.times = [row.time for row in self.rows]

    def at(
        self, seen: Mapping[float, Mapping[str, Sloped]], given: Mapping[str, Sloped],
        symbols: Mapping[str, str], n_free: int,
    ) -> tuple[Sloped, Sloped]:  # fmt: skip
        """Return what is simulated, and its noise, a row each."""
        known: dict[str, Sloped] = {}
        for name in self.names:
            held = symbols.get(name, name)
            if all(held in seen[time] for time in self.times):
                each = [seen[time][held] for time in self.times]
                values = np.array([term.value for term in each])
                known[name] = Sloped(values, np.array([term.slopes for term in each]))
            elif name in given:
                known[name] = given[name]
        value = _a_row_each(self.value.at(known, n_free), len(self.rows), n_free)
        noise = _a_row_each(self.noise.at(known, n_free), len(self.rows), n_free)
        return value, noise

    def scatter(self, value: Sloped, noise: Sloped) -> Scatter:
        """Return how the measured values lie."""
        return scatter(self.distribution, self.measured, value.value, noise.value)


def _a_row_each(sloped: Sloped, n_rows: int, n_free: int) -> Sloped:
    return Sloped(
        np.broadcast_to(sloped.value, n_rows).astype(float),
        np.broadcast_to(sloped.slopes, (n_rows, n_free)),
    )


def group_rows(tables: PetabTables) -> Iterator[tuple[str, RowGroup]]:
    """Yield experiments and groups of their rows."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, row in enumerate(tables.rows):
        key = row.experiment, row.observable, row.parameters, row.noise_parameters
        groups.setdefault(key, []).append(number)
    for (experiment, *_), places in groups.items():
        yield str(experiment), RowGroup(tables, places)


def _formulas(
    tables: PetabTables, observable: PetabObservable, row: PetabRow
) -> tuple[sympy.Expr, sympy.Expr]:
    """Return formulas with the row's own parameters in their places, other observables put in."""
    own = _placed(observable, row)
    value = _with_observables(observable.formula, tables).xreplace(own)
    itself = {sympy.Symbol(observable.name, real=real): value for real in (None, True)}
    noise = observable.noise.xreplace(itself)
    noise = _with_observables(noise, tables).xreplace(own)
    return value, noise


def _placed(observable: PetabObservable, row: PetabRow) -> dict[sympy.Symbol, sympy.Expr]:
    pairs = (
        *_pairs(observable, observable.placeholders, row.parameters, "observable"),
        *_pairs(observable, observable.noise_placeholders, row.noise_parameters, "noise"),
    )
    symbols = {s for e in (observable.formula, observable.noise) for s in e.free_symbols}
    return {symbol: value for symbol in symbols for name, value in pairs if str(symbol) == name}


def _pairs(
    observable: PetabObservable, names: Sequence[str], values: Sequence[sympy.Expr], what: str
) -> list[tuple[str, sympy.Expr]]:
    if len(names) != len(values):
        raise InputError(
            f"observable {observable.name!r} has {len(names)} {what} parameters, a measurement "
            f"gives {len(values)}"
        )
    return list(zip(names, values, strict=True))


def _with_observables(expression: sympy.Expr, tables: PetabTables) -> sympy.Expr:
    for _ in range(len(tables.observables)):
        others = {
            symbol: tables.observables[str(symbol)].formula
            for symbol in expression.free_symbols
            if str(symbol) in tables.observables
        }
        if not others:
            break
        expression = expression.xreplace(others)
    return expression
