"""The verbs, put together."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from pdmodel import __version__
from pdmodel.cli.console.completion import answer_shells
from pdmodel.cli.verbs.check import check
from pdmodel.cli.verbs.cite import cite
from pdmodel.cli.verbs.compare import compare
from pdmodel.cli.verbs.discriminate import discriminate
from pdmodel.cli.verbs.doctor import doctor
from pdmodel.cli.verbs.evidence import evidence
from pdmodel.cli.verbs.explore import explore
from pdmodel.cli.verbs.export import export
from pdmodel.cli.verbs.fit import fit
from pdmodel.cli.verbs.fit_data import fit_data
from pdmodel.cli.verbs.list import list_all
from pdmodel.cli.verbs.new import new
from pdmodel.cli.verbs.plot import plot
from pdmodel.cli.verbs.profile import profile
from pdmodel.cli.verbs.report import report
from pdmodel.cli.verbs.sensitivity import sensitivity
from pdmodel.cli.verbs.show import show
from pdmodel.cli.verbs.simulate import simulate
from pdmodel.cli.verbs.trial import trial
from pdmodel.cli.verbs.trial_schedule import schedule
from pdmodel.errors import InputError

app = typer.Typer(
    name="pdmodel",
    help="A laboratory for mechanistic pharmacodynamic and cytokine models.",
    epilog="Begin with: pdmodel new my_model.py | pdmodel list | pdmodel show reference",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

answer_shells()

# The base of click's own errors; typer brings click under different names in different versions.
usage_error: type[Exception] = typer.BadParameter.__mro__[2]

_VERBS: dict[str, Callable[..., None]] = {
    "new": new, "list": list_all, "show": show, "check": check, "simulate": simulate,
    "explore": explore, "plot": plot,
    "fit": fit, "fit-data": fit_data,
    "profile": profile, "sensitivity": sensitivity, "compare": compare,
    "evidence": evidence,
    "discriminate": discriminate, "report": report, "export": export, "cite": cite,
    "doctor": doctor,
}  # fmt: skip


def _help(verb: Callable[..., None]) -> str:
    """Return the docstring, its paragraphs to be wrapped where they are read.

    Click keeps the lines of a paragraph that begins with a backspace.
    """
    words = inspect.getdoc(verb) or ""
    parts = words.split("\n\n")
    return "\n\n".join(
        f"\b\n{part}" if part.startswith("Examples:") else part.replace("\n", " ") for part in parts
    )


class _Verb(TyperCommand):
    """A verb that takes each option once, and whose help may list the kinds of targets."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an option that is given twice and holds one value: the first would be dropped."""
        if not ctx.resilient_parsing:
            given = self.make_parser(ctx).parse_args(list(args))[-1]
            for option in given:
                if given.count(option) > 1 and _holds_one(option):
                    name, listed = max(option.opts, key=len), option.metavar or ""
                    hint = f": write {name} {listed}" if "," in listed else ""
                    raise InputError(f"{name} is given twice, and takes one value{hint}")
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help text, the list in it; only help that is shown loads the kinds."""
        if "{kinds}" in (self.help or ""):
            from pdmodel.inference.targets.kinds import list_kinds

            self.help = (self.help or "").format(kinds=list_kinds())
        return super().get_help(ctx)


def _holds_one(option: Any) -> bool:
    """Whether an option has a value, and only one."""
    single = option.nargs == 1 and not option.multiple and not getattr(option, "is_flag", False)
    return bool(single and option.param_type_name == "option")


for _name, _verb in _VERBS.items():
    app.command(_name, help=_help(_verb), cls=_Verb)(_verb)
trial.command("schedule")(schedule)
for _command in trial.registered_commands:
    _command.cls = _Verb
    if _command.callback is not None:
        _command.help = _help(_command.callback)
app.add_typer(trial, name="trial")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"pdmodel {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass
