"""Arguments and options that several verbs share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.arguments import shown
from pdmodel.cli.console.completion import model_names
from pdmodel.errors import InputError, UnitError, nearest

if TYPE_CHECKING:
    from pdmodel.model import Model, Patient

ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A published model, module:object, path.py:object, or SBML: model.xml, or "
        "model.xml:hour where it counts hours and does not say so.",
        autocompletion=model_names,
    ),
]
ComparisonName = Annotated[
    str, typer.Argument(metavar="COMPARISON", help="Published, module:object or path.py:object.")
]
ComparedIn = Annotated[
    Path | None,
    typer.Option("--from", metavar="DIR", help="Folder of `compare`; results/compare_COMPARISON."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress and no summary.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a folder that is there.")]
Form = Annotated[
    str, typer.Option("--format", metavar="png|svg|pdf", help="Kind of file of the figures.")
]
Size = Annotated[
    str,
    typer.Option("--size", metavar="page|slide|square", help="Shape of the figures."),
]
Out = Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to.")]


def comparison_folder(name: str, given: Path | None, asked: str = "") -> Path:
    """Return the folder of a comparison: the one given, or its usual place.

    Parameters
    ----------
    name, given
        The name of the comparison, and the folder that was given, if any.
    asked
        How it was asked for: as `package:name`, it has a place of its own beside its namesake.
    """
    from pdmodel.applications import packages

    package = asked.rpartition(":")[0]
    own = f"{package}_{name}" if package in packages() else name
    return given if given is not None else Path("results") / f"compare_{own}"


def split_names(text: str | None) -> list[str] | None:
    """Return the names of a list separated by commas, or None if there is no list.

    Raises
    ------
    InputError
        If a name is empty.
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise InputError(f"{shown(text)} has an empty name; write e.g. A,B")
    return names


def as_days(text: str | float) -> float:
    """Return the value of an option that is a length of time, in days: `84`, `12 weeks`.

    Raises
    ------
    typer.BadParameter
        If the text is neither a number nor one with a unit of time; the option is named then.
    """
    from pdmodel.units import convert, parse_quantity

    try:
        return float(text)
    except ValueError:
        pass
    try:
        return convert(*parse_quantity(str(text)), to="day")
    except UnitError as error:
        raise typer.BadParameter(
            f"{shown(text)} is no length of time; write e.g. 84, '12 weeks' or '36 hours'"
        ) from error


def read_values(settings: Sequence[str]) -> dict[str, float]:
    """Read `name=value` words.

    Raises
    ------
    InputError
        If a word has no `=`, a value is not a number, or a name is set twice.
    """
    values: dict[str, float] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not (name and equals):
            raise InputError(f"--set {shown(setting)} is not name=value; write e.g. NAME=1.5")
        if name in values:
            raise InputError(f"--set gives {name!r} twice")
        try:
            values[name] = float(text)
        except ValueError as error:
            raise InputError(f"--set {name!r}: {shown(text)} is not a number") from error
    return values


def read_bounds(settings: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Read `name=low:high` words.

    Raises
    ------
    InputError
        If a word is not of that form.
    """
    bounds = {}
    for setting in settings:
        name, _, text = (part.strip() for part in setting.partition("="))
        low, _, high = text.partition(":")
        try:
            bounds[name] = (float(low), float(high))
        except ValueError as error:
            raise InputError(
                f"--bounds {shown(setting)} is not name=low:high; write e.g. NAME=0.002:0.02"
            ) from error
    return bounds


def choose_patient(
    model: Model, reference: str | None, settings: Sequence[str], near: object = None
) -> Patient:
    """Return a patient with some values changed; without a name, the model's defaults.

    A patient of the file or application of `near` needs its plain name only.

    Raises
    ------
    InputError
        If a value is set that the model does not use: its name is that of another model's.
    """
    from pdmodel.catalogue import load_patient
    from pdmodel.model import Patient

    values = read_values(settings)
    for name in values:
        if name in model.vocabulary and name not in model.defaults:
            raise InputError(
                f"--set {name}: model {model.name!r} does not use it, so nothing would change"
                f"{nearest(name, model.defaults)}"
            )
    base = load_patient(reference, near) if reference else Patient("default values")
    if not values:
        return base
    name = ", ".join([base.name, *(f"{key}={value:g}" for key, value in values.items())])
    return Patient(name, base.meaning, {**base.values, **values}, base.status, base.source)
