"""The lines of Python reproduce what the page shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pdmodel.explore.facts import facts_of
from pdmodel.explore.laboratory import Laboratory
from pdmodel.explore.python_lines import python_lines, table_of
from pdmodel.explore.view import read_view
from tests.toys import one_compartment


def test_executed_lines_reproduce_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To 1e-6, with a schedule, a changed number and two patients."""
    (tmp_path / "decay.py").write_text(
        "from tests.toys import one_compartment\nmodel = one_compartment()\n"
    )
    monkeypatch.chdir(tmp_path)
    model = one_compartment()
    data = {
        **facts_of(model, None)["view"], "schedule": "2 mg iv every 7 days", "days": 30.0,
        "values": {"k": 0.3},
        "patients": [
            {"name": "it's", "group": "", "values": {}},
            {"name": 'fast "one"', "group": "", "values": {"k": 0.9}},
        ],
        "flux": {"state": "plasma", "patient": "it's"},
    }  # fmt: skip
    view = read_view(data, model)
    table = table_of(view, Laboratory(model).swapped(view))
    names: dict[str, Any] = {}
    exec(compile(python_lines(view, "decay.py"), "lines", "exec"), names)  # our own lines
    assert names["table"].index.equals(table.index)
    np.testing.assert_allclose(names["table"], table, rtol=1e-6)
    assert "patient" in capsys.readouterr().out
