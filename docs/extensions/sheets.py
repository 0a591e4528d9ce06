"""Equation sheets: a page for every published model, written from its symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import sympy

from docs.extensions.reference_page import anchor, named_works
from pdmodel import catalogue, plots
from pdmodel.errors import InputError
from pdmodel.model import Event, Model, Quantity
from pdmodel.model.equations import Process
from pdmodel.model.printing.latex import expression_latex
from pdmodel.model.printing.text import SECTIONS, parameter_rows, split_sign
from pdmodel.text import rounded

_INTRODUCTION = """Models
======

One page a model: its claim, the mechanism in each slot, every equation with a row a process, and
every number with its unit, status and source. The pages are written from the symbols that are
simulated, so that they cannot say anything else. ``pdmodel show MODEL`` prints the same.
"""


def write_sheets(folder: Path, pictures: Path) -> None:
    """Write a page for every published model, and the page that lists them.

    Parameters
    ----------
    folder, pictures
        Of docs/made; both are there.
    """
    models = catalogue.models()
    lines = [_INTRODUCTION, ".. list-table::", "   :class: names", ""]
    for name, model in models.items():
        diagram = _draw(model, pictures)
        (folder / f"{name}.rst").write_text("\n".join(sheet(model, diagram)), "utf-8")
        lines += [f"   * - :doc:`{name}`", f"     - {_plain(model.claim)}"]
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {name}" for name in models), ""]
    (folder / "index.rst").write_text("\n".join(lines), "utf-8")


def _draw(model: Model, pictures: Path) -> str:
    try:
        drawn = plots.influence_diagram(model)
    except InputError:  # nothing acts on anything
        return ""
    name = f"influence_{model.name}.svg"
    plots.save(drawn, pictures / name)
    return name


def sheet(model: Model, diagram: str) -> Iterator[str]:
    """Yield the lines of a page.

    Parameters
    ----------
    model
        Whose equations are written.
    diagram
        The file of its influence diagram, beside the page's static files; empty for none.
    """
    yield from _title(model.name, "=")
    if model.claim:
        yield f"**Claims** that {_plain(model.claim)}."
        yield ""
    if model.refuted_by:
        yield f"**Refuted by** {_plain(model.refuted_by)}."
        yield ""
    time = model.vocabulary.time_unit
    yield f"{len(model.states)} states, {model.counted}; rates are per {time}."
    yield ""
    if diagram:
        yield from _title("Who acts on whom", "-")
        yield f".. image:: ../static/{diagram}"
        yield "   :class: diagram"
        yield f"   :alt: influence diagram of {model.name}"
        yield ""
    yield from _title("Mechanisms", "-")
    yield from _table(("slot", "mechanism and its claim", "source"), _mechanisms(model))
    yield from _states(model)
    yield from _definitions(model)
    yield from _events(model)
    yield from _title("Numbers", "-")
    columns = ("symbol", "name and meaning", "value", "range", "status", "source")
    yield from _table(columns, _numbers(model), kind="numbers")


def _mechanisms(model: Model) -> Iterator[tuple[str, ...]]:
    works = named_works(model)
    for mechanism in model.mechanisms:
        claim = f"``{mechanism.name}``: {_plain(mechanism.claim)}"
        yield mechanism.slot, claim, _sources(mechanism.source, works)


def _states(model: Model) -> Iterator[str]:
    yield from _title("States", "-")
    by_state: dict[sympy.Symbol, list[Process]] = {state: [] for state in model.states}
    for process in model.processes:
        by_state[process.state].append(process)
    for state, processes in by_state.items():
        quantity = model.vocabulary[state]
        yield f".. rubric:: {quantity.name}"
        yield ""
        yield f"{_told(quantity)}; it starts at"
        yield _math(expression_latex(model.initials[state], model.vocabulary.latex)) + "."
        yield ""
        rows = [_process(process, model.vocabulary.latex) for process in processes]
        slope = expression_latex(state, model.vocabulary.latex)
        total = _math(rf"\frac{{\mathrm{{d}}{slope}}}{{\mathrm{{d}}t}}")
        yield from _table(("process", f"{total}, the sum of", "mechanism"), rows, "equations")


def _process(process: Process, symbols: Mapping[str, str]) -> tuple[str, str, str]:
    sign, size = split_sign(process)
    name = process.name.replace("_", " ")
    return name, _math(f"{sign} {expression_latex(size, symbols)}"), f"``{process.mechanism}``"


def _definitions(model: Model) -> Iterator[str]:
    for kind, title in SECTIONS:
        chosen = [s for s in model.definitions if model.vocabulary[s].kind == kind]
        if chosen:
            yield from _title(title, "-")
            rows = [_definition(model, symbol) for symbol in chosen]
            yield from _table(("name", "equation", "meaning"), rows, "equations")


def _definition(model: Model, symbol: sympy.Symbol) -> tuple[str, str, str]:
    quantity, short = model.vocabulary[symbol], model.vocabulary.latex
    value = expression_latex(model.definitions[symbol], short)
    equation = f"{expression_latex(symbol, short)} = {value}"
    return f"``{quantity.name}``", _math(equation), _told(quantity)


def _events(model: Model) -> Iterator[str]:
    if model.events:
        yield from _title("Events", "-")
        short = model.vocabulary.latex
        rows = [
            (event.name, _math(expression_latex(event.when, short)), _assigned(event, short))
            for event in model.events
        ]
        yield from _table(("event", "when", "then"), rows, "equations")


def _assigned(event: Event, short: Mapping[str, str]) -> str:
    return "; ".join(
        _math(rf"{expression_latex(s, short)} \leftarrow {expression_latex(value, short)}")
        for s, value in event.assign.items()
    )


def _numbers(model: Model) -> Iterator[tuple[str, ...]]:
    works = named_works(model)
    for row in parameter_rows(model):
        limits = "" if row.low is None or row.high is None else f"{row.low:g} to {row.high:g}"
        symbol = expression_latex(model.vocabulary[row.name].symbol, model.vocabulary.latex)
        unit = "" if row.unit == "1" else f" {_plain(row.unit)}"
        yield (
            _math(symbol), f"``{row.name}``: {_plain(row.meaning)}", f"{rounded(row.value)}{unit}",
            limits, row.status, _sources(row.source, works),
        )  # fmt: skip


def _sources(text: str, works: dict[str, str]) -> str:
    keys = [key.strip() for key in text.split(";") if key.strip()]
    return ", ".join(
        f":ref:`{key} <{anchor(key)}>`" if key in works else _plain(key) for key in keys
    )


def _told(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else f", in {_plain(quantity.unit)}"
    return f"{_plain(quantity.meaning)}{unit}"


def _math(latex: str) -> str:
    return rf":math:`\displaystyle {latex}`"


def _plain(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\*`_|" else sign for sign in text)


def _title(text: str, line: str) -> list[str]:
    return [text, line * len(text), ""]


def _table(
    columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], kind: str = "plain"
) -> Iterator[str]:
    """Yield a table; a cell is a line of reStructuredText."""
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield f"   :class: {kind}"
    yield ""
    for row in (columns, *rows):
        for number, cell in enumerate(row):
            yield f"   {'*' if number == 0 else ' '} - {cell}"
    yield ""
