"""Measured values laid over the curves: which are shown, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdmodel.cli import run
from pdmodel.errors import PdmodelError
from pdmodel.explore.facts import facts_of
from pdmodel.explore.measured import read_measured, shown_values
from tests.toys import one_compartment

LONG = "ID,TIME,AMT,EVID,DV,DVID,CENS\n1,0,9,1,.,.,0\n1,24,.,0,3,Plasma,0\n1,48,.,0,1,plasma,1\n"
WIDE = "ID,TIME,concentration,note\n1,0,0.5,2\n1,2,<0.1,3\n2,1,0.25,1\n"


def write(folder: Path, text: str) -> Path:
    """Write a table."""
    (folder / "levels.csv").write_text(text)
    return folder / "levels.csv"


def test_what_is_called_like_a_quantity_is_shown(tmp_path: Path) -> None:
    """Words of DVID or columns, upper and lower case aside; a limit is said to be one."""
    model = one_compartment()
    long = read_measured(model, write(tmp_path, LONG), None, time="hour")
    assert shown_values(long) == {
        "name": "levels.csv",
        "quantities": {
            "plasma": [
                {
                    "subject": "1", "days": [1.0, 2.0], "values": [3.0, 1.0],
                    "censored": ["", "below"],
                }
            ]
        },
    }  # fmt: skip
    wide = shown_values(read_measured(model, write(tmp_path, WIDE), None))
    first, second = wide["quantities"]["concentration"]
    assert first["values"] == [0.5, 0.1]
    assert first["censored"] == ["", "below"]
    assert second["subject"] == "2"


def test_what_was_measured_is_drawn_first(tmp_path: Path) -> None:
    """The page begins with it, and knows the values; without data there are none."""
    model = one_compartment()
    measured = read_measured(model, write(tmp_path, LONG), {"plasma": "gut"})
    facts = facts_of(model, None, measured)
    assert facts["view"]["quantities"][0] == "gut"
    assert set(facts["data"]["quantities"]) == {"gut"}
    assert facts_of(model, None)["data"] is None


@pytest.mark.parametrize(
    ("text", "observed", "words"),
    [
        (None, None, "does not exist"),
        ("ID,TIME,serum\n1,0,2\n", None, "nothing in it is called like a quantity"),
        (LONG, {"Plasma": "plasme"}, "no quantity 'plasme'; did you mean 'plasma'"),
        ("ID;TIME;plasma\n1;2;3\n", None, "semicolons"),
        ("ID,TIME,plasma\n1,0,much\n", None, "row 2"),
        ("ID,TIME,plasma\n" + "1,0,2\n" * 20_001, None, "more than a page shows, 20000"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(
    tmp_path: Path, text: str | None, observed: dict[str, str | None] | None, words: str
) -> None:
    """Names the file, and what would do."""
    file = tmp_path / "levels.csv" if text is None else write(tmp_path, text)
    with pytest.raises(PdmodelError, match=words) as refused:
        read_measured(one_compartment(), file, observed)
    assert "\n" not in str(refused.value)


def test_the_command_refuses_before_it_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line; also for options that need a table."""
    (tmp_path / "lab.py").write_text(
        "from tests.toys import one_compartment\nmodel = one_compartment()\n"
    )
    lab = str(tmp_path / "lab.py")
    for words in (
        ["--data", str(tmp_path / "none.csv")],
        ["--observe", "plasma"],
        ["--data", str(write(tmp_path, LONG)), "--observe", "plasme"],
    ):
        assert run(["explore", lab, "--no-browser", *words]) == 2
        assert capsys.readouterr().err.count("\n") == 1
