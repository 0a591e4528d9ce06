"""`pdmodel export`: a model under a regimen, for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.options import ModelName, as_days, choose_patient
from pdmodel.errors import InputError, unknown

_FORMATS = ("antimony", "sbml")


def export(
    model: ModelName,
    regimen: Annotated[
        str, typer.Option("--regimen", "-r", help="E.g. '10 mg daily'; 'none' gives nothing.")
    ],
    days: Annotated[
        float,
        typer.Option(
            "--days",
            "-d",
            metavar="DAYS",
            parser=as_days,
            help="Doses before this day are written; also '12 weeks'.",
        ),
    ],
    patient: Annotated[
        str | None, typer.Option("--patient", "-p", help="A published patient, or path.py:object.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter."),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", help="antimony or sbml (Level 3 Version 2).")
    ] = "antimony",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File; stdout by default.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a model with the values of a patient and a regimen as Antimony or SBML.

    States become species, named processes reactions, doses events. SBML has units, sources and
    claims in it, and needs the package python-libsbml.

    Examples:
      pdmodel export reference -r "10 mg daily" -d 270 -p responder
      pdmodel export reference -r "5 mg daily" -d 84 -f sbml -o model.xml
    """
    from pdmodel.catalogue import home_of, load
    from pdmodel.cli.console.terminal import say

    if format_ not in _FORMATS:
        raise unknown("format", format_, _FORMATS)
    if out is not None:
        _check_place(out, overwrite)
    chosen = load(model)
    person = choose_patient(chosen, patient, settings or [], home_of(model))

    from pdmodel.interchange import to_antimony, to_sbml

    write = to_sbml if format_ == "sbml" else to_antimony
    text = write(chosen, regimen, days=days, patient=person)
    if out is None:
        sys.stdout.write(text)
        return
    from pdmodel.storage import write_text

    write_text(out, text)
    say(f"wrote {out}")


def _check_place(path: Path, overwrite: bool) -> None:
    from pdmodel.storage import place_of

    place = place_of(path)
    if place.is_dir():
        raise InputError(f"{str(path)!r} is a folder, not a file; choose another place")
    if place.exists() and not overwrite:
        raise InputError(f"file {str(path)!r} exists; choose another or replace it (--overwrite)")
