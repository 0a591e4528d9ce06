"""The number that brings a trial to its reported rate, whether it raises the rate or lowers it."""

from __future__ import annotations

import pytest

from pdmodel.hypotheses.examination.recalibrate import _Search
from pdmodel.trial import Free, LogNormal, Population

FREE = Free("median", "half", 1, 100)
PEOPLE = Population("people", "", {"half": LogNormal(0.5, 10.0)})


def nearest(rate: object, before: float = 10.0) -> tuple[tuple[float, float], list[float]]:
    """Return what a search finds for a rate of 0.4, and the numbers that it tried."""
    tried: list[float] = []

    def rate_of(population: Population) -> float:
        tried.append(population.spreads["half"].median or 0.0)
        return rate(tried[-1])  # type: ignore[operator]

    return _Search(FREE, PEOPLE, rate_of, wanted=0.4, near=0.02).nearest(before), tried


@pytest.mark.parametrize("before", [2.0, 10.0, 90.0])
def test_a_rate_that_rises_or_falls_is_met(before: float) -> None:
    """40 of 100 steps lead to 40; the number is found on either side of where it began."""
    for rate in (lambda value: value / 100, lambda value: 1 - value / 100):
        (missed, value), _ = nearest(rate, before)
        assert missed <= 0.02
        assert rate(value) == pytest.approx(0.4, abs=0.02)


def test_what_rises_is_not_sought_downwards() -> None:
    """A rate that rises and stays too low, or does not move, is tried once at the other end."""
    for rate in (lambda value: value / 1000, lambda value: 0.0):
        (_, value), tried = nearest(rate)
        assert len(tried) == 9
        assert tried[-1] == 1.0
        assert value == (max(tried) if rate(1) else min(tried[:-1]))
