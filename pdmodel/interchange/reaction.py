"""Named processes as reactions: a loss of one state that is the gain of another is one arrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import sympy

from pdmodel.model import Model
from pdmodel.model.model import Process
from pdmodel.model.printing.text import split_sign


class Reaction(NamedTuple):
    """One arrow.

    Parameters
    ----------
    name
        The process, and the state too where the process is several arrows.
    losing, gaining
        States before and behind the arrow.
    rate
        Amount a unit of time, of each of them.
    mechanism
        Where it comes from.
    """

    name: str
    losing: tuple[sympy.Symbol, ...]
    gaining: tuple[sympy.Symbol, ...]
    rate: sympy.Expr
    mechanism: str


def reactions(model: Model) -> list[Reaction]:
    """Return the processes of a model as reactions, in the order of the model."""
    arrows: dict[tuple[str, str, sympy.Expr], list[Process]] = {}
    for process in model.processes:
        size = split_sign(process)[1]
        name = process.name.removeprefix(f"{process.mechanism}.")
        arrows.setdefault((process.mechanism, name, size), []).append(process)
    often = Counter(name for _, name, _ in arrows)
    return [
        _reaction(name if often[name] == 1 else f"{name}__{parts[0].state}", size, parts)
        for (_, name, size), parts in arrows.items()
    ]


def _reaction(name: str, size: sympy.Expr, parts: Sequence[Process]) -> Reaction:
    losing = tuple(part.state for part in parts if split_sign(part)[0] == "-")
    gaining = tuple(part.state for part in parts if split_sign(part)[0] == "+")
    return Reaction(name, losing, gaining, size, parts[0].mechanism)
