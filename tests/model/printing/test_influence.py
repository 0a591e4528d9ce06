"""Who acts on whom follows from the equations and the values."""

from __future__ import annotations

import numpy as np
import pytest

import pdmodel
from pdmodel.engine.symbolic.model_functions import compile_model
from pdmodel.engine.symbolic.values import checked_constants, resolve_values
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary, at_least, positive_part
from pdmodel.model.printing.influence import influences, influences_dot, influences_mermaid
from tests.equations.published import ALL_VOCABULARIES


def edges(model: Model) -> dict[tuple[str, str], int]:
    """Return the sign of each pair."""
    return {(source, target): sign for source, target, sign in influences(model)}


def predator_model(**values: float) -> Model:
    """Return prey and predators with a harvest that a threshold of prey sets off."""
    q = Vocabulary()
    prey = q.state("prey", unit="1", initial=1, meaning="prey")
    predator = q.state("predator", unit="1", initial=1, meaning="predators")
    bait = q.state("bait", unit="mg", initial=0, meaning="bait")
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 2), meaning="rate", source=ASSUMED)
    h = q.parameter("h", unit="1/day", value=1, bounds=(0, 2), meaning="harvest", source=ASSUMED)
    s = q.parameter("s", unit="1/mg", value=1, bounds=(0, 2), meaning="bait", source=ASSUMED)
    eaten = q.auxiliary("eaten", unit="1/day", meaning="prey eaten")
    q.slot("all", meaning="all", states=(prey, predator, bait), defines=(eaten,))
    everything = Mechanism(
        "everything", slot="all", claim="", defines={eaten: k * prey * predator / (1 + s * bait)},
        doses={"bait": bait},
        processes={
            "birth": {prey: k * prey},
            "predation": {prey: -eaten, predator: eaten},
            "death": {predator: -k * predator},
            "harvest": {predator: -h * positive_part(prey - 1) * predator},
            "decay": {bait: -k * bait},
        },
    )  # fmt: skip
    return Model("hunt", q, [everything], values=values)


def test_signs_follow_auxiliaries_and_values() -> None:
    """Through what is eaten; a harvest that is switched off leaves no mark."""
    found = edges(predator_model())
    assert found == {
        ("prey", "predator"): 0,  # food, and the reason to be hunted
        ("predator", "prey"): -1,
        ("bait", "prey"): 1,
        ("bait", "predator"): -1,
    }
    assert edges(predator_model(h=0)) == found | {("prey", "predator"): 1}
    assert set(edges(predator_model(s=0))) == {("prey", "predator"), ("predator", "prey")}


def relay(rate: float) -> Model:
    """Return a state that, late, turns what a second one does to a third from good to bad."""
    q = Vocabulary()
    a, b, c = (q.state(name, unit="1", initial=initial, meaning=name)
               for name, initial in (("a", 1), ("b", 0.1), ("c", 1)))  # fmt: skip
    k = q.parameter("k", unit="1/day", value=rate, bounds=(rate / 2, rate * 2), meaning="rate",
                    source=ASSUMED)  # fmt: skip
    q.slot("all", meaning="all", states=(a, b, c))
    processes = {
        "fall": {a: -k * a}, "rise": {b: k * (1 - b)}, "made": {c: k * b * (1 - b)},
        "loss": {c: -k * c},
    }  # fmt: skip
    return Model("relay", q, [Mechanism("all", slot="all", claim="", processes=processes)])


@pytest.mark.parametrize("rate", [1e-9, 1e-4, 1.0, 1e4, 1e9])
def test_signs_do_not_depend_on_the_unit_of_time(rate: float) -> None:
    """The course goes as far as the states do: b helps c while low, and harms it when high."""
    assert edges(relay(rate)) == {("b", "c"): 0}


def test_reference_model_reads_as_its_claims() -> None:
    """The edges that the mechanisms speak of, with their signs."""
    found = edges(pdmodel.load("reference"))
    for pair, sign in {
        ("drug_gut", "drug_plasma"): 1,
        ("drug_plasma", "ikaros"): -1,
        ("drug_plasma", "progenitors"): -1,
        ("ikaros", "activated_effectors"): -1,
        ("activated_effectors", "tumour_tissue"): -1,
        ("exhaustion", "tumour_tissue"): 1,
        ("il6", "tumour_tissue"): 1,
        ("tnf", "il6"): -1,
        ("ikaros", "il6"): 0,  # its loss blocks myeloid cells and drives effectors
        ("steroid", "il6"): -1,
        ("neutrophils", "progenitors"): -1,
        ("tumour_tissue", "tumour_blood"): 1,
    }.items():
        assert found[pair] == sign, pair
    assert ("il6", "neutrophils") not in found
    assert all(source != target for source, target in found)


def test_rivals_differ_where_they_should() -> None:
    """Without tolerance TNF-alpha does not touch IL-6; a marker does not touch the tumour."""
    reference = edges(pdmodel.load("reference"))
    assert reference.keys() - edges(pdmodel.load("no_tolerance")) == {("tnf", "il6")}
    marker = edges(pdmodel.load("il6_marker"))
    assert reference.keys() - marker == {("il6", "tumour_tissue"), ("il6", "tumour_blood")}


@pytest.mark.parametrize("model", ALL_VOCABULARIES, ids=lambda model: model.name)
def test_signs_agree_with_the_jacobian_on_treatment(model: Model) -> None:
    """Along a true run no entry of the Jacobian has a sign that the edges deny."""
    found = edges(model)
    run = pdmodel.simulate(model, "10 mg daily", days=60, at_dose="after")
    kernels = compile_model(model)
    known = resolve_values(model, None)
    known |= checked_constants(model, known)
    bound = kernels.bind(known)
    names, seen = kernels.states, 0
    for state in run["state_values"].values[::7]:
        matrix = bound.jacobian(0.0, np.maximum(state, 0.0))
        for row, column in zip(*np.nonzero(matrix), strict=True):
            sign = found.get((names[column], names[row]), 0)
            if row != column and sign:
                seen += 1
                # relative to the diagonal: rounding of terms that cancel is no influence
                size = abs(matrix[row]).max()
                assert sign * matrix[row, column] > -1e-9 * size, (names[column], names[row])
    assert seen > 50


def test_drawings_escape_and_name() -> None:
    """Each state and dose is a node, each edge an arrow of its kind."""
    model = predator_model()
    dot, mermaid = influences_dot(model), influences_mermaid(model)
    assert '  prey [tooltip="prey"];' in dot
    assert '"dose bait" -> bait;' in dot
    assert "  predator -> prey [arrowhead=tee" in dot
    assert '  dose_bait(["dose of bait"]) ==> bait' in mermaid
    assert "  predator --x prey" in mermaid
    assert "  prey -.-o predator" in mermaid


def test_a_model_of_one_state_has_no_edges() -> None:
    """Acting on oneself is no influence."""
    q = Vocabulary()
    x = q.state("x", unit="1", initial=1, meaning="x")
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 2), meaning="k", source=ASSUMED)
    q.slot("x", meaning="x", states=(x,))
    mechanism = Mechanism("m", slot="x", claim="", processes={"p": {x: -k * at_least(x, 0)}})
    assert influences(Model("m", q, [mechanism])) == []
