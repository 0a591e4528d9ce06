"""Call machine code by its address from code that numba compiles."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def _call(typing: Any, function: Any, user: Any, out: Any, values: Any) -> Any:
    """Call `function(out, values, user)`; `out` and `values` are addresses of doubles.

    What is called holds no lock and may be called by many threads at once.
    """
    signature = types.void(types.int64, types.int64, types.intp, types.intp)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        function, user, out, values = arguments
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer])
        code = builder.inttoptr(function, kind.as_pointer())
        builder.call(code, [builder.inttoptr(address, pointer) for address in (out, values, user)])
        return context.get_dummy_value()

    return signature, generate


call: Any = _call
