"""Names at the tab key in notebooks and IPython: models, patients, mechanisms, quantities.

Names are words in quotes, which nothing completes by itself. IPython asks here what may follow
`pdmodel.load("`, `patient="`, `.swap("` or `quantities=["`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

_PLACES = {
    "models": r"\bload\(\s*|\bmodel\s*=\s*",
    "patients": r"\bload_patient\(\s*|\bpatient\s*=\s*",
    "mechanisms": r"\.(?:swap|with_|without|find_mechanism)\(\s*",
    "quantities": r"\bquantities\s*=\s*[\[(](?:\s*([\"'])\w+\1\s*,)*\s*|\bflux_table\(\w+,\s*|"
    r"\bplot_runs?\(\w+,\s*\[(?:\s*([\"'])\w+\2\s*,)*\s*|\baround\s*=\s*",
}
"""What stands before the quote, by the kind of name that follows."""
_TYPED = {kind: re.compile(rf"(?:{place})[\"']([\w@]*)$") for kind, place in _PLACES.items()}


def offer_names() -> None:
    """Let the IPython that runs this ask for names; nothing is done outside of one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    completer = getattr(shell, "Completer", None)
    if completer is not None and hasattr(completer, "custom_matchers"):
        completer.custom_matchers.append(_matcher(completer))


def _matcher(completer: Any) -> Callable[[str], list[str]]:
    def pdmodel_names(text: str) -> list[str]:
        """Return names that begin as the token does."""
        line = str(getattr(completer, "text_until_cursor", "") or completer.line_buffer)
        begun = re.search(r"[\w@]*$", line)
        before = text[: len(text) - len(begun[0])] if begun else ""
        return [before + name for name in names_after(line)]

    return pdmodel_names


def names_after(line: str) -> list[str]:
    """Return the names that may stand at the end of a line.

    Parameters
    ----------
    line
        What was typed up to the cursor.

    Examples
    --------
    >>> names_after('pdmodel.load("tumour_i')
    ['tumour_il6']
    >>> names_after("print('ref")
    []
    """
    for kind, typed in _TYPED.items():
        if match := typed.search(line):
            begun = match.groups()[-1]
            return [name for name in _known()[kind] if name.startswith(begun)]
    return []


@cache
def _known() -> Mapping[str, Iterable[str]]:
    """Return all names that are published, by kind; models of files of one's own are not."""
    from pdmodel.catalogue import models, patients

    listed = models()
    mechanisms = dict.fromkeys(
        mechanism.name
        for model in listed.values()
        for mechanism in (*model.mechanisms, *model.rivals)
    )
    quantities = dict.fromkeys(
        quantity.name for model in listed.values() for quantity in model.vocabulary
    )
    return {
        "models": tuple(listed), "patients": tuple(patients()), "mechanisms": tuple(mechanisms),
        "quantities": tuple(quantities),
    }  # fmt: skip
