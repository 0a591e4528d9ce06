"""A model as machine code: what the compiled integrator calls, made once and shared.

Everything that depends on parameters only is hoisted out of the right-hand side and evaluated by
`prepare`, once a run. Kernels read and write flat arrays:

    prepare   parameters                        -> constants, starting state, coefficients
    rate      time, states, coefficients        -> derivatives
    slope     time, states, coefficients        -> Jacobian entries, derivatives, d/dt
    observe   time, states, parameters, constants -> quantities

`step_code` makes whole steps of rate and slope, in one block of memory (see `control_code`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pdmodel.arrays import Array, Integers
from pdmodel.engine.codegen.expressions import compile_kernels
from pdmodel.engine.codegen.lu import Elimination, plan_elimination
from pdmodel.engine.codegen.program import LaneCode, Program
from pdmodel.engine.codegen.scalar_code import ScalarCode, compile_scalar
from pdmodel.engine.codegen.symengine_door import (
    Expression,
    Hoist,
    names_in,
    slope,
    slope_between_steps,
    symbol,
    translate,
)
from pdmodel.engine.keeping import Shelf, once
from pdmodel.engine.rosenbrock.block_code import MemoryBlock
from pdmodel.engine.rosenbrock.control_code import emit_control
from pdmodel.engine.rosenbrock.memory import (
    ADVICE,
    CAUSES,
    SLIDES,
    TOUCHES,
    Kernels,
    Lanes,
    Sizes,
    make_lanes,
    make_layout,
)
from pdmodel.engine.rosenbrock.step_code import emit_step
from pdmodel.engine.rosenbrock.switch_code import emit_switches, gauge_expressions
from pdmodel.engine.symbolic.switches import Switches, find_switches
from pdmodel.errors import unknown
from pdmodel.model import Model
from pdmodel.model.expressions.functions import lower


@dataclass(frozen=True)
class RunCode:
    """The machine code of a run; it stays in memory as long as this object lives.

    Parameters
    ----------
    prepare, step, observe
        What is computed once a run, at every step, and at every output.
    watch, gauge
        What triggers look at, if there are any, and where a state stands to switches.
    """

    prepare: ScalarCode
    step: LaneCode
    observe: ScalarCode
    watch: ScalarCode | None
    gauge: ScalarCode | None

    @property
    def kernels(self) -> Kernels:
        """The addresses, for the integrator; whoever calls them must hold this object."""
        return Kernels(
            prepare=(self.prepare.address, 0),
            slope=(self.step.address("slope"), 0),
            advance=(self.step.address("advance"), 0),
            accept=(self.step.address("accept"), 0),
            observe=(self.observe.address, 0),
            watch=(self.watch.address if self.watch else 0, 0),
            gauge=(self.gauge.address if self.gauge else 0, 0),
        )


class Machine:
    """The equations of one model in SymEngine's symbols, and what is compiled from them.

    Parameters
    ----------
    model
        Only its equations are used, never its values.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.time = model.vocabulary.time.name
        self.states = tuple(state.name for state in model.states)
        self.parameters = tuple(quantity.name for quantity in model.parameters)
        moving = {symbol.name for symbol in model.moving}
        self.definitions: dict[str, Expression] = {}
        self.constants: dict[str, Expression] = {}
        inlining: dict[Expression, Expression] = {}
        for name, expression in model.definitions.items():
            target = self.definitions if name.name in moving else self.constants
            inlined = translate(lower(expression)).xreplace(inlining)
            target[name.name] = inlined
            if name.name in moving:
                inlining[symbol(name.name)] = inlined
        self._moving = inlining
        self.switches: Switches = find_switches(model)
        self.modes = tuple(switch.mode.name for switch in self.switches.members)
        self.derivatives, self.surfaces = self._locked()
        self._codes: Shelf[LaneCode] = Shelf(4)  # two kinds, for one lane and for several
        self._observed: Shelf[ScalarCode] = Shelf(64)
        self.sensitivities: Shelf[Any] = Shelf(16)  # filled by `sensitivity_of`
        self.events: Shelf[Any] = Shelf(1)  # filled by `event_code_of`

    def _locked(self) -> tuple[list[Expression], list[tuple[Expression, Expression]]]:
        """Return right-hand sides, and both sides of each surface, with modes for conditions."""
        switches, definitions, rates = self.switches
        inlining: dict[Expression, Expression] = {} if switches else self._moving
        for name, expression in definitions.items() if switches else ():
            inlining[symbol(name.name)] = translate(expression).xreplace(inlining)
        sides = [tuple(translate(e).xreplace(inlining) for e in (s.high, s.low)) for s in switches]
        return [translate(rate).xreplace(inlining) for rate in rates], sides

    def inlined(self, expression: Any) -> Expression:
        """Write a SymPy expression in states, parameters and constants only."""
        return translate(lower(expression)).xreplace(self._moving)

    # Symbols ----------------------------------------------------------------------------------

    @once
    def constants_in_parameters(self) -> dict[Expression, Expression]:
        """Every constant auxiliary as an expression of parameters alone."""
        constants: dict[Expression, Expression] = {}
        for name, expression in self.constants.items():
            constants[symbol(name)] = expression.xreplace(constants)
        return constants

    @once
    def initials(self) -> list[Expression]:
        """Starting state as expressions of parameters alone."""
        constants = self.constants_in_parameters
        return [translate(lower(e)).xreplace(constants) for e in self.model.initials.values()]

    @once
    def jacobian(self) -> list[tuple[int, int, Expression]]:
        """Row, column and expression of every entry that is not identically zero."""
        return entries(self.derivatives, self.states)

    @once
    def time_slopes(self) -> list[Expression]:
        """Derivative by time of every right-hand side; empty if none depends on time."""
        if not any(self.time in names_in(rate) for rate in self.derivatives):
            return []
        return [slope_between_steps(rate, symbol(self.time)) for rate in self.derivatives]

    @once
    def hoist(self) -> Hoist:
        """The coefficients of right-hand side and Jacobian, once both are reduced."""
        hoist = Hoist({self.time, *self.states, *self.modes})
        self._rates = [hoist(rate) for rate in self.derivatives]
        self._entries = [hoist(entry) for *_, entry in self.jacobian]
        self._time_slopes = [hoist(entry) for entry in self.time_slopes]
        self._heights = [hoist(high - low) for high, low in self.surfaces]
        return hoist

    @property
    def inputs(self) -> list[Expression]:
        """Time, states, coefficients and modes."""
        moving = [symbol(name) for name in (self.time, *self.states)]
        modes = [symbol(name) for name in self.modes]
        return [*moving, *self.hoist.coefficients.values(), *modes]

    @property
    def rates(self) -> list[Expression]:
        """Right-hand sides in `inputs`."""
        return self._rates if self.hoist else []

    @property
    def slopes(self) -> list[Expression]:
        """Jacobian entries, right-hand sides and time slopes in `inputs`."""
        return [*self._entries, *self._rates, *self._time_slopes] if self.hoist else []

    # Machine code -----------------------------------------------------------------------------

    @once
    def prepare(self) -> ScalarCode:
        """Constants, starting state and coefficients from parameters."""
        constants = self.constants_in_parameters
        coefficients = [c.xreplace(constants) for c in self.hoist.coefficients]
        inputs = [symbol(name) for name in self.parameters]
        return compile_scalar(inputs, [*constants.values(), *self.initials, *coefficients])

    def moving_code(self, lanes: int) -> LaneCode:
        """Return right-hand side and slopes on their own, for so many lanes."""
        return self._codes.take(("moving", lanes), lambda: self._make_moving_code(lanes))

    def _make_moving_code(self, lanes: int) -> LaneCode:
        return compile_kernels(
            {"rate": (self.inputs, self.rates), "slope": (self.inputs, self.slopes)}, lanes
        )

    def step_code(self, lanes: int) -> LaneCode:
        """Return `slope`, `advance` and `accept` for so many lanes."""
        return self._codes.take(("step", lanes), lambda: self._make_step_code(lanes))

    def _make_step_code(self, lanes: int) -> LaneCode:
        program, sizes = Program(lanes), self.sizes(lanes, 0)
        block = MemoryBlock(program, sizes, make_layout(sizes, self.n_factors))
        emit_step(block, self.linear, self.inputs, self.rates, self.slopes)
        if self.modes:
            emit_switches(block, self.states, self.inputs, self._heights)
        emit_control(block)
        return program.compile()

    def observe(self, names: tuple[str, ...]) -> ScalarCode:
        """Return the code of states, auxiliaries and observables by name."""
        return self._observed.take(names, lambda: self._make_observe(names))

    def _make_observe(self, names: tuple[str, ...]) -> ScalarCode:
        return compile_scalar(self.observed_inputs, [self.quantity(name) for name in names])

    @once
    def gauge(self) -> ScalarCode:
        """Both sides of every surface and their slopes (`switch_code`), in `gauge_inputs`."""
        expressions = gauge_expressions(self.surfaces, self.time, self.states)
        return compile_scalar(self.gauge_inputs, expressions)

    @property
    def gauge_inputs(self) -> list[Expression]:
        """Time, states, parameters, constants and modes."""
        return [*self.observed_inputs, *(symbol(name) for name in self.modes)]

    @property
    def observed_inputs(self) -> list[Expression]:
        """Time, states, parameters and constants."""
        names = (self.time, *self.states, *self.parameters, *self.constants)
        return [symbol(name) for name in names]

    def quantity(self, name: str) -> Expression:
        """Return a state, parameter, auxiliary or observable as an expression.

        Raises
        ------
        UnknownNameError
            If the model has no such quantity.
        """
        if name in self.definitions:
            return self.definitions[name]
        if name in self.states or name in self.constants or name in self.parameters:
            return symbol(name)
        names = (*self.states, *self.definitions, *self.constants)
        raise unknown("quantity", name, names)

    @once
    def linear(self) -> Elimination:
        """The plan of the linear systems of a step."""
        return plan_elimination(
            len(self.states), [(row, column) for row, column, _ in self.jacobian]
        )

    @property
    def n_factors(self) -> int:
        """Numbers that a factorisation takes, growth included."""
        return self.linear.n_factors + 1

    def lanes(self, sizes: Sizes, atol: Array, share: Array, n_kinds: int) -> Lanes:
        """Return empty lanes for a run of this model; as `memory.make_lanes`."""
        return make_lanes(sizes, atol, self.n_factors, n_kinds, share, *self._places)

    @once
    def _places(self) -> tuple[Integers, Integers, Integers]:
        """What lanes know of the model: entries of the Jacobian, corners, states of switches."""
        places = np.array([(row, column) for row, column, _ in self.jacobian], dtype=np.int64)
        both = np.ascontiguousarray(places.reshape(-1, 2).T)
        corners = np.array([switch.corner for switch in self.switches.members], dtype=np.int64)
        used = {name for sides in self.surfaces for side in sides for name in names_in(side)}
        gauging = [i for i, name in enumerate(self.states) if name in used]
        return both, corners, np.array(gauging, dtype=np.int64)

    def run_code(
        self, quantities: Sequence[str], lanes: int = 1, watched: Sequence[str] = ()
    ) -> RunCode:
        """Return the machine code that a run needs."""
        return RunCode(
            prepare=self.prepare,
            step=self.step_code(lanes),
            observe=self.observe(tuple(quantities)),
            watch=self.observe(tuple(watched)) if watched else None,
            gauge=self.gauge if self.modes else None,
        )

    def sizes(self, lanes: int, quantities: int, watches: int = 0) -> Sizes:
        """Return how many of what."""
        return Sizes(
            lanes=lanes,
            states=len(self.states),
            parameters=len(self.parameters),
            constants=len(self.constants),
            coefficients=len(self.hoist.coefficients),
            entries=len(self.jacobian),
            timed=int(bool(self.time_slopes)),
            quantities=quantities,
            watches=watches,
            switches=len(self.modes),
        )

    def cause(self, report: Any) -> str:
        """Return why a run failed, from its `REPORT`."""
        cause = CAUSES[int(report["status"])]
        if report["status"] in (SLIDES, TOUCHES):
            return f"{cause} {self.switches.members[int(report['surface'])].says}: {ADVICE[cause]}"
        return cause

    def prepared(self, values: Array) -> Array:
        """Return constants, starting state and coefficients, evaluated at parameters.

        Parameters
        ----------
        values
            Shape (n_parameters,), or a row a patient: (n_patients, n_parameters).
        """
        if values.ndim == 2:
            return self.prepare.evaluate_rows(values)
        return self.prepare.evaluate(values)

    def values(self, values: dict[str, float]) -> Array:
        """Return parameters by name as an array."""
        return np.array([values[name] for name in self.parameters])


def entries(
    expressions: Sequence[Expression], names: Sequence[str]
) -> list[tuple[int, int, Expression]]:
    """Return row, column and derivative by each name where it is not identically zero."""
    nonzero = []
    for row, expression in enumerate(expressions):
        used = names_in(expression)
        for column, name in enumerate(names):
            if name in used and (derivative := slope(expression, symbol(name))) != 0:
                nonzero.append((row, column, derivative))
    return nonzero


_MACHINES: Shelf[Machine] = Shelf(64)


def machine_of(model: Model) -> Machine:
    """Return the machine code of a model, made once for all models that are laid out alike."""
    return _MACHINES.take(model.layout, lambda: Machine(model))
