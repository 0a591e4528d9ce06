"""A file of SBML as a model, with what its ids have become."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sympy

from pdmodel.errors import InputError, UnitError
from pdmodel.interchange.omex import SBML, file_of
from pdmodel.interchange.sbml_reading.algebraic_rules import solve_rules
from pdmodel.interchange.sbml_reading.assembly import assemble
from pdmodel.interchange.sbml_reading.balances import Balances, make_balances
from pdmodel.interchange.sbml_reading.determination import determine, set_aside_infinities
from pdmodel.interchange.sbml_reading.file_contents.contents import read_contents
from pdmodel.interchange.sbml_reading.file_contents.document import parse_document, read_document
from pdmodel.interchange.sbml_reading.file_contents.elements import SbmlContents
from pdmodel.interchange.sbml_reading.file_contents.library import SbmlError, SbmlRefusal
from pdmodel.interchange.sbml_reading.file_contents.symbol_names import SymbolNames
from pdmodel.interchange.sbml_reading.starts import find_starts
from pdmodel.interchange.sbml_reading.steps import separate_steps
from pdmodel.model import Model
from pdmodel.units import convert


@dataclass(frozen=True)
class SbmlReading:
    """A model from a file, and how the ids of the file are found in it.

    Parameters
    ----------
    model
        The model.
    symbols
        By id: the symbol of its value as formulas of the file mean it.
    starts
        By id of what keeps or begins with a number of the file: the parameter that holds it.
    amounts, concentrations
        By id of a species: the expression of its amount, and of its concentration where its
        compartment has a size.
    values
        By id: the number that the file gives, NaN where it gives none.
    """

    model: Model
    symbols: Mapping[str, sympy.Symbol]
    starts: Mapping[str, sympy.Symbol]
    amounts: Mapping[str, sympy.Expr]
    concentrations: Mapping[str, sympy.Expr]
    values: Mapping[str, float]


def read_sbml(path: str | os.PathLike[str], *, time_unit: str | None = None) -> Model:
    """Read a model from a file of SBML (Level 1, 2 or 3).

    Parameters
    ----------
    path
        The file; submodels (package comp) are put together, those of files beside it too. Or a
        COMBINE archive with one such file, `study.omex`, or a file in it, `study.omex/model.xml`.
    time_unit
        The unit in which the file counts time, such as `hour`. By default what the file
        declares; where it declares none, its unit counts as a day.

    Returns
    -------
    Model
        One mechanism a reaction or rule, named by its id. A species is called as its id and means
        what the id means in formulas of the file: a concentration, or an amount where the file
        says so. Units are those of the file and are not checked; time is in days.

    Raises
    ------
    InputError
        If the file is missing, too large, no SBML, or contradicts itself, or says what is not
        run; docs/interchange.md lists what is.
    ModelError
        If a formula cannot be run.

    Examples
    --------
    >>> model = read_sbml("examples/data/tumour_effectors.xml")
    >>> [mechanism.name for mechanism in model.mechanisms]
    ['grow', 'kill', 'recruit', 'die', 'doses']
    """
    return read_file(path, time_unit=time_unit).model


def read_file(path: str | os.PathLike[str], *, time_unit: str | None = None) -> SbmlReading:
    """Read a file as `read_sbml` does, and say what its ids have become."""
    with file_of(path, SBML) as file:
        return _read(read_document(file), file, time_unit)


def read_text(text: str, name: str = "model", *, time_unit: str | None = None) -> SbmlReading:
    """Read the text of a file that we have written ourselves; `name` stands for its path."""
    return _read(parse_document(text, Path(name)), Path(name), time_unit)


def _read(document: Any, path: Path, time_unit: str | None) -> SbmlReading:
    try:
        return _assembled(document, path, time_unit)
    except (SbmlError, SbmlRefusal) as error:
        if path.name in str(error):
            raise
        said = f"{path.name}: {error}"
        if isinstance(error, SbmlRefusal):
            raise SbmlRefusal(error.feature, said) from error
        raise SbmlError(said) from error


def _assembled(document: Any, path: Path, time_unit: str | None) -> SbmlReading:
    names = SymbolNames()
    contents = read_contents(document, names)
    set_aside_infinities(contents)
    kinds = determine(contents)
    solve_rules(contents, kinds)
    made = make_balances(contents, kinds, names)
    separate_steps(contents, made, names)
    starts = find_starts(contents, made, names)
    model = assemble(
        contents, made, starts, names, time_unit=_time_unit(time_unit, contents),
        source=path.name,
    )  # fmt: skip
    amounts, concentrations = _both_ways(contents, made)
    return SbmlReading(
        model, MappingProxyType(contents.symbols), MappingProxyType(starts.by_id),
        MappingProxyType(amounts), MappingProxyType(concentrations),
        MappingProxyType({name: quantity.value for name, quantity in contents.quantities.items()}),
    )  # fmt: skip


def _time_unit(asked: str | None, contents: SbmlContents) -> str:
    unit = asked or contents.time_unit or "day"
    try:
        convert(1, "day", to=unit)
    except UnitError as error:
        raise InputError(
            f"the unit of time of the file must be one, such as hour: {error}"
        ) from None
    return unit


def _both_ways(
    contents: SbmlContents, made: Balances
) -> tuple[dict[str, sympy.Expr], dict[str, sympy.Expr]]:
    """Return amounts and concentrations of species, by id."""
    amounts: dict[str, sympy.Expr] = {}
    concentrations: dict[str, sympy.Expr] = {}
    for species in contents.species():
        meant, volume = contents.symbols[species.id], contents.symbols.get(species.compartment)
        if species.is_amount:
            amounts[species.id] = meant
            if volume is not None:
                concentrations[species.id] = meant / volume
        else:
            concentrations[species.id] = meant
            amounts[species.id] = made.amounts.get(species.id, meant * volume)
    return amounts, concentrations
