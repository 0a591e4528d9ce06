"""A straight-line function of doubles, written operation by operation in LLVM's language.

A value is a number in each of the function's lanes. No operation crosses lanes.

NaN is a value like any other here: both branches of a `select` are computed, and one is dropped.
So of LLVM's fast-math flags only `nsz` is set, by which the sign of a zero may change.
Products and sums are fused here, not by the optimiser, which may choose otherwise for one lane than
for several: a lane has the same bits in both.

The text is ours, not made with the builders of `llvmlite.ir`: 8,000 operations in eight lanes are
written in 5 ms here and in 67 ms there, of the 80 ms that compiling them would take.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Protocol

_FLAGS = "nsz"

Value = str
"""A value in a function: the name of a register, or a constant."""

Body = Callable[..., Value]


class Library(Protocol):
    """What all functions of a program may call; a `Program` is one."""

    def formula(self, name: str, lanes: int, arguments: int, body: Body) -> str:
        """Define a formula once, and return how it is called."""

    def external(self, name: str, arguments: int) -> str:
        """Declare a function of C's mathematical library."""


class Function:
    """A function that is being written; every method appends an operation and returns its value.

    The same operation on the same values is written once.

    Parameters
    ----------
    program
        Where it belongs.
    lanes
        1, or how many doubles a value holds.
    arrays
        Names of the arrays that it is handed; only `out` is written to.
    """

    def __init__(self, program: Library, lanes: int, arrays: Sequence[str] = ("out", "in")) -> None:
        self.program, self.lanes, self.arrays = program, lanes, tuple(arrays)
        self.kind = self._many("double")
        self.lines: list[str] = []
        self.result, self.arguments = "", 0
        self._known: dict[str, Value] = {}
        self._products: dict[Value, tuple[Value, Value]] = {}
        self._suffix = "f64" if lanes == 1 else f"v{lanes}f64"

    # Arrays -----------------------------------------------------------------------------------

    def load(self, row: int, array: str = "in") -> Value:
        """Read a row of an array."""
        return self.operation(f"load {self.kind}, ptr {self._at(array, row)}, align 8")

    def load_shared(self, element: int, array: str = "in") -> Value:
        """Read one double, the same for all lanes."""
        address = self.place(element, array)
        return self.spread(self.operation(f"load double, ptr {address}, align 8"))

    def load_some(self, element: int, count: int, array: str = "out", shift: Value = "") -> Value:
        """Read doubles for the first lanes, `shift` further on; the other lanes are 0."""
        address = self.place(element, array, shift)
        if count == self.lanes:
            return self.operation(f"load {self.kind}, ptr {address}, align 8")
        kind = f"<{count} x double>"
        some = self.operation(f"load {kind}, ptr {address}, align 8")
        chosen = ", ".join(f"i32 {min(lane, count)}" for lane in range(self.lanes))
        return self.operation(
            f"shufflevector {kind} {some}, {kind} zeroinitializer, <{self.lanes} x i32> <{chosen}>"
        )

    def store_some(
        self, element: int, count: int, value: Value, shift: Value = "", *, whole: bool = False
    ) -> None:
        """Write the first lanes of a value to `out`, from an element on and `shift` further.

        Where a value is what stood there but for some lanes, LLVM writes these lanes alone, which
        takes some processors ten times as long; `whole` keeps it from that.
        """
        kind, address = f"<{count} x double>", self.place(element, "out", shift)
        if count < self.lanes:
            chosen = ", ".join(f"i32 {lane}" for lane in range(count))
            value = self.operation(
                f"shufflevector {self.kind} {value}, {self.kind} poison, <{count} x i32> <{chosen}>"
            )
        store = "store volatile" if whole else "store"
        self.lines.append(f"{store} {kind if self.lanes > 1 else 'double'} {value}, "
                          f"ptr {address}, align 8")  # fmt: skip

    def load_out(self, row: int) -> Value:
        """Read a row of `out` as it was before the function was called."""
        return self.operation(f"load {self.kind}, ptr {self._at('out', row)}, align 8")

    def store(self, row: int, value: Value) -> None:
        """Write a row of `out`; store after every `load_out`."""
        self.lines.append(f"store {self.kind} {value}, ptr {self._at('out', row)}, align 8")

    def place(self, element: int, array: str = "out", shift: Value = "") -> Value:
        """Return the address of an element of an array, or of one that is `shift` further on."""
        address = self.operation(f"getelementptr inbounds double, ptr %{array}, i64 {element}")
        if not shift:
            return address
        return self.operation(f"getelementptr inbounds double, ptr {address}, i64 {shift}")

    def run(self, part: str, *places: Value) -> None:
        """Call a part of the program with addresses for its arrays."""
        arguments = ", ".join(f"ptr {address}" for address in places)
        self.lines.append(f'call void @"{part}"({arguments})')

    def _at(self, array: str, row: int) -> Value:
        return self.place(row * self.lanes, array)

    # Arithmetic -------------------------------------------------------------------------------

    def constant(self, value: float) -> Value:
        """Return a number."""
        bits = struct.unpack(">Q", struct.pack(">d", value))[0]
        return self._splat("double", f"0x{bits:016X}")

    def constants(self, values: Sequence[float]) -> Value:
        """Return a number, or one for each lane."""
        if len(values) == 1:
            return self.constant(values[0])
        words = [struct.unpack(">Q", struct.pack(">d", value))[0] for value in values]
        return "<" + ", ".join(f"double 0x{word:016X}" for word in words) + ">"

    def add(self, a: Value, b: Value) -> Value:
        """Return `a + b`."""
        for product, other in ((b, a), (a, b)):
            if product in self._products:
                return self.muladd(*self._products[product], other)
        return self.plain_sum(a, b)

    def plain_sum(self, a: Value, b: Value) -> Value:
        """Return `a + b`, a product too being rounded before it is added."""
        return self.operation(f"fadd {_FLAGS} {self.kind} {a}, {b}")

    def sub(self, a: Value, b: Value) -> Value:
        """Return `a - b`."""
        if b in self._products:
            first, second = self._products[b]
            return self.muladd(self.negate(first), second, a)
        if a in self._products:
            return self.muladd(*self._products[a], self.negate(b))
        return self.operation(f"fsub {_FLAGS} {self.kind} {a}, {b}")

    def mul(self, a: Value, b: Value) -> Value:
        """Return `a * b`."""
        product = self.operation(f"fmul {_FLAGS} {self.kind} {a}, {b}")
        self._products[product] = a, b
        return product

    def div(self, a: Value, b: Value) -> Value:
        """Return `a / b`."""
        return self.operation(f"fdiv {_FLAGS} {self.kind} {a}, {b}")

    def muladd(self, a: Value, b: Value, c: Value) -> Value:
        """Return `a * b + c`, rounded once where the processor can."""
        return self.intrinsic("fmuladd", a, b, c)

    def negate(self, a: Value) -> Value:
        """Return `-a`."""
        return self.operation(f"fneg {self.kind} {a}")

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Return `c[0] + c[1] x + ...`, in pairs (Estrin), so that the steps need not wait."""
        terms = [self.constant(c) for c in coefficients]
        while len(terms) > 1:
            pairs = [self.muladd(terms[k + 1], x, terms[k]) for k in range(0, len(terms) - 1, 2)]
            terms = pairs + ([terms[-1]] if len(terms) % 2 else [])
            x = self.mul(x, x)
        return terms[0]

    def intrinsic(self, name: str, *arguments: Value) -> Value:
        """Call one of LLVM's own functions of doubles, such as `sqrt`, `fabs`, `maximum`."""
        return self._call(f"llvm.{name}.{self._suffix}", self.kind, arguments)

    def call(self, formula: str, *arguments: Value) -> Value:
        """Call what `Program.formula` returned."""
        return self._call(formula, self.kind, arguments)

    def each_lane(self, external: str, *arguments: Value) -> Value:
        """Call what `Program.external` returned, lane by lane."""
        if self.lanes == 1:
            return self._call(external, "double", arguments)
        result = "poison"
        for lane in range(self.lanes):
            parts = [self.operation(f"extractelement {self.kind} {a}, i32 {lane}")
                     for a in arguments]  # fmt: skip
            part = self._call(external, "double", parts)
            result = self.operation(
                f"insertelement {self.kind} {result}, double {part}, i32 {lane}"
            )
        return result

    def rotated(self, a: Value, by: int) -> Value:
        """Return for each lane what stands so many lanes further on."""
        chosen = ", ".join(f"i32 {(lane + by) % self.lanes}" for lane in range(self.lanes))
        return self.operation(
            f"shufflevector {self.kind} {a}, {self.kind} poison, <{self.lanes} x i32> <{chosen}>"
        )

    # Conditions -------------------------------------------------------------------------------

    def compare(self, relation: str, a: Value, b: Value, *, or_nan: bool = False) -> Value:
        """Return a condition.

        Parameters
        ----------
        relation
            `lt`, `le`, `gt`, `ge`, `eq` or `ne`.
        a, b
            Doubles.
        or_nan
            Whether it holds where one of them is NaN.
        """
        return self.operation(f"fcmp {'u' if or_nan else 'o'}{relation} {self.kind} {a}, {b}")

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """Return `a` where the condition holds, else `b`."""
        kind = self.kind
        return self.operation(f"select {self._many('i1')} {condition}, {kind} {a}, {kind} {b}")

    def both(self, a: Value, b: Value) -> Value:
        """Return where both conditions hold."""
        return self.operation(f"and {self._many('i1')} {a}, {b}")

    def either(self, a: Value, b: Value) -> Value:
        """Return where one of the conditions holds."""
        return self.operation(f"or {self._many('i1')} {a}, {b}")

    def opposite(self, a: Value) -> Value:
        """Return where the condition does not hold."""
        return self.operation(f"xor {self._many('i1')} {a}, {self.truth(True)}")

    def truth(self, value: bool) -> Value:
        """Return a condition that holds everywhere or nowhere."""
        return self._splat("i1", "true" if value else "false")

    # Bits -------------------------------------------------------------------------------------

    def bits(self, a: Value) -> Value:
        """Return the bits of doubles as 64-bit integers."""
        return self.operation(f"bitcast {self.kind} {a} to {self._many('i64')}")

    def from_bits(self, a: Value) -> Value:
        """Return the doubles of such integers."""
        return self.operation(f"bitcast {self._many('i64')} {a} to {self.kind}")

    def integer(self, value: int) -> Value:
        """Return a 64-bit integer."""
        return self._splat("i64", str(value))

    def on_integers(self, name: str, a: Value, b: Value) -> Value:
        """Return `name(a, b)` of integers: `add`, `sub`, `shl`, `lshr`, `and`, `or`."""
        return self.operation(f"{name} {self._many('i64')} {a}, {b}")

    def larger_integer(self, a: Value, b: Value) -> Value:
        """Return the larger of two signed integers."""
        suffix = "i64" if self.lanes == 1 else f"v{self.lanes}i64"
        return self._call(f"llvm.smax.{suffix}", self._many("i64"), (a, b))

    # Loops ------------------------------------------------------------------------------------

    def begin_loop(self) -> None:
        """Repeat what follows up to `end_loop`, the only one of a function."""
        self.lines += ["br label %again", "again:"]

    def end_loop(self, condition: Value) -> None:
        """Leave the loop where a condition holds in any lane."""
        if self.lanes > 1:
            condition = self.operation(
                f"call i1 @llvm.vector.reduce.or.v{self.lanes}i1({self._many('i1')} {condition})"
            )
        self.lines += [f"br i1 {condition}, label %done, label %again", "done:"]

    def begin_count(self, step: int) -> Value:
        """Repeat what follows up to `end_count`, the only loop of a function; return how far it is.

        Parameters
        ----------
        step
            By which the number that is returned grows, from 0 on.
        """
        self.lines += ["br label %again", "again:"]
        self.lines.append("%far = phi i64 [ 0, %0 ], [ %next, %again ]")
        self.lines.append(f"%next = add nuw nsw i64 %far, {step}")
        return "%far"

    def end_count(self, end: int) -> None:
        """Leave the loop where that number would be `end`."""
        self.lines.append(f"%over = icmp eq i64 %next, {end}")
        self.lines += ["br i1 %over, label %done, label %again", "done:"]

    # Writing ----------------------------------------------------------------------------------

    def operation(self, text: str) -> Value:
        """Append an operation, unless its value is known."""
        name = self._known.get(text)
        if name is None:
            name = self._known[text] = f"%v{len(self._known)}"
            self.lines.append(f"{name} = {text}")
        return name

    def spread(self, scalar: Value) -> Value:
        """Return a double in all lanes."""
        if self.lanes == 1:
            return scalar
        first = self.operation(f"insertelement {self.kind} poison, double {scalar}, i64 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        return self.operation(f"shufflevector {self.kind} {first}, {self.kind} poison, {zeros}")

    def _call(self, name: str, kind: str, arguments: Sequence[Value]) -> Value:
        return self.operation(f"call {kind} @{name}({', '.join(f'{kind} {a}' for a in arguments)})")

    def _many(self, kind: str) -> str:
        return kind if self.lanes == 1 else f"<{self.lanes} x {kind}>"

    def _splat(self, kind: str, value: str) -> Value:
        return value if self.lanes == 1 else f"splat ({kind} {value})"
