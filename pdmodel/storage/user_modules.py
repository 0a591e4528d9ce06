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
from functools import cache
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
    found: dict[str, set[str]] = {}
    todo, seen = [], set[Path]()
    for name in modules:
        file = _file_of(name)
        if file is None:
            for words, own in _without_file(name, loose):
                found.setdefault(words, set()).add(_hash_of_code(own))
        elif not _is_ours(name) and (_in(file, _libraries()) or not _in(file, _standard())):
            todo.append((file, name))
    while todo:
        file, name = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        tree = _read(file)
        text = file.read_bytes().hex() if tree is None else ast.dump(tree)
        found.setdefault(file.name, set()).add(hashlib.sha256(text.encode()).hexdigest())
        if tree is not None:
            todo += list(_imported(tree, file, name))
    return {name: sorted(hashes) for name, hashes in sorted(found.items())}


def _imported(tree: ast.Module, file: Path, name: str) -> Iterator[tuple[Path, str]]:
    """Yield the modules of the user that a module imports, at whatever depth of the file."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*filter(None, above), *filter(None, [base])])
            wanted = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for one in wanted:
            other = _file_of(one) or _beside(file, one)
            if other is not None and not _is_ours(one) and _belongs(other, file):
                yield other, one


def _belongs(other: Path, file: Path) -> bool:
    """Whether a module that is imported is the user's: no library, or of the same package."""
    return not _is_library(other) or other.parent == file.parent


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


def _read(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _is_ours(name: str) -> bool:
    return name == OURS or name.startswith(f"{OURS}.")


def _is_library(file: Path) -> bool:
    return _in(file, _standard()) or _in(file, _libraries())


def _in(file: Path, folders: Iterable[Path]) -> bool:
    return any(file.is_relative_to(folder) for folder in folders)


@cache
def _standard() -> tuple[Path, ...]:
    """Return where Python's own modules are; libraries may lie below, and are told apart."""
    own = {Path(sysconfig.get_paths()[key]).resolve() for key in ("stdlib", "platstdlib")}
    return tuple(own)


@cache
def _libraries() -> tuple[Path, ...]:
    keys = ("purelib", "platlib")
    return tuple({Path(sysconfig.get_paths()[key]).resolve() for key in keys})


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
