"""A schedule and the times to look at, as the arrays that compiled code reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.rosenbrock.memory import (
    ACTION,
    ADD,
    ADD_STATE,
    EDGE,
    OUTPUT,
    RATE,
    STATE,
    WATCH,
    Timeline,
)
from pdmodel.engine.schedule.edges import Edge, RunSchedule

Kinds = dict[object, int]
"""What happens at an edge, and the number of its kind."""


def make_timeline(
    schedule: RunSchedule,
    times: Array,
    after: Integers,
    steady: Array,
    kinds: Kinds | None = None,
) -> Timeline:
    """Return the arrays of a run.

    Parameters
    ----------
    schedule
        What happens when.
    times, after
        Outputs, sorted by time and within a time by `after`, shapes (n_outputs,).
    steady
        States of the steady-state doses, shape (n_steady, n_states).
    kinds
        The kinds that other timelines have, which get those of this one as well.
    """
    outputs = np.zeros(times.size, dtype=OUTPUT)
    outputs["time"], outputs["after"] = times, after
    none, watches = np.zeros(0, dtype=EDGE), np.zeros(0, dtype=WATCH)
    timeline = Timeline(none, np.zeros(0, dtype=ACTION), outputs, steady, schedule.horizon, watches)
    return with_edges(timeline, schedule, kinds)


def with_edges(timeline: Timeline, schedule: RunSchedule, kinds: Kinds | None = None) -> Timeline:
    """Return a timeline with the edges of another schedule, and their actions."""
    edges = np.zeros(len(schedule.edges), dtype=EDGE)
    edges["time"] = [edge.time for edge in schedule.edges]
    edges["kind"] = _edge_kinds(schedule.edges, {} if kinds is None else kinds)
    ends = np.cumsum([len(edge.steps) for edge in schedule.edges], dtype=np.int64)
    edges["first"][1:], edges["end"] = ends[:-1], ends
    steps = [(s.kind, s.target, s.value) for edge in schedule.edges for s in edge.steps]
    return timeline._replace(edges=edges, actions=np.array(steps, dtype=ACTION))


def _edge_kinds(edges: tuple[Edge, ...], numbers: Kinds) -> list[int]:
    """Give edges one number at which the same happens, within a factor of two in size."""
    kinds = []
    for edge in edges:
        signature = tuple(
            (step.kind, step.target, _size(step.value) if step.kind in (ADD, RATE) else 0)
            for step in edge.steps
            if step.kind not in (STATE, ADD_STATE)
        )
        kinds.append(numbers.setdefault(signature, len(numbers) + 1))
    return kinds


def _size(value: float) -> int:
    return math.frexp(value)[1] if value else -2000


def n_kinds(timeline: Timeline) -> int:
    """Return how many numbers `edge_kind` uses; 0 stands for the start."""
    return int(timeline.edges["kind"].max(initial=0)) + 1


def join_timelines(timelines: Sequence[Timeline]) -> tuple[Timeline, Integers]:
    """Put timelines with the same outputs one after another.

    Returns
    -------
    Timeline, ndarray
        The joined timeline, and the first edge and the end of the edges of each: (n_timelines, 2).
    """
    ends = np.cumsum([0, *(timeline.edges.size for timeline in timelines)])
    edges, actions = [], 0
    for timeline in timelines:
        moved = timeline.edges.copy()
        moved["first"] += actions
        moved["end"] += actions
        edges.append(moved)
        actions += timeline.actions.size
    joined = timelines[0]._replace(
        edges=np.concatenate(edges),
        actions=np.concatenate([timeline.actions for timeline in timelines]),
    )
    return joined, np.stack([ends[:-1], ends[1:]], axis=1).astype(np.int64)
