"""Tables as people have them: other delimiters, titles, occasions, screening, wide columns."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from pdmodel import read_events, simulate
from pdmodel.dosing import Action
from pdmodel.errors import InputError, RegimenError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


def write(folder: Path, text: str) -> Path:
    """Write a table."""
    file = folder / "table.dat"
    file.write_text(text, encoding="utf-8")
    return file


def oral() -> Model:
    """Return one compartment with absorption: ka 1.5 per hour, CL 1.1 L per hour, V 20 L."""
    q = Vocabulary(time="day")
    bounds = (0.01, 1000)
    ka = q.parameter(
        "ka", unit="1/day", value=36, meaning="absorption", bounds=bounds, source=ASSUMED
    )
    clearance = q.parameter(
        "CL", unit="L/day", value=26.4, meaning="clearance", bounds=bounds, source=ASSUMED
    )
    volume = q.parameter("V", unit="L", value=20, meaning="volume", bounds=bounds, source=ASSUMED)
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
    central = q.state("central", unit="mg", initial=0, meaning="drug in plasma")
    level = q.observable("level", unit="mg/L", meaning="concentration")
    q.slot("drug", meaning="drug", states=(gut, central))
    plain = Mechanism(
        "plain", slot="drug", claim="first order in and out", doses={"drug": gut},
        processes={"in": {gut: -ka * gut, central: ka * gut},
                   "out": {central: -clearance / volume * central}},
        defines={level: central / volume},
    )  # fmt: skip
    return Model("oral", q, [plain])


def bateman(dose: float, hours: np.ndarray) -> np.ndarray:
    """Return the level after one dose; the closed form."""
    ka, k, volume = 1.5, 1.1 / 20, 20
    return dose * ka / (volume * (ka - k)) * (np.exp(-k * hours) - np.exp(-ka * hours))


@pytest.mark.parametrize("blank", [" ", "\t", "   "])
def test_tabs_and_blanks_part_columns(tmp_path: Path, blank: str) -> None:
    """The same table as with commas, whatever stands between its columns."""
    rows = [["ID", "TIME", "AMT", "WT", "DV"], ["1", "0", "25.0", "1.4", "."],
            ["1", "2.0", ".", "1.4", "17.3"]]  # fmt: skip
    commas = read_events(write(tmp_path, "\n".join(",".join(row) for row in rows)))
    lead = blank if not blank.strip("\t ") and "\t" not in blank else ""
    other = read_events(write(tmp_path, "\n".join(lead + blank.join(row) for row in rows)))
    assert other == commas
    assert other["1"].observations["value"].tolist() == [17.3]


def test_an_empty_cell_between_tabs_is_missing(tmp_path: Path) -> None:
    """Two tabs in a row hold an empty cell; blanks in a row are one."""
    table = read_events(write(tmp_path, "ID\tTIME\tAMT\tDV\n1\t0\t5\t\n1\t1\t\t3\n"))
    assert [record.amount for record in table["1"].events.records] == [5, 0]


def test_titles_before_the_header_are_skipped(tmp_path: Path) -> None:
    """Rows that begin with C are titles until one of them names ID and TIME."""
    text = "C,Data Desc: my study,,,\nC,ID,TIME,DV,AMT\n.,1,0,.,250\n.,1,0.08,27.9,.\nC,1,0.2,9,.\n"
    table = read_events(write(tmp_path, text))
    assert len(table) == 1
    assert table["1"].prescribed(1) == {"": 250.0}
    assert table["1"].observations["value"].tolist() == [27.9]


def test_empty_columns_of_spreadsheets_are_left_out(tmp_path: Path) -> None:
    """Without a name and content they are nothing; with content they are refused as before."""
    table = read_events(write(tmp_path, "ID,TIME,DV,AMT,,\n1,0,.,250,,\n1,0.5,27.9,.,,\n"))
    assert table.covariates == ()
    with pytest.raises(RegimenError, match="column 5 has no name"):
        read_events(write(tmp_path, "ID,TIME,DV,AMT,\n1,0,.,250,7\n"))


def test_time_begins_anew_at_a_reset(tmp_path: Path) -> None:
    """Occasions follow each other; the model starts anew, as the closed form of each says."""
    text = "ID,TIME,AMT,EVID,CMT,DV\n1,0,100,1,1,.\n1,2,0,0,2,3.1\n1,8,0,0,2,2.4\n"
    text += "1,0,200,4,1,.\n1,2,0,0,2,8\n1,8,0,0,2,7\n"
    subject = read_events(write(tmp_path, text), time="hour")["1"]
    seen = subject.observations
    np.testing.assert_allclose(seen["day"] * 24, [2, 8, 10, 16], rtol=1e-12)
    assert seen["after"].tolist()[1] is False  # the sample of 8 h was taken before the reset
    run = simulate(
        oral(), subject, days=1, times=seen["day"], quantities=["level"], at_dose="before",
        rtol=1e-9,
    )  # fmt: skip
    hours = np.array([2.0, 8.0])
    exact = np.concatenate([bateman(100, hours), bateman(200, hours)])
    np.testing.assert_allclose(exact, [4.391248, 3.342718, 8.782496, 6.685435], rtol=1e-6)
    np.testing.assert_allclose(run["level"], exact, rtol=1e-6)


def test_samples_before_the_first_dose_are_measurements(tmp_path: Path) -> None:
    """They keep their day, below 0; doses and the day of the first dose stay where they are."""
    table = read_events(write(tmp_path, "ID,TIME,AMT,DV\n1,-7,.,3.1\n1,0,10,.\n1,7,.,9.4\n"))
    subject = table["1"]
    assert subject.observations["day"].tolist() == [-7, 7]
    assert subject.observations["after"].tolist() == [False, True]
    assert subject.actions(8) == [Action(0, "add", "", 10)]
    assert subject.covariates.index.tolist() == [-7, 0, 7]


def test_covariates_may_hold_from_the_row_before(tmp_path: Path) -> None:
    """Backward, as in NONMEM: between two rows the value of the later one holds."""
    text = "ID,TIME,AMT,WT\n1,0,5,70\n1,1,.,.\n1,2,.,60\n1,3,.,.\n"
    file = write(tmp_path, text)

    def sets(**how: object) -> list[float]:
        table = read_events(file, parameters={"WT": "weight"}, **how)  # type: ignore[arg-type]
        return [record.parameters["weight"] for record in table["1"].events.records]

    assert sets() == sets(covariates="forward") == sets(covariates=("WT",)) == [70, 70, 60, 60]
    assert sets(covariates="backward") == sets(covariates={"WT": "backward"}) == [60, 60, 60, 60]


@given(st.lists(st.floats(0.1, 9), min_size=2, max_size=6))
@settings(max_examples=25, deadline=None)
def test_backward_is_forward_of_the_next_row(values: list[float]) -> None:
    """Each row sets what the next one holds, the last its own."""
    frame = pd.DataFrame({"ID": 1, "TIME": range(len(values)), "MDV": 1, "X": values})
    table = read_events(frame, parameters={"X": "x"}, covariates="backward")
    held = [record.parameters["x"] for record in table["1"].events.records]
    assert held == [*values[1:], values[-1]]


def test_a_column_that_looks_like_a_slip_may_be_a_covariate(tmp_path: Path) -> None:
    """Once it is named as one; what is not there, or no way to carry it, is refused."""
    file = write(tmp_path, "ID,TIME,AMT,DV,COMP\n1,0,10,.,1\n1,7,.,9.4,2\n")
    assert read_events(file, covariates=("COMP",)).covariates == ("COMP",)
    with pytest.raises(UnknownNameError, match=r"covariate of .*'COMB'.*did you mean 'COMP'"):
        read_events(file, covariates=("COMP", "COMB"))
    with pytest.raises(UnknownNameError, match=r"'backwards'.*did you mean 'backward'"):
        read_events(file, covariates={"COMP": "backwards"})
    with pytest.raises(InputError, match=r"'forward' or 'backward', got 'COMP'; name columns as"):
        read_events(file, covariates="COMP")


def test_wide_tables_are_said_to_be_unread(tmp_path: Path) -> None:
    """Analytes in columns of their own are covariates, and a warning says how to have them read."""
    file = write(tmp_path, "ID,TIME,AMT,IL6,TNF\n1,0,10,3.1,8.2\n1,7,.,<3,8.0\n")
    with pytest.raises(RegimenError, match="column 'IL6': '<3' is not a number"):
        read_events(file)
    numbers = write(tmp_path, "ID,TIME,AMT,IL6,TNF\n1,0,10,3.1,8.2\n1,7,.,3,8.0\n")
    with pytest.warns(
        UserWarning, match=r"no column DV.*IL6, TNF are covariates.*observed=\{'IL6'"
    ):
        read_events(numbers)


def test_measured_columns_become_rows(tmp_path: Path) -> None:
    """A row a measurement, marked by DVID, before what its row gives; `<3` is below 3."""
    file = write(
        tmp_path, "ID,TIME,AMT,IL6,TNF,WT\n1,0,10,3.1,8.2,70\n1,7,.,<3,.,71\n1,9,.,.,.,72\n"
    )
    table = read_events(file, observed={"IL6": "il6", "TNF": "tnf"})
    seen = table["1"].observations
    assert seen[["day", "dvid", "cens", "after"]].values.tolist() == [
        [0, "il6", 0, False], [0, "tnf", 0, False], [7, "il6", 1, True], [9, "", 0, True],
    ]  # fmt: skip
    assert seen["value"].tolist()[:3] == [3.1, 8.2, 3]
    assert math.isnan(seen["value"].iloc[3])
    assert seen.index.tolist() == [2, 2, 3, 4]  # the line of the file that holds it
    assert table.covariates == ("WT",)
    assert table["1"].prescribed(9) == {"": 10.0}
    assert read_events(table.write(tmp_path / "long.csv")) == table
    with pytest.raises(UnknownNameError, match=r"column of .*'IL7'.*did you mean 'IL6'"):
        read_events(file, observed={"IL7": "il6"})


def test_what_a_measured_row_gives_is_kept(tmp_path: Path) -> None:
    """A constant infusion without AMT is no mere measurement; an amount of 0.00 is one."""
    file = write(tmp_path, "ID,TIME,AMT,RATE,SS,IL6\n1,0,.,5,1,3\n1,2,0.00,.,0,4\n")
    first, infused, last = read_events(file, observed={"IL6": "il6"})["1"].events.records
    assert (first.evid, infused.evid, last.evid) == (0, 1, 0)
    assert infused.constant


def test_old_codes_are_read_when_asked(tmp_path: Path) -> None:
    """101 doses compartment 1; 10201 and its negative are an infusion; 110 has SS = 1."""
    text = "ID,TIME,AMT,EVID,II,DV\n1,0,320,101,0,.\n1,1,.,0,0,6.5\n1,2,5,10201,0,.\n"
    text += "1,4,-5,10201,0,.\n1,9,7,110,12,.\n"
    subject = read_events(write(tmp_path, text), time="hour", evid="rxode")["1"]
    first, _, infused, ended, last = subject.events.records
    assert (first.evid, first.compartment, first.amount) == (1, "1", 320)
    assert (infused.compartment, infused.amount, infused.rate) == ("2", 10, 120)
    assert (ended.evid, last.steady, last.interval) == (2, 1, 0.5)
    for code, why in (("130", "has no counterpart"), ("10101", "no later row of ID 1 ends it")):
        with pytest.raises(RegimenError, match=rf"row 2, column 'EVID': '{code}' .*{why}"):
            read_events(write(tmp_path, f"ID,TIME,AMT,EVID\n1,0,5,{code}\n"), evid="rxode")
    with pytest.raises(UnknownNameError, match="codes of events"):
        read_events(write(tmp_path, text), evid="rx")


def test_ordinary_tables_raise_no_warning(tmp_path: Path) -> None:
    """Doses with a weight that changes, and rows to be predicted, are not taken for wide tables."""
    doses = write(tmp_path, "ID,TIME,AMT,WT\n1,0,5,70\n1,1,5,71\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_events(doses)
        read_events(write(tmp_path, "ID,TIME,AMT,MDV,WT\n1,0,5,1,70\n1,1,.,0,71\n"))
