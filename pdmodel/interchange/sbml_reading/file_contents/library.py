"""The door to libSBML, and the errors of files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdmodel.errors import InputError

try:
    import libsbml as libsbml
except ImportError as missing:
    raise InputError(
        "SBML is read by the package 'python-libsbml', which is not installed; the extra "
        "'interchange' of this project brings it"
    ) from missing


def each(listed: Any) -> Iterator[Any]:
    """Yield the elements of one of libSBML's lists."""
    return (listed.get(number) for number in range(listed.size()))


class SbmlError(InputError):
    """A file that is no SBML, or that contradicts itself."""


class SbmlRefusal(InputError):
    """SBML that says what pdmodel does not run.

    Parameters
    ----------
    feature
        What is refused, in the words of docs/interchange.md, such as `delay`.
    message
        The element, and why.
    """

    def __init__(self, feature: str, message: str) -> None:
        super().__init__(message)
        self.feature = feature

    def __reduce__(self) -> tuple[type[SbmlRefusal], tuple[str, str]]:
        """Let the error cross a process boundary."""
        return type(self), (self.feature, str(self))
