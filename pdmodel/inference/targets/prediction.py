"""Predictions in words: `early:crp:fold_change:84`.

A prediction is a `Target` without bounds: it names group, observable, kind and day, and allows any
value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pdmodel.errors import InputError, TargetError, require_known
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.target import SCALES, Target

GRAMMAR = "GROUP:OBSERVABLE:KIND[:DAY][:threshold=X][:scale=log|linear]"


def read_prediction(text: str, example: str = "") -> Target:
    """Read a prediction from words.

    Parameters
    ----------
    text
        `GROUP:OBSERVABLE:KIND[:DAY][:threshold=X][:scale=log|linear]`. Two groups are written
        `first/second`; without a day the window is the whole run. The scale is that of the steps of
        a profile, logarithmic unless it says otherwise or the kind is a difference.
    example
        One that can be read, for the message where the text cannot.

    Returns
    -------
    Target
        Without bounds; its id is the text.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> prediction = read_prediction("early:crp:fold_change:84")
    >>> prediction.group, prediction.observable, prediction.kind, prediction.day, prediction.scale
    ('early', 'crp', 'fold_change', 84.0, 'log')
    """
    parts = [part.strip() for part in text.split(":")]
    plain, named = [p for p in parts if "=" not in p], [p for p in parts if "=" in p]
    if not 3 <= len(plain) <= 4 or not all(parts) or parts != [*plain, *named]:
        hint = f"; write e.g. {example}" if example else ""
        raise InputError(f"prediction {text!r} is not {GRAMMAR}{hint}")
    group, observable, kind = plain[:3]
    require_known(f"kind of prediction {text!r}:", KINDS, kind)
    day = _number(text, "day", plain[3]) if len(plain) == 4 else math.nan
    words = _named(text, named)
    threshold = _number(text, "threshold", words.get("threshold", "nan"))
    scale = words.get("scale", KINDS[kind].scale)
    require_known(f"scale of prediction {text!r}:", SCALES, scale)
    try:
        return Target(
            text, group, observable, kind, day, threshold, scale=scale, where="prediction"
        )
    except TargetError as error:
        raise InputError(str(error)) from error


def _named(text: str, parts: Sequence[str]) -> dict[str, str]:
    words: dict[str, str] = {}
    for part in parts:
        name, _, value = (word.strip() for word in part.partition("="))
        require_known(f"word of prediction {text!r}:", ("threshold", "scale"), name)
        if name in words:
            raise InputError(f"prediction {text!r} gives {name!r} twice")
        words[name] = value
    return words


def _number(text: str, what: str, word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise InputError(f"prediction {text!r}: {what} {word!r} is not a number") from error
