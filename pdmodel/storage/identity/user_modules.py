"""The code of users: modules that are neither ours nor a library's, and what those import.

A module counts by its syntax tree, read from its file: comments and blank lines do not count, and
the time stamp of the file, by which Python tells whether a compiled module is out of date, is not
asked. What has no file, in a notebook or a console, counts by its compiled functions.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

OURS = "pdmodel"


def label_of(module: str) -> str:
    """Return what a module is called in data: the name of its file where it is a user's.

    A module that is loaded from a path has another name in Python each time.
    """
    file = _file_of(module)
    return module if file is None or _is_library(file) else file.name


def code_of(modules: Iterable[str], loose: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return fingerprints by the name of the file, of modules and all that they import.

    Parameters
    ----------
    modules
        Names of modules that define something that is used.
    loose
        Functions and classes; those whose modules have no file count by themselves.
    """
    by_file: dict[str, set[str]] = {}
    todo, seen = [], set[Path]()
    for name in modules:
        file = _file_of(name)
        if name.partition(".")[0] == OURS:
            continue
        if file is None:
            for words, own in _without_file(name, loose):
                by_file.setdefault(words, set()).add(_hash_of_code(own))
        elif _is_a_users(name, file):
            todo.append((file, name))
    while todo:
        file, name = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        own_hash, wanted = _read(_content(file), file.name == "__init__.py", name)
        by_file.setdefault(file.name, set()).add(own_hash)
        for imported in wanted:
            other = _file_of(imported) or _beside(file, imported)
            if other is not None and _is_a_users(imported, other):
                todo.append((other, imported))
    return {name: sorted(hashes) for name, hashes in sorted(by_file.items())}


@lru_cache(maxsize=512)
def _read(content: bytes, is_package: bool, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the fingerprint of a module, and what it imports, at whatever depth of the file."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return hashlib.sha256(content).hexdigest(), ()
    package = name if is_package else name.rpartition(".")[0]
    wanted = [module for node in ast.walk(tree) for module in _imported(node, package)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(dict.fromkeys(wanted))


def _imported(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        above = package.split(".")
        above = above[: len(above) - node.level + 1]
        base = ".".join([*filter(None, above), *filter(None, [base])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _is_a_users(name: str, file: Path) -> bool:
    """Whether a module is neither ours nor a library's; packages that publish to us count."""
    head = name.partition(".")[0]
    return head != OURS and (head in _published() or not _is_library(file))


@cache
def _published() -> frozenset[str]:
    """Return the packages that publish models, fits or trials for pdmodel."""
    entries = metadata.entry_points()
    groups = [group for group in entries.groups if group.startswith(f"{OURS}.")]
    return frozenset(
        entry.module.partition(".")[0] for group in groups for entry in entries.select(group=group)
    )


def _beside(file: Path, name: str) -> Path | None:
    """Return the file of a module that is not loaded, if it lies where the importing one does."""
    parts = name.split(".")
    for begin in (file.parent, file.parent.parent):
        stem = begin.joinpath(*parts)
        for other in (stem.with_name(f"{stem.name}.py"), stem / "__init__.py"):
            if parts[0] and other.is_file():
                return other.resolve()
    return None


def _file_of(name: str) -> Path | None:
    file = getattr(sys.modules.get(name), "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or not Path(file).is_file():
        return None
    return Path(file).resolve()


def _is_library(file: Path) -> bool:
    """Whether a file is Python's own, or was installed, in whatever environment."""
    installed = {"site-packages", "dist-packages"} & set(file.parts)
    return bool(installed) or any(file.is_relative_to(folder) for folder in _standard())


@cache
def _standard() -> tuple[Path, ...]:
    """Return where Python's own modules are."""
    return tuple({Path(sysconfig.get_paths()[key]).resolve() for key in ("stdlib", "platstdlib")})


def _without_file(name: str, loose: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what was defined in a module that has no file: a notebook, a console."""
    module = sys.modules.get(name)
    if module is not None and (name != "__main__" or getattr(module, "__file__", None)):
        return
    for words, own in loose.items():
        if getattr(own, "__module__", None) == name:
            yield words, own


def _hash_of_code(own: Any) -> str:
    parts = sorted(_codes(own, set()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _codes(own: Any, seen: set[int]) -> Iterator[str]:
    """Yield the compiled code of a function or class, and of all it calls in the same place."""
    if id(own) in seen:
        return
    seen.add(id(own))
    if isinstance(own, type):
        for name, part in vars(own).items():
            part = getattr(part, "__func__", getattr(part, "fget", part))
            if isinstance(part, types.FunctionType):
                yield from _codes(part, seen)
            elif not name.startswith("__") and isinstance(part, int | float | str | tuple):
                yield f"{name} = {part!r}"
        return
    function = getattr(own, "__func__", own)
    if not isinstance(function, types.FunctionType):
        return
    yield _text(function.__code__)
    for name in function.__code__.co_names:
        other = function.__globals__.get(name)
        if isinstance(other, type | types.FunctionType) and other.__module__ == own.__module__:
            yield from _codes(other, seen)
        elif isinstance(other, int | float | str | tuple):
            yield f"{name} = {other!r}"


def _text(code: types.CodeType) -> str:
    held = [_text(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {held}"
