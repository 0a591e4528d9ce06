"""Every error a user can meet: each names the culprit, what is allowed and the nearest match."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

# What was typed comes back in messages, in quotes or as one word; more letters of it than this
# would bury what the message says. Paths, of which the end tells most, are rarely that long.
_LONGEST_ECHO = 240
_HEAD, _TAIL = 80, 60
_ECHO = re.compile(r"""(?<!\w)'(?:[^'\\\n]|\\.)*'|(?<!\w)"(?:[^"\\\n]|\\.)*"|\S+""")


def without_long_echoes(message: str) -> str:
    """Return a message in which what was typed, or read, is cut in the middle if it is very long.

    Parameters
    ----------
    message
        What is quoted in it, and what has no blank, is cut to its beginning and its end.

    Examples
    --------
    >>> without_long_echoes("no file '" + 5000 * "a" + ".csv'")[-9:], without_long_echoes("no file")
    ("aaaa.csv'", 'no file')
    """
    if len(message) <= _LONGEST_ECHO:
        return message
    return _ECHO.sub(lambda echo: _cut(echo[0]), message)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_ECHO else f"{text[:_HEAD]}...{text[-_TAIL:]}"


class PdmodelError(Exception):
    """Base of all errors of pdmodel; the command line prints its text and nothing else.

    Parameters
    ----------
    message
        What is wrong, what is allowed; what it echoes of the user's words is cut where very long.
    """

    exit_code = 2

    def __init__(self, message: object = "") -> None:
        super().__init__(without_long_echoes(str(message)))


class ModelError(PdmodelError):
    """A model that cannot be built: undefined symbols, empty slots, cycles, wrong dimensions.

    Parameters
    ----------
    model
        Its name.
    findings
        One line a fault; all of them are kept, not only the first.
    """

    def __init__(self, model: str, findings: Iterable[str]) -> None:
        self.model = model
        self.findings = tuple(findings)
        count = len(self.findings)
        lines = "".join(f"\n  - {finding}" for finding in self.findings)
        said = f"1 fault: {self.findings[0]}" if count == 1 else f"{count} faults:{lines}"
        super().__init__(f"model {model!r} has {said}")

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


# Of all letters of two names, the share that is alike in names of which one may be meant.
_NEAR = 0.6


def nearest(name: object, known: Iterable[object]) -> str:
    """Return `; did you mean 'x'?` for the closest known name, or nothing where none is near.

    Examples
    --------
    >>> nearest("il66", ["il6", "tnf_seen"]), nearest("nonsense", ["il6", "tnf_seen"])
    ("; did you mean 'il6'?", '')
    """
    wanted = str(name).lower()
    if len(wanted) > _LONGEST:
        return ""
    lowered = {str(item).lower(): str(item) for item in known}
    match = difflib.get_close_matches(wanted, lowered, n=1, cutoff=_NEAR)
    return f"; did you mean {lowered[match[0]]!r}?" if match else ""


# More names than this would bury the message.
_LISTED = 24


def _in_one_line(name: str) -> str:
    """Return a name as it is, or quoted where it would break the line that it stands in."""
    return name if name.isprintable() else repr(name)


def unknown(what: str, name: object, known: Iterable[object]) -> UnknownNameError:
    """Build the error for an unknown name: what it is, the nearest match, what is allowed."""
    names = sorted(_in_one_line(str(item)) for item in known)
    listed = ", ".join(names[:_LISTED]) if names else "none"
    if len(names) > _LISTED:
        listed += f", and {len(names) - _LISTED} more"
    shown = repr(shortened(name)) if isinstance(name, str) else shortened(repr(name))
    return UnknownNameError(f"unknown {what} {shown}{nearest(name, names)} (known: {listed})")


def require_known(what: str, known: Collection[Any], *names: object) -> None:
    """Refuse names that are not among those known.

    Parameters
    ----------
    what
        What a name is of, such as `parameter of model 'reference':`.
    known
        Those that are allowed.
    names
        That were given.

    Raises
    ------
    UnknownNameError
        Names the first that is unknown, the nearest match, and what is allowed.

    Examples
    --------
    >>> require_known("colour", ("blue", "red"), "red", "rad")
    Traceback (most recent call last):
    pdmodel.errors.UnknownNameError: unknown colour 'rad'; did you mean 'red'? (known: blue, red)
    """
    for name in names:
        if name not in known:
            raise unknown(what, name, known)
