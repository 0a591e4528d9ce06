"""Our models as SBML and back: the same right-hand side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy

import pdmodel
from pdmodel.interchange import read_sbml, to_sbml
from pdmodel.model import Model
from pdmodel.model.expressions.functions import lower
from tests.equations.published import FEW
from tests.toys import one_compartment

pytest.importorskip("libsbml", reason="needs the package python-libsbml")
POINTS = 100
Floats = np.ndarray


def derivatives(model: Model, given: dict[str, Floats]) -> dict[str, Floats]:
    """Return the derivative of every state at some points, by name."""
    values = {"time": np.zeros(POINTS), **given}
    for symbol, expression in model.definitions.items():
        values[str(symbol)] = evaluated(expression, values)
    return {str(state): evaluated(rate, values) for state, rate in model.odes.items()}


def evaluated(expression: sympy.Expr, values: dict[str, Floats]) -> Floats:
    """Return an expression at all points."""
    plain = lower(expression)
    symbols = sorted(plain.free_symbols, key=str)
    code = sympy.lambdify(symbols, plain, modules="numpy")
    return np.broadcast_to(code(*(values[str(s)] for s in symbols)), POINTS).astype(float)


@pytest.mark.parametrize("model", [one_compartment(), *FEW.values()], ids=lambda model: model.name)
def test_a_model_comes_back(model: Model, tmp_path: Path) -> None:
    """At 100 random states and parameters every derivative is the same, to 1e-12."""
    (tmp_path / "model.xml").write_text(to_sbml(model, days=1), "utf-8")
    back = read_sbml(tmp_path / "model.xml")
    random = np.random.default_rng(1)
    sizes = {str(state): 1.0 for state in model.states}
    sizes |= {q.name: model.defaults[q.name] or 1.0 for q in model.parameters}
    points = {name: size * random.uniform(0.5, 2.0, POINTS) for name, size in sizes.items()}
    held = {name: np.full(POINTS, value) for name, value in back.defaults.items()}
    ours, theirs = derivatives(model, points), derivatives(back, held | points)
    for state, expected in ours.items():
        scale = np.abs(expected).max() + 1e-300
        assert np.isfinite(expected).all()
        assert np.abs(theirs[state] - expected).max() / scale < 1e-12, state


def test_starts_come_back(tmp_path: Path) -> None:
    """A run from the file is the run of the model, other baselines and all, and so is its claim."""
    model = pdmodel.load("reference")
    (tmp_path / "model.xml").write_text(to_sbml(model, days=1), "utf-8")
    back = read_sbml(tmp_path / "model.xml")
    assert (back.claim, back.refuted_by) == (model.claim, model.refuted_by)
    patient = {"tone": 2.0, "il6_baseline": 9.0}
    names = [str(state) for state in model.states]
    ours, theirs = (
        pdmodel.simulate(each, days=20, patient=patient, times=[0, 5, 20], quantities=names)
        for each in (model, back)
    )
    for name in names:
        assert theirs[name].values == pytest.approx(ours[name].values, rel=1e-5, abs=1e-9)
