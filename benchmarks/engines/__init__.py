"""Adapters, one file an engine; an engine that is not installed is left out and named."""

from __future__ import annotations

from collections.abc import Collection

from benchmarks.engines.basico_copasi import Basico
from benchmarks.engines.copasi import Copasi
from benchmarks.engines.diffrax_jax import Diffrax
from benchmarks.engines.diffsol import Diffsol
from benchmarks.engines.ours import Pdmodel
from benchmarks.engines.quiet import Quiet
from benchmarks.engines.roadrunner import RoadRunner
from benchmarks.engines.scipy_odeint import Odeint
from benchmarks.engines.sundae import Sundae
from benchmarks.problem import Engine

OURS = "pdmodel"
PEER = "libroadrunner"
NOT_TIMED = {
    "AMICI": "has no wheels: needs a C++ compiler, SWIG, BLAS and HDF5, and compiles each model",
    "Myokit": "compiles each model with a C compiler against the headers of SUNDIALS",
    "numbalsoda": "has no wheels",
}
"""Peers that cannot be had from wheels alone, and why."""


_ENGINES: dict[str, Engine] = {
    OURS: Pdmodel(),
    **{
        peer.name: Quiet(peer)
        for peer in (
            RoadRunner(), Diffsol(), Copasi(), Basico(), Sundae(), Odeint(), Diffrax()
        )
    },
}  # fmt: skip
PEERS = tuple(name for name in _ENGINES if name != OURS)


def engine_named(name: str) -> Engine:
    """Return an engine without asking whether it is installed."""
    return _ENGINES[name]


def installed(without: Collection[str] = ()) -> tuple[dict[str, Engine], dict[str, str]]:
    """Return engines by name, and why others are missing.

    Parameters
    ----------
    without
        Names of those that are not wanted.
    """
    there: dict[str, Engine] = {}
    missing = dict(NOT_TIMED)
    for name, engine in _ENGINES.items():
        try:
            if name in without:
                raise ImportError("left out on request")
            engine.version()
        except ImportError as error:
            missing[name] = str(error)
        else:
            there[name] = engine
    return there, missing
