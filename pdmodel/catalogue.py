"""Finds models, patients and fits: by name, as `module:object` or as `path.py:object`.

A model may also be a file of another program, such as SBML: whoever reads it is registered by the
ending of the file. `model.xml:hour` says in which unit such a file counts time.

A name that an object uses, such as the model of a question or the table of its targets, is looked
for near the object first: in the file that declares it, or in the packages of its application. A
name that several packages publish is written `package:name` elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, TypeVar

from pdmodel.applications import (
    broken,
    contents,
    endings,
    packages,
    packages_beside,
    reader_of,
    tables_of,
)
from pdmodel.arguments import shown
from pdmodel.errors import InputError, nearest, unknown
from pdmodel.imports import (
    Place,
    declared_at,
    declaring_module,
    import_file,
    import_module,
    modules_of_files,
)
from pdmodel.model import Model, Patient

T = TypeVar("T")


class _Named(NamedTuple):
    """An object with its name, and the name that is no other's."""

    name: str
    qualified: str
    value: object


class _OtherFile(NamedTuple):
    """A file of another program, and the unit in which it counts time, if that was said."""

    name: str
    time_unit: str


def load(reference: str | Model, near: object = None) -> Model:
    """Return a model by name, `module:object` or `path.py:object`.

    Parameters
    ----------
    reference
        E.g. `reference`, `my_package.models:my_model` or `my_models.py:my_model`; a file that
        holds one model needs no name: `my_models.py`. `package:name` where several packages
        publish the name. Or a file of SBML, `model.xml`, or an archive that holds one,
        `study.omex`; with the unit in which it counts time where it does not say or is wrong,
        `model.xml:hour`.
    near
        An object that uses the name; the model is looked for first where that is declared.

    Raises
    ------
    UnknownNameError
        If nothing has that name; the message lists all names.
    InputError
        If several packages publish it, or the module or file cannot be imported, or holds
        something else.

    Examples
    --------
    >>> load("reference").name
    'reference'
    """
    if isinstance(reference, Model):
        return reference
    if (other := _of_others(reference)) is not None:
        file = _file(other.name, near)
        said = {"time_unit": other.time_unit} if other.time_unit else {}
        model: Model = reader_of(file.suffix.lower())(file, **said)
        return model
    return find_object(reference, "model", "pdmodel.models", Model, near)


def _of_others(reference: object) -> _OtherFile | None:
    """Return the file that a registered reader is for, where a model is named by one."""
    if not isinstance(reference, str | Path):
        return None
    text = str(reference)
    if Path(text).suffix.lower() in endings():
        return _OtherFile(text, "")
    name, _, unit = text.rpartition(":")
    return _OtherFile(name, unit) if Path(name).suffix.lower() in endings() else None


def load_patient(reference: str | Patient, near: object = None) -> Patient:
    """Return a typical patient by name, `module:object` or `path.py:object`.

    Parameters
    ----------
    reference
        Its name; a patient is returned as it is.
    near
        Where names are looked for first, as in `load`.

    Raises
    ------
    InputError
        If there is none of that name; the message names the nearest.

    Examples
    --------
    >>> load_patient("responder").values
    mappingproxy({'tone': 2.0})
    """
    if isinstance(reference, Patient):
        return reference
    return find_object(reference, "patient", "pdmodel.patients", Patient, near)


def models(near: object = None) -> dict[str, Model]:
    """Return every published model by name.

    Parameters
    ----------
    near
        An object or a file: what is declared beside it comes first. None for all that is published.

    Examples
    --------
    >>> "reference" in models()
    True
    """
    return published("pdmodel.models", Model, near)


def patients(near: object = None) -> dict[str, Patient]:
    """Return every published patient by name.

    Parameters
    ----------
    near
        An object or a file: what is declared beside it comes first. None for all that is published.

    Examples
    --------
    >>> "responder" in patients()
    True
    """
    return published("pdmodel.patients", Patient, near)


def patient_names() -> list[tuple[str, ...]]:
    """Return the names of the published patients, one tuple a place that publishes them."""
    places: dict[str, list[str]] = {}
    for entry in contents("pdmodel.patients"):
        if isinstance(entry.value, Patient):
            places.setdefault(entry.module, []).append(entry.value.name)
    return [tuple(dict.fromkeys(names)) for names in places.values()]


