"""How every figure looks: one colour-blind-safe pair for the first two groups everywhere.

Lines differ in dashes as well as in colour, so that figures survive a grey printer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any, NamedTuple, ParamSpec, TypeVar

import matplotlib.style

P = ParamSpec("P")
R = TypeVar("R")

FIRST = "#0072B2"
SECOND = "#D55E00"
INK = "#222222"
GREY = "#8a8a8a"
# The rest of Okabe and Ito's palette, for what is neither the first group nor the second.
OTHERS = ("#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7a7a7a", "#F0E442")

COLUMN_WIDTH, PAGE_WIDTH, DPI = 3.5, 7.2, 200

_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so bytes do not depend on the machine
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "hatch.linewidth": 0.4,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "svg.hashsalt": "pdmodel",
    "text.parse_math": False,  # names of users are no formulas, whatever letters they hold
}


class Stroke(NamedTuple):
    """How the line of one group or run is drawn."""

    colour: str
    dashes: Any
    marker: str


PAIR = (Stroke(FIRST, "solid", "o"), Stroke(SECOND, (0, (5, 1.5)), "s"))
"""The looks of the first two groups: of a fit, of the patients that a package publishes."""
_CYCLE = (
    Stroke(INK, "solid", "D"),
    Stroke(OTHERS[1], (0, (4, 1.2, 1, 1.2)), "^"),
    Stroke(OTHERS[0], (0, (6, 1.2, 1, 1.2, 1, 1.2)), "v"),
    Stroke(OTHERS[2], (0, (2, 1)), "P"),
    Stroke(OTHERS[3], (0, (8, 2)), "p"),
)
# Colours and dashes have no common divisor in number, so that neither repeats with the other.
_COLOURS = (*(look.colour for look in _CYCLE), OTHERS[4], "#5B3A8C")
_DASHES = tuple(look.dashes for look in _CYCLE)
_MARKERS = (*(look.marker for look in _CYCLE), "<", ">", "h", "*")
MOST_LOOKS = len(_COLOURS) * len(_DASHES)
ALONE = Stroke(INK, "solid", "o")


def strokes(names: Iterable[str], pair: Sequence[str] = ()) -> dict[str, Stroke]:
    """Return a stroke for every name: the pair of looks for two of them, others in turn.

    No two of the first 35 others (`MOST_LOOKS`) are alike in colour and dashes.

    Parameters
    ----------
    names
        Of groups, runs or hypotheses.
    pair
        Which names have the pair: solid blue the first, dashed vermilion the second.

    Examples
    --------
    >>> looks = strokes(["control", "late", "early"], pair=("early", "late"))
    >>> looks["early"].colour == FIRST, looks["late"].colour == SECOND, looks["control"].colour
    (True, True, '#222222')
    """
    ordered = list(dict.fromkeys(names))
    own = dict(zip(pair, PAIR, strict=False))
    others = [name for name in ordered if name not in own]
    return {name: own[name] if name in own else _stroke(others.index(name)) for name in ordered}


def marks(looks: Mapping[str, Stroke]) -> dict[str, dict[str, Any]]:
    """Return what `Axes.plot` takes besides, by name, so that lines differ without colour.

    Up to five lines differ in dashes; where there are more, or two have the same dashes, each has
    marks of its own shape along it.

    Examples
    --------
    >>> marks(strokes(["a", "b"]))
    {'a': {}, 'b': {}}
    >>> many = marks(strokes(["a", "b", "c", "d", "e", "f"]))
    >>> len({own["marker"] for own in many.values()})
    6
    """
    dashes = [repr(look.dashes) for look in looks.values()]
    if len(set(dashes)) == len(dashes):
        return {name: {} for name in looks}
    return {
        name: {"marker": look.marker, "ms": 3.2, "mew": 0, "markevery": (0.02 + 0.013 * n, 0.14)}
        for n, (name, look) in enumerate(looks.items())
    }


def _stroke(index: int) -> Stroke:
    return Stroke(
        _COLOURS[index % len(_COLOURS)],
        _DASHES[index % len(_DASHES)],
        _MARKERS[index % len(_MARKERS)],
    )


NO_WORDS: Mapping[str, str] = MappingProxyType({})


def readable(name: str, words: Mapping[str, str] = NO_WORDS) -> str:
    """Write a name as words.

    Parameters
    ----------
    name
        Of a parameter, a group, a hypothesis.
    words
        How an application writes parts of names, `Vocabulary.words`.

    Examples
    --------
    >>> readable("node_7cm"), readable("crp_in_t_cells", {"crp": "CRP", "t": "T"})
    ('node 7 cm', 'CRP in T cells')
    """
    parts = [
        words.get(part) or re.sub(r"(\d)([A-Za-z])", r"\1 \2", part) for part in name.split("_")
    ]
    return " ".join(parts)


def parameter_words(name: str, words: Mapping[str, str] = NO_WORDS) -> str:
    """Write a parameter of a fit as words, its group behind a comma.

    Examples
    --------
    >>> parameter_words("kill_max__early"), parameter_words("crp_decay", {"crp": "CRP"})
    ('kill max, early', 'CRP decay')
    """
    return ", ".join(readable(part, words) for part in name.split("__"))


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Draw in our style whatever the user's settings are, and leave those as they were."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(["default", _SETTINGS]):
            return function(*args, **kwargs)

    return inside
