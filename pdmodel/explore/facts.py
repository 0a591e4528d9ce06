"""What the page needs to know once: controls, plots, targets and patients of a model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pdmodel import applications, catalogue
from pdmodel.dosing import read_regimen
from pdmodel.dosing.regimen.examples import examples_of
from pdmodel.engine.schedule.build import make_schedule
from pdmodel.errors import InputError, PdmodelError
from pdmodel.explore.display import plain_number
from pdmodel.explore.measured import shown_values
from pdmodel.explore.runs import problem_of
from pdmodel.explore.trials import trials_near
from pdmodel.explore.view import MOST_PATIENTS, VERSION
from pdmodel.imports import Place
from pdmodel.inference import FitProblem, Measurements, Question
from pdmodel.inference.problem.groups import compared_groups
from pdmodel.inference.targets.kinds import KINDS
from pdmodel.model import Model
from pdmodel.model.vocabulary import Quantity

_FITS = "pdmodel.fits"
_PLOTS = 5
_DAYS = 84.0
_WIDE = 10.0
"""A parameter without bounds can be moved by this factor in either direction."""


def facts_of(
    model: Model, question: Question | None, measured: Measurements | None = None
) -> dict[str, Any]:
    """Return what the page shows before anything is asked.

    Parameters
    ----------
    model
        The model of the page.
    question
        Whose targets it shows, or None.
    measured
        Values that are laid over the curves.

    Returns
    -------
    dict
        Plain data: `model`, `slots` with rivals, `parameters`, `quantities`, `states`, `targets`,
        `trials`, `examples` of schedules, `words` of names, `data` that were measured, and `view`,
        with which the page begins.
    """
    problem = None if question is None else problem_of(question, model)
    return {
        "model": {
            "name": model.name, "claim": model.claim, "refuted_by": model.refuted_by,
            "counted": model.counted, "hash": model.hash[:12],
        },
        "question": "" if question is None else question.title,
        "slots": _slots(model),
        "parameters": [_parameter(model, q) for q in model.parameters if q.kind == "parameter"],
        "quantities": [
            {"name": q.name, "label": q.title, "unit": q.unit, "meaning": q.meaning}
            for q in _quantities(model)
        ],
        "states": [symbol.name for symbol in model.states],
        "targets": [] if problem is None else _targets(problem),
        "examples": list(examples_of(model)),
        "words": dict(model.vocabulary.words),
        "most_patients": MOST_PATIENTS,
        "own": [] if problem is None else list(problem.differ),  # in what patients differ
        "trials": [
            {"name": name, "regimen": "; ".join(arm.name for arm in trial.arms)}
            for name, trial in trials_near(question).items()
        ],
        "data": None if measured is None else shown_values(measured),
        "view": _first_view(model, question, problem, measured),
    }  # fmt: skip


def _slots(model: Model) -> list[dict[str, Any]]:
    """Return every slot that has a choice, its mechanism and the rivals of that."""
    slots = []
    every = {m.name: m for m in (*model.mechanisms, *model.rivals)}
    for held in model.mechanisms:
        meaning = model.vocabulary.slots[held.slot].meaning
        choices = [
            {
                "name": m.name, "claim": m.claim, "refuted_by": m.refuted_by, "source": m.source,
                "changes": sorted({s.name for s in m.states}),
            }
            for m in every.values() if m.slot == held.slot
        ]  # fmt: skip
        slots.append(
            {"slot": held.slot, "meaning": meaning, "held": held.name, "mechanisms": choices}
        )
    return sorted(slots, key=lambda slot: len(slot["mechanisms"]) == 1)


def _parameter(model: Model, quantity: Quantity) -> dict[str, Any]:
    """Return a parameter with the range of its slider."""
    value = model.defaults[quantity.name]
    low, high = _range(quantity, value)
    return {
        "name": quantity.name, "label": quantity.label, "meaning": quantity.meaning,
        "unit": quantity.unit, "value": value, "low": plain_number(low), "high": plain_number(high),
        "log": low > 0 and high / low > _WIDE / 2,
        "status": quantity.status or "", "source": quantity.source or "", "vary": quantity.vary,
    }  # fmt: skip


def _range(quantity: Quantity, value: float) -> tuple[float, float]:
    """Return declared bounds; where one is missing or infinite, a wide way from the value."""
    around = sorted((value / _WIDE, value * _WIDE)) if value else (0.0, 1.0)
    bounds = quantity.bounds or (-math.inf, math.inf)
    low, high = (b if math.isfinite(b) else a for b, a in zip(bounds, around, strict=True))
    return low, high


def _quantities(model: Model) -> list[Quantity]:
    """Return what can be drawn: observables first, then states, then what else moves."""
    symbols = {q.symbol: q for q in model.vocabulary}
    every = [*model.observables, *(symbols[s] for s in (*model.states, *model.moving))]
    return list({q.name: q for q in every if q.kind != "time"}.values())


def _targets(problem: FitProblem) -> list[dict[str, Any]]:
    targets = []
    for target in problem.targets:
        kind = KINDS[target.kind]
        unit = problem.model.vocabulary[target.observable].unit
        targets.append(
            {
                "id": target.id, "group": target.group, "groups": list(target.groups),
                "observable": target.observable, "kind": target.kind,
                "words": kind.axis_words(target.day), "unit": kind.unit_of(unit),
                "day": plain_number(target.day), "low": plain_number(target.low),
                "high": plain_number(target.high), "value": plain_number(target.value),
                "sigma": plain_number(target.sigma), "meaning": target.meaning,
                "source": target.source, "direction_status": target.direction_status,
                "threshold_status": target.threshold_status, "level": target.kind == "level",
                "log": target.scale == "log", "relative": kind.relative and kind.looks == "day",
            }
        )  # fmt: skip
    return targets


def _first_view(
    model: Model,
    question: Question | None,
    problem: FitProblem | None,
    measured: Measurements | None,
) -> dict[str, Any]:
    """Return the state with which the page begins: what was measured is drawn first."""
    names = [q.name for q in _quantities(model)]
    data = () if measured is None else measured.quantities
    panels = [] if question is None else [panel.observable for panel in question.panels]
    observed = [] if problem is None else [target.observable for target in problem.targets]
    watched = _most_watched(model, observed)
    others = [*panels, *observed, *(q.name for q in model.observables), *names]
    drawn = list(dict.fromkeys([*data, *others[:1], watched, *others]))
    patients = _patients(model, problem)
    return {
        "version": VERSION, "swaps": {}, "values": {}, "patients": patients,
        "schedule": _schedule(model, question),
        "days": _DAYS if problem is None else problem.days,
        "quantities": [name for name in drawn if name in names][:_PLOTS],
        "flux": {"state": watched, "patient": patients[-1]["name"]},
    }  # fmt: skip


def _schedule(model: Model, question: Question | None) -> str:
    if question is not None and question.regimen:
        return question.regimen
    return next((words for words in examples_of(model) if _can_be_given(words, model)), "no drug")


def _can_be_given(words: str, model: Model) -> bool:
    """Whether the drugs and units of a schedule fit the model."""
    try:
        make_schedule(model, read_regimen(words, model=model), 1.0)
    except PdmodelError:
        return False
    return True


def _most_watched(model: Model, observed: Sequence[str]) -> str:
    """Return the state that most targets look at, else the first one that an observable is."""
    states = [symbol.name for symbol in model.states]
    counted = Counter(name for name in observed if name in states)
    if counted:
        return counted.most_common(1)[0][0]
    return next((q.name for q in model.observables if q.name in states), states[0])


def _patients(model: Model, problem: FitProblem | None) -> list[dict[str, Any]]:
    """Return the groups that targets compare, with what each has of its own; else one."""
    if problem is None:
        return [{"name": "patient", "group": "", "values": {}}]
    names = compared_groups(problem.targets) or tuple(problem.groups)[:2]
    values = problem.params.valuesdict()
    return [
        {"name": name, "group": name, "values": _own_values(problem, name, values)}
        for name in names
    ]


def _own_values(problem: FitProblem, group: str, values: Mapping[str, float]) -> dict[str, float]:
    held = problem.group_values(group, values)
    return {name: held[name] for name in problem.differ if math.isfinite(held[name])}


def model_and_question(
    reference: str | None, fit: str | None = None
) -> tuple[Model, Question | None]:
    """Return what the page is about.

    Parameters
    ----------
    reference
        The model, as `catalogue.load` finds it; by default that of the question.
    fit
        A published fit, whose targets are shown; by default the one that is about this model, then
        any of the model's application, and where no model is named the first that is published.

    Raises
    ------
    InputError
        If either cannot be found, or nothing is published that could be shown.
    """
    asked = None if fit is None else catalogue.find_object(fit, "fit", _FITS, Question)
    if reference is None and asked is None:
        asked = _only_question()
    if reference is None:
        assert asked is not None  # it is what was named, or the only one
        return catalogue.load(asked.model, near=asked), asked
    model = catalogue.load(reference)
    return model, asked or _question_near(model, catalogue.home_of(reference))


def _only_question() -> Question:
    """Return the first question with targets, if all of them are of one application."""
    asked = [q for q in catalogue.published(_FITS, Question).values() if q.targets]
    models = list(dict.fromkeys(question.model for question in asked))
    if not asked or applications.several():
        also = f", such as {' or '.join(models)}" if models else ""
        raise InputError(f"name the model to explore{also}")
    return asked[0]


def _question_near(model: Model, home: Place) -> Question | None:
    """Return the fit of a model's application that has targets; best one about this model."""
    if not any(home):
        return None
    beside = catalogue.declared_beside(_FITS, Question, home)
    asked = [question for question in beside.values() if question.targets]
    return next(iter(sorted(asked, key=lambda question: question.model != model.name)), None)
