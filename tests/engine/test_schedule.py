"""Schedules: doses become edges, each amount into its state in the state's unit."""

from __future__ import annotations

import numpy as np
import pytest

from pdmodel.dosing import Dose, Regimen, daily, no_drug, once, pack, read_regimen
from pdmodel.engine.schedule import make_schedule, snap
from pdmodel.errors import RegimenError
from tests.toys import one_compartment, rate_of_change

GUT, PLASMA = 0, 1
MODEL = one_compartment()


def test_a_run_without_doses_has_one_edge() -> None:
    """At day 0, where nothing is given."""
    schedule = make_schedule(MODEL, no_drug(), 10)
    assert [edge.time for edge in schedule.edges] == [0]
    assert not schedule.edges[0].bolus.any()
    assert not schedule.edges[0].rates.any()
    assert schedule.prescribed == {}


def test_boluses_go_where_their_drug_goes() -> None:
    """Amounts are converted; two at one time are added; the first drug is meant by none."""
    regimen = daily(10) + daily(0.002, "iv", unit="g") + daily(5, "oral", start=1)
    schedule = make_schedule(MODEL, regimen, 2)
    assert [edge.time for edge in schedule.edges] == [0, 1]
    assert schedule.edges[0].bolus.tolist() == [10, 2]
    assert schedule.edges[1].bolus.tolist() == [15, 2]
    assert schedule.prescribed == {"oral": 25, "iv": 4}


def test_infusions_overlap_and_end_exactly() -> None:
    """Rates are sums of what runs, so nothing is left over when the last one ends."""
    regimen = Regimen(doses=tuple(Dose(n / 10, "iv", 0.1 + n, duration=0.3) for n in range(9)))
    edges = make_schedule(MODEL, regimen, 5).edges
    running = [edge.rates[PLASMA] for edge in edges]
    assert len(edges) == 12
    assert running[0] == pytest.approx(0.1 / 0.3)
    assert running[4] == pytest.approx((2.1 + 3.1 + 4.1) / 0.3)
    assert running[-1] == 0.0
    assert not any(edge.rates[GUT] for edge in edges)


def test_the_end_of_the_run_cuts_an_infusion() -> None:
    """Only what goes in before the end counts; a dose at the end is not given."""
    schedule = make_schedule(MODEL, once(Dose(1, "iv", 10, duration=2)), 2)
    assert schedule.prescribed == {"iv": 5}
    assert [edge.time for edge in schedule.edges] == [0, 1]
    assert make_schedule(MODEL, once(Dose(2, "iv", 10)), 2).prescribed == {}


def test_times_a_rounding_apart_are_one() -> None:
    """`0.1 + 0.2` is 0.3, and a dose a rounding before the end is at the end."""
    schedule = make_schedule(MODEL, daily(10, start=0.3) + daily(5, start=0.1 + 0.2), 2)
    assert [edge.time for edge in schedule.edges] == [0, 0.3, 1.3]
    late = once(Dose(np.nextafter(2, 0), "", 10))
    assert make_schedule(MODEL, late, 2).prescribed == {}
    thirds = pack((9,), "iv", times_a_day=3, start=2 / 3)
    assert len(make_schedule(MODEL, thirds + daily(1, "iv", times_a_day=3), 3).edges) == 9
    assert snap(np.array([0.1 + 0.2, 1e-12])).tolist() == [0.3, 0]


def test_an_infusion_of_no_length_is_a_bolus() -> None:
    """Nothing is divided by zero."""
    edges = make_schedule(MODEL, once(Dose(1, "iv", 10, duration=1e-12)), 2).edges
    assert edges[1].bolus.tolist() == [0, 10]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("10 mg ivv daily", "unknown drug of model 'one_compartment': 'ivv'; did you mean 'iv'"),
        ("10 nmol daily", "dose of oral: 'nmol' cannot be given where 'mg' is needed"),
        ("10 mg/day daily", "dose of oral: 'mg/day' cannot be given"),
    ],
)
def test_what_the_model_does_not_take(words: str, message: str) -> None:
    """Unknown drugs and units that are no amount of it."""
    with pytest.raises(RegimenError, match=message):
        make_schedule(MODEL, read_regimen(words), 2)


def test_units_follow_the_state() -> None:
    """A state without unit takes no milligrams."""
    with pytest.raises(RegimenError, match="dose of d: 'mg' cannot be given where '1' is needed"):
        make_schedule(rate_of_change(lambda x, k, t: -k * x), daily(1), 2)
