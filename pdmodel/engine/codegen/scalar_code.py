"""A list of expressions as one function of a flat array, for one patient."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array
from pdmodel.engine.codegen.expressions import compile_kernels
from pdmodel.engine.codegen.program import LaneCode
from pdmodel.engine.codegen.symengine_door import Expression

_DOUBLES = ctypes.POINTER(ctypes.c_double)
_FUNCTION = ctypes.CFUNCTYPE(None, _DOUBLES, _DOUBLES)
# A call of it keeps Python's lock: it is over sooner than the lock is let go and taken again.
_BY_ADDRESS = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


@dataclass(frozen=True)
class ScalarCode:
    """A compiled function `void f(double* out, const double* in)`.

    Parameters
    ----------
    address
        Where it is.
    n_out
        How many numbers it writes.
    code
        Keeps it in memory.
    """

    address: int
    n_out: int
    code: LaneCode

    def evaluate(self, values: Array) -> Array:
        """Call it once, from Python; returns shape (n_out,)."""
        out = np.empty(self.n_out)
        inputs = np.ascontiguousarray(values, dtype=float)
        _FUNCTION(self.address)(out.ctypes.data_as(_DOUBLES), inputs.ctypes.data_as(_DOUBLES))
        return out

    def evaluate_rows(self, values: Array) -> Array:
        """Call it once a row, from Python; returns shape (n_rows, n_out)."""
        inputs = np.ascontiguousarray(values, dtype=float)
        out = np.empty((inputs.shape[0], self.n_out))
        function, to, by = _BY_ADDRESS(self.address), out.ctypes.data, inputs.ctypes.data
        for row in range(inputs.shape[0]):
            function(to + row * out.strides[0], by + row * inputs.strides[0])
        return out


def compile_scalar(inputs: Sequence[Expression], expressions: Sequence[Expression]) -> ScalarCode:
    """Compile expressions to a function of one flat array of inputs.

    Raises
    ------
    InputError
        If a function is not one that compiles.
    """
    code = compile_kernels({"f": (inputs, expressions)})
    return ScalarCode(code.address("f"), len(expressions), code)
