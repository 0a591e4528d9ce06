"""What the compiled integrator works on: plain arrays under names.

Several patients advance side by side in lanes. What belongs to the states of all lanes is a vector
of `states x lanes` numbers, so that one loop serves any number of lanes. Records give names to what
is in an array. Compiled code is handed a named tuple as its place, so that a function may take
whole tuples of which it reads little.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.rosenbrock.tableau import METHOD

Address = tuple[int, int]

# What became of a task.
WAITING, RUNNING, DONE, TRIGGERED = 0, 1, 2, 3
COLLAPSED, NOT_FINITE, OUT_OF_STEPS, NO_START, SINGULAR, SLIDES, TOUCHES = range(-1, -8, -1)
REFUSED, NO_SLOPES = -100, -101
"""Whose constants contradict each other; whose slopes are no numbers."""
CAUSES = {
    COLLAPSED: "the step size collapsed",
    NOT_FINITE: "a derivative or a state is not a finite number",
    OUT_OF_STEPS: "the budget of steps is used up",
    NO_START: "the parameters give no finite starting state",
    SINGULAR: "the linear systems have no reliable solution",
    SLIDES: "the run slides along the border of",
    TOUCHES: "the run only touches the border of",
    NO_SLOPES: "a sensitivity of a state is not a finite number: a derivative of a rate is beyond "
    "the range of numbers (a narrow sigmoid is better written with tanh than with exp)",
}
ADVICE = {
    CAUSES[SLIDES]: "the rates on both sides of it lead back to it; write a transition that is "
    "smooth (such as hill), or the rate that holds on the border",
    CAUSES[TOUCHES]: "the values there have no slopes by parameters",
}
"""What follows the condition in whose border a run failed."""


class Kernels(NamedTuple):
    """Addresses of a model's machine code; the second of each pair is passed on to the first."""

    prepare: Address
    slope: Address
    advance: Address
    accept: Address
    observe: Address
    watch: Address
    gauge: Address


class Sizes(NamedTuple):
    """How many of what."""

    lanes: int
    states: int
    parameters: int
    constants: int
    coefficients: int
    entries: int
    timed: int
    quantities: int
    watches: int
    switches: int


EDGE = np.dtype([("time", "f8"), ("kind", "i8"), ("first", "i8"), ("end", "i8")], align=True)
"""Day of an edge; a number that is the same where the same happens; its actions."""

ACTION = np.dtype([("kind", "i8"), ("target", "i8"), ("value", "f8")], align=True)
"""What is done (`ADD` ...), to which state or parameter, by how much."""

OUTPUT = np.dtype([("time", "f8"), ("after", "i8")], align=True)
"""Day of an output, and whether it is taken after the edge at that time."""

REPORT = np.dtype(
    [
        ("status", "i8"), ("time", "f8"), ("lowest", "f8"), ("lowest_state", "i8"),
        ("accepted", "i8"), ("rejected", "i8"), ("first_edge", "i8"), ("end_edge", "i8"),
        ("steady", "i8"), ("switches", "i8"), ("surface", "i8"), ("coarse", "i8"),
        ("first_output", "i8"), ("end_output", "i8"), ("row", "i8"), ("horizon", "f8"),
    ],
    align=True,
)  # fmt: skip
"""Of a task: `DONE` or why not, the day it ended, the lowest value of any state, which state that
was, steps, its edges, its first steady state; how many switches it met, and at which it failed;
whether the size of a state was overestimated; its outputs, the row that its first one is written
to, and where it ends if that is before the timeline does."""

BOOK = np.dtype(
    [
        ("task", "i8"), ("edge", "i8"), ("output", "i8"), ("kind", "i8"), ("time", "f8"),
        ("step", "f8"), ("end", "f8"), ("begun", "f8"), ("fresh", "i8"),
        ("arrived", "i8"), ("settled", "i8"), ("aim", "i8"), ("tries", "i8"), ("met", "i8"),
        ("switches", "i8"), ("still", "i8"), ("again", "i8"), ("turned", "f8"), ("close", "i8"),
        ("accepted", "i8"), ("lost", "f8"), ("horizon", "f8"),
    ],
    align=True,
)  # fmt: skip
"""Where a lane stood when it was last looked at: its task (-1 for none), next edge and output, the
kind of the last edge; day and step; end of the segment, where it began, whether it is yet to be set
out on; and whether what an edge changes is done. What every step changes is in `Lanes.clock`. Of
switches: whether the modes are known; the one that a step is to end at (-1 for none) and how often
that was tried, whether a step does; how many were met, and how many since time has moved. And
whether the task is to be made again (1) or is the second time (2). Of chatter: the day of the last
jump at a switch, and how many came in a row with next to nothing between them. Of runs with slopes:
whether the step was accepted, and how long those were together that left the day as it was. And the
end of the task, where that is before the timeline's."""


