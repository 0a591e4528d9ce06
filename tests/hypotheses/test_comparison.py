"""Which differences belong to a comparison: what others publish counts for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fits.comparisons import response
from pdmodel.hypotheses import Difference, differences


def test_what_else_is_published_moves_no_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A difference of another application has no deviates in the trials of this comparison."""
    mine = Difference("of_another", ("rate_of_another",), "a claim", "a fact")
    hypothesis = response.choose(["reference@tone_and_inducibility"])[0]
    before = response.trial_of(hypothesis)
    known = {**differences(), mine.name: mine}
    monkeypatch.setattr("pdmodel.hypotheses.comparison.differences", lambda near: known)
    assert response.trial_of(hypothesis) == before
    assert "of_another" not in response.own_differences()


def test_undeclared_differences_are_those_that_hypotheses_name() -> None:
    """In the order of the names, the usual one last."""
    names = ("reference@growth_rate", "reference", "null@tumour_burden", "reference@growth_rate")
    comparison = replace(response, hypotheses=names, differences=())
    assert list(comparison.own_differences()) == ["growth_rate", "tumour_burden", "tone"]
