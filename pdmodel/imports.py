"""Modules and files of users, run from their source as it is now; and where objects are declared.

Python keeps bytecode under the second and the length of a source: a file that is edited twice
within a second, to the same length, would be run as it was. So code of users is read and compiled
each time that it has changed. Beside a file its folder is looked through for what it imports, then
the working folder, whether pdmodel was started as `pdmodel`, as `python -m pdmodel` or in a
notebook.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any, ClassVar, NamedTuple

from pdmodel.errors import InputError, PdmodelError, shortened

_FILE = "_pdmodel_file_"
"""How the module of a file begins; what follows is its path, by which a worker finds it too."""
_BUILDING = ("dataclasses", "copy", "copyreg", "functools")
"""Modules of Python that make objects for others."""


class Place(NamedTuple):
    """Where an object is declared.

    Parameters
    ----------
    module, file
        Name of the module whose code made it, and its path; empty in a notebook or console.
    """

    module: str
    file: str

    @property
    def folder(self) -> Path | None:
        """The folder of the file, where there is one."""
        return Path(self.file).parent if self.file else None


class Declared:
    """An object that names others: they are looked for first where it is declared.

    The place is no field: it tells no two objects apart and is part of no identity.
    """

    _place: ClassVar[Place] = Place("", "")

    def __post_init__(self) -> None:
        """Note whose code makes the object."""
        object.__setattr__(self, "_place", _place_of_caller())

    def _at_place_of(self, other: Declared) -> None:
        """Take the place of the object that this one was made from."""
        object.__setattr__(self, "_place", other._place)


def declared_at(value: object) -> Place:
    """Return where an object is declared; empty where it does not know."""
    return value if isinstance(value, Place) else getattr(value, "_place", Place("", ""))


def _place_of_caller() -> Place:
    """Return the innermost code that runs and is not pdmodel's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in ("pdmodel", *_BUILDING):
            file = frame.f_globals.get("__file__")
            return Place(module, os.path.abspath(file) if isinstance(file, str) else "")
        frame = frame.f_back
    return Place("", "")


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
    """Finds modules and packages in some folders before those that are installed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = [str(folder) for folder in folders]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, if it is in a folder or in a package of it."""
        parent = _loader(sys.modules.get(fullname.rpartition(".")[0]))
        inside = [
            folder for folder in path or () if parent and folder.startswith(tuple(self.folders))
        ]
        for folder in self.folders if path is None else inside:
            base = Path(folder, fullname.rpartition(".")[2])
            for file, package in ((base / "__init__.py", True), (base.with_suffix(".py"), False)):
                if file.is_file():
                    return importlib.util.spec_from_file_location(
                        fullname, file, loader=_Source(fullname, str(file)),
                        submodule_search_locations=[str(base)] if package else None,
                    )  # fmt: skip
        return None


class _Files:
    """Finds the module of a file by its name, in a process that has not run the file yet."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of the module, if it is that of a file."""
        if not fullname.startswith(_FILE):
            return None
        file = bytes.fromhex(fullname.rpartition("_")[2]).decode()
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_UserFile(fullname, file)
        )


class _UserFile(_Source):
    """Runs a file of a user's with what lies beside it."""

    def __init__(self, fullname: str, path: str) -> None:
        super().__init__(fullname, path)
        self.used: dict[str, ModuleType] = {}

    def exec_module(self, module: ModuleType) -> None:
        """Run the file, and keep what it was run with."""
        with _beside(Path(self.path).parent):
            super().exec_module(module)
            self.used = _sources(_folders(Path(self.path).parent))

    def is_as_it_was(self) -> bool:
        """Whether neither the file nor what it was run with has changed."""
        return not self.changed() and all(
            sys.modules.get(name) is module and not _loader(module).changed()  # type: ignore[union-attr]
            for name, module in self.used.items()
        )


def find_files() -> None:
    """Let Python find the modules of files, so that what they define can go to workers."""
    if _Files not in sys.meta_path:
        sys.meta_path.append(_Files)


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
    """Return a file as a module; it is run again if it has changed, or what it imports beside it.

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
    # Named for its path, so that files of one name in two folders are two modules.
    name = f"{_FILE}{str(file).encode().hex()}"
    held = _loader(sys.modules.get(name))
    if isinstance(held, _UserFile) and held.is_as_it_was():
        return sys.modules[name]
    spec = _Files.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _guarded(f"file {str(path)!r} cannot be run"):
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return module


def declaring_module(place: Place) -> ModuleType | None:
    """Return the module that a place names; None for a notebook or console of another process.

    Raises
    ------
    InputError
        If it was not run in this process, a worker perhaps, and cannot be.
    """
    if place.module in sys.modules or not place.file:
        return sys.modules.get(place.module)
    with _guarded(f"file {place.file!r} cannot be run"):
        return importlib.import_module(place.module)


def modules_of_files() -> list[ModuleType]:
    """Return the files that were run in this process, as modules."""
    # A copy is made in one step; a list of pairs is not, and garbage that is collected meanwhile
    # may import something.
    return [module for name, module in sys.modules.copy().items() if name.startswith(_FILE)]


def _folders(folder: Path) -> list[Path]:
    """Return where the neighbours of a file are: its folder, then the working folder."""
    try:
        return list(dict.fromkeys([folder, Path.cwd()]))
    except OSError:  # a working folder that was removed
        return [folder]


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Look into a folder first while a user's code is imported, and last from then on."""
    folders = _folders(folder)
    _forget_changed(folders)
    finder: Any = _Neighbours(folders)
    sys.meta_path.insert(0, finder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for place in map(str, folders):
            if place not in sys.path:
                sys.path.append(place)  # for what a function imports when it is called


def _loader(module: ModuleType | None) -> _Source | None:
    loader = getattr(module, "__loader__", None)
    return loader if isinstance(loader, _Source) else None


def _sources(folders: Sequence[Path]) -> dict[str, ModuleType]:
    """Return the modules that were run from some folders, but for files with a path."""
    return {
        name: module
        for name, module in sys.modules.copy().items()
        if not name.startswith(_FILE)
        and (loader := _loader(module)) is not None
        and any(Path(loader.path).is_relative_to(folder) for folder in folders)
    }


def _forget_changed(folders: Sequence[Path]) -> None:
    """Forget the modules that came from some folders if one of them has changed.

    All of them: one that has not changed may hold what it took from one that has.
    """
    ours = _sources(folders)
    if any(_loader(module).changed() for module in ours.values()):  # type: ignore[union-attr]
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
        raise InputError(f"{what}: {shortened(said, 300)}{_line_of(error)}") from error


def _line_of(error: BaseException) -> str:
    """Say in which line of a user's code an error arose; nothing where that is not known."""
    position, trace = "", error.__traceback__
    while trace is not None:
        if isinstance(trace.tb_frame.f_globals.get("__loader__"), _Source):
            position = f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return position
