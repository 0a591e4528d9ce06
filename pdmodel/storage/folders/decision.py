"""What is to be done with a folder: begun, taken up, replaced, or refused and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pdmodel.errors import InputError
from pdmodel.storage.files.atomic import place_of
from pdmodel.storage.folders.contents import is_ours, manifest_of, survey
from pdmodel.storage.folders.kinds import KINDS, Kind
from pdmodel.storage.identity.fingerprint import same_content

CLEARING = "clearing"
"""In a manifest: an older result was being removed; the folder belongs to the new one already."""
_TOLD = 4
"""Files of a user that a message names; the others are counted."""


class Decision(Enum):
    """What is to be done with a folder."""

    BEGIN = "begin"
    RESUME = "resume"
    REPLACE = "replace"


def decide(
    path: Path,
    kind: Kind,
    words: str,
    asked: Mapping[str, Any] | None,
    *,
    overwrite: bool = False,
    keep: bool = False,
) -> Decision:
    """Return what is to be done with a folder.

    Parameters
    ----------
    path, kind, words
        The folder, what it shall be, and how the user named it.
    asked
        The manifest that it would get; None where the question is not known yet.
    overwrite, keep
        As in `ResultFolder.take`.

    Raises
    ------
    InputError
        If nothing can be done; it names what is in the way.
    """
    if path.exists() and not path.is_dir():
        raise InputError(f"{words!r} is a file, not a folder; choose another place")
    if not path.is_dir():
        return Decision.BEGIN
    holdings = survey(path, kind)
    stored = manifest_of(path, kind)
    if stored is None and not holdings.own and not holdings.foreign:
        step = Decision.BEGIN
    elif stored is None and not is_ours(path, kind):
        raise InputError(f"folder {words} exists and holds {kind.nothing}; choose another --out")
    else:
        step = _taken_up(path, kind, words, stored, asked, overwrite=overwrite, keep=keep)
    if not agree(path, KINDS[kind.beside] if kind.beside else None, asked or {}):
        if not overwrite:
            raise _taken(words, kind, f"{kind.beside} of another problem")
        step = Decision.REPLACE
    if step is Decision.REPLACE and holdings.foreign:
        raise _foreign(words, holdings.foreign)
    return step


def _taken_up(
    place: Path,
    kind: Kind,
    words: str,
    stored: Mapping[str, Any] | None,
    asked: Mapping[str, Any] | None,
    *,
    overwrite: bool,
    keep: bool,
) -> Decision:
    """Return what is to be done with a folder that has a manifest."""
    manifest = stored or {}
    if stored is not None and stored["kind"] != kind.name:
        there = KINDS[stored["kind"]].other if stored["kind"] in KINDS else "something else"
        raise InputError(
            f"folder {words} exists and holds {kind.nothing} but {there}; choose another --out"
        )
    same = asked is None or (stored is not None and _same_question(stored, asked))
    clearing = bool(manifest.get(CLEARING))
    finished = (place / kind.result).is_file() and not clearing
    if same and (keep or not finished):
        return Decision.REPLACE if clearing else Decision.RESUME
    if overwrite:
        return Decision.REPLACE
    if stored is None:
        raise _taken(words, kind, f"{kind.finished.removeprefix('a ')} of an older pdmodel")
    reason = kind.finished if same else kind.other
    if finished and not same and kind.beside:  # two kinds in a folder: say which of them ended
        reason = f"{kind.finished}, {kind.other}"
    raise _taken(words, kind, reason)


def agree(path: Path, neighbour: Kind | None, asked: Mapping[str, Any]) -> bool:
    """Whether what lies in the same folder is of the same problem."""
    stored = manifest_of(path, neighbour) if neighbour is not None else None
    if stored is None or "identity" not in asked:
        return True
    identity = stored.get("identity")
    return isinstance(identity, dict) and same_content(
        identity.get("problem"), asked["identity"].get("problem")
    )


def _same_question(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether two manifests are of the same question, also where names in it have changed."""
    if stored.get("fingerprint") == asked.get("fingerprint"):
        return True
    return "identity" in asked and same_content(stored.get("identity"), asked["identity"])


def _taken(words: str, kind: Kind, what: str) -> InputError:
    hint = ", or --overwrite" if kind.replaceable else ""
    return InputError(f"folder {words} exists and holds {what}; choose another --out{hint}")


def _foreign(words: str, names: list[str]) -> InputError:
    listed = ", ".join(map(repr, names[:_TOLD]))
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return InputError(
        f"folder {words} holds {listed}{more}, which pdmodel did not write: nothing is replaced; "
        "move what is yours, or choose another --out"
    )


def check_place(path: Path | str, kind: str, overwrite: bool = False) -> None:
    """Refuse a folder that cannot be written to as a kind, before any work is done for it.

    Raises
    ------
    InputError
        If it holds a finished result or anything else, and `overwrite` does not help.
    """
    decide(place_of(path), KINDS[kind], str(path), None, overwrite=overwrite)


def holds(path: Path | str, kind: str) -> bool:
    """Whether a folder holds a finished result of a kind.

    Raises
    ------
    InputError
        If its manifest is damaged.
    """
    place, own = place_of(path), KINDS[kind]
    if not (place / own.result).is_file():
        return False
    stored = manifest_of(place, own)
    return stored is None or (stored["kind"] == own.name and not stored.get(CLEARING))


def read_manifest(path: Path | str, kind: str) -> dict[str, Any]:
    """Return the manifest of a folder, empty where there is none of that kind.

    Raises
    ------
    InputError
        If it is damaged.
    """
    stored = manifest_of(place_of(path), KINDS[kind]) or {}
    return stored if stored.get("kind") == kind else {}
