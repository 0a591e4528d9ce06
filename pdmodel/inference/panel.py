"""Panel: how one quantity of a fit is drawn, where an application does not leave it to the figure.

Presentation only: it moves no number, and is part of no identity.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pdmodel.arguments import shown
from pdmodel.errors import InputError, require_known

GROUPS = ("all", "pair", "others")


@dataclass(frozen=True)
class Panel:
    """One panel of the courses of a fit.

    Parameters
    ----------
    observable, title
        Name of the quantity, and what stands above the panel; the label of the quantity by default.
    relative, log, fine
        Whether it is drawn over the value before treatment, on a logarithmic axis, and as it goes
        within the days.
    early
        Whether it stands in the column of the first weeks.
    groups
        `pair` for the first two groups, which every panel shows; `others` for further groups with a
        target of this quantity; `all` for both.
    unit
        What stands beside the axis; the unit of the quantity by default.

    Raises
    ------
    InputError
        If a name is no text, or the groups are none of these.
    """

    observable: str
    title: str = ""
    relative: bool = False
    log: bool = False
    fine: bool = False
    early: bool = False
    groups: str = "all"
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn, when it is declared."""
        for name in ("observable", "title", "unit"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"{name} of a panel is text, got {shown(getattr(self, name))}")
        if not self.observable:
            raise InputError("a panel needs an observable: the name of what it shows")
        require_known(f"groups of the panel of {self.observable!r}:", GROUPS, self.groups)


def as_attribute(panels: Sequence[Panel]) -> dict[str, str]:
    """Return panels as an attribute of a result, so that it is drawn alike when it is read back."""
    rows = [asdict(panel) for panel in panels]
    return {"panels": json.dumps(rows, ensure_ascii=False)} if rows else {}


def panels_in(attributes: Mapping[Any, Any]) -> tuple[Panel, ...]:
    """Return the panels that a result holds; none if it holds none that can be read."""
    try:
        return tuple(Panel(**row) for row in json.loads(str(attributes.get("panels", "[]"))))
    except (ValueError, TypeError, InputError):
        return ()