WATCH = np.dtype(
    [
        ("threshold", "f8"), ("sign", "f8"), ("left", "i8"), ("armed", "i8"), ("holds", "i8"),
        ("fired", "i8"),
    ],
    align=True,
)  # fmt: skip
"""A condition: its threshold; 1 for above and -1 for below; how often it may still fire, whether
it may now, whether it holds, and whether it has just fired."""

ADD, RATE, SET, RESET, STATE, ADD_STATE, REPLACE, MULTIPLY = range(8)


class Timeline(NamedTuple):
    """When something happens in a run, what happens, and when outputs are taken.

    Parameters
    ----------
    edges, actions, outputs
        Records `EDGE`, `ACTION` and `OUTPUT`, edges and outputs sorted by time.
    steady
        States that a `STATE` action puts in place (or adds), shape (n_steady, n_states).
    horizon
        End of the run, days.
    watches
        Records `WATCH`; with any of them there is one lane.
    """

    edges: Any
    actions: Any
    outputs: Any
    steady: Array
    horizon: float
    watches: Any


NO_LEAST: Array = np.zeros(0)
NO_RESTART: Array = np.zeros((0, 0))


class Tasks(NamedTuple):
    """One row a patient: what goes in and what comes out.

    Parameters
    ----------
    parameters
        Shape (n_tasks, n_parameters).
    values
        Outputs of all tasks, one below the other: (n_rows, n_quantities).
    ends
        State at the end, what was delivered into each state, its lowest and its highest value:
        (n_tasks, 4, n_states).
    reports
        Records `REPORT`, shape (n_tasks,).
    restart
        First step after an edge of each kind, known from before and handed on: 0 where it is not
        known, shape (n_tasks, n_kinds). Empty where every task begins without.
    """

    parameters: Array
    values: Array
    ends: Array
    reports: Any
    restart: Array = NO_RESTART


class Rules(NamedTuple):
    """What holds for all tasks.

    Parameters
    ----------
    rtol, max_steps
        Relative tolerance, and the most steps a task may take.
    least
        Least value of each constant, -inf where there is none: a task whose parameters give less
        is refused. Empty where that has been looked at before.
    refined
        1 where rows within a step are refined, and steps shorter for them. With slopes they never
        are, and must not be where slopes of the same values are asked for in other runs.
    """

    rtol: float
    max_steps: int
    least: Array = NO_LEAST
    refined: int = 0


