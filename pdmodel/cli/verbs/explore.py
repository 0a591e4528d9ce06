"""`pdmodel explore`: the page that answers while one moves a model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pdmodel.cli.console.event_tables import Drop, TableOptions, remarks
from pdmodel.errors import InputError

if TYPE_CHECKING:
    from pdmodel.inference import Measurements
    from pdmodel.model import Model


def explore(
    model: Annotated[
        str | None,
        typer.Argument(help="Name or file.py:object; that of FIT, or the only one, by default."),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option(
            "--question", metavar="FIT",
            help="Whose targets are shown; that of the model's application by default.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE.csv",
            help="Measured values to lay over the curves: an event table, or a column an analyte.",
        ),
    ] = None,
    observe: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ANALYTE=QUANTITY",
            help="What was measured, as pdmodel fit-data takes it; by default what is called like "
            "a quantity of the model.",
        ),
    ] = None,
    time_unit: Annotated[
        str | None,
        typer.Option("--time", "--time-unit", metavar="UNIT", help="Of TIME in the data; day."),
    ] = None,
    drop: Drop = None,
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="Where it listens; this machine only."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Any free one by default.")
    ] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open the page.")
    ] = True,
    demo: Annotated[
        Path | None,
        typer.Option(
            "--demo", metavar="FILE.html",
            help="Write a page that needs no Python, nothing served.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Open a page on which schedules, patients, numbers and mechanisms are moved by hand.

    Curves, targets and what moves a state follow at once. The page is served from this machine and
    asks nothing of the network; Ctrl-C ends it. It needs the extra `explore`.

    Examples:
      pdmodel explore reference
      pdmodel explore my_models.py:mine --no-browser --port 8000
      pdmodel explore reference --data il6.csv --observe IL6=il6
      pdmodel explore reference --demo reference.html
    """
    from pdmodel.cli.console.terminal import say
    from pdmodel.explore.facts import model_and_question
    from pdmodel.explore.laboratory import Laboratory
    from pdmodel.explore.one_file.write import one_file
    from pdmodel.explore.server import serve
    from pdmodel.storage.files.atomic import write_text

    chosen, asked = model_and_question(model, question)
    measured = _measured(chosen, data, observe, TableOptions(None, time_unit, drop))
    if demo is not None:
        page = one_file(chosen, asked, measured=measured)
        say(f"wrote {write_text(demo, page)}: open it in any browser")
        return
    targets = "without targets" if asked is None else f"with the targets of {asked.name}"
    ready = partial(_ready, f"exploring {chosen.name} {targets}", host, browser)
    laboratory = Laboratory(chosen, asked, measured)
    serve(laboratory, model or chosen.name, host=host, port=port, ready=ready)


def _measured(
    model: Model, data: Path | None, observe: list[str] | None, table: TableOptions
) -> Measurements | None:
    """Return what is to be laid over the curves; what a table warns of is said."""
    from pdmodel.cli.console.data_words import read_observed
    from pdmodel.explore.measured import read_measured

    if data is None:
        for option, given in {"observe": observe, "time": table.time, "drop": table.drop}.items():
            if given:
                raise InputError(f"--{option} says how --data is read, and none is given")
        return None
    with remarks():
        return read_measured(
            model, data, read_observed(observe) if observe else None, **table.words
        )


def _ready(about: str, host: str, browser: bool, address: str) -> None:
    """Say where the page is, and open it."""
    import webbrowser

    from pdmodel.cli.console.terminal import say
    from pdmodel.explore.server import LOOPBACK

    say(f"{about} at {address}  (Ctrl-C ends it)")
    if host not in LOOPBACK:
        say("other machines can reach this page: it answers whoever asks", style="bold")
    if browser:
        webbrowser.open(address)
