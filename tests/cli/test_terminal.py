"""What the verbs print: whole numbers, however narrow a terminal is."""

import pytest

from pdmodel.cli.console.terminal import say_table


def test_a_number_is_never_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a terminal is narrower than a table, lines are longer: 6.0 for 6.013 would be wrong."""
    monkeypatch.setenv("COLUMNS", "40")
    numbers = [f"{number}.0{number}5" for number in range(1, 9)]
    columns = [f"column {number}" for number in range(8)]
    say_table(["quantity", *columns], [["x" * 12, *numbers]], right=columns, whole=("quantity",))
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].split() == ["x" * 12, *numbers]
    assert all(column in lines[0] for column in columns)
