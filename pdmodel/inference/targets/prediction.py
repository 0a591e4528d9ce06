"""Predictions: what is looked at on simulated courses, from words, and checked against a fit.

A prediction is a `Target` without bounds: it names group, observable, kind and day, and nothing is
known of its value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pdmodel.errors import InputError, TargetError, nearest, unknown
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.inference.targets.target import SCALES, Target
from pdmodel.model import Model

if TYPE_CHECKING:
    from pdmodel.inference.problem.problem import FitProblem

GRAMMAR = "GROUP:OBSERVABLE:KIND[:DAY][:threshold=X][:scale=log|linear]"
_EXAMPLE = "nonresponder:il6:fold_change:84"
# What may be negative or 0, and has no logarithm.
_LINEAR = {"peak_difference"}
_AT_VISITS = {"best", "time_to_best"}
_FOLDS = {"fold_change", "ratio", "best"}
_DAYS = {"onset", "duration", "time_to_best"}


def read_prediction(text: str) -> Target:
    """Read a prediction from words.

    Parameters
    ----------
    text
        `GROUP:OBSERVABLE:KIND[:DAY][:threshold=X][:scale=log|linear]`. Two groups are written
        `first/second`; without a day the whole run is looked at. The scale is that of the steps,
        logarithmic unless it says otherwise or the kind is a difference.

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
    >>> one = read_prediction("nonresponder:il6:fold_change:84")
    >>> one.group, one.observable, one.kind, one.day, one.scale
    ('nonresponder', 'il6', 'fold_change', 84.0, 'log')
    """
    parts = [part.strip() for part in text.split(":")]
    plain, named = [p for p in parts if "=" not in p], [p for p in parts if "=" in p]
    if not 3 <= len(plain) <= 4 or not all(parts) or parts != [*plain, *named]:
        raise InputError(f"prediction {text!r} is not {GRAMMAR}; write e.g. {_EXAMPLE}")
    group, observable, kind = plain[:3]
    if kind not in KINDS:
        raise unknown(f"kind of prediction {text!r}:", kind, KINDS)
    day = _number(text, "day", plain[3]) if len(plain) == 4 else math.nan
    words = _named(text, named)
    threshold = _number(text, "threshold", words.get("threshold", "nan"))
    scale = words.get("scale", "linear" if kind in _LINEAR else "log")
    if scale not in SCALES:
        raise unknown(f"scale of prediction {text!r}:", scale, SCALES)
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
        if name not in ("threshold", "scale"):
            raise unknown(f"word of prediction {text!r}:", name, ("threshold", "scale"))
        if name in words:
            raise InputError(f"prediction {text!r} gives {name!r} twice")
        words[name] = value
    return words


def _number(text: str, what: str, word: str) -> float:
    try:
        return float(word)
    except ValueError as error:
        raise InputError(f"prediction {text!r}: {what} {word!r} is not a number") from error


def find_predictions(
    problem: FitProblem, predictions: Sequence[Target | str]
) -> tuple[Target, ...]:
    """Return predictions, those in words read, all of them such that the fit can make them.

    Raises
    ------
    InputError
        If there is none, one is asked twice, or a group, observable, kind or day cannot be used.
    """
    found = tuple(read_prediction(p) if isinstance(p, str) else p for p in predictions)
    if not found:
        raise InputError(f"name at least one prediction to profile: {GRAMMAR}")
    ids = [prediction.id for prediction in found]
    for name in ids:
        if ids.count(name) > 1:
            raise InputError(f"prediction {name!r} is asked twice")
    for prediction in found:
        _check(problem, prediction)
    return found


def _check(problem: FitProblem, prediction: Target) -> None:
    who = f"prediction {prediction.id!r}:"
    for name in prediction.groups:
        if name not in problem.groups:
            raise unknown(f"group of {who}", name, problem.groups)
    _check_observable(problem.model, who, prediction.observable)
    day = problem.days if math.isnan(prediction.day) else prediction.day
    if day > problem.days:
        raise InputError(f"{who} day {day:g} is after the end of the run, day {problem.days:g}")
    if prediction.kind in _AT_VISITS and day < problem.visit_interval:
        raise InputError(
            f"{who} day {day:g} is before the first visit, day {problem.visit_interval:g}, and "
            f"{prediction.kind!r} is looked at on visits"
        )


def _check_observable(model: Model, who: str, name: str) -> None:
    known = [s.name for s in (*model.states, *model.definitions)]
    if name not in known:
        seen = ", ".join(q.name for q in model.observables)
        raise InputError(
            f"{who} unknown observable {name!r}{nearest(name, known)} (observables: {seen}; or a "
            "state or auxiliary)"
        )


def unit_of(model: Model, prediction: Target) -> str:
    """Return the unit of a prediction: that of its observable, days, or 1 for what is relative."""
    if prediction.kind in _DAYS:
        return "day"
    return "1" if prediction.kind in _FOLDS else model.vocabulary[prediction.observable].unit
