"""What a quantity is in databases."""

from __future__ import annotations

import pytest

from pdmodel.errors import InputError
from pdmodel.model import Vocabulary


def test_identifiers_stay_with_the_quantity() -> None:
    """As they were given."""
    q = Vocabulary()
    symbol = q.state("il6", unit="pg/mL", initial=1, meaning="IL-6", identifiers=["uniprot:P05231"])
    assert q[symbol].identifiers == ("uniprot:P05231",)


@pytest.mark.parametrize("wrong", [["P05231"], ["uniprot: P05231"], ["https://x.org/a"], "a:b"])
def test_what_names_no_database_is_refused(wrong: object) -> None:
    """The message shows what is wanted."""
    with pytest.raises(InputError, match="identifier"):
        Vocabulary().state("x", unit="1", initial=1, meaning="", identifiers=wrong)  # type: ignore[arg-type]
