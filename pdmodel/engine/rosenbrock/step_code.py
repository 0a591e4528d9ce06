"""One step of the method as machine code: stages, linear systems and error norm of every lane.

All arrays stand in one block of memory, whose address is all that the functions are handed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pdmodel.engine.codegen.expressions import emit_kernel, kernel_values
from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.lu import Elimination, emit_factor, emit_solve, solution
from pdmodel.engine.codegen.program import Program
from pdmodel.engine.codegen.symengine_door import Expression
from pdmodel.engine.rosenbrock.block_code import MemoryBlock, Register
from pdmodel.engine.rosenbrock.memory import ATOL, END, ERROR, INVERSE, NOW, RATES, RTOL, STEP, TIME
from pdmodel.engine.rosenbrock.tableau import METHOD


def emit_step(
    block: MemoryBlock,
    linear: Elimination,
    inputs: Sequence[Expression],
    rates: Sequence[Expression],
    slopes: Sequence[Expression],
) -> None:
    """Write the functions `slope` and `step` of a block of memory.

    `slope` turns the state `NOW` into Jacobian, derivatives (infusions included) and derivatives by
    time; `step` makes of them, `TIME` and `STEP` the stages, the state `END`, its
    `ERROR` (root mean square, scaled), and the factors with their growth.

    Parameters
    ----------
    block
        Where to write.
    linear
        The plan of the linear systems.
    inputs, rates, slopes
        The model: time, states and coefficients; derivatives; Jacobian, derivatives and
        derivatives by time.
    """
    program = block.program
    emit_kernel(program.part("model slope", arrays=("out", "in")), inputs, slopes)
    _emit_model_stage(program, linear, inputs, rates)
    emit_factor(program.part("factor", arrays=("out", "in")), linear)
    emit_solve(program.part("solve", arrays=("out", "in")), linear)
    for s in range(METHOD.stages):
        _emit_combination(block, s)
    _emit_begin(block)
    _emit_placing(block)
    _emit_infusions(block)
    _emit_error(block)
    run_slope(program.function("slope"), block)
    run_step(program.function("step"), block)


def run_slope(f: Function, block: MemoryBlock) -> None:
    """Write the calls that evaluate the slopes."""
    at = block.layout
    f.run("place", f.place(0))
    f.run("model slope", f.place(at.slopes + block.lanes), f.place(at.stage))
    f.run("infuse", f.place(0))


def run_step(f: Function, block: MemoryBlock) -> None:
    """Write the calls that make a step."""
    at = block.layout
    start, stage, factors = f.place(0), f.place(at.stage), f.place(at.factors)
    f.run("begin", start)
    f.run("factor", factors, f.place(at.slopes))
    for s in range(METHOD.stages):
        f.run(f"combine {s}", start)
        u = f.place(s * at.width)
        if s == 0:
            f.run("solve", u, factors)
        else:
            f.run("stage", u, stage, factors)
    f.run("measure", start)


def _emit_model_stage(
    program: Program,
    linear: Elimination,
    inputs: Sequence[Expression],
    rates: Sequence[Expression],
) -> None:
    """Write `out = b -> out = W^-1 (b + f(in))`."""
    f = program.part("stage", arrays=("out", "in", "factors"))
    values = kernel_values(f, inputs, rates)
    b = {k: f.add(f.load_out(k), value) for k, value in enumerate(values)}
    x = solution(f, linear, b, lambda row: f.load(row, "factors"))
    for k, value in x.items():
        f.store(k, value)


def _emit_begin(block: MemoryBlock) -> None:
    """Write 1/h and 1/(h gamma)."""
    f = block.part("begin")
    step = block.clock(f, STEP)
    block.put_clock(f, INVERSE, f.div(f.constant(1), step))
    g = f.div(f.constant(1), f.mul(step, f.constant(METHOD.gamma)))
    f.store_some(block.layout.slopes, block.lanes, g)


def _emit_placing(block: MemoryBlock) -> None:
    """Write time and state to where the model reads them."""
    f = block.part("place")
    f.store_some(block.layout.stage, block.lanes, block.clock(f, TIME))
    for r in block.each_register(f):
        block.put_at(f, block.states_at, r, block.row(f, NOW, r))


def _emit_infusions(block: MemoryBlock) -> None:
    """Add the rates of infusions to the derivatives."""
    f = block.part("infuse")
    for r in block.each_register(f):
        slope = f.add(block.row_at(f, block.slopes_at, r), block.row(f, RATES, r))
        block.put_at(f, block.slopes_at, r, slope)


def _emit_combination(block: MemoryBlock, s: int) -> None:
    """Write where stage s is, and what comes to its derivative: infusions, earlier stages."""
    f = block.part(f"combine {s}")
    if s > 0 and block.sizes.timed:
        time = f.muladd(f.constant(METHOD.nodes[s]), block.clock(f, STEP), block.clock(f, TIME))
        f.store_some(block.layout.stage, block.lanes, time)
    for r in block.each_register(f, STEP, INVERSE):
        u = [block.row(f, j, r) for j in range(s)]
        if s > 0:
            point = _place(f, block, s, r, u)
            block.put_at(f, block.states_at, r, point)
            if s >= METHOD.first_copy - 1:
                block.put(f, END, r, point)
        block.put(f, s, r, _base(f, block, s, r, u))


def _place(f: Function, block: MemoryBlock, s: int, register: Register, u: list[Value]) -> Value:
    """Return y + sum_j A_sj u_j; the last stages begin where the one before ended."""
    if s >= METHOD.first_copy:
        return f.add(block.row(f, END, register), u[-1])
    point = block.row(f, NOW, register)
    for j in range(s):
        point = f.muladd(f.constant(METHOD.a[s, j]), u[j], point)
    return point


def _base(f: Function, block: MemoryBlock, s: int, register: Register, u: list[Value]) -> Value:
    """Return what comes to f(t, y): sum_j C_sj u_j / h, infusions, d_s h df/dt."""
    if s == 0:
        base = block.row_at(f, block.slopes_at, register)
    else:
        total = f.mul(f.constant(METHOD.c[s, 0]), u[0])
        for j in range(1, s):
            total = f.muladd(f.constant(METHOD.c[s, j]), u[j], total)
        base = f.muladd(total, block.clock(f, INVERSE), block.row(f, RATES, register))
    if block.sizes.timed and METHOD.time_factors[s]:
        by_time = block.row_at(f, block.slopes_at + block.size, register)
        # Where a pulse is out of the range of numbers (0 times infinity) it does not change.
        size = f.intrinsic("fabs", by_time)
        finite = f.compare("lt", size, f.constant(math.inf))
        by_time = f.select(finite, by_time, f.constant(0))
        factor = f.mul(f.constant(METHOD.time_factors[s]), block.clock(f, STEP))
        base = f.muladd(factor, by_time, base)
    return base


def _emit_error(block: MemoryBlock) -> None:
    """Write the new state and the root mean square of its scaled error."""
    f = block.part("measure")
    rtol, squares = block.clock(f, RTOL), []
    for r in block.registers:
        error, now = block.row(f, METHOD.stages - 1, r), f.intrinsic("fabs", block.row(f, NOW, r))
        new = f.add(block.row(f, END, r), error)
        block.put(f, END, r, new)
        new = f.intrinsic("fabs", new)
        size = f.select(f.compare("gt", now, new), now, new)
        scaled = f.div(error, f.muladd(rtol, size, block.row(f, ATOL, r)))
        squares.append(f.mul(scaled, scaled))
    mean = f.mul(block.total(f, squares), f.constant(1 / block.sizes.states))
    block.put_clock(f, ERROR, f.intrinsic("sqrt", mean))


__all__ = ["emit_step", "run_slope", "run_step"]
