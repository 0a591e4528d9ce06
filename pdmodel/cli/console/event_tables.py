"""Options that say how a table of events is read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from pdmodel.arguments import shown
from pdmodel.cli.console.options import split_names
from pdmodel.errors import InputError, require_known

if TYPE_CHECKING:
    from pdmodel.dosing import CompartmentRules, EventTable, Subject

READING = "Reading a table of events"
"""Heading of these options in the help."""

SubjectName = Annotated[
    str | None,
    typer.Option(
        "--subject",
        help="Which ID of the events; the only one by default.",
        rich_help_panel=READING,
    ),
]
Drop = Annotated[
    str | None,
    typer.Option(
        "--drop", metavar="A,B", help="Columns that are not read.", rich_help_panel=READING
    ),
]
AmountUnit = Annotated[
    str | None,
    typer.Option("--amount", metavar="UNIT", help="Of AMT; mg.", rich_help_panel=READING),
]
Covariates = Annotated[
    str | None,
    typer.Option(
        "--covariates", metavar="A,B",
        help="Columns that are covariates; or how all are carried: forward, backward.",
        rich_help_panel=READING,
    ),
]  # fmt: skip
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--rules", metavar="KIND:CMT=VALUE",
        help="lag, bioavailability, duration or rate of a compartment: a number, a column, or "
        "parameter:NAME of the model.",
    ),
]  # fmt: skip
Codes = Annotated[
    str | None,
    typer.Option(
        "--evid", metavar="nonmem|rxode", help="Codes of events; nonmem.", rich_help_panel=READING
    ),
]


class TableOptions(NamedTuple):
    """What the options say of a table of events; all that is None has its default.

    Parameters
    ----------
    subject, time, drop, amount, covariates, rules, evid
        As they were written.
    """

    subject: str | None = None
    time: str | None = None
    drop: str | None = None
    amount: str | None = None
    covariates: str | None = None
    rules: Sequence[str] | None = None
    evid: str | None = None

    def refuse(self) -> None:
        """Refuse the options that belong to a table where there is none; but the unit of time."""
        for name in ("subject", "drop", "amount", "covariates", "rules", "evid"):
            if getattr(self, name):
                raise InputError(f"--{name} belongs to --events, and none are given")

    def read(self, events: Path) -> EventTable:
        """Return the table; what is left out of it is said on the terminal."""
        from pdmodel.dosing import read_events

        with remarks():
            return read_events(events, **self.words)

    @property
    def words(self) -> dict[str, Any]:
        """The keyword arguments of `read_events`."""
        how: dict[str, Any] = {"time": self.time or "day", "drop": split_names(self.drop) or ()}
        if self.amount:
            how["amount"] = self.amount
        if self.covariates:
            ways = self.covariates in ("forward", "backward")
            how["covariates"] = self.covariates if ways else split_names(self.covariates)
        if self.rules:
            how["rules"] = _rules(self.rules)
        if self.evid:
            how["evid"] = self.evid
        return how

    def choose(self, events: Path) -> Subject:
        """Return the subject of a table that is named, or its only one."""
        table = self.read(events)
        if self.subject is None and len(table.subjects) > 1:
            names = ", ".join(list(table.subjects)[:12])
            many = f"{str(events)!r} holds {len(table.subjects)} subjects"
            raise InputError(f"{many}; say which: --subject ({names})")
        return table.subject(self.subject if self.subject is not None else next(iter(table)).id)


@contextmanager
def remarks() -> Iterator[None]:
    """Say on the terminal what a table warns of."""
    from pdmodel.cli.console.terminal import note

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        note(f"note: {warning.message}")


def _rules(words: Sequence[str]) -> CompartmentRules:
    """Return rules from words such as `lag:1=0.5` and `bioavailability:gut=F1`."""
    from pdmodel.dosing import CompartmentRules

    kinds: dict[str, dict[str, float | str]] = {
        "lag": {}, "bioavailability": {}, "duration": {}, "rate": {},
    }  # fmt: skip
    for text in words:
        kind, colon, rest = text.partition(":")
        compartment, equals, value = rest.partition("=")
        if not (colon and equals and value.strip()):
            raise InputError(f"--rules {shown(text)}: write KIND:CMT=VALUE, e.g. lag:1=0.5")
        require_known("kind of --rules:", kinds, kind.strip())
        try:
            kinds[kind.strip()][compartment.strip()] = float(value)
        except ValueError:
            kinds[kind.strip()][compartment.strip()] = value.strip()
    return CompartmentRules(**kinds)
