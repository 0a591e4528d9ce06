"""Imports of public names by the paths of before go on working."""

from __future__ import annotations

import importlib

import pytest

import pdmodel
from pdmodel.former_paths import FORMER

MOVED = [
    ("pdmodel.inference.targets", "Target"), ("pdmodel.inference.problem", "FitProblem"),
    ("pdmodel.inference.nested_store", "NestedPlan"), ("pdmodel.engine.kernels", "compile_model"),
    ("pdmodel.engine.triggers", "Trigger"), ("pdmodel.trial.rules", "Hold"),
    ("pdmodel.trial.population", "Population"), ("pdmodel.dosing.regimen", "Regimen"),
    ("pdmodel.hypotheses.laboratory", "compare"), ("pdmodel.model.functions", "hill"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), MOVED)
def test_a_public_name_is_found_where_it_was(path: str, name: str) -> None:
    """It is the same object that its package hands out."""
    home = importlib.import_module(path.rpartition(".")[0])
    assert getattr(importlib.import_module(path), name) is getattr(home, name)


def test_nothing_else_is_found() -> None:
    """What was private is gone, and a path that never was is no module."""
    with pytest.raises(AttributeError, match=r"the names of pdmodel\.engine are what is public"):
        _ = importlib.import_module("pdmodel.engine.kernels").Kernels
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("pdmodel.engine.never")


def test_no_former_path_hides_a_public_name() -> None:
    """A module that is imported becomes an attribute of its package, under its own name."""
    for package, modules in FORMER.items():
        home = importlib.import_module(package)
        assert not set(modules.split()) & set(home.__all__)
        for module in modules.split():
            importlib.import_module(f"{package}.{module}")
    assert callable(pdmodel.simulate)
