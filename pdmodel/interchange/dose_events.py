"""What is given, as events of Antimony: a rule that repeats is one event, however often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pdmodel.interchange.dose_plan import DosePlan, Giving
from pdmodel.interchange.formula import Formulas, finite_number
from pdmodel.interchange.names import Names
from pdmodel.interchange.pulse_train import Train

# True at the start counts as becoming true; of two events at one moment the second sees what the
# first has done.
_MANNER = "t0=false, fromTrigger=false"


class DoseEvents:
    """Writes what is given.

    Parameters
    ----------
    plan
        What is given to what.
    names, formulas
        Names and formulas of the file.
    """

    def __init__(self, plan: DosePlan, names: Names, formulas: Formulas) -> None:
        self.plan, self.names, self.formulas = plan, names, formulas
        self._count = Counter[str]()

    def lines(self) -> Iterator[str]:
        """Yield events and the counters that they need."""
        for giving in self.plan.givings():
            change, what = self._change(giving)
            yield f"// {what}, {train_words(giving.train)}"
            yield from self._train(giving.train, change)
        for time, changes in self.plan.moments():
            assignments = ", ".join(
                f"{self.formulas.write(symbol)} = {self.formulas.write(expression)}"
                for symbol, expression in changes.items()
            )
            event = self._event("change")
            yield f"{event}: at time >= {finite_number(time)}, {_MANNER}: {assignments};"

    def _change(self, giving: Giving) -> tuple[str, str]:
        vocabulary, amount = self.plan.model.vocabulary, finite_number(giving.amount)
        name, unit = self.formulas.write(giving.state), vocabulary[giving.state].unit
        if giving.infusion is None:
            return f"{name} = {name} + {amount}", f"{amount} {unit} into {giving.state.name}"
        what = f"infusion of {amount} {unit}/{vocabulary.time_unit} into {giving.state.name}"
        return f"{self.formulas.write(giving.infusion)} = {amount}", what

    def _event(self, what: str) -> str:
        """Return `dose_1`, `dose_2`, ..."""
        self._count[what] += 1
        return self.names.take(f"{what}_{self._count[what]}")

    def _train(self, train: Train, change: str) -> Iterator[str]:
        event = self._event("dose")
        if train.count == 1:
            yield f"{event}: at time >= {finite_number(train.first)}, {_MANNER}: {change};"
            return
        given, following = (self.names.take(f"{event}_{word}") for word in ("given", "next"))
        yield f"var {given} = 0; var {following} = {finite_number(train.first)};"
        when = f"(time >= {following}) && ({given} < {train.count})"
        yield (
            f"{event}: at {when}, {_MANNER}: {change}, {given} = {given} + 1, "
            f"{following} = {_next_time(train, given)};"
        )


def _next_time(train: Train, given: str) -> str:
    """Return the day of the next dose by how many are given; sums would gather rounding."""
    moment = f"({given} + 1)"
    terms = [(train.interval, moment)]
    if train.inner:
        cycle = f"floor({moment}/{train.inner})"
        terms = [(train.cycle, cycle), (train.interval, f"({moment} - {train.inner}*{cycle})")]
    parts = [finite_number(train.first)] if train.first else []
    parts += [term if size == 1 else f"{finite_number(size)}*{term}" for size, term in terms]
    return " + ".join(parts)


def train_words(train: Train) -> str:
    """Return when, in words."""
    if train.count == 1:
        return f"at day {finite_number(train.first)}"
    first = f"{train.count} times, first at day {finite_number(train.first)}"
    often = f"{first}, then every {_span(train.interval)}"
    return often + (f", {train.inner} in {_span(train.cycle)}" if train.inner else "")


def _span(days: float) -> str:
    return "day" if days == 1 else f"{days:.10g} days"
