"""What the outcomes of a trial mean: responses, change of size, events and biomarkers.

Figures, pages and help ask this declaration and draw what is there. It is presentation only: it
is no part of what makes two trials the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pdmodel.arguments import number, shown, whole_number
from pdmodel.errors import InputError, require_known

FOLD = "fold"
"""Unit of a biomarker that is a multiple of its value before treatment."""


@dataclass(frozen=True)
class SizeChange:
    """The size whose change from baseline is drawn: its best change, and its course.

    Parameters
    ----------
    quantity
        Recorded quantity of the model, for the course of each patient.
    column
        Column of the outcomes with the best change, in percent.
    label
        What it is called; a title shows the words before the first comma: `nodes, SPD`.
    limit
        Change that a response needs, in percent; no line is drawn where None.
    mark
        Column that is yes or no and what it is called; patients of whom it holds get a mark.
    """

    quantity: str
    column: str
    label: str
    limit: float | None = None
    mark: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse what is no name, text or number.

        Raises
        ------
        InputError
            Names the field and what it may be.
        """
        for name in ("quantity", "column"):
            _column(getattr(self, name), f"{name} of the change")
        _text(self.label, "label of the change")
        if self.limit is not None:
            object.__setattr__(self, "limit", number(self.limit, "limit of the change"))
        if self.mark is not None:
            column, label = _pair(self.mark, "mark of the change", "(column, label)")
            _column(column, "mark of the change")
            _text(label, "mark of the change")

    @property
    def subject(self) -> str:
        """The label in short, for titles.

        Examples
        --------
        >>> SizeChange("SPD", "best_change", "nodes, SPD").subject
        'nodes'
        """
        return self.label.split(",")[0]


@dataclass(frozen=True)
class Biomarker:
    """What was measured on some days of a trial.

    Parameters
    ----------
    label
        What it is called.
    columns
        By day the column of the outcomes; NaN where it was not measured.
    unit
        `fold` for multiples of the value before treatment; any other unit of the columns.
    """

    label: str
    columns: Mapping[int, str]
    unit: str = FOLD

    def __post_init__(self) -> None:
        """Refuse what is no text, day or name.

        Raises
        ------
        InputError
            Names the biomarker and what it may be.
        """
        _text(self.label, "label of a biomarker")
        who = f"biomarker {self.label!r}"
        if not isinstance(self.columns, Mapping) or not self.columns:
            raise InputError(
                f"{who}: columns go by day, {{7: 'name_7'}}, got {shown(self.columns)}"
            )
        for day, column in self.columns.items():
            whole_number(day, f"{who}: day", least=0)
            _column(column, who)
        _text(self.unit, f"{who}: unit")

    @property
    def relative(self) -> bool:
        """Whether it is a multiple of the value before treatment."""
        return self.unit == FOLD


@dataclass(frozen=True)
class Endpoints:
    """What the outcomes of a trial mean; what is not declared is not drawn.

    Parameters
    ----------
    responses
        What each response is called, by its column of the outcomes (yes or no), the best first; a
        patient has the first of those that hold.
    no_response
        What it is called if none of them holds.
    groups
        What patients with any response, and those with none, are called.
    responded
        What is said of patients with any response, for titles.
    change
        The size whose change is drawn, if there is one.
    events
        By name the outcomes that say whether it happened, and on which day.
    biomarkers
        What was measured, drawn for patients with and without a response.

    Examples
    --------
    >>> from pdmodel.trial import Biomarker, Endpoints
    >>> swollen = Endpoints(
    ...     responses={"remission": "remission", "improved": "improvement"},
    ...     no_response="no improvement",
    ...     events={"first improvement": ("improved", "improved_day")},
    ...     biomarkers=[Biomarker("CRP", {14: "crp_14", 84: "crp_84"}, "mg/L")],
    ... )
    >>> swollen.labels
    ['remission', 'improvement', 'no improvement']
    """

    responses: Mapping[str, str] = field(default_factory=dict)
    no_response: str = "no response"
    groups: tuple[str, str] = ("response", "no response")
    responded: str = "responded"
    change: SizeChange | None = None
    events: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    biomarkers: Sequence[Biomarker] = ()

    def __post_init__(self) -> None:
        """Refuse what is no name of a column and no text.

        Raises
        ------
        InputError
            Names the field and what it may be.
        """
        _by_text(self.responses, "responses", "{'column': 'label'}")
        for column, label in self.responses.items():
            _column(column, "responses")
            _text(label, f"response {column!r}")
        _text(self.no_response, "no_response")
        _text(self.responded, "responded")
        for label in _pair(self.groups, "groups", "two labels"):
            _text(label, "groups")
        if not isinstance(self.change, SizeChange | None):
            raise InputError(f"endpoints: {shown(self.change)} is no SizeChange")
        _by_text(self.events, "events", "{'label': ('column', 'column of the day')}")
        for label, columns in self.events.items():
            _text(label, "events")
            for column in _pair(columns, f"event {label!r}", "(column, column of the day)"):
                _column(column, f"event {label!r}")
        if not isinstance(self.biomarkers, list | tuple):
            raise InputError(f"endpoints: biomarkers are a list, got {shown(self.biomarkers)}")
        for marker in self.biomarkers:
            if not isinstance(marker, Biomarker):
                raise InputError(f"endpoints: {shown(marker)} is no Biomarker")

    @property
    def labels(self) -> list[str]:
        """What the responses are called, the best first, and at last that there is none."""
        return [*self.responses.values(), self.no_response]

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield what is declared, in words, and the column of the outcomes that it needs."""
        for column in self.responses:
            yield "response", column
        if self.change is not None:
            yield f"change of {self.change.subject}", self.change.column
            if self.change.mark is not None:
                yield self.change.mark[1], self.change.mark[0]
        for label, columns in self.events.items():
            for column in columns:
                yield f"event {label!r}", column
        for marker in self.biomarkers:
            for column in marker.columns.values():
                yield f"biomarker {marker.label!r}", column

    def require(self, columns: Collection[str], who: str) -> None:
        """Refuse outcomes that lack a column that is declared.

        Parameters
        ----------
        columns
            Those of the outcomes.
        who
            Whose endpoints they are, for the message.

        Raises
        ------
        UnknownNameError
            Names what is declared, the column, what is there and the nearest match.
        """
        for what, column in self.columns():
            require_known(f"outcome of {who} ({what}):", columns, column)


def _column(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"endpoints: {where} is named by text, got {shown(value)}")


def _text(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"endpoints: {where} is a text, got {shown(value)}")


def _pair(value: Any, where: str, example: str) -> tuple[Any, Any]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise InputError(f"endpoints: {where} is {example}, got {shown(value)}")
    return value[0], value[1]


def _by_text(value: Any, where: str, example: str) -> None:
    if not isinstance(value, Mapping):
        raise InputError(f"endpoints: {where} are {example}, got {shown(value)}")