class Lanes(NamedTuple):
    """Where each lane stands, and room to work in.

    Parameters
    ----------
    queue
        The next task that no lane has taken, shape (1,).
    book
        Records `BOOK`, shape (lanes,).
    vectors
        Rows of numbers a state: the stages of the method, then `NOW`, `RATES`, `END`, `ATOL`,
        `LOWEST`, `HIGHEST`; `SHARE` (of a state's size that `ATOL` is; 0 where it is declared),
        `LIMIT` (the most that `ATOL` may be foreseen as), `SIZE` (foreseen); filled up to whole
        registers of eight. The block of memory begins here. Then, one number a state, what the
        step did that was followed last, of whichever lane: where it `BEGINS` and `ENDS`, the
        `DEFECT` (`Tableau`), and how it `BENDS` (four coefficients, of powers of the share of the
        step that rise from 0).
    clock
        Rows of one number a lane:
        `TIME`, `STEP`, `INVERSE` of it, `STOP` (end of the segment), `NEXT` (what is due next),
        `REACHED` (end of the step), `PROPOSED` (next step); `RTOL`; `ERROR` and `LOGARITHM` of it,
        `OLD_ERROR` (logarithm of that of the last accepted step); `ACCEPTED` (1, or -1 if
        rejected, or 0 if neither yet), `FAILED` (the last step was rejected), `FRESH` (how long the
        first step of the segment should be is not known yet), `FIRST` (how long that is, or at
        least; 0 before the first); `ACTIVE`, steps `TAKEN`
        and `REJECTED`, their `BUDGET`; `LOOK` (to be looked at), and `TRIES` left before that;
        `PASSED` (the step has passed a switch); `ROW` (day of the next output, or infinity);
        `REFINED` (1 where rows within a step are).
    stage, slopes, factors
        What kernels read and write: inputs (modes are the last of them), then the
        lowest height of each switch in its mode, and the highest; then a register a switch with
        its heights at the points of a step at which it is looked at; 1/(h gamma), Jacobian,
        derivative, time slope; factors.
    prepared
        Constants, starting state and coefficients of the lane prepared last.
    seen
        Inputs of `observe`, a row a lane: time, states, parameters, constants; and modes.
    watched
        What `watch` writes.
    restart
        First step that succeeded after an edge of each kind, and after each switch from either
        side, shape (n_kinds + 2 n_switches, lanes).
    gauged
        What `gauge` writes, and the derivatives before a switch.
    held
        Whether a lane keeps the mode of a switch that both sides lead back to: (n_switches, lanes).
    places
        Row and column of each entry of the Jacobian, shape (2, n_entries).
    corners
        1 for each switch at which only slopes change, else 0, shape (n_switches,).
    gauging
        The states that heights of switches depend on, shape (n_gauging,).
    """

    queue: Integers
    book: Any
    vectors: Array
    clock: Array
    stage: Array
    slopes: Array
    factors: Array
    prepared: Array
    seen: Array
    watched: Array
    restart: Array
    gauged: Array
    held: Integers
    places: Integers
    corners: Integers
    gauging: Integers


NOW, RATES, END, ATOL, LOWEST, HIGHEST, SHARE, LIMIT, SIZE, BEGINS, ENDS, DEFECT, BENDS = (
    METHOD.stages + row for row in range(13)
)
_VECTORS = METHOD.stages + 16
LEAST_ATOL = 2.0**-1022
"""The least normal number: what a state that is nothing is allowed, so that 0/0 is 0."""
(
    TIME, STEP, INVERSE, RTOL, ERROR, ACCEPTED, STOP, NEXT, REACHED, PROPOSED, FAILED, FRESH, FIRST,
    OLD_ERROR, LOGARITHM, ACTIVE, TAKEN, REJECTED, BUDGET, LOOK, TRIES, PASSED, ROW,
    REFINED,
) = range(24)  # fmt: skip
_CLOCKS = 24
ROUNDING, SHARE_OF_ATOL = 64 * 2.0**-52, 1e-3
"""The height of a switch has no sign below this share of both its sides, and this share of the
absolute tolerances."""
CHATTER, CHATTER_HEIGHT = 200, 0.1
"""A run chatters that has passed a border so often in a row and between was never farther from it
than the tolerance, times this share of the inverse cube root of the relative one: so near, what is
off by the tolerance at one pass, and not the flow, decides when the next one comes."""
REGISTER = 8
"""Doubles of a register; vectors begin at multiples of as many."""


class MemoryLayout(NamedTuple):
    """Where in a block of memory what the machine code of a step works on begins.

    Parameters
    ----------
    width
        Numbers in a row of `vectors`.
    clock, stage, modes, heights, slopes, factors
        Where they begin; `vectors` begin at 0. In `stage` the states and in `slopes` the
        derivatives begin with a register; the modes and the heights are in `stage`.
    size
        Numbers in all.
    """

    width: int
    clock: int
    stage: int
    modes: int
    heights: int
    slopes: int
    factors: int
    size: int


def make_layout(sizes: Sizes, n_factors: int) -> MemoryLayout:
    """Return the layout for a model and a number of lanes."""
    count, n = sizes.lanes, sizes.states
    width = _up(n * count)
    clock = _VECTORS * width
    stage = _up(clock + (_CLOCKS + 1) * count) - count
    before = (1 + sizes.entries) * count
    modes = stage + (1 + n + sizes.coefficients) * count
    heights = modes + 3 * sizes.switches * count
    slopes = _up(heights + REGISTER * sizes.switches * count + before) - before
    factors = _up(slopes + before + 2 * n * count)
    size = factors + n_factors * count
    return MemoryLayout(width, clock, stage, modes, heights, slopes, factors, size)


