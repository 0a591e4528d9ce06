"""`pdmodel doctor`: whether the installation is what it seems to be."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import NamedTuple

import typer

from pdmodel.cli.console.options import Json

_GROUPS = ("pdmodel.models", "pdmodel.patients", "pdmodel.fits")
_PACKAGES = ("pdmodel", "equations", "fits")


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    ok: bool
    detail: str


def doctor(json: Json = False) -> None:
    """Check versions, foreign packages of the same names, entry points, permissions.

    Exits with 1 if there is a problem.
    """
    from pdmodel.cli.console.terminal import say, say_json, say_table

    findings = [*examine()]
    problems = sum(not finding.ok for finding in findings)
    if json:
        say_json([finding._asdict() for finding in findings])
    else:
        rows = [(f.what, "ok" if f.ok else "PROBLEM", f.detail) for f in findings]
        styles = {"ok": "green", "PROBLEM": "bold red"}
        say_table(("what", "", "detail"), rows, whole=("what", ""), styles=styles)
        say()
        say(f"{problems} problem(s)." if problems else "No problem found.")
    if problems:
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Look at everything, in the order of the report."""
    yield _python()
    yield from _requirements()
    yield from _origins()
    yield from _entry_points()
    yield _engine()
    yield from _compiled_code()
    yield _writable(Path.cwd())
    yield Finding("processors", True, f"{cpus()} usable")


def cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _python() -> Finding:
    wanted = metadata.metadata("pdmodel")["Requires-Python"] or ""
    found = platform.python_version()
    return Finding("Python", _new_enough(found, wanted), f"{found} (needs {wanted or 'any'})")


def _requirements() -> Iterator[Finding]:
    for line in metadata.requires("pdmodel") or []:
        requirement, _, marker = line.partition(";")
        match = re.match(r"\s*([\w.-]+)\s*(.*?)\s*$", requirement)
        if match is None or "extra" in marker:
            continue
        name, wanted = match[1], match[2]
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Finding(name, False, f"not installed (needs {wanted or 'any'})")
            continue
        yield Finding(name, _new_enough(found, wanted), f"{found} (needs {wanted or 'any'})")


def _new_enough(found: str, wanted: str) -> bool:
    """Compare with a lower bound, the only kind that the requirements have."""
    bound = re.search(r">=\s*([\d.]+)", wanted)
    return bound is None or _numbers(found) >= _numbers(bound[1])


def _numbers(version: str) -> tuple[int, ...]:
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()


def _origins() -> Iterator[Finding]:
    """Find whether the three packages come from one folder, or a stranger's shadows ours."""
    import pdmodel

    home = Path(pdmodel.__file__).resolve().parent.parent
    for name in _PACKAGES:
        spec = util.find_spec(name)
        place = _place(spec.origin, spec.submodule_search_locations) if spec is not None else None
        if place is None:
            yield Finding(f"package {name}", False, "cannot be imported")
        elif place.parent != home:
            yield Finding(f"package {name}", False, f"foreign: {place} shadows {home / name}")
        else:
            yield Finding(f"package {name}", True, str(place))
    installed = metadata.version("pdmodel")
    same = installed == pdmodel.__version__
    detail = f"{installed}" + ("" if same else f", but the code says {pdmodel.__version__}")
    yield Finding("installed version", same, detail)


def _place(origin: str | None, locations: object) -> Path | None:
    if origin is not None:
        return Path(origin).resolve().parent
    folders = list(locations) if hasattr(locations, "__iter__") else []
    return Path(str(folders[0])).resolve() if folders else None


def _entry_points() -> Iterator[Finding]:
    for group in _GROUPS:
        entries = sorted(metadata.entry_points(group=group), key=lambda entry: entry.value)
        if not entries:
            yield Finding(group, False, "no entry point; install again: pip install -e .")
        for entry in entries:
            try:
                entry.load()
            except Exception as error:  # whatever the module of a stranger may raise
                yield Finding(group, False, f"{entry.value} cannot be imported: {error}")
            else:
                yield Finding(group, True, entry.value)


def _engine() -> Finding:
    """Say which engine runs, and whether its integrator is compiled already."""
    from pdmodel.engine.simulation import compiler_notice, missing_library

    missing = missing_library()
    if missing:
        return Finding("engine", False, f"scipy: {missing} is missing, so runs are slow")
    return Finding(
        "engine", True, f"compiled{'; ' if compiler_notice() else ''}{compiler_notice()}"
    )


def _compiled_code() -> Iterator[Finding]:
    """Say where compiled code is kept, and what is wrong with that place."""
    from pdmodel.engine.simulation import missing_library

    if not missing_library():
        from pdmodel.engine.codegen.numba_door import cache_fault, cache_folder

        fault = cache_fault()
        yield Finding("compiled code", not fault, fault or f"kept in {cache_folder()}")


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("this folder", False, f"{folder} cannot be written to: {error.strerror}")
    return Finding("this folder", True, f"{folder} can be written to")
