"""The SBML of a problem, written once a run."""

from __future__ import annotations

from functools import cache

from benchmarks.problem import Problem
from pdmodel.dosing import Regimen
from pdmodel.interchange import to_sbml
from pdmodel.model import Model


def sbml_of(problem: Problem) -> str:
    """Return model and regimen as SBML."""
    return _written(problem.model, problem.regimen, problem.days)


@cache
def _written(model: Model, regimen: Regimen, days: float) -> str:
    return to_sbml(model, regimen, days=days)
