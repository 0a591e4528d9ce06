"""Reading and writing the block of memory of a step in machine code, a register at a time.

A register holds one state in all lanes, or eight states of a lone one. Either way each number goes
through the same operations in the same order, so that a patient has the same bits alone and among
others, and among three others or seven.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pdmodel.engine.codegen.function import Function, Value
from pdmodel.engine.codegen.program import WIDE, Program
from pdmodel.engine.rosenbrock.memory import MemoryLayout, Sizes


class Register(NamedTuple):
    """Which register of a row: its number, or where a loop over all of them is."""

    number: int
    shift: Value = ""


class MemoryBlock:
    """Where everything is for one model and a number of lanes.

    Parameters
    ----------
    program, sizes, layout
        Where to write, and for what memory.

    Attributes
    ----------
    wide
        Numbers of a register: the lanes, or of a lone one eight.
    """

    def __init__(self, program: Program, sizes: Sizes, layout: MemoryLayout) -> None:
        self.program, self.sizes, self.layout = program, sizes, layout
        self.lanes, self.size = sizes.lanes, sizes.states * sizes.lanes
        self.wide = WIDE if sizes.lanes == 1 else sizes.lanes
        self.registers = [Register(number) for number in range(-(-self.size // self.wide))]
        self.states_at = layout.stage + sizes.lanes
        self.slopes_at = layout.slopes + (1 + sizes.entries) * sizes.lanes

    def part(self, name: str) -> Function:
        """Begin a part that goes through states, written out where it is called."""
        return self.program.part(name, self.wide, inline=True)

    def lane_part(self, name: str) -> Function:
        """Begin a part that goes through lanes, written out where it is called."""
        return self.program.part(name, self.lanes, inline=True)

    def each_register(self, f: Function, *shared: int) -> Iterator[Register]:
        """Yield every register of a row; of several lanes one that stands for all, in a loop.

        A row of several lanes has a register for each state. Written out for each of them a step
        takes twice as long to compile, and is no faster.

        Parameters
        ----------
        f
            What is written; it has no other loop.
        shared
            Rows of the clock that the loop needs: they are read before it begins.
        """
        if self.lanes == 1:
            yield from self.registers
            return
        for row in shared:
            self.clock(f, row)
        yield Register(0, f.begin_count(self.wide))
        f.end_count(self.size)

    def row(self, f: Function, number: int, register: Register) -> Value:
        """Read from a row of `vectors`."""
        start = number * self.layout.width
        return f.load_some(start + register.number * self.wide, self.wide, shift=register.shift)

    def put(
        self, f: Function, number: int, register: Register, value: Value, *, whole: bool = False
    ) -> None:
        """Write to a row of `vectors`; `whole` as in `Function.store_some`."""
        at = number * self.layout.width + register.number * self.wide
        f.store_some(at, self.wide, value, register.shift, whole=whole)

    def row_at(self, f: Function, start: int, register: Register) -> Value:
        """Read states from elsewhere."""
        at = start + register.number * self.wide
        return f.load_some(at, self._some(register), shift=register.shift)

    def put_at(self, f: Function, start: int, register: Register, value: Value) -> None:
        """Write states to elsewhere."""
        at = start + register.number * self.wide
        f.store_some(at, self._some(register), value, register.shift)

    def clock(self, f: Function, row: int) -> Value:
        """Read a number of each lane; all states of a lone one share it."""
        start = self.layout.clock + row * self.lanes
        return f.load_some(start, self.lanes) if self.lanes > 1 else f.load_shared(start, "out")

    def growth(self, f: Function) -> Value:
        """Read the growth of the factors of each lane."""
        start = self.layout.size - self.lanes
        return f.load_some(start, self.lanes) if self.lanes > 1 else f.load_shared(start, "out")

    def put_clock(self, f: Function, row: int, value: Value, *, whole: bool = False) -> None:
        """Write a number of each lane; `whole` as in `Function.store_some`."""
        f.store_some(self.layout.clock + row * self.lanes, self.lanes, value, whole=whole)

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

    def _some(self, register: Register) -> int:
        """How many numbers of a register are states; of several lanes, all."""
        return min(self.wide, self.size - register.number * self.wide)


__all__ = ["MemoryBlock", "Register"]
