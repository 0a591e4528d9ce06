"""Model: verbs that return a new one, equality by equations, one hash in every process."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import sympy

import pdmodel
from equations import il6, tnf
from equations.hypotheses import no_homeostasis, reference
from pdmodel.errors import InputError, ModelError, UnknownNameError
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from tests.toys import one_compartment

MODELS = list(pdmodel.models().values())


def test_swap_by_name_and_by_object_are_one() -> None:
    """The name of a rival stands for the mechanism; the name of the model is made of both."""
    by_name = reference.swap("il6_from_tumour")
    by_object = reference.swap(il6.il6_from_tumour)
    assert by_name == by_object
    assert by_name.name == "reference+il6_from_tumour"
    assert by_name != reference
    assert by_name.defaults["il6_tumour_share"] == 0.5
    assert reference.defaults["il6_tumour_share"] == 0.15


def test_swapping_back_restores_the_model() -> None:
    """A mechanism that was swapped out is a rival from then on."""
    there = reference.swap("no_tolerance")
    assert there.swap("tnf_tolerance") == reference
    assert hash(there.swap("tnf_tolerance")) == hash(reference)


def test_swap_says_what_is_unknown() -> None:
    """A mechanism or slot that is not known is answered with the nearest."""
    with pytest.raises(UnknownNameError, match=r"'il6_from_tumor'; did you mean 'il6_from_tumour'"):
        reference.swap("il6_from_tumor")
    stranger = Mechanism("stranger", slot="il66", claim="of another house")
    with pytest.raises(UnknownNameError, match=r"slot of mechanism 'stranger': 'il66'.*'il6'"):
        reference.swap(stranger)


def test_without_leaves_the_neutral_value() -> None:
    """What a mechanism defined becomes neutral, and the slot is free for another."""
    assert no_homeostasis.definitions[sympy.Symbol("tnf_myeloid_block")] == 0
    assert "tnf_myeloid_Imax" not in no_homeostasis.defaults
    assert no_homeostasis.with_("tnf_homeostasis") == reference
    assert no_homeostasis.swap(tnf.tnf_homeostasis) == reference
    with pytest.raises(UnknownNameError, match="did you mean 'tnf_tolerance'"):
        reference.without("tnf_tolerence")
    with pytest.raises(ModelError, match="slot 'il6' is empty"):
        reference.without("il6_from_stroma")


def test_with_needs_an_empty_slot() -> None:
    """The message says which verb replaces."""
    with pytest.raises(InputError, match="slot 'il6' holds 'il6_from_stroma'; swap puts"):
        reference.with_("il6_from_tumour")


def test_values_are_not_equations() -> None:
    """Other starting values make another model with the same hash."""
    toned = reference.with_values(tone=2, name="toned")
    assert (toned.name, toned.defaults["tone"]) == ("toned", 2.0)
    assert toned.hash == reference.hash
    assert toned != reference
    assert toned.with_values(tone=1) == reference
    assert toned.swap("no_tolerance").defaults["tone"] == 2
    with pytest.raises(ModelError, match="sets tone to 99, outside"):
        reference.with_values(tone=99)
    with pytest.raises(ModelError, match="sets tone to '2', which is not a number"):
        reference.with_values(tone="2")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="sets tonne, which is not a parameter; did you mean 'ton"):
        reference.with_values(tonne=2)


def test_names_and_claims_go_with_the_verb() -> None:
    """A new model says its own claim; it does not keep the one it no longer makes."""
    named = reference.swap("no_tolerance", name="n", claim="c", refuted_by="r", values={"tone": 2})
    assert (named.name, named.claim, named.refuted_by, named.defaults["tone"]) == ("n", "c", "r", 2)
    assert reference.swap("no_tolerance").claim == ""
    assert repr(named).startswith("<Model n: 18 states")


def test_models_cannot_be_changed() -> None:
    """Verbs leave the model they are called on as it was."""
    before = reference.hash
    reference.swap("no_exhaustion").without("tnf_homeostasis").with_values(tone=2)
    assert replace(reference).hash == before
    with pytest.raises(AttributeError):
        reference.name = "other"  # type: ignore[misc]
    for table in (reference.values, reference.odes, reference.definitions, reference.defaults):
        assert isinstance(table, Mapping)
        with pytest.raises(TypeError):
            table["tone"] = 1  # type: ignore[index]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_models_pickle(model: Model) -> None:
    """Equations, values, claims and rivals come back."""
    copy = pickle.loads(pickle.dumps(model))
    assert copy == model
    assert (copy.name, copy.claim, copy.refuted_by) == (model.name, model.claim, model.refuted_by)
    assert [m.name for m in copy.rivals] == [m.name for m in model.rivals]
    assert dict(copy.odes) == dict(model.odes)


def swapped_hash(model: Model) -> tuple[str, str]:
    """Return the hash of a model and of a rival of it."""
    return model.hash, model.swap("no_tolerance").hash


def test_models_work_in_a_spawned_process() -> None:
    """A worker that shares nothing with us rebuilds the same model."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        assert pool.submit(swapped_hash, reference).result(60) == swapped_hash(reference)


