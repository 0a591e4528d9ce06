"""Arms: who is in which, what each is given, and one table of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pdmodel.errors import InputError
from pdmodel.plots.trials.dose_map import dose_map
from pdmodel.storage import describe
from pdmodel.trial import (
    Covariate,
    Cycle,
    Free,
    Hold,
    LogNormal,
    Population,
    Protocol,
    Search,
    Share,
    Trial,
    TrialArm,
)
from pdmodel.trial.protocol.arm import allotted
from tests.toys import one_compartment

MODEL = one_compartment()
PEOPLE = Population("people", "", {"k": LogNormal(0.3, low=0.2)}, streams="each")
SLOW = replace(PEOPLE, name="slow", spreads={"k": LogNormal(0.3, 0.4)}, values={"volume": 30.0})
HIGH = Protocol("high", "20 mg, a week on and a week off", 20, drug="oral", cycle=Cycle(7, 14),
                days=28)  # fmt: skip
LOW = HIGH.with_(name="low", start=5, cycle=Cycle(21, 28))
ARMS = (TrialArm("first_ten", 10, HIGH), TrialArm("later", 8, LOW, SLOW))


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return what was given, and the planned mean, which is of the arm."""
    given = records["dose"].values
    return pd.DataFrame({"given": given.sum(axis=1), "planned": records.attrs["planned"]})


def trial(**changes) -> Trial:
    """Return a trial of two cohorts."""
    words: dict = {
        "name": "cohorts", "title": "two doses", "protocol": HIGH, "population": PEOPLE,
        "outcomes": outcomes, "patterns": "", "quantities": ("plasma",), "model": MODEL,
        "arms": ARMS,
    }  # fmt: skip
    return Trial(**(words | changes))


def test_patients_are_allotted_by_lot_in_blocks() -> None:
    """Nine in a row hold five and four; patient n is in the same arm of any size of trial."""
    which = allotted(ARMS, 900, 1)
    assert all(np.bincount(part).tolist() == [5, 4] for part in which.reshape(-1, 9))
    assert len({tuple(part) for part in which.reshape(-1, 9)}) > 20
    assert allotted(ARMS, 31, 1).tolist() == which[:31].tolist()
    assert allotted(ARMS, 31, 2).tolist() != which[:31].tolist()


def test_each_arm_has_its_protocol_and_patients() -> None:
    """One row a patient, in their order; the doses, plans and patients are those of the arm."""
    found = trial().run(90, 1, threads=1).outcomes
    assert found["first_ten"].sum() == 50
    assert (found["first_ten"] + found["later"] == 1).all()
    first = found["first_ten"] == 1
    assert set(found.loc[first, "given"]) == {14 * 20.0}
    assert set(found.loc[~first, "given"]) == {21 * 5.0}
    assert set(found.loc[~first, "planned"]) == {21 * 5 / 28}
    assert found.loc[~first, "k"].median() < 0.5 < found.loc[first, "k"].median()
    assert set(found.loc[first, "volume"]) == {20}
    assert set(found.loc[~first, "volume"]) == {30}
    # The same patients as without the other arm.
    alone = PEOPLE.draw(MODEL, 90, 1).patients["k"]
    assert (found.loc[first, "k"] == alone[first.to_numpy()]).all()


def test_courses_of_all_arms_stand_in_one_dataset() -> None:
    """Days off differ between arms; what was held is told from them in the dose map."""
    hold = replace(HIGH, rules=(Hold("concentration", below=99, resume=100),))
    records = trial(arms=(TrialArm("first_ten", 10, HIGH), TrialArm("held", 8, hold))).records(18)
    assert records["patient"].values.tolist() == list(range(18))
    off = records["day_off"].transpose("patient", "day").values
    assert (off.sum(axis=1) == 14).all()
    figure = dose_map(records)
    (mesh,) = [c for c in figure.axes[0].collections if c.get_gid() == "held"]
    shown: np.ndarray = np.ma.array(mesh.get_array()).filled(0).reshape(18, 28)
    assert (shown.sum(axis=1) == np.array([0] * 10 + [14] * 8)).all()
    assert "held on 22 %" in figure.axes[0].get_title(loc="left")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        "a day off", "due, and held or stopped", "left the trial",
    ]  # fmt: skip


def test_a_trial_with_arms_says_what_is_done_to_each() -> None:
    """By the name of the arm, and how many the trial had."""
    first, second = trial().describe().splitlines()
    assert first.startswith("first_ten (10 of the trial): 20 mg days 1-7 of 14 for 28 days")
    assert second.startswith("later (8 of the trial): 5 mg days 1-21 of 28 for 28 days")
    assert trial(arms=()).describe() == HIGH.describe()


def test_numbers_of_a_calibration_move_all_arms() -> None:
    """In the population of the trial, and in that of an arm that has its own."""
    moved = trial().with_numbers({Free("median", "k", 0.1, 2): 0.9})
    assert [p.spreads["k"].median for p in moved.populations] == [0.9, 0.9]
    assert moved.populations[1].values == {"volume": 30.0}
    with pytest.raises(InputError, match="spread of population 'people'"):
        trial().with_numbers({Free("median", "ka", 0.1, 2): 0.9})


def test_a_trial_without_arms_is_the_question_it_was() -> None:
    """What new fields leave empty stands neither in its settings nor in its description."""
    plain = trial(arms=())
    new = {"arms", "reported_as", "reading"}
    assert not new & set(plain.settings(None, 4, 1)["trial"])
    assert not new & set(describe(plain))
    assert "arms" in trial().settings(None, 4, 1)["trial"]


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        ((TrialArm("a", 1), TrialArm("a", 1)), "the name of arm 'a' is taken"),
        ((HIGH,), "is no arm, e.g. TrialArm"),
        ((TrialArm("a", 1, HIGH.with_(days=14)),), "arm 'a' has other days than the trial"),
        ((TrialArm("a", 1, HIGH.with_(visits=(28,))),), "arm 'a' has other visits than the trial"),
        (
            (TrialArm("a", 1, population=replace(
                PEOPLE, covariates={"old": Covariate("old", "1", Share(0.5))})),),
            "the patients of arm 'a' have other covariates",
        ),
    ],
)  # fmt: skip
def test_arms_that_do_not_go_together(arms, words: str) -> None:
    """Refused by the name of the trial and the arm."""
    with pytest.raises(InputError, match=words):
        trial(arms=arms)


def test_what_no_arm_can_be() -> None:
    """No patients, a name that is no column, a protocol that is none; a search over arms."""
    with pytest.raises(InputError, match="arm 'a': patients must be a whole number >= 1, got 0"):
        TrialArm("a", 0)
    with pytest.raises(InputError, match=r"its name is a column, e\.g\. start_20"):
        TrialArm("20 mg", 4)
    with pytest.raises(InputError, match="'10 mg' is no protocol"):
        TrialArm("a", 4, "10 mg")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="trial 'cohorts' has arms, and a schedule is one"):
        Search("s", "", trial(), (5.0,), (Cycle(),), benefit="given", harm="planned")
