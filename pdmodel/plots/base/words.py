"""Words of an application: how its models write names, and what they show by default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pdmodel import catalogue
from pdmodel.engine.dataset import used_model
from pdmodel.model import Model
from pdmodel.plots.base.style import NO_WORDS

_PRESENTATION = ("main", "words", "drug")
"""Attributes of a result that say how its model writes it (`Model.presentation`)."""


def model_of(
    name: str, model_hash: str = "", attributes: Mapping[Any, Any] = NO_WORDS
) -> Model | None:
    """Return the model that a result was made with, or None where it cannot be found.

    Parameters
    ----------
    name, model_hash
        As the result names it. A model of one's own is found in the process that has run it. Where
        no model has the same equations, a published one of that name is taken, and `reference` for
        `reference+rival`, which is not published.
    attributes
        Of the result. Where they say how it is written, a model that is found by its name alone
        must say the same; else it is a stranger's.
    """
    same = catalogue.model_of(name, model_hash) or used_model(model_hash)
    if same is not None:
        return same
    stored = {key: str(attributes[key]) for key in _PRESENTATION if key in attributes}
    kin = (
        model for model in catalogue.models().values()
        if model.name == name and (not stored or stored == dict(model.presentation))
    )  # fmt: skip
    model, base = next(kin, None), name.rpartition("+")[0]
    return model_of(base, attributes=attributes) if model is None and base else model


def words_of(
    name: str, model_hash: str = "", attributes: Mapping[Any, Any] = NO_WORDS
) -> Mapping[str, str]:
    """Return how the application of a model writes parts of names.

    Parameters
    ----------
    name, model_hash
        Of the model.
    attributes
        Of its result, which say it where the model cannot be found.
    """
    model = model_of(name, model_hash, attributes)
    return model.vocabulary.words if model else words_in(attributes)


def words_in(attributes: Mapping[Any, Any]) -> Mapping[str, str]:
    """Return the words that a result holds; none if it holds none that can be read."""
    try:
        words = json.loads(str(attributes.get("words", "{}")))
    except ValueError:
        return NO_WORDS
    if not isinstance(words, dict):
        return NO_WORDS
    return {part: word for part, word in words.items() if isinstance(word, str)}


def words_for(result: Any) -> Mapping[str, str]:
    """Return the words of the model of a result, which has `model` and perhaps `model_hash`."""
    return words_of(
        str(result.model), str(getattr(result, "model_hash", "")), attributes_of(result)
    )


def attributes_of(result: Any) -> Mapping[Any, Any]:
    """Return the attributes of courses of groups or subjects, or of the draws of a posterior."""
    holders = (getattr(result, name, None) for name in ("trajectories", "courses", "tree"))
    return next((holder.attrs for holder in holders if holder is not None), NO_WORDS)


def words_together(models: Iterable[Model]) -> Mapping[str, str]:
    """Return the words of several models; the first one that has a word says how it is written."""
    words: dict[str, str] = {}
    for model in models:
        words = {**model.vocabulary.words, **words}
    return words


def pair_of_groups(groups: Sequence[str]) -> tuple[str, ...]:
    """Return which groups of a fit have the pair of looks: as in runs, else the first two."""
    return pair_of(groups) or tuple(groups[:2])


def pair_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the patients among some names that have the pair of looks: the first two of a package.

    Parameters
    ----------
    names
        Of groups or of runs.
    """
    leading: dict[int, str] = {}
    for published in catalogue.patient_names():
        for index, name in enumerate(published[:2]):
            if name in names:
                leading.setdefault(index, name)
    return tuple(leading.get(index, "") for index in range(2)) if leading else ()
