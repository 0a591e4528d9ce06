"""Event tables: what is written is read, what is wrong is refused with file, row and column."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from pdmodel import read_events
from pdmodel.dosing import Action, CompartmentRules, EventTable, Record
from pdmodel.errors import PdmodelError, RegimenError, UnitError, UnknownNameError

FULL = """\
C,ID,TIME,AMT,RATE,DUR,EVID,CMT,DV,MDV,SS,II,ADDL,DVID,CENS,LIMIT,WT,BIOAV
.,1,0,100,.,.,1,1,.,1,0,24,2,.,.,.,70,0.5
C,1,1,what,is,here,is,not,read,.,.,.,.,.,.,.,.,.
.,1,12,.,.,.,0,2,3.5,0,.,.,.,il6,0,.,.,.
.,1,24,.,.,.,0,2,0.5,0,.,.,.,il6,1,0.1,65,.
.,two,0,50,10,.,4,2,.,1,.,.,.,.,.,.,80,0.25
.,two,0,.,.,.,0,2,.,1,.,.,.,.,.,.,80,0.25
.,two,6,.,.,.,3,.,.,1,.,.,.,.,.,.,.,.
"""
RULES = CompartmentRules(bioavailability={"2": "BIOAV"}, lag={"1": 6})


def write(folder: Path, text: str) -> Path:
    """Write a table."""
    file = folder / "events.csv"
    file.write_text(text, encoding="utf-8")
    return file


def full(folder: Path) -> EventTable:
    """Read the table above."""
    return read_events(write(folder, FULL), time="hour", rules=RULES, parameters={"WT": "weight"})


def test_records_of_a_full_table(tmp_path: Path) -> None:
    """Hours become days, F and lag come from column and number, covariates are carried forward."""
    table = full(tmp_path)
    assert len(table) == 2
    assert [subject.id for subject in table] == ["1", "two"]
    assert table.covariates == ("WT", "BIOAV")
    one, two = table[1].events.records, table["two"].events.records
    assert one[0] == Record(
        0, 1, 100, "1", interval=1, additional=2, lag=0.25, parameters={"weight": 70}, row=2
    )
    assert one[1] == Record(0.5, 0, compartment="2", parameters={"weight": 70}, row=4)
    assert one[2].parameters == {"weight": 65}
    assert two[0] == Record(
        0, 4, 50, "2", rate=240, bioavailability=0.25, parameters={"weight": 80}, row=6
    )
    assert table["1"].actions(1.1) == [
        Action(0, "set", "weight", 70, ""),
        Action(0.25, "add", "1", 100),
        Action(1, "set", "weight", 65, ""),
    ]
    assert table["1"].days == 1
    assert table["1"].prescribed(3) == {"1": 300}
    assert table[1].covariates["BIOAV"].tolist() == [0.5, 0.5, 0.5]
    assert table[1].covariates["WT"].to_dict() == {0: 70, 0.5: 70, 1: 65}


def test_observations_of_a_full_table(tmp_path: Path) -> None:
    """Values, censoring and limits are kept, with the side of the dose on which they were taken."""
    table = full(tmp_path)
    seen = table[1].observations
    assert seen.index.tolist() == [4, 5]
    assert seen["day"].tolist() == [0.5, 1]
    assert seen["value"].tolist() == [3.5, 0.5]
    assert seen["dvid"].tolist() == ["il6", "il6"]
    assert seen["compartment"].tolist() == ["2", "2"]
    assert seen["cens"].tolist() == [0, 1]
    assert seen["limit"].tolist()[1] == 0.1
    assert math.isnan(seen["limit"].tolist()[0])
    other = table["two"].observations
    assert other["mdv"].tolist() == [True]
    assert other["after"].tolist() == [True]


def test_trough_and_peak(tmp_path: Path) -> None:
    """The order of rows at one time says which side of the dose is seen."""
    text = "ID,TIME,AMT,DV\n1,0,.,1\n1,0,9,.\n1,0,.,2\n"
    assert read_events(write(tmp_path, text))[1].observations["after"].tolist() == [False, True]
    between = "ID,TIME,AMT,DV\n1,1,9,.\n1,1,.,1\n1,1,9,.\n"
    with pytest.raises(RegimenError, match="subject 1, row 3: the observation at day 1 stands bet"):
        _ = read_events(write(tmp_path, between))[1].observations


@pytest.mark.parametrize(
    "header",
    ["ID,TIME,AMT,DV,Wt", "id,time,amt,dv,Wt", "ID,time,amt,DV,Wt", "#ID,TIME,AMT,DV,Wt"],
)
def test_either_case(tmp_path: Path, header: str) -> None:
    """Columns in one case; labels may stay in upper case; covariates are as they are."""
    table = read_events(write(tmp_path, f"{header}\n1,0,5,.,70\n"))
    assert list(table.frame) == ["ID", "TIME", "AMT", "DV", "Wt"]
    assert table[1].actions(1) == [Action(0, "add", "", 5)]


def test_rows_that_are_skipped(tmp_path: Path) -> None:
    """Comments, rows marked with C in the first column, blank lines; rows keep their numbers."""
    text = "# made by hand\nID,TIME,AMT\n1,0,5\n\nC,0,7\n#1,0,7\n@ID,0,0\n1,1,6\n"
    table = read_events(write(tmp_path, "\ufeff" + text))
    assert table.frame.index.tolist() == [3, 8]
    assert table[1].prescribed(2) == {"": 11}


@pytest.mark.parametrize(
    ("cells", "evid"),
    [
        ("5,.,0,0,.", 1), ("0,1,0,0,.", 2), ("0,.,0,0,3", 0), (".,.,.,.,.", 0), ("0,0,0,0,.", 0),
        ("0,.,1,7,.", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["", ",EVID"])
def test_missing_evid_is_derived(tmp_path: Path, cells: str, evid: int, column: str) -> None:
    """An amount, or a constant infusion, is a dose; without one, MDV = 1 is an other event."""
    blank = ",." if column else ""
    text = f"ID,TIME,AMT,MDV,SS,RATE,DV{column}\n1,0,{cells}{blank}\n"
    assert read_events(write(tmp_path, text))[1].events.records[0].evid == evid


def test_modelled_rate_and_duration(tmp_path: Path) -> None:
    """RATE = -1 takes a rate, and F changes the duration; RATE = -2 the other way round."""
    text = "ID,TIME,AMT,RATE,CMT,R1\n1,0,100,-1,1,50\n1,2,100,-2,1,50\n1,9,100,-2,gut,50\n"
    rules = CompartmentRules(
        rate={"1": "R1"}, duration={"1": 12, "gut": 24}, bioavailability={"1": 0.5}
    )
    table = read_events(write(tmp_path, text), time="hour", rules=rules)
    first, second, third = table[1].events.records
    assert (first.infused_over * 24, first.infused_at / 24) == pytest.approx((1, 50))
    assert (second.infused_over * 24, second.infused_at * 12 / 24) == pytest.approx((12, 50))
    assert (third.infused_over, third.bioavailability) == (1, 1)


def test_a_data_frame_is_read_like_a_file(tmp_path: Path) -> None:
    """The same table from pandas, NaN for what is missing."""
    file = write(tmp_path, "ID,TIME,AMT,DV\n1,0,5.5,.\n1,1,.,2\n")
    frame = pd.DataFrame({"ID": [1, 1], "TIME": [0, 1], "AMT": [5.5, None], "DV": [None, 2]})
    assert read_events(frame) == read_events(file)
    assert read_events(pd.read_csv(file, na_values=".")) == read_events(file)


def test_written_and_read_back(tmp_path: Path) -> None:
    """Every column of the full table survives; missing is a dot, comments are gone."""
    table = full(tmp_path)
    file = table.write(tmp_path / "new" / "out.csv")
    lines = file.read_text("utf-8").splitlines()
    assert lines[1] == "1,0,100,.,.,1,1,.,1,0,24,2,.,.,.,70,0.5"
    again = read_events(file, time="hour", rules=RULES, parameters={"WT": "weight"})
    assert again == table
    assert [s.events.records[0].amount for s in again] == [100, 50]
    assert again != read_events(file, time="day", rules=RULES)


number = st.one_of(st.none(), st.floats(0, 1e6), st.integers(0, 100).map(float))
observed = st.fixed_dictionaries(
    {"DV": st.one_of(st.none(), st.floats(-1e9, 1e9)), "CMT": st.sampled_from(["1", "gut", ""]),
     "AGE": number, "DVID": st.sampled_from(["", "3", "ANC, total"])}
)  # fmt: skip
dosed = st.fixed_dictionaries(
    {"AMT": st.floats(1e-3, 500), "II": st.floats(0.5, 50), "SS": st.sampled_from([None, 0, 1, 2]),
     "ADDL": st.one_of(st.none(), st.integers(0, 9).map(float)), "AGE": number,
     "RATE": st.one_of(st.none(), st.floats(5, 99)), "EVID": st.sampled_from([None, 1.0, 4.0])}
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a table of several subjects."""
    rows = []
    for name in draw(st.lists(st.sampled_from(["1", "7", "x y", "a,b"]), min_size=1, unique=True)):
        times = sorted(draw(st.lists(st.floats(0, 1e4), min_size=1, max_size=4)))
        rows += [{"ID": name, "TIME": t} | draw(st.one_of(observed, dosed)) for t in times]
    return pd.DataFrame(rows)


