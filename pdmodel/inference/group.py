"""Group: patients of a fit whose targets are seen under a regimen of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pdmodel.arguments import by_name, shown
from pdmodel.dosing import Timetable
from pdmodel.errors import InputError
from pdmodel.model import Patient


@dataclass(frozen=True, eq=False)
class Group:
    """One group of a fit, where groups are not all given the same.

    Parameters
    ----------
    regimen
        What this group is given, in words or from Python; that of the problem by default.
    patient
        Its patient, or values that differ from the defaults; the published patient of the group's
        name by default, else none.

    Raises
    ------
    InputError
        If the patient is neither.

    Examples
    --------
    >>> Group(regimen="5 mg daily").regimen
    '5 mg daily'
    """

    regimen: str | Timetable | None = None
    patient: Patient | Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what is no patient."""
        if self.patient is not None and not isinstance(self.patient, Patient | Mapping):
            raise InputError(
                f"patient of a group is a Patient or values by name, got {shown(self.patient)}"
            )


def patients_of(
    groups: Mapping[str, Any] | None, published: Mapping[str, Patient]
) -> Mapping[str, Any] | None:
    """Return the patient of each group; None where published ones are meant.

    Parameters
    ----------
    groups
        Patients, values, or `Group` objects, by name.
    published
        Patients that stand for groups of their name.
    """
    if groups is None:
        return None
    patients = by_name(groups, "groups")
    for name, group in patients.items():
        if isinstance(group, Group):
            own = group.patient
            patients[name] = published.get(name, {}) if own is None else own
    return patients


def regimens_of(groups: Mapping[str, Any] | None) -> dict[str, str | Timetable]:
    """Return what those groups are given that have a regimen of their own."""
    return {
        name: group.regimen
        for name, group in (groups or {}).items()
        if isinstance(group, Group) and group.regimen is not None
    }
