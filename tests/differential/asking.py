"""One case of the differential test: draw a model and doses, ask pdmodel, ask the reference.

A case is a number. Eight numbers in a row share a model, which is compiled once; each asks another
thing of it. A mismatch is a difference above 100 rtol of a state's largest value, or a failure
where the reference succeeds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

import pdmodel
from pdmodel.arrays import Array
from pdmodel.dosing import Dose, once
from pdmodel.engine import flux_table, simulate, simulate_cohort, simulate_sensitivities
from pdmodel.engine.rosenbrock.memory import CAUSES, SLIDES
from pdmodel.errors import InputError, PdmodelError, RegimenError, SimulationError
from pdmodel.model import Model
from tests.differential.models import Drawn, draw_model
from tests.differential.rates import NoReference, NoSteadyState, Rates
from tests.differential.records import Course, draw_course
from tests.differential.reference import Question, Told, tell

ALLOWED = 100
A_MODEL = 8
"""How many cases share a model."""


@dataclass(frozen=True)
class Answer:
    """How a case went.

    Parameters
    ----------
    verdict
        `agrees`, `mismatch`, `refused`, or `unsure` where the reference is in doubt.
    kind
        What was asked.
    words
        What differs and by how much, or why it is refused or in doubt.
    """

    verdict: str
    kind: str
    words: str = ""


class Apart(Exception):
    """A difference, in words."""


class Slides(Exception):
    """A run that is refused because it slides along a border."""


@dataclass
class Case:
    """What is asked: the model, what happens, when to look, how exactly."""

    drawn: Drawn
    rates: Rates
    rng: random.Random
    course: Course
    times: Array
    side: str
    rtol: float

    @property
    def model(self) -> Model:
        """The model that pdmodel is given."""
        return self.drawn.model

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments that every run shares."""
        return {
            "days": self.course.days, "times": self.times, "at_dose": self.side,
            "rtol": self.rtol,
        }  # fmt: skip

    def tell(self, values: dict[str, float] | None = None, **others: Any) -> Told:
        """Ask the reference."""
        question = Question(self.drawn.values | (values or {}), **others)
        late = [self.side == "after"] * self.times.size
        return tell(self.rates, self.course, question, self.times, late)

    def second(self) -> str:
        """Return another integrator for the reference."""
        return "Radau" if self.drawn.stiff else "DOP853"


@lru_cache(maxsize=4)
def _model(seed: str, switches: bool) -> tuple[Drawn, Rates]:
    drawn = draw_model(seed, switches=switches)
    return drawn, Rates(drawn)


def make_case(seed: int, number: int, *, switches: bool = True) -> tuple[str, Case]:
    """Draw a case; return what is asked in it as well."""
    kind = KINDS[number % A_MODEL]
    drawn, rates = _model(f"{seed}/{number // A_MODEL}", switches)
    rng = random.Random(f"{seed}/{number}/course")
    steady = kind == "steady"
    course = draw_course(rng, drawn, steady=steady)
    inside = [round(rng.uniform(0, course.days), 5) for _ in range(rng.choice([1, 3, 8]))]
    at_edges = [row.time for row in course.rows if row.time < course.days]
    times = np.unique([0.0, *inside, *at_edges, course.days])
    side = rng.choice(["before", "after"])
    return kind, Case(drawn, rates, rng, course, times, side, rng.choice([1e-5, 1e-7, 1e-7, 1e-8]))


def ask(seed: int, number: int, *, switches: bool = True) -> Answer:
    """Do one case."""
    kind, case = make_case(seed, number, switches=switches)
    try:
        _CHECKS[kind](case)
    except Apart as apart:
        return Answer("mismatch", kind, str(apart))
    except NoReference as error:
        return Answer("unsure", kind, str(error))
    except Slides as error:
        return Answer("refused", kind, str(error))
    except SimulationError as error:
        return _failed(case, kind, error)
    except (InputError, RegimenError) as error:
        return Answer("refused", kind, str(error))
    except PdmodelError as error:
        return Answer("mismatch", kind, f"{type(error).__name__}: {error}")
    return Answer("agrees", kind)


def _failed(case: Case, kind: str, error: SimulationError) -> Answer:
    """Judge a failed run: a slide is refused by name, others count where the reference succeeds."""
    cause = str(error.state.get("cause", error))
    if CAUSES[SLIDES] in cause:
        return Answer("refused", kind, CAUSES[SLIDES])
    try:
        case.tell()
    except NoReference as none:
        return Answer("unsure", kind, str(none))
    return Answer("mismatch", kind, f"fails where the reference succeeds: {error}")


