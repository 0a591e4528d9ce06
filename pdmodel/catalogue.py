"""Finds models, patients and fits: by name, as `module:object` or as `path.py:object`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pdmodel.errors import InputError, PdmodelError, nearest, unknown
from pdmodel.model import Model, Patient

T = TypeVar("T")


def load(reference: str | Model) -> Model:
    """Return a model by name, `module:object` or `path.py:object`.

    Parameters
    ----------
    reference
        E.g. `reference`, `my_package.models:my_model` or `my_models.py:my_model`.

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


def find_data(name: str) -> Path:
    """Return the path of a published data file, e.g. `response.csv`.

    Raises
    ------
    InputError
        If no package that publishes fits has it.
    """
    found: dict[str, Path] = {}
    for entry in metadata.entry_points(group="pdmodel.fits"):
        folder = Path(str(resources.files(entry.module.partition(".")[0]))) / "data"
        found |= {path.name: path for path in sorted(folder.glob("*.csv"))}
    if name not in found:
        raise InputError(
            f"file {name!r} does not exist{nearest(name, found)} (published: {', '.join(found)})"
        )
    return found[name]


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
    found: dict[str, T] = {}
    for origin, value in _contents(group):
        if isinstance(value, kind):
            name = str(getattr(value, "name"))  # noqa: B009 - every published kind has one
            if name in found and found[name] is not value:
                raise InputError(f"two objects of {group} are called {name!r} ({origin})")
            found[name] = value
    return found


def _find(reference: str, what: str, group: str, kind: type[T]) -> T:
    place, _, name = reference.rpartition(":")
    if not place:
        known = published(group, kind)
        if reference not in known:
            raise unknown(what, reference, known)
        return known[reference]
    module = _import_file(Path(place)) if place.endswith(".py") else _import_module(place)
    found = getattr(module, name, None)
    if not isinstance(found, kind):
        offered = [key for key, value in vars(module).items() if isinstance(value, kind)]
        raise unknown(f"{what} in {place}:", name, offered)
    return found


@cache
def _contents(group: str) -> tuple[tuple[str, object], ...]:
    entries = sorted(metadata.entry_points(group=group), key=lambda entry: entry.value)
    return tuple((e.value, value) for e in entries for value in vars(e.load()).values())


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except PdmodelError:
        raise
    except Exception as error:  # whatever a user's module may raise
        raise InputError(f"module {name!r} cannot be imported: {error}") from error


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"file {str(path)!r} does not exist")
    name = f"_pdmodel_{path.resolve().stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"file {str(path)!r} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except PdmodelError:
        raise
    except Exception as error:  # whatever a user's file may raise
        raise InputError(f"file {str(path)!r} cannot be run: {error}") from error
    return module
