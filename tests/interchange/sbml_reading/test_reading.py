"""A file of SBML runs as it means: exact solutions, and libRoadRunner on files of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy

import pdmodel
from pdmodel.interchange import read_sbml
from pdmodel.interchange.sbml_reading.reading import read_file
from pdmodel.model import Mechanism
from tests.interchange.roadrunner_run import roadrunner_values
from tests.interchange.sbml_reading.written_files import (
    DECAY,
    GROWING_VOLUME,
    OWN_MODELS,
    apply,
    compartment,
    document,
    maths,
    parameter,
    reaction,
    species,
    written,
)

TIMES = np.linspace(0, 6, 13)


def test_concentrations_of_a_reaction(tmp_path: Path) -> None:
    """Amounts in a file are concentrations in formulas, and reactions move amounts."""
    reading = read_file(written(tmp_path, DECAY))
    run = pdmodel.simulate(reading.model, days=6, times=TIMES, rtol=1e-9)
    assert run["A"].values == pytest.approx(3 * np.exp(-0.5 * TIMES), rel=1e-7)
    assert run["B"].values == pytest.approx(3 - 3 * np.exp(-0.5 * TIMES), rel=1e-7)
    assert str(reading.amounts["A"]) == "A*c"


def test_a_volume_that_changes_dilutes(tmp_path: Path) -> None:
    """Amounts stay when the compartment grows; the concentration falls."""
    reading = read_file(written(tmp_path, GROWING_VOLUME))
    run = pdmodel.simulate(
        reading.model, days=6, times=TIMES, rtol=1e-9, quantities=["A", "c", "amount_of_A"]
    )
    assert run["c"].values == pytest.approx(2 * np.exp(0.3 * TIMES), rel=1e-7)
    assert run["amount_of_A"].values == pytest.approx(6 * np.exp(-0.5 * TIMES), rel=1e-7)
    assert run["A"].values == pytest.approx(3 * np.exp(-0.8 * TIMES), rel=1e-7)


@pytest.mark.parametrize("name", OWN_MODELS)
def test_libroadrunner_agrees(name: str, tmp_path: Path) -> None:
    """On files of our own both programs find the same, to 1e-6."""
    path = written(tmp_path, OWN_MODELS[name])
    model = read_sbml(path, time_unit="day")
    observed = [quantity.name for quantity in model.observables]
    names = [str(s) for s in model.states if "amount_of" not in str(s)] + observed
    ours = pdmodel.simulate(model, days=6, times=TIMES, quantities=names, rtol=1e-10, atol=1e-13)
    theirs = roadrunner_values(
        document(OWN_MODELS[name]), TIMES.tolist(), [f"[{n}]" if n in "AB" else n for n in names]
    )
    mine = np.column_stack([ours[n].values for n in names])
    assert mine == pytest.approx(theirs, rel=1e-6, abs=1e-9)


def test_a_reaction_is_swapped_for_a_rival(tmp_path: Path) -> None:
    """A reaction is a mechanism in a slot of its own, so that a rival takes its place."""
    model = read_sbml(written(tmp_path, DECAY))
    q = model.vocabulary
    rate, a, b = q["turn"].symbol, q["A"].symbol, q["B"].symbol
    rival = Mechanism(
        "at_constant_rate", slot="turn", claim="it turns at a constant rate",
        defines={rate: sympy.Rational(2, 5)}, processes={"turn": {a: -rate / 2, b: rate / 2}},
    )  # fmt: skip
    run = pdmodel.simulate(model.swap(rival), days=5, times=[0, 5])
    assert run["A"].values == pytest.approx([3, 2], rel=1e-6)


def test_starts_follow_parameters(tmp_path: Path) -> None:
    """An initial assignment is a formula: another value of what it holds moves the start."""
    body = (
        "<listOfParameters>"
        + parameter("p", "2")
        + parameter("x", constant=False)
        + parameter("y")
        + "</listOfParameters><listOfInitialAssignments>"
        + f'<initialAssignment symbol="x">{maths(apply("times", "3", "p"))}</initialAssignment>'
        + f'<initialAssignment symbol="y">{maths(apply("plus", "x", "1"))}</initialAssignment>'
        + "</listOfInitialAssignments><listOfRules>"
        + f'<rateRule variable="x">{maths(apply("minus", "y"))}</rateRule></listOfRules>'
    )
    model = read_sbml(written(tmp_path, body))
    for p in (2.0, 5.0):
        run = pdmodel.simulate(model, days=1, times=[0, 1], patient={"p": p})
        assert run["x"].values == pytest.approx([3 * p, 3 * p - (3 * p + 1)], rel=1e-6)


def test_initial_amounts_are_parameters(tmp_path: Path) -> None:
    """The amount that a file gives can be set, and the concentration follows the volume."""
    model = read_sbml(written(tmp_path, DECAY))
    patient = {"initial_A": 10.0, "c": 5.0}
    run = pdmodel.simulate(model, days=1, times=[0], patient=patient)
    assert run["A"].values == pytest.approx([2.0])


def test_names_that_clash_survive(tmp_path: Path) -> None:
    """Ids that mean something else in equations get a `_`, and no two become the same."""
    ids = ["lambda", "pi", "exp", "time", "state", "E", "_k", "S", "gamma", "pi_", "x_at_baseline"]
    many = "".join(parameter(name, str(n + 1)) for n, name in enumerate(ids))
    total = apply("plus", *ids)
    body = (
        f"<listOfParameters>{many}{parameter('all', constant=False)}</listOfParameters>"
        f'<listOfRules><assignmentRule variable="all">{maths(total)}</assignmentRule></listOfRules>'
    )
    reading = read_file(written(tmp_path, body))
    names = [reading.symbols[one].name for one in ids]
    assert names[0] == "lambda_"
    assert reading.symbols["S"].name == "S"
    assert len(set(names)) == len(ids)
    run = pdmodel.simulate(reading.model, days=1, times=[0, 1])
    assert run["all"].values == pytest.approx([66, 66])


def test_hours_become_days(tmp_path: Path) -> None:
    """Where a file counts time in hours, a run still has days; `time_unit` overrules the file."""
    hour = (
        '<listOfUnitDefinitions><unitDefinition id="hour"><listOfUnits><unit kind="second" '
        'exponent="1" scale="0" multiplier="3600"/></listOfUnits></unitDefinition>'
        "</listOfUnitDefinitions>"
    )
    path = written(tmp_path, hour + DECAY, attributes='timeUnits="hour"')
    for unit, rate in ((None, 12.0), ("day", 0.5)):
        model = read_sbml(path, time_unit=unit)
        run = pdmodel.simulate(model, days=0.1, times=[0.1], rtol=1e-9)
        assert run["A"].values == pytest.approx([3 * np.exp(-rate * 0.1)], rel=1e-7)
    with pytest.raises(pdmodel.PdmodelError, match="the unit of time of the file must be one"):
        read_sbml(path, time_unit="mole")


def test_functions_local_parameters_and_factors(tmp_path: Path) -> None:
    """Function definitions, parameters of one reaction, and conversion factors mean as written."""
    law = maths(apply("times", "twice", "k")).replace(
        "<ci>twice</ci>", "<apply><ci>double</ci><ci>A</ci></apply>"
    )
    function = (
        '<listOfFunctionDefinitions><functionDefinition id="double">'
        + maths(f"<lambda><bvar><ci>v</ci></bvar>{apply('times', '2', 'v')}</lambda>")
        + "</functionDefinition></listOfFunctionDefinitions>"
    )
    local = '<listOfLocalParameters><localParameter id="k" value="0.25"/></listOfLocalParameters>'
    body = (
        function
        + compartment(1)
        + f"<listOfSpecies>{species('A', 4)}</listOfSpecies>"
        + f"<listOfParameters>{parameter('k', '99')}{parameter('f', '3')}</listOfParameters>"
        + "<listOfReactions>"
        + reaction("go", "A", "", "<cn>0</cn>").replace(maths("<cn>0</cn>"), law + local)
        + "</listOfReactions>"
    )
    model = read_sbml(written(tmp_path, body, attributes='conversionFactor="f"'))
    run = pdmodel.simulate(model, days=1, times=[1], rtol=1e-9)
    assert run["A"].values == pytest.approx([4 * np.exp(-1.5)], rel=1e-7)
    assert model.defaults["go_k"] == 0.25
    assert "k" not in model.defaults


def test_rate_of_is_written_out(tmp_path: Path) -> None:
    """`rateOf` is the rate of change of what it names."""
    csymbol = (
        '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/rateOf">'
        "rateOf</csymbol>"
    )
    rule = maths(f"<apply>{csymbol}<ci>x</ci></apply>")
    body = (
        f"<listOfParameters>{parameter('x', '1', False)}{parameter('r', '', False)}"
        f'</listOfParameters><listOfRules><assignmentRule variable="r">{rule}</assignmentRule>'
        f'<rateRule variable="x">{maths(apply("times", "2", "x"))}</rateRule></listOfRules>'
    )
    run = pdmodel.simulate(read_sbml(written(tmp_path, body)), days=1, times=[1], rtol=1e-9)
    assert run["r"].values == pytest.approx(2 * run["x"].values)


def test_level_two(tmp_path: Path) -> None:
    """Level 2 has formulas for stoichiometries, and its own words."""
    formula = f"<stoichiometryMath>{maths(apply('times', '2', 'n'))}</stoichiometryMath>"
    body = (
        '<listOfCompartments><compartment id="c"/></listOfCompartments><listOfSpecies>'
        '<species id="A" compartment="c" initialConcentration="1"/></listOfSpecies>'
        '<listOfParameters><parameter id="n" value="1.5"/></listOfParameters><listOfReactions>'
        '<reaction id="make"><listOfProducts><speciesReference species="A">'
        f"{formula}</speciesReference></listOfProducts>"
        f"<kineticLaw>{maths('<cn>1</cn>')}</kineticLaw></reaction></listOfReactions>"
    ).replace('id="c"', 'id="c" size="1"')
    run = pdmodel.simulate(read_sbml(written(tmp_path, body, "2.4")), days=2, times=[2])
    assert run["A"].values == pytest.approx([7.0])


def test_a_missing_number_is_named(tmp_path: Path) -> None:
    """A parameter without a value that an equation needs is named with the file."""
    body = DECAY.replace(' value="0.5"', "")
    with pytest.raises(
        pdmodel.PdmodelError, match=r"toy\.xml: k \(k\) has no value, but is needed"
    ):
        read_sbml(written(tmp_path, body))


MOLES = 'timeUnits="day" substanceUnits="mole" extentUnits="mole" volumeUnits="litre"'


def test_doses_go_into_species(tmp_path: Path) -> None:
    """A dose that is called as a species is given into it, in the unit of the species."""
    amounts = DECAY.replace('hasOnlySubstanceUnits="false"', 'hasOnlySubstanceUnits="true"')
    days = (
        '<listOfUnitDefinitions><unitDefinition id="day"><listOfUnits><unit kind="second" '
        'exponent="1" scale="0" multiplier="86400"/></listOfUnits></unitDefinition>'
        "</listOfUnitDefinitions>"
    )
    model = read_sbml(written(tmp_path, days + amounts, attributes=MOLES))
    assert model.vocabulary["A"].unit == "mol"
    run = pdmodel.simulate(model, "500 mmol B daily", days=1.5, times=[0.5, 1.5])
    given = run["A"].values + run["B"].values
    assert given == pytest.approx([6.5, 7.0])


def test_notes_and_annotations_are_kept(tmp_path: Path) -> None:
    """What a file says of a species and a reaction stands in the model."""
    xhtml = 'xmlns="http://www.w3.org/1999/xhtml"'
    notes = f"<notes><p {xhtml}>A turns to B, slowly.</p></notes>"
    annotation = (
        '<annotation><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:bqbiol="http://biomodels.net/biology-qualifiers/"><rdf:Description '
        'rdf:about="#m_A"><bqbiol:is><rdf:Bag>'
        '<rdf:li rdf:resource="https://identifiers.org/uniprot/P05231"/>'
        '<rdf:li rdf:resource="https://identifiers.org/CHEBI:63791"/>'
        "</rdf:Bag></bqbiol:is></rdf:Description></rdf:RDF></annotation>"
    )
    named = species("A", 6).replace('id="A"', 'id="A" metaid="m_A" name="interleukin 6"')
    body = DECAY.replace(species("A", 6), named.replace("/>", f">{annotation}</species>"))
    body = body.replace(
        '<reaction id="turn" reversible="false" >',
        f'<reaction id="turn" reversible="false">{notes}',
    )
    model = read_sbml(written(tmp_path, body))
    assert model.vocabulary["A"].meaning == "interleukin 6"
    assert model.vocabulary["A"].identifiers == ("uniprot:P05231", "CHEBI:63791")
    assert model.find_mechanism("turn").claim == "A turns to B, slowly."
