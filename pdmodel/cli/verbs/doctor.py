"""`pdmodel doctor`: whether the installation is what it seems to be."""

from __future__ import annotations

import typer

from pdmodel.cli.console.options import Json
from pdmodel.text import counted


def doctor(json: Json = False) -> None:
    """Check versions, foreign packages of the same names, entry points, permissions.

    Exits with 1 if there is a problem.
    """
    from pdmodel.cli.console.terminal import say, say_json, say_table
    from pdmodel.cli.verbs.doctor_checks import examine

    findings = [*examine()]
    problems = sum(not finding.ok for finding in findings)
    if json:
        say_json([finding._asdict() for finding in findings])
    else:
        rows = [(f.what, "ok" if f.ok else "PROBLEM", f.detail) for f in findings]
        styles = {"ok": "green", "PROBLEM": "bold red"}
        say_table(("what", "", "detail"), rows, whole=("what", ""), styles=styles)
        say()
        say(f"{counted(problems, 'problem')}." if problems else "No problem found.")
    if problems:
        raise typer.Exit(1)
