"""The library libSBML, where something is written: loaded when it is needed, or asked for."""

from __future__ import annotations

from typing import Any

from pdmodel.errors import InputError


def sbml_library() -> Any:
    """Return libSBML.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import libsbml
    except ImportError as error:
        raise InputError(
            "SBML needs the package 'python-libsbml', which is not installed; the extra "
            "'interchange' of this project brings it. Antimony text can be written without it."
        ) from error
    return libsbml


def faults_of(document: Any, library: Any, *, units: bool = True) -> list[str]:
    """Return what libSBML's full check of consistency finds, a line each.

    Parameters
    ----------
    document, library
        A document of libSBML, and libSBML.
    units
        Whether units are checked, too; a model that does not check its own cannot pass that.
    """
    document.setConsistencyChecks(library.LIBSBML_CAT_UNITS_CONSISTENCY, units)
    document.checkConsistency()
    faults = (document.getError(number) for number in range(document.getNumErrors()))
    return [
        f"{fault.getErrorId()} {' '.join(fault.getMessage().split())}"
        for fault in faults
        if fault.getSeverity() >= library.LIBSBML_SEV_WARNING
    ]
