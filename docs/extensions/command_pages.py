"""The command line: a page for every verb, from the verbs themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

from pdmodel.cli.app import app

_WORDS = {
    "<list[str]>": "TEXT", "<str>": "TEXT", "<path>": "PATH", "<int>": "INTEGER",
    "<float>": "NUMBER",
}  # fmt: skip


def write_commands(folder: Path) -> None:
    """Write a page a verb, and one that lists them.

    Parameters
    ----------
    folder
        Of docs/made; it is there.
    """
    verbs = dict(verbs_of(typer.main.get_command(app), "pdmodel"))
    lines = ["# Command line", "", "`pdmodel VERB --help` prints what stands here.", ""]
    lines += ["| verb | what it does |", "|---|---|"]
    for name, verb in verbs.items():
        page = name.removeprefix("pdmodel ").replace(" ", "-")
        lines.append(f"| [`{name}`]({page}.md) | {_cell(_help(verb)[0])} |")
        (folder / f"{page}.md").write_text(verb_page(name, verb), "utf-8")
    pages = [name.removeprefix("pdmodel ").replace(" ", "-") for name in verbs]
    lines += ["", "```{toctree}", ":hidden:", "", *pages, "```", ""]
    (folder / "index.md").write_text("\n".join(lines), "utf-8")


def verb_names() -> list[str]:
    """Return the verbs as their pages are called, such as `trial-run`."""
    verbs = verbs_of(typer.main.get_command(app), "")
    return [name.strip().replace(" ", "-") for name, _ in verbs]


def verbs_of(command: Any, name: str) -> list[tuple[str, Any]]:
    """Return every verb with its whole name, those of groups too."""
    if not hasattr(command, "commands"):
        return [(name, command)]
    parts = [verbs_of(inner, f"{name} {key}") for key, inner in command.commands.items()]
    return [pair for part in parts for pair in part]


def verb_page(name: str, verb: Any) -> str:
    """Return the page of one verb: usage, what it does, examples, arguments, options."""
    context = verb.make_context(name, [], resilient_parsing=True)
    first, *rest = _help(verb)
    usage = " ".join(context.command.collect_usage_pieces(context))
    lines = [f"# {name}", "", first, "", "```text", f"{name} {usage}", "```", ""]
    for paragraph in rest:
        lines += [*_paragraph(paragraph), ""]
    for title, kind in (("Arguments", "argument"), ("Options", "option")):
        rows = [
            parameter
            for parameter in verb.params
            if parameter.param_type_name == kind and parameter.get_help_record(context)
        ]
        if rows:
            lines += [f"## {title}", "", f"| {kind} | meaning |", "|---|---|"]
            lines += [_row(parameter, context) for parameter in rows]
            lines.append("")
    return "\n".join(lines)


def _help(verb: Any) -> list[str]:
    text = verb.help or ""
    if "{kinds}" in text:
        from pdmodel.inference.targets.kinds import list_kinds

        text = text.format(kinds=list_kinds())
    return [part.strip("\b\n") for part in text.split("\n\n") if part.strip("\b\n")]


def _paragraph(text: str) -> list[str]:
    if not text.startswith("Examples:"):
        return ["```text", text, "```"] if "\n" in text else [text]
    commands = [line.strip() for line in text.splitlines()[1:]]
    return ["## Examples", "", "```sh", *commands, "```"]


def _row(parameter: Any, context: Any) -> str:
    shown, told = parameter.get_help_record(context)
    for kind, word in _WORDS.items():
        shown = shown.replace(kind, word)
    names = ", ".join(f"`{part}`" for part in shown.split(", "))
    return f"| {names} | {_cell(told)} |"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")
