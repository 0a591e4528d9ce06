"""Measurements from event tables: which rows count, and what is refused with which words."""

import math

import pandas as pd
import pytest

import pdmodel
from pdmodel.errors import PdmodelError
from pdmodel.inference.courses.error_models import AdditiveError, LogNormalError
from pdmodel.inference.courses.reading import read_measurements

HEADER = ("ID", "TIME", "AMT", "EVID", "DV", "DVID", "CENS", "LIMIT", "MDV")
DOSE = (1, 0, 10, 1, ".", ".", 0, ".", 1)


def table(*rows):
    """Return an event table with one dose and some rows."""
    return pd.DataFrame([DOSE, *rows], columns=list(HEADER), dtype=object)


def value(day, dv, dvid="il6", cens=0, limit=".", mdv=0, subject=1):
    """Return a row that measures."""
    return (subject, day, ".", 0, dv, dvid, cens, limit, mdv)


def read(frame, observed=None, error=None):
    """Read it for the reference model."""
    observed = observed or {"il6": "il6"}
    return read_measurements(frame, observed, error, pdmodel.load("reference"))


def test_each_kind_of_row_is_read_as_what_it_says():
    """Values, both sides of censoring, and intervals; what is only to be predicted is not."""
    rows = read(
        table(
            value(1, 5), value(2, 3, cens=1), value(3, 3, cens=1, limit=1),
            value(4, 90, cens=-1), value(5, "."), value(6, 7, mdv=1),
        )
    ).rows  # fmt: skip
    assert rows["day"].tolist() == [1, 2, 3, 4]
    assert rows["censored"].tolist() == ["", "below", "below", "above"]
    assert rows["low"].tolist()[1:] == [-math.inf, 1, 90]
    assert rows["high"].tolist()[1:] == [3, 3, math.inf]
    assert rows["row"].tolist() == [3, 4, 5, 6]


def test_an_observation_before_a_dose_of_its_time_is_before_it():
    """The row's own side of a dose is kept, and screening values are those before day 0."""
    frame = pd.DataFrame(
        [(1, -7, ".", 0, 4), (1, 0, ".", 0, 5), (1, 0, 10, 1, "."), (1, 0, ".", 0, 6)],
        columns=["ID", "TIME", "AMT", "EVID", "DV"], dtype=object,
    )  # fmt: skip
    measured = read(frame, "il6")
    assert measured.rows["after"].tolist() == [False, False, True]
    assert measured.rows["day"].tolist() == [-7, 0, 0]
    assert measured.days("1").tolist() == [0, 0, 0]


def test_analytes_are_found_whatever_their_case_and_may_be_left_out():
    """IL6 stands for il6; None leaves an analyte out; a wide table is read by its columns."""
    frame = table(value(1, 5), value(1, 2, "TNF"))
    assert read(frame, {"IL6": "il6", "tnf": None}).rows["quantity"].tolist() == ["il6"]
    wide = pd.DataFrame(
        [(1, 0, 10, ".", "."), (1, 1, ".", "5", "<2"), (1, 2, ".", ".", "3")],
        columns=["ID", "TIME", "AMT", "IL6", "TNF"], dtype=object,
    )  # fmt: skip
    measured = read(wide, {"IL6": "il6", "TNF": "tnf"})
    assert measured.rows["quantity"].tolist() == ["il6", "tnf", "tnf"]
    assert measured.counts()["below"].tolist() == [0, 1]


def test_what_readers_should_know_is_noted():
    """Subjects without a value are kept and said; so are two values of one time."""
    other = (2, 0, 10, 1, ".", ".", 0, ".", 1)
    measured = read(table(value(1, 5), value(1, 6), other))
    assert measured.notes == (
        "ID 2 has no measured value and counts for nothing",
        "ID 1 has 2 values of il6 at day 1 (rows 3, 4); all count",
    )
    assert list(measured.subjects) == ["1", "2"]
    assert measured.measured == ("1",)


@pytest.mark.parametrize(
    ("frame", "observed", "error", "words"),
    [
        (table(value(1, ".")), None, None, "holds no measured value"),
        (table(value(1, 5)), {"il6": "il7"}, None, "no quantity 'il7'.*did you mean 'il6'"),
        (table(value(1, 5)), {"il8": "il6"}, None, "analyte of table.*il8"),
        (table(value(1, 5), value(1, 5, "tnf")), None, None, "'tnf' is not named in observed"),
        (table(value(1, 5, ".")), None, None, "analyte of table"),
        (table(value(1, 0)), None, None, "row 3: ID 1 has il6 = 0, which has no logarithm"),
        (table(value(1, 3, cens=1)), None, None, "all 1 values of 'il6' are censored"),
        (table(value(1, 5)), None, {"tnf": AdditiveError()}, "quantity of the error models"),
        (table(value(1, 5)), None, {"il6": 0.3}, "is an error model such as"),
        (table(value(1, 5)), {}, None, "observed"),
        ("missing.csv", {"il6": "il6"}, None, "missing.csv"),
        (3, {"il6": "il6"}, None, "data must be an event table"),
    ],
)
def test_what_cannot_be_fitted_is_refused(frame, observed, error, words):
    """One message that names the file, the row or the analyte, and what can be done."""
    with pytest.raises(PdmodelError, match=words):
        read_measurements(
            frame, {"il6": "il6"} if observed is None else observed, error,
            pdmodel.load("reference"),
        )  # fmt: skip


def test_all_censored_is_allowed_where_the_error_is_held():
    """A limit alone says something once it is known how far a value errs."""
    measured = read(table(value(1, 3, cens=1)), error=LogNormalError(0.3, fixed=True))
    assert measured.counts()["values"].tolist() == [0]
