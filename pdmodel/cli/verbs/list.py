"""`pdmodel list`: what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import Json
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.model import Mechanism, Model


def list_all(
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="List slots and their rival mechanisms instead.")
    ] = False,
    hypotheses: Annotated[
        bool,
        typer.Option("--hypotheses", help="List models and what may make a responder instead."),
    ] = False,
    json: Json = False,
) -> None:
    """List models with their claims, patients, fits, trials and searches for schedules.

    Examples:
      pdmodel list
      pdmodel list --mechanisms
      pdmodel list --hypotheses
    """
    from pdmodel.cli.console.terminal import say_json

    if hypotheses:
        data = _hypotheses()
        say_json(data) if json else _say_hypotheses(data)
    elif json:
        say_json(_slots() if mechanisms else _all())
    elif mechanisms:
        _say_slots(_slots())
    else:
        _say_all(_all())


def _all() -> dict[str, Any]:
    from pdmodel import catalogue
    from pdmodel.inference.question import Question
    from pdmodel.trial import Search, Trial

    models, patients = catalogue.models(), catalogue.patients()
    fits = catalogue.published("pdmodel.fits", Question)
    trials = catalogue.published("pdmodel.trials", Trial)
    searches = catalogue.published("pdmodel.searches", Search)
    return {
        "models": [
            {"name": m.name, "claim": m.claim, "refuted_by": m.refuted_by, "hash": m.hash}
            for m in models.values()
        ],
        "patients": [
            {"name": p.name, "meaning": p.meaning, "values": dict(p.values), "status": p.status,
             "source": p.source}
            for p in patients.values()
        ],
        "fits": [{"name": f.name, "title": f.title, "model": f.model} for f in fits.values()],
        "trials": [
            {"name": t.name, "title": t.title, "protocol": t.protocol.title}
            for t in trials.values()
        ],
        "searches": [
            {"name": s.name, "title": s.title, "schedules": len(s.schedules())}
            for s in searches.values()
        ],
    }  # fmt: skip


def _say_all(data: dict[str, Any]) -> None:
    from pdmodel.cli.console.terminal import heading, say, say_table

    say("Models", style="bold")
    models = [(model["name"], model["claim"]) for model in data["models"]]
    say_table(("name", "claim"), models, whole=("name",))
    heading("Patients")
    patients = [
        (p["name"], ", ".join(f"{k}={rounded(v)}" for k, v in p["values"].items()), p["meaning"])
        for p in data["patients"]
    ]
    say_table(("name", "values", "meaning"), patients, whole=("name",))
    heading("Fits")
    fits = [(f["name"], f["model"], f["title"]) for f in data["fits"]]
    say_table(("name", "model", "question"), fits, whole=("name", "model"))
    heading("Trials")
    trials = [(trial["name"], trial["protocol"], trial["title"]) for trial in data["trials"]]
    say_table(("name", "protocol", "question"), trials, whole=("name",))
    heading("Schedules")
    searches = [(s["name"], str(s["schedules"]), s["title"]) for s in data["searches"]]
    say_table(("name", "schedules", "question"), searches, whole=("name",), right=("schedules",))


def _slots() -> list[dict[str, Any]]:
    from pdmodel import catalogue

    slots: dict[str, dict[str, Any]] = {}
    for model in catalogue.models().values():
        for slot in model.vocabulary.slots.values():
            entry = slots.setdefault(slot.name, {"meaning": slot.meaning, "mechanisms": {}})
            for mechanism in (*model.mechanisms, *model.rivals):
                if mechanism.slot == slot.name:
                    _add(entry["mechanisms"], mechanism, model)
    return [
        {"slot": name, "meaning": entry["meaning"], "mechanisms": [*entry["mechanisms"].values()]}
        for name, entry in slots.items()
        if entry["mechanisms"]
    ]


def _add(mechanisms: dict[str, dict[str, Any]], mechanism: Mechanism, model: Model) -> None:
    entry = mechanisms.setdefault(
        mechanism.name,
        {
            "name": mechanism.name,
            "claim": mechanism.claim,
            "refuted_by": mechanism.refuted_by,
            "source": mechanism.source,
            "models": [],
        },
    )
    if mechanism in model.mechanisms and model.name not in entry["models"]:
        entry["models"].append(model.name)


def _say_slots(data: list[dict[str, Any]]) -> None:
    from pdmodel.cli.console.terminal import say, say_table

    rows = []
    for slot in data:
        rows.append((slot["slot"], slot["meaning"]))
        rows += [(f"  {m['name']}", m["claim"]) for m in slot["mechanisms"]]
    bold = {cell: "bold" for slot in data for cell in (slot["slot"], slot["meaning"])}
    first = "slot, and its rival mechanisms"
    say_table((first, "what it says"), rows, whole=(first,), styles=bold)
    say()
    say('Swap one in Python: pdmodel.load("reference").swap("MECHANISM")')


def _hypotheses() -> dict[str, Any]:
    """Return both axes of the space of hypotheses, and the comparisons that are published."""
    from pdmodel import catalogue
    from pdmodel.hypotheses import Comparison, differences

    return {
        "models": [
            {"name": m.name, "claim": m.claim, "refuted_by": m.refuted_by, "hash": m.hash}
            for m in catalogue.models().values()
        ],
        "differences": [
            {"name": d.name, "parameters": list(d.parameters), "claim": d.claim,
             "refuted_by": d.refuted_by, "source": d.source, "status": d.status}
            for d in differences().values()
        ],
        "comparisons": [
            {"name": c.name, "title": c.title, "hypotheses": list(c.hypotheses)}
            for c in catalogue.published("pdmodel.comparisons", Comparison).values()
        ],
    }  # fmt: skip


def _say_hypotheses(data: dict[str, Any]) -> None:
    from pdmodel.cli.console.terminal import heading, say, say_table

    say("Mechanisms", style="bold")
    rows = [(m["name"], m["claim"], m["refuted_by"]) for m in data["models"]]
    say_table(("model", "claims that", "refuted by"), rows, whole=("model",))
    heading("What makes a responder")
    differing = [
        (d["name"], ", ".join(d["parameters"]), d["claim"], d["refuted_by"])
        for d in data["differences"]
    ]
    columns = ("difference", "differs in", "claims that", "refuted by")
    say_table(columns, differing, whole=("difference",))
    heading("Comparisons")
    listed = [(c["name"], str(len(c["hypotheses"])), c["title"]) for c in data["comparisons"]]
    say_table(("name", "hypotheses", "question"), listed, whole=("name",), right=("hypotheses",))
    say()
    say("A hypothesis is MODEL or MODEL@DIFFERENCE, e.g. no_tolerance@tone_and_inducibility")
