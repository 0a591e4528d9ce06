"""One view in, one answer out: curves, targets and fluxes of the same integrations."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

import pdmodel
from pdmodel.dosing import read_regimen
from pdmodel.engine import flux_table
from pdmodel.explore import laboratory as explored
from pdmodel.explore.answers import amounts_given
from pdmodel.explore.runs import Run
from pdmodel.explore.view import read_view
from tests.explore.toy_pages import (
    decay_page,
    decay_view,
    first_view,
    reference_page,
    viewed,
)

PATIENTS = {"responder": {"tone": 2.0}, "nonresponder": {"tone": 1.0}}


def test_curves_are_those_of_simulate() -> None:
    """At the same tolerance, on the days that are drawn, just before the dose of the day."""
    answer = reference_page().answer(viewed(values={"EC50": 700.0}))
    for shown in answer["patients"]:
        assert shown["failure"] == ""
        run = pdmodel.simulate(
            pdmodel.load("reference"), "10 mg daily", days=336, times=shown["days"],
            patient={"EC50": 700.0, **PATIENTS[shown["name"]]},
            quantities=list(shown["curves"]),
        )  # fmt: skip
        for name, curve in shown["curves"].items():
            np.testing.assert_allclose(curve["values"], run[name].values, rtol=2e-4, err_msg=name)
            if "low" in curve:
                assert np.all(np.array(curve["low"]) <= np.array(curve["values"]))
                assert np.all(np.array(curve["high"]) >= np.array(curve["values"]))


def test_targets_are_those_of_the_fit() -> None:
    """Value and verdict of every target are what `FitProblem` measures there."""
    laboratory = reference_page()
    assert laboratory.question is not None
    problem = laboratory.question.problem("reference")
    measured = problem.measure(problem.params.valuesdict())
    targets = laboratory.answer(viewed())["targets"]
    assert [row["id"] for row in targets] == [target.id for target in problem.targets]
    for row, target, value in zip(targets, problem.targets, measured, strict=True):
        assert row["value"] == pytest.approx(value.value, rel=2e-3, abs=1e-6)
        assert row["met"] == bool(target.met(value.value))


def test_a_rival_changes_what_is_asked() -> None:
    """In its slot, with its own targets missed and processes shown; back again as before."""
    laboratory = reference_page()
    before = laboratory.answer(viewed())
    rival = laboratory.answer(viewed(swaps={"il6": "il6_from_tumour"}))
    assert sum(row["met"] for row in rival["targets"]) < sum(
        row["met"] for row in before["targets"]
    )
    names = [[p["name"] for p in answer["flux"]["processes"]] for answer in (before, rival)]
    assert names[0] != names[1]
    again = laboratory.answer(viewed())
    assert {**again, "milliseconds": 0} == {**before, "milliseconds": 0}


def test_fluxes_are_means_over_periods() -> None:
    """As `flux_table` computes them: they add up to what the state gains."""
    answer = reference_page().answer(viewed())["flux"]
    run = pdmodel.simulate(reference_page().model, "10 mg daily", days=336, patient={"tone": 1.0})
    table = flux_table(run, "il6", every=3.0)
    assert answer["days"] == pytest.approx((table.index + 1.5).tolist())
    for process in answer["processes"]:
        scale = np.abs(table.to_numpy()).max()
        np.testing.assert_allclose(
            process["values"], table[process["name"]], rtol=2e-3, atol=1e-3 * scale
        )


def test_a_dose_that_is_dragged_is_scaled() -> None:
    """The new amounts are given at the moments that are prepared already, to the same answer."""
    laboratory = reference_page()
    laboratory.answer(viewed(schedule="10 mg daily"))
    dragged = laboratory.answer(viewed(schedule="12.5 mg daily"))
    fresh = explored.Laboratory(laboratory.model, laboratory.question)
    whole = fresh.answer(viewed(schedule="12.5 mg daily"))
    assert {**dragged, "milliseconds": 0} == {**whole, "milliseconds": 0}
    assert dragged["doses"][0]["amounts"] == [12.5] * 336


def test_infusions_are_listed_by_what_they_bring_in() -> None:
    """As marks of doses, although a run sets their rate on and off."""
    view = viewed(schedule="10 mg over 2 h daily for 3 days")
    (drug,) = reference_page().answer(view)["doses"]
    assert drug["amounts"] == pytest.approx([10.0] * 3)
    assert drug["days"] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("drag", ["value", "dose"])
def test_a_step_costs_little_more_than_its_integrations(
    monkeypatch: pytest.MonkeyPatch, drag: str
) -> None:
    """At most twice their processor time, for a dose too: the quietest of a drag of steps."""
    integrate, spent = Run.of, [0.0]

    def timed(group: Any, patient: Any) -> Run:
        begun = time.process_time()
        run = integrate(group, patient)
        spent[0] += time.process_time() - begun
        return run

    monkeypatch.setattr(Run, "of", timed)
    laboratory, ratios = reference_page(), []
    for step in range(12):
        changes = (
            {"values": {"EC50": 600.0 + step}} if drag == "value"
            else {"schedule": f"{8 + step / 8:g} mg daily"}
        )  # fmt: skip
        view, spent[0] = viewed(**changes), 0.0
        begun = time.process_time()
        json.dumps(laboratory.answer(view), allow_nan=False)
        ratios.append((time.process_time() - begun) / spent[0])
    assert min(ratios[2:]) <= 2.0


def test_what_cannot_be_simulated_is_said_and_the_rest_is_shown() -> None:
    """A patient fails in words; nothing in the answer is NaN."""
    data = decay_view(
        patients=[
            {"name": "well", "group": "", "values": {"k": 1.0}},
            {"name": "wild", "group": "", "values": {"k": -1e4}},
        ],
        flux={"state": "x", "patient": "wild"}, days=30.0, schedule="no drug",
    )  # fmt: skip
    answer = decay_page().answer(read_view(data, decay_page().model))
    well, wild = answer["patients"]
    assert (well["failure"], wild["curves"]) == ("", {})
    assert wild["failure"]
    assert answer["flux"]["processes"] == []
    json.dumps(answer, allow_nan=False)


def test_a_model_without_targets_is_shown_as_well() -> None:
    """Its curve is the exact one."""
    data = decay_view(schedule="no drug", days=10.0, values={"k": 0.5})
    answer = decay_page().answer(read_view(data, decay_page().model))
    (shown,) = answer["patients"]
    np.testing.assert_allclose(
        shown["curves"]["x"]["values"], np.exp(-0.5 * np.array(shown["days"])), rtol=2e-4
    )
    assert answer["targets"] == []
    assert first_view()["days"] == 336


def test_infusions_over_each_other_bring_their_own_amounts() -> None:
    """Each runs three days and the next begins on day 2; the last is cut off at the end."""
    regimen = read_regimen("100 mg over 3 days every 2 days for 6 days")
    amounts = [amount for _, amount in amounts_given(regimen.actions(6), 6)]
    assert amounts == pytest.approx([100, 100, 200 / 3])
