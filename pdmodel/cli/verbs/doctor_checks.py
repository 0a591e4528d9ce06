"""What `pdmodel doctor` looks at: versions, packages of the same names, permissions."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pdmodel.executors import cpus

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_PUBLISHED = "pdmodel."
"""How the groups of entry points begin that applications publish in."""


class Check(NamedTuple):
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def examine() -> Iterator[Check]:
    """Look at everything, in the order of the report."""
    yield _python()
    yield from _requirements()
    yield from _origins()
    yield from _entry_points()
    yield _engine()
    yield from _compiled_code()
    yield _writable(Path.cwd())
    yield Check("processors", True, f"{cpus()} usable")


def _python() -> Check:
    from packaging.specifiers import SpecifierSet

    wanted = metadata.metadata("pdmodel")["Requires-Python"] or ""
    return _version("Python", platform.python_version(), SpecifierSet(wanted))


def _requirements() -> Iterator[Check]:
    from packaging.requirements import Requirement

    for line in metadata.requires("pdmodel") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name, wanted = requirement.name, requirement.specifier
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, False, f"not installed (needs {wanted or 'any'})")
        else:
            yield _version(name, installed, wanted)


def _version(name: str, installed: str, wanted: SpecifierSet) -> Check:
    """Compare versions; one that is not final counts where it is new enough."""
    good = wanted.contains(installed, prereleases=True)
    return Check(name, good, f"{installed} (needs {wanted or 'any'})")


def _origins() -> Iterator[Check]:
    """Find whether our packages come from one folder, or a stranger's shadows one of them."""
    import pdmodel
    from pdmodel.applications import packages

    home = Path(pdmodel.__file__).resolve().parent.parent
    ours = [package for package, of in packages().items() if of == "pdmodel"]
    for name in ("pdmodel", *ours):
        spec = util.find_spec(name)
        folder = _place(spec.origin, spec.submodule_search_locations) if spec is not None else None
        if folder is None:
            yield Check(f"package {name}", False, "cannot be imported")
        elif folder.parent != home:
            yield Check(f"package {name}", False, f"foreign: {folder} shadows {home / name}")
        else:
            yield Check(f"package {name}", True, str(folder))
    installed = metadata.version("pdmodel")
    same = installed == pdmodel.__version__
    detail = f"{installed}" + ("" if same else f", but the code says {pdmodel.__version__}")
    yield Check("installed version", same, detail)


def _place(origin: str | None, locations: object) -> Path | None:
    if origin is not None:
        return Path(origin).resolve().parent
    folders = list(locations) if hasattr(locations, "__iter__") else []
    return Path(str(folders[0])).resolve() if folders else None


def _entry_points() -> Iterator[Check]:
    groups = sorted(g for g in metadata.entry_points().groups if g.startswith(_PUBLISHED))
    if not groups:
        yield Check("entry points", False, "there are none; install again: pip install -e .")
    for group in groups:
        for entry in sorted(metadata.entry_points(group=group), key=lambda entry: entry.value):
            try:
                entry.load()
            except Exception as error:  # whatever the module of a stranger may raise
                yield Check(group, False, f"{entry.value} cannot be imported: {error}")
            else:
                yield Check(group, True, entry.value)


def _engine() -> Check:
    """Say which engine runs, and whether its integrator is compiled already."""
    from pdmodel.engine.simulation import compiler_notice, missing_library

    missing = missing_library()
    if missing:
        return Check("engine", False, f"scipy: {missing} is missing, so runs are slow")
    return Check("engine", True, f"compiled{'; ' if compiler_notice() else ''}{compiler_notice()}")


def _compiled_code() -> Iterator[Check]:
    """Say where compiled code is kept, and what is wrong with that place."""
    from pdmodel.engine.simulation import missing_library

    if not missing_library():
        from pdmodel.engine.codegen.code_folder import cache_fault, cache_folder

        fault = cache_fault()
        yield Check("compiled code", not fault, fault or f"kept in {cache_folder()}")


def _writable(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check("this folder", False, f"{folder} cannot be written to: {error.strerror}")
    return Check("this folder", True, f"{folder} can be written to")
