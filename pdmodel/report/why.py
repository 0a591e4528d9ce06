"""Why: which process moves IL-6 in which group, and where the rivals' mechanisms differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pdmodel import catalogue
from pdmodel.engine import flux_table, simulate
from pdmodel.hypotheses.verdict import STANDS
from pdmodel.model import Model
from pdmodel.model.influence import influences
from pdmodel.plots import image, influence_diagram, plot_fluxes
from pdmodel.report.section import Picture, Section, Table

_GROUPS = ("responder", "nonresponder")
_REGIMEN, _DAYS, _STATE = "10 mg daily", 56.0, "il6"


def why_section(told: Mapping[str, Any]) -> list[Section]:
    """Return fluxes of IL-6 under the first hypothesis, and the slots in which rivals differ.

    Hypotheses whose model is not published any more, or has changed, are left out.
    """
    models = {row["name"]: _model(row) for row in told["hypotheses"]}
    known = {name: model for name, model in models.items() if model is not None}
    if not known:
        return []
    name, first = next(iter(known.items()))
    standing = [
        known[row["name"]] for row in told["hypotheses"]
        if row["name"] in known and row["verdict"]["kind"] in STANDS
    ]  # fmt: skip
    rows = [
        (other, slot, mine, theirs)
        for other, model in known.items()
        for slot, mine, theirs in _differences(first, model)
    ]
    return [
        Section(
            "Why",
            (f"Which process moves IL-6 in {name}, at its declared values on {_REGIMEN}; and in "
             "which slots the rivals hold another mechanism.",),
            tables=[Table(("hypothesis", "slot", name, "instead"), rows, "Where rivals differ")],
            pictures=[*_fluxes(name, first), _diagram(name, first, standing)],
        )
    ]  # fmt: skip


def _model(row: Mapping[str, Any]) -> Model | None:
    """Return a published model by name; a name in a file must not lead to code elsewhere."""
    model = catalogue.models().get(row["model"])
    return model if model is not None and model.hash == row["model_hash"] else None


def _differences(first: Model, other: Model) -> list[tuple[str, str, str]]:
    held = {mechanism.slot: mechanism.name for mechanism in first.mechanisms}
    found = [
        (m.slot, held.get(m.slot, "-"), m.name)
        for m in other.mechanisms
        if held.get(m.slot) != m.name
    ]
    values = {k: v for k, v in other.values.items() if first.values.get(k) != v}
    return found + [("value", f"{first.defaults.get(k, float('nan')):g}", f"{k} = {v:g}")
                    for k, v in values.items()]  # fmt: skip


def _diagram(name: str, first: Model, rivals: Sequence[Model]) -> Picture:
    """Draw who acts on whom, the influences in which any rival differs drawn thick."""
    known = {(a, b): sign for a, b, sign in influences(first)}
    marked: set[tuple[str, str]] = set()
    edges = dict(known)
    for rival in rivals:
        theirs = {(a, b): sign for a, b, sign in influences(rival)}
        marked |= {pair for pair in known.keys() | theirs.keys()
                   if known.get(pair) != theirs.get(pair)}  # fmt: skip
        edges = {**theirs, **edges}
    drawn = [(a, b, sign) for (a, b), sign in edges.items()]
    panel = influence_diagram(drawn, title=f"{name}, and rivals that stand", marked=marked)
    return Picture(
        f"Who acts on whom in {name}; thick where a rival that stands differs.", image(panel)
    )


def _fluxes(name: str, model: Model) -> list[Picture]:
    found = []
    patients = catalogue.patients()
    for group in _GROUPS:
        if group not in patients or _STATE not in {state.name for state in model.states}:
            continue
        run = simulate(model, _REGIMEN, days=_DAYS, patient=patients[group])
        title = f"{group.capitalize()}: what moves IL-6"
        panel = plot_fluxes(flux_table(run, _STATE), title=title)
        found.append(Picture(f"Processes that move IL-6 in the {group} under {name}.",
                             image(panel)))  # fmt: skip
    return found
