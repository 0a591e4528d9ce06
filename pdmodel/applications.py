"""Applications: what installed packages publish through entry points, package by package.

An application is a distribution: its packages belong together, and a name that one of its objects
uses is looked for in the same application first. So two applications may publish the same name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any, NamedTuple

from pdmodel.errors import shortened

_GROUPS = "pdmodel."
_READERS = "pdmodel_readers"  # named by the endings of files; no package that publishes objects


class Published(NamedTuple):
    """An object that a module publishes.

    Parameters
    ----------
    package
        The package that the module is in, by which the name can be qualified: `package:name`.
    module
        The module.
    value
        The object.
    """

    package: str
    module: str
    value: object


@cache
def packages() -> dict[str, str]:
    """Return the packages that publish anything, each with the name of its distribution."""
    names = {}
    for group in metadata.entry_points().groups:
        if group.startswith(_GROUPS):
            for entry in metadata.entry_points(group=group):
                package = _package(entry)
                names[package] = entry.dist.name if entry.dist is not None else package
    return dict(sorted(names.items()))


def published_entries() -> list[str]:
    """Return every entry point by which anything is published, with the version of its package."""
    everything = metadata.entry_points()
    entries = [
        f"{group} {entry.value} {entry.dist.version if entry.dist is not None else ''}"
        for group in everything.groups if group.startswith(_GROUPS)
        for entry in everything.select(group=group)
    ]  # fmt: skip
    return sorted(entries)


def packages_beside(module: str) -> frozenset[str]:
    """Return the packages of the application that a module belongs to; none if to none."""
    own = packages().get(module.partition(".")[0])
    return frozenset(package for package, of in packages().items() if of == own)


def several() -> bool:
    """Whether more than one application is installed."""
    return len(set(packages().values())) > 1


def package_of(group: str, value: object) -> str:
    """Return the package that publishes an object, which qualifies its name; empty if none does."""
    return next((entry.package for entry in contents(group) if entry.value is value), "")


@cache
def contents(group: str) -> tuple[Published, ...]:
    """Return what the modules hold that entry points of a group name, in the order of modules.

    A module that cannot be imported holds nothing; `broken` tells why.
    """
    entries = sorted(metadata.entry_points(group=group), key=lambda entry: entry.value)
    held = []
    for entry in entries:
        try:
            module = entry.load()
        except Exception as error:  # whatever the module of a stranger may raise
            said = " ".join(str(error).split()) or type(error).__name__
            _BROKEN[entry.value] = f"{entry.value} cannot be imported: {shortened(said, 300)}"
        else:
            values = vars(module).values()
            held += [Published(_package(entry), entry.module, value) for value in values]
    return tuple(held)


def broken() -> list[str]:
    """Say which modules of those that were looked at could not be imported, and why."""
    return [*_BROKEN.values()]


@cache
def endings() -> tuple[str, ...]:
    """Return the endings of files that installed readers turn into models, such as `.xml`."""
    return tuple(sorted(f".{entry.name}" for entry in metadata.entry_points(group=_READERS)))


def reader_of(ending: str) -> Callable[..., Any]:
    """Return what reads a model from files of one of the `endings`; it is imported only now.

    It takes the path, and by the keyword `time_unit` the unit in which the file counts time.
    """
    entry = next(iter(metadata.entry_points(group=_READERS, name=ending.removeprefix("."))))
    reader: Callable[..., Any] = entry.load()
    return reader


def tables_of(package: str) -> dict[str, Path]:
    """Return the tables that a package publishes in its folder `data`, by name; nothing is run."""
    try:
        spec = util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    places = (spec.submodule_search_locations if spec is not None else None) or ()
    return {
        file.name: file for place in places for file in sorted(Path(place, "data").glob("*.csv"))
    }


_BROKEN: dict[str, str] = {}


def _package(entry: metadata.EntryPoint) -> str:
    return entry.module.partition(".")[0]
