"""Target tables: the shipped one is pinned; a bad one gives an error that names the place."""

import csv
import math
import re
from dataclasses import replace

import pytest

from pdmodel import catalogue
from pdmodel.errors import TargetError
from pdmodel.inference import FitProblem, Target, read_targets
from pdmodel.inference.targets.thresholds import moved_thresholds
from tests.inference.conftest import short_targets

NONE = math.nan
# id, group, kind, low, high as the question states them
RESPONSE = [
    ("il6_r_d7", "responder", "fold_change", 0.7, 1.5),
    ("il6_r_d28", "responder", "fold_change", 0.7, 1.5),
    ("il6_nr_d7", "nonresponder", "fold_change", 2, NONE),
    ("il6_nr_d28", "nonresponder", "fold_change", 2, NONE),
    ("tnf_r_d7", "responder", "fold_change", 0.7, 1.4),
    ("tnf_r_d28", "responder", "fold_change", 0.7, 1.4),
    ("tnf_nr_d7", "nonresponder", "fold_change", 0.7, 1.4),
    ("tnf_nr_d28", "nonresponder", "fold_change", 0.7, 1.4),
    ("tnf_ratio", "responder/nonresponder", "ratio", 1.6, 2.5),
    ("spd_r", "responder", "best", NONE, 0.5),
    ("alc_r", "responder", "best", NONE, 0.5),
    ("spd_nr", "nonresponder", "best", 0.5, NONE),
    ("best_r", "responder", "time_to_best", 180, 270),
    ("flare_onset", "node_7cm", "onset", NONE, 1),
    ("flare_duration", "node_7cm", "duration", 10, 26),
    ("flare_small", "node_3cm", "peak", NONE, 0.4),
    ("flare_equal", "responder/nonresponder", "peak_difference", -0.1, 0.1),
    ("tcell_r", "responder", "fold_change", 0.95, NONE),
    ("tcell_nr", "nonresponder", "fold_change", 0.95, NONE),
    ("anc_r", "responder", "nadir", 0.5, 1.5),
    ("anc_nr", "nonresponder", "nadir", 0.5, 1.5),
    ("il6_myeloma", "myeloma_like", "fold_change", NONE, 0.95),
]


def test_response_targets_are_those_of_the_question():
    """Ids, groups, kinds and bounds."""
    read = read_targets(catalogue.find_data("response.csv"))
    found = [(t.id, t.group, t.kind, t.low, t.high) for t in read]
    assert [row[:3] for row in found] == [row[:3] for row in RESPONSE]
    for row, expected in zip(found, RESPONSE, strict=True):
        assert row[3:] == pytest.approx(expected[3:], nan_ok=True), row[0]


def test_response_targets_carry_days_thresholds_statuses_and_sources():
    """Days of the cytokines, flare thresholds; assumed bounds say over which range they move."""
    read = {t.id: t for t in read_targets(catalogue.find_data("response.csv"))}
    assert [read[f"il6_nr_d{day}"].day for day in (7, 28)] == [7, 28]
    assert read["tcell_r"].day == 84
    assert read["flare_onset"].threshold == read["flare_duration"].threshold == 0.15
    assert read["best_r"].threshold == 0.1
    assert read["il6_nr_d7"].low_range == "1.5-5"
    for target in read.values():
        assert target.direction_status == "reported"
        assert target.source
        if target.threshold_status == "assumed":
            assert target.low_range or target.high_range, target.id
            assert bool(target.low_range) == (not math.isnan(target.low)), target.id


def test_assumed_ranges_hold_their_bound():
    """The default lies within the range over which it will be moved."""
    for target in read_targets(catalogue.find_data("response.csv")):
        for bound, text in ((target.low, target.low_range), (target.high, target.high_range)):
            if text:
                start, _, end = text[1:].partition("-")
                low, high = float(text[0] + start), float(end)
                assert low <= bound <= high, target.id


def write(path, **changes):
    """Write a table of one good row with some cells changed; a column set to None is left out."""
    row = {
        "id": "a", "group": "responder", "observable": "il6", "kind": "fold_change", "day": "7",
        "low": "0.5", "high": "2", "direction_status": "reported", "threshold_status": "assumed",
        "source": "x",
    } | changes  # fmt: skip
    row = {column: cell for column, cell in row.items() if cell is not None}
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row)
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"low": None}, ["column 'low' is missing"]),
        ({"low": "much"}, ["row 2", "column 'low'", "'much' is not a number"]),
        ({"low": "inf"}, ["row 2", "column 'low'", "not a finite number"]),
        ({"low": "3"}, ["row 2", "low 3 is above high 2"]),
        ({"kind": "fold_chang"}, ["row 2", "column 'kind'", "did you mean 'fold_change'"]),
        ({"scale": "logg"}, ["column 'scale'", "did you mean 'log'"]),
        ({"direction_status": "sure"}, ["column 'direction_status'", "reported"]),
        ({"day": ""}, ["column 'day'", "needs a day"]),
        ({"day": "-1"}, ["column 'day'", ">= 0"]),
        ({"kind": "onset"}, ["column 'threshold'", "needs a threshold"]),
        ({"kind": "ratio"}, ["column 'group'", "needs 2 groups"]),
        ({"low": "-1"}, ["column 'low'", "must be > 0 on the log scale"]),
        ({"low": "", "high": ""}, ["either low and/or high, or value with sigma"]),
        ({"id": ""}, ["column 'id'", "is empty"]),
        ({"dayz": "7"}, ["column 'dayz' is unknown", "did you mean 'day'"]),
        ({"softness": "0"}, ["column 'softness'", "> 0"]),
    ],
)
def test_a_bad_cell_is_named(tmp_path, changes, words):
    """File, row, column, what is allowed, the nearest match."""
    path = write(tmp_path / "targets.csv", **changes)
    with pytest.raises(TargetError) as caught:
        read_targets(path)
    for word in ["targets.csv", *words]:
        assert word in str(caught.value)


