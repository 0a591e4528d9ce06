"""Reading and writing the block of memory of a step in machine code, eight numbers at a time.

A register holds one state in eight lanes, or eight states in one lane. Either way each number goes
through the same operations in the same order, so that a patient has the same bits alone and among
others.
"""

from __future__ import annotations

from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import WIDE, Program
from pdmodel.engine.rosenbrock.memory import MemoryLayout, Sizes


class MemoryBlock:
    """Where everything is for one model and a number of lanes.

    Parameters
    ----------
    program, sizes, layout
        Where to write, and for what memory.
    """

    def __init__(self, program: Program, sizes: Sizes, layout: MemoryLayout) -> None:
        self.program, self.sizes, self.layout = program, sizes, layout
        self.lanes, self.size = sizes.lanes, sizes.states * sizes.lanes
        self.registers = range(layout.width // WIDE)
        self.states_at = layout.stage + sizes.lanes
        self.slopes_at = layout.slopes + (1 + sizes.entries) * sizes.lanes

    def part(self, name: str) -> Function:
        """Begin a part that goes through states, written out where it is called."""
        return self.program.part(name, WIDE, inline=True)

    def lane_part(self, name: str) -> Function:
        """Begin a part that goes through lanes, written out where it is called."""
        return self.program.part(name, self.lanes, inline=True)

    def row(self, f: Function, number: int, register: int) -> Value:
        """Read from a row of `vectors`."""
        return f.load_some(number * self.layout.width + register * WIDE, WIDE)

    def put(self, f: Function, number: int, register: int, value: Value) -> None:
        """Write to a row of `vectors`."""
        f.store_some(number * self.layout.width + register * WIDE, WIDE, value)

    def row_at(self, f: Function, start: int, register: int) -> Value:
        """Read states from elsewhere."""
        return f.load_some(start + register * WIDE, self._some(register))

    def put_at(self, f: Function, start: int, register: int, value: Value) -> None:
        """Write states to elsewhere."""
        f.store_some(start + register * WIDE, self._some(register), value)

    def clock(self, f: Function, row: int) -> Value:
        """Read a number of each lane; all states of a lone one share it."""
        start = self.layout.clock + row * self.lanes
        return f.load_some(start, WIDE) if self.lanes > 1 else f.load_shared(start, "out")

    def growth(self, f: Function) -> Value:
        """Read the growth of the factors of each lane."""
        start = self.layout.size - self.lanes
        return f.load_some(start, WIDE) if self.lanes > 1 else f.load_shared(start, "out")

    def put_clock(self, f: Function, row: int, value: Value) -> None:
        """Write a number of each lane."""
        f.store_some(self.layout.clock + row * self.lanes, self.lanes, value)

    def total(self, f: Function, values: list[Value]) -> Value:
        """Add up the values of all registers for each lane: every eighth, then in pairs."""
        if self.lanes == 1:
            total = self._added(f, values)
            for by in (4, 2, 1):
                total = f.plain_sum(total, f.rotated(total, by))
            return total
        sums = [self._added(f, values[k::WIDE]) for k in range(min(WIDE, len(values)))]
        for by in (4, 2, 1):
            alone = sums[max(len(sums) - by, 0) : by]
            sums = [f.plain_sum(a, b) for a, b in zip(sums, sums[by:], strict=False)] + alone
        return sums[0]

    def _added(self, f: Function, values: list[Value]) -> Value:
        total = values[0]
        for value in values[1:]:
            total = f.plain_sum(total, value)
        return total

    def _some(self, register: int) -> int:
        """How many numbers of a register are states."""
        return min(WIDE, self.size - register * WIDE)


__all__ = ["MemoryBlock"]
