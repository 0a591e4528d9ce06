"""pydiffsol: equations in its own language, to machine code by LLVM, integrated in Rust."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy
from sympy.printing.str import StrPrinter

from benchmarks.lambdified import between_doses, lambdified, rates_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array
from pdmodel.model import Model


class Diffsol:
    """Begun again at each dose, with the states as inputs: a solution has no events of its own."""

    name = "pydiffsol"
    manners = ("tsit45", "bdf", "esdirk34", "tr_bdf2")
    note = "begun again at each dose from Python; one absolute tolerance for all states"

    def version(self) -> str:
        """Return the version."""
        import pydiffsol

        return str(pydiffsol.version())

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        import pydiffsol

        ode: Any = _compiled(problem.model)
        system, segments = lambdified(problem.model), between_doses(problem)
        columns = [system.states.index(name) for name in problem.quantities]
        plans = [(dose, times[0], times[1:], inside[1:]) for dose, times, inside in segments]

        def run(values: Array) -> Array:
            ode.ode_solver = getattr(pydiffsol, tolerance.manner)
            ode.rtol, ode.atol = tolerance.rtol, tolerance.atol
            state, parts = system.start(values), []
            for dose, begin, times, inside in plans:
                ode.t0 = begin
                inputs = np.concatenate([values, state + dose])
                solved = np.asarray(ode.solve_dense(inputs, times).ys)
                state = solved[:, -1]
                parts.append(solved[:, inside].T)
            return np.concatenate(parts)[:, columns]

        return run


@cache
def _compiled(model: Model) -> object:
    import pydiffsol

    return pydiffsol.Ode(diffsl_text(model), matrix_type=pydiffsol.nalgebra_dense)


def diffsl_text(model: Model) -> str:
    """Return a model in the language of diffsol: parameters and starting states are inputs.

    Names are numbered, for an underscore in one begins an index there.
    """
    parameters = [quantity.symbol for quantity in model.parameters]
    names = {symbol: sympy.Symbol(f"p{n}") for n, symbol in enumerate(parameters)}
    names |= {state: sympy.Symbol(f"x{n}") for n, state in enumerate(model.states)}
    rates = [rate.xreplace(names) for rate in rates_of(model)]
    shared, rates = sympy.cse(rates, symbols=(sympy.Symbol(f"c{n}") for n in range(10**6)))
    states, write = len(rates), _Diffsl().doprint
    inputs = [f"p{n} = {value!r}" for n, value in enumerate(model.defaults.values())]
    inputs += [f"s{n} = 0.0" for n in range(states)]
    return "\n".join(
        [
            f"in_i {{ {', '.join(inputs)} }}",
            f"u_i {{ {', '.join(f'x{n} = s{n}' for n in range(states))} }}",
            *(f"{symbol} {{ {write(expression)} }}" for symbol, expression in shared),
            f"F_i {{ {', '.join(write(rate) for rate in rates)} }}",
        ]
    )


class _Diffsl(StrPrinter):
    """Powers are calls there, and numbers have a point."""

    def _print_Pow(self, power: sympy.Pow, rational: bool = False) -> str:
        base, exponent = self._print(power.base), self._print(power.exp)
        if power.exp == -1:
            return f"(1.0 / ({base}))"
        if power.exp == sympy.Rational(1, 2):
            return f"sqrt({base})"
        return f"pow({base}, {exponent})"

    def _print_Mul(self, product: sympy.Mul) -> str:
        return " * ".join(f"({self._print(factor)})" for factor in product.args)

    def _print_Integer(self, number: sympy.Integer) -> str:
        return f"{float(number)!r}"

    def _print_Rational(self, number: sympy.Rational) -> str:
        return f"{float(number)!r}"

    def _print_Float(self, number: sympy.Float) -> str:
        return f"{float(number)!r}"
