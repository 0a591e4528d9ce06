"""`pdmodel export`: a model under a regimen, for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pdmodel.cli.console.completion import patient_names
from pdmodel.cli.console.options import ModelName, as_days, choose_patient
from pdmodel.errors import InputError, require_known

_FORMATS = ("antimony", "sbml", "petab", "omex")


def export(
    model: ModelName,
    regimen: Annotated[
        str | None,
        typer.Option("--regimen", "-r", help="E.g. '10 mg daily'; 'none' gives nothing."),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            "--days",
            "-d",
            metavar="DAYS",
            parser=as_days,
            help="Doses before this day are written; also '12 weeks'.",
        ),
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option(
            "--patient",
            "-p",
            help="A published patient, or path.py:object.",
            autocompletion=patient_names,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Another value of a parameter."),
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", "-f", help="antimony, sbml, petab or omex.")
    ] = "antimony",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File; stdout by default.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a model with the values of a patient and a regimen, or a fit, for other programs.

    States become species, named processes reactions, doses events. SBML has units, sources and
    claims in it, and needs the package python-libsbml. With --format petab MODEL is a fit to
    measured data, a question or a folder of fit-data: it is written as a PEtab problem into the
    folder --out. An omex archive holds either.

    Examples:
      pdmodel export reference -r "10 mg daily" -d 270 -p responder
      pdmodel export reference -r "5 mg daily" -d 84 -f sbml -o model.xml
      pdmodel export results/pk -f petab -o problem          (after pdmodel fit-data)
    """
    from pdmodel.cli.console.terminal import say

    require_known("format", _FORMATS, format_)
    if out is not None and format_ != "petab":
        _check_place(out, overwrite)
    if format_ == "petab" or (format_ == "omex" and regimen is None and days is None):
        from pdmodel.cli.verbs.export_problem import export_problem

        _refuse(regimen=regimen, days=days, patient=patient, set=settings)
        say(export_problem(model, format_, out, overwrite=overwrite))
        return
    if regimen is None or days is None:
        raise InputError("a model is written under a regimen: give --regimen and --days")
    _write(_written(model, regimen, days, patient, settings or [], format_), out)


def _refuse(**given: object) -> None:
    for name, value in given.items():
        if value:
            raise InputError(f"--{name}: a fit says what is given, and to whom")


def _written(
    model: str, regimen: str, days: float, patient: str | None, settings: list[str], format_: str
) -> str | bytes:
    from pdmodel.catalogue import home_of, load

    chosen = load(model)
    person = choose_patient(chosen, patient, settings, home_of(model))

    from pdmodel.interchange import to_antimony, to_sbml

    write = to_antimony if format_ == "antimony" else to_sbml
    text = write(chosen, regimen, days=days, patient=person)
    if format_ != "omex":
        return text
    from pdmodel.interchange.omex import omex_bytes

    return omex_bytes({"model.xml": text}, "model.xml")


def _write(content: str | bytes, out: Path | None) -> None:
    from pdmodel.cli.console.terminal import say
    from pdmodel.storage import write_content

    if out is not None:
        write_content(out, content)
        say(f"wrote {out}")
    elif isinstance(content, bytes):
        raise InputError("an archive is no text: say where it goes with --out")
    else:
        sys.stdout.write(content)


def _check_place(path: Path, overwrite: bool) -> None:
    from pdmodel.storage import place_of

    file = place_of(path)
    if file.is_dir():
        raise InputError(f"{str(path)!r} is a folder, not a file; choose another place")
    if file.exists() and not overwrite:
        raise InputError(f"file {str(path)!r} exists; choose another or replace it (--overwrite)")
