"""`pdmodel show`: a model in writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pdmodel.cli.console.options import Json, ModelName, Size
from pdmodel.errors import InputError
from pdmodel.text import aligned, rounded

if TYPE_CHECKING:
    from pdmodel.model import Model

_NARROW = 120  # columns below which a parameter takes two lines


def show(
    model: ModelName,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Print the table of numbers only.")
    ] = False,
    sources: Annotated[bool, typer.Option("--sources", help="Print full references.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print equations as LaTeX.")] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print who acts on whom as Mermaid.")
    ] = False,
    dot: Annotated[bool, typer.Option("--dot", help="Print who acts on whom as Graphviz.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="FILE", help="Draw who acts on whom.")
    ] = None,
    around: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="With --png: only what acts on it, or it acts on."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="state|slot",
            help="With --png: what a box is; by default a slot, where there are many states.",
        ),
    ] = None,
    size: Size = "page",
    json: Json = False,
) -> None:
    """Print equations, numbers with their sources, and who acts on whom.

    Examples:
      pdmodel show reference
      pdmodel show reference --png model.png
      pdmodel show reference --png il6.png --around il6 --size slide
      pdmodel show my_models.py:mine --latex > equations.tex
    """
    from pdmodel.catalogue import load
    from pdmodel.cli.console.terminal import say, say_json
    from pdmodel.model.printing.influence import influences_dot, influences_mermaid
    from pdmodel.model.printing.latex import equations_latex

    if png is None and (around is not None or by is not None or size != "page"):
        raise InputError("--around, --by and --size say how it is drawn: name a file, --png FILE")
    chosen = load(model)
    if json:
        say_json(_data(chosen))
    for wanted, write in (
        (latex, equations_latex), (mermaid, influences_mermaid), (dot, influences_dot),
    ):  # fmt: skip
        if wanted:
            say(write(chosen).rstrip())
    if parameters:
        _say_parameters(chosen)
    if sources:
        _say_sources(chosen)
    if png is not None:
        _draw(chosen, png, around, by, size)
    if not any((json, latex, mermaid, dot, parameters, sources, png)):
        _say_all(chosen)


def _say_all(model: Model) -> None:
    from pdmodel.cli.console.terminal import heading, say, say_table, say_wrapped, width
    from pdmodel.model.printing.text import equations_text

    say(f"Model {model.name}", style="bold")
    for label, text in (("claim", model.claim), ("refuted by", model.refuted_by)):
        if text:
            say_wrapped(f"{label}: {text}", indent=2)
    say(f"  equations: {model.hash[:12]}", style="dim")
    heading("Mechanisms")
    rows = [(m.slot, m.name, m.claim) for m in model.mechanisms]
    say_table(("slot", "mechanism", "claim"), rows, whole=("slot",))
    say()
    for line in equations_text(model, width()).splitlines():
        say(line, style="bold" if line and not line.startswith(" ") else None)
    heading("Parameters")
    _say_parameters(model)
    heading("Who acts on whom")
    _say_influences(model)


def _say_parameters(model: Model) -> None:
    from pdmodel.cli.console.terminal import console, say, say_table
    from pdmodel.model.printing.text import parameter_rows

    rows = parameter_rows(model)
    cells = [
        (r.name, rounded(r.value), r.unit,
         "fixed" if r.low is None else f"{rounded(r.low)} to {rounded(r.high)}",
         r.status, r.source, r.meaning)
        for r in rows
    ]  # fmt: skip
    names = ("name", "value", "unit", "bounds", "status", "source", "meaning")
    if console().width < _NARROW:
        _say_records(names, cells)
    else:
        say_table(names, cells, right=("value",), whole=names[:5], styles={"assumed": "yellow"})
    say()
    say(f"{model.counted}.")


def _say_records(names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Print two lines a parameter: the number, then what it is and where it comes from."""
    from pdmodel.cli.console.terminal import say, say_wrapped

    first, *lines = aligned([row[:5] for row in (names, *cells)], right={1})
    say(first, style="bold")
    for row, line in zip(cells, lines, strict=True):
        say(line, style="yellow" if row[4] == "assumed" else None)
        source = "" if row[5] == "ASSUMED" else f" ({row[5]})"
        say_wrapped(row[6] + source, indent=2, style="dim")


def _say_sources(model: Model) -> None:
    from pdmodel.cli.console.terminal import say, say_wrapped
    from pdmodel.model.printing.text import references

    sources = references(model)
    for key, text in sources.items():
        say(key, style="bold")
        say_wrapped(text, indent=2)
    say()
    say(f"{len(sources)} references.")


def _say_influences(model: Model) -> None:
    from pdmodel.cli.console.terminal import say, say_table
    from pdmodel.model.printing.influence import influences

    columns: dict[str, dict[int, list[str]]] = {}
    for source, target, sign in influences(model):
        columns.setdefault(target, {1: [], -1: [], 0: []})[sign].append(source)
    rows = [
        (target, ", ".join(signs[1]), ", ".join(signs[-1]), ", ".join(signs[0]))
        for target, signs in columns.items()
    ]
    say_table(("state", "raised by", "lowered by", "either way"), rows, whole=("state",))
    for drug, state in model.doses.items():
        say(f"Doses of {drug} go into {state}.")


def _draw(model: Model, file: Path, around: str | None, by: str | None, size: str) -> None:
    from pdmodel import plots
    from pdmodel.cli.console.terminal import say
    from pdmodel.plots.runs.influence_diagram import MANY_STATES

    whose = "" if around is None else f": what acts on {around}, and what it acts on"
    many = around is None and len(model.states) > MANY_STATES
    chosen = by or ("slot" if many else "state")
    drawn = plots.influence_diagram(
        model, title=f"Model {model.name}{whose}", around=around, by=chosen
    )
    plots.save(drawn, file, size=size)
    said = f"; a box is a slot, --by state draws all {len(model.states)} states"
    say(f"wrote {file}{said if by is None and many else ''}")


def _data(model: Model) -> dict[str, Any]:
    from pdmodel.model.printing.influence import influences
    from pdmodel.model.printing.text import expression_text, parameter_rows, references

    text = expression_text
    quantities = [(symbol, model.vocabulary[symbol]) for symbol in model.definitions]
    return {
        "name": model.name,
        "claim": model.claim,
        "refuted_by": model.refuted_by,
        "hash": model.hash,
        "time_unit": model.vocabulary.time_unit,
        "mechanisms": [
            {"slot": m.slot, "name": m.name, "claim": m.claim, "source": m.source}
            for m in model.mechanisms
        ],
        "states": [
            {"name": str(s), "unit": model.vocabulary[s].unit,
             "meaning": model.vocabulary[s].meaning, "initial": text(model.initials[s]),
             "processes": [
                 {"name": p.name, "mechanism": p.mechanism, "rate": text(p.rate)}
                 for p in model.processes if p.state == s
             ]}
            for s in model.states
        ],
        "definitions": [
            {"name": q.name, "kind": q.kind, "unit": q.unit, "meaning": q.meaning,
             "expression": text(model.definitions[symbol])}
            for symbol, q in quantities
        ],
        "parameters": [row._asdict() for row in parameter_rows(model)],
        "doses": {drug: str(state) for drug, state in model.doses.items()},
        "influences": [
            {"source": a, "target": b, "sign": sign} for a, b, sign in influences(model)
        ],
        "references": references(model),
    }  # fmt: skip