def model_of(name: str, model_hash: str) -> Model | None:
    """Return the model of a name and a hash; no code is run that was not run before.

    It is looked for among those that are published, then in the files that this process has run.
    """
    listed = [entry.value for entry in _published("pdmodel.models", Model)]
    held = [value for module in modules_of_files() for value in vars(module).values()]
    return next(
        (
            model
            for model in (*listed, *held)
            if isinstance(model, Model) and model.name == name and model.hash == model_hash
        ),
        None,
    )


def find_data(name: str, near: object = None) -> Path:
    """Return the path of a published table, e.g. `response.csv` or `package:response.csv`.

    Parameters
    ----------
    name
        Of the table, in the folder `data` of a package that publishes anything.
    near
        An object that uses the name; tables of its application come first.

    Raises
    ------
    InputError
        If no package has it, or several have.
    """
    package, _, own = name.rpartition(":")
    own = own if package in packages() else name
    home = packages_beside(declared_at(near).module)
    for some in [[package]] if package in packages() else [sorted(home), packages()]:
        held = [(source, files[own]) for source in some if own in (files := tables_of(source))]
        if len(held) > 1:
            several = " or ".join(f"{source}:{own}" for source, _ in held)
            raise InputError(f"{len(held)} packages have a file {own!r}; write {several}")
        if held:
            return held[0][1]
    listed = sorted({file for source in packages() for file in tables_of(source)})
    raise InputError(
        f"file {name!r} does not exist{nearest(name, listed)} (published: {', '.join(listed)})"
    )


def find_table(words: str | Path, near: object = None) -> Path:
    """Return a table: the file at a path, or a published one of that name.

    Parameters
    ----------
    words
        A path is looked for beside the file that declares `near`, in the working folder, and in
        the folder `data` beside that file.
    near
        An object that uses the table.

    Raises
    ------
    InputError
        If there is neither.
    """
    folder = declared_at(near).folder
    beside = [] if folder is None else [folder / words, Path(words), folder / "data" / words]
    for path in beside or [Path(words)]:
        if os.path.exists(path) and str(words):
            return path
    return find_data(str(words), near)


def find_object(reference: str, what: str, group: str, kind: type[T], near: object = None) -> T:
    """Return an object of any published kind; `load` and `load_patient` are shorter.

    Parameters
    ----------
    reference
        Its name, `package:name`, `module:object` or `path.py:object`.
    what, group, kind
        What it is called in messages, the group of entry points, and its class.
    near
        An object that uses the name, which is looked for first where that is declared.

    Raises
    ------
    UnknownNameError, InputError
        As for `load`.
    """
    if not isinstance(reference, str | Path):
        raise InputError(f"a {what} is named by text, got {shown(reference)}")
    text = str(reference)
    place, _, name = text.rpartition(":")
    if text.endswith(".py") or (not name and place.endswith(".py")):
        return _only(import_file(_file(text.removesuffix(":"), near)), text, what, kind)
    if place.endswith(".py"):
        return _member(import_file(_file(place, near)), place, name, what, kind)
    if place in packages():
        own = [
            entry for entry in _published(group, kind) if entry.qualified.startswith(f"{place}:")
        ]
        if (chosen := _chosen(own, name, what, kind)) is not None:
            return chosen
        return _member(import_module(place), place, name, what, kind, [entry.name for entry in own])
    if place:
        return _member(import_module(place), place, name, what, kind)
    for some in (_at_home(group, kind, near), _published(group, kind)):
        if (chosen := _chosen(some, text, what, kind)) is not None:
            return chosen
    raise _with_broken(unknown(what, text, published(group, kind, near)))


