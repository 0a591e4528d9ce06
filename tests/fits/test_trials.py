"""The published trials: a small run each, the table, resuming, and the same numbers again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pdmodel.trial.run.blocks
from fits.trials import (
    high_dose,
    low_dose,
    phase2,
    relapsed_cll,
    reported,
    slow_start,
    starting_point,
    steroid_on_flare,
)
from pdmodel.catalogue import find_data, published
from pdmodel.errors import InputError
from pdmodel.trial import Trial, TrialSet, read_patterns

SHORT = phase2.with_(protocol=phase2.protocol.with_(days=84))


def test_all_are_published() -> None:
    """By the entry point; each row of the table belongs to one of them."""
    known = published("pdmodel.trials", Trial)
    ours = {name for name, trial in known.items() if trial.outcomes is phase2.outcomes}
    assert ours == {"phase2", "high_dose", "low_dose", "steroid_on_flare", "slow_start"}
    patterns = read_patterns(find_data("trials.csv"))
    named = {trial.reported_as or trial.name for trial in (phase2, high_dose, *reported.trials)}
    assert {pattern.trial for pattern in patterns} == named
    assert published("pdmodel.trials", TrialSet) == {"reported": reported}
    assert {p.use for p in patterns if p.trial != "phase2"} == {"predict"}


def test_the_reference_reproduces_what_it_was_tuned_to() -> None:
    """The starting point's 10 mg trial: 36.6 % respond, 46 % neutropenia, at 10 mg."""
    old = phase2.with_(population=starting_point, protocol=phase2.protocol.with_(dropout=None))
    found = old.run(512, 1)
    # Whose drug-free kill would be more than all death cannot be simulated: rare, and counted.
    assert found.failures <= 2
    assert not found.outcomes["left"].any()
    rates = found.table.set_index("id")["model"]
    assert rates["orr_10"] == pytest.approx(0.366, abs=0.04)
    assert rates["neutropenia_10"] == pytest.approx(0.46, abs=0.05)
    assert rates["dose_10"] == pytest.approx(10, abs=1)
    assert rates["il6_nr_d7"] > 2 > 1.5 > rates["il6_r_d7"]
    assert found.table.set_index("id").loc["orr_10", "inside"]


def test_doses_are_those_of_the_protocols() -> None:
    """At most 25 mg on 21 of 28 days; at most 5 mg."""
    for trial, most, days in ((high_dose, 25.0, 252), (low_dose, 5.0, 336)):
        doses = trial.records(8)["dose"].values
        assert set(doses[~np.isnan(doses)]) <= {0, 5, 10, 15, 20, 25}
        assert np.nanmax(doses) == most
        assert (doses > 0).sum(axis=1).max() == days


def test_threads_and_stops_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread or two; a run that is killed after its first block goes on with the second."""
    monkeypatch.setattr(pdmodel.trial.run.blocks, "BLOCK", 8)
    draws = [relapsed_cll]
    SHORT.run(20, 1, threads=2, out=tmp_path / "whole", draws=draws)
    run, blocks = pdmodel.trial.run.blocks.run_block, []

    def killed(done, total, text):
        assert (done, total) == (8, 40)
        raise KeyboardInterrupt

    def counted(trial, model, block, *rest):
        blocks.append(block.name)
        return run(trial, model, block, *rest)

    with pytest.raises(KeyboardInterrupt):
        SHORT.run(20, 1, threads=1, out=tmp_path / "killed", draws=draws, progress=killed)
    kept = [file.name for file in (tmp_path / "killed" / "blocks").glob("*.csv")]
    assert kept == ["block_00000.csv"]
    assert not (tmp_path / "killed" / "trial.json").exists()
    monkeypatch.setattr(pdmodel.trial.run.blocks, "run_block", counted)
    SHORT.run(20, 1, threads=1, out=tmp_path / "killed", draws=draws)
    assert blocks[:2] == ["block_00001", "block_00002"]
    assert blocks[2:] == [f"draw_01_block_0000{n}" for n in range(3)]
    names = sorted(p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*.*"))
    assert Path("blocks/draw_01_block_00002.csv") in names
    assert Path("progression_free.csv") in names
    for name in names:
        whole, other = ((tmp_path / folder / name).read_bytes() for folder in ("whole", "killed"))
        assert whole == other, name


def test_folders(tmp_path: Path) -> None:
    """Finished, of another trial, of something else: refused, and left as they are."""
    place = tmp_path / "run"
    found = SHORT.run(4, 1, out=place)
    data = json.loads((place / "trial.json").read_text())
    assert data["patients"] == 4
    assert len(data["patterns"]) == len(found.table) == len(pd.read_csv(place / "table.csv"))
    with pytest.raises(InputError, match="holds a finished trial"):
        SHORT.run(4, 1, out=place)
    with pytest.raises(InputError, match="another trial"):
        SHORT.run(5, 1, out=place)
    assert json.loads((place / "trial.json").read_text()) == data
    SHORT.run(5, 1, out=place, overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(InputError, match="holds no trial"):
        SHORT.run(4, 1, out=tmp_path / "mine", overwrite=True)


def test_patients_leave_and_their_kidneys_count() -> None:
    """About 14 % have left after 48 weeks; weak kidneys cost neutrophils."""
    found = phase2.with_(protocol=phase2.protocol.with_(days=336)).run(256, 1).outcomes
    assert found["left"].mean() == pytest.approx(1 - (42 / 44) ** (336 / 28) ** 0.5, abs=0.05)
    kidneys, age = np.log(found["creatinine_clearance"]), np.log(found["age"])
    assert np.corrcoef(kidneys, age)[0, 1] == pytest.approx(-0.4, abs=0.1)
    weak, strong = kidneys < np.log(60), kidneys > np.log(100)
    held = [found.loc[part, "neutropenia_3_4"].mean() for part in (weak, strong)]
    assert held[0] > held[1] + 0.1
    assert set(found["high_risk"]) == {0.0, 1.0}


def test_steroids_dampen_the_flare_and_spare_the_response() -> None:
    """In the same patients: on flare a little, from the first day on more; ramps reach 25 mg."""
    plain, pack, ramp = (
        trial.with_(protocol=trial.protocol.with_(dropout=None)).run(96, 1).outcomes
        for trial in (phase2, steroid_on_flare, slow_start)
    )
    assert plain["flare"].mean() > pack["flare"].mean()
    assert plain["flare"].mean() > ramp["flare"].mean()
    assert pack["responder"].mean() == pytest.approx(plain["responder"].mean(), abs=0.04)
    assert ramp["last_level"].max() == 25
