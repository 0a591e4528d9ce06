"""Call compiled functions of arrays by their address."""

from __future__ import annotations

import ctypes

import numpy as np

from pdmodel.engine.codegen.program import LaneCode

_KIND = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)


def call(
    address: int, out: np.ndarray, values: np.ndarray, more: np.ndarray | None = None
) -> np.ndarray:
    """Call `f(out, values, more)`, or `f(out, values)`, and return `out`."""
    values = np.ascontiguousarray(values, dtype=float)
    more = values if more is None else np.ascontiguousarray(more, dtype=float)
    assert out.flags.c_contiguous
    assert out.dtype == float
    _KIND(address)(out.ctypes.data, values.ctypes.data, more.ctypes.data)
    return out


def columns(
    code: LaneCode, name: str, values: np.ndarray, lanes: int, n_out: int = 1
) -> np.ndarray:
    """Return the results of a function for every column, shape (n_out, n_columns).

    Columns of `values` (n_in, n_columns) are taken in blocks of as many as there are lanes; the
    last one is filled up.
    """
    values = np.atleast_2d(np.asarray(values, dtype=float))
    n_columns = values.shape[1]
    filled = np.pad(values, ((0, 0), (0, -n_columns % lanes)), mode="edge")
    blocks = [
        call(code.address(name), np.empty((n_out, lanes)), filled[:, start : start + lanes])
        for start in range(0, n_columns, lanes)
    ]
    return np.concatenate(blocks, axis=1)[:, :n_columns]