def compare(case: Case, found: Array, told: Told, what: str, **question: Any) -> None:
    """Compare states, shape (n_times, n_states); look at a difference with another integrator."""
    bound = ALLOWED * case.rtol * told.largest + told.blur
    apart = np.abs(found - told.states)
    if np.isfinite(found).all() and (apart <= bound + 1e-300).all():
        return
    again = case.tell(method=case.second(), rtol=1e-11, **question)
    if (np.abs(again.states - told.states) > 0.2 * bound + 1e-300).any():
        raise NoReference("two integrators of the reference differ")
    row, column = np.unravel_index(np.nanargmax(apart / np.maximum(bound, 1e-300)), apart.shape)
    name = case.drawn.states[column]
    raise Apart(
        f"{what}: {name} at day {case.times[row]:g} is {found[row, column]:.12g}, reference "
        f"{told.states[row, column]:.12g}, {apart[row, column] / bound[column]:.3g} of what is "
        f"allowed (rtol {case.rtol:g})"
    )


# What is asked ------------------------------------------------------------------------------------


def check_run(case: Case, **how: Any) -> None:
    """States, observables and fluxes of a run."""
    told = case.tell()
    what = str(how.get("method", "compiled"))
    run = simulate(case.model, case.course.timetable, **case.asked, **how)
    compare(case, run["state_values"].values, told, what)
    compare_seen(case, run["seen"].values, told, what)
    _check_fluxes(case, run, told)


def compare_seen(case: Case, found: Array, told: Told, what: str) -> None:
    """Compare the observable, which depends on parameters as they are at that time."""
    seen = told.seen[:, 0]
    bound = ALLOWED * case.rtol * max(float(np.abs(seen).max()), _seen_size(case, told))
    apart = np.abs(found - seen)
    if not (apart <= bound).all():
        row = int(np.nanargmax(apart))
        raise Apart(
            f"{what}: the observable at day {case.times[row]:g} is {found[row]:.12g}, reference "
            f"{seen[row]:.12g}"
        )


def _seen_size(case: Case, told: Told) -> float:
    """Return how large the observable is where its state is largest."""
    sizes = [
        abs(float(case.rates.observables(0.0, told.largest.tolist(), list(values.values()))[0]))
        for values in told.values
    ]
    return max(sizes)


def _check_fluxes(case: Case, run: Any, told: Told) -> None:
    """Add up processes and infusions of each state: its derivative where the run is."""
    for place, state in enumerate(case.drawn.states):
        table = flux_table(run, state.name)
        total, size = table.sum(axis=1).to_numpy(), table.abs().sum(axis=1).to_numpy() + 1e-300
        for row, (time, at) in enumerate(zip(told.times, run["state_values"].values, strict=True)):
            values = list(told.values[row].values())
            expected = case.rates.derivatives(time, at.tolist(), values)[place]
            expected += told.infused[row][place]
            if abs(total[row] - expected) > 1e-9 * size[row]:
                raise Apart(
                    f"fluxes of {state} at day {time:g} add up to {total[row]:.12g}, its "
                    f"derivative is {expected:.12g}"
                )


def check_scipy(case: Case) -> None:
    """Ask one of SciPy's integrators; those for mild equations are not asked stiff ones."""
    methods = ["LSODA", "Radau", "BDF"] + ([] if case.drawn.stiff else ["DOP853", "RK45"])
    check_run(case, method=case.rng.choice(methods))


def check_cohort(case: Case) -> None:
    """Patients side by side, some with other doses; the same bits for any number of threads."""
    rng, count = case.rng, case.rng.choice([3, 9, 20])
    names = rng.sample(list(case.drawn.values), k=min(2, len(case.drawn.values)))
    table = {
        name: [case.drawn.values[name] * rng.uniform(0.7, 1.4) for _ in range(count)]
        for name in names
    }
    other = draw_course(rng, case.drawn)
    other = Course(tuple(r for r in other.rows if r.time < case.course.days), case.course.days)
    own = [rng.choice([case.course, other]) for _ in range(count)]
    # What records set they set from day 0 on, and a patient with another value is refused.
    recorded = {name for row in (*case.course.rows, *other.rows) for name in row.values}
    table = {name: column for name, column in table.items() if name not in recorded}
    tables = {id(course): course.timetable for course in (case.course, other)}
    regimens = [tables[id(course)] for course in own]
    names_of_states = [state.name for state in case.drawn.states]
    asked = {**case.asked, "quantities": [*names_of_states, "seen"]}
    run = simulate_cohort(case.model, regimens, table or None, threads=1, **asked)
    again = simulate_cohort(case.model, regimens, table or None, threads=3, **asked)
    for name in asked["quantities"]:
        if not np.array_equal(run[name].values, again[name].values, equal_nan=True):
            raise Apart(f"cohort: {name} has other bits with three threads than with one")
    for patient in rng.sample(range(count), k=3):
        mine = {name: column[patient] for name, column in table.items()}
        values = {**case.drawn.values, **mine}
        one = Case(**{**case.__dict__, "course": own[patient]})
        one.drawn = case.drawn
        told = one.tell(values)
        if reason := str(run["reason"].values[patient]):
            slides = CAUSES[SLIDES] in reason
            raise (
                Slides(CAUSES[SLIDES])
                if slides
                else Apart(f"cohort: patient {patient} fails: {reason}")
            )
        found = np.stack([run[name].values[patient] for name in names_of_states], axis=-1)
        bound = ALLOWED * case.rtol * told.largest
        apart = np.abs(found - told.states)
        if not (apart <= bound + 1e-300).all():
            raise Apart(f"cohort: patient {patient} is off by {np.nanmax(apart / bound):.3g}")


