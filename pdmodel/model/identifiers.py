"""What a quantity is in databases: compact identifiers such as `uniprot:P05231`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pdmodel.arguments import names_of
from pdmodel.errors import InputError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[^\s:/]\S*")


def checked_identifiers(name: str, identifiers: Sequence[str]) -> tuple[str, ...]:
    """Return the identifiers of a quantity.

    Raises
    ------
    InputError
        If one does not name a database and what it keeps there.
    """
    chosen = names_of(identifiers, f"identifiers of {name!r}")
    for identifier in chosen:
        if not _IDENTIFIER.fullmatch(identifier):
            raise InputError(
                f"identifier {identifier!r} of {name!r} must name a database and what it keeps "
                "there, such as 'uniprot:P05231'"
            )
    return chosen
