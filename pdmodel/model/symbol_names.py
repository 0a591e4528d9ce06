"""Which names a symbol may have: those that equations, results and Python leave free."""

from __future__ import annotations

import keyword
from typing import Any

from pdmodel.arguments import shown
from pdmodel.errors import InputError

BASELINE = "_at_baseline"
"""Ending of the symbols that `Vocabulary.at_baseline` returns."""

# Where a quantity is a variable of a result, these stand beside it.
RESERVED = {
    "state": "the states of a run",
    "state_values": "the values of all states of a run",
    "parameter": "the parameters of a run",
    "parameter_values": "the values of all parameters of a run",
    "patient": "the patients of a cohort",
    "reason": "why a patient of a cohort failed",
    "steps": "how many steps a patient of a cohort took",
    "rejected": "how many steps of a patient were rejected",
    "most_negative": "the most negative value of a run",
    "by": "what sensitivities are taken by",
    "unit_of": "the units of sensitivities",
    "group": "the groups of a fit",
    "quantile": "the quantiles of a posterior",
    "chain": "the chains of a posterior",
    "draw": "the draws of a posterior",
}

# In equations as text these are numbers; a symbol of the same name could not be told from them.
_NUMBERS = frozenset({"E", "I", "pi", "oo", "zoo", "nan", "inf"})
# And these are functions there.
_WORDS = "Abs Max Min abs cos exp ln log max min pow sign sin sqrt tan"
_FUNCTIONS = frozenset(_WORDS.split())
_RUN = frozenset({"eval", "exec"})  # lmfit takes these for commands


def check_name(name: Any, kind: str) -> str:
    """Return the name of a new symbol.

    Raises
    ------
    InputError
        If it is no text, no plain name, a word of Python, a number or function of mathematics, or
        a name that results or other symbols need.
    """
    if not isinstance(name, str):
        raise InputError(f"the name of a {kind} is text, got {shown(name)}")
    if fault := _fault(name):
        raise InputError(f"{kind} {name!r} {fault}; choose another name")
    if name in RESERVED:
        raise InputError(
            f"{kind} {name!r}: results keep this name for {RESERVED[name]}; choose another name"
        )
    if name.endswith(BASELINE) and kind != "baseline":
        of = name.removesuffix(BASELINE) or "x"
        raise InputError(
            f"{kind} {name!r}: the ending {BASELINE} is kept for values before treatment, which "
            f"at_baseline({of}) returns; choose another name"
        )
    return str(name)


def _fault(name: str) -> str:
    """Return why a name can be none in equations; nothing if it can.

    Other words that Python or SymPy know, such as `gamma`, `S` or `input`, are names like any
    other: nothing that is compiled or written refers to a symbol by them.
    """
    if keyword.iskeyword(name) or name in _RUN:
        return "is a word of Python"
    if name in _NUMBERS:
        return "is a number in mathematics"
    if name in _FUNCTIONS:
        return "is a function in mathematics"
    if not name.isidentifier() or name.startswith("_"):
        return "is not a plain name (letters, digits and _, a letter first)"
    return ""
