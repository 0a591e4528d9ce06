"""What is exported is the model: libRoadRunner finds the trajectories that we find."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from typing import Any

import pytest
import sympy

import pdmodel
from benchmarks.engines.sbml_of import translate
from pdmodel.dosing import Action, Dose, Regimen, once
from pdmodel.dosing.action import delivered
from pdmodel.errors import InputError
from pdmodel.interchange import to_antimony, to_sbml
from pdmodel.interchange.sbml_writing.library import faults_of
from pdmodel.model import (
    ASSUMED,
    Event,
    Mechanism,
    Model,
    Vocabulary,
    at_least,
    at_most,
    safe_power,
)
from tests.equations.published import FEW
from tests.interchange.roadrunner_run import largest_difference, roadrunner_values
from tests.toys import one_compartment, rate_of_change

libsbml = pytest.importorskip("libsbml", reason="needs the package python-libsbml")

PACK = "pack 24-20-16-12 mg methylprednisolone after 1.5 days"
INFUSIONS = once(Dose(1, "iv", 10, duration=0.3)) + once(Dose(1.1, "iv", 5, duration=2))


@pytest.mark.parametrize("name", FEW)
def test_every_mechanism(name: str) -> None:
    """In few models together, with the responder's values, on a daily dose."""
    patient = dict(pdmodel.load_patient("responder").values)
    assert largest_difference(FEW[name], "10 mg daily", 30, patient) < 1e-5


def test_two_drugs() -> None:
    """Cycles of one drug and a pack of another."""
    regimen = f"25 mg days 1-21 of 28 + {PACK}"
    assert largest_difference(pdmodel.load("reference"), regimen, 60) < 1e-5


@pytest.mark.parametrize(
    "regimen",
    [
        "10 mg days 1-3 of 7 in 2 doses",
        "ramp 5-10-15 mg every 3 days",
        "10 mg oral daily + 5 mg oral days 1-1 of 2 + 3 mg iv daily in 3 doses",
        INFUSIONS + pdmodel.read_regimen("10 mg oral daily"),
        Regimen(doses=tuple(Dose(float(n), "iv", 10, duration=1) for n in range(9))),
        once(Dose(19, "iv", 10, duration=30)),
    ],
    ids=["cycles", "ramp", "at once", "overlapping infusions", "back to back", "cut by the end"],
)
def test_every_kind_of_dose(regimen: Any) -> None:
    """Doses that fall together add up, infusions overlap, and each ends when it should."""
    assert largest_difference(one_compartment(), regimen, 20) < 1e-5


class Table:
    """Event records, as a reader of tables would give them."""

    def __init__(self, *actions: Action) -> None:
        self._actions = actions

    def actions(self, days: float) -> Sequence[Action]:
        """Return what happens before a day."""
        return [action for action in self._actions if action.time < days]

    def prescribed(self, days: float) -> dict[str, float]:
        """Return what arrives before a day."""
        return {place[0]: amount for place, amount in delivered(self._actions, days).items()}


def test_every_kind_of_event() -> None:
    """Resets, covariates, replaced and multiplied amounts; at one time, in their order."""
    events = Table(
        Action(0, "set", "k", 0.4, ""), Action(0, "add", "oral", 10), Action(1, "rate", "iv", 3),
        Action(2, "set", "k", 1.1, ""), Action(2, "add", "iv", 4), Action(3, "multiply", "iv", 0.5),
        Action(3, "add", "iv", 1), Action(4, "replace", "plasma", 2), Action(5, "reset"),
        Action(5, "add", "iv", 7), Action(6, "rate", "iv", 2), Action(7, "rate", "iv", -2),
        Action(8, "add", "2", 1), Action(8, "replace", "1", 5),
    )  # fmt: skip
    assert largest_difference(one_compartment(), events, 10) < 1e-5


def test_a_short_infusion_is_not_stepped_over() -> None:
    """Fifteen minutes after a hundred quiet days deliver what was prescribed."""
    model = rate_of_change(lambda x, k, time: 0 * x, initial=0.0)
    sbml = to_sbml(model, once(Dose(100.001, "d", 10, unit="1", duration=0.01)), days=200)
    assert roadrunner_values(sbml, [0, 200], ["x"])[1, 0] == pytest.approx(10, rel=1e-9)