@settings(max_examples=40)
@given(frame=frames())
def test_any_table_survives_writing(frame: pd.DataFrame, tmp_path_factory) -> None:
    """All digits, all gaps, all names."""
    table = read_events(frame)
    file = table.write(tmp_path_factory.mktemp("round") / "trip.csv")
    again = read_events(file)
    assert again == table
    assert [s.actions(50) for s in again] == [s.actions(50) for s in table]


TABLES = {
    "ID,TIME,AMT\n": "holds no record",
    "": "holds no record",
    "# only\n": "holds no record",
    "ID,TIME,AMT\nC,0,5\n": "holds no record",
    "TIMES\n5\n": "has one column only; columns are separated by commas, tabs or blanks",
    "ID,AMT\n1,5\n": r"column 'TIME' is missing \(found: ID, AMT\)",
    "TIME,AMT\n1,5\n": "column 'ID' is missing",
    "ID,TIME,AMT,AMT\n1,0,5,5\n": "column 'AMT' is there 2 times",
    "ID,TIME,,AMT\n1,0,5,5\n": "column 3 has no name",
    "ID,time,AMT\n1,0,5\n": "'time' and 'AMT' mix lower and upper case",
    "id,TIME,AMT\n1,0,5\n": "'id' and 'TIME' mix lower and upper case",
    "ID,TIME,time\n1,0,5\n": "columns 'time' and 'TIME' are both there",
    "ID,Time,AMT\n1,0,5\n": "column 'Time' mixes upper and lower case; write 'TIME' or 'time'",
    "ID,TIME,AMOUNT\n1,0,5\n": "column 'AMOUNT' is not known; did you mean 'AMT'",
    "ID,TIME,AMT,EVDI\n1,0,5,1\n": "column 'EVDI' is not known; did you mean 'EVID'",
    "ID,TIME,AMT,rrate\n1,0,5,1\n": "column 'rrate' is not known; did you mean 'RATE'",
    "SUBJ,TIME,AMT\n1,0,5\n": "column 'SUBJ' is not known; did you mean 'ID'",
    "ID,TIME,AMT,ARM\n1,0,5,1\n1,1,5,x\n": "row 3, column 'ARM': 'x' is not a number; leave",
    "ID,TIME,AMT\n1,0,5\n1,x,5\n": "row 3, column 'TIME': 'x' is not a number",
    "ID,TIME,AMT\n1,.,5\n": "row 2, column 'TIME': is missing",
    "ID,TIME,AMT\n1,12:30,5\n": "'12:30' is not a number; clock times are not read",
    "ID,TIME,AMT\n1,-1,5\n": "row 2, column 'TIME': ID 1 is given something before time 0, at -1",
    "ID,TIME,DV\n1,-1,5\n": "ID 1 has no row from time 0 on",
    "ID,TIME,AMT\n.,0,5\n": "row 2, column 'ID': is missing",
    "ID,TIME,AMT\n1,0,inf\n": "column 'AMT': 'inf' is not a number",
    "ID,TIME,AMT\n1,0,NaN\n": "'NaN' is not a number; write '.' for what is missing",
    "ID,TIME,AMT\n1,0,1_0\n": "'1_0' is not a number",
    "ID,TIME,AMT\n1,0,1e999\n": "'1e999' is too large",
    "ID,TIME,AMT\n1,0,-5\n": "column 'AMT': '-5' must be >= 0",
    "ID,TIME,AMT,II\n1,0,5,-24\n": "column 'II': '-24' must be >= 0",
    "ID,TIME,AMT,ADDL\n1,0,5,1e9\n": "column 'ADDL': '1e9' is not a whole number from 0 to 1000000",
    "ID,TIME,AMT,ADDL\n1,0,5,1.5\n": "'1.5' is not a whole number",
    "ID,TIME,AMT,ADDL\n1,0,5,3\n": "row 2: II must be > 0 with ADDL",
    "ID,TIME,AMT,SS\n1,0,5,1\n": "row 2: II must be > 0 with SS",
    "ID,TIME,AMT,SS\n1,0,5,3\n": r"column 'SS': '3' is not allowed \(allowed: 0, 1, 2\)",
    "ID,TIME,AMT,EVID\n1,0,5,8\n": r"column 'EVID': '8' is not allowed \(allowed: 0, 1, 2, 3, 4",
    "ID,TIME,AMT,RATE\n1,0,5,-3\n": "column 'RATE': '-3' is not allowed",
    "ID,TIME,AMT,RATE\n1,0,5,-2\n": r"RATE = -2 needs a duration for compartment \(none\): rules=",
    "ID,TIME,AMT,RATE,DUR\n1,0,5,-2,4\n": "RATE = -2 and DUR are both given",
    "ID,TIME,AMT,RATE,DUR\n1,0,5,2,4\n": "RATE and DUR are both given",
    "ID,TIME,RATE,EVID\n1,0,-1,2\n": "RATE must be 0 with EVID 2, got -1",
    "ID,TIME,AMT,EVID\n1,0,5,0\n": "AMT must be 0 with EVID 0, got 5",
    "ID,TIME,AMT,EVID\n1,0,0,1\n": "AMT must be > 0 for a dose",
    "ID,TIME,AMT,CMT\n1,0,5,-2\n": "'-2': compartments cannot be turned off",
    "ID,TIME,AMT,CMT\n1,0,5,1.5\n": "'1.5' is neither a number from 1 nor a name",
    "ID,TIME,AMT,MDV,DV\n1,0,5,0,3\n": "EVID 1 with a measurement .DV = 3, MDV = 0.",
    "ID,TIME,DV,CENS\n1,0,.,1\n": "CENS = 1 needs a DV",
    "ID,TIME,DV,CENS\n1,0,5,2\n": r"'2' is not allowed \(allowed: -1, 0, 1\)",
    "ID,TIME,DV,CENS,LIMIT\n1,0,5,1,6\n": "lies below DV = 5, but LIMIT is 6",
    "ID,TIME,DV,CENS,LIMIT\n1,0,5,-1,4\n": "lies above DV = 5, but LIMIT is 4",
    "ID,TIME,AMT\n1,0,5\n1,2,5\n1,1,5\n": "row 4, column 'TIME': time goes back within ID 1, "
    "from 2 in row 3 to 1; sort the rows of an ID by TIME",
    "ID;TIME;AMT\n1;0,5;5\n": r"separated by semicolons, .* with pandas.read_csv\(file, sep=",
    "ID TIME AMT\n1 0 5\n1,1,5\n": "row 3: the header has blanks between columns, and this row has",
    "ID,TIME,AMT,DV\n1,0,5,.\n1,1,.,<5\n": "row 3, column 'DV': '<5' is not a number; a value "
    "below 5 is CENS = 1",
    "ID,TIME,AMT,COMP\n1,0,5,1\n": (r"say covariates=\('COMP',\), or --covariates COMP"),
    "ID,TIME,AMT,EVID\n1,0,5,101\n": "'101' is not allowed .* are RxODE's: read evid='rxode'",
    "ID,TIME,AMT\n1,0,5\n2,0,5\n1,1,5\n": "row 4: ID 1 comes back after ID 2 .* end at row 2",
    "ID,TIME,AMT\n1,0,5,6\n": "row 2: has more fields than the header",
    "C,ID,TIME,AMT\nX,1,0,5\n": "row 2, column 'C': 'X' is not allowed",
    "ID,TIME,AMT\na,0,5\nC,0,5\n": "row 3: is 'C' a subject, or does it skip the row",
    'ID,TIME,AMT\n1,0,"5\n': "is not a CSV file in UTF-8",
    "ID,TIME,AMT\n1,0,\x00\n": "contains NUL|is not a number",
}


