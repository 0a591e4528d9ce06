"""Writes a file to begin with, and its tables: model, rival, patients, question, trial, comparison.

A template is plain text with `$name` for the name of the new model. What the kinds share (how to
begin, the drug in the body) stands in the folder `shared`, a piece a file.
"""

from __future__ import annotations

import ast
import importlib.util
import keyword
import re
import shlex
from contextlib import ExitStack
from pathlib import Path
from string import Template
from typing import NamedTuple

from pdmodel.errors import InputError, require_known, shortened
from pdmodel.storage.files.atomic import new_file, place_of

_HOME = Path(__file__).parent
_SHARED = "shared"
_MODEL, _COMMANDS = "model.txt", "commands.txt"
USUAL = "indirect-response"
"""The kind that is written where none is named."""


class Written(NamedTuple):
    """What was written.

    Parameters
    ----------
    files
        The Python file, then its tables.
    commands
        What to try next, a command line each.
    """

    files: list[Path]
    commands: list[str]


def kinds() -> list[str]:
    """Return the kinds of models that there are templates of.

    Examples
    --------
    >>> kinds()
    ['cytokines', 'indirect-response', 'tumour']
    """
    return sorted(file.parent.name for file in _HOME.glob(f"*/{_MODEL}"))


def write_new(path: str | Path, kind: str = USUAL, *, overwrite: bool = False) -> Written:
    """Write a working file with a model of a kind, and its tables beside it.

    Parameters
    ----------
    path
        The Python file; the model in it, and the tables, are called as the file.
    kind
        One of `kinds`.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    Written
        The files, and commands to try next.

    Raises
    ------
    UnknownNameError
        If there is no such kind, with the nearest match.
    InputError
        If the file cannot have this name, or something is there; nothing is written then.
    """
    require_known("kind of model", kinds(), kind)
    file = Path(path).expanduser()
    name = _checked_name(file, str(path))
    pieces = _pieces(name, kind)
    texts = {file: _filled(_HOME / kind / _MODEL, pieces)}
    _check_symbols(name, str(path), kind)
    for table in sorted((_HOME / kind).glob("*.csv")):
        texts[file.with_name(f"{name}_{table.name}")] = _filled(table, pieces)
    _write_all(texts, overwrite)
    return Written([*texts], _commands(name, shlex.quote(str(file)), kind))


def _checked_name(file: Path, words: str) -> str:
    """Return the name of the model in a file.

    Raises
    ------
    InputError
        If the file is no Python file, or its name no word that Python could use for a model.
    """
    place_of(words)
    if file.suffix != ".py":
        plain = re.sub(r"\W", "_", file.stem) or "my_model"
        raise InputError(f"{shortened(words)!r} is no Python file; write e.g. {plain}.py")
    name = file.stem
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise InputError(
            f"{shortened(words)!r}: the model in the file is called as the file, so that its name "
            "must be a word of letters, digits and _, a letter first, and none of Python; e.g. "
            "my_model.py"
        )
    if _is_installed(name, file):
        raise InputError(
            f"{shortened(words)!r}: {name} is the name of an installed module, which the file "
            f"would hide; choose another name, e.g. my_{name}.py"
        )
    return name


def _is_installed(name: str, file: Path) -> bool:
    """Whether Python knows a module of this name elsewhere than in the folder of the file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return True
    if spec is None:
        return False
    return spec.origin is None or Path(spec.origin).parent != place_of(file).parent


def _check_symbols(name: str, words: str, kind: str) -> None:
    """Refuse a name that stands for something else in the file.

    Raises
    ------
    InputError
        If the model would take the place of a symbol, a class or a function of the file.
    """
    pieces = _pieces("name_of_the_model", kind)
    tree = ast.parse(_filled(_HOME / kind / _MODEL, pieces))
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    taken |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    taken |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    if name in taken:
        raise InputError(
            f"{shortened(words)!r}: the model in the file is called as the file, and {name} is the "
            f"name of something else in it; choose another name, e.g. my_{name}.py"
        )


def _pieces(name: str, kind: str) -> dict[str, str]:
    """Return what is put into a template, by its placeholder."""
    lines = _commands(name, f"{name}.py", kind)
    pieces = {"name": name, "commands": "\n".join(f"    {line}" for line in lines)}
    shared = {piece.stem: _filled(piece, pieces) for piece in (_HOME / _SHARED).glob("*.txt")}
    return pieces | {stem: text.removesuffix("\n") for stem, text in shared.items()}


def _commands(name: str, file: str, kind: str) -> list[str]:
    """Return the commands to begin with, for the file as it is called in them."""
    commands = Template((_HOME / kind / _COMMANDS).read_text("utf-8"))
    return commands.substitute(name=name, file=file).splitlines()


def _filled(template: Path, pieces: dict[str, str]) -> str:
    return Template(template.read_text("utf-8")).substitute(pieces)


def _write_all(texts: dict[Path, str], overwrite: bool) -> None:
    """Write files under temporary names, then give them their names; the first one last.

    Raises
    ------
    InputError
        If one is there, or cannot be written; none is written then.
    """
    for file in texts:
        path = place_of(file)
        if path.is_dir():
            raise InputError(f"{str(file)!r} is a folder, not a file; choose another name")
        if path.exists() and not overwrite:
            raise InputError(
                f"file {str(file)!r} exists; choose another name or replace it (--overwrite)"
            )
    with ExitStack() as stack:
        for file, text in texts.items():
            stack.enter_context(new_file(file)).write_bytes(text.encode("utf-8"))
