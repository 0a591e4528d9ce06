"""Which states each slope can ever move, and which columns share a block.

A parameter enters the rates or the starting values of some states; what depends on these follows,
and so on. The slopes of all other states are 0 for good: blood counts do not follow the growth of a
tumour that they do not see. A block leaves out the rows that none of its columns can reach, and
columns that reach the same states are put together, so that much can be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from pdmodel.engine.codegen.program import register_width
from pdmodel.engine.codegen.symengine_door import names_in
from pdmodel.engine.compiled_model.machine import Machine

States = frozenset[int]
COLUMNS = register_width()
"""Columns of a block: with more than fit in a register their code would be twice as long, and
slower, for it has to be fetched anew at every step."""
_FEW = 8
"""Rows of one in so many states are not worth code of their own: two blocks share it."""


@dataclass(frozen=True)
class BlockPlan:
    """Which columns stand side by side, and which states their slopes can move.

    Parameters
    ----------
    order
        The columns, as they fill one block after another.
    rows
        The states of each block, sorted.
    """

    order: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]


def all_states(n: int, width: int) -> BlockPlan:
    """Return the plan that leaves nothing out: `width` columns in their order, of n states."""
    return BlockPlan(tuple(range(width)), (tuple(range(n)),) * -(-width // COLUMNS))


def plan_blocks(n: int, reach: Sequence[States]) -> BlockPlan:
    """Return which columns share a block, so that few states are in all blocks together.

    Each block begins with the column that reaches most of those left; then comes, until it is full,
    the one that adds fewest states, of these the one that has fewest like itself.

    Parameters
    ----------
    n
        How many states there are.
    reach
        What each column can move.
    """
    left, order, rows = list(range(len(reach))), [], []
    while left:
        alike = Counter(reach[column] for column in left)
        first = max(left, key=lambda column: (alike[reach[column]] >= COLUMNS, len(reach[column])))
        members, union = [first], reach[first]
        left.remove(first)
        while left and len(members) < COLUMNS:
            alike = Counter(reach[column] for column in left)
            nearest = min(
                left, key=lambda column: (len(reach[column] - union), alike[reach[column]], column)
            )
            left.remove(nearest)
            members.append(nearest)
            union |= reach[nearest]
        order += members
        rows.append(union)
    return BlockPlan(tuple(order), tuple(tuple(sorted(each)) for each in _shared(n, rows)))


def _shared(n: int, rows: Sequence[States]) -> list[States]:
    """Let blocks that differ in few states have the same, for each kind is compiled."""
    kinds = sorted(set(rows), key=len, reverse=True)

    def chosen(own: States) -> States:
        return next(kind for kind in kinds if own <= kind and len(kind - own) * _FEW <= n)

    return [chosen(own) for own in rows]


def reached(dependences: Sequence[tuple[int, int]], entered: Sequence[Set[int]]) -> list[States]:
    """Return the states that each column can move: where it enters, and all that depends on them.

    Parameters
    ----------
    dependences
        (state, state that its rate depends on).
    entered
        The states that each column enters.
    """
    followers: dict[int, list[int]] = {}
    for state, cause in dependences:
        followers.setdefault(cause, []).append(state)
    result = []
    for begun in entered:
        seen, waiting = set(begun), list(begun)
        while waiting:
            new = set(followers.get(waiting.pop(), ())) - seen
            seen |= new
            waiting += new
        result.append(frozenset(seen))
    return result


def plan_of(
    machine: Machine, parameters: Mapping[int, str], entered: Mapping[int, int]
) -> BlockPlan:
    """Return which columns share a block, and what they can move.

    Where a mode changes, slopes of the states whose rates it holds may jump by that of what the
    condition compares. So modes stand among the states here, behind them.

    Parameters
    ----------
    machine
        The model.
    parameters, entered
        What each column is by: the name of a parameter, or the one state that it enters (its
        starting value, or what is given of its drug).
    """
    n, nodes = len(machine.states), [*machine.states, *machine.modes]
    heights = [high - low for high, low in machine.surfaces]
    held = [names_in(expression) for expression in (*machine.derivatives, *heights)]
    starts = [names_in(expression) for expression in machine.initials]
    causes = [(row, cause) for row, names in enumerate(held) for cause, node in enumerate(nodes)
              if node in names]  # fmt: skip
    constants = [(str(name), names_in(e)) for name, e in machine.constants_in_parameters.items()]
    begun: dict[int, set[int]] = {column: {state} for column, state in entered.items()}
    for column, name in parameters.items():
        through = {name} | {constant for constant, names in constants if name in names}
        direct = {row for row, names in enumerate(held) if through & names}
        begun[column] = direct | {state for state, names in enumerate(starts) if name in names}
    moved = reached(causes, [begun[column] for column in range(len(begun))])
    return plan_blocks(n, [frozenset(node for node in each if node < n) for each in moved])


__all__ = ["BlockPlan", "all_states", "plan_blocks", "plan_of", "reached"]
