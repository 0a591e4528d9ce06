"""Names of symbols that results, or other symbols, need for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from pdmodel.errors import InputError
from pdmodel.model import ASSUMED, Vocabulary
from pdmodel.model.reserved import RESERVED


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_that_results_keep_are_refused_where_they_are_declared(name: str) -> None:
    """For every kind of symbol, with the reason; nothing is declared."""
    q = Vocabulary()
    with pytest.raises(InputError, match=f"state '{name}': results keep this name for "):
        q.state(name, unit="1", initial=1, meaning="")
    with pytest.raises(InputError, match=f"parameter '{name}': results keep this name for "):
        q.parameter(name, unit="1", value=1, bounds=(0, 2), meaning="", source=ASSUMED)
    with pytest.raises(InputError, match=f"observable '{name}': results keep this name for "):
        q.observable(name, unit="1", meaning="")
    assert name not in q


def test_the_ending_of_baselines_is_kept_for_them() -> None:
    """A symbol of one's own would be taken for the value before treatment of another."""
    q = Vocabulary()
    x = q.state("x", unit="1", initial=1, meaning="")
    with pytest.raises(InputError, match=r"auxiliary 'x_at_baseline'.*at_baseline\(x\) returns"):
        q.auxiliary("x_at_baseline", unit="1", meaning="")
    assert str(q.at_baseline(x)) == "x_at_baseline"


@pytest.mark.parametrize("name", [None, 3, b"x"])
def test_a_name_is_text(name: Any) -> None:
    """Anything else is refused by name."""
    with pytest.raises(InputError, match="the name of a state is text, got"):
        Vocabulary().state(name, unit="1", initial=1, meaning="")


@pytest.mark.parametrize("bounds", [None, 5, ("0", "5"), "05", (0, 1, 2), (0, float("nan"))])
def test_bounds_are_two_numbers(bounds: Any) -> None:
    """The message names the parameter and shows what was given."""
    with pytest.raises(InputError, match=r"'k': bounds must be two numbers, \(low, high\)"):
        Vocabulary().parameter(
            "k", unit="1", value=1, bounds=bounds, meaning="", source=ASSUMED,
        )  # fmt: skip


@pytest.mark.parametrize("value", ["0.5", 1j, None, True, [1.0]])
def test_values_are_numbers(value: Any) -> None:
    """Of parameters, constants, starts and neutral values alike."""
    q = Vocabulary()
    with pytest.raises(InputError, match="the value of parameter 'k' must be a number"):
        q.parameter("k", unit="1", value=value, bounds=(0, 1), meaning="", source=ASSUMED)
    with pytest.raises(InputError, match="the value of constant 'c' must be a number"):
        q.constant("c", unit="1", value=value, meaning="")
    with pytest.raises(InputError, match="the initial value of state 'x' must be a number or an"):
        q.state("x", unit="1", initial=value, meaning="")
