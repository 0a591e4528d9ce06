"""What the page asks about: one state of its controls, checked when it arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pdmodel.arguments import number
from pdmodel.errors import InputError, require_known
from pdmodel.model import Model
from pdmodel.storage.files.shapes import check_shape, each

VERSION = 1
"""Of the view as links hold it; a link of another version is refused rather than misread."""
MOST_PATIENTS = 6
"""As many curves as look different without colour."""
MOST_QUANTITIES = 12
MOST_DAYS = 3_650.0
_MOST_WORDS = 500
_SHAPE = {
    "version": int,
    "swaps": each(str),
    "values": each(float),
    "patients": [{"name": str, "group": str, "values": each(float)}],
    "schedule": str,
    "days": float,
    "quantities": [str],
    "flux": {"state": str, "patient": str},
}


@dataclass(frozen=True)
class ShownPatient:
    """One patient of a view.

    Parameters
    ----------
    name
        As the page writes it.
    group
        Group of the targets whose values it sets; empty where it is no group of theirs.
    values
        Parameters in which it differs from the shared ones.
    """

    name: str
    group: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class View:
    """One state of the controls.

    Parameters
    ----------
    swaps
        Mechanism by slot, where it is not that of the model.
    values
        Parameters that differ from those of the model.
    patients
        Whose curves are drawn.
    schedule
        What is given, in words.
    days
        Length of the run.
    quantities
        What is drawn.
    flux_state, flux_patient
        The state whose processes are drawn, and in which patient.
    """

    swaps: Mapping[str, str]
    values: Mapping[str, float]
    patients: Sequence[ShownPatient]
    schedule: str
    days: float
    quantities: Sequence[str]
    flux_state: str
    flux_patient: str


def read_view(data: Any, model: Model) -> View:
    """Return what the page asked, or say what is wrong with it.

    Parameters
    ----------
    data
        As it came, read from JSON.
    model
        The model of the page; mechanisms are named among its own and their rivals.

    Raises
    ------
    InputError
        If something is missing, unknown or not allowed.
    """
    asked = check_shape(data, _SHAPE, "the view")
    if asked["version"] != VERSION:
        raise InputError(f"this link is of version {asked['version']}; this page reads {VERSION}")
    if len(asked["schedule"]) > _MOST_WORDS:
        raise InputError(f"a schedule has at most {_MOST_WORDS} characters")
    parameters = [q.name for q in model.vocabulary if q.kind == "parameter"]
    patients = [
        ShownPatient(p["name"], p["group"], _values(p["values"], parameters, f"of {p['name']}"))
        for p in asked["patients"]
    ]
    names = [patient.name for patient in patients]
    if not 1 <= len(names) <= MOST_PATIENTS or len(set(names)) < len(names):
        raise InputError(f"a view has 1 to {MOST_PATIENTS} patients of different names")
    groups = [patient.group for patient in patients if patient.group]
    if len(set(groups)) < len(groups):
        raise InputError(f"two patients of the view are of one group: {', '.join(groups)}")
    require_known("patient of the view", names, asked["flux"]["patient"])
    if not 1 <= len(asked["quantities"]) <= MOST_QUANTITIES:
        raise InputError(f"a view draws 1 to {MOST_QUANTITIES} quantities")
    return View(
        swaps=_swaps(asked["swaps"], model),
        values=_values(asked["values"], parameters, ""),
        patients=patients,
        schedule=asked["schedule"],
        days=number(asked["days"], "days", above=0, most=MOST_DAYS),
        quantities=tuple(dict.fromkeys(asked["quantities"])),
        flux_state=asked["flux"]["state"],
        flux_patient=asked["flux"]["patient"],
    )


def _values(data: Mapping[str, Any], parameters: Sequence[str], whose: str) -> dict[str, float]:
    require_known(f"parameter {whose}".strip(), parameters, *data)
    return {name: number(value, f"{name} {whose}".strip()) for name, value in data.items()}


def _swaps(data: Mapping[str, Any], model: Model) -> dict[str, str]:
    swaps: dict[str, str] = {}
    for slot, name in data.items():
        mechanism = model.find_mechanism(str(name))
        if mechanism.slot != slot:
            raise InputError(f"{name!r} is a mechanism of slot {mechanism.slot!r}, not of {slot!r}")
        swaps[slot] = mechanism.name
    return swaps
