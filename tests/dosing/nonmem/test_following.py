"""Doses that follow parameters of the model: when and how much, and what is refused."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pdmodel.dosing import CompartmentRules, Subject, read_events
from pdmodel.errors import InputError, PdmodelError, RegimenError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary


def lagged() -> Model:
    """Return a depot and a centre, with parameters that doses may follow, in units of their own."""
    q = Vocabulary()
    wide: dict[str, Any] = {"bounds": (-9999, 9999), "meaning": "a number", "source": ASSUMED}
    k = q.parameter("k", unit="1/day", value=2, **wide)
    numbers = (
        ("tlag", "hour", 6), ("part", "1", 0.5), ("length", "hour", 12), ("speed", "ug/hour", 1000),
        ("weight", "kg", 70),
    )  # fmt: skip
    followed = [q.parameter(name, unit=unit, value=v, **wide) for name, unit, v in numbers]
    depot = q.state("depot", unit="mg", initial=0, meaning="depot")
    centre = q.state("centre", unit="mg", initial=0, meaning="centre")
    seen = q.observable("seen", unit="mg", meaning="seen")
    q.slot("pk", meaning="drug", states=(depot, centre), defines=(seen,))
    pk = Mechanism(
        "pk", slot="pk", claim="it comes and goes", doses={"oral": depot, "iv": centre},
        processes={"in": {depot: -k * depot, centre: k * depot}, "out": {centre: -k * centre}},
        defines={seen: centre}, dose_parameters=tuple(followed),
    )  # fmt: skip
    return Model("lagged", q, [pk])


def subject(rules: CompartmentRules, **columns: Any) -> Subject:
    """Return a subject who is given 10 mg into the depot at day 1, unless columns say otherwise."""
    row = {"ID": 1, "TIME": 1.0, "AMT": 10.0, "CMT": "depot", "RATE": 0.0, "EVID": 1, "DV": "."}
    frame = pd.DataFrame([row | columns, row | {"TIME": 3.0, "AMT": 0, "EVID": 0, "RATE": 0}])
    return read_events(frame, time="day", rules=rules)["1"]


def test_numbers_come_from_parameters_in_their_units() -> None:
    """A lag of 6 hours is a quarter of a day; half of 10 mg arrives."""
    given = subject(
        CompartmentRules(
            lag={"depot": "parameter:tlag"}, bioavailability={"depot": "parameter:part"}
        )
    )
    assert given.follows == ("tlag", "part")
    dose, *_ = given.at({"tlag": 6, "part": 0.5}, lagged()).actions(3)
    assert (dose.time, dose.amount) == (1.25, 5.0)
    # by tlag a 24th of a day an hour; by the part all of the 10 mg
    (by_lag, day, amount), by_part = dose.slopes
    assert (by_lag, amount) == ("tlag", 0.0)
    assert day == pytest.approx(1 / 24)
    assert by_part == ("part", 0.0, 10.0)


def test_an_infusion_follows_its_duration_or_its_rate() -> None:
    """RATE -2: 12 hours; RATE -1: 1000 ug an hour are 24 mg a day. F changes what is not given."""
    rules = CompartmentRules(
        duration={"depot": "parameter:length"}, rate={"depot": "parameter:speed"},
        bioavailability={"depot": "parameter:part"},
    )  # fmt: skip
    values = {"length": 12, "speed": 1000, "part": 0.5}
    first, last = subject(rules, RATE=-2).at(values, lagged()).actions(3)
    assert (first.time, last.time, first.amount) == (1.0, 1.5, 10.0)
    by_part, by_length = sorted(last.slopes, reverse=True)
    assert list(by_part[1:]) == pytest.approx([0.0, -20.0])
    assert list(by_length[1:]) == pytest.approx([1 / 24, 10 / 0.5 / 24])
    first, last = subject(rules, RATE=-1).at(values, lagged()).actions(3)
    assert [first.amount, last.time] == pytest.approx([24.0, 1 + 5 / 24])
    by_speed, by_part = sorted(last.slopes, reverse=True)
    assert by_speed[1] == pytest.approx(-5 / 24**2 * 0.024)
    assert by_part[1] == pytest.approx(10 / 24)
    assert by_part[2] == pytest.approx(0, abs=1e-6)  # but for the rounding of its end


def test_without_values_there_is_no_day_and_no_amount() -> None:
    """Who asks for actions is told which parameter is missing; words say what follows it."""
    given = subject(CompartmentRules(lag={"depot": "parameter:tlag"}))
    for ask in (given.actions, given.prescribed):
        with pytest.raises(RegimenError, match=r"the lag of the dose at day 1 follows.*'tlag'"):
            ask(3)
    assert "its lag follows tlag" in str(given.describe(3))
    assert "arrives 0.25 days late" in str(given.at({"tlag": 6.0}, lagged()).describe(3))


@pytest.mark.parametrize(
    ("rules", "values", "words"),
    [
        ({"lag": "tlagg"}, {}, "parameter of model 'lagged' that a dose follows: 'tlagg'"),
        ({"lag": "weight"}, {"weight": 1}, "the lag of a dose follows 'weight'"),
        ({"lag": "tlag"}, {"tlag": -1}, "the lag of the dose at day 1 follows 'tlag' = -1 hour"),
        ({"duration": "length"}, {"length": 0}, "must be > 0"),
        ({"bioavailability": "tlag"}, {"tlag": 1}, "bioavailability of a dose follows 'tlag'"),
    ],
)
def test_what_no_dose_can_follow_is_refused(
    rules: dict[str, str], values: dict[str, float], words: str
) -> None:
    """An unknown name, another unit, a value below what can be given: each in words."""
    named = {kind: {"depot": f"parameter:{name}"} for kind, name in rules.items()}
    given = subject(CompartmentRules(**named), RATE=-2 if "duration" in rules else 0)
    with pytest.raises(PdmodelError, match=words):
        given.at(values, lagged())


def test_a_covariate_cannot_set_what_a_dose_follows() -> None:
    """Two would decide on one number."""
    frame = pd.DataFrame(
        {"ID": 1, "TIME": [0.0], "AMT": 10, "CMT": "depot", "EVID": 1, "DV": ".", "LAG": 3.0}
    )
    table = read_events(
        frame, time="day", rules=CompartmentRules(lag={"depot": "parameter:tlag"}),
        parameters={"LAG": "tlag"},
    )  # fmt: skip
    with pytest.raises(RegimenError, match="'tlag' is followed by doses and set by a covariate"):
        table["1"].at({"tlag": 3.0}, lagged())


def test_rules_name_columns_numbers_or_parameters() -> None:
    """A column of another name is still refused; a compartment nobody doses too."""
    with pytest.raises(UnknownNameError, match="column for the lag"):
        subject(CompartmentRules(lag={"depot": "tlag"}))
    with pytest.raises(UnknownNameError, match="compartment with a lag"):
        subject(CompartmentRules(lag={"gut": "parameter:tlag"}))
    with pytest.raises(InputError, match="parameter:NAME"):
        CompartmentRules(lag={"depot": -1.0})
    with pytest.raises(RegimenError, match="takes no lag time"):
        subject(CompartmentRules(lag={"depot": "parameter:tlag"}), SS=1, RATE=5.0, AMT=0.0)
