"""What a clinician asks of one patient: a regimen, with and without an intervention, as runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pdmodel.dosing import Regimen, Timetable, no_drug, read_regimen, weight_of
from pdmodel.engine import simulate
from pdmodel.engine.runs.request import check_days
from pdmodel.engine.schedule.default_grid import rows_every
from pdmodel.errors import InputError, UnknownNameError
from pdmodel.hypotheses.discrimination.intervention import Intervention
from pdmodel.model import Mechanism, Model, Patient

if TYPE_CHECKING:
    import xarray as xr

CONTROL = "control"
"""The name of the run in which an intervention is left out, and all else is the same."""


@dataclass(frozen=True)
class Arm:
    """One run that is asked for.

    Parameters
    ----------
    model, regimen, patient
        As `simulate` takes them.
    """

    model: Model
    regimen: Timetable
    patient: Patient


@dataclass(frozen=True)
class Asked:
    """Which runs are wanted.

    Parameters
    ----------
    model
        Without interventions and swaps.
    patients
        Whose courses are wanted.
    regimen
        What is given besides the interventions, or in place of the drug that they bring; None for
        what they bring.
    interventions
        Each is an arm of its own.
    swaps
        Mechanisms that are put into the model.
    control
        Whether the runs without interventions are wanted too; of swaps alone, those without swaps.
    weight
        Body weight in kg for doses per kilogram, where the model has none.
    """

    model: Model
    patients: Sequence[Patient]
    regimen: str | Timetable | None
    interventions: Sequence[Intervention] = ()
    swaps: Sequence[Mechanism] = ()
    control: bool = False
    weight: float | None = None


def arms_of(asked: Asked) -> tuple[dict[str, Arm], dict[str, str]]:
    """Return the runs to be made, and which is held against which.

    Parameters
    ----------
    asked
        What is wanted.

    Returns
    -------
    tuple
        By name the arms, those of a patient beside one another; by the name of an arm that of its
        control, where one is wanted.

    Raises
    ------
    InputError
        If two runs would have one name, no regimen is said, or there is nothing to leave out.
    UnknownNameError
        If the model has no such rival.
    """
    if asked.control and not (asked.interventions or asked.swaps):
        raise InputError(
            "a control leaves an intervention or a swapped mechanism out, and there is none; say "
            "which by --intervention or --swap"
        )
    arms: dict[str, Arm] = {}
    against: dict[str, str] = {}
    for patient in asked.patients:
        own = _of_patient(asked, patient)
        control = _name(asked, patient, CONTROL)
        for name, arm in own.items():
            label = _name(asked, patient, name)
            if label in arms:
                raise InputError(f"two runs would be called {label!r}; name each once")
            arms[label] = arm
            if asked.control and label != control:
                against[label] = control
    return arms, against


def simulate_arms(
    arms: Mapping[str, Arm],
    *,
    days: float,
    every: float | None = None,
    quantities: Sequence[str] | None = None,
    engine: str | None = None,
    method: str | None = None,
) -> dict[str, xr.Dataset]:
    """Simulate each arm.

    Parameters
    ----------
    arms
        By name.
    days
        Length of the runs.
    every
        Days from row to row; by default whole days, both sides of doses, and rows between them.
    quantities, engine, method
        As in `simulate`.

    Returns
    -------
    dict
        Results of `simulate` by name, with the extremes between their rows.
    """
    check_days(days)
    times = None if every is None else rows_every(days, every)
    return {
        name: simulate(
            arm.model, arm.regimen, days=days, patient=arm.patient, quantities=quantities,
            times=times, engine=engine, method=method, extremes=True, smooth=True,
        )
        for name, arm in arms.items()
    }  # fmt: skip


def _name(asked: Asked, patient: Patient, arm: str) -> str:
    """Return the name of a run: only what tells it from the others."""
    alone = not asked.interventions and not asked.control
    if alone:
        return patient.name
    return arm if len(asked.patients) == 1 else f"{patient.name}, {arm}"


def _of_patient(asked: Asked, patient: Patient) -> dict[str, Arm]:
    swapped = _swapped(asked)
    weight = weight_of(asked.model, patient) if asked.weight is None else asked.weight
    if not asked.interventions:
        plan = _read(_said(asked.regimen), asked.model, weight)
        name = "+".join(mechanism.name for mechanism in asked.swaps)
        arms = {name: Arm(swapped, plan, patient)}
        return arms | ({CONTROL: Arm(asked.model, plan, patient)} if asked.control else {})
    return _treated(asked, patient, swapped, weight)


def _swapped(asked: Asked) -> Model:
    model, slots = asked.model, set[str]()
    for mechanism in asked.swaps:
        if mechanism.slot in slots:
            raise InputError(f"slot {mechanism.slot!r} can hold one mechanism; swap it once")
        slots.add(mechanism.slot)
        model = model.swap(mechanism)
    return model


def _treated(
    asked: Asked, patient: Patient, swapped: Model, weight: float | None
) -> dict[str, Arm]:
    """Return an arm for each intervention, and that without them where it is wanted."""
    arms, controls = dict[str, Arm](), dict[str, Regimen]()
    for intervention in asked.interventions:
        treated, without = _regimens(intervention, asked, weight)
        if intervention.name in arms:
            raise InputError(f"intervention {intervention.name!r} is named twice")
        person = replace(patient, values={**patient.values, **intervention.values})
        arms[intervention.name] = Arm(_applied(intervention, swapped), treated, person)
        controls.setdefault(str(without), without)
    if not asked.control:
        return arms
    if len(controls) > 1:
        raise InputError(
            f"without intervention, is it {' or '.join(map(repr, controls))}? Say it by --regimen"
        )
    return arms | {CONTROL: Arm(swapped, next(iter(controls.values())), patient)}


def _applied(intervention: Intervention, model: Model) -> Model:
    try:
        return intervention.applied(model)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"intervention {intervention.name!r} is not for model {model.name!r}: {error}"
        ) from error


def _said(regimen: str | Timetable | None) -> str | Timetable:
    if regimen is None:
        raise InputError("say what is given: a regimen")
    return regimen


def _read(words: str | Timetable, model: Model, weight: float | None) -> Timetable:
    return read_regimen(words, model=model, weight=weight)


def _regimens(
    intervention: Intervention, asked: Asked, weight: float | None
) -> tuple[Regimen, Regimen]:
    """Return what is given in an intervention, and what is given without it.

    A regimen that is said takes the place of its drugs in the intervention. What is left of the
    intervention is what it adds; where nothing is left, it is another way to give the same drug.
    """
    model = asked.model
    main = next(iter(model.doses), "")
    if not intervention.regimen:
        said = _words(_read(_said(asked.regimen), model, weight))
        return said, said
    whole = _words(_read(intervention.regimen, model, weight))
    parts = [read_regimen(part) for part in str(whole).split(" + ")]
    if asked.regimen is None:
        background = _sum(part for part in parts if drugs_of(part, main) <= {main})
        if str(background) == str(whole) and asked.control and not _changes(intervention):
            raise InputError(
                f"intervention {intervention.name!r} is {str(whole)!r} and nothing else; say by "
                "--regimen what is given without it"
            )
        return whole, background
    said = _words(_read(asked.regimen, model, weight))
    replaced = drugs_of(said, main) or {main}
    kept = [part for part in parts if not drugs_of(part, main) & replaced]
    if kept or _changes(intervention):
        return said + _sum(kept), said
    if not asked.control:
        raise InputError(
            f"intervention {intervention.name!r} is {str(whole)!r} and nothing else, which "
            f"{str(said)!r} replaces; leave one of them out, or ask for the other as --against "
            f"{CONTROL}"
        )
    return whole, said


def _changes(intervention: Intervention) -> bool:
    """Whether an intervention does more than to give something."""
    return bool(intervention.swaps or intervention.values)


def _words(plan: Timetable) -> Regimen:
    if not isinstance(plan, Regimen):
        raise InputError("an intervention needs a regimen in words, not the events of a table")
    return plan


def _sum(parts: Iterable[Regimen]) -> Regimen:
    whole = no_drug()
    for part in parts:
        whole = whole + part
    return whole


def drugs_of(regimen: Regimen, main: str) -> set[str]:
    """Return the drugs that a regimen gives, the main one by its own name."""
    doses = [*regimen.doses, *(rule.dose for rule in regimen.rules)]
    return {dose.drug or main for dose in doses}