def test_double_ids_are_refused(tmp_path):
    """Two rows of one name could not be told apart in a report."""
    path = write(tmp_path / "t.csv")
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    with pytest.raises(TargetError, match=r"row 3 \(a\), column 'id'.* also at .*row 2"):
        read_targets(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"id,group\n"])
def test_files_that_are_no_table_are_refused(tmp_path, content):
    """Empty, binary, header only."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TargetError, match=r"t\.csv"):
        read_targets(path)


def test_missing_file_names_the_published_ones():
    """The nearest published file is offered."""
    with pytest.raises(Exception, match=r"did you mean 'response.csv'"):
        FitProblem(
            "reference",
            "respons.csv",
            regimen="10 mg daily",
            differ=["tone"],
            days=336,
            visit_interval=28,
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"observable": "il66"}, ["column 'observable'", "unknown observable 'il66'", "il6"]),
        ({"group": "respnder"}, ["column 'group'", "did you mean 'responder'"]),
        ({"day": "400"}, ["column 'day'", "after the end of the run"]),
    ],
)
def test_what_only_the_model_can_refuse_is_named_as_well(tmp_path, changes, words):
    """Observable, group and horizon are checked against model, patients and run."""
    path = write(tmp_path / "targets.csv", **changes)
    with pytest.raises(TargetError) as caught:
        FitProblem(
            "reference", path, regimen="10 mg daily", differ=["tone"], days=336, visit_interval=28
        )
    for word in ["targets.csv", "row 2", *words]:
        assert word in str(caught.value)


def test_targets_can_be_given_as_objects():
    """No file is needed."""
    given = short_targets()
    used = FitProblem("reference", given, days=7, regimen="10 mg daily", differ=["tone"]).targets
    assert all(one is other for one, other in zip(used, given, strict=True))


def test_moved_bounds_tell_fragile_verdicts_from_firm_ones():
    """A fold of 3 meets >= 2; moved over 1.5 to 5 it is met up to 3, over 1.5 to 2.5 throughout."""
    row = replace(short_targets()[0], low=2.0, high=NONE)
    ranges = {"1.5-5": "met up to 3", "1.5-2.5": "met throughout"}
    for text, verdict in ranges.items():
        table = moved_thresholds([replace(row, low_range=text)], [3.0])
        assert table["verdict"].tolist() == [verdict]
    missed = moved_thresholds([replace(row, low_range="1.5-5")], [1.0])
    assert missed["verdict"].tolist() == ["missed throughout"]
    assert moved_thresholds([row], [3.0]).empty
    assert moved_thresholds([replace(row, low=6.0, low_range="1.5-5")], [3.0]).empty


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"low": 2, "high": 2}, "'low': low and high are both 2: for one value, give value with"),
        ({"low": 0, "high": 0, "scale": "linear"}, "'low': low and high are both 0"),
        ({"low": 0, "scale": "linear"}, "'softness': a bound of 0 has no size of its own"),
        ({"value": 0, "sigma": 1}, "'value': must be > 0 on the log scale, got 0"),
        ({"low": 1, "kind": "onset", "threshold": 0}, "measures by its threshold"),
        ({"low": 1, "kind": "time_to_best", "threshold": -1}, "is >= 0, got -1"),
        ({"low": 1, "threshold": 2}, "'threshold': kind 'level' looks at none, got 2"),
        ({"low": 1, "low_range": "0.5 to 2"}, "'low_range': '0.5 to 2' is no range: write the two"),
        ({"low": 1, "high_range": "2-5"}, "'high_range': moves 'high', and there is none"),
    ],
)
def test_a_target_without_size_is_refused_where_it_is_made(said, words):
    """With its id: a fit would end in a logarithm or a quotient of nothing."""
    cells = {"kind": "level", **said}
    with pytest.raises(TargetError, match=re.escape(words)) as refused:
        Target("mine", "arm", "x", day=1, source="s", **cells)
    assert "(mine)" in str(refused.value)
