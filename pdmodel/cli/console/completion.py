"""Completion in a shell: verbs and options by typer, models by what is published."""

from __future__ import annotations

import os

import typer.completion

ASKED = "_PDMODEL_COMPLETE"
"""Variable by which a shell asks for its script, and for what may follow a word."""


def answer_shells() -> None:
    """Let typer answer a shell that asks; without one nothing is loaded for it."""
    if ASKED in os.environ:
        typer.completion.get_completion_inspect_parameters()  # makes its shells known


def model_names(incomplete: str) -> list[str]:
    """Return the names of published models that begin with what was typed.

    Parameters
    ----------
    incomplete
        What stands before the cursor.
    """
    from pdmodel.catalogue import models

    return [name for name in models() if name.startswith(incomplete)]


def patient_names(incomplete: str) -> list[str]:
    """Return the names of published patients that begin with what was typed.

    Parameters
    ----------
    incomplete
        What stands before the cursor.
    """
    from pdmodel.catalogue import patients

    return [name for name in patients() if name.startswith(incomplete)]
