"""Why hypotheses fare as they do: where they differ, and what moves what is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pdmodel.dosing import Timetable
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.hypotheses.verdicts.parts import FitPart
from pdmodel.inference import Target
from pdmodel.inference.problem.groups import compared_groups
from pdmodel.model import Model

_MOST_DAYS = 56.0
"""The first weeks, in which most happens."""


class Moved(NamedTuple):
    """What moves a state in the typical patients, as a hypothesis was fitted.

    Parameters
    ----------
    hypothesis, model, state
        Name of the hypothesis, its model, and the state.
    regimen, days
        What is given, and how long is looked at.
    groups
        Parameters by group.
    """

    hypothesis: str
    model: Model
    state: str
    regimen: Timetable
    days: float
    groups: Mapping[str, Mapping[str, float]]

    @property
    def words(self) -> str:
        """What the figures of it show, in a sentence."""
        title = self.model.vocabulary[self.state].title
        return (
            f"Which process moves {title} in {self.hypothesis}, in the groups as they were fitted, "
            f"on {self.regimen}: means of each day."
        )


def what_moves(comparison: Comparison, hypothesis: Hypothesis, fit: FitPart) -> Moved | None:
    """Return what moves the state that most targets look at; None without a fit.

    Where targets look at no state, it is the first state of what most of them look at.
    """
    if fit.failure:
        return None
    problem = comparison.problem(hypothesis)
    state = most_aimed_at(hypothesis.model, problem.targets)
    groups = compared_groups(problem.targets) or tuple(problem.groups)
    if state is None:
        return None
    return Moved(
        hypothesis.name, hypothesis.model, state, problem.regimen, min(problem.days, _MOST_DAYS),
        {group: problem.own_values(group, fit.values) for group in groups},
    )  # fmt: skip


def most_aimed_at(model: Model, targets: Sequence[Target]) -> str | None:
    """Return the state that most targets look at, or that what they look at is made of."""
    states = [state.name for state in model.states]
    counts = Counter(target.observable for target in targets)
    ranked = [name for name, _ in counts.most_common()]
    direct = [name for name in ranked if name in states]
    below = [name for name in ranked for name in _states_of(model, name)]
    return next(iter([*direct, *below]), None)


def _states_of(model: Model, name: str) -> list[str]:
    """Return the states in the definition of a quantity, and in those of what it is made of."""
    todo, seen = [name], dict.fromkeys([name])
    while todo:
        definition = model.definitions.get(model.vocabulary[todo.pop(0)].symbol)
        for symbol in sorted(definition.free_symbols, key=str) if definition is not None else ():
            if symbol.name not in seen:
                seen[symbol.name] = None
                todo.append(symbol.name)
    return [state.name for state in model.states if state.name in seen]


def slots_apart(first: Hypothesis, others: Sequence[Hypothesis]) -> list[tuple[str, str, str, str]]:
    """Return hypothesis, slot, mechanism of the first and of the other, wherever they differ.

    Values that a model sets differ as the slot `value`.
    """
    return [
        (other.name, slot, mine, theirs)
        for other in others
        for slot, mine, theirs in _apart(first.model, other.model)
    ]


def _apart(first: Model, other: Model) -> list[tuple[str, str, str]]:
    held = {mechanism.slot: mechanism.name for mechanism in first.mechanisms}
    rows = [
        (m.slot, held.get(m.slot, "-"), m.name)
        for m in other.mechanisms
        if held.get(m.slot) != m.name
    ]
    values = {k: v for k, v in other.values.items() if first.values.get(k) != v}
    return rows + [("value", f"{first.defaults.get(k, float('nan')):g}", f"{k} = {v:g}")
                    for k, v in values.items()]  # fmt: skip