@pytest.mark.parametrize("text", TABLES)
def test_what_cannot_be_read(tmp_path: Path, text: str) -> None:
    """One error that names the file, the row and the column, and what is allowed."""
    with pytest.raises(RegimenError, match=TABLES[text]) as caught:
        read_events(write(tmp_path, text))
    assert "events.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    """No file, a folder, binary junk."""
    with pytest.raises(RegimenError, match="cannot be read: No such file"):
        read_events(tmp_path / "none.csv")
    with pytest.raises(RegimenError, match="cannot be read"):
        read_events(tmp_path)
    junk = tmp_path / "junk.csv"
    junk.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(RegimenError, match=r"junk.csv: is not a CSV file in UTF-8"):
        read_events(junk)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"time": "hou"}, UnitError, "'hou' is not a unit; did you mean 'hour'"),
        ({"time": "mg"}, UnitError, "cannot be given where 'day' is needed"),
        ({"amount": "mgg"}, UnitError, "'mgg' is not a unit"),
        ({"parameters": {"WTT": "w"}}, UnknownNameError, "'WTT'; did you mean 'WT'"),
        (
            {"rules": CompartmentRules(lag={"1": "LAG"})}, UnknownNameError,
            "unknown column for the lag of compartment 1: 'LAG'",
        ),
        (
            {"rules": CompartmentRules(lag={"gut": 5})}, UnknownNameError,
            "unknown compartment with a lag: 'gut'",
        ),
        (
            {"rules": CompartmentRules(lag={"1": "NONE"})}, RegimenError,
            "row 2: column 'NONE' holds no lag for this dose",
        ),
        ({"parameters": {"NONE": "w"}}, RegimenError, "'NONE' sets 'w' but has no value up to row"),
        (
            {"rules": CompartmentRules(bioavailability={"1": "MINUS"})}, RegimenError,
            "row 2: a bioavailability must be a number >= 0, got -1",
        ),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit(tmp_path: Path, arguments, kind, words: str) -> None:
    """Units, columns and compartments that are not there, values that are missing."""
    file = write(tmp_path, "ID,TIME,AMT,CMT,WT,NONE,MINUS\n1,0,5,1,70,.,-1\n")
    with pytest.raises(kind, match=words):
        read_events(file, **arguments)


def test_rules_that_are_none() -> None:
    """A lag is a number >= 0, or a column; compartment 2 is "2"."""
    assert CompartmentRules(lag={2: 0.5}) == CompartmentRules(lag={"2": 0.5})  # type: ignore[dict-item]
    for value in (-1, math.nan, None):
        with pytest.raises(PdmodelError, match="is neither a number >= 0 nor the name of a col"):
            CompartmentRules(lag={"1": value})  # type: ignore[dict-item]


def test_a_dose_column_beside_amt_is_a_covariate(tmp_path: Path) -> None:
    """Only a column that is missing is guessed; RACE, DUR2 and AST never are."""
    text = "ID,TIME,AMT,DOSE,RACE,DUR2,AST,ALT,AGE\n1,0,5,5,1,2,3,4,5\n"
    table = read_events(write(tmp_path, text))
    assert table.covariates == ("DOSE", "RACE", "DUR2", "AST", "ALT", "AGE")
    dropped = read_events(write(tmp_path, "ID,TIME,DOSE,ARM\n1,0,5,x\n"), drop=["DOSE", "ARM"])
    assert dropped.covariates == ()


def test_a_table_in_words(tmp_path: Path) -> None:
    """Its size and units; a subject that is not there is refused with the nearest."""
    table = full(tmp_path)
    assert "2 subjects, 6 records (time in hour, amounts in mg, covariates WT, BIOAV)" in repr(
        table
    )
    assert str(table["1"]) == "subject 1: event records (3, of which 1 give doses)"
    with pytest.raises(UnknownNameError, match="'tow'; did you mean 'two'"):
        table.subject("tow")


SEX = "ID,TIME,AMT,SEX,WT\n1,0,5,F,60\n1,1,5,.,61\n2,0,5,M,70\n"


def test_a_column_of_text_is_left_out_with_a_warning(tmp_path: Path) -> None:
    """The data set can be used; what is not read is named, once, and in the table."""
    path = tmp_path / "d.csv"
    path.write_text(SEX, encoding="utf-8")
    with pytest.warns(UserWarning, match="left out 'SEX': the column holds text") as told:
        table = read_events(path)
    assert len(told) == 1
    assert (table.left_out, table.covariates) == (("SEX",), ("WT",))
    assert read_events(path, drop=("SEX",)).left_out == ()


def test_a_column_of_text_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    """Nothing that sets a parameter is left out."""
    path = tmp_path / "d.csv"
    path.write_text(SEX, encoding="utf-8")
    with pytest.raises(RegimenError, match="row 2, column 'SEX': 'F' is not a number"):
        read_events(path, parameters={"SEX": "k"})


def test_rows_are_those_of_the_file(tmp_path: Path) -> None:
    """Blank lines, rows of empty cells and cells of several lines are counted, and skipped."""
    path = tmp_path / "d.csv"
    path.write_text('ID,TIME,AMT,DVID\n\n1,0,5,"a\nb"\n,,,\n1,x,5,a\n', encoding="utf-8")
    with pytest.raises(RegimenError, match="row 6, column 'TIME': 'x' is not a number"):
        read_events(path)


def test_a_column_to_leave_out_must_be_there() -> None:
    """A slip in `drop` would leave the column in, without a word."""
    frame = pd.DataFrame({"ID": [1], "TIME": [0], "AMT": [10], "WEIGHT": [70]})
    with pytest.raises(UnknownNameError, match="to leave out: 'WEIGTH'; did you mean 'WEIGHT'"):
        read_events(frame, drop=("WEIGTH",))
