"""What moves what targets look at, in the groups as fitted; in which slots rivals differ."""

from __future__ import annotations

from equations.hypotheses import reference
from fits.comparisons import response
from pdmodel.hypotheses.examination.reasons import most_aimed_at, slots_apart, what_moves
from pdmodel.hypotheses.verdicts.parts import FitPart
from pdmodel.inference import Target
from pdmodel.inference.problem.parameters import linear_values


def target(observable: str) -> Target:
    """Return a target of a quantity."""
    return Target("t", "responder", observable, "level", day=1.0, low=0.1, high=1.0, source="X")


def test_fluxes_are_of_the_groups_as_they_were_fitted() -> None:
    """Both compared groups, each with its own tone; without a fit there is nothing to say."""
    hypothesis = response.choose(["reference"])[0]
    settings = response.problem(hypothesis).settings
    values = linear_values(settings, {"tone__responder": 2.5, "tone": 0.7})
    moved = what_moves(response, hypothesis, FitPart(values=values))
    assert moved is not None
    assert moved.state == "il6"
    assert {group: own["tone"] for group, own in moved.groups.items()} == {
        "responder": 2.5, "nonresponder": 0.7,
    }  # fmt: skip
    assert "in reference, in the groups as they were fitted, on 10 mg daily" in moved.words
    assert what_moves(response, hypothesis, FitPart("no start succeeded")) is None


def test_what_is_looked_at_may_be_made_of_states() -> None:
    """States come first; else the first state in the definition of what most targets look at."""
    asked = [target("SPD"), target("SPD"), target("tnf")]
    assert most_aimed_at(reference, asked) == "tnf"
    assert most_aimed_at(reference, asked[:1]) == "tumour_tissue"
    assert most_aimed_at(reference, []) is None


def test_slots_in_which_rivals_differ() -> None:
    """Slot, mechanism of the first, and what the other holds instead."""
    first, other = response.choose(["reference", "tumour_il6"])
    assert slots_apart(first, [first]) == []
    rows = slots_apart(first, [other])
    assert ("tumour_il6", "il6", "il6_from_stroma", "il6_from_tumour") in rows
