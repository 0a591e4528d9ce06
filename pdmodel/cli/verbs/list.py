"""`pdmodel list`: what is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from pdmodel.cli.console.options import Json
from pdmodel.text import rounded

if TYPE_CHECKING:
    from pdmodel.model import Mechanism, Model

T = TypeVar("T")


def list_all(
    mechanisms: Annotated[
        bool, typer.Option("--mechanisms", help="List slots and their rival mechanisms instead.")
    ] = False,
    hypotheses: Annotated[
        bool,
        typer.Option(
            "--hypotheses", help="List models and what may differ between patients instead."
        ),
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
        data = _kept("hypotheses", _hypotheses)
        say_json(data) if json else _say_hypotheses(data)
    elif json:
        say_json(_kept("slots", _slots) if mechanisms else _kept("all", _all))
    elif mechanisms:
        _say_slots(_kept("slots", _slots))
    else:
        _say_all(_kept("all", _all))


def _kept(what: str, make: Callable[[], Any]) -> Any:
    """Return what is published, as it was found before if no source has changed since."""
    from pdmodel import __version__
    from pdmodel.applications import broken, published_entries
    from pdmodel.storage.files.answers import kept_answer

    return kept_answer(
        ["list", what, __version__, *published_entries()], make, lambda: not broken()
    )  # fmt: skip


def _all() -> dict[str, Any]:
    from pdmodel.inference.question import Question
    from pdmodel.model import Model, Patient
    from pdmodel.trial import Search, Trial, TrialSet

    return {
        "models": [
            {"name": name, "claim": m.claim, "refuted_by": m.refuted_by, "hash": m.hash,
             "package": package}
            for name, package, m in _listed("pdmodel.models", Model)
        ],
        "patients": [
            {"name": name, "meaning": p.meaning, "values": dict(p.values), "status": p.status,
             "source": p.source, "package": package}
            for name, package, p in _listed("pdmodel.patients", Patient)
        ],
        "fits": [
            {"name": name, "title": f.title, "model": f.model, "package": package}
            for name, package, f in _listed("pdmodel.fits", Question)
        ],
        "trials": [
            {"name": name, "title": t.title, "protocol": t.protocol.title, "package": package}
            for name, package, t in _listed("pdmodel.trials", Trial)
        ],
        "trial_sets": [
            {"name": name, "title": s.title, "trials": [trial.name for trial in s.trials],
             "package": package}
            for name, package, s in _listed("pdmodel.trials", TrialSet)
        ],
        "searches": [
            {"name": name, "title": s.title, "schedules": len(s.schedules()), "package": package}
            for name, package, s in _listed("pdmodel.searches", Search)
        ],
    }  # fmt: skip


def _listed(group: str, kind: type[T]) -> list[tuple[str, str, T]]:
    """Return name, package and object of all that is published of a kind, package by package."""
    from pdmodel.applications import package_of
    from pdmodel.catalogue import published

    named = [(name, package_of(group, v), v) for name, v in published(group, kind).items()]
    return sorted(named, key=lambda row: row[1])


def _say_parts(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, tuple[str, ...]]], **how: Any
) -> None:
    """Print the rows of each package under a heading of its own, if several are installed.

    Parameters
    ----------
    title, columns
        The heading, and those of the columns.
    rows
        Each with its package.
    **how
        As for `say_table`.
    """
    from pdmodel.applications import several
    from pdmodel.cli.console.terminal import heading, say_table

    for package in dict.fromkeys(package for package, _ in rows):
        heading(f"{title} ({package})" if several() else title)
        say_table(columns, [cells for of, cells in rows if of == package], **how)


def _say_all(data: dict[str, Any]) -> None:
    models = [(m["package"], (m["name"], m["claim"])) for m in data["models"]]
    _say_parts("Models", ("name", "claim"), models, whole=("name",))
    patients = [
        (p["package"],
         (p["name"], ", ".join(f"{k}={rounded(v)}" for k, v in p["values"].items()), p["meaning"]))
        for p in data["patients"]
    ]  # fmt: skip
    _say_parts("Patients", ("name", "values", "meaning"), patients, whole=("name",))
    fits = [(f["package"], (f["name"], f["model"], f["title"])) for f in data["fits"]]
    _say_parts("Fits", ("name", "model", "question"), fits, whole=("name", "model"))
    trials = [(t["package"], (t["name"], t["protocol"], t["title"])) for t in data["trials"]]
    _say_parts("Trials", ("name", "protocol", "question"), trials, whole=("name",))
    sets = [
        (s["package"], (s["name"], str(len(s["trials"])), s["title"])) for s in data["trial_sets"]
    ]
    _say_parts(
        "Sets of trials", ("name", "trials", "question"), sets, whole=("name",), right=("trials",)
    )
    searches = [
        (s["package"], (s["name"], str(s["schedules"]), s["title"])) for s in data["searches"]
    ]
    _say_parts(
        "Schedules", ("name", "schedules", "question"), searches, whole=("name",),
        right=("schedules",),
    )  # fmt: skip
    _say_broken()


def _say_broken() -> None:
    """Say which packages publish what cannot be imported."""
    from pdmodel.applications import broken
    from pdmodel.cli.console.terminal import say

    for line in broken():
        say()
        say(line, style="bold red")


def _slots() -> list[dict[str, Any]]:
    from pdmodel.model import Model

    slots: dict[tuple[str, str], dict[str, Any]] = {}
    for _, package, model in _listed("pdmodel.models", Model):
        for slot in model.vocabulary.slots.values():
            entry = slots.setdefault(
                (package, slot.name), {"meaning": slot.meaning, "mechanisms": {}}
            )
            for mechanism in (*model.mechanisms, *model.rivals):
                if mechanism.slot == slot.name:
                    _add(entry["mechanisms"], mechanism, model)
    return [
        {"slot": name, "meaning": entry["meaning"], "mechanisms": [*entry["mechanisms"].values()],
         "package": package}
        for (package, name), entry in slots.items()
        if entry["mechanisms"]
    ]  # fmt: skip


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
    from pdmodel.cli.console.terminal import say

    rows = []
    for slot in data:
        rows.append((slot["package"], (slot["slot"], slot["meaning"])))
        rows += [(slot["package"], (f"  {m['name']}", m["claim"])) for m in slot["mechanisms"]]
    bold = {cell: "bold" for slot in data for cell in (slot["slot"], slot["meaning"])}
    first = "slot, and its rival mechanisms"
    _say_parts("Slots", (first, "what it says"), rows, whole=(first,), styles=bold)
    say()
    say('Swap one in Python: pdmodel.load("MODEL").swap("MECHANISM")')


def _hypotheses() -> dict[str, Any]:
    """Return both axes of the space of hypotheses, and the comparisons that are published."""
    from pdmodel.hypotheses import Comparison, Difference
    from pdmodel.model import Model

    return {
        "models": [
            {"name": name, "claim": m.claim, "refuted_by": m.refuted_by, "hash": m.hash,
             "package": package}
            for name, package, m in _listed("pdmodel.models", Model)
        ],
        "differences": [
            {"name": name, "parameters": list(d.parameters), "claim": d.claim,
             "refuted_by": d.refuted_by, "source": d.source, "status": d.status,
             "package": package}
            for name, package, d in _listed("pdmodel.differences", Difference)
        ],
        "comparisons": [
            {"name": name, "title": c.title, "hypotheses": list(c.hypotheses), "package": package}
            for name, package, c in _listed("pdmodel.comparisons", Comparison)
        ],
    }  # fmt: skip


def _say_hypotheses(data: dict[str, Any]) -> None:
    from pdmodel.cli.console.terminal import say

    rows = [(m["package"], (m["name"], m["claim"], m["refuted_by"])) for m in data["models"]]
    _say_parts("Mechanisms", ("model", "claims that", "refuted by"), rows, whole=("model",))
    differing = [
        (d["package"], (d["name"], ", ".join(d["parameters"]), d["claim"], d["refuted_by"]))
        for d in data["differences"]
    ]
    columns = ("difference", "differs in", "claims that", "refuted by")
    _say_parts("Differences between patients", columns, differing, whole=("difference",))
    listed = [
        (c["package"], (c["name"], str(len(c["hypotheses"])), c["title"]))
        for c in data["comparisons"]
    ]
    _say_parts(
        "Comparisons", ("name", "hypotheses", "question"), listed, whole=("name",),
        right=("hypotheses",),
    )  # fmt: skip
    say()
    say("A hypothesis is MODEL or MODEL@DIFFERENCE.")
