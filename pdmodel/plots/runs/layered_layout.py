"""A layered layout of a directed graph: causes left, effects right, long edges led between nodes.

After Sugiyama: turn a few edges so that no cycle is left, layer by the longest path, lead an edge
through a waypoint in every layer it passes, order layers by the mean place of neighbours, and
move everything towards its neighbours. No chance is involved: equal graphs, equal pictures.

It is ours because libraries for it need a compiled program, or are no longer kept, or place nodes
by chance; a graph of a model has some dozen nodes, for which this is quick enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

Item = str | tuple[str, str, int]  # a node, or the waypoint of an edge in a layer
Pair = tuple[str, str]

_SWEEPS = 24
_GAP = {True: 1.0, False: 0.32}  # between centres: of nodes, of waypoints


class GraphLayout(NamedTuple):
    """Places of nodes and the points each edge runs through, from its source to its target."""

    nodes: dict[str, tuple[float, float]]
    routes: dict[Pair, list[tuple[float, float]]]


def layered_layout(pairs: Iterable[Pair]) -> GraphLayout:
    """Place the nodes of a graph in layers.

    Parameters
    ----------
    pairs
        (source, target) of every edge; an edge to itself is left out.

    Returns
    -------
    GraphLayout
        x is the number of the layer, y the height within it (a node is about 1 high).

    Examples
    --------
    >>> layout = layered_layout([("a", "b"), ("b", "c"), ("a", "c"), ("c", "a")])
    >>> [x for x, _ in layout.nodes.values()], len(layout.routes[("a", "c")])
    ([0.0, 1.0, 2.0], 3)
    """
    edges = [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]
    if not edges:
        return GraphLayout({}, {})
    nodes = list(dict.fromkeys(name for pair in edges for name in pair))
    rank = _ranks(nodes, edges)
    chains = {pair: _chain(pair, rank) for pair in edges}
    layers = _layers(nodes, rank, chains.values())
    neighbours = _neighbours(chains.values())
    _order(layers, neighbours)
    height = _heights(layers, neighbours)
    depth = {item: float(index) for index, layer in enumerate(layers) for item in layer}
    return GraphLayout(
        {name: (depth[name], height[name]) for name in nodes},
        {pair: [(depth[item], height[item]) for item in chain] for pair, chain in chains.items()},
    )


def _sequence(nodes: Sequence[str], edges: Sequence[Pair]) -> list[str]:
    """Order nodes so that few edges run backwards (the greedy rule of Eades, Lin and Smyth)."""
    left, right, rest = list[str](), list[str](), list(nodes)
    while rest:
        inside = [(a, b) for a, b in edges if a in rest and b in rest]
        outgoing = {name: sum(a == name for a, _ in inside) for name in rest}
        incoming = {name: sum(b == name for _, b in inside) for name in rest}
        sinks = [name for name in rest if not outgoing[name] and incoming[name]]
        sources = [name for name in rest if not incoming[name]]
        if sinks:
            right.insert(0, sinks[-1])
            rest.remove(sinks[-1])
        else:
            first = sources[0] if sources else max(rest, key=lambda n: outgoing[n] - incoming[n])
            left.append(first)
            rest.remove(first)
    return left + right


def _ranks(nodes: Sequence[str], edges: Sequence[Pair]) -> dict[str, int]:
    """Return the layer of each node: one more than the deepest node that acts on it."""
    index_of = {name: index for index, name in enumerate(_sequence(nodes, edges))}
    forward = [sorted(pair, key=index_of.__getitem__) for pair in edges]
    rank = dict.fromkeys(nodes, 0)
    for name in sorted(nodes, key=index_of.__getitem__):
        above = [rank[a] + 1 for a, b in forward if b == name]
        rank[name] = max(above, default=0)
    return rank


def _chain(pair: Pair, rank: dict[str, int]) -> list[Item]:
    """Return source, a waypoint in every layer between, target."""
    first, last = rank[pair[0]], rank[pair[1]]
    step = 1 if last > first else -1
    between: list[Item] = [(*pair, layer) for layer in range(first + step, last, step)]
    return [pair[0], *between, pair[1]]


def _layers(
    nodes: Sequence[str], rank: dict[str, int], chains: Iterable[list[Item]]
) -> list[list[Item]]:
    layers: list[list[Item]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in nodes:
        layers[rank[name]].append(name)
    for chain in chains:
        for item in chain[1:-1]:
            layers[int(item[2])].append(item)
    return layers


def _neighbours(chains: Iterable[list[Item]]) -> dict[Item, list[Item]]:
    neighbours: dict[Item, list[Item]] = {}
    for chain in chains:
        for a, b in pairwise(chain):
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
    return neighbours


def _order(layers: list[list[Item]], neighbours: dict[Item, list[Item]]) -> None:
    """Sort each layer by the mean place of neighbours, sweeping there and back; keep the best."""
    best, least = [list(layer) for layer in layers], _crossings(layers, neighbours)
    for sweep in range(_SWEEPS):
        indices = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for index in indices:
            beside = layers[index - 1 if sweep % 2 == 0 else index + 1]
            index_of = {item: n for n, item in enumerate(beside)}
            layers[index].sort(key=_mean_place(index_of, neighbours, layers[index]))
        crossings = _crossings(layers, neighbours)
        if crossings < least:
            best, least = [list(layer) for layer in layers], crossings
    layers[:] = best


def _mean_place(
    index_of: dict[Item, int], neighbours: dict[Item, list[Item]], layer: list[Item]
) -> Callable[[Item], float]:
    means = {}
    for index, item in enumerate(layer):
        indices = [index_of[other] for other in neighbours[item] if other in index_of]
        means[item] = sum(indices) / len(indices) if indices else float(index)
    return means.__getitem__


def _crossings(layers: list[list[Item]], neighbours: dict[Item, list[Item]]) -> int:
    """Count pairs of edges between adjacent layers that cross."""
    count = 0
    for first, second in pairwise(layers):
        index_of = {item: n for n, item in enumerate(second)}
        ends = [sorted(index_of[o] for o in neighbours[i] if o in index_of) for i in first]
        flat = [end for group in ends for end in group]
        count += sum(a > b for n, a in enumerate(flat) for b in flat[n + 1 :])
    return count


def _heights(layers: list[list[Item]], neighbours: dict[Item, list[Item]]) -> dict[Item, float]:
    """Move items towards their neighbours without changing their order or crowding them."""
    height: dict[Item, float] = {}
    for layer in layers:
        offsets = _offsets(layer)
        height |= {item: o - offsets[-1] / 2 for item, o in zip(layer, offsets, strict=True)}
    for _ in range(_SWEEPS):
        for layer in layers:
            wish = [sum(height[o] for o in neighbours[i]) / len(neighbours[i]) for i in layer]
            height |= dict(zip(layer, _spread(layer, wish), strict=True))
    return height


def _offsets(layer: list[Item]) -> list[float]:
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + (_GAP[isinstance(a, str)] + _GAP[isinstance(b, str)]) / 2)
    return offsets


def _spread(layer: list[Item], wish: list[float]) -> list[float]:
    """Return heights near those wished for, in order, at least the gaps apart."""
    offsets = _offsets(layer)
    slack = [w - o for w, o in zip(wish, offsets, strict=True)]
    up = [max(slack[: n + 1]) for n in range(len(slack))]
    down = [min(slack[n:]) for n in range(len(slack))]
    return [(u + d) / 2 + o for u, d, o in zip(up, down, offsets, strict=True)]
