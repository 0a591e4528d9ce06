"""Step after step as machine code: size control of every lane, until one needs a closer look.

A lane is inspected where outputs are due, at the end of its segment, where a step has passed a
switch, and where one was rejected. So the rules of edges, outputs and switches are no part of this
code.

The next step is h SAFETY e_old^i / e^p, with the errors of this step and the last accepted one
(Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.2). The first step of a
segment is remembered as it should have been, for the next edge of its kind: by its own error, or,
where it was so short that it had next to none, by that of the first step that was long enough.
"""

from __future__ import annotations

import math

from pdmodel.engine.codegen import elementary
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.rosenbrock.block_code import MemoryBlock, Register
from pdmodel.engine.rosenbrock.memory import (
    ACCEPTED,
    ACTIVE,
    ATOL,
    BUDGET,
    END,
    ERROR,
    FAILED,
    FIRST,
    FRESH,
    HIGHEST,
    LIMIT,
    LOGARITHM,
    LOOK,
    LOWEST,
    NEXT,
    NOW,
    OLD_ERROR,
    PASSED,
    PROPOSED,
    REACHED,
    REJECTED,
    ROW,
    SHARE,
    STEP,
    STOP,
    TAKEN,
    TIME,
    TRIES,
)
from pdmodel.engine.rosenbrock.step_code import run_slope, run_step
from pdmodel.engine.rosenbrock.tableau import METHOD

SAFETY, LEAST, MOST = 0.9, 0.2, 6.0
SHRINK = 0.1
# Exponents p and i. With daily doses and order 5, i = 0.08 took up to 9 % more steps to the same
# accuracy of daily values than i = 0, and up to 6 % fewer to that of values all day long; this
# lies between.
PROPORTIONAL = 1 / METHOD.order
INTEGRAL = PROPORTIONAL / 5
LARGEST_GROWTH = 1e8
"""Growth of the factors above which a step is not trusted: half of the digits may be lost."""
SMALLEST_STEP = 16 * 2.0**-52
EARLY = 1e-6
"""Of the end of a segment: what is before it counts as this late when a step is too small."""
ALONE = -PROPORTIONAL / 2
"""Power of the number of states by which a step is shortened that holds an output: then the error
is within the tolerance even if it is that of one state alone."""
TRIED = 1e-3
"""How much of what a rejected step would have reached counts as the size of a state."""


def emit_control(block: MemoryBlock) -> None:
    """Write the functions `advance` and `accept` of a block of memory.

    `advance` makes steps until some lane is to be looked at (`LOOK`), or none of the `TRIES` is
    left. Then the last step of every lane waits for `accept`, after which all lanes may go on.
    """
    _emit_choice(block)
    _emit_judgement(block)
    _emit_acceptance(block.part("go on"), block)
    _emit_acceptance(block.program.function("accept", block.wide), block)
    f = block.program.function("advance")
    start = f.place(0)
    f.begin_loop()
    f.run("go on", start)
    f.run("choose", start)
    run_slope(f, block)
    run_step(f, block)
    if block.sizes.switches:
        f.run("passing", start)
    f.run("judge", start)
    f.end_loop(f.compare("gt", block.clock(f, LOOK), f.constant(0)))


def _emit_choice(block: MemoryBlock) -> None:
    """Cut the step to the segment, and say where it ends.

    The error of a step is a mean over the states. What is seen of it is values of each state, so a
    step that holds an output is shorter; if the output lies in the part cut off it ends there.
    """
    f = block.lane_part("choose")
    step, time, stop = (block.clock(f, row) for row in (STEP, TIME, STOP))
    left = f.sub(stop, time)
    half = f.mul(f.constant(0.5), left)
    last = f.compare("ge", step, left)
    step = f.select(last, left, f.select(f.compare("gt", step, half), half, step))
    reached = f.select(last, stop, f.add(time, step))
    row = block.clock(f, ROW)
    shorter = f.mul(f.constant(block.sizes.states**ALONE), step)
    short = f.add(time, shorter)
    # A single state is not cut, nor what is too short to be: the end of a segment stays as it is.
    cut = f.both(f.compare("lt", row, reached), f.compare("lt", short, reached))
    beyond = f.compare("gt", row, short)
    shorter = f.select(beyond, f.sub(row, time), shorter)
    short = f.select(beyond, row, short)
    block.put_clock(f, STEP, f.select(cut, shorter, step))
    block.put_clock(f, REACHED, f.select(cut, short, reached))