def test_names_and_functions_of_ours() -> None:
    """Names that Antimony keeps for itself, functions with corners, and time in a rate.

    None of them is an attribute of libRoadRunner's class, which takes the names of its models for
    attributes and drops them afterwards, its own `model` too.
    """
    q, options = Vocabulary(), {"bounds": (0, 9), "source": ASSUMED}
    floor = q.parameter("floor", unit="1", value=1.7, meaning="", **options)  # type: ignore[arg-type]
    k = q.parameter("module", unit="1/day", value=0.3, meaning='"k"', **options)  # type: ignore[arg-type]
    e, at = (q.state(name, unit="1", initial=1, meaning="") for name in ("e", "at"))
    q.slot("change", meaning="", states=(e, at))
    which = sympy.Piecewise((1, sympy.And(e < 1, sympy.Or(e > 0.5, at < 5))), (0.5, True))
    rates = {
        "event": {e: -k * safe_power(e, floor) + k * at_most(at, 0.5) / at_least(e, 0.1)},
        "end": {at: k * which * sympy.exp(-e) * at**-0.5 - k * sympy.Max(at - 2, 0, e - 3)},
        "wave": {
            at: k * sympy.sin(k * q.time) / 3,
            e: k * sympy.Abs(e - 1) ** 2 - k * sympy.log(1 + e) * sympy.pi / 20,
        },
    }
    model = Model("species", q, [Mechanism("change", "change", "it moves", processes=rates)])
    text = to_antimony(model, days=5)
    assert "floor -> floor_, module -> module_, e -> e_, at -> at_" in text
    renamed = {"e": "e_", "at": "at_"}
    pytest.importorskip("antimony", reason="needs the package antimony")
    times = [0.0, 0.3, 0.9, 2.0, 4.2]
    run = pdmodel.simulate(
        model, days=5, times=times, rtol=1e-10, atol=1e-12, engine="scipy", method="LSODA"
    )
    for sbml, names in (
        (translate(text), renamed),
        (to_sbml(model, days=5), {"e": "e", "at": "at"}),
    ):
        theirs = roadrunner_values(sbml, times, list(names.values()))
        for place, name in enumerate(names):
            assert theirs[:, place] == pytest.approx(run[name].values, rel=1e-6)


def test_names_that_the_file_gives_itself() -> None:
    """What we call infusions, doses, their counters and the body is kept apart from symbols."""
    words = (
        "infusion_into_x", "dose_1", "dose_1_next", "dose_1_given", "dose_2", "change_1", "body",
        "delivery__x", "loss", "compartment", "species", "at",
    )  # fmt: skip
    q = Vocabulary()
    rates = [
        q.parameter(
            name, unit="1/day", value=0.03 * place, bounds=(0, 9), meaning="", source=ASSUMED
        )
        for place, name in enumerate(words, start=1)
    ]
    x = q.state("x", unit="mg", initial=0, meaning="")
    into = q.state("infusion_into_y", unit="mg", initial=0, meaning="")
    y = q.state("y", unit="mg", initial=0, meaning="")
    q.slot("all", meaning="", states=(x, into, y))
    moves = Mechanism(
        "all", "all", "it moves", doses={"first": x, "second": y},
        processes={
            "loss": {x: -sympy.Add(*rates[:6]) * x, into: sympy.Add(*rates[2:5]) * x},
            "delivery": {y: -sympy.Add(*rates[6:]) * y, into: rates[0] * y},
        },
    )  # fmt: skip
    events = Table(
        Action(0, "rate", "first", 3), Action(0, "rate", "second", 2), Action(1, "add", "first", 4),
        Action(2, "add", "first", 4), Action(3, "add", "first", 4), Action(3.5, "reset"),
        Action(4, "rate", "first", 1), Action(5, "add", "second", 6),
    )  # fmt: skip
    assert largest_difference(Model("body", q, [moves]), events, 7) < 1e-5


def test_meaning_and_unit_travel() -> None:
    """SBML names say what a symbol means, and in which unit."""
    sbml = to_sbml(one_compartment(), days=1)
    assert re.search('name="drug in the gut"[^>]* substanceUnits="mg"', sbml)
    assert re.search('name="plasma concentration"[^>]* units="mg_per_L"', sbml)
    assert '<reaction sboTerm="SBO:0000375" id="absorption"' in sbml


def test_the_same_model_is_the_same_file() -> None:
    """No date and no address of memory stands in it."""
    first, second = (to_sbml(one_compartment(), "1 mg daily", days=9) for _ in range(2))
    assert first == second