def test_hash_is_the_same_in_every_process() -> None:
    """It does not depend on the order of sets or the seed of Python's own hash."""
    code = "import pdmodel; print(*(f'{m.name} {m.hash}' for m in pdmodel.models().values()))"
    found = set()
    for seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout.strip())
    assert found == {" ".join(f"{m.name} {m.hash}" for m in MODELS)}


def test_hash_is_of_the_equations_alone() -> None:
    """Neither names, claims, sources nor the order of mechanisms matter."""
    mechanisms = [
        Mechanism(
            f"other_{m.name}", m.slot, "another claim", "other", m.processes, m.defines, m.doses,
            m.values, "B",
        )
        for m in reversed(reference.mechanisms)
    ]  # fmt: skip
    twin = Model("twin", reference.vocabulary, mechanisms, claim="another")
    assert twin.hash == reference.hash
    assert twin == reference
    assert list(twin.doses) == list(reference.doses)


def test_different_equations_have_different_hashes() -> None:
    """No two published models are the same, and each slot counts."""
    assert len(set(MODELS)) == len(MODELS) >= 12
    rivals = [reference.swap(rival) for rival in reference.rivals]
    assert len({rival.hash for rival in (*rivals, reference)}) == len(rivals) + 1


def test_order_of_the_states_is_part_of_the_hash() -> None:
    """Compiled arrays follow it: a kernel of one order must not serve the other."""

    def two(first: str, second: str) -> Model:
        q = Vocabulary()
        states = [q.state(name, unit="1", initial=1, meaning=name) for name in (first, second)]
        q.slot("s", meaning="", states=tuple(states))
        k = q.parameter("k", unit="1/day", value=1, bounds=(0, 2), meaning="", source=ASSUMED)
        rates = {"p": {sympy.Symbol("x"): -k * sympy.Symbol("x"), sympy.Symbol("y"): 0}}
        return Model("m", q, [Mechanism("m", "s", "c", processes=rates)])

    assert two("x", "y").hash != two("y", "x").hash


def test_the_main_drug_is_that_of_the_first_state() -> None:
    """It does not depend on which mechanism is named first."""
    assert list(reference.doses) == ["lenalidomide", "methylprednisolone"]
    assert list(one_compartment().doses) == ["oral", "iv"]


def test_processes_keep_their_names() -> None:
    """Two processes of one name on one state are told apart by their mechanisms."""
    q = Vocabulary()
    k = q.parameter("k", unit="1/day", value=1, bounds=(0, 2), meaning="", source=ASSUMED)
    x = q.state("x", unit="1", initial=1, meaning="")
    q.slot("a", meaning="")
    q.slot("b", meaning="")
    loss = {"loss": {x: -k * x}}
    both = [Mechanism(f"of_{slot}", slot, "c", processes=loss) for slot in "ab"]
    model = Model("m", q, both)
    assert [process.name for process in model.processes] == ["of_a.loss", "of_b.loss"]
    assert model.odes[x] == -2 * k * x


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_defaults_lie_within_their_bounds(model: Model) -> None:
    """Whatever mechanism or model sets them."""
    assert set(model.defaults) == {quantity.name for quantity in model.parameters}
    for quantity in model.parameters:
        low, high = quantity.bounds or (model.defaults[quantity.name],) * 2
        assert low <= model.defaults[quantity.name] <= high, quantity.name