def check_slopes(case: Case) -> None:
    """Sensitivities by two parameters, a starting value and a dose, against differences."""
    drawn, rng = case.drawn, random.Random(case.drawn.name)  # the same code for both of its cases
    changed = {name for row in case.course.rows for name in row.values}
    by = rng.sample(list(drawn.values), k=min(2, len(drawn.values)))
    by += [f"initial:{rng.choice(drawn.states).name}", f"dose:{rng.choice(list(drawn.drugs))}"]
    by = [name for name in by if name not in changed]
    names = [symbol.name for symbol in drawn.states]
    run = simulate_sensitivities(
        case.model, case.course.timetable, by=by, quantities=names, **case.asked
    )
    found = np.stack([run[name].values for name in names], axis=1)
    for column, name in enumerate(by):
        _compare_slopes(case, found[:, :, column], name)


def _compare_slopes(case: Case, found: Array, name: str) -> None:
    """Compare with the variational equations; what is small beside the state is its noise.

    The size of a slope is its largest of the whole run, as that of a state is: the engine controls
    the error of a step by it, and which outputs happen to be asked for changes no step.
    """
    told = case.tell(by=name)
    if case.drawn.jumps:
        told.slopes, told.steepest = _differences(case, name, told)
    size = abs(case.drawn.values.get(name, 1.0)) or 1.0
    largest = np.maximum(told.steepest, 1e-3 * told.largest / size)
    bound = ALLOWED * case.rtol * largest + 1e-300
    apart = np.abs(found - told.slopes)
    if np.isfinite(found).all() and (apart <= bound).all():
        return
    if case.drawn.jumps:
        again, _ = _differences(case, name, told, share=4e-5)
    else:
        again = case.tell(by=name, method=case.second(), rtol=1e-10).slopes
    if (np.abs(again - told.slopes) > 0.2 * bound).any():
        raise NoReference(f"two integrators of the reference differ in slopes by {name}")
    row, column = np.unravel_index(np.nanargmax(apart / bound), apart.shape)
    raise Apart(
        f"slope of {case.drawn.states[column]} by {name} at day {case.times[row]:g} is "
        f"{found[row, column]:.10g}, reference {told.slopes[row, column]:.10g}, "
        f"{apart[row, column] / bound[column]:.3g} of what is allowed (rtol {case.rtol:g})"
    )


def _differences(
    case: Case, name: str, told: Told, share: float = 1e-4
) -> tuple[Array, Array]:  # fmt: skip
    """Return differences of the reference, where its rates jump and slopes with them; their size.

    That is the largest at the outputs and some times between.
    """
    kind, _, rest = name.rpartition(":")
    names = [state.name for state in case.drawn.states]
    sizes = {"": abs(case.drawn.values.get(name, 0.0)), "dose": 1.0}
    step = share * (sizes.get(kind) or float(told.largest[names.index(rest)]) or 1.0)
    times = np.union1d(case.times, np.linspace(0, case.course.days, 61))
    wide = Case(**{**case.__dict__, "times": times})
    high, low, higher, lower = (wide.tell(by=name, moved=by * step).states for by in (1, -1, 2, -2))
    slopes = (8 * (high - low) - (higher - lower)) / (12 * step)
    return slopes[np.searchsorted(times, case.times)], np.abs(slopes).max(axis=0)


