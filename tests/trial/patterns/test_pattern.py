"""Patterns, computed by hand, and tables that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pdmodel.errors import InputError
from pdmodel.inference.targets.residuals import window_residual
from pdmodel.storage import describe
from pdmodel.trial import judge, read_patterns
from pdmodel.trial.patterns.pattern import REPLICATES, Pattern, exact_interval
from pdmodel.trial.patterns.soft import residual, smooth_value

HEADER = "id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning\n"
OUTCOMES = pd.DataFrame(
    {
        "answer": [1, 1, 0, 0, 0, 0, 0, 0.0],
        "large": [1, 0, 1, 0, 0, 0, 0, 0.0],
        "small": [0, 1, 0, 1, 1, 1, 1, 1.0],
        "fold": [1, 2, 3, 4, 5, np.nan, 7, 8],
    }
)


def table(folder: Path, *rows: str) -> Path:
    """Write a table of patterns."""
    file = folder / "patterns.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_values_by_hand(tmp_path: Path) -> None:
    """A rate, a median of a group, a ratio of means, a difference of rates."""
    file = table(
        tmp_path,
        "a,t,rate,answer,,,,2,8,1,predict,reported,X,answers",
        "b,t,median,fold,small,3,5,,8,1,predict,assumed,X,fold",
        "c,t,ratio,fold,small/large,,,,8,1,predict,assumed,X,ratio",
        "d,t,difference,answer,large/small,0.4,,,8,1,predict,assumed,X,difference",
    )
    found = judge(read_patterns(file), OUTCOMES).set_index("id")
    assert found["model"].tolist() == pytest.approx([0.25, 5, 26 / 5 / 2, 0.5 - 1 / 6])
    assert found["inside"].tolist() == [True, True, True, False]
    assert found.loc["a", "low"] == pytest.approx(0.0319, abs=1e-4)
    assert (found["model_low"] <= found["model"]).all()
    assert (found["model_high"] >= found["model"]).all()


def test_replicates_are_binomial(tmp_path: Path) -> None:
    """Of a rate of 0.3, trials of 44 show what the binomial distribution says."""
    outcomes = pd.DataFrame({"answer": np.arange(1000) < 300}).astype(float)
    (pattern,) = read_patterns(table(tmp_path, "a,t,rate,answer,,,,14,44,1,predict,reported,X,m"))
    drawn = pattern.replicates(outcomes, seed=1)
    assert drawn.mean() == pytest.approx(0.3, abs=0.012)
    assert drawn.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 44), rel=0.1)


@pytest.mark.parametrize(
    ("kind", "groups"),
    [("rate", ()), ("median", ("a",)), ("ratio", ("a", "b")), ("difference", ("a", "b"))],
)
@pytest.mark.parametrize("size", [1, 44, 300])
def test_replicates_are_those_of_one_trial_after_another(
    kind: str, groups: tuple[str, ...], size: int
) -> None:
    """Taken together they have every digit of the value that each trial has on its own."""
    random = np.random.default_rng(4)
    outcomes = pd.DataFrame(
        {
            "x": np.where(random.random(500) < 0.1, np.nan, random.lognormal(0, 2, 500)),
            "a": random.random(500) < 0.4, "b": random.random(500) < 0.03,
        }
    ).astype(float)  # fmt: skip
    pattern = Pattern(
        "p", "t", kind, "x", groups, 0.0, 1.0, None, size, "1", "predict", "assumed", "X", "m"
    )
    rows = np.random.default_rng([7, *b"p"]).integers(0, 500, (REPLICATES, size))
    alone = [pattern.value(outcomes.iloc[row]) for row in rows]
    np.testing.assert_array_equal(pattern.replicates(outcomes, 7), alone)


def test_an_empty_group_is_no_number(tmp_path: Path) -> None:
    """Nobody answers: the median of responders is missing, and not inside."""
    nobody = OUTCOMES.assign(answer=0.0)
    patterns = read_patterns(table(tmp_path, "b,t,median,fold,answer,0,9,,8,1,predict,assumed,X,f"))
    found = judge(patterns, nobody)
    assert np.isnan(found["model"][0])
    assert not found["inside"][0]


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_a_median_is_calibrated_alike_in_any_unit(tmp_path: Path, size: float) -> None:
    """Its smooth twin, a geometric mean, and its residual: a range from 0 has no lower edge."""
    outcomes = OUTCOMES.assign(amount=size * np.linspace(1.0, 4.0, len(OUTCOMES)))
    rows = [
        f"m,t,median,amount,,{low * size},{2 * size},,8,1,calibrate,reported,X,m" for low in (1, 0)
    ]
    expected = float(np.exp(np.log(np.linspace(1.0, 4.0, len(OUTCOMES))).mean()))
    for row, low in zip(rows, (0.0, -np.inf), strict=True):
        (pattern,) = read_patterns(table(tmp_path, row))
        value = smooth_value(pattern, outcomes, {})
        assert value == pytest.approx(expected * size)
        wanted = window_residual(np.log(expected), low, np.log(2), 0.1)
        assert residual(pattern, value) == pytest.approx(wanted, rel=1e-9)


def test_exact_interval() -> None:
    """14 of 44, as published tables have it."""
    assert exact_interval(14, 44) == pytest.approx((0.186, 0.476), abs=5e-4)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,t,rat,answer,,,,2,8,1,predict,reported,X,m", "row 2, column kind.*did you mean 'rate'"),
        ("a,t,rate,answer,x/y,,,2,8,1,predict,reported,X,m", "row 2, column group"),
        ("a,t,ratio,answer,x,,,,8,1,predict,reported,X,m", "row 2, column group"),
        ("a,t,rate,answer,,,,9,8,1,predict,reported,X,m", "row 2, column events: 9 of 8"),
        ("a,t,rate,answer,,,,2,0,1,predict,reported,X,m", "row 2, column n"),
        ("a,t,median,fold,,5,3,,8,1,predict,reported,X,m", "row 2, column low: 5 lies above"),
        ("a,t,median,fold,,x,3,,8,1,predict,reported,X,m", "row 2, column low"),
        ("a,t,median,fold,,3,3,,8,1,calibrate,reported,X,m", "low: low and high are both 3"),
        ("a,t,median,fold,,,0,,8,1,calibrate,reported,X,m", "high: a median is calibrated on the"),
        ("a,t,median,fold,,1,3,,8,1,later,reported,X,m", "row 2, column use"),
    ],
)
def test_tables_that_are_wrong(tmp_path: Path, row: str, message: str) -> None:
    """File, row and column are named."""
    with pytest.raises(InputError, match=message):
        read_patterns(table(tmp_path, row))


def test_reports_without_a_grade_may_be_read_otherwise(tmp_path: Path) -> None:
    """Outcome and groups of those only; what has a grade, and the patterns themselves, stay."""
    file = table(
        tmp_path,
        "a,t,rate,answer,,,,2,8,1,predict,reported,X,answers,unreported",
        "b,t,difference,answer,answer/small,0,,,8,1,predict,assumed,X,difference,unreported",
        "c,t,rate,answer,,,,2,8,1,predict,reported,X,answers,3-4",
    )
    file.write_text(file.read_text().replace(",meaning\n", ",meaning,grade\n"))
    patterns = read_patterns(file)
    assert [pattern.grade for pattern in patterns] == ["unreported", "unreported", "3-4"]
    read = [pattern.read_as({"answer": "large"}) for pattern in patterns]
    assert [(p.outcome, p.groups) for p in read] == [
        ("large", ()), ("large", ("large", "small")), ("answer", ()),
    ]  # fmt: skip
    assert [pattern.read_as({}) for pattern in patterns] == patterns
    assert judge(read, OUTCOMES)["grade"].tolist() == ["unreported", "unreported", "3-4"]
    # Where nobody says a grade there is no column, and a folder of before reads as it did.
    assert "grade" not in judge(read_patterns(table(tmp_path, GRADELESS)), OUTCOMES)
    assert "grade" not in describe(patterns[0])


GRADELESS = "a,t,rate,answer,,,,2,8,1,predict,reported,X,answers"


def test_a_median_of_what_never_comes_has_an_interval(tmp_path: Path) -> None:
    """Infinite days in a third of the patients: some replicates never get there, and say so."""
    file = table(tmp_path, "a,t,median,day,,,,,9,day,predict,assumed,X,days")
    days = pd.DataFrame({"day": [1, 2, 3, 4, 5, 6, np.inf, np.inf, np.inf]})
    found = judge(read_patterns(file), days).iloc[0]
    assert found["model"] == 5
    assert found["model_low"] < 5
    assert found["model_high"] == np.inf
