"""Modules and files of users, run from their source as it is now.

Python keeps bytecode under the second and the length of a source: a file that is edited twice
within a second, to the same length, would be run as it was. So code of users is read and compiled
each time. Beside a file its folder is looked through for what it imports, and beside a module the
working folder, whether pdmodel was started as `pdmodel`, as `python -m pdmodel` or in a notebook.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from pdmodel.errors import InputError, PdmodelError, shortened


class _Source(SourceFileLoader):
    """Compiles what is in the file; no bytecode is read or written."""

    digest = ""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the source as it is now."""
        source = self.get_data(self.path)
        self.digest = hashlib.sha256(source).hexdigest()
        code: CodeType = self.source_to_code(source, self.path)
        return code

    def changed(self) -> bool:
        """Whether the file is another than the one that was run."""
        try:
            return hashlib.sha256(self.get_data(self.path)).hexdigest() != self.digest
        except OSError:
            return True


class _Neighbours:
    """Finds modules and packages in one folder before those that are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, if it is in the folder or in a package of it."""
        inside = [place for place in path or () if place.startswith(self.folder)]
        for place in [self.folder] if path is None else inside:
            base = Path(place, fullname.rpartition(".")[2])
            for file, package in ((base / "__init__.py", True), (base.with_suffix(".py"), False)):
                if file.is_file():
                    return importlib.util.spec_from_file_location(
                        fullname, file, loader=_Source(fullname, str(file)),
                        submodule_search_locations=[str(base)] if package else None,
                    )  # fmt: skip
        return None


def import_module(name: str) -> ModuleType:
    """Return an installed module, or one of the working folder.

    Raises
    ------
    InputError
        If it cannot be imported.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        said = "write module:object or path.py:object"
        raise InputError(f"module {shortened(name)!r} cannot be imported: {said}")
    with _guarded(f"module {shortened(name)!r} cannot be imported"), _beside(Path.cwd()):
        return importlib.import_module(name)


def import_file(path: Path) -> ModuleType:
    """Return a file as a module; it is run each time.

    Raises
    ------
    InputError
        If it does not exist or cannot be run.
    """
    try:
        file = path.expanduser().resolve()
        there = file.is_file()
    except (OSError, ValueError, RuntimeError):  # a name no file can have, a home nobody has
        there = False
    if not there:
        raise InputError(f"file {shortened(str(path))!r} does not exist")
    name = f"_pdmodel_{file.stem}"
    loader = _Source(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    with _guarded(f"file {str(path)!r} cannot be run"), _beside(file.parent):
        sys.modules[name] = module
        loader.exec_module(module)
    return module


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Look into a folder first while a user's code is imported, and last from then on."""
    _forget_changed(folder)
    finder: Any = _Neighbours(folder)
    sys.meta_path.insert(0, finder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if str(folder) not in sys.path:
            sys.path.append(str(folder))  # for what a function imports when it is called


def _forget_changed(folder: Path) -> None:
    """Forget the modules that came from a folder if one of them has changed.

    All of them: one that has not changed may hold what it took from one that has.
    """
    ours = {
        name: loader
        for name, module in list(sys.modules.items())
        if isinstance(loader := getattr(module, "__loader__", None), _Source)
        and Path(loader.path).is_relative_to(folder)
        and not name.startswith("_pdmodel_")
    }
    if any(loader.changed() for loader in ours.values()):
        for name in ours:
            del sys.modules[name]


@contextmanager
def _guarded(what: str) -> Iterator[None]:
    """Tell in one line what went wrong in a user's code."""
    try:
        yield
    except PdmodelError:
        raise
    except (Exception, SystemExit) as error:  # whatever a user's code may raise
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{what}: {shortened(said, 300)}") from error
