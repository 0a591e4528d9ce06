"""Antimony text as SBML Level 3 Version 2, by the library of Antimony."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from pdmodel.dosing import Timetable
from pdmodel.errors import InputError
from pdmodel.interchange.antimony import to_antimony
from pdmodel.model import Model, Patient

_LOCK = threading.Lock()  # the library keeps what it has read in one place


def to_sbml(
    model: Model,
    regimen: str | Timetable = "no drug",
    *,
    days: float,
    patient: Patient | Mapping[str, float] | None = None,
) -> str:
    """Write a model under a regimen as SBML; parameters are those of `to_antimony`.

    Returns
    -------
    str
        An XML document, found consistent.

    Raises
    ------
    InputError
        If a value or name is not allowed, or the library of Antimony is not installed.
    RegimenError
        If the regimen cannot be given to this model.
    """
    library = _library()
    return translate(to_antimony(model, regimen, days=days, patient=patient), library)


def translate(text: str, library: Any = None) -> str:
    """Translate Antimony text with one model into SBML.

    Raises
    ------
    InputError
        If the text is not Antimony, or what it says is not consistent SBML.
    """
    library = library or _library()
    with _LOCK:
        library.clearPreviousLoads()
        library.setWriteSBMLTimestamp(False)
        try:
            if library.loadAntimonyString(text) < 0:
                raise InputError(f"Antimony refuses the model: {library.getLastError().strip()}")
            name = library.getMainModuleName()
            document = library.getSBMLString(name)
            faults = (library.getSBMLWarnings(name) or "").strip()
        finally:
            library.clearPreviousLoads()
    if not document:
        raise InputError("Antimony wrote no SBML")
    if faults:
        raise InputError(f"the SBML is not consistent: {faults}")
    return str(document)


def _library() -> Any:
    try:
        import antimony
    except ImportError as error:
        raise InputError(
            "SBML needs the package 'antimony', which is not installed; the extra 'interchange' "
            "of this project brings it. Antimony text can be written without it."
        ) from error
    return antimony
