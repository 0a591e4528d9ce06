"""The interface: a page for every public name, and one a room that lists them."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any, NamedTuple

import pdmodel

ROOMS = {
    "pdmodel": "The words that one types; `import pdmodel` gives all of them.",
    "pdmodel.model": "What a model is: symbols, mechanisms, slots. Nothing is run.",
    "pdmodel.dosing": "What is given, when.",
    "pdmodel.engine": "From equations to numbers.",
    "pdmodel.inference": "What the evidence says: targets, measured courses, fits, profiles.",
    "pdmodel.trial": "Virtual trials: patients who differ, visits, rules, rates with intervals.",
    "pdmodel.hypotheses": "Rivals judged, and what would decide between them.",
    "pdmodel.interchange": "Models and problems of other programs.",
    "pdmodel.plots": "Figures.",
}


class PublicName(NamedTuple):
    """A public name and what it stands for."""

    room: str
    name: str
    thing: object

    @property
    def kind(self) -> str:
        """The directive of autodoc that documents it."""
        if inspect.isclass(self.thing):
            return "exception" if issubclass(self.thing, Exception) else "class"
        return "function" if inspect.isroutine(self.thing) else "data"

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        told = inspect.getdoc(self.thing) if self.kind != "data" else ""
        return (told or "").partition("\n\n")[0].replace("\n", " ")

    @property
    def source(self) -> str:
        """The module in which it is written."""
        return str(getattr(self.thing, "__module__", self.room))


def public_names() -> list[PublicName]:
    """Return every public name of every room; what `pdmodel` itself has stands there only."""
    first = {name: getattr(pdmodel, name) for name in names_of("pdmodel")}
    found = [PublicName("pdmodel", name, thing) for name, thing in first.items()]
    for room in list(ROOMS)[1:]:
        module = importlib.import_module(room)
        for name in names_of(room):
            thing = getattr(module, name)
            if first.get(name) is not thing:
                found.append(PublicName(room, name, thing))
    return [entry for entry in found if not inspect.ismodule(entry.thing)]


def names_of(room: str) -> list[str]:
    """Return the public names of a room in the order in which it declares them."""
    module = importlib.import_module(room)
    stub = Path(str(module.__file__)).with_suffix(".pyi")
    if not stub.is_file():
        return list(module.__all__)
    body = ast.parse(stub.read_text("utf-8")).body
    return [
        alias.asname or alias.name
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]


def write_api(folder: Path) -> None:
    """Write a page a name, a page a room, and the page that lists the rooms.

    Parameters
    ----------
    folder
        Of docs/made; it is there.
    """
    names = public_names()
    for entry in names:
        (folder / f"{entry.room}.{entry.name}.rst").write_text(_page(entry), "utf-8")
    for room, purpose in ROOMS.items():
        own = [entry for entry in names if entry.room == room]
        (folder / f"{room}.rst").write_text(_room(room, purpose, own), "utf-8")
    lines = ["Python interface", "=" * 16, ""]
    lines += ["A room of the package a page; each lists its names with one line.", ""]
    lines += [".. toctree::", "   :maxdepth: 1", ""]
    (folder / "index.rst").write_text("\n".join([*lines, *(f"   {r}" for r in ROOMS), ""]), "utf-8")


_MOST_INHERITED = 15
"""Members that are documented in full; where a class inherits more, they are a table."""


def _page(entry: PublicName) -> str:
    lines = [entry.name, "=" * len(entry.name), "", f".. currentmodule:: {entry.room}", ""]
    lines += [f".. auto{entry.kind}:: {entry.name}"]
    if entry.kind in ("class", "exception"):
        inherited = _inherited(entry.thing)
        many = len(inherited) > _MOST_INHERITED
        lines += ["   :members:"]
        lines += [] if many else [f"   :inherited-members: {_foreign_bases(entry.thing)}"]
        lines += _table_of(inherited) if many else []
    return "\n".join([*lines, ""])


def _inherited(thing: Any) -> dict[str, str]:
    """Return members that a class has of other classes of ours, each with its first line."""
    members = {}
    for name in dir(thing):
        owner = next((base for base in thing.__mro__ if name in vars(base)), thing)
        ours = owner is not thing and owner.__module__.startswith("pdmodel")
        told = inspect.getdoc(inspect.getattr_static(thing, name)) if ours else None
        if told and not name.startswith("_"):
            members[name] = told.partition("\n\n")[0].replace("\n", " ")
    return members


def _table_of(members: dict[str, str]) -> list[str]:
    """Return a table of members, a row each."""
    lines = ["", "Further members, which others of its kind have too:", ""]
    lines += [".. list-table::", "   :widths: auto", ""]
    for name, told in members.items():
        lines += [f"   * - ``{name}``", f"     - {told}"]
    return lines


def _foreign_bases(thing: Any) -> str:
    """Return the bases of other libraries: what they hold is no part of our interface."""
    bases = [base for base in thing.__mro__ if not base.__module__.startswith("pdmodel")]
    return ",".join(base.__name__ for base in bases)


def _room(room: str, purpose: str, names: list[PublicName]) -> str:
    lines = [room, "=" * len(room), "", purpose, ""]
    lines += [".. list-table::", "   :widths: auto", "   :class: names", ""]
    for entry in names:
        lines += [f"   * - :doc:`{entry.name} <{room}.{entry.name}>`", f"     - {entry.summary}"]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    return "\n".join([*lines, *(f"   {room}.{entry.name}" for entry in names), ""])
