"""`pdmodel explore`: the page that answers while one moves a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
      pdmodel explore reference --demo reference.html
    """
    import webbrowser

    from pdmodel.cli.console.terminal import say
    from pdmodel.explore.facts import model_and_question
    from pdmodel.explore.laboratory import Laboratory
    from pdmodel.explore.one_file.write import one_file
    from pdmodel.explore.server import LOOPBACK, serve
    from pdmodel.storage.files.atomic import write_text

    chosen, asked = model_and_question(model, question)
    if demo is not None:
        say(f"wrote {write_text(demo, one_file(chosen, asked))}: open it in any browser")
        return

    def ready(address: str) -> None:
        targets = "without targets" if asked is None else f"with the targets of {asked.name}"
        say(f"exploring {chosen.name} {targets} at {address}  (Ctrl-C ends it)")
        if host not in LOOPBACK:
            say("other machines can reach this page: it answers whoever asks", style="bold")
        if browser:
            webbrowser.open(address)

    serve(Laboratory(chosen, asked), model or chosen.name, host=host, port=port, ready=ready)