def home_of(reference: str) -> Place:
    """Return where a model is declared that was named on the command line, for its neighbours.

    Parameters
    ----------
    reference
        As of `load`, which has found it.

    Returns
    -------
    Place
        A file or module, or the package that publishes the name; to be given as `near`.
    """
    if _of_others(reference) is not None:
        return Place("", "")
    place, _, name = str(reference).rpartition(":")
    place = reference if reference.endswith(".py") else place
    if place.endswith(".py"):
        module = import_file(Path(place))
    elif place:
        module = import_module(place)
    else:
        own = [entry for entry in _published("pdmodel.models", Model) if entry.name == name]
        return Place(own[0].qualified.partition(":")[0] if own else "", "")
    return Place(module.__name__, str(module.__file__ or ""))


def published(group: str, kind: type[T], near: object = None) -> dict[str, T]:
    """Return all objects of a kind that entry points of a group publish, by name.

    Parameters
    ----------
    group, kind
        The group of entry points, and the class of the objects.
    near
        An object; what is declared where it is has its plain name.

    Returns
    -------
    dict
        A name that several packages publish is written `package:name` in it.
    """
    return _by_name([*_published(group, kind)], kind) | declared_beside(group, kind, near)


def declared_beside(group: str, kind: type[T], near: object) -> dict[str, T]:
    """Return the objects of a kind that belong to the file or the application of an object."""
    return _by_name([*_at_home(group, kind, near)], kind)


def _by_name(objects: Sequence[_Named], kind: type[T]) -> dict[str, T]:
    """Return objects by name; by their qualified name where several have one."""
    sharing: dict[str, dict[int, _Named]] = {}
    for entry in objects:
        sharing.setdefault(entry.name, {}).setdefault(id(entry.value), entry)
    by_name: dict[str, T] = {}
    for name, held in sharing.items():
        for entry in held.values():
            key = name if len(held) == 1 else entry.qualified
            if key in by_name:
                raise InputError(f"two objects are called {key!r}; rename one")
            assert isinstance(entry.value, kind)
            by_name[key] = entry.value
    return by_name


def _chosen(
    objects: Iterator[_Named] | Sequence[_Named], name: str, what: str, kind: type[T]
) -> T | None:
    """Return the object of a name, if there is one.

    Raises
    ------
    InputError
        If there are several.
    """
    held = {id(entry.value): entry for entry in objects if entry.name == name}
    if len(held) > 1:
        several = " or ".join(entry.qualified for entry in held.values())
        raise InputError(f"there are {len(held)} of {what} {name!r}; write {several}")
    value = next((entry.value for entry in held.values()), None)
    return value if isinstance(value, kind) else None


def _published(group: str, kind: type[T]) -> list[_Named]:
    """Return the objects of a kind that entry points of a group publish."""
    objects = []
    for entry in contents(group):
        if isinstance(entry.value, kind):
            name = str(getattr(entry.value, "name"))  # noqa: B009 - every published kind has one
            objects.append(_Named(name, f"{entry.package}:{name}", entry.value))
    return objects


def _at_home(group: str, kind: type[T], near: object) -> list[_Named]:
    """Return the objects of a kind in the application of an object, or in its own file."""
    place = declared_at(near)
    own = tuple(f"{package}:" for package in packages_beside(place.module))
    if own:
        return [entry for entry in _published(group, kind) if entry.qualified.startswith(own)]
    module = declaring_module(place)
    home = place.file or place.module
    return [] if module is None else [
        _Named(str(getattr(value, "name")), f"{home}:{key}", value)  # noqa: B009
        for key, value in _offered(module, kind).items()
    ]  # fmt: skip


def _file(words: str, near: object) -> Path:
    """Return the path of a file of objects: beside the one that declares `near`, or as written."""
    folder = declared_at(near).folder
    beside = None if folder is None else folder / words
    return beside if beside is not None and beside.is_file() else Path(words)


def _member(
    module: ModuleType, place: str, name: str, what: str, kind: type[T], also: Sequence[str] = ()
) -> T:
    value = getattr(module, name, None)
    if not isinstance(value, kind):
        raise unknown(f"{what} in {place}:", name, {*_offered(module, kind), *also})
    return value


def _offered(module: ModuleType, kind: type[T]) -> Mapping[str, T]:
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


def _with_broken(error: InputError) -> InputError:
    """Say besides which modules could not be imported, for the name may be one of theirs."""
    return type(error)("; ".join([str(error), *broken()]))
