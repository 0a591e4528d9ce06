"""What notebooks show of trials and comparisons."""

from typing import Any

import numpy as np
import pandas as pd

from fits.comparisons import response
from pdmodel.hypotheses import CompareResult, Plan, Verdict
from pdmodel.trial import Pattern, TrialResult, judge
from tests.notebook_cards import sound_card

SEEN = Pattern(
    "orr", "small", "rate", "yes", (), 0.2, 0.6, 8, 20, unit="1", use="calibrate",
    status="reported", source="ASSUMED", meaning="responders <any>",
)  # fmt: skip


def test_a_trial_shows_reported_rates_against_the_model() -> None:
    """One pattern: what was reported, what is compatible, what the model says."""
    outcomes = pd.DataFrame({"yes": np.tile([1.0, 0.0], 50), "failed": 0.0})
    drawn: Any = None
    result = TrialResult(
        response.trial, response.question.problem().model, 1, drawn, outcomes,
        judge([SEEN], outcomes), [SEEN],
    )  # fmt: skip
    html = sound_card(result)
    assert "<td>responders &lt;any&gt;</td>" in html
    assert '<td class="number">8/20</td><td class="number">0.2 to 0.6</td>' in html
    assert '<td class="number">0.5</td>' in html
    assert "1 of 1 patterns inside" in repr(result)


def test_a_comparison_shows_its_hypotheses_and_then_their_verdicts() -> None:
    """Before it is run, the names; after, who survives and why not."""
    assert all(f"<td>{name}</td>" in sound_card(response) for name in response.hypotheses)
    hypotheses = response.choose(["reference", "no_tolerance"])
    verdicts = {"reference": Verdict("survives"), "no_tolerance": Verdict("not judged", why="a<b")}
    numbers = dict.fromkeys(("log_likelihood", "aicc", "bic", "weight"), -1.5)
    counts = dict.fromkeys(("targets", "targets_met", "patterns", "patterns_met", "n_free"), 2)
    table = pd.DataFrame(
        [{"hypothesis": h.name, "numbers": "-", "why_not": "", **counts, **numbers}
         for h in hypotheses]
    )  # fmt: skip
    result = CompareResult(
        response, Plan(), hypotheses, verdicts, {"reference": ["x"], "no_tolerance": []}, table,
        pd.DataFrame(), pd.DataFrame(), (),
    )  # fmt: skip
    html = sound_card(result)
    assert "<td>reference</td><td>survives</td><td>yes</td>" in html
    assert "a&lt;b" in html
    assert "2 hypotheses: 1 survive" in html
    assert repr(result) == "<CompareResult of response: 1 of 2 hypotheses stand>"