def check_steady(case: Case) -> None:
    """Ask for doses that have gone on for ever, of either engine."""
    how: Any = case.rng.choice([{}, {}, {"method": "LSODA"}, {"method": "Radau"}])
    try:
        check_run(case, **how)
    except NoSteadyState as error:
        try:
            simulate(case.model, case.course.timetable, **case.asked, **how)
        except (SimulationError, InputError):
            return
        raise Apart(f"a steady state is found, but {error}") from None


def check_trigger(case: Case) -> None:
    """Ask for a trigger on a state: when it fires, and what the dose that follows does."""
    told = case.tell()
    rng, place = case.rng, case.rng.randrange(len(case.drawn.states))
    state = case.drawn.states[place]
    grid = np.linspace(0, case.course.days, 60)
    course = Case(**{**case.__dict__, "times": grid, "side": "after"}).tell().states[:, place]
    level = float(np.quantile(course, rng.uniform(0.2, 0.8)))
    if not level or not np.ptp(course) > 1e-3 * np.abs(course).max():
        raise NoReference("nothing moves")
    side = rng.choice(["above", "below"])
    target = rng.choice(list(case.drawn.drugs))
    then: Any = rng.choice(["note", once(Dose(0.0, target, 3.0, "1"))])
    trigger = pdmodel.Trigger(state.name, **{side: level}, then=then, times=1)
    run = simulate(case.model, case.course.timetable, triggers=[trigger], **case.asked)
    fired = [float(text.rsplit(" ", 1)[1]) for text in run.attrs["triggered"].split("; ") if text]
    when = check_firing(case, told, place, level, side, fired)
    extra = []
    if when is not None and then != "note":
        if abs(fired[0] - when) > 1e-4:  # where a state rests at the level, within its tolerance
            raise NoReference("the threshold is passed too slowly to know when")
        dosed = [s.name for s in case.drawn.states].index(case.drawn.drugs[target].name)
        extra = [(round(when, 9) + 1e-9, dosed, 3.0)]
    again = case.tell(extra=extra)
    compare(case, run["state_values"].values, again, "with a trigger", extra=extra)


def check_firing(
    case: Case, told: Told, place: int, level: float, side: str, fired: list[float]
) -> float | None:
    """Compare with the first time the condition becomes true, and return that of the reference.

    A condition that comes within the allowed error of its threshold, and not past it by more than
    that, is judged neither way: an exact run within that error may fire or not.
    """
    grid = np.unique([*np.linspace(0, case.course.days, 2001), *told.edges])
    over, largest = _over(case, place, level, side, grid)
    over[0] = -1.0  # what holds from the start becomes true at the start
    close = ALLOWED * case.rtol * largest
    hits = np.flatnonzero((over[:-1] <= 0) & (over[1:] > 0))
    if not hits.size and not fired:
        return None
    # A level that is itself an integrator's error about 0 is passed by such errors alone.
    if not (hits.size and fired) and abs(over[1:].max()) < close:
        raise NoReference("the threshold is only just touched")
    if not hits.size or not fired:
        raise Apart(f"the trigger fires at {fired}, the reference passes at {grid[hits // 2]}")
    left, right = (float(grid[(hits[0] + n) // 2]) for n in (0, 1))
    steep = abs(over[hits[0] + 1] - over[hits[0]]) / max(right - left, 1e-9)
    while right - left > 1e-10:
        inner = np.linspace(left, right, 101)
        over = _over(case, place, level, side, inner)[0][1::2]
        passed = int(np.argmax(over > 0)) if (over > 0).any() else inner.size - 1
        left, right = float(inner[max(passed - 1, 0)]), float(inner[max(passed, 1)])
    if abs(fired[0] - right) > close / max(steep, 1e-300) + 1e-5:
        raise Apart(f"the trigger fires at day {fired[0]:g}, the reference passes at {right:g}")
    return right


def _over(case: Case, place: int, level: float, side: str, grid: Array) -> tuple[Array, float]:
    """Return by how much the condition holds, before and after each time, and the state's size."""
    both, late = np.repeat(grid, 2), [False, True] * grid.size
    seen = tell(case.rates, case.course, Question(dict(case.drawn.values)), both, late)
    sign = 1.0 if side == "above" else -1.0
    return sign * (seen.states[:, place] - level), float(seen.largest[place])


KINDS = ("run", "scipy", "slopes", "steady", "cohort", "trigger", "slopes", "steady")
_CHECKS: dict[str, Callable[[Case], None]] = {
    "run": check_run, "scipy": check_scipy, "slopes": check_slopes, "steady": check_steady,
    "cohort": check_cohort, "trigger": check_trigger,
}  # fmt: skip
__all__ = ["KINDS", "Answer", "ask"]
