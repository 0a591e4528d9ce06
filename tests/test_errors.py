"""What a message echoes of the user's words never buries what it says."""

from __future__ import annotations

import pickle

import pytest

from pdmodel.errors import InputError, PdmodelError, RegimenError, SimulationError

LONG = 5000


@pytest.mark.parametrize(
    "echo",
    [
        repr("a" * LONG), repr("b " * LONG), repr("it's " * LONG), repr("\x00" * LONG),
        "folder/" + "é" * LONG, "9" * LONG, '"' + "c, " * LONG + '"',
    ],
)  # fmt: skip
def test_a_long_echo_is_cut(echo: str) -> None:
    """In quotes or as one word, alone or twice: its beginning, its end, and all that is said."""
    error = InputError(f"a user's table {echo} and patients' {echo} cannot be read: too odd")
    told = str(error)
    assert len(told) < 400
    assert told.startswith(f"a user's table {echo[:20]}")
    assert told.endswith(f"{echo[-20:]} cannot be read: too odd")
    assert str(pickle.loads(pickle.dumps(error))) == told


def test_what_is_not_an_echo_stays() -> None:
    """Long explanations, lists of names, and paths of a usual length are given whole."""
    names = ", ".join(f"'name_{number}'" for number in range(60))
    for told in (f"unknown name 'x' (known: {names})", "why " * 200, "/data/" + "folder/" * 25):
        assert str(PdmodelError(told)) == told
        assert str(RegimenError(told)) == told
    assert str(SimulationError("'" + "x" * LONG + "' failed", {})).endswith("xxx' failed")