def _emit_judgement(block: MemoryBlock) -> None:
    """Accept or reject the step of each lane, propose the next one, and say whom to look at."""
    f = block.lane_part("judge")
    one, zero = f.constant(1), f.constant(0)
    error, active = block.clock(f, ERROR), f.compare("gt", block.clock(f, ACTIVE), zero)
    sound = f.compare("lt", block.growth(f), f.constant(LARGEST_GROWTH))
    good = f.both(sound, f.compare("le", error, one))
    accepted, rejected = f.both(active, good), f.both(active, f.opposite(good))
    proposed = _proposal(f, block, error, sound, good)
    block.put_clock(f, PROPOSED, proposed)
    moved = f.select(accepted, one, f.select(rejected, f.constant(-1), zero))
    block.put_clock(f, ACCEPTED, moved)
    taken = f.add(block.clock(f, TAKEN), f.select(accepted, one, zero))
    failed = f.add(block.clock(f, REJECTED), f.select(rejected, one, zero))
    tries = f.sub(block.clock(f, TRIES), one)
    for row, value in ((TAKEN, taken), (REJECTED, failed), (TRIES, tries)):
        block.put_clock(f, row, value)
    time, reached, stop = (block.clock(f, row) for row in (TIME, REACHED, STOP))
    arrived = f.both(accepted, f.compare("ge", reached, block.clock(f, NEXT)))
    early = f.mul(f.constant(EARLY), stop)
    least = f.mul(f.constant(SMALLEST_STEP), f.select(f.compare("gt", time, early), time, early))
    going = f.both(active, f.opposite(f.both(accepted, f.compare("ge", reached, stop))))
    stuck = f.both(going, f.opposite(f.compare("gt", proposed, least)))
    spent = f.both(active, f.compare("ge", f.add(taken, failed), block.clock(f, BUDGET)))
    look = f.either(f.either(arrived, stuck), f.either(spent, f.compare("le", tries, zero)))
    if block.sizes.switches:
        passed = f.compare("gt", block.clock(f, PASSED), zero)
        look = f.either(look, f.both(accepted, passed))
    look = f.either(look, rejected)
    block.put_clock(f, LOOK, f.select(look, one, zero))


def _proposal(f: Function, block: MemoryBlock, error: Value, sound: Value, good: Value) -> Value:
    """Return the next step."""
    least = f.constant(1e-10)
    error = f.select(f.compare("lt", error, least), least, error)
    logarithm = elementary.log(f, error)
    power = f.muladd(f.constant(-PROPORTIONAL), logarithm, f.constant(math.log(SAFETY)))
    power = f.muladd(f.constant(INTEGRAL), block.clock(f, OLD_ERROR), power)
    block.put_clock(f, LOGARITHM, logarithm)
    factor = elementary.exp(f, power)
    failed = f.compare("gt", block.clock(f, FAILED), f.constant(0))
    most = f.select(failed, f.constant(1), f.constant(MOST))
    larger = f.select(f.compare("lt", factor, f.constant(LEAST)), f.constant(LEAST), factor)
    larger = f.select(f.compare("gt", larger, most), most, larger)
    is_small = f.both(sound, f.compare("lt", error, f.constant(1e6)))
    smaller = f.select(f.compare("gt", factor, f.constant(SHRINK)), factor, f.constant(SHRINK))
    smaller = f.select(is_small, smaller, f.constant(SHRINK))
    return f.mul(block.clock(f, STEP), f.select(good, larger, smaller))


def _emit_acceptance(f: Function, block: MemoryBlock) -> None:
    """Move every lane that was judged: to the end of its step, or to a smaller one."""
    zero, one = f.constant(0), f.constant(1)
    moved = block.clock(f, ACCEPTED)
    accepted, judged = f.compare("gt", moved, zero), f.compare("ne", moved, zero)
    for r in block.each_register(f):
        end = block.row(f, END, r)
        block.put(f, NOW, r, f.select(accepted, end, block.row(f, NOW, r)), whole=True)
        for row, relation in ((LOWEST, "lt"), (HIGHEST, "gt")):
            extreme = block.row(f, row, r)
            beyond = f.both(accepted, f.compare(relation, end, extreme))
            block.put(f, row, r, f.select(beyond, end, extreme), whole=True)
        _emit_size(f, block, r, accepted, judged)
    fresh = block.clock(f, FRESH)
    proposed = block.clock(f, PROPOSED)
    first = f.both(accepted, f.compare("gt", fresh, zero))
    # What could not grow as far as its error allows says only that the first may be longer.
    most = f.mul(f.constant(MOST), block.clock(f, STEP))
    known = f.both(first, f.compare("lt", proposed, most))
    floor, last = f.constant(math.log(1e-4)), block.clock(f, LOGARITHM)
    last = f.select(f.compare("lt", last, floor), floor, last)
    changes = [
        (FIRST, first, proposed), (FRESH, known, zero), (TIME, accepted, block.clock(f, REACHED)),
        (STEP, judged, proposed), (FAILED, judged, f.select(accepted, zero, one)),
        (OLD_ERROR, accepted, last), (ACCEPTED, judged, zero),
    ]  # fmt: skip
    for row, condition, value in changes:
        block.put_clock(f, row, f.select(condition, value, block.clock(f, row)), whole=True)


def _emit_size(
    f: Function, block: MemoryBlock, r: Register, accepted: Value, judged: Value
) -> None:
    """Let the absolute tolerance be a share of the largest value so far.

    What a rejected step would have reached counts a little, so that a state which grows out of
    nothing, by a power of time whose relative error is the same for every step, has a size at all.
    """
    share, atol = block.row(f, SHARE, r), block.row(f, ATOL, r)
    reached = f.mul(share, f.intrinsic("fabs", block.row(f, END, r)))
    tried = f.mul(f.constant(TRIED), reached)
    tried = f.select(f.compare("lt", tried, block.row(f, LIMIT, r)), tried, f.constant(0))
    reached = f.select(accepted, reached, tried)
    larger = f.both(judged, f.compare("gt", reached, atol))
    block.put(f, ATOL, r, f.select(larger, reached, atol), whole=True)


__all__ = ["emit_control"]
