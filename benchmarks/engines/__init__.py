"""Adapters, one file an engine; an engine that is not installed is left out and named."""

from __future__ import annotations

from benchmarks.engines.copasi import Copasi
from benchmarks.engines.ours import Pdmodel
from benchmarks.engines.roadrunner import RoadRunner
from benchmarks.engines.scipy_odeint import Odeint
from benchmarks.problem import Engine

OURS = "pdmodel"
PEER = "libroadrunner"


def installed() -> tuple[dict[str, Engine], dict[str, str]]:
    """Return engines by name, and why others are missing."""
    found: dict[str, Engine] = {}
    missing: dict[str, str] = {}
    engines: tuple[Engine, ...] = (Pdmodel(), RoadRunner(), Odeint(), Copasi())
    for engine in engines:
        try:
            engine.version()
        except ImportError as error:
            missing[engine.name] = str(error)
        else:
            found[engine.name] = engine
    return found, missing
