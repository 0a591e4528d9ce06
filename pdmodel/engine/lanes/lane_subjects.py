"""Subject after subject through one lane, in compiled code: each with edges and rows of its own.

What a run of one patient is given anew each time (memory, checks of constants, sizes) is made ready
here for subject after subject, so that a call from Python costs the same for one as for a hundred.
Every subject finds the memory as a run of its own would, so nobody's numbers depend on who was
there before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.address import call
from pdmodel.engine.codegen.numba_door import compiled, entry, inlined
from pdmodel.engine.codegen.program import WIDE
from pdmodel.engine.compiled_model.sensitivity_code import BEFORE, ROWS, SensitivityCode
from pdmodel.engine.lanes.lane_sensitivities import Sensitivities, make_sensitivities
from pdmodel.engine.lanes.lanes import advance
from pdmodel.engine.rosenbrock.memory import (
    ATOL,
    BOOK,
    DONE,
    LIMIT,
    REPORT,
    SHARE,
    Address,
    Kernels,
    Lanes,
    Rules,
    Sizes,
    Tasks,
    Timeline,
)

REFUSED, NO_SLOPES = -100, -101
"""What became of a subject whose constants contradict each other; whose slopes are no numbers."""
_BY_PARAMETER, _BY_START, _BY_DOSE = 1, 2, 3
_WIDE = WIDE


class Subjects(NamedTuple):
    """What happens to all subjects, one after another in the same arrays.

    Parameters
    ----------
    edges, actions, steady, watches
        As in `Timeline`; the reports of the tasks say which edges and steady states are whose.
    outputs, ends
        Records `OUTPUT`, sorted subject by subject; where those of each begin, and the end of the
        last: (n_subjects + 1,).
    horizons
        End of each run, days.
    constants
        Address of what evaluates the constants and the starting state.
    least
        Least value of each constant, -inf where there is none.
    blank
        An empty record `BOOK`.
    atol, share
        As in `make_lanes`.
    """

    edges: Any
    actions: Any
    steady: Array
    watches: Any
    outputs: Any
    ends: Integers
    horizons: Array
    constants: Address
    least: Array
    blank: Any
    atol: Array
    share: Array


class Room(NamedTuple):
    """What one thread works in.

    Parameters
    ----------
    lanes
        One lane.
    task
        One task with room for the rows of any subject; where it ends its numbers are copied.
    start
        Constants and starting state of the subject at hand.
    kinds, places
        Of each column of sensitivities: whether by a parameter, a starting value or a dose, and
        which of them.
    progress
        How many of its subjects are done, and whether the next has begun: shape (2,).
    """

    lanes: Lanes
    task: Tasks
    start: Array
    kinds: Integers
    places: Integers
    progress: Integers


def make_room(
    lanes: Lanes, sizes: Sizes, rows: int, n_start: int, code: SensitivityCode | None
) -> tuple[Room, Sensitivities | None]:
    """Return what one thread works in, with memory for sensitivities if there are any.

    Parameters
    ----------
    lanes
        One empty lane.
    rows
        The most rows of any subject.
    n_start
        How many numbers the code of the constants writes.
    code
        What is differentiated by.
    """
    task = Tasks(
        np.zeros((1, sizes.parameters)), np.zeros((1, rows, sizes.quantities)),
        np.zeros((1, 4, sizes.states)), np.zeros(1, dtype=REPORT),
    )  # fmt: skip
    width = 0 if code is None else code.blocks * WIDE
    kinds, places = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    sens = None
    if code is not None:
        sens = make_sensitivities(code, rows, np.ones(sizes.parameters))
        names = list(code.machine.parameters)
        for column, name in code.columns.parameters.items():
            kinds[column], places[column] = _BY_PARAMETER, names.index(name)
        for column, state in code.columns.initials.items():
            kinds[column], places[column] = _BY_START, state
        kinds[list(code.columns.doses)] = _BY_DOSE
        lanes = lanes._replace(prepared=np.zeros(code.prepare.n_out))
    return Room(lanes, task, np.zeros(n_start), kinds, places, np.zeros(2, dtype=np.int64)), sens


def blank_book() -> Any:
    """Return the record of a lane that has no task."""
    book = np.zeros(1, dtype=BOOK)
    book["task"], book["step"] = -1, 1.0
    return book


@inlined
def run_subjects(
    kernels: Kernels, sizes: Sizes, subjects: Subjects, tasks: Tasks, slopes: Array, rules: Rules,
    room: Room, sens: Sensitivities | None, members: Integers, tries: int,
) -> bool:  # fmt: skip
    """Run some of the subjects; return whether all of them have ended.

    It also returns, to be called again, after about so many steps as `tries`.

    Parameters
    ----------
    tasks
        A row a subject; values are those of all, one below the other: (n_rows, n_quantities).
    slopes
        The same for slopes, shape (n_rows, n_quantities, n_columns).
    members
        Which subjects.
    """
    left: float = tries
    while room.progress[0] < members.size:
        number = members[room.progress[0]]
        if left <= 0.0:
            return False
        if room.progress[1] == 0:
            room.progress[1] = begin_subject(sizes, subjects, tasks, room, sens, number)
        if room.progress[1] != 0:
            first, end = subjects.ends[number], subjects.ends[number + 1]
            timeline = Timeline(
                subjects.edges, subjects.actions, subjects.outputs[first:end], subjects.steady,
                subjects.horizons[number], subjects.watches,
            )  # fmt: skip
            lanes = room.lanes
            if not advance(kernels, sizes, timeline, room.task, rules, lanes, sens, tries):
                return False
            report = room.task.reports[0]
            left -= report.accepted + report.rejected
            end_subject(sizes, subjects, tasks, slopes, room, sens, number)
        room.progress[0] += 1
        room.progress[1] = 0
    return True


def _make_advance(mark: int) -> Callable[..., bool]:
    def advance_subjects(
        kernels: Kernels, sizes: Sizes, subjects: Subjects, tasks: Tasks, slopes: Array,
        rules: Rules, room: Room, sens: Sensitivities | None, members: Integers, tries: int,
    ) -> bool:  # fmt: skip
        return mark != 0 and run_subjects(
            kernels, sizes, subjects, tasks, slopes, rules, room, sens, members, tries
        )

    return advance_subjects


advance_subjects = entry(_make_advance)
"""`run_subjects`, kept on disk."""


@compiled
def begin_subject(
    sizes: Sizes, subjects: Subjects, tasks: Tasks, room: Room, sens: Sensitivities | None,
    number: int,
) -> int:  # fmt: skip
    """Make the memory ready for a subject; return 0 if its constants contradict each other."""
    clear_lane(sizes, subjects, room.lanes)
    task = room.task
    for i in range(sizes.parameters):
        task.parameters[0, i] = tasks.parameters[number, i]
    task.reports[0] = tasks.reports[number]
    task.ends[:] = 0.0
    for row in range(subjects.ends[number + 1] - subjects.ends[number]):
        for k in range(sizes.quantities):
            task.values[0, row, k] = math.nan
    call(
        subjects.constants[0], subjects.constants[1], room.start.ctypes.data,
        task.parameters.ctypes.data,
    )  # fmt: skip
    for i in range(sizes.constants):
        if not (math.isfinite(room.start[i]) and room.start[i] >= subjects.least[i]):
            tasks.reports[number].status = REFUSED
            return 0
    if sens is not None:
        clear_slopes(sizes, room, sens)
    return 1


@compiled
def clear_lane(sizes: Sizes, subjects: Subjects, lanes: Lanes) -> None:
    """Leave a lane as `make_lanes` makes it."""
    lanes.queue[0] = 0
    lanes.book[0] = subjects.blank[0]
    lanes.vectors[:] = 0.0
    lanes.vectors[ATOL, :] = 1.0
    lanes.vectors[LIMIT, :] = math.inf
    for i in range(sizes.states):
        lanes.vectors[ATOL, i] = subjects.atol[i]
        lanes.vectors[SHARE, i] = subjects.share[i]
    lanes.clock[:] = 0.0
    lanes.stage[:] = 1.0
    lanes.slopes[:] = 0.0
    lanes.factors[:] = 0.0
    lanes.prepared[:] = 0.0
    lanes.seen[:] = 0.0
    lanes.watched[:] = 0.0
    lanes.restart[:] = 0.0
    lanes.gauged[:] = 0.0
    lanes.held[:] = 0


@compiled
def clear_slopes(sizes: Sizes, room: Room, sens: Sensitivities) -> None:
    """Leave the memory of sensitivities as `make_sensitivities` makes it for this subject."""
    sens.blocks[:] = 0.0
    sens.at_points[:] = 0.0
    sens.scalars[:] = 0.0
    sens.seen[:] = 0.0
    sens.turned[:] = 0.0
    sens.tops[:] = 0.0
    sens.squares[:] = 0.0
    sens.steepest[:] = 0.0
    sens.largest[:] = 0.0
    sens.values[:] = math.nan
    sens.edges.rates[:] = 0.0
    for column in range(room.kinds.size):
        size = 0.0
        if room.kinds[column] == _BY_PARAMETER:
            size = abs(room.task.parameters[0, room.places[column]])
        elif room.kinds[column] == _BY_START:
            size = abs(room.start[sizes.constants + room.places[column]])
        elif room.kinds[column] == _BY_DOSE:
            size = 1.0
        sens.sizes[column] = size
        sens.inverses[column] = 1.0 / size if size > 0.0 else 0.0
        sens.rootless[column] = 0.0 if size > 0.0 else 1.0


@compiled
def end_subject(
    sizes: Sizes, subjects: Subjects, tasks: Tasks, slopes: Array, room: Room,
    sens: Sensitivities | None, number: int,
) -> None:  # fmt: skip
    """Copy what a subject gave to where it belongs; what failed keeps its NaN."""
    task = room.task
    tasks.reports[number] = task.reports[0]
    for k in range(task.ends.shape[1]):
        for i in range(sizes.states):
            tasks.ends[number, k, i] = task.ends[0, k, i]
    if task.reports[0].status != DONE:
        return
    if sens is not None and not has_numbers(sizes, sens):
        tasks.reports[number].status = NO_SLOPES
        return
    first = subjects.ends[number]
    for row in range(subjects.ends[number + 1] - first):
        for k in range(sizes.quantities):
            tasks.values[first + row, k] = task.values[0, row, k]
            if sens is not None:
                for column in range(slopes.shape[2]):
                    slopes[first + row, k, column] = sens.values[row, k, column]


@inlined
def has_numbers(sizes: Sizes, sens: Sensitivities) -> bool:
    """Return whether the sensitivities of all states are finite numbers, as `are_finite`."""
    n = sizes.states
    for first in range(0, sens.blocks.size, ROWS * n * _WIDE):
        for m in range(BEFORE * n * _WIDE, (BEFORE + 1) * n * _WIDE):
            if not math.isfinite(sens.blocks[first + m]):
                return False
    return True
