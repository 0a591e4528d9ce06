"""Predictions: read from words, refused where no fit could make them."""

import math

import pytest

from pdmodel.errors import InputError
from pdmodel.inference import Target, profile_predictions, read_prediction
from pdmodel.inference.profile.run_predictions import find_predictions
from tests.inference.conftest import short_targets
from tests.toys import one_compartment
from tests.toys.profiles import toy


@pytest.mark.parametrize(
    ("text", "day", "threshold", "scale"),
    [
        ("one:concentration:level:2.5", 2.5, math.nan, "log"),
        ("one:concentration:nadir", math.nan, math.nan, "log"),
        ("a/b:concentration:peak_difference:3", 3.0, math.nan, "linear"),
        ("one:concentration:duration:3:threshold=0.2", 3.0, 0.2, "log"),
        ("one:concentration:onset:threshold=0.2:scale=linear", math.nan, 0.2, "linear"),
    ],
)
def test_words_become_a_target_without_bounds(text, day, threshold, scale):
    """The id is the text; what is not said is not there."""
    found = read_prediction(text)
    group, observable, kind = text.split(":")[:3]
    assert found == Target(text, group, observable, kind, found.day, found.threshold, scale=scale)
    assert (found.day, found.threshold) == pytest.approx((day, threshold), nan_ok=True)
    assert math.isnan(found.low)
    assert math.isnan(found.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "one:concentration",
            "is not GROUP:OBSERVABLE:KIND.*write e.g. one:concentration:fold_change:",
        ),
        ("one::level:1", "is not GROUP:OBSERVABLE:KIND"),
        ("one:concentration:threshold=1:level", "is not GROUP:OBSERVABLE:KIND"),
        ("one:concentration:levle:1", "did you mean 'level'"),
        ("one:concentration:level:noon", "day 'noon' is not a number"),
        ("one:concentration:level:1:thresold=1", "did you mean 'threshold'"),
        ("one:concentration:level:1:scale=logs", "did you mean 'log'"),
        ("one:concentration:onset:1:threshold=x", "threshold 'x' is not a number"),
        ("one:concentration:level:1:scale=log:scale=log", "gives 'scale' twice"),
        ("oen:concentration:level:1", "unknown group.*did you mean 'one'"),
        ("one:concentratio:level:1", "unknown observable.*did you mean 'concentration'"),
        ("one:concentration:level", "needs a day"),
        ("one:concentration:level:4", "day 4 is after the end of the run, day 3"),
        ("one:concentration:level:-1", "'day': must be >= 0"),
        ("one:concentration:onset:1", "needs a threshold"),
        ("one:concentration:ratio:1", "needs 2 group"),
        ("one:concentration:best:2", "does not say how many days lie between them: visit_interval"),
        ("one:gut:level:1", "is 0 at the best fit.*scale=linear"),
    ],
)
def test_what_cannot_be_predicted_is_refused(tmp_path, text, message):
    """One line that names the prediction; nothing is written."""
    with pytest.raises(InputError, match=message) as caught:
        profile_predictions(toy(), {"volume": 20.0}, [text], out=tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_what_is_seen_at_no_visit_is_refused(tmp_path):
    """A day before the first visit: nothing has been seen by then."""
    with pytest.raises(InputError, match="day 2 is before the first visit, day 3"):
        profile_predictions(
            toy(visit_interval=3), {"volume": 20.0}, ["one:concentration:best:2"],
            out=tmp_path / "out",
        )  # fmt: skip


def test_none_and_twice_are_refused():
    """Something is asked, and once."""
    with pytest.raises(InputError, match="at least one prediction"):
        find_predictions(toy(), [])
    one = "one:concentration:level:1"
    with pytest.raises(InputError, match="asked twice"):
        find_predictions(toy(), [one, read_prediction(one)])
    with pytest.raises(InputError, match="no parameter varies"):
        profile_predictions(toy(free=()), {}, [one])


def test_units_are_those_of_what_is_looked_at():
    """Concentration, days, or a plain number."""
    kinds = {"level:1": "mg/L", "peak": "mg/L", "fold_change:1": "1", "best:28": "1",
             "onset:1:threshold=1": "day", "time_to_best:28:threshold=1": "day"}  # fmt: skip
    for kind, unit in kinds.items():
        assert read_prediction(f"one:concentration:{kind}").unit(one_compartment()) == unit


def test_a_target_is_a_prediction_too():
    """Its bounds are not read."""
    (target,) = find_predictions(toy(), [Target("c", "one", "concentration", "level", day=1.0)])
    assert target.id == "c"
    assert short_targets()[0].low == 3.5
