"""The SBML of a problem, written once a run.

It goes by way of Antimony: there constants that follow from parameters are rules. `to_sbml` writes
them as initial assignments, which libRoadRunner does not evaluate again when parameters are set.
"""

from __future__ import annotations

from functools import cache
from threading import Lock

from benchmarks.problem import Problem
from pdmodel.dosing import Regimen
from pdmodel.interchange import to_antimony
from pdmodel.model import Model


def sbml_of(problem: Problem) -> str:
    """Return model and regimen as SBML."""
    return _written(problem.model, problem.regimen, problem.days)


@cache
def _written(model: Model, regimen: Regimen, days: float) -> str:
    return translate(to_antimony(model, regimen, days=days))


_LOCK = Lock()  # the library keeps what it has read in one place


def translate(text: str) -> str:
    """Return Antimony text with one model as SBML, by the library of Antimony.

    Raises
    ------
    RuntimeError
        If the text is not Antimony, or what it says is not consistent SBML.
    """
    import antimony

    with _LOCK:
        antimony.clearPreviousLoads()
        antimony.setWriteSBMLTimestamp(False)
        if antimony.loadAntimonyString(text) < 0:
            raise RuntimeError(antimony.getLastError())
        name = antimony.getMainModuleName()
        document, faults = antimony.getSBMLString(name), antimony.getSBMLWarnings(name)
    if (faults or "").strip():
        raise RuntimeError(faults)
    return str(document)