def _up(size: int) -> int:
    return -(-size // REGISTER) * REGISTER


def make_lanes(
    sizes: Sizes, atol: Array, n_factors: int, n_kinds: int, share: Array | None = None,
    places: Integers | None = None, corners: Integers | None = None,
    gauging: Integers | None = None,
) -> Lanes:  # fmt: skip
    """Return empty lanes, ready for `advance`.

    Parameters
    ----------
    atol, share
        Absolute tolerance of each state; or, where it has one, the share of its size that it is:
        shapes (n_states,).
    n_factors, n_kinds
        Numbers of a factorisation, and kinds of edges.
    places
        Rows and columns of the Jacobian's entries, which foreseeing sizes needs.
    corners, gauging
        As in `Lanes`; without them every switch may jump, and depend on all states.
    """
    count, n = sizes.lanes, sizes.states
    book = np.zeros(count, dtype=BOOK)
    book["task"], book["step"] = -1, 1.0
    layout = make_layout(sizes, n_factors)
    block = _block(layout.size)
    vectors = block[: _VECTORS * layout.width].reshape(_VECTORS, layout.width)
    vectors[ATOL], vectors[LIMIT] = 1, np.inf
    vectors[ATOL, : n * count] = np.repeat(atol, count)
    vectors[SHARE, : n * count] = 0 if share is None else np.repeat(share, count)
    n_stage = 1 + n + sizes.coefficients + (3 + REGISTER) * sizes.switches
    n_slopes = 1 + sizes.entries + 2 * n
    stage = block[layout.stage :][: n_stage * count]
    stage[:] = 1
    return Lanes(
        queue=np.zeros(1, dtype=np.int64),
        book=book,
        vectors=vectors,
        clock=block[layout.clock :][: _CLOCKS * count].reshape(_CLOCKS, count),
        stage=stage,
        slopes=block[layout.slopes :][: n_slopes * count],
        factors=block[layout.factors :][: n_factors * count],
        prepared=np.zeros(sizes.constants + n + sizes.coefficients),
        seen=np.zeros((count, 1 + n + sizes.parameters + sizes.constants + sizes.switches)),
        watched=np.zeros(sizes.watches),
        restart=make_restart(sizes, n_kinds),
        gauged=np.zeros(sizes.switches * (3 + n) + n),
        held=np.zeros((sizes.switches, count), dtype=np.int64),
        places=np.zeros((2, sizes.entries), dtype=np.int64) if places is None else places,
        corners=np.zeros(sizes.switches, dtype=np.int64) if corners is None else corners,
        gauging=np.arange(n) if gauging is None else gauging,
    )


def make_restart(sizes: Sizes, n_kinds: int) -> Array:
    """Return room for the first steps after edges and switches."""
    return np.zeros((n_kinds + 2 * sizes.switches, sizes.lanes))


def _block(size: int) -> Array:
    """Return zeros that begin where a register of memory begins."""
    room = np.zeros(size + REGISTER)
    first = -(room.ctypes.data // 8) % REGISTER
    return room[first : first + size]


def on_registers(shape: tuple[int, int]) -> Array:
    """Return zeros each of whose rows begins where a register begins: (n_rows, at least n)."""
    rows, width = shape[0], _up(shape[1])
    return _block(rows * width).reshape(rows, width)


def make_tasks(
    parameters: Array, timeline: Timeline, sizes: Sizes, restart: Array = NO_RESTART
) -> Tasks:
    """Return tasks that have not begun; all follow the whole timeline, with all its outputs.

    Parameters
    ----------
    parameters
        Shape (n_tasks, n_parameters).
    restart
        As in `Tasks`; it is written to.
    """
    count, n_outputs = parameters.shape[0], timeline.outputs.size
    reports = np.zeros(count, dtype=REPORT)
    reports["end_edge"], reports["end_output"] = timeline.edges.size, n_outputs
    reports["row"], reports["horizon"] = n_outputs * np.arange(count), np.inf
    return Tasks(
        parameters=np.ascontiguousarray(parameters),
        values=np.full((count * n_outputs, sizes.quantities), np.nan),
        ends=np.zeros((count, 4, sizes.states)),
        reports=reports,
        restart=restart,
    )
