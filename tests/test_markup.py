"""HTML for notebooks: escaped, without scripts, never too large."""

import pytest

from pdmodel import markup
from pdmodel.markup import card, card_of, folded, paragraph, preformatted, table

STRANGE = "<script>alert('\"')</script>&"


@pytest.mark.parametrize(
    "written",
    [
        markup.text(STRANGE), paragraph(STRANGE), folded(STRANGE, "x"), card(STRANGE, STRANGE),
        table([STRANGE], [[STRANGE]]), preformatted(STRANGE), card_of(STRANGE),
    ],
)  # fmt: skip
def test_text_of_users_is_escaped(written: str) -> None:
    """Wherever it stands, it is text."""
    assert "<script" not in written
    assert "&lt;script&gt;alert(" in written


def test_a_card_never_grows_beyond_its_size() -> None:
    """Parts that have no room are left out, and it says so; a large object has a small card."""
    parts = [preformatted("é" * 300 + "\n" * 3, largest=9_000) for _ in range(200)]
    whole = card("n" * 10_000, "b" * 10_000, *parts)
    assert len(whole.encode()) <= markup.LARGEST
    assert "is left out" in whole
    assert len(card_of(list(range(100_000)))) < 1_000
    assert "is left out" not in card("title", "", *parts[:3])


def test_rows_that_have_no_room_are_counted() -> None:
    """A long table ends by saying how many rows are missing; an empty one is nothing."""
    long = table(("n", "m"), [(n, n) for n in range(1000)], largest=1_000)
    kept = long.count("<tr>") - 2
    assert f'<td colspan="2">and {1000 - kept} more</td>' in long
    assert table(("n",), []) == ""
