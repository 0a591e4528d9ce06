"""What the figures were made on and with."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata

from benchmarks.problem import Engine, Result

_LIBRARIES = ("numpy", "scipy", "sympy", "symengine", "numba", "llvmlite", "xarray", "pandas")


def machine() -> Result:
    """Return processor, memory and system, and how many tasks want a processor just now."""
    return {
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "processors": usable_processors(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "memory": _line("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def usable_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions(engines: Mapping[str, Engine]) -> Result:
    """Return versions of engines and libraries."""
    found = {name: engine.version() for name, engine in engines.items()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _line(file: str, key: str) -> str:
    try:
        with open(file, encoding="utf-8") as lines:
            return next(
                (line.partition(":")[2].strip() for line in lines if line.startswith(key)), ""
            )
    except OSError:
        return ""
