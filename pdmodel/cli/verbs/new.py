"""`pdmodel new`: a file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.py", help="The Python file; the model is called so.")
    ],
    kind: Annotated[
        str, typer.Option("--kind", "-k", help="indirect-response, tumour or cytokines.")
    ] = "indirect-response",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there.")
    ] = False,
) -> None:
    """Write a working file with a model, a rival, patients, a question, a trial and a comparison.

    Its tables of targets, of reported patterns and of assays are written beside it. All numbers are
    assumed: change them, and the mechanisms, into your own. docs/tutorial.md goes through it.

    Examples:
      pdmodel new my_model.py
      pdmodel new my_tumour.py --kind tumour
    """
    from pdmodel.cli.console.terminal import say
    from pdmodel.templates.writing import write_new

    written = write_new(file, kind, overwrite=overwrite)
    say(f"wrote {', '.join(map(str, written.files))}")
    say("Try next:")
    for command in written.commands:
        say(f"  {command}")
