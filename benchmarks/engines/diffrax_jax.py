"""diffrax: the right-hand side in JAX, the whole run compiled by XLA for the processor."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np
import sympy

from benchmarks.lambdified import Segment, between_doses, lambdified, rates_of
from benchmarks.problem import Problem, Run, Tolerance
from pdmodel.arrays import Array
from pdmodel.model import Model

_MOST_STEPS = 100_000


class Diffrax:
    """Begun again at each dose, within the compiled code; in double precision."""

    name = "diffrax"
    manners = ("Dopri8", "Kvaerno5")
    note = "begun again at each dose by a scan within the compiled run"

    def __init__(self) -> None:
        # Compiling takes many seconds, and the tolerance is an input of what is compiled.
        self._compiled: dict[tuple[object, ...], Callable[..., list[Any]]] = {}

    def version(self) -> str:
        """Return the version."""
        import diffrax

        return str(diffrax.__version__)

    def prepare(self, problem: Problem, tolerance: Tolerance) -> Run:
        """Return a function from values to outputs."""
        segments, system = between_doses(problem), lambdified(problem.model)
        columns = [system.states.index(name) for name in problem.quantities]
        inside = np.concatenate([segment.inside[1:] for segment in segments])
        key = (problem.model, problem.regimen, problem.days, problem.times, tolerance.manner)
        if key not in self._compiled:
            self._compiled[key] = _walk(problem.model, segments, tolerance.manner)
        walk = self._compiled[key]

        def run(values: Array) -> Array:
            parts = walk(values, system.start(values), tolerance.rtol, tolerance.atol)
            rows = [np.asarray(part).reshape(-1, len(system.states)) for part in parts]
            return np.concatenate(rows)[inside][:, columns]

        return run


def _walk(model: Model, segments: list[Segment], solver: str) -> Callable[..., list[Any]]:
    """Return a compiled walk through all segments; those with as many times are one loop."""
    import diffrax
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    arguments = [model.vocabulary.time, list(model.states), [q.symbol for q in model.parameters]]
    rate = sympy.lambdify(arguments, rates_of(model), "jax", cse=True)
    term = diffrax.ODETerm(lambda t, y, p: jnp.stack(rate(t, y, p)))
    method = getattr(diffrax, solver)()
    pairs = [(segment.dose, segment.times) for segment in segments]
    loops = [
        tuple(jnp.array(np.stack(each)) for each in zip(*some, strict=True))
        for _, some in groupby(pairs, key=lambda pair: len(pair[1]))
    ]

    @jax.jit
    def walk(values: Any, state: Any, rtol: Any, atol: Any) -> list[Any]:
        control = diffrax.PIDController(rtol=rtol, atol=atol)

        def segment(state: Any, planned: Any) -> tuple[Any, Any]:
            dose, times = planned
            solution = diffrax.diffeqsolve(
                term, method, times[0], times[-1], None, state + dose, values,
                saveat=diffrax.SaveAt(ts=times[1:]), stepsize_controller=control,
                max_steps=_MOST_STEPS,
            )  # fmt: skip
            return solution.ys[-1], solution.ys

        parts = []
        for loop in loops:
            state, rows = jax.lax.scan(segment, state, loop)
            parts.append(rows)
        return parts

    return walk
