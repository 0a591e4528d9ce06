"""The question of a fit to measured courses as a file in its folder, so that others can ask it.

`question.json` names the model and the data file, says what the fit was told, and holds the
fingerprint of the data: what follows from another file would not belong to the fit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from pdmodel import catalogue
from pdmodel.errors import InputError
from pdmodel.inference.courses.error_models import KINDS, ErrorModel
from pdmodel.inference.question import Question
from pdmodel.storage import place_of, read_shaped

QUESTION = "question.json"
SCHEMA_VERSION = 1
_SHAPE = {
    "schema_version": int, "name": str, "model": str, "data": str, "sha256": str,
    "settings": object, "reading": object, "error": object, "own": [str],
}  # fmt: skip
_SETTINGS = (
    "targets", "regimen", "days", "differ", "free", "visit_interval", "observed", "method",
    "values", "bounds",
)  # fmt: skip


def question_content(question: Question) -> dict[str, Any]:
    """Return a question about a data file as plain data.

    Parameters
    ----------
    question
        Its model, data and targets are names or files.

    Raises
    ------
    InputError
        If the data file cannot be read.
    """
    content = {name: _plain(getattr(question, name)) for name in _SETTINGS}
    content["targets"] = _lasting(str(question.targets)) if question.targets else ""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": question.name,
        "model": _lasting(question.model),
        "data": os.path.abspath(question.data),
        "sha256": _fingerprint(Path(question.data)),
        "settings": content,
        "reading": {name: _plain(value) for name, value in question.reading.items()},
        "error": _written(question.error),
        "own": list(question.own),
    }


def read_question(folder: Path | str, data: Path | str | None = None) -> Question:
    """Return the question that a folder of `pdmodel fit-data` answers.

    Parameters
    ----------
    folder
        The folder.
    data
        Where the data file is now, if it was moved.

    Raises
    ------
    InputError
        If the folder holds none, or the data file is missing or has changed.
    """
    file = place_of(folder) / QUESTION
    if (file.parent / "population.json").is_file():
        raise InputError(
            f"{folder} holds a population fit, whose standard errors are in parameters.csv; "
            "profiles are of fits with --method pooled or each"
        )
    if (file.parent / "rivals.json").is_file():
        own = sorted(path.parent.name for path in file.parent.glob(f"*/{QUESTION}"))
        raise InputError(f"{folder} holds rival models: name the folder of one, {', '.join(own)}")
    if not file.is_file():
        raise InputError(
            f"{folder} holds no finished fit to measured data ({QUESTION} is missing); "
            "pdmodel fit-data writes one"
        )
    content = read_shaped(file, _SHAPE)
    place = Path(data if data is not None else content["data"])
    _check_unchanged(place, content["sha256"], folder)
    try:
        question = Question(
            content["name"], "", content["model"], data=_shortest(place),
            error=_error_of(content["error"]),
            own=tuple(content["own"]),
            reading=_reading_of(content["reading"]),
            **{name: _tupled(content["settings"][name]) for name in _SETTINGS},
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file} is damaged: {error}") from error
    return question.at(catalogue.home_of(content["model"])._replace(file=""))


def _check_unchanged(data: Path, checksum: str, folder: Path | str) -> None:
    if not data.is_file():
        raise InputError(
            f"the data file of {folder}, {str(data)!r}, is not there any more; say where it is "
            "with --data FILE"
        )
    if _fingerprint(data) != checksum:
        raise InputError(
            f"the data file of {folder}, {str(data)!r}, has changed since it was fitted; fit it "
            "again with pdmodel fit-data"
        )


def _fingerprint(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"data file {str(file)!r} cannot be read: {error.strerror}") from error


def _lasting(reference: str) -> str:
    """Return a name, or a path that holds from any working folder."""
    module, colon, name = reference.rpartition(":")
    if module.endswith(".py"):
        return f"{os.path.abspath(module)}{colon}{name}"
    return os.path.abspath(reference) if os.path.exists(reference) else reference


def _shortest(file: Path) -> Path:
    """Return a path from the working folder where it lies within."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_absolute() and file.is_relative_to(here) else file


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(part) for name, part in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _written(error: Any) -> Any:
    """Return error models as plain data: one, or by quantity."""
    if isinstance(error, ErrorModel):
        kind = next(word for word, kind in KINDS.items() if type(error) is kind)
        return {"kind": kind, **_plain(error)}
    return None if error is None else {name: _written(model) for name, model in error.items()}


def _error_of(data: Any) -> Any:
    if data is None:
        return None
    if isinstance(data.get("kind"), str):
        return KINDS[data["kind"]](**{k: v for k, v in data.items() if k != "kind"})
    return {name: _error_of(part) for name, part in data.items()}


def _reading_of(data: Mapping[str, Any]) -> dict[str, Any]:
    from pdmodel.dosing import CompartmentRules

    options = {field.name for field in fields(CompartmentRules)}
    return {
        name: CompartmentRules(**{kind: dict(value[kind]) for kind in options & set(value)})
        if name == "rules"
        else value
        for name, value in data.items()
    }


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
