"""Machine code for exact forward sensitivities: the derivative of every Rosenbrock step.

A step of the method is differentiated as it stands, so that the sensitivities are those of the
numbers that the integrator returns. With S = dy/dtheta at its beginning and u_i its stages,

    W du_i = J(Y_i) (S + sum_j A_ij du_j) + sum_j C_ij du_j / h + G_i S + F_i
    G_i = d/dy [J(y) u_i + d_i h df/dt],  F_i = df/dtheta(Y_i) + d/dtheta [J(y) u_i + d_i h df/dt]

with the factors of W that the step has used (Hairer and Wanner II, section IV.7, differentiated).
The stages of a step are points at which J, G and F are evaluated in one call, a lane each (so
there are eight at most); sensitivities to four parameters make a block (to eight where a register
holds as many), and each block takes one call for all stages. States that none of its columns can
move are left out (`slope_reach`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pdmodel.arguments import names_of
from pdmodel.arrays import Integers
from pdmodel.engine.codegen.program import WIDE, LaneCode, Program
from pdmodel.engine.codegen.scalar_code import ScalarCode, compile_scalar
from pdmodel.engine.codegen.symengine_door import (
    Expression,
    Hoist,
    names_in,
    number,
    slope,
    slope_between_steps,
    symbol,
)
from pdmodel.engine.compiled_model.machine import Machine, entries
from pdmodel.engine.compiled_model.slope_block_code import FORCING, ROWS, BlockCode, emit_keeping
from pdmodel.engine.compiled_model.slope_reach import (
    COLUMNS,
    BlockPlan,
    all_states,
    plan_of,
)
from pdmodel.engine.compiled_model.slope_step_code import (
    Place,
    SlopePattern,
    emit_forcing,
    emit_note,
    emit_points,
)
from pdmodel.engine.keeping import Shelf, once
from pdmodel.engine.rosenbrock.memory import make_layout
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model
from pdmodel.model.expressions.rewriting import WHOLE


@dataclass(frozen=True)
class SensitivityColumns:
    """What to differentiate by.

    Parameters
    ----------
    names
        Of parameters; `initial:state` for a starting value; `dose:drug` for a factor on all that
        is given of a drug.
    """

    names: tuple[str, ...]
    parameters: dict[int, str]
    initials: dict[int, int]
    doses: dict[int, int]


def read_columns(machine: Machine, names: Sequence[str]) -> SensitivityColumns:
    """Sort names into parameters, starting values and doses.

    Raises
    ------
    InputError
        If a name is unknown, or there is none, or a drug shares its state with another.
    """
    names = names_of(names, "parameters")
    if not names:
        raise InputError("sensitivities need a list of at least one name")
    states = list(machine.states)
    drugs = {drug: states.index(state.name) for drug, state in machine.model.doses.items()}
    allowed = [
        *machine.parameters,
        *(f"initial:{s}" for s in states),
        *(f"dose:{d}" for d in drugs),
    ]
    columns = SensitivityColumns(tuple(dict.fromkeys(names)), {}, {}, {})
    for column, name in enumerate(columns.names):
        kind, _, rest = name.rpartition(":")
        require_known("parameter, initial:state or dose:drug", allowed, name)
        if not kind:
            columns.parameters[column] = name
        elif kind == "initial":
            columns.initials[column] = states.index(rest)
        else:
            _check_alone(rest, drugs, machine)
            columns.doses[column] = drugs[rest]
    return columns


def _check_alone(drug: str, drugs: Mapping[str, int], machine: Machine) -> None:
    """Refuse a drug that shares its state: a run does not keep apart what was given of each."""
    others = [name for name, state in drugs.items() if state == drugs[drug] and name != drug]
    if others:
        both = ", ".join([drug, *others])
        raise InputError(
            f"dose:{drug}: {both} all enter {machine.states[drugs[drug]]}, and slopes by what is "
            "given do not tell them apart; let each drug enter a state of its own"
        )


def _places(slopes: Sequence[tuple[int, int, Expression]]) -> tuple[Place, ...]:
    return tuple((row, column) for row, column, _ in slopes)


def sensitivity_of(
    machine: Machine, names: tuple[str, ...], quantities: tuple[str, ...], moving: bool = False
) -> SensitivityCode:
    """Return what is compiled for the sensitivities of quantities to parameters, made once.

    Parameters
    ----------
    machine, names, quantities
        The model, what to differentiate by, and what is observed.
    moving
        Doses may follow the parameters: then any of these may move what a dose goes into.
    """

    def make() -> SensitivityCode:
        columns = read_columns(machine, names)
        every = all_states(len(machine.states), len(columns.names))
        entered = columns.initials | columns.doses
        plan = every if moving else plan_of(machine, columns.parameters, entered)
        ordered = read_columns(machine, [columns.names[column] for column in plan.order])
        return SensitivityCode(machine, ordered, quantities, plan, moving)

    code: SensitivityCode = machine.sensitivities.take((names, quantities, moving), make)
    return code


def _has_steps(model: Model) -> bool:
    """Return whether an equation of a model holds a whole part."""
    rates = (process.rate for process in model.processes)
    expressions = (*rates, *model.definitions.values(), *model.initials.values())
    return any(expression.atoms(*WHOLE) for expression in expressions)


class SensitivityCode:
    """What is compiled for the sensitivities of one model to some parameters.

    Parameters
    ----------
    machine
        The model.
    columns
        What to differentiate by.
    quantities
        What is observed.
    plan
        Which of the names that were asked for each column is, and the states of each block; all
        states and the order of the columns if there is none.
    moving
        Doses may follow the parameters: then more may force the slopes than is known here.
    """

    def __init__(
        self, machine: Machine, columns: SensitivityColumns, quantities: Sequence[str],
        plan: BlockPlan | None = None, moving: bool = False,
    ) -> None:  # fmt: skip
        self.machine, self.columns, self.quantities = machine, columns, tuple(quantities)
        self.n, self.width = len(machine.states), len(columns.names)
        self.plan = all_states(self.n, self.width) if plan is None else plan
        self.blocks, self.moving = len(self.plan.rows), moving
        self.slope = slope_between_steps if _has_steps(machine.model) else slope
        self._stages = [symbol(f"_u{i}") for i in range(self.n)]
        self._nows = [symbol(f"_n{i}") for i in range(self.n)]
        self._hoist = Hoist({machine.time, *machine.states, *machine.modes, *self._moving_names()})
        self._hoist.coefficients.update(machine.hoist.coefficients)
        self._notes: Shelf[LaneCode] = Shelf(2)  # for one lane and for several
        self._compile_points()
        self._compile_prepare()
        self._compile_observe()

    def _moving_names(self) -> list[str]:
        return ["_t0", "_factor", *(str(s) for s in (*self._stages, *self._nows))]

    # Points: J(Y_i), G_i and F_i of all stages ------------------------------------------------

    def _compile_points(self) -> None:
        machine = self.machine
        bends = self._bends()
        nows = [str(s) for s in self._nows]
        bent = entries(bends, nows)
        forced = self._forcing(bends)
        self.force_places: list[Place] = [(row, column) for row, column, _ in forced]
        self.pattern = SlopePattern(
            machine.time, machine.states, _places(machine.jacobian), _places(bent), len(forced),
            machine.linear,
        )  # fmt: skip
        slopes = [e for *_, e in (*machine.jacobian, *bent, *forced)]
        reduced = [self._hoist(expression) for expression in slopes]
        fixed = [*self._hoist.coefficients.values(), *map(symbol, machine.modes)]
        self.n_record = self.pattern.fixed + len(fixed)
        program = Program(WIDE)
        emit_points(program, self.pattern, fixed, reduced)
        forced_at = self.flat(self.force_places, FORCING)
        emit_forcing(program.function("force", 1), self.pattern, forced_at)
        filled = {*range(self.n)} if self.moving else {row for row, _ in self.force_places}
        for rows, name in self._block_names().items():
            BlockCode(program, name, self.pattern, rows, filled).write()
        emit_keeping(program.function("keep", COLUMNS), self.n, self.blocks)
        self.code: LaneCode = program.compile()

    def note(self, lanes: int) -> int:
        """Return the address of what notes a step of a run of so many lanes."""
        return self._notes.take(lanes, lambda: self._make_note(lanes)).address("note")

    def _make_note(self, lanes: int) -> LaneCode:
        layout = make_layout(self.machine.sizes(lanes, 0), self.machine.n_factors)
        program = Program(1)
        coefficients = len(self._hoist.coefficients)
        emit_note(program.function("note"), self.pattern, layout, lanes, coefficients)
        return program.compile()

    def _block_names(self) -> dict[tuple[int, ...], str]:
        """Return the function that computes a block of some states."""
        return {rows: f"block {k}" for k, rows in enumerate(dict.fromkeys(self.plan.rows))}

    def block_addresses(self) -> Integers:
        """Return the address of the function of each block."""
        names = self._block_names()
        addresses = [self.code.address(names[rows]) for rows in self.plan.rows]
        return np.array(addresses, dtype=np.int64)

    def _bends(self) -> list[Expression]:
        """Return J(y) u + d h df/dt at the beginning of the step, in symbols of their own."""
        machine = self.machine
        begin = dict(zip(map(symbol, machine.states), self._nows, strict=True))
        begin[symbol(machine.time)] = symbol("_t0")
        sums = [number(0)] * self.n
        for row, column, entry in machine.jacobian:
            sums[row] = sums[row] + entry.xreplace(begin) * self._stages[column]
        for row, entry in enumerate(machine.time_slopes):
            sums[row] = sums[row] + entry.xreplace(begin) * symbol("_factor")
        return sums

    def _forcing(self, bends: list[Expression]) -> list[tuple[int, int, Expression]]:
        forcing = []
        for column, name in self.columns.parameters.items():
            for row, (rate, bend) in enumerate(zip(self.machine.derivatives, bends, strict=True)):
                total = self.by_parameter(rate, name) + self.by_parameter(bend, name)
                if total != 0:
                    forcing.append((row, column, total))
        for column, state in self.columns.doses.items():
            forcing.append((state, column, number(0)))  # room for what an infusion brings
        return forcing

    def by_parameter(self, expression: Expression, name: str) -> Expression:
        """Differentiate by a parameter, through the constants that follow from it."""
        constants = self.machine.constants_in_parameters
        total = self.slope(expression, symbol(name))
        for used in sorted(names_in(expression) & set(self.machine.constants)):
            inner = self.slope(constants[symbol(used)], symbol(name))
            if inner != 0:
                total = total + self.slope(expression, symbol(used)) * inner
        return total

    # Start and observables --------------------------------------------------------------------

    def _compile_prepare(self) -> None:
        """Constants, starting state, all coefficients, and the starting state's derivatives."""
        machine = self.machine
        constants = machine.constants_in_parameters
        starts = [
            (row, column, derivative)
            for column, name in self.columns.parameters.items()
            for row, start in enumerate(machine.initials)
            if (derivative := self.slope(start, symbol(name))) != 0
        ]
        self.start_places: list[Place] = [(row, column) for row, column, _ in starts]
        coefficients = [c.xreplace(constants) for c in self._hoist.coefficients]
        derivatives = [derivative for *_, derivative in starts]
        self.prepare: ScalarCode = compile_scalar(
            [symbol(name) for name in machine.parameters],
            [*constants.values(), *machine.initials, *coefficients, *derivatives],
        )

    def _compile_observe(self) -> None:
        machine = self.machine
        expressions = [machine.quantity(name) for name in self.quantities]
        by_state = entries(expressions, machine.states)
        direct = [
            (row, column, derivative)
            for column, name in self.columns.parameters.items()
            for row, expression in enumerate(expressions)
            if (derivative := self.by_parameter(expression, name)) != 0
        ]
        self.observed_by_state: list[Place] = [(row, column) for row, column, _ in by_state]
        self.observed_directly: list[Place] = [(row, column) for row, column, _ in direct]
        self.observe: ScalarCode = compile_scalar(
            machine.observed_inputs, [e for *_, e in (*by_state, *direct)]
        )

    @once
    def turn(self) -> ScalarCode:
        """Slope of the height of each switch by each column, other than through states."""
        slopes = [
            self.by_parameter(high - low, self.columns.parameters[column])
            if column in self.columns.parameters
            else number(0)
            for high, low in self.machine.surfaces
            for column in range(self.width)
        ]
        return compile_scalar(self.machine.gauge_inputs, slopes)

    def flat(self, places: Sequence[Place], row: int) -> Integers:
        """Return where (state, column) pairs are kept in the blocks, in a row of states."""
        n, size = self.n, ROWS * self.n * COLUMNS
        elements = [
            (column // COLUMNS) * size + (row * n + state) * COLUMNS + column % COLUMNS
            for state, column in places
        ]
        return np.array(elements, dtype=np.int64)
