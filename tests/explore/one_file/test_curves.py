"""Curves of the file, run in Node, against those of the engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import pdmodel
from pdmodel.engine import flux_table
from pdmodel.explore.one_file.equations import equations_module, method_data
from pdmodel.explore.one_file.write import saved_data
from pdmodel.inference import Question
from pdmodel.model import Model
from tests.explore.toy_pages import reference_page
from tests.toys import one_compartment, rate_of_change

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")
SOURCES = resources.files("pdmodel.explore") / "one_file"
RUN = """\
import fs from "node:fs";
import * as equations from "./equations.js";
import { simulator } from "./course.js";
import { solver } from "./rodas5p.js";
const { file, method, views } = JSON.parse(fs.readFileSync("saved.json"));
const answer = simulator(equations, solver(equations, method), file);
console.log(JSON.stringify(views.map(answer)));
"""


def answers(
    folder: Path, model: Model, question: Question | None, *views: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what the file of a first view answers to changed views."""
    facts, kept = saved_data(model, question, views[0])
    for name in ("rodas5p.js", "course.js"):
        (folder / name).write_text((SOURCES / name).read_text("utf-8"))
    (folder / "equations.js").write_text(equations_module(model))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "run.js").write_text(RUN)
    every = [{**facts["view"], **view} for view in views]
    saved = {"file": kept, "method": method_data(), "views": every}
    (folder / "saved.json").write_text(json.dumps(saved))
    assert NODE is not None
    done = subprocess.run([NODE, "run.js"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answered: list[dict[str, Any]] = json.loads(done.stdout)
    return answered


def assert_same(shown: Mapping[str, Any], model: Model, words: str, **patient: float) -> None:
    """Hold the curves of a patient against `simulate`: 1e-4 of the largest value at any time."""
    assert shown["failure"] == ""
    names = list(shown["curves"])
    rows, days = shown["days"], shown["days"][-1]
    asked = {"days": days, "patient": patient, "quantities": names, "rtol": 1e-8}
    run = pdmodel.simulate(model, words, times=rows, **asked)
    whole = pdmodel.simulate(model, words, **asked)  # with rows between and after doses
    for name in names:
        largest = float(np.max(np.abs(whole[name].values)))
        difference = np.max(np.abs(np.array(shown["curves"][name]["values"]) - run[name].values))
        assert difference <= 1e-4 * largest, f"{name}: {difference / largest:.1e}"


def test_reference_agrees_with_the_engine(tmp_path: Path) -> None:
    """A year of daily doses, of another dose by the slider, and with a number moved."""
    laboratory = reference_page()
    model, question = laboratory.model, laboratory.question
    names = [s.name for s in (*model.states, *model.moving)]
    first = {"schedule": "10 mg daily", "days": 336.0, "quantities": names[:12]}
    rest = {**first, "quantities": names[12:], "amounts": {"0": 2.5}, "values": {"EC50": 700.0}}
    for view, words, moved in zip(
        answers(tmp_path, model, question, first, rest),
        ("10 mg daily", "25 mg daily"), ({}, {"EC50": 700.0}), strict=True,
    ):  # fmt: skip
        for shown, tone in zip(view["patients"], (2.0, 1.0), strict=True):
            assert_same(shown, model, words, tone=tone, **moved)


def test_holidays_are_kept(tmp_path: Path) -> None:
    """25 mg on 21 of 28 days: what is not given is not given in the file either."""
    laboratory = reference_page()
    words = "25 mg days 1-21 of 28"
    view = {"schedule": words, "days": 336.0, "quantities": ["il6", "blood_cll", "SPD", "drug_gut"]}
    (answer,) = answers(tmp_path, laboratory.model, laboratory.question, view)
    for shown, tone in zip(answer["patients"], (2.0, 1.0), strict=True):
        assert_same(shown, laboratory.model, words, tone=tone)


def test_infusions_and_boluses_of_two_drugs(tmp_path: Path) -> None:
    """Hours of infusion are met, and each drug has its own amounts."""
    model = one_compartment()
    view = {
        "schedule": "100 mg iv on day 1 over 2 hours + 20 mg oral daily", "days": 10.0,
        "quantities": ["gut", "plasma", "concentration"],
    }  # fmt: skip
    twice = {**view, "amounts": {"1": 2.0}, "values": {"k": 1.5}}
    plain, moved = answers(tmp_path, model, None, view, twice)
    assert_same(plain["patients"][0], model, str(view["schedule"]))
    more = "200 mg iv on day 1 over 2 hours + 20 mg oral daily"
    assert_same(moved["patients"][0], model, more, k=1.5)
    given = [max(drug["amounts"]) for drug in moved["doses"]]
    assert given == pytest.approx([200, 20])


def test_rates_that_follow_time(tmp_path: Path) -> None:
    """A rate that swings by the day is followed, by steps that know its slope in time."""
    model = rate_of_change(lambda x, k, t: k * (1 + sympy.sin(6 * k * t)) - k * x)
    view = {"schedule": "no drug", "days": 28.0, "quantities": ["x"]}
    (answer,) = answers(tmp_path, model, None, view)
    assert_same(answer["patients"][0], model, "no drug")


@pytest.mark.parametrize(
    "rate",
    [
        lambda x, k, t: k * sympy.Max(1.2 - x, 0.4) - 0.5 * k * x,
        lambda x, k, t: sympy.Piecewise((-k * x, x > 0.3), (-0.1 * k * x, True)),
    ],
)
def test_corners_and_jumps_of_rates(tmp_path: Path, rate: Callable[..., Any]) -> None:
    """A rate that bends or jumps where the state passes a border is followed."""
    model = rate_of_change(rate)
    view = {"schedule": "no drug", "days": 10.0, "quantities": ["x"]}
    (answer,) = answers(tmp_path, model, None, view)
    assert_same(answer["patients"][0], model, "no drug")


def test_failures_are_said_in_words(tmp_path: Path) -> None:
    """A run that leaves all numbers is a message of its patient."""
    model = rate_of_change(lambda x, k, t: k * x**2)
    (answer,) = answers(
        tmp_path, model, None, {"schedule": "no drug", "days": 5.0, "quantities": ["x"]}
    )
    assert "stopped on day 1" in answer["patients"][0]["failure"]


def test_what_moves_a_state_is_what_the_engine_says(tmp_path: Path) -> None:
    """The rates of all processes of a state, on the days that are drawn."""
    laboratory = reference_page()
    flux = {"state": "il6", "patient": "responder"}
    view = {"schedule": "10 mg daily", "days": 56.0, "quantities": ["il6"], "flux": flux}
    (answer,) = answers(tmp_path, laboratory.model, laboratory.question, view)
    run = pdmodel.simulate(
        laboratory.model, "10 mg daily", days=56, times=answer["flux"]["days"],
        patient={"tone": 2.0},
    )  # fmt: skip
    table = flux_table(run, "il6", laboratory.model)
    shown = {process["name"]: process["values"] for process in answer["flux"]["processes"]}
    assert set(shown) == set(table)
    for name, values in shown.items():
        np.testing.assert_allclose(values, table[name], rtol=1e-3, atol=1e-9, err_msg=name)
