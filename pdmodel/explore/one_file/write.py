"""A model with its page as one HTML file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from pdmodel import __version__
from pdmodel.engine.runs.request import Solver
from pdmodel.errors import InputError
from pdmodel.explore.facts import facts_of
from pdmodel.explore.one_file.equations import SymbolPlaces, equations_module, method_data
from pdmodel.explore.one_file.given import given_data
from pdmodel.explore.one_file.modules import one_script
from pdmodel.explore.runs import AskedProblem, problem_of
from pdmodel.explore.view import View, read_view
from pdmodel.inference import Measurements, Question
from pdmodel.model import Model

_EXPLORE = resources.files("pdmodel.explore")
_RTOL = 3e-5
"""Of a step; the curves of a year of daily doses are then right to 1e-5 of their largest value."""
_PAGE = (
    "words", "store", "sliders", "panel", "compared", "marks", "flux", "plots", "pins", "controls",
)  # fmt: skip
_OWN = ("rodas5p", "course", "file")
_BEGIN = """\
const { facts, file: kept, method } = JSON.parse(document.getElementById("saved").textContent);
const answer = module_course.simulator(
  module_equations, module_rodas5p.solver(module_equations, method), kept,
);
module_file.begin(answer, facts, kept);"""


def one_file(
    model: Model,
    question: Question | None,
    shown: Mapping[str, Any] | None = None,
    measured: Measurements | None = None,
) -> str:
    """Return a page that simulates a model by itself.

    Parameters
    ----------
    model
        Of which it is; mechanisms stay as they are.
    question
        Whose patients and reported ranges it shows, or None.
    shown
        State of the explorer's page with which it begins; by default the first.
    measured
        Values that are laid over the curves.

    Returns
    -------
    str
        HTML that asks nothing of the network.

    Raises
    ------
    PdmodelError
        If the model or its schedule has what the file cannot run.
    """
    facts, kept = saved_data(model, question, shown, measured)
    modules = {name: _source("page", name) for name in _PAGE}
    modules |= {"equations": equations_module(model)}
    modules |= {name: _source("one_file", name) for name in _OWN}
    saved = {"facts": facts, "file": kept, "method": method_data()}
    parts = {
        "style": _text("page", "vendor/uPlot.min.css") + _text("page", "style.css"),
        "saved": json.dumps(saved, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"),
        "licence": _text("page", "vendor/uPlot.LICENSE.txt"),
        "plotting": _text("page", "vendor/uPlot.iife.min.js"),
        "modules": f"{one_script(modules)}\n{_BEGIN}",
    }
    # in one pass: a model may have any words, those of a place to fill among them
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _text("one_file", "file.html"))


def saved_data(
    model: Model,
    question: Question | None,
    shown: Mapping[str, Any] | None = None,
    measured: Measurements | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the file holds beside equations: facts of the page, and what its runs need.

    Raises
    ------
    PdmodelError
        As `one_file`.
    """
    facts = facts_of(model, question, measured)
    data = {**facts["view"], **(shown or {}), "swaps": {}}
    view = read_view(data, model)
    places = SymbolPlaces.of(model)
    fixed = places.fixed[len(model.defaults) :]
    kept = {
        "made": f"Saved by pdmodel {__version__}: model {model.name}, {model.hash[:12]}.",
        "parameters": list(model.defaults), "defaults": list(model.defaults.values()),
        "places": places.by_name(), "groups": _groups(model, question, view),
        "processes": [[process.state.name, process.name] for process in model.processes],
        "least": [
            [n, symbol.name, model.vocabulary[symbol.name].minimum]
            for n, symbol in enumerate(fixed, start=len(model.defaults))
        ],
        "given": given_data(model, view.schedule, view.days),
        "allowed": _allowed(model),
    }  # fmt: skip
    # Without slots and trials: what the file cannot change or run.
    facts |= {"slots": [], "trials": [], "view": {**data, "amounts": {}}}
    return facts, kept


def _allowed(model: Model) -> dict[str, Any]:
    """Return the error that a step may have: relative, and absolute by state as in the engine."""
    tolerances = Solver(_RTOL, None).tolerances(model)
    return {
        "relative": _RTOL, "absolute": tolerances.atol.tolist(), "share": tolerances.share.tolist(),
    }  # fmt: skip


def _groups(model: Model, question: Question | None, view: View) -> dict[str, Any]:
    """Return what the groups of the targets have whatever the page changes, as in its answers."""
    if question is None:
        return {}
    asked = AskedProblem.of(problem_of(question, model, regimen=view.schedule))
    return {
        name: {"values": dict(asked.values[name]), "own": dict(group.values)}
        for name, group in asked.groups.items()
    }


def _source(folder: str, name: str) -> str:
    return _text(folder, f"{name}.js")


def _text(folder: str, name: str) -> str:
    file = _EXPLORE.joinpath(folder, *name.split("/"))
    text = file.read_text("utf-8")
    if "</script" in text and not name.endswith(".html"):
        raise InputError(f"{name} cannot stand in a page")
    return text
