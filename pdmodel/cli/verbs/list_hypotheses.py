"""`pdmodel list --hypotheses`: mechanisms, and what may make a responder."""

from __future__ import annotations

from typing import Any


def hypotheses_data() -> dict[str, Any]:
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


def say_hypotheses(data: dict[str, Any]) -> None:
    """Print them."""
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
