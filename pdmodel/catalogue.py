"""Finds models, patients and fits: by name, as `module:object` or as `path.py:object`."""

from __future__ import annotations

import os
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pdmodel.arguments import shown
from pdmodel.errors import InputError, nearest, unknown
from pdmodel.imports import import_file, import_module
from pdmodel.model import Model, Patient

T = TypeVar("T")


def load(reference: str | Model) -> Model:
    """Return a model by name, `module:object` or `path.py:object`.

    Parameters
    ----------
    reference
        E.g. `reference`, `my_package.models:my_model` or `my_models.py:my_model`; a file that
        holds one model needs no name: `my_models.py`.

    Raises
    ------
    UnknownNameError
        If nothing has that name; the message lists all names.
    InputError
        If the module or file cannot be imported, or holds something else.
    """
    if isinstance(reference, Model):
        return reference
    return _find(reference, "model", "pdmodel.models", Model)


def load_patient(reference: str | Patient) -> Patient:
    """Return a typical patient by name, `module:object` or `path.py:object`."""
    if isinstance(reference, Patient):
        return reference
    return _find(reference, "patient", "pdmodel.patients", Patient)


def models() -> dict[str, Model]:
    """Return every published model by name."""
    return published("pdmodel.models", Model)


def patients() -> dict[str, Patient]:
    """Return every published patient by name."""
    return published("pdmodel.patients", Patient)


def patient_names() -> list[tuple[str, ...]]:
    """Return the names of the published patients, one tuple a place that publishes them."""
    places: dict[str, list[str]] = {}
    for origin, value in _contents("pdmodel.patients"):
        if isinstance(value, Patient):
            places.setdefault(origin, []).append(value.name)
    return [tuple(dict.fromkeys(names)) for names in places.values()]


def find_data(name: str) -> Path:
    """Return the path of a published data file, e.g. `response.csv`.

    Raises
    ------
    InputError
        If no package that publishes fits has it.
    """
    files: dict[str, Path] = {}
    for entry in metadata.entry_points(group="pdmodel.fits"):
        folder = Path(str(resources.files(entry.module.partition(".")[0]))) / "data"
        files |= {path.name: path for path in sorted(folder.glob("*.csv"))}
    if name not in files:
        raise InputError(
            f"file {name!r} does not exist{nearest(name, files)} (published: {', '.join(files)})"
        )
    return files[name]


def find_table(words: str | Path) -> Path:
    """Return a table: the file at a path, or a published one of that name.

    Raises
    ------
    InputError
        If there is neither.
    """
    return Path(words) if os.path.exists(words) else find_data(str(words))


def find_object(reference: str, what: str, group: str, kind: type[T]) -> T:
    """Return an object of any published kind; `load` and `load_patient` are shorter."""
    return _find(reference, what, group, kind)


def published(group: str, kind: type[T]) -> dict[str, T]:
    """Return all objects of a kind that entry points of a group publish, by name.

    Raises
    ------
    InputError
        If two of them have the same name.
    """
    objects: dict[str, T] = {}
    for origin, value in _contents(group):
        if isinstance(value, kind):
            name = str(getattr(value, "name"))  # noqa: B009 - every published kind has one
            if name in objects and objects[name] is not value:
                raise InputError(f"two objects of {group} are called {name!r} ({origin})")
            objects[name] = value
    return objects


def _find(reference: str | Path, what: str, group: str, kind: type[T]) -> T:
    if not isinstance(reference, str | Path):
        raise InputError(f"a {what} is named by text, got {shown(reference)}")
    text = str(reference)
    place, _, name = text.rpartition(":")
    if text.endswith(".py") or (not name and place.endswith(".py")):
        return _only(import_file(Path(text.removesuffix(":"))), text, what, kind)
    if not place:
        named = published(group, kind)
        if text not in named:
            raise unknown(what, text, named)
        return named[text]
    module = import_file(Path(place)) if place.endswith(".py") else import_module(place)
    value = getattr(module, name, None)
    if not isinstance(value, kind):
        raise unknown(f"{what} in {place}:", name, _offered(module, kind))
    return value


def _offered(module: ModuleType, kind: type[T]) -> dict[str, T]:
    return {key: value for key, value in vars(module).items() if isinstance(value, kind)}


def _only(module: ModuleType, source: str, what: str, kind: type[T]) -> T:
    """Return what a file holds of a kind, if it holds one."""
    offered = _offered(module, kind)
    if len({id(value) for value in offered.values()}) == 1:
        return next(iter(offered.values()))
    source = source.removesuffix(":")
    if not offered:
        raise InputError(f"file {source!r} holds no {what}")
    several = ", ".join(f"{source}:{name}" for name in offered)
    raise InputError(f"file {source!r} holds {len(offered)} of a {what}; say which: {several}")


@cache
def _contents(group: str) -> tuple[tuple[str, object], ...]:
    entries = sorted(metadata.entry_points(group=group), key=lambda entry: entry.value)
    return tuple((e.value, value) for e in entries for value in vars(e.load()).values())
