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

from pdmodel.arrays import Array
from pdmodel.engine import flux_table, simulate, simulate_cohort, simulate_sensitivities
from pdmodel.engine.rosenbrock.memory import CAUSES, SLIDES
from pdmodel.errors import InputError, PdmodelError, RegimenError, SimulationError
from tests.differential.cases import ALLOWED, Apart, Case, Slides, compare
from tests.differential.models import Drawn, draw_model
from tests.differential.rates import NoReference, NoSteadyState, Rates
from tests.differential.records import Course, draw_course
from tests.differential.reference import Told
from tests.differential.triggers import check_trigger

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


KINDS = ("run", "scipy", "slopes", "steady", "cohort", "trigger", "slopes", "steady")
_CHECKS: dict[str, Callable[[Case], None]] = {
    "run": check_run, "scipy": check_scipy, "slopes": check_slopes, "steady": check_steady,
    "cohort": check_cohort, "trigger": check_trigger,
}  # fmt: skip
__all__ = ["KINDS", "Answer", "ask"]
