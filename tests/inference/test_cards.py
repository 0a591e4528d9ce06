"""What notebooks show of problems, fits, populations and profiles."""

from pathlib import Path

from pdmodel.inference import read_population, read_predictions, read_profile, read_result
from tests.notebook_cards import sound_card
from tests.toys.profiles import toy

FOLDERS = Path(__file__).parents[1] / "storage" / "folders"


def test_a_problem_shows_its_targets_and_free_parameters() -> None:
    """Before anything is run."""
    html = sound_card(toy())
    assert "<td>c0.5</td><td>one</td><td>concentration</td>" in html
    assert "Free parameters (1)" in html
    assert repr(toy()).endswith("4 targets, 1 free parameter>")


def test_a_fit_shows_targets_and_parameters() -> None:
    """Each target with what is allowed and simulated; the parameters and the report are folded."""
    record = read_result(FOLDERS / "fit" / "finished")
    html = sound_card(record)
    assert all(f"<td>{name}</td>" in html for name in record.targets["id"])
    varied = record.parameters[record.parameters["vary"]]
    assert all(f"<td>{name}" in html for name in varied["name"])
    assert f"model {record.model}" in repr(record)


def test_a_fit_made_here_has_the_same_card() -> None:
    """What only this process has, such as lmfit's result, is in neither card nor text."""
    result = toy().run(starts=1)
    assert "4 of 4 targets met" in sound_card(result)
    assert repr(result).startswith("<FitResult of model")


def test_a_population_shows_its_estimates() -> None:
    """Each number with its standard error and interval."""
    record = read_population(FOLDERS / "population" / "finished")
    html = sound_card(record)
    assert all(f"<td>{name}</td>" in html for name in record.estimates["name"])


def test_profiles_show_their_verdicts() -> None:
    """Of parameters and of predictions."""
    for record in (
        read_profile(FOLDERS / "profiles" / "finished"),
        read_predictions(FOLDERS / "predictions" / "finished"),
    ):
        html = sound_card(record)
        assert all(row["name"] in html for row in record.rows)
        assert f"{record.level:.0%} intervals" in html
