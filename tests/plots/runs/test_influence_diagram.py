"""The diagram shows every state and every influence, and edges do not run through boxes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

import pdmodel
from pdmodel.errors import InputError
from pdmodel.model.printing.influence import influences, slots_of_states
from pdmodel.plots import image, influence_diagram
from pdmodel.plots.runs.layered_layout import layered_layout
from tests.plots.extents import faults_of

CHAIN = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("d", "a")]


@pytest.fixture(scope="module")
def edges() -> list[tuple[str, str, int]]:
    """Who acts on whom in the reference model."""
    return influences(pdmodel.load("reference"))


def patches(ax: Any, kind: type[Patch]) -> dict[str, Any]:
    """Patches of a kind by name."""
    return {str(patch.get_gid()): patch for patch in ax.patches if type(patch) is kind}


def test_every_state_and_influence_is_drawn(edges: list[tuple[str, str, int]]) -> None:
    """One box a state, one arrow an edge, signs by colour and by head."""
    ax = influence_diagram(edges, title="reference")
    arrows = patches(ax, FancyArrowPatch)
    assert set(arrows) == {f"{a} -> {b}" for a, b, _ in edges}
    assert set(patches(ax, FancyBboxPatch)) == {name for a, b, _ in edges for name in (a, b)}
    for sign in (1, -1, 0):
        own = {arrows[f"{a} -> {b}"].get_edgecolor() for a, b, s in edges if s == sign}
        other = {arrows[f"{a} -> {b}"].get_edgecolor() for a, b, s in edges if s != sign}
        assert len(own) == 1
        assert not own & other
    tees = {type(arrows[f"{a} -> {b}"].get_arrowstyle()) for a, b, s in edges if s < 0}
    assert tees.isdisjoint(
        {type(arrows[f"{a} -> {b}"].get_arrowstyle()) for a, b, s in edges if s > 0}
    )
    assert image(ax) == image(influence_diagram(edges, title="reference"))


def test_boxes_are_apart_and_edges_go_round_them(edges: list[tuple[str, str, int]]) -> None:
    """Within a layer, neither two boxes nor a box and a passing edge touch."""
    layout = layered_layout((a, b) for a, b, _ in edges)
    for (_, (x0, y0)), (_, (x1, y1)) in combinations(layout.nodes.items(), 2):
        assert x0 != x1 or abs(y0 - y1) >= 1 - 1e-9
    for route in layout.routes.values():
        for x, y in route[1:-1]:
            assert all(abs(y - v) > 0.5 for u, v in layout.nodes.values() if u == x)


def test_causes_stand_left_of_effects_and_routes_keep_their_direction() -> None:
    """Only the edge that closes the cycle runs backwards; routes pass every layer between."""
    layout = layered_layout(CHAIN)
    place = {name: x for name, (x, _) in layout.nodes.items()}
    assert [place[name] for name in "abcd"] == [0, 1, 2, 3]
    assert [x for x, _ in layout.routes[("a", "d")]] == [0, 1, 2, 3]
    assert [x for x, _ in layout.routes[("d", "a")]] == [3, 2, 1, 0]


def test_nonsense_is_refused() -> None:
    """A sign that is none, and a graph without edges."""
    with pytest.raises(InputError, match="sign must be"):
        influence_diagram([("a", "b", 2)])
    with pytest.raises(InputError, match="no influence"):
        influence_diagram([("a", "a", 1)])


def test_one_state_is_drawn_with_its_neighbours() -> None:
    """What acts on it and what it acts on, no more; a state that is not there is refused."""
    edges = [("drug", "cell", -1), ("cell", "signal", 1), ("signal", "cell", 1), ("a", "b", 1)]
    ax: Any = influence_diagram(edges, around="cell")
    assert set(patches(ax, FancyBboxPatch)) == {"drug", "cell", "signal"}
    assert len(patches(ax, FancyArrowPatch)) == 3
    with pytest.raises(InputError, match="signal"):
        influence_diagram(edges, around="signl")


def test_a_model_is_drawn_by_its_influences() -> None:
    """The model itself will do; anything else is told what is wanted."""
    model = pdmodel.load("reference")
    of_model: Any = influence_diagram(model)
    of_edges: Any = influence_diagram(influences(model), words=model.vocabulary.words)
    assert image(of_model) == image(of_edges)
    wrong: list[Any] = ["reference", 3, [("a", "b")]]
    for given in wrong:
        with pytest.raises(InputError, match="needs a Model, or edges"):
            influence_diagram(given)


def test_a_box_may_be_a_slot_with_all_of_its_states() -> None:
    """A box a slot that has states, an arrow where any of its states acts on one of another."""
    model = pdmodel.load("reference")
    drawn: Any = influence_diagram(model, by="slot")
    slots = slots_of_states(model)
    assert set(patches(drawn, FancyBboxPatch)) == set(slots.values())
    pairs = {(slots[a], slots[b]) for a, b, _ in influences(model) if slots[a] != slots[b]}
    assert set(patches(drawn, FancyArrowPatch)) == {f"{a} -> {b}" for a, b in pairs}
    assert "tissue, blood" in [text.get_text() for text in drawn.texts]
    near: Any = influence_diagram(model, by="slot", around="neutrophils")
    assert set(patches(near, FancyBboxPatch)) == {"marrow", "exposure"}
    assert faults_of(drawn.figure) == []
    with pytest.raises(InputError, match="slot"):
        influence_diagram(model, by="slots")
