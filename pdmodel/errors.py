"""Every error a user can meet: each names the culprit, what is allowed and the nearest match."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class PdmodelError(Exception):
    """Base of all errors of pdmodel; the command line prints its text and nothing else."""

    exit_code = 2


class ModelError(PdmodelError):
    """A model that cannot be built: undefined symbols, empty slots, cycles, wrong dimensions.

    Parameters
    ----------
    findings
        One line a fault; all of them are kept, not only the first.
    """

    def __init__(self, model: str, findings: Iterable[str]) -> None:
        self.model = model
        self.findings = tuple(findings)
        lines = "\n".join(f"  - {finding}" for finding in self.findings)
        super().__init__(f"model {model!r} has {len(self.findings)} fault(s):\n{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error cross a process boundary with its findings."""
        return type(self), (self.model, self.findings)


class UnitError(PdmodelError):
    """A unit that does not exist or does not fit."""


class RegimenError(PdmodelError):
    """A regimen that cannot be read or given."""


class TargetError(PdmodelError):
    """A target table that cannot be used; names file, row and column."""


class InputError(PdmodelError):
    """Any other value a user gave that is not allowed."""


class UnknownNameError(InputError):
    """A name that is not among the known ones."""


class SimulationError(PdmodelError):
    """An integration that failed; holds the state needed to replay it.

    Attributes
    ----------
    state
        Mapping with `time` (day), `states`, `parameters`, `method` and `cause`.
    """

    exit_code = 1

    def __init__(self, message: str, state: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.state = dict(state)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the failure cross a process boundary with its state."""
        return type(self), (str(self), self.state)


class FitError(PdmodelError):
    """A fit of which no start succeeded."""

    exit_code = 1


class WorkerError(PdmodelError):
    """A worker that died, and no other that takes over; what is committed is not lost."""

    exit_code = 1


# A longer name is cut in messages, and nobody looks for what it resembles.
_LONGEST = 80


def shortened(text: str, letters: int = _LONGEST) -> str:
    """Return a text, cut where it would bury a message."""
    return text if len(text) <= letters else f"{text[:letters]}..."


def nearest(name: object, known: Iterable[object]) -> str:
    """Return `; did you mean 'x'?` for the closest known name, or nothing."""
    wanted = str(name).lower()
    if len(wanted) > _LONGEST:
        return ""
    lowered = {str(item).lower(): str(item) for item in known}
    match = difflib.get_close_matches(wanted, lowered, n=1, cutoff=0.5)
    return f"; did you mean {lowered[match[0]]!r}?" if match else ""


# More names than this would bury the message.
_LISTED = 24


def unknown(what: str, name: object, known: Iterable[object]) -> UnknownNameError:
    """Build the error for an unknown name: what it is, the nearest match, what is allowed."""
    names = sorted(str(item) for item in known)
    listed = ", ".join(names[:_LISTED]) if names else "none"
    if len(names) > _LISTED:
        listed += f", and {len(names) - _LISTED} more"
    shown = repr(shortened(name)) if isinstance(name, str) else shortened(repr(name))
    return UnknownNameError(f"unknown {what} {shown}{nearest(name, names)} (known: {listed})")