def test_without_the_library_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the extra; Antimony text needs no library."""
    real = builtins.__import__

    def refuse(name: str, *args: Any, **more: Any) -> Any:
        if name == "libsbml":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match="extra 'interchange'"):
        to_sbml(one_compartment(), days=1)
    assert "absorption: gut -> plasma; gut*ka;" in to_antimony(one_compartment(), days=1)


def test_every_unit_is_checked() -> None:
    """A model whose units do not go together cannot be written as if they did."""
    document = libsbml.readSBMLFromString(to_sbml(one_compartment(), "10 mg oral daily", days=9))
    assert faults_of(document, libsbml) == []
    rule = document.getModel().getRule(0)
    rule.setMath(libsbml.parseL3Formula(f"{libsbml.formulaToL3String(rule.getMath())} + time"))
    assert any("units" in fault for fault in faults_of(document, libsbml))


def test_what_is_known_of_a_quantity_travels() -> None:
    """Identifiers, the claim of a mechanism, and where a value comes from."""
    model = libsbml.readSBMLFromString(to_sbml(pdmodel.load("reference"), days=1)).getModel()
    found = {
        name: model.getElementBySId(name).getCVTerm(0).getResourceURI(0)
        for name in ("il6", "tnf", "drug_plasma", "steroid")
    }
    assert found == {
        "il6": "https://identifiers.org/uniprot:P05231",
        "tnf": "https://identifiers.org/uniprot:P01375",
        "drug_plasma": "https://identifiers.org/CHEBI:63791",
        "steroid": "https://identifiers.org/CHEBI:6888",
    }
    assert "source: LIANG2024" in model.getParameter("ka").getNotesString()
    cited = model.getParameter("tnf_clearance").getCVTerm(0)
    assert cited.getResourceURI(0) == "https://identifiers.org/pubmed:3681377"
    groups = model.getPlugin("groups")
    claims = {
        groups.getGroup(place).getName(): groups.getGroup(place).getNotesString()
        for place in range(groups.getNumGroups())
    }
    for mechanism in pdmodel.load("reference").mechanisms:
        assert mechanism.claim.split()[0] in claims[mechanism.name]


def test_starts_are_expressions() -> None:
    """Another baseline starts the run elsewhere, in another program as in ours."""
    model = libsbml.readSBMLFromString(to_sbml(pdmodel.load("reference"), days=1)).getModel()
    start = model.getInitialAssignmentBySymbol("il6")
    assert libsbml.formulaToL3String(start.getMath()) == "il6_baseline"
    assert not model.getSpecies("il6").isSetInitialConcentration()


def test_every_name_survives() -> None:
    """Each symbol of the model is an identifier of the file."""
    chosen = pdmodel.load("reference")
    model = libsbml.readSBMLFromString(to_sbml(chosen, "10 mg daily", days=9)).getModel()
    symbols = [*chosen.states, *chosen.definitions, *(q.symbol for q in chosen.parameters)]
    assert [str(s) for s in symbols if model.getElementBySId(str(s)) is None] == []


def test_events_of_the_model_travel() -> None:
    """In SBML and through Antimony: what is set late, and what is set at the start."""
    q, options = Vocabulary(), {"bounds": (0, 9), "source": ASSUMED, "meaning": ""}
    k = q.parameter("k", unit="1/day", value=0.5, **options)  # type: ignore[arg-type]
    late = q.parameter("late", unit="day", value=0.25, **options)  # type: ignore[arg-type]
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("all", meaning="", states=(x,))
    moves = Mechanism("all", "all", "it moves", processes={"gain": {x: k * x}})
    events = (
        Event("halve", x > 4, {x: x / 4, k: k / 2}, delay=late),
        Event("begin", sympy.Ge(q.time, 0), {x: 2 * x}, initially=False, priority=2),
    )
    model = Model("moved", q, [moves], events=events)
    pytest.importorskip("antimony", reason="needs the package antimony")
    times = [0.0, 1.0, 2.3, 4.0, 6.5]
    run = pdmodel.simulate(model, days=7, times=times, rtol=1e-10, at_dose="after")
    for sbml in (to_sbml(model, days=7), translate(to_antimony(model, days=7))):
        theirs = roadrunner_values(sbml, times, ["x", "k"])
        assert theirs[1:, 0] == pytest.approx(run["x"].values[1:], rel=1e-5)
        assert theirs[-1, 1] < 0.5
