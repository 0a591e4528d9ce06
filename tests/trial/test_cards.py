"""What notebooks and messages show of trials, sets of them and searches for schedules."""

import pytest

from equations.hypotheses import reference
from fits.reported_trials import reported
from fits.schedules import lenalidomide
from pdmodel.trial import Trial
from tests.notebook_cards import sound_card


@pytest.mark.parametrize("trial", reported.trials, ids=lambda trial: str(trial.name))
def test_a_trial_says_what_is_done_to_whom(trial: Trial) -> None:
    """The card holds what `describe` says, the representation the name, the model, the arms."""
    html = sound_card(trial)
    assert trial.describe().splitlines()[0].replace(">", "&gt;") in html
    arms = f", {len(trial.arms)} arms" if trial.arms else ""
    assert repr(trial) == f"<Trial {trial.name}: model reference{arms}>"


def test_a_set_of_trials_lists_them() -> None:
    """A row a trial, with its use; the representation is a line, also within a dictionary."""
    html = sound_card(reported)
    assert html.count("<td>predicted</td>") == len(reported.predicted)
    assert f"<td>{reported.calibrated.name}</td><td>calibrated</td>" in html
    assert len(repr({"set": reported})) < 100


def test_a_search_shows_its_grid() -> None:
    """Every dose and every cycle of the grid, and what is weighed against what."""
    html = sound_card(lenalidomide)
    assert all(f"{dose:g} mg" in html for dose in lenalidomide.doses)
    assert all(cycle.words in html for cycle in lenalidomide.cycles)
    assert f"{len(lenalidomide.schedules())} schedules" in html
    assert repr(lenalidomide).endswith(f"of trial {lenalidomide.trial.name}>")


def test_a_vocabulary_shows_its_symbols() -> None:
    """A row a symbol; the representation counts them."""
    html = sound_card(reference.vocabulary)
    assert "<td>il6</td><td>state</td>" in html
    assert repr(reference.vocabulary).startswith("<Vocabulary: ")
