"""Expressions to machine code: SymEngine, LLVM and numba; knows no integrator."""
