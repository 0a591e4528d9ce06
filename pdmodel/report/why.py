"""Why: which process moves what the targets look at, and where the rivals' mechanisms differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from pdmodel import catalogue
from pdmodel.engine import flux_table, simulate
from pdmodel.errors import PdmodelError
from pdmodel.hypotheses.verdicts.verdict import STANDS
from pdmodel.inference.fit.folder import read_result
from pdmodel.inference.fit.record import FitRecord
from pdmodel.model import Model
from pdmodel.model.printing.influence import influences
from pdmodel.plots import image, influence_diagram, plot_fluxes
from pdmodel.report.section import Picture, Section, Table

_MOST_DAYS = 56.0


class _Fitted(NamedTuple):
    """A hypothesis with the fit that its fluxes are drawn of."""

    name: str
    model: Model
    fit: FitRecord | None


def why_section(verdicts: Mapping[str, Any], folder: Path) -> list[Section]:
    """Return the fluxes of the first hypothesis as it was fitted, and where rivals differ.

    Hypotheses whose model is not published any more, or has changed, are left out.

    Parameters
    ----------
    verdicts, folder
        What `verdicts.json` holds, and where it lies.
    """
    models = {row["name"]: _model(row) for row in verdicts["hypotheses"]}
    loaded = {name: model for name, model in models.items() if model is not None}
    if not loaded:
        return []
    name, model = next(iter(loaded.items()))
    first = _Fitted(name, model, _fit_of(folder, name, model))
    standing = [
        loaded[row["name"]] for row in verdicts["hypotheses"]
        if row["name"] in loaded and row["verdict"]["kind"] in STANDS
    ]  # fmt: skip
    rows = [
        (other, slot, mine, theirs)
        for other, rival in loaded.items()
        for slot, mine, theirs in _differences(model, rival)
    ]
    words, pictures = _fluxes(first)
    return [
        Section(
            "Why",
            (words, "In which slots the rivals hold another mechanism, the table says."),
            tables=[Table(("hypothesis", "slot", name, "instead"), rows, "Where rivals differ")],
            pictures=[*pictures, *_diagram(name, model, standing)],
        )
    ]


def _fit_of(folder: Path, name: str, model: Model) -> FitRecord | None:
    """Return the fit that the comparison keeps of a hypothesis, if it is one of this model."""
    try:
        fit = read_result(folder / "hypotheses" / name / "fit")
    except PdmodelError:
        return None
    return fit if fit.model_hash == model.hash else None


def _model(row: Mapping[str, Any]) -> Model | None:
    """Return a published model by name; a name in a file must not lead to code elsewhere."""
    model = catalogue.models().get(row["model"])
    return model if model is not None and model.hash == row["model_hash"] else None


def _differences(first: Model, other: Model) -> list[tuple[str, str, str]]:
    held = {mechanism.slot: mechanism.name for mechanism in first.mechanisms}
    rows = [
        (m.slot, held.get(m.slot, "-"), m.name)
        for m in other.mechanisms
        if held.get(m.slot) != m.name
    ]
    values = {k: v for k, v in other.values.items() if first.values.get(k) != v}
    return rows + [("value", f"{first.defaults.get(k, float('nan')):g}", f"{k} = {v:g}")
                    for k, v in values.items()]  # fmt: skip


def _diagram(name: str, first: Model, rivals: Sequence[Model]) -> list[Picture]:
    """Draw who acts on whom, the influences in which any rival differs drawn thick."""
    signs = {(a, b): sign for a, b, sign in influences(first)}
    marked: set[tuple[str, str]] = set()
    edges = dict(signs)
    for rival in rivals:
        theirs = {(a, b): sign for a, b, sign in influences(rival)}
        marked |= {pair for pair in signs.keys() | theirs.keys()
                   if signs.get(pair) != theirs.get(pair)}  # fmt: skip
        edges = {**theirs, **edges}
    drawn = [(a, b, sign) for (a, b), sign in edges.items()]
    if not drawn:
        return []
    panel = influence_diagram(
        drawn, title=f"{name}, and rivals that stand", marked=marked, words=first.vocabulary.words
    )
    words = f"Who acts on whom in {name}; thick where a rival that stands differs."
    return [Picture(words, image(panel))]


def _fluxes(first: _Fitted) -> tuple[str, list[Picture]]:
    """Draw what moves the state that most targets look at, in each group that was compared."""
    if first.fit is None:
        return f"No fluxes are drawn of {first.name}: the comparison keeps no fit of it.", []
    fit, model = first.fit, first.model
    state = _most_aimed_at(fit, [one.name for one in model.states])
    groups = _compared(fit)
    if state is None or not groups:
        return f"No fluxes are drawn of {first.name}: no target compares groups in a state.", []
    title = model.vocabulary[state].title
    pictures = []
    for group in groups:
        try:
            run = simulate(
                model, fit.regimen, days=min(fit.horizon_days, _MOST_DAYS),
                patient=_values_of(fit, group), quantities=[state],
            )  # fmt: skip
        except PdmodelError as error:
            return f"No fluxes are drawn of {first.name}, {group}: {error}.", []
        panel = plot_fluxes(flux_table(run, state), title=f"{group}: what moves {title}")
        caption = f"Processes that move {title} in the {group} of {first.name}, as fitted."
        pictures.append(Picture(caption, image(panel)))
    return (
        f"Which process moves {title} in {first.name}, in the groups as they were fitted, on "
        f"{fit.regimen}: means of each day.",
        pictures,
    )


def _most_aimed_at(fit: FitRecord, states: Sequence[str]) -> str | None:
    """Return the state that most targets look at, the first of them."""
    counts = fit.targets[fit.targets["observable"].isin(states)]["observable"].value_counts()
    return None if counts.empty else str(counts.index[0])


def _compared(fit: FitRecord) -> list[str]:
    """Return the groups that targets compare: their values are all in the fit."""
    pairs = [str(text).split("/") for text in fit.targets["group"] if "/" in str(text)]
    return list(dict.fromkeys(group for pair in pairs for group in pair))


def _values_of(fit: FitRecord, group: str) -> dict[str, float]:
    """Return the parameters of a group: those that all share, then its own."""
    rows = fit.parameters
    shared, own = rows[rows["group"].isna()], rows[rows["group"] == group]
    both = pd.concat([shared, own])
    return dict(zip(both["name"], both["value"].astype(float), strict=True))
